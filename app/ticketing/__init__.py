"""Tickets for events: quotas, orders, the money, the waiting list."""
