"""Handle an incident: states, who does it, what is said, what it costs, how it was found."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlalchemy import select

from app.accounts import team
from app.core import clock, outbox
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.words import one_line
from app.incidents import deadlines, outages, promises, read, waiting
from app.incidents.models import (
    PRIORITIES,
    STATES,
    Incident,
    IncidentAlert,
    IncidentComment,
    IncidentCost,
    IncidentFollower,
    IncidentRating,
    IncidentStep,
)

ANSWERED = ("acknowledged", "in_progress", "waiting", "resolved")
MOST_WORDS = 2000


@dataclass(frozen=True)
class Hand:
    """Who acts: an account of the team, or a follower by their link."""

    account_id: int | None
    name: str


def advance(incident_id: int, state: str, by: Hand) -> Incident:
    """Bring it to a state and tell whoever follows. The same state again changes nothing.

    Resolved gives the space back; waiting for a supplier stops the clock of the repair.
    Refuses to reopen what is open, and to answer again what is over.
    """
    one = read.locked(incident_id)
    if state not in STATES or state == "reported":
        raise Refused(_("Cet état n’existe pas."), field="etat")
    if one.state == state:
        return one
    if (one.state == "resolved") != (state == "reopened"):
        raise Refused(
            _("Un incident résolu se rouvre d’abord ; un incident ouvert ne se rouvre pas."),
            field="etat",
        )
    at = clock.now()
    waiting.resume(one)
    one.state = state
    if state in ANSWERED and one.responded_at is None:
        one.responded_at = at
    one.resolved_at = at if state == "resolved" else None
    if state == "reopened":
        _promise_again(one)
    _step(one, state, by)
    if state == "resolved" and (open_ := read.outage(one.id)) is not None:
        outages.end(open_, by.account_id)
    if state == "reopened":
        outages.resume(one, by.account_id)
    return one


def _promise_again(one: Incident) -> None:
    """What comes back is answered and repaired anew, by the same promise."""
    where, at = read.where_of(one), clock.now()
    answer, repair = promises.targets(promises.policy())[one.priority]
    one.responded_at = None
    one.respond_by = deadlines.due(where.site, where.space, at, answer)
    one.resolve_by = deadlines.due(where.site, where.space, at, repair)


def _step(one: Incident, state: str, by: Hand) -> None:
    row = IncidentStep(
        incident_id=one.id, state=state, at=clock.now(), by_account=by.account_id, by_name=by.name
    )
    db.session.add(row)
    db.session.flush()  # id for the letter
    outbox.defer("incidents.letter", incident_id=one.id, step_id=row.id, lane="mail")


@dataclass(frozen=True)
class Charge:
    """Who is to do it and how much it presses."""

    assignee_id: int | None
    supplier: str
    priority: str


def entrust(incident_id: int, charge: Charge) -> Incident:
    """Write who does it. Another priority is another promise, counted from the report
    (or since it came back), without the time in which a supplier was waited for.

    Refuses somebody who is not of the team.
    """
    one = read.locked(incident_id)
    if charge.priority not in PRIORITIES:
        raise Refused(_("Cette priorité n’existe pas."), field="priorite")
    members = {person.id for _grant, person in team.team()}
    if charge.assignee_id is not None and charge.assignee_id not in members:
        raise Refused(_("Cette personne n’est pas de l’équipe."), field="qui")
    if charge.priority != one.priority:
        where = read.where_of(one)
        answer, repair = promises.targets(promises.policy())[charge.priority]
        since = waiting.began(read.steps(one.id))
        one.respond_by = deadlines.due(where.site, where.space, since, answer)
        one.resolve_by = waiting.due(one, repair)
    told = charge.assignee_id is not None and charge.assignee_id != one.assignee_id
    one.assignee_id, one.priority = charge.assignee_id, charge.priority
    one.supplier = " ".join(charge.supplier.split())[:120]
    if told:
        outbox.defer(
            "incidents.staff_letter",
            incident_id=one.id,
            account_id=charge.assignee_id,
            kind="assigned",
            lane="mail",
        )
    return one


def comment(
    incident_id: int, text: str, by: Hand, *, public: bool, follower: IncidentFollower | None = None
) -> IncidentComment:
    """Say something: to whoever follows, or to the team alone. Refuses nothing and too much."""
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not one_line(text, MOST_WORDS) or len(text) > MOST_WORDS:
        words = _("Écrivez un message, en %(n)d signes au plus.", n=MOST_WORDS)
        raise Refused(words, field="texte")
    row = IncidentComment(
        incident_id=incident_id,
        public=public,
        by_account=by.account_id,
        follower_id=follower.id if follower else None,
        by_name=by.name,
        at=clock.now(),
        text=text,
    )
    db.session.add(row)
    db.session.flush()  # id for the letter
    if public and follower is None:
        outbox.defer("incidents.letter", incident_id=incident_id, comment_id=row.id, lane="mail")
    return row


def cents_of(raw: str, field: str = "montant") -> int:
    """An amount as typed. Refuses what is none, below a cent, and fractions of a cent."""
    text = raw.replace("€", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    words = _("Indiquez un montant en euros, comme 180 ou 12,50.")
    try:
        cents = Decimal(text) * 100
    except InvalidOperation as error:
        raise Refused(words, field=field) from error
    if not cents.is_finite() or not 0 < cents <= 10**9 or cents != int(cents):
        raise Refused(words, field=field)
    return int(cents)


def spend(incident_id: int, label: str, net_cents: int, by: Hand) -> IncidentCost:
    """Note what the repair took. Refuses a cost without its name."""
    label = one_line(label, len(label))
    if not 1 <= len(label) <= 120:
        words = _("Dites pour quoi, en 120 caractères au plus.")
        raise Refused(words, field="libelle")
    row = IncidentCost(
        incident_id=incident_id,
        label=label,
        net_cents=net_cents,
        at=clock.now(),
        by_account=by.account_id,
    )
    db.session.add(row)
    return row


def rate(follower: IncidentFollower, stars: int, note: str) -> IncidentRating:
    """How satisfied they are, once it was resolved; a second word replaces the first."""
    one = read.locked(follower.incident_id)
    if one.state != "resolved":
        raise Refused(_("On pourra donner son avis quand ce sera résolu."))
    if not 1 <= stars <= 5:
        raise Refused(_("Donnez de une à cinq étoiles."), field="etoiles")
    row = db.session.scalars(
        select(IncidentRating).where(IncidentRating.follower_id == follower.id)
    ).one_or_none() or IncidentRating(incident_id=one.id, follower_id=follower.id)
    row.stars, row.note, row.at = stars, note.strip()[:500], clock.now()
    db.session.add(row)
    return row


def overdue() -> list[IncidentAlert]:
    """Note every deadline that passed since and was not told; the caller tells."""
    now = clock.now()
    made = []
    for one in db.session.scalars(
        select(Incident)
        .where(Incident.state != "resolved")
        .where((Incident.respond_by < now) | (Incident.resolve_by < now))
        .order_by(Incident.id)
        .with_for_update(skip_locked=True)
    ).all():
        told = {(alert.kind, alert.due_at) for alert in read.alerts(one.id)}
        for kind, due in (("respond", one.respond_by), ("resolve", one.resolve_by)):
            over = one.responded_at is not None if kind == "respond" else waiting.stands_still(one)
            late = due < now and not over
            if late and (kind, due) not in told:
                row = IncidentAlert(incident_id=one.id, kind=kind, due_at=due, at=now)
                db.session.add(row)
                made.append(row)
    db.session.flush()  # ids for the letters
    return made
