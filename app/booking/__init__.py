"""Holds, bookings, moves, cancellations and check-in."""
