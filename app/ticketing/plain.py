"""An order and its tickets in plain words and cents: what pages and papers show."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.booking import words as places
from app.core import clock
from app.core.i18n import _, clock_range, day_name, euros
from app.core.money import percent_of
from app.events import read as events
from app.events import words as event_words
from app.events.models import Event
from app.payments import rules as payments
from app.ticketing import giving_back, read, words
from app.ticketing.charging import SOURCE
from app.ticketing.models import Ticket, TicketCategory, TicketOrder, TicketSale

PAID = ("captured", "processing")
KINDS = {"valid": "ok", "used": "", "held": "warn"}


@dataclass(frozen=True)
class Happening:
    """What the tickets are for."""

    title: str
    path: str
    day: str
    hours: str
    rooms: str
    address: str
    way_in: str
    state: str
    reason: str
    is_over: bool
    has_begun: bool
    zone: ZoneInfo

    @property
    def when(self) -> str:
        """The day and the hours."""
        return f"{self.day}, {self.hours}"


def happening(event: Event) -> Happening:
    """Say it once, in the page's language and on the clock of its building."""
    site, now = events.site(event), clock.now()
    start, end = (one.astimezone(site.zone) for one in (event.starts_at, event.ends_at))
    hours = str(clock_range(event.starts_at, event.ends_at, site.zone).striptags())
    if start.date() != end.date():
        hours = f"{start:%H:%M} – {day_name(end.date())} {end:%H:%M}"
    return Happening(
        title=event_words.title(event),
        path=f"/agenda/{event.slug}",
        day=day_name(start.date()),
        hours=hours,
        rooms=", ".join(space.name for space in events.spaces(event.id)),
        address=", ".join(part for part in (site.name, places.address(site)) if part),
        way_in=places.way_in(site),
        state=event.state,
        reason=event.cancel_reason,
        is_over=event.ends_at <= now,
        has_begun=event.starts_at <= now,
        zone=site.zone,
    )


@dataclass(frozen=True)
class Seen:
    """One ticket. `back_cents` is what comes back when it is given back now; `is_away` says that it
    was handed to somebody who has a link of their own."""

    id: int
    code: str
    name: str
    email: str
    category: str
    state: str
    word: str
    kind: str
    price_cents: int
    back_cents: int
    refund_cents: int
    is_good: bool
    is_away: bool


def tickets(order: TicketOrder, event: Event, *, all_of_them: bool = False) -> list[Seen]:
    """Those that count first, then the dead; a ticket that became another's is shown as theirs
    alone, unless all of them are asked for."""
    sale, now = read.sale(order.event_id), clock.now()
    names = {one.id: words.category(one) for one in read.categories(event.id, archived=True)}
    rows = [one for one in read.tickets(order.id) if all_of_them or one.state != "transferred"]
    rows.sort(key=lambda one: (one.state not in (*read.STANDING, "held"), one.id))
    return [_seen(one, order, (sale, event), names, now) for one in rows]


def _seen(
    one: Ticket, order: TicketOrder, of: tuple[TicketSale | None, Event], names: dict[int, str],
    now: dt.datetime,
) -> Seen:  # fmt: skip
    sale, event = of
    good = one.state == "valid" and event.state == "published"
    back = giving_back.share(one, order, sale, event, now) if good and sale else 0
    called_off = one.state == "valid" and event.state == "cancelled"  # though its job still waits
    state = "cancelled" if called_off else one.state
    return Seen(
        id=one.id,
        code=one.code,
        name=one.holder_name,
        email=one.holder_email,
        category=names.get(one.category_id, ""),
        state=state,
        word=words.ticket_states()[state],
        kind=KINDS.get(state, "danger"),
        price_cents=one.price_cents,
        back_cents=back,
        refund_cents=one.refund_cents,
        is_good=good,
        is_away=read.is_away(one, order),
    )


def lines(rows: Sequence[Ticket], kinds: Sequence[TicketCategory]) -> list[tuple[str, int]]:
    """What was bought, by kind and price, before a code."""
    names = {one.id: words.category(one) for one in kinds}
    many = Counter((one.category_id, one.list_cents) for one in rows)
    return [
        (f"{count} × {names[kind]}", count * cents) for (kind, cents), count in sorted(many.items())
    ]


def bought(order: TicketOrder) -> list[tuple[str, int]]:
    """The lines of an order; what was handed on counts once."""
    rows = [one for one in read.tickets(order.id) if one.from_ticket_id is None]
    found = lines(rows, read.categories(order.event_id, archived=True))
    if order.discount_cents:
        found.append((_("Code promo"), -order.discount_cents))
    return found


def vat(order: TicketOrder) -> str:
    """The VAT that is in the price, rate by rate."""
    rows = [one for one in read.tickets(order.id) if one.from_ticket_id is None]
    rates: Counter[int] = Counter()
    for one in rows:
        rates[one.vat_bp] += one.price_cents
    found = (places.vat_line(cents, rate) for rate, cents in sorted(rates.items()) if cents)
    return ", ".join(line for line in found if line)


def paid_how(order: TicketOrder) -> str:
    """How it was paid, or that it is not yet."""
    done = [one for one in payments.of_source(SOURCE, order.id) if one.state in PAID]
    if done:
        return {
            "card": _("payés par carte"),
            "sepa_debit": _("par prélèvement"),
            "cash": _("payés en espèces"),
            "terminal": _("payés par carte sur place"),
            "transfer": _("payés par virement"),
            "on_account": _("sur compte"),
        }.get(done[-1].method, "")
    return {"desk": _("à régler sur place"), "on_account": _("sur compte")}.get(order.way, "")


def due(order: TicketOrder) -> int:
    """What this person is still to pay; a company pays on its invoice."""
    if order.company_id or order.state != "confirmed" or order.way == "on_account":
        return 0
    return max(0, payments.due_now(SOURCE, order.id))


def back(order: TicketOrder, rows: Sequence[Seen]) -> tuple[int, int]:
    """What these are worth when given back now, and how much of it goes back as money: what was
    never paid is only asked for no more."""
    worth = sum(one.back_cents for one in rows)
    unpaid = max(0, payments.due_on(SOURCE, order.id))
    return worth, max(0, worth - unpaid)


def terms(order: TicketOrder, event: Event, rows: Sequence[Seen]) -> list[tuple[str, str]]:
    """Until when what comes back, in words and euros; nothing for what costs nothing."""
    sale = read.sale(event.id)
    whole = sum(one.price_cents for one in rows)
    if sale is None or not whole:
        return []
    full = _("%(amount)s rendus", amount=euros(whole))
    if giving_back.was_moved(sale, order):
        return [(_("Jusqu’au début, car la date ou le lieu a changé"), full)]
    zone, now = events.site(event).zone, clock.now()
    limit = event.starts_at - dt.timedelta(hours=sale.free_hours)
    found = []
    if limit > now:
        found.append((_("Jusqu’au %(when)s", when=places.moment(limit, zone)), full))
    if sale.free_hours:
        late = sum(percent_of(one.price_cents, sale.late_percent) for one in rows)
        then = _("%(amount)s rendus", amount=euros(late)) if late else _("rien n’est rendu")
        found.append((_("Ensuite, jusqu’au début"), then))
    return found
