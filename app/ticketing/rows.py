"""What the public sees on sale: each kind of ticket, its price, what is left, or why not now."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from app.booking import words as booking_words
from app.core import clock
from app.core.i18n import _
from app.events import read as events
from app.events.models import Event
from app.members.models import Person
from app.ticketing import counting, read, rules, words
from app.ticketing.models import TicketCategory, TicketSale, TicketWait

FEW = 10


@dataclass(frozen=True)
class Row:
    """One kind of ticket as it is offered to this person now. `most` is how many they may take;
    `why` says why none; `closed`: not for want of places; `waits`: there is a queue to join."""

    kind: TicketCategory
    name: str
    note: str
    price: str
    left: int
    most: int
    why: str = ""
    closed: bool = False
    login: bool = False
    waits: bool = False

    @property
    def least(self) -> int:
        """Cents of the cheapest ticket of this kind."""
        return self.kind.minimum_cents if self.kind.pricing == "open" else self.kind.price_cents

    @property
    def few(self) -> int:
        """How many are left, when it is time to say so."""
        return self.left if 0 < self.left <= FEW and self.most else 0


@dataclass(frozen=True)
class Shelf:
    """Everything on sale for an event."""

    sale: TicketSale
    rows: list[Row]
    left: int

    @property
    def sells(self) -> bool:
        """Whether this person can take a ticket now."""
        return any(row.most for row in self.rows)


def shelf(
    event: Event,
    who: Person | None,
    offer: TicketWait | None = None,
    mine: Counter[int] | None = None,
) -> Shelf | None:
    """What is on sale; nothing without tickets. An offer sells what it keeps, alone; what this very
    form holds already (`mine`) is there for it."""
    sale = read.sale(event.id)
    kinds = read.categories(event.id)
    if sale is None or not kinds:
        return None
    freed = read.freed(event.id, clock.now()) + (mine or Counter())
    whole = max(
        0, counting.whole_left(sale, event, counting.let_in(event.id)) + sum(freed.values())
    )
    lefts = {one.id: max(0, min(one.quota - one.taken + freed[one.id], whole)) for one in kinds}
    if offer is not None:
        kinds = [one for one in kinds if one.id == offer.category_id]
        lefts[offer.category_id] = whole = offer.quantity
    rows = [_row(event, sale, one, lefts[one.id], who) for one in kinds]
    return Shelf(sale, rows, min(whole, sum(row.left for row in rows if not row.why)))


def _row(event: Event, sale: TicketSale, one: TicketCategory, left: int, who: Person | None) -> Row:
    why = _why(event, one, who)
    is_full = not why and not left
    return Row(
        kind=one,
        name=words.category(one),
        note=words.note(one),
        price=words.price(one),
        left=left,
        most=0 if why else min(left, sale.most),
        why=_("Complet") if is_full else why,
        closed=bool(why),
        login=bool(why) and who is None and one.buyers != "everybody",
        waits=is_full and event.starts_at > clock.now(),
    )


def _why(event: Event, one: TicketCategory, who: Person | None) -> str:
    if one.from_at is not None and clock.now() < one.from_at:
        zone = events.site(event).zone
        return _("En vente le %(when)s", when=booking_words.moment(one.from_at, zone))
    return rules.not_for_sale(one, event, who)


def give_back_terms(sale: TicketSale, event: Event) -> list[str]:
    """Until when a ticket is given back and for how much, in sentences."""
    zone = events.site(event).zone
    free = event.starts_at - dt.timedelta(hours=sale.free_hours)
    after = (
        _("Ensuite, %(n)s %% sont remboursés.", n=sale.late_percent)
        if sale.late_percent
        else _("Ensuite, il n’est plus remboursé ; vous pouvez le céder.")
    )
    if free <= clock.now():
        if not sale.late_percent:
            return [_("Ce billet n’est pas remboursable ; vous pouvez le céder.")]
        return [_("Rendu avant le début : %(n)s %% sont remboursés.", n=sale.late_percent)]
    when = booking_words.moment(free, zone)
    said = [_("Rendu avant le %(when)s : remboursé en entier.", when=when)]
    return [*said, after] if sale.free_hours else said
