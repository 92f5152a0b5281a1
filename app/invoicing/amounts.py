"""Amounts as people type them."""

from __future__ import annotations

SPACES = str.maketrans("", "", "\u202f\u00a0 €")


def cents(raw: str) -> int:
    """`1 064,42` as cents; zero for what is no amount, or too big for one."""
    whole, _sep, rest = raw.translate(SPACES).replace(",", ".").partition(".")
    digits = whole.isascii() and whole.isdigit() and (rest == "" or rest.isascii())
    if not digits or len(whole) > 9 or len(rest) > 2 or not (rest == "" or rest.isdigit()):
        return 0
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)
