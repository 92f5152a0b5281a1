"""What a booking would cost at this moment: the most that comes back where a venue says so."""

from __future__ import annotations

import datetime as dt

import pricing
from app.core.errors import Refused
from app.core.slots import local_day
from app.rates import rules
from app.rates import view as views
from app.rates.models import Quote
from app.rates.rules import Asked
from app.spaces import fit


def price_cents(asked: Asked, now: dt.datetime) -> int | None:
    """Today's price of a request, nothing stored; None where the time is no longer for sale, or
    costs nothing any more.

    `asked.without` is the booking that holds the time: it counts as free, so that this is what
    anybody would pay once it is given back.
    """
    day = local_day(asked.interval.start, asked.space.site.zone)
    view = views.load([asked.space], day, day, without=asked.without)
    quantity = fit.quantity_for(asked.space, asked.people)
    try:
        said = rules.priced(view, view.days[0], asked, quantity, now)
    except Refused:  # closed since, or of another length: there is no such price
        return None
    return int(said["price_cents"]) or None


def at_most(share_cents: int, price: int | None) -> int:
    """The part of a refund that today's price allows; all of it where there is none."""
    return share_cents if price is None else int(pricing.given_back(share_cents, price))


def member_percent(quote: Quote | None) -> int:
    """The public tariff that a price was said at."""
    said = (quote.inputs if quote else {}).get("rules") or {}
    return round(100 * float(said.get("member_multiplier", 1.0)))
