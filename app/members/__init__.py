"""Who a tenant knows: people and the organisations they book for. Never what they pay."""
