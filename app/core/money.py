"""Integer cents: no float ever holds an amount."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal


def vat_inside(gross_cents: int, rate_bp: int) -> int:
    """The VAT contained in a gross amount, rate in basis points (2000 = 20 %), half up."""
    exact = Decimal(gross_cents) * rate_bp / (10_000 + rate_bp)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights` so that the parts sum to it exactly.

    The largest remainders get the odd cents, the first of equals first. Refuses when no weight
    is above zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("sharing needs weights of zero or more, one of them above zero")
    sign = -1 if total < 0 else 1
    parts = [abs(total) * w // whole for w in weights]
    rest = abs(total) - sum(parts)
    order = sorted(range(len(weights)), key=lambda i: (-(abs(total) * weights[i] % whole), i))
    for i in order[:rest]:
        parts[i] += 1
    return [sign * part for part in parts]


def percent_of(amount: int, percent: int) -> int:
    """`percent` of an amount in cents, half up."""
    exact = Decimal(amount) * percent / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


SPACES = str.maketrans("", "", "\u202f\u00a0 €")


def typed(raw: str) -> int | None:
    """An amount as people type it, `1 064,42`, in cents; nothing for what is no amount, or too big
    for one."""
    whole, _sep, rest = raw.translate(SPACES).replace(",", ".").partition(".")
    numbers = whole + rest
    if not whole or not (numbers.isascii() and numbers.isdigit()):
        return None
    if len(whole) > 9 or len(rest) > 2:
        return None
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)
