"""The floor: database, tenancy, time, money. It knows no feature."""
