"""The least that a request should bring: what it displaces, more by the venue's rule."""

from __future__ import annotations


def ask(displaced_cents: int, margin_percent: int, rounding_cents: int) -> int:
    """What is lost, plus the margin, rounded up to a whole step; nothing lost asks nothing.

    All in integers: 21400 at 20 % by steps of 1000 is 26000.
    """
    if displaced_cents <= 0:
        return 0
    exact = displaced_cents * (100 + margin_percent)
    return -(-exact // (100 * rounding_cents)) * rounding_cents


def with_vat(net_cents: int, vat_bp: int) -> int:
    """The same with VAT, half up."""
    return (net_cents * (10_000 + vat_bp) + 5_000) // 10_000
