"""What whoever booked chooses when their room is broken; what happens when they say nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.booking import read as bookings
from app.booking.models import Booking
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.incidents import moving, offers, outages, promises, proposals, words
from app.incidents.models import Incident, Outage, OutageOffer
from app.incidents.proposals import Proposal
from app.spaces.models import Space


def desk_of(one: Incident, by: int | None = None) -> moving.Desk:
    """The venue's rules. What the journal and the letter say of the reason is the kind of fault,
    nobody's words."""
    reason = _("Panne : %(what)s (%(code)s)", what=words.categories()[one.category], code=one.code)
    return moving.Desk(promises.policy(), by, reason)


def incident_of(row: OutageOffer) -> Incident:
    """Why they are asked."""
    return db.session.scalars(
        select(Incident)
        .join(Outage, Outage.incident_id == Incident.id)
        .where(Outage.id == row.outage_id)
    ).one()


def proposal(row: OutageOffer) -> Proposal | None:
    """What may be chosen at this moment; None when their room is no longer concerned."""
    outage = db.session.scalars(select(Outage).where(Outage.id == row.outage_id)).one()
    found = proposals.of(outage, outages.affected(outage), promises.policy())
    return next((p for p in found if p.use.source_id == row.booking_id), None)


def ordered(row: OutageOffer, found: Proposal) -> Sequence[Space]:
    """Every space that is free and equal, the proposed one first."""
    first = row.space_id or (found.target.id if found.target else 0)
    return sorted(found.choices, key=lambda space: space.id != first)


def choose(offer_id: int, wish: str) -> OutageOffer:
    """Do what they chose: a space of the list, or their money back. Refuses after the end, what is
    not offered, and a space that somebody took meanwhile (they choose again)."""
    row = _take(offer_id)
    if row.answered_at is not None or row.ends_at <= clock.now():
        raise Refused(_("Le délai pour choisir est passé."))
    found = proposal(row)
    if found is None:
        raise Refused(_("Votre réservation n’est plus concernée."))
    allowed = {f"{moving.SPACE}{space.id}" for space in found.choices} | {"refund"}
    if wish not in allowed:
        raise Refused(_("Cet espace vient d’être pris : choisissez-en un autre."), field="choix")
    if not _settle(row, wish):
        raise Refused(_("Votre réservation n’est plus concernée."))
    audit.note("incident.chosen", f"booking:{row.booking_id}", actor_id=None, answer=wish)
    return row


def fall_due(offer_id: int) -> None:
    """Nobody answered: the proposed space if it is still free, else another equal one, else what
    the venue promised where none is equal. Nothing twice."""
    row = _take(offer_id)
    if row.answered_at is not None or row.ends_at > clock.now():
        return
    found = proposal(row)
    if found is None:
        offers.close([row], "stays", by_default=True)
        return
    spaces = ordered(row, found)
    wish = f"{moving.SPACE}{spaces[0].id}" if spaces else found.no_equal
    try:
        with db.session.begin_nested():
            done = _settle(row, wish, by_default=True)
    except Refused:
        done = _settle(row, "refund", by_default=True)  # taken meanwhile, or nothing to discount
    if not done:
        offers.close([row], "stays", by_default=True)


def _take(offer_id: int) -> OutageOffer:
    """The outage first, then the choice: staff who settle all at once lock in the same order."""
    outage_id = db.session.scalars(
        select(OutageOffer.outage_id).where(OutageOffer.id == offer_id)
    ).one()
    outages.locked(outage_id)
    return offers.locked(offer_id)


def _settle(row: OutageOffer, wish: str, *, by_default: bool = False) -> bool:
    """Whether it was done: somebody may have moved or cancelled the booking this very moment."""
    outage = db.session.scalars(select(Outage).where(Outage.id == row.outage_id)).one()
    desk = desk_of(incident_of(row))
    offers.close([row], wish, by_default=by_default)
    return bool(moving.settle(outage, {row.booking_id: wish}, desk, alone=True))


def booking_of(row: OutageOffer) -> Booking:
    """The booking with its names."""
    return bookings.whole(row.booking_id)


def by_default(row: OutageOffer) -> str:
    """What happens when nobody answers, in a sentence."""
    room = db.session.scalars(select(Space.name).where(Space.id == row.space_id)).one_or_none()
    if room is not None:
        return _("Sans réponse, nous vous installons en %(room)s, au même prix.", room=room)
    kept = promises.policy()
    if kept.no_equal == "discount" and booking_of(row).price_cents:
        return _("Sans réponse, vous gardez l’espace et %(n)d %% vous sont rendus.",
                 n=kept.discount_percent)  # fmt: skip
    return _("Sans réponse, la réservation est annulée et tout vous est rendu.")
