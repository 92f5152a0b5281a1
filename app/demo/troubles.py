"""What is broken in the sample venues, reported and handled through the rules like anybody's.

A room that is out of sale with its people moved, one of them paid back and one who still chooses;
something that waits for a supplier; something that was mended and judged; something of just now.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from app.accounts import team
from app.booking import day
from app.core.db import db
from app.core.slots import Interval
from app.demo import then
from app.demo.build import Built
from app.incidents import choosing, moving, outages, proposals, read, report, rules
from app.incidents.models import Asset, IncidentFollower, Outage
from app.incidents.promises import policy
from app.incidents.read import Where
from app.incidents.report import Reporter, Wish
from app.incidents.rules import Hand
from app.members.models import Person
from app.spaces.models import Space

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(hours=26)  # an answer takes a day at most
STANDING = 4  # bookings that the broken room is closed over
LONGEST = dt.timedelta(days=6)


def befall(built: Built, now: dt.datetime) -> None:
    """All four of them."""
    hand = at_desk()
    members = [one for one in built.people if one.standing == "member"]
    _mended(built, now, hand, members[3])
    _waiting(built, now, hand, members[5])
    if (room := breakable(built.spaces)) is not None:
        _closed(room, now, hand, members[:3])
    _fresh(built, now, members[7])


def at_desk() -> Hand:
    """Who stands at the front desk."""
    person = next(person for grant, person in team.team() if grant.role == "front_desk")
    return Hand(person.id, person.name)


def breakable(spaces: list[Space]) -> Space | None:
    """The largest meeting room whose people could go to a larger one that lacks nothing."""
    rooms = sorted((s for s in spaces if s.kind == "meeting_room"), key=lambda s: -s.capacity)
    for room in rooms:
        if any(o.capacity > room.capacity and proposals.is_equal(o, room) for o in rooms):
            return room
    return None


def _by(person: Person) -> Reporter:
    return Reporter(person.name, person.email, person.id)


def _said(wish: Wish, who: Reporter, when: dt.datetime) -> IncidentFollower:
    with then.at(when):
        return report.report(wish, who)


def _step(incident_id: int, state: str, hand: Hand, when: dt.datetime) -> None:
    with then.at(when):
        rules.advance(incident_id, state, hand)


def _tell(
    incident_id: int, text: str, hand: Hand, when: dt.datetime, *, public: bool = True
) -> None:
    with then.at(when):
        rules.comment(incident_id, text, hand, public=public)


# ── mended, and judged ────────────────────────────────────────────────────────────────────────


def _mended(built: Built, now: dt.datetime, hand: Hand, person: Person) -> None:
    pool = next(s for s in built.spaces if s.kind == "desk_pool")
    began = now - dt.timedelta(days=9)
    wish = Wish(
        Where(pool.site, pool), "network", "partly", "Le wifi coupe toutes les dix minutes."
    )
    first = _said(wish, _by(person), began)
    one = first.incident_id
    _step(one, "acknowledged", hand, began + HOUR / 3)
    _tell(one, "Une borne est tombée. On la change demain matin.", hand, began + HOUR)
    _step(one, "in_progress", hand, began + 20 * HOUR)
    with then.at(began + 22 * HOUR):
        rules.spend(one, "Borne wifi de rechange", 14_900, hand)
    _step(one, "resolved", hand, began + 22 * HOUR)
    with then.at(began + 27 * HOUR):
        rules.rate(first, 5, "Réparé en une journée, merci !")


# ── a supplier is waited for ──────────────────────────────────────────────────────────────────


def _waiting(built: Built, now: dt.datetime, hand: Hand, person: Person) -> None:
    machine = db.session.scalars(
        select(Asset).where(Asset.kind != "").order_by(Asset.value_cents.desc()).limit(1)
    ).one_or_none()
    where = read.where_of_asset(machine) if machine else Where(built.spaces[0].site)
    began = now - dt.timedelta(days=3)
    text = "S’arrête après vingt minutes, le voyant de température reste rouge."
    one = _said(Wish(where, "power", "partly", text), _by(person), began).incident_id
    _step(one, "acknowledged", hand, began + HOUR / 2)
    supplier = machine.supplier if machine else "Électricité Morel"
    with then.at(began + HOUR):
        rules.entrust(one, rules.Charge(hand.account_id, supplier, "normal"))
        rules.spend(one, "Diagnostic sur place", 9_000, hand)
    _tell(
        one, "Devis reçu : 180 € HT, pièce sous une semaine.", hand, began + 5 * HOUR, public=False
    )
    _tell(one, "La pièce est commandée, elle arrive sous une semaine.", hand, began + 6 * HOUR)
    _step(one, "waiting", hand, began + 6 * HOUR)


# ── out of sale ───────────────────────────────────────────────────────────────────────────────


def _closed(room: Space, now: dt.datetime, hand: Hand, people: list[Person]) -> None:
    """Three people say that it is cold; the team takes the room out and settles its bookings."""
    wish = Wish(Where(room.site, room), "climate", "no", "Plus de chauffage, 12 degrés ce matin.")
    one = _said(wish, _by(people[0]), now - 2 * HOUR).incident_id
    for person in people[1:]:
        with then.at(now - HOUR):
            report.follow(read.locked(one), _by(person))
    _step(one, "acknowledged", hand, now - HOUR)
    _tell(
        one, "Le chauffagiste est prévenu. Personne n’aura à chercher une salle.", hand, now - HOUR
    )
    rules.entrust(one, rules.Charge(hand.account_id, "Thermie Services", "urgent"))
    rules.spend(one, "Déplacement du chauffagiste", 12_000, hand)
    out = outages.begin(one, outages.Span(_until(room, now)), hand.account_id)
    rules.advance(one, "in_progress", hand)
    _settle(out, now, hand)


def _until(room: Space, now: dt.datetime) -> dt.datetime:
    """After the first few bookings, so that there is somebody to move."""
    uses = day.uses(Interval(now, now + LONGEST), list(outages.bare(room).units))
    ends = [use.ends_at for use in uses if use.kind == "booking"]
    return max([now + 10 * HOUR, *sorted(ends)[:STANDING]])


def _settle(out: Outage, now: dt.datetime, hand: Hand) -> None:
    """Most go where it is proposed; one is paid back, and the last one is asked."""
    found = proposals.of(out, outages.affected(out), policy())
    fates = {p.use.source_id or 0: "stays" if p.use.starts_at <= now else p.fate for p in found}
    later = [p for p in found if p.use.starts_at > now]
    paid = [p for p in later if p.use.way == "online"]
    back = next((p for p in paid if p.target is None), paid[-1] if paid else None)
    if back is not None:
        fates[back.use.source_id or 0] = "refund"
    asked = [p for p in later if p is not back and p.target and p.use.starts_at > now + DAY]
    if asked:
        fates[asked[-1].use.source_id or 0] = moving.CHOICE
    one = read.incident(out.incident_id)
    if one is not None:
        moving.settle(out, fates, choosing.desk_of(one, hand.account_id))


# ── of just now ───────────────────────────────────────────────────────────────────────────────


def _fresh(built: Built, now: dt.datetime, person: Person) -> None:
    site = built.spaces[0].site
    wish = Wish(Where(site), "cleaning", "yes", "Le lave-vaisselle de la cuisine est plein.")
    _said(wish, _by(person), now - HOUR / 2)
