"""Ask a price, keep it, and tell whether it still holds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select

import pricing
from app.core import clock, tenancy, words
from app.core.db import db, send, table_of, written
from app.core.errors import Gone, Refused, Taken
from app.core.i18n import _, euros
from app.core.slots import Interval, local_day
from app.occupancy import rules as occupancy
from app.rates import tables
from app.rates import view as views
from app.rates.days import SpaceDay, space_days
from app.rates.models import FixedPrice, Quote
from app.spaces import calendar, fit, natures
from app.spaces.models import Space

KEPT = dt.timedelta(minutes=15)


class QuoteGone(Gone):
    """The price was kept until its expiry, and no longer."""

    code = "quote_expired"


@dataclass(frozen=True)
class Asked:
    """A request for a price: which space, when, for how many, under which public tariff.

    `without` is a booking that is being moved: what it takes counts as free.
    """

    space: Space
    interval: Interval
    people: int = 1
    audience: str = "public"
    member_percent: int = 100
    without: int | None = None


QUOTES = table_of(Quote)
SAY = insert(QUOTES).returning(QUOTES.c.id)


def ask(asked: Asked, *, now: dt.datetime | None = None, kept: dt.timedelta = KEPT) -> Quote:
    """A stored quote, or a refusal: `Unfit` by a rule of the space, `Taken` by the calendar.

    The same request at the same moment has the same price, whoever asks.
    """
    now = now or clock.now()
    space = asked.space
    day = local_day(asked.interval.start, space.site.zone)
    view = views.load([space], day, day, without=asked.without)
    one = view.days[0]
    wish = fit.Wish(asked.interval, asked.people, asked.audience)
    fit.check(space, wish, view.hours, max(1, len(one.place.units)), now)
    quantity = fit.quantity_for(space, asked.people)
    answer = priced(view, one, asked, quantity, now)
    version = view.versions.get((space.id, day))
    if version is None and answer["model_version"] != "free":
        version = tables.keep_unsolved(one)
    values = {
        "tenant_id": tenancy.tenant_id(),
        "token": words.token(),
        "space_id": space.id,
        "starts_at": asked.interval.start,
        "ends_at": asked.interval.end,
        "quantity": quantity,
        "people": asked.people,
        "currency": "EUR",
        "vat_bp": natures.vat_on(space.nature, space.vat_bp, day),
        "table_version": version or "",
        "created_at": now,
        "expires_at": now + kept,
        **answer,
    }
    return written(Quote(id=send(SAY, values).scalar(), **values))


def priced(
    view: views.View, one: SpaceDay, asked: Asked, quantity: int, now: dt.datetime
) -> dict[str, Any]:
    """What a quote of this request would hold: price, steps, evidence, inputs. A look-up; refuses
    what is not for sale."""
    start = one.slot_at(asked.interval.start)
    length = asked.interval.minutes // one.space.step_minutes
    free = view.free(one)
    if start is None or length not in one.lengths:
        raise Taken(_("Ce créneau n’est pas à vendre."))
    if one.room_for(free, length)[start] < quantity:
        raise Taken(_("Ce créneau est complet."))
    if one.space.base_cents == 0:
        return {
            "price_cents": 0,
            "steps": [{"code": "base", "cents": 0}],
            "evidence": {"code": "free"},
            "inputs": {"start": start, "length": length},
            "model_version": "free",
        }
    try:
        said = pricing.quote(
            view.tables[one.space.id, one.day],
            free=view.state(one),
            start=start,
            length=length,
            minutes_to_open=_moment(one, start, now),
            rules=views.rules_of(view, one, asked.member_percent),
        )
    except pricing.NotForSale as error:
        raise Taken(_("Ce créneau est complet.")) from error
    return {
        "price_cents": said.price_cents * quantity,
        "steps": [{"code": s.code, "cents": s.cents * quantity} for s in said.steps],
        "evidence": {"code": said.evidence.code, **said.evidence.numbers},
        "inputs": {**said.inputs, "quantity": quantity, "list_cents": said.list_cents * quantity},
        "model_version": said.model_version,
    }


BY_TOKEN = select(Quote).where(Quote.token == bindparam("token"))


def find(token: str) -> Quote | None:
    """The quote behind a token, kept or not."""
    return db.session.scalars(BY_TOKEN, {"token": token}).one_or_none()


SPACE = select(Space).where(Space.id == bindparam("space"))


def space_of(quote: Quote) -> Space:
    """What was asked for."""
    return db.session.scalars(SPACE, {"space": quote.space_id}).one()


def _moment(one: SpaceDay, start: int, now: dt.datetime) -> float:
    """Minutes to the opening. What only the desk sells has the price of the nearest moment that the
    public knows: a slot that has begun, that of its start; one too far ahead, that of its first
    day on sale."""
    before = start * one.space.step_minutes
    return min(max(one.minutes_to_open(now), -before), one.longest_lead - before)


def live(token: str, *, now: dt.datetime | None = None) -> Quote:
    """The quote behind a token while its price is kept; refuses an expired or unknown one."""
    quote = find(token)
    if quote is None:
        raise QuoteGone(_("Ce prix n’est plus gardé."))
    if quote.expires_at <= (now or clock.now()):
        raise QuoteGone(_("Ce prix n’est plus gardé."), quote=quote.token)
    return quote


def ask_again(quote: Quote, audience: str = "public", member_percent: int = 100) -> Quote:
    """The same request at this moment's price: old and new are shown side by side."""
    space = space_of(quote)
    interval = Interval(quote.starts_at, quote.ends_at)
    return ask(Asked(space, interval, quote.people, audience, member_percent))


def fix_price(
    space: Space,
    first: dt.date,
    last: dt.date,
    hour_cents: int,
    *,
    by: int | None,
    reason: str = "",
) -> FixedPrice:
    """The manager's word for some days; it wins over the engine until it is taken back.

    Refuses days in the wrong order and a price outside the space's public minimum and maximum.
    """
    low = space.base_cents * space.floor_percent // 100
    high = space.base_cents * space.ceiling_percent // 100
    if last < first:
        raise Refused(_("Le dernier jour vient après le premier."), field="au")
    if not low <= hour_cents <= high:
        bounds = {"low": euros(low), "high": euros(high)}
        raise Refused(
            _("Le prix public va de %(low)s à %(high)s par heure.", **bounds), field="prix"
        )
    price = FixedPrice(
        space_id=space.id,
        first_day=first,
        last_day=last,
        hour_cents=hour_cents,
        reason=reason,
        set_by=by,
    )
    db.session.add(price)
    return price


def free_price(space: Space, day: dt.date) -> int:
    """Take the manager's word back on one day: other days of the same word keep it; how many words
    there were."""
    said = db.session.scalars(
        select(FixedPrice).where(
            FixedPrice.space_id == space.id,
            FixedPrice.first_day <= day,
            FixedPrice.last_day >= day,
        )
    ).all()
    step = dt.timedelta(days=1)
    for price in said:
        for first, last in ((price.first_day, day - step), (day + step, price.last_day)):
            if first <= last:
                db.session.add(
                    FixedPrice(
                        space_id=space.id,
                        first_day=first,
                        last_day=last,
                        hour_cents=price.hour_cents,
                        reason=price.reason,
                        set_by=price.set_by,
                    )
                )
        db.session.delete(price)
    return len(said)


def solve(space: Space, first: dt.date, last: dt.date) -> int:
    """Solve and store the tables of a space from priors alone, at once; how many days were open.

    The nightly job learns and decides (`nightly.run`); this is for a space that must sell now.
    """
    place, hours = occupancy.place_of(space), calendar.load({space.site_id}, first, last)
    dates = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    days = space_days([space], {space.id: place}, hours, dates)
    opened = [one for one in days if one.is_open and space.base_cents > 0]
    now = clock.now()
    specs = [tables.day_of(one) for one in opened]
    solved = pricing.solve_days(
        specs,
        [tables.demand_of(one, day) for one, day in zip(opened, specs, strict=True)],
        minutes_to_open=[one.minutes_to_open(now) for one in opened],
        keep_minutes=tables.KEEP_MINUTES,
        plans=[pricing.Plan(trust=tables.AT_FIRST)] * len(opened),
    )
    return tables.store(
        [tables.Solved(one, table, "prior") for one, table in zip(opened, solved, strict=True)]
    )
