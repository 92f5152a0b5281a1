"""Places of an event: locked, counted, taken and freed. Nothing else changes `taken`.

Locks, in this order: the event's row (shared, so that its cancelling waits for us or we for it),
its `ticket_sale` row, its categories by id, then promo codes, orders, a company. Whoever holds the
gate first puts away what has run out, so that places are free again though no worker runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.i18n import _, _n
from app.events.models import Event
from app.ticketing import words
from app.ticketing.models import TicketCategory, TicketSale

FRESH = {"populate_existing": True}

LET_IN: list[Callable[[int], int]] = []
"""How many people the door of an event let in without a ticket, as whoever keeps the door says."""


def let_in(event_id: int) -> int:
    """People who are in without a ticket: they take places of the event that no ticket says."""
    return sum(said(event_id) for said in LET_IN)


def whole_left(sale: TicketSale, event: Event, inside: int) -> int:
    """Places of all kinds that may still be sold: what the sale has, and never more than fit in
    beside whoever came without a ticket. Below zero when the door let in too many."""
    return min(sale.quota, event.capacity - inside) - sale.taken


class SoldOut(Taken):
    """Fewer places are left than were asked for; nothing was taken."""

    code = "sold_out"


@dataclass
class Gate:
    """The locked rows of one event: nobody else takes or frees its places until we commit."""

    event: Event
    sale: TicketSale
    categories: dict[int, TicketCategory]
    let_in: int = 0

    def left(self, category_id: int) -> int:
        """Places that may still be taken in a category."""
        one = self.categories[category_id]
        return max(0, min(one.quota - one.taken, whole_left(self.sale, self.event, self.let_in)))


def gate(event_id: int) -> Gate:
    """Lock the counters of an event. Refuses an event that sells no tickets."""
    found = find(event_id)
    if found is None:
        raise Refused(_("Cet événement n’a pas de billets."))
    return found


def find(event_id: int) -> Gate | None:
    """The same; nothing for an event that sells no tickets."""
    event = db.session.scalars(
        select(Event)
        .where(Event.id == event_id)
        .with_for_update(read=True, key_share=True)
        .execution_options(**FRESH)
    ).one_or_none()
    if event is None:
        return None
    sale = db.session.scalars(
        select(TicketSale)
        .where(TicketSale.event_id == event_id)
        .with_for_update(key_share=True)
        .execution_options(**FRESH)
    ).one_or_none()
    if sale is None:
        return None
    rows = db.session.scalars(
        select(TicketCategory)
        .where(TicketCategory.event_id == event_id)
        .order_by(TicketCategory.id)
        .with_for_update(key_share=True)
        .execution_options(**FRESH)
    )
    return Gate(event, sale, {one.id: one for one in rows}, let_in(event_id))


def take(held: Gate, wanted: Mapping[int, int]) -> None:
    """Take places of several categories, all of them or none. Refuses with `SoldOut`, saying what
    is left; a bug that would take more is refused by PostgreSQL."""
    for category_id, many in sorted(wanted.items()):
        one = held.categories[category_id]
        refuse_more(held, one, many)
        one.taken += many
        held.sale.taken += many
    db.session.flush()  # the database's own word on it, before anything is promised


def refuse_more(held: Gate, one: TicketCategory, many: int) -> None:
    """Say so when fewer are left."""
    refuse_beyond(one, held.left(one.id), many)


def refuse_beyond(one: TicketCategory, left: int, many: int) -> None:
    """Refuse more than what is left, and say how many are."""
    if many <= left:
        return
    name = words.category(one)
    if not left:
        raise SoldOut(_("« %(name)s » est complet.", name=name), field=f"n-{one.id}", left=0)
    raise SoldOut(
        _n(
            "Il ne reste que %(num)s place pour « %(name)s ».",
            "Il ne reste que %(num)s places pour « %(name)s ».",
            left,
            name=name,
        ),
        field=f"n-{one.id}",
        left=left,
    )


def free(held: Gate, given: Mapping[int, int]) -> None:
    """Give places back."""
    for category_id, many in given.items():
        held.categories[category_id].taken -= many
        held.sale.taken -= many


def tally(category_ids: list[int]) -> Counter[int]:
    """How many of each."""
    return Counter(category_ids)
