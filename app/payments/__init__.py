"""Payments: the gateway, what it told us, and the state each payment is in."""
