"""Incidents among what is to be done today, each with its ready fix."""

from __future__ import annotations

from app.booking import todo
from app.booking.day import Day
from app.booking.todo import Fix, Todo
from app.core.i18n import _, _n, day_name
from app.incidents import moving, read, waiting, words
from app.incidents.read import Listed

MOST = 4
EDIT = "incidents.edit"


def _card(row: Listed, day: Day) -> Todo:
    one, url = row.incident, f"/gestion/incidents/{row.incident.id}"
    title = f"{words.categories()[one.category]}, {row.place}"
    see = Fix(_("Ouvrir"), url, permission="incidents.see")
    out = read.outage(one.id)
    if out is not None and (standing := len(moving.undecided(out))):
        text = _n(
            "%(num)s réservation à déplacer, tout est prêt.",
            "%(num)s réservations à déplacer, tout est prêt.",
            standing,
        )
        return Todo("triangle-alert", "danger", title, text, (Fix(_("Régler"), url),))
    if one.usable == "no" and one.space_id and out is None:
        text = _("Signalé inutilisable, encore en vente.")
        take = Fix(_("Retirer de la vente"), f"{url}/retrait", post=True, permission="desk.book")
        return Todo("triangle-alert", "danger", title, text, (take, see))
    take = Fix(_("Prendre en charge"), f"{url}/prise-en-charge", post=True, permission=EDIT)
    still = waiting.stands_still(one)
    late = (one.respond_by if one.responded_at is None else one.resolve_by) < day.now and not still
    fixes = (take, see) if one.responded_at is None else (see,)
    return Todo("triangle-alert", "danger" if late else "warn", title, _promise(row, day), fixes)


def _promise(row: Listed, day: Day) -> str:
    one = row.incident
    due = one.respond_by if one.responded_at is None else one.resolve_by
    if waiting.stands_still(one):
        return _("En attente du fournisseur : le délai est en pause.")
    if due < day.now:
        return _("Le délai promis est passé.")
    at = due.astimezone(day.frame.zone)
    when = f"{at:%H:%M}" if at.date() == day.frame.day else day_name(at.date())
    if one.responded_at is None:
        return _("À répondre avant %(time)s.", time=when)
    return _("À réparer avant %(time)s.", time=when)


def of_day(day: Day) -> list[Todo]:
    """The few that press most."""
    return [_card(row, day) for row in read.pressing(MOST)]


def offer() -> None:
    """Once for all: the desk asks everybody above it."""
    if of_day not in todo.MORE:
        todo.MORE.append(of_day)
