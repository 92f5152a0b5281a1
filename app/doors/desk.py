"""The door on a phone: the page that scans, the list that it keeps for a cut of the network, and
what it sends when it is back. Typing a code and searching a name work without any script."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _, _n
from app.core.words import fold, token
from app.doors import papers, rules, tickets
from app.doors.models import Passage
from app.doors.rules import Door, Heard, Phone, Row
from app.doors.settling import IN, SLIP
from app.events import read as events
from app.events import seams
from app.events.models import Event
from app.tenants.resolve import of_tenant
from app.ticketing import read
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("doors", __name__, url_prefix="/gestion/evenements/<int:event_id>")
blueprints = (pages, papers.pages)
DIGITS = 20  # of a code's hash: enough to tell tickets apart, too few to find a code


def _event(event_id: int) -> Event:
    of_tenant()
    found = events.event(event_id)
    if found is None:
        abort(404)
    return found


def zone_of(event: Event) -> ZoneInfo:
    """The clock of its building."""
    return events.site(event).zone


def veiled(event: Event, code: str) -> str:
    """What a phone keeps of a code: it recognises one that is shown, and can make none."""
    return hashlib.sha256(f"{event.uid}:{code}".encode()).hexdigest()[:DIGITS]


def state_words() -> dict[str, str]:
    """What became of a passage, for people."""
    return {
        "entry": _("Valide"),
        "let_in": _("Entrée notée, avec une raison"),
        "duplicate": _("Déjà entré"),
        "cancelled": _("Billet annulé ou cédé"),
        "undone": _("Entrée annulée"),
        "unknown": _("Code inconnu ici"),
    }


# ── the page ──────────────────────────────────────────────────────────────────────────────────


def _page(event: Event, status: int = 200, fault: str = "") -> Response:
    words = request.args.get("q", "").strip()[:80]
    found = rules.look(event)
    shown = [row for row in found.rows if _matches(row, words)] if words else []
    return navigation.page(
        "doors/door.html",
        "events",
        status,
        event=event,
        title=papers.title_of(event),
        zone=zone_of(event),
        door=found,
        shown=shown[:30],
        words=words,
        latest=_latest(found),
        names=state_words(),
        fault=fault,
        typed=request.form,
        me=actor().name,
        shop_url=_shop(event),
    )


def _shop(event: Event) -> str:
    """Where somebody without a ticket buys one, if there are any."""
    if read.sale(event.id) is None:
        return ""
    return navigation.way("ticketing_counter.show", "desk.take_payment", event_id=event.id)


def _matches(row: Row, words: str) -> bool:
    one = row.holder
    text = fold(f"{one.name} {one.company} {one.order}")
    return all(word in text for word in fold(words).split())


def _latest(found: Door) -> list[tuple[Passage, str, str]]:
    """Who came last: the passage, the name, the kind of ticket."""
    came = [(row.entry, row.holder.name, row.holder.category) for row in found.rows if row.entry]
    came += [(one, walk_in_name(one), _("Sans billet")) for one in found.walk_ins]
    came.sort(key=lambda one: (one[0].at, one[0].mark), reverse=True)
    return came[:8]


def walk_in_name(one: Passage) -> str:
    """What people without a ticket are called: the name that was typed, or how many they were."""
    many = _n("%(num)s personne", "%(num)s personnes", one.people)
    return f"{one.name} ({many})" if one.name and one.people > 1 else one.name or many


@pages.get("/entrees")
@needs("desk.check_in")
def door(event_id: int) -> Response:
    """Scan, type or search; the latest entries, and what somebody has to look at."""
    return _page(_event(event_id))


@pages.post("/entrees")
@needs("desk.check_in")
def note(event_id: int) -> Response:
    """One entry, or one taken back, by a form: a code that was typed, a name that was found, or
    people who came without a ticket."""
    event, form = _event(event_id), request.form
    kind, undoes = (SLIP if form.get("annule") else IN), form.get("annule", "")[:64]
    one = Heard(token(), kind, None, clock.now(), undoes=undoes, reason="")
    if "sans" in form:
        people = form.get("personnes", "1")
        if not people.isdecimal() or not 1 <= int(people[:4]) <= rules.GROUP:
            said = _("De 1 à %(n)d personnes à la fois.", n=rules.GROUP)
            return _page(event, 422, said)
        one = replace(one, people=int(people), name=form.get("nom", "").strip()[: rules.REASON])
    else:
        ticket = _named(event, form.get("billet", ""), form.get("code", ""))
        if ticket is None:
            return _page(event, 422, _("Aucun billet de cet événement n’a ce code."))
        one = replace(one, ticket_id=ticket)
    who = Phone("", actor().name, actor().account_id)
    outcome = edge.act(lambda: rules.take(event.id, [one], who))[one.mark]
    navigation.say(state_words()[outcome])
    return redirect(url_for("doors.door", event_id=event_id), 303)


def _named(event: Event, ticket: str, code: str) -> int | None:
    """The ticket that a form means, if this event has it."""
    wanted = tickets.bare(code)
    for one in tickets.of_event(event.id):
        if str(one.id) == ticket or (wanted and one.code == wanted):
            return one.id
    return None


# ── for the phone ─────────────────────────────────────────────────────────────────────────────


def _stamp(moment: dt.datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment else None


def _told(event: Event) -> dict[str, Any]:
    """The list as a phone keeps it: names, no address, and codes that nobody can read back."""
    found = rules.look(event)
    return {
        "event": event.id,
        "uid": event.uid,
        "at": _stamp(clock.now()),
        "count": {"inside": found.inside, "good": found.good, "left": found.left},
        "tickets": [_ticket(event, row) for row in found.rows],
        "walked": [
            {"mark": one.mark, "at": _stamp(one.at), "name": walk_in_name(one), "n": one.people}
            for one in found.walk_ins[-8:]
        ],
    }


def _ticket(event: Event, row: Row) -> dict[str, Any]:
    one, entry = row.holder, row.entry
    return {
        "id": one.id,
        "hash": veiled(event, one.code),
        "name": one.name,
        "what": one.category,
        "note": one.note,
        "search": fold(f"{one.name} {one.company} {one.order}"),
        "cancelled": one.cancelled,
        "entry": entry.mark if entry else None,
        "at": _stamp(entry.at) if entry else None,
        "door": entry.door if entry else "",
    }


@pages.get("/entrees/liste.json")
@needs("desk.check_in")
def listed(event_id: int) -> Response:
    """Everything that the door needs while the network is away."""
    event = _event(event_id)
    return jsonify(_told(event))


@pages.post("/entrees/passages")
@needs("desk.check_in")
def passages(event_id: int) -> Response:
    """What a phone noted while it was away; the answer for each, and the list as it stands now."""
    event, raw = _event(event_id), request.get_json(silent=True)
    if not isinstance(raw, dict) or not isinstance(raw.get("passages"), list):
        raise Refused(_("Cet envoi n’est pas lisible."))
    sent, who = [rules.heard(one) for one in raw["passages"]], rules.phone(raw, actor().account_id)
    outcomes = edge.act(lambda: rules.take(event.id, sent, who))
    return jsonify({"outcomes": outcomes, "list": _told(event)})


def install(_app: object) -> None:
    """The event's page at the desk leads here."""
    seams.ACTIONS.append(_actions)


def _actions(event: Event) -> list[tuple[str, str, str]]:
    if event.state != "published":
        return []
    return [
        (_("Contrôler les entrées"), url_for("doors.door", event_id=event.id), "scan-qr-code"),
        (_("Présences"), url_for("door_papers.attendance", event_id=event.id), "users"),
    ]
