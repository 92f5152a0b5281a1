"""Announcing a reduction, as art. L. 112-1-1 of the Code de la consommation wants it.

The price before is the lowest that everybody was asked for in the thirty days before the reduction
applies; of reductions that follow one another without a day between, it is the one before the
first. The percentage is taken from that price (CJEU, C-330/23). French law knows no shorter time
for what is new, so that nothing is announced before thirty days of prices are known.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core import clock, slots, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, day_name, euros
from app.shop.models import PriceReduction, Product
from app.spaces import prices

LONGEST = 60  # days: beyond, it is the price


def of_product(product_id: int) -> list[PriceReduction]:
    """Every reduction of a product, the newest first."""
    return list(
        db.session.scalars(
            select(PriceReduction)
            .where(
                PriceReduction.tenant_id == tenancy.tenant_id(),
                PriceReduction.product_id == product_id,
            )
            .order_by(PriceReduction.first_on.desc(), PriceReduction.id.desc())
        )
    )


def live(day: dt.date) -> dict[int, PriceReduction]:
    """The reduction of each product on a day."""
    rows = db.session.scalars(
        select(PriceReduction).where(
            PriceReduction.tenant_id == tenancy.tenant_id(),
            PriceReduction.first_on <= day,
            PriceReduction.last_on >= day,
        )
    )
    return {one.product_id: one for one in rows if one.end > day}


def price_of(one: Product, reduced: dict[int, PriceReduction]) -> int:
    """What a product costs now, VAT included."""
    found = reduced.get(one.id)
    return found.price_cents if found else one.unit_cents


def coming(product_id: int, day: dt.date) -> PriceReduction | None:
    """The reduction that applies or is announced for later."""
    return next((one for one in of_product(product_id) if one.end > day), None)


def practised(product_id: int, zone: ZoneInfo) -> list[prices.Stretch]:
    """What everybody was asked for, reductions included."""
    found = prices.history(prices.PRODUCT, product_id)
    for one in of_product(product_id):
        start = slots.day_bounds(one.first_on, zone).start
        end = slots.day_bounds(one.end, zone).start
        if end > start:
            found.append(prices.Stretch(one.price_cents, start, end))
    return found


def reference(product_id: int, first_on: dt.date, zone: ZoneInfo) -> int:
    """The price before, for a reduction from a day on. Refuses one whose thirty days are not known,
    or that follows thirty days without a sale."""
    before = next((one for one in of_product(product_id) if one.end == first_on), None)
    if before is not None:
        return before.reference_cents  # reductions that follow one another
    found = practised(product_id, zone)
    start = slots.day_bounds(first_on - dt.timedelta(days=prices.DAYS), zone).start
    known = prices.since(found)
    if known is None or known > start:
        day = slots.local_day(known or clock.now(), zone) + dt.timedelta(days=prices.DAYS + 1)
        raise Refused(
            _(
                "Une réduction se compte depuis le prix le plus bas des 30 jours d’avant (art."
                " L. 112-1-1 du Code de la consommation), et les prix de ce produit ne sont pas"
                " connus depuis si longtemps : annoncez-la à partir du %(day)s.",
                day=day_name(day, "year"),
            ),
            field="premier",
        )
    lowest = prices.lowest(found, start, slots.day_bounds(first_on, zone).start)
    if lowest is None:
        raise Refused(
            _("Ce produit n’a pas été en vente dans les 30 jours d’avant : aucun prix à réduire."),
            field="premier",
        )
    return lowest


def announce(
    one: Product, percent: int, first_on: dt.date, last_on: dt.date, zone: ZoneInfo, by: int | None
) -> PriceReduction:
    """Announce it. Refuses days that are past or none, a second one at a time, a percentage that
    is none, a reduced price that is not below what is asked now, and what `reference` refuses."""
    locked = db.session.scalars(select(Product).where(Product.id == one.id).with_for_update()).one()
    today = slots.local_day(clock.now(), zone)
    if locked.archived_at is not None:
        raise Refused(_("%(name)s n’est plus en vente.", name=locked.name), field="produit")
    if not 1 <= percent <= 90:
        raise Refused(_("Indiquez une réduction de 1 à 90 pour cent."), field="reduction")
    if first_on < today:
        raise Refused(_("Une réduction ne commence pas dans le passé."), field="premier")
    if not first_on <= last_on <= first_on + dt.timedelta(days=LONGEST):
        raise Refused(_("Le dernier jour suit le premier, de 60 jours au plus."), field="dernier")
    if any(other.first_on <= last_on and other.end > first_on for other in of_product(one.id)):
        raise Refused(_("Une réduction est déjà annoncée pour ces jours."), field="premier")
    before = reference(one.id, first_on, zone)
    cents = _reduced(before, percent)
    if not 0 < cents < locked.unit_cents:
        raise Refused(
            _(
                "Le prix le plus bas des 30 jours d’avant est %(before)s : %(percent)d %% de moins"
                " donne %(price)s, qui n’est pas moins que le prix d’aujourd’hui.",
                before=euros(before), percent=percent, price=euros(cents),
            ),
            field="reduction",
        )  # fmt: skip
    made = PriceReduction(
        product_id=one.id, percent=percent, first_on=first_on, last_on=last_on,
        reference_cents=before, price_cents=cents, announced_by=by,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()  # the database refuses two at a time
    return made


def _reduced(before: int, percent: int) -> int:
    """A percentage off, half a cent for the customer."""
    return (before * (100 - percent) * 2 + 99) // 200


def end(one: Product, zone: ZoneInfo) -> None:
    """No more from today on; what was sold keeps its price. One that did not begin is withdrawn."""
    today = slots.local_day(clock.now(), zone)
    found = coming(one.id, today)
    if found is not None:
        found.ended_on = max(today, found.first_on)


def refuse_change(one: Product, today: dt.date) -> None:
    """While a reduction is announced, the price that it is counted from stays."""
    found = coming(one.id, today) if one.id else None
    if found is not None:
        raise Refused(
            _(
                "Une réduction est annoncée jusqu’au %(day)s : terminez-la avant de changer le"
                " prix.",
                day=day_name(found.last_on, "year"),
            ),
            field="price",
        )
