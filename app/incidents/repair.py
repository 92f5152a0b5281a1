"""The space of an incident: out of sale, its bookings somewhere else, back on sale."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, _n
from app.core.slots import at, read_day, read_time
from app.incidents import choosing, moving, offers, outages, read
from app.incidents.models import Incident, Outage, OutageFate
from app.incidents.outages import Span
from app.incidents.sheet import attempt, found
from app.web import navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("incident_repair", __name__, url_prefix="/gestion/incidents/<int:incident_id>")


def _until(one: Incident) -> dt.datetime:
    """The end that was typed, on the clock of the building; else when it is promised to work."""
    day, hour = request.form.get("jusqu-au", "").strip(), request.form.get("heure", "").strip()
    if not day:
        return one.resolve_by
    date, time = read_day(day), read_time(hour or "23:59")
    if date is None or time is None:
        raise Refused(_("Indiquez un jour et une heure."), field="jusqu-au")
    return at(date, time.hour * 60 + time.minute, read.where_of(one).site.zone)


def _units() -> int | None:
    raw = request.form.get("unites", "").strip()
    if not raw:
        return None
    if not raw.isdecimal() or not 1 <= int(raw) <= 500:
        raise Refused(_("Indiquez un nombre entier."), field="unites")
    return int(raw)


def _open(incident_id: int) -> Outage:
    """The outage that lasts, for this transaction alone. Refuses when there is none any more."""
    row = db.session.scalars(
        select(Outage)
        .where(Outage.incident_id == incident_id, Outage.ended_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise Refused(_("L’espace n’est plus retiré de la vente."))
    return row


@pages.post("/retrait")
@needs("desk.book")
def take_out(incident_id: int) -> Response:
    """Out of sale now; every free minute at once."""

    def work() -> str:
        one = read.locked(incident_id)
        row = outages.begin(one.id, Span(_until(one), _units()), actor().account_id)
        note("incident.space_out", f"incident:{incident_id}", until=row.ends_at.isoformat())
        standing = len(outages.affected(row))
        if not standing:
            return _("C’est retiré de la vente, aucune réservation n’est touchée.")
        return _n(
            "C’est retiré de la vente, %(num)s réservation est à déplacer.",
            "C’est retiré de la vente, %(num)s réservations sont à déplacer.",
            standing,
        )

    return attempt(incident_id, work)


@pages.post("/duree")
@needs("desk.book")
def extend(incident_id: int) -> Response:
    """Another end."""

    def work() -> str:
        row = _open(incident_id)
        outages.extend(row, _until(found(incident_id)))
        note("incident.space_out", f"incident:{incident_id}", until=row.ends_at.isoformat())
        return _("La durée est changée.")

    return attempt(incident_id, work)


@pages.post("/remise-en-vente")
@needs("desk.book")
def give_back(incident_id: int) -> Response:
    """Back on sale."""

    def work() -> str:
        outages.end(_open(incident_id), actor().account_id)
        note("incident.space_back", f"incident:{incident_id}")
        return _("C’est remis en vente.")

    return attempt(incident_id, work)


def _desk(one: Incident) -> moving.Desk:
    return choosing.desk_of(one, actor().account_id)


@pages.post("/deplacements")
@needs("desk.book")
def move_all(incident_id: int) -> Response:
    """One click: everybody moves, is told, gets money back where no equal space is free."""
    fates = {
        int(name.removeprefix("sort-")): value
        for name, value in request.form.items()
        if name.startswith("sort-") and name.removeprefix("sort-").isdecimal()
    }

    def work() -> str:
        one = found(incident_id)
        out = _open(incident_id)
        made = moving.settle(out, fates, _desk(one))
        note(
            "incident.moved",
            f"incident:{incident_id}",
            fates={row.booking_id: row.fate for row in made},
            back_cents=sum(row.back_cents for row in made),
        )
        return _said(made, len(offers.fresh(out.id)))

    answer = attempt(incident_id, work)
    if answer.status_code == 303:
        undo = url_for("incident_repair.undo", incident_id=incident_id)
        words_ = _("Les e-mails partent dans 2 minutes ; d’ici là, annuler ne dérange personne.")
        if _undoable(incident_id):
            navigation.say(words_, undo=undo)
    return answer


def _undoable(incident_id: int) -> bool:
    out = read.outage(incident_id)
    return out is not None and bool(moving.moved(out) or offers.fresh(out.id))


def _said(made: list[OutageFate], asked: int) -> str:
    moved = sum(row.fate == "moved" for row in made)
    back = sum(row.fate in ("refunded", "discounted") for row in made)
    parts = [_n("%(num)s déplacée", "%(num)s déplacées", moved)] if moved else []
    parts += [_n("%(num)s remboursée", "%(num)s remboursées", back)] if back else []
    if asked:
        parts.append(_n("%(num)s personne choisit", "%(num)s personnes choisissent", asked))
    if not parts:
        return _("Rien n’a changé.")
    return _("%(what)s.", what=", ".join(parts))


@pages.post("/deplacements/annulation")
@needs("desk.book")
def undo(incident_id: int) -> Response:
    """Everybody back to the space that they had booked."""

    def work() -> str:
        one = found(incident_id)
        out = _open(incident_id)
        asked = len(offers.fresh(out.id))
        count = moving.undo(out, _desk(one))
        note("incident.moves_undone", f"incident:{incident_id}", count=count, asked=asked)
        if asked and not count:
            return _("Plus personne n’a à choisir.")
        if not count:
            return _("Il n’y a plus rien à annuler.")
        return _n(
            "%(num)s réservation est revenue à sa place.",
            "%(num)s réservations sont revenues à leur place.",
            count,
        )

    return attempt(incident_id, work)
