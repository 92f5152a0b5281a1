"""One click for all: people go to their new space, are told, get money back where none is equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.booking import cancel, closures, goodwill, move
from app.booking import read as bookings
from app.booking.cancel import Actor
from app.booking.day import Use
from app.booking.models import Booking
from app.core import clock, locks
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.i18n import _
from app.core.money import percent_of, vat_inside
from app.core.slots import Interval
from app.incidents import offers, outages, proposals, read
from app.incidents.models import IncidentPolicy, Outage, OutageFate
from app.occupancy import rules as occupancy
from app.payments import refunds
from app.payments import rules as payments
from app.rates import group
from app.spaces.models import Space

SPACE = "space:"
CHOICE = "choice"


class Unsaid(Taken):
    """A booking stands in the way whose fate was not said: it was made or confirmed meanwhile."""

    code = "unsaid"

    def __init__(self) -> None:
        super().__init__(
            _("Une réservation de plus est concernée : relisez la liste, puis recommencez.")
        )


@dataclass(frozen=True)
class Desk:
    """Under which rules, and who clicked."""

    kept: IncidentPolicy
    account_id: int | None
    reason: str

    @property
    def actor(self) -> Actor:
        """The venue itself: it moves at the same price and cancels for the whole amount."""
        return Actor("venue", self.account_id)


def settle(
    outage: Outage, fates: Mapping[int, str], desk: Desk, *, alone: bool = False
) -> list[OutageFate]:
    """Do what was said of every booking in the way, or of one `alone`, all or nothing.

    Refuses with `Unsaid` when one of them has no fate, with `Taken` when a space was taken since.
    """
    standing = _standing(outage, fates, alone=alone)
    for booking_id in sorted(standing):
        bookings.locked(booking_id)
    standing = _standing(outage, fates, alone=alone)
    if any(booking_id not in fates for booking_id in standing):
        raise Unsaid
    spaces = {s.id: s for s in _targets(fates, standing)}
    _lock(outage, list(spaces.values()))
    asked = [one for one in standing if fates[one] == CHOICE]
    stood = left(outage)
    done = [n for n in standing if fates[n] != CHOICE and (fates[n] != "stays" or n not in stood)]
    for one in {*asked, *done} & stood.keys():
        stood[one].undone_at = clock.now()
    before = offers.open_of(outage.id)
    for one in done:
        if one in before:
            offers.close([before[one]], fates[one])
    made = [_do(outage, bookings.whole(one), fates[one], spaces, desk) for one in done]
    db.session.add_all(made)
    db.session.flush()  # the rows that moved are gone before the rest is taken
    _ask(outage, asked, desk)
    outages.fill(outage)
    return made


def left(outage: Outage) -> dict[int, OutageFate]:
    """Bookings of which it was said that they stay where they are, by booking."""
    rows = db.session.scalars(
        select(OutageFate).where(
            OutageFate.outage_id == outage.id,
            OutageFate.fate == "stays",
            OutageFate.undone_at.is_(None),
        )
    )
    return {row.booking_id: row for row in rows}


def undecided(outage: Outage) -> list[Use]:
    """Bookings in the way for which somebody still has to say what becomes of them."""
    said = {*left(outage), *offers.open_of(outage.id)}
    return [use for use in outages.affected(outage) if use.source_id not in said]


def _standing(outage: Outage, fates: Mapping[int, str], *, alone: bool) -> list[int]:
    every = [use.source_id or 0 for use in outages.affected(outage)]
    return [one for one in every if one in fates] if alone else every


def _ask(outage: Outage, asked: Sequence[int], desk: Desk) -> None:
    """Put the choice to them; what is proposed is what is free once all the others moved."""
    if not asked:
        return
    uses = [use for use in outages.affected(outage) if use.source_id in asked]
    for one in proposals.of(outage, uses, desk.kept):
        booking = bookings.whole(one.use.source_id or 0)
        offers.make(outage, booking, one.target.id if one.target else None, desk.account_id)


def _targets(fates: Mapping[int, str], standing: Sequence[int]) -> Sequence[Space]:
    wanted = {
        int(raw)
        for one in standing
        if (raw := fates[one].removeprefix(SPACE)).isdecimal() and fates[one].startswith(SPACE)
    }
    found = db.session.scalars(
        select(Space).where(Space.id.in_(wanted), Space.retired_at.is_(None))
    ).all()
    if len(found) != len(wanted):
        raise Refused(_("Cet espace n’existe pas."))
    return found


def _lock(outage: Outage, spaces: Sequence[Space]) -> None:
    """Every cluster that will be touched, in one order."""
    home = occupancy.place(outage.space_id)
    clusters = {c for place in occupancy.places(spaces).values() for c in place.clusters}
    locks.hold(locks.UNITS, clusters | set(home.clusters))


def _do(
    outage: Outage, booking: Booking, wish: str, spaces: Mapping[int, Space], desk: Desk
) -> OutageFate:
    if booking.state != "confirmed":
        raise Unsaid
    row = OutageFate(
        outage_id=outage.id,
        booking_id=booking.id,
        from_space_id=booking.space_id,
        at=clock.now(),
        by_account=desk.account_id,
        fate="stays",
        back_cents=0,
    )
    if wish.startswith(SPACE):
        _move(row, booking, spaces[int(wish.removeprefix(SPACE))], desk)
    elif wish == "refund":
        row.fate = "refunded"
        row.back_cents = booking.price_cents
        cancel.cancel(booking.id, cancel.by_venue(booking), desk.actor, reason=desk.reason)
    elif wish == "discount":
        row.fate = "discounted"
        row.back_cents = percent_of(booking.price_cents, desk.kept.discount_percent)
        _discount(booking, row.back_cents, desk)
    elif wish != "stays":
        raise Refused(_("Dites où va chaque réservation."))
    row.back_net_cents = row.back_cents - vat_inside(row.back_cents, booking.vat_bp)
    return row


def _move(row: OutageFate, booking: Booking, target: Space, desk: Desk) -> None:
    """The price stays; what its new hours would have sold is a part of the bill."""
    now = clock.now()
    row.fate, row.to_space_id = "moved", target.id
    if target.id != booking.space_id and booking.ends_at > now:
        block = Interval(max(booking.starts_at, now), booking.ends_at)
        lost = group.displaced(target, block, booking.quantity, now=now)
        row.displaced_cents = lost.net_cents
    quote = closures.same_price(booking, target)
    later = move.Telling(at=now + offers.DOUBT)
    move.move(booking.id, quote, cancel.by_venue(booking), desk.actor, telling=later)


def _discount(booking: Booking, cents: int, desk: Desk) -> None:
    """They keep the room and pay less. Refuses where nothing was paid yet: there is nothing to
    give back, the whole booking may be cancelled instead."""
    paid = sum(refunds.refundable(p) for p in payments.of_source("booking", booking.id))
    if cents > paid:
        words = _(
            "La réservation %(code)s n’est pas payée : annulez-la ou laissez-la.",
            code=booking.code,
        )
        raise Refused(words)
    goodwill.give(booking.id, cents, desk.reason, by=desk.account_id)


# ── back again ────────────────────────────────────────────────────────────────────────────────


def moved(outage: Outage) -> list[OutageFate]:
    """Moves of this outage that may be taken back: not begun, and still where they were sent."""
    rows = db.session.execute(
        select(OutageFate, Booking)
        .join(Booking, Booking.id == OutageFate.booking_id)
        .where(
            OutageFate.outage_id == outage.id,
            OutageFate.fate == "moved",
            OutageFate.undone_at.is_(None),
            Booking.state == "confirmed",
            Booking.space_id == OutageFate.to_space_id,
            Booking.starts_at > clock.now(),
        )
        .order_by(OutageFate.id)
    )
    return [fate for fate, _booking in rows]


def undo(outage: Outage, desk: Desk) -> int:
    """Send everybody back to the space that they had booked; how many. All or nothing.

    The outage lets go of their time first and takes the rest again: they stand in the way anew.
    Whoever was not written to yet never is; the others get a second letter. Choices that nobody
    heard of are taken back too.
    """
    rows = moved(outage)
    offers.close([offers.locked(row.id) for row in offers.fresh(outage.id)], "withdrawn")
    for row in sorted(rows, key=lambda r: r.booking_id):
        bookings.locked(row.booking_id)
    ids = {row.from_space_id for row in rows} | {row.to_space_id for row in rows}
    spaces = {s.id: s for s in db.session.scalars(select(Space).where(Space.id.in_(ids)))}
    _lock(outage, list(spaces.values()))
    occupancy.release(outages.SOURCE, outage.id)
    for row in rows:
        booking = bookings.whole(row.booking_id)
        home = closures.same_price(booking, spaces[row.from_space_id])
        telling = move.Telling(quiet=not move.is_told(booking))
        move.move(booking.id, home, cancel.by_venue(booking), desk.actor, telling=telling)
        row.undone_at = clock.now()
    db.session.flush()  # their time is theirs again before the rest is taken
    outages.fill(outage)
    return len(rows)


def fates(outage_ids: Sequence[int]) -> list[tuple[OutageFate, Booking]]:
    """What became of the bookings, in order."""
    rows = db.session.execute(
        select(OutageFate, Booking)
        .join(Booking, Booking.id == OutageFate.booking_id)
        .options(*bookings.WITH_NAMES)
        .where(OutageFate.outage_id.in_(outage_ids), OutageFate.undone_at.is_(None))
        .order_by(OutageFate.id)
    )
    return [(fate, booking) for fate, booking in rows]


def of_incident(incident_id: int) -> list[tuple[OutageFate, Booking]]:
    """The same for every outage of an incident."""
    return fates([row.id for row in read.outages(incident_id)])
