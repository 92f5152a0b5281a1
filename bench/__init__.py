"""Ratios taken in one run: what the product costs beside the least that could do the same."""
