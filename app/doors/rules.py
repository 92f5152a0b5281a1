"""Passages come in, from one phone or from many, late and twice; everybody gets the same answer.

A batch locks the event's door first, so that two phones that send at once are heard one after the
other; the answer of each ticket is then worked out again from all that is known of it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock, locks, tenancy
from app.core.db import db, insert_once
from app.core.errors import Refused
from app.core.i18n import _
from app.core.words import fold
from app.doors import tickets
from app.doors.models import Passage
from app.doors.settling import IN, SLIP, Said, Settled, settle
from app.doors.tickets import Holder
from app.events.models import Event
from app.ticketing import counting, read

MARK = re.compile(r"[\w-]{8,64}")
MOST = 500
REASON, WORD, GROUP = 200, 60, 50
EPOCH = dt.timedelta(days=3)  # no phone was cut off for longer


@dataclass(frozen=True)
class Heard:
    """One passage as a phone tells it. Without a ticket it is people who came as they were."""

    mark: str
    kind: str
    ticket_id: int | None
    at: dt.datetime
    undoes: str = ""
    reason: str = ""
    people: int = 1
    name: str = ""


@dataclass(frozen=True)
class Phone:
    """Which device at which door, whose hand, and how far its clock is behind ours."""

    device: str
    door: str = ""
    by: int | None = None
    behind: dt.timedelta = dt.timedelta()


@dataclass(frozen=True)
class Row:
    """One ticket at the door: who holds it and what is known."""

    holder: Holder
    settled: Settled
    passages: Sequence[Passage]

    @property
    def entry(self) -> Passage | None:
        """The arrival that counts."""
        first = self.settled.entry
        return next((p for p in self.passages if first is not None and p.mark == first.mark), None)


def heard(raw: object) -> Heard:
    """One passage out of JSON; refuses what no phone of ours writes."""
    wrong = Refused(_("Cet envoi n’est pas lisible."))
    if not isinstance(raw, Mapping):
        raise wrong
    mark, kind, undoes = (str(raw.get(name) or "") for name in ("mark", "kind", "undoes"))
    ticket, at, people = raw.get("ticket"), raw.get("at"), raw.get("people", 1)
    whole = type(people) is int and 1 <= people <= (1 if ticket is not None else GROUP)
    ok = MARK.fullmatch(mark) and kind in (IN, SLIP) and (ticket is None or type(ticket) is int)
    if (
        not ok
        or not whole
        or (kind == SLIP) != bool(undoes)
        or (undoes and not MARK.fullmatch(undoes))
    ):
        raise wrong
    if not isinstance(at, int | float) or isinstance(at, bool) or not 0 <= at < 2**43:
        raise wrong
    moment = dt.datetime.fromtimestamp(at / 1000, dt.UTC)
    reason, name = (_line(str(raw.get(word) or ""), REASON) for word in ("reason", "name"))
    return Heard(mark, kind, ticket, moment, undoes, reason, people, name)


def _line(raw: str, most: int) -> str:
    """One line without what no reader sees."""
    return " ".join(raw.replace("\0", "").split())[:most]


def phone(raw: Mapping[str, object], by: int | None) -> Phone:
    """Who sends, and by how much its clock differs: what it says is put on our clock."""
    said, now = raw.get("now"), clock.now()
    behind = dt.timedelta()
    if isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said < 2**43:
        behind = now - dt.datetime.fromtimestamp(said / 1000, dt.UTC)
    device, door = (_line(str(raw.get(name) or ""), WORD) for name in ("device", "door"))
    return Phone(device, door, by, behind)


PASS = insert_once(
    Passage,
    *("tenant_id", "event_id", "ticket_id", "mark", "kind", "undoes", "reason", "device", "door"),
    *("people", "name", "at", "received_at", "by_account"),
)


def take(event_id: int, passages: Iterable[Heard], who: Phone) -> dict[str, str]:
    """Keep what is new and say what became of each mark: entry, let_in, duplicate, cancelled,
    undone, or unknown for a ticket that this event does not have. Sent again, the answer is the
    same and nothing is written."""
    sent = list(passages)
    if len(sent) > MOST:
        raise Refused(_("Trop de passages à la fois : %(n)d au plus.", n=MOST))
    locks.hold(locks.DOORS, [event_id])
    holders = {one.id: one for one in tickets.of_event(event_id)}
    known = [one for one in sent if one.ticket_id is None or one.ticket_id in holders]
    for one in known:
        db.session.execute(PASS, _values(event_id, one, who))
    touched = {one.ticket_id for one in known if one.ticket_id is not None}
    settled = _settled([holders[id_] for id_ in touched])
    alive = [
        tickets.note_entry(ticket_id, row.settled.entry.at if row.settled.entry else None)
        for ticket_id, row in sorted(settled.items())
    ]
    if not all(alive):  # handed on or given back while we waited for its row: said as it stands
        again = [one for one in tickets.of_event(event_id) if one.id in touched]
        settled = _settled(again)
    walked = {one.mark for one in walk_ins(event_id)}
    return {one.mark: _outcome(one, settled, walked) for one in sent}


def _outcome(one: Heard, settled: Mapping[int, Row], walked: set[str]) -> str:
    """A slip is answered by what became of the arrival that it takes back."""
    mark = one.undoes if one.kind == SLIP else one.mark
    if one.ticket_id is None:
        return "entry" if mark in walked else "undone"
    row = settled.get(one.ticket_id)
    return row.settled.outcome(mark) if row else "unknown"


def walk_ins(event_id: int) -> list[Passage]:
    """People who came without a ticket and were not a slip, earliest first."""
    found = db.session.scalars(
        select(Passage)
        .where(Passage.event_id == event_id, Passage.ticket_id.is_(None))
        .order_by(Passage.at, Passage.mark)
    ).all()
    taken_back = {one.undoes for one in found if one.kind == SLIP}
    return [one for one in found if one.kind == IN and one.mark not in taken_back]


def _values(event_id: int, one: Heard, who: Phone) -> dict[str, object]:
    now = clock.now()
    at = min(max(one.at + who.behind, now - EPOCH), now)
    return {
        "tenant_id": tenancy.tenant_id(),
        "event_id": event_id,
        "ticket_id": one.ticket_id,
        "mark": one.mark,
        "kind": one.kind,
        "undoes": one.undoes,
        "reason": one.reason,
        "people": one.people,
        "name": one.name,
        "device": who.device,
        "door": who.door,
        "at": at,
        "received_at": now,
        "by_account": who.by,
    }


def _settled(holders: Sequence[Holder]) -> dict[int, Row]:
    """Each ticket with all that the phones said of it."""
    found: dict[int, list[Passage]] = defaultdict(list)
    for row in db.session.scalars(
        select(Passage)
        .where(Passage.ticket_id.in_([one.id for one in holders]))
        .order_by(Passage.at, Passage.mark)
    ):
        found[row.ticket_id or 0].append(row)
    return {
        one.id: Row(
            one,
            settle(
                [Said(p.mark, p.kind, p.at, p.undoes, p.reason) for p in found[one.id]],
                cancelled=one.cancelled,
            ),
            found[one.id],
        )
        for one in holders
    }


@dataclass(frozen=True)
class Door:
    """All that is known at an event's door. `good` are tickets that open it; `left` is how many
    more may come without one, once everybody with a ticket is counted, and whoever is paying for
    one or was offered one (`kept`)."""

    rows: Sequence[Row]
    walk_ins: Sequence[Passage]
    capacity: int
    kept: int = 0

    @property
    def inside(self) -> int:
        """The live counter: people who came in."""
        return sum(row.settled.inside for row in self.rows) + self.without_ticket

    @property
    def without_ticket(self) -> int:
        """People among them who had none."""
        return sum(one.people for one in self.walk_ins)

    @property
    def good(self) -> int:
        """Tickets that open the door."""
        return sum(1 for row in self.rows if not row.holder.cancelled)

    @property
    def left(self) -> int:
        """Places for people without a ticket; below zero when too many were let in."""
        again = sum(len(row.settled.let_in) for row in self.rows)
        return self.capacity - self.good - self.kept - again - self.without_ticket

    @property
    def troubles(self) -> list[Row]:
        """Tickets that staff have to look at."""
        return [row for row in self.rows if row.settled.duplicates or row.settled.on_cancelled]


def look(event: Event) -> Door:
    """Everybody who holds a ticket by name, cancelled ones last, and who came without."""
    found = _settled(tickets.of_event(event.id)).values()
    by_name = sorted(found, key=lambda r: (r.holder.cancelled, fold(r.holder.name), r.holder.id))
    return Door(by_name, walk_ins(event.id), event.capacity, _kept(event.id))


def _kept(event_id: int) -> int:
    """Places that are held or offered now."""
    sale = read.sale(event_id)
    if sale is None:
        return 0
    over = read.freed(event_id, clock.now()).total()
    return max(0, sale.taken - over - read.standing(event_id))


def _let_in(event_id: int) -> int:
    """People who take a place and hold no ticket: who came without one, and who was let in on one
    that somebody had used already."""
    if db.session.scalar(select(Passage.id).where(Passage.event_id == event_id).limit(1)) is None:
        return 0
    again = sum(len(row.settled.let_in) for row in _settled(tickets.of_event(event_id)).values())
    return again + sum(one.people for one in walk_ins(event_id))


counting.LET_IN.append(_let_in)
