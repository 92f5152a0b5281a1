"""Tariffs and quotes: the only door to the pricing engine."""
