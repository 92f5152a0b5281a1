"""What an order costs: each ticket at its price, then one promo code. No session here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.core.errors import Refused
from app.core.i18n import _, euros
from app.core.money import percent_of, share
from app.ticketing.models import DEAREST, TicketCategory


class Cut(Protocol):
    """What a code takes off."""

    percent: int | None
    amount_cents: int | None


def list_price(one: TicketCategory, typed_cents: int | None) -> int:
    """Cents of one ticket before any code. Where people choose the price, theirs; refuses less than
    the minimum and more than anything costs."""
    if one.pricing != "open":
        return one.price_cents
    cents = one.price_cents if typed_cents is None else typed_cents
    if cents < one.minimum_cents:
        least = euros(one.minimum_cents)
        raise Refused(_("Le prix libre commence à %(least)s.", least=least), field=f"p-{one.id}")
    if cents > DEAREST:
        raise Refused(_("Ce montant est trop élevé."), field=f"p-{one.id}")
    return cents


def discounted(prices: Sequence[int], cut: Cut | None) -> list[int]:
    """The prices after a code: a share off each, or an amount off the whole, spread over
    the tickets so that the cents add up. Never below zero."""
    if cut is None or not sum(prices):
        return list(prices)
    if cut.percent is not None:
        return [one - percent_of(one, cut.percent) for one in prices]
    off = min(cut.amount_cents or 0, sum(prices))
    return [one - part for one, part in zip(prices, share(off, prices), strict=True)]
