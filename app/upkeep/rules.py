"""What is due, when it was done, what it displaces; what is ticked on the day's sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from app.booking.models import Booking
from app.core import clock, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import Interval, at, local_day, read_day
from app.core.words import fold, one_line
from app.incidents.models import Asset
from app.occupancy import rules as occupancy
from app.occupancy.rules import Taking
from app.rates import group
from app.spaces import calendar
from app.spaces.models import Site, Space
from app.upkeep.models import KINDS, RESULTS, DayTick, Plan, Reading, Visit

SOURCE = "upkeep"
LOOK_AHEAD = 14  # days in which a slot is looked for
STEP = 60  # minutes between two starts that are tried


def _text(facts: Mapping[str, str], name: str, most: int = 120) -> str:
    return one_line(facts.get(name, ""), most)


def date_of(raw: str, field: str) -> dt.date | None:
    """A day as a form says it; none for nothing."""
    if not raw.strip():
        return None
    found = read_day(raw)
    if found is None:
        raise Refused(_("Indiquez un jour."), field=field)
    return found


def whole(raw: str, field: str, low: int, high: int) -> int | None:
    """A number as a form says it; none for nothing."""
    if not raw.strip():
        return None
    typed = raw.strip()
    if not typed.isdecimal() or len(typed) > 9 or not low <= int(typed) <= high:
        text = _("Indiquez un nombre de %(low)s à %(high)s.", low=low, high=high)
        raise Refused(text, field=field)
    return int(raw)


# ── machines ──────────────────────────────────────────────────────────────────────────────────


def asset(asset_id: int) -> Asset | None:
    """A machine of this venue."""
    return db.session.scalars(select(Asset).where(Asset.id == asset_id)).one_or_none()


def describe(one: Asset | None, facts: Mapping[str, str], value_cents: int) -> Asset:
    """Write what a machine is. Refuses without a name, and a place that is not of the venue."""
    name = _text(facts, "nom")
    if not name:
        raise Refused(_("Donnez un nom."), field="nom")
    site, space = _place(facts)
    one = one or Asset(code=words.short_code(), site_id=site.id, name=name)
    one.name, one.site_id, one.space_id = name, site.id, space.id if space else None
    one.kind, one.serial = _text(facts, "sorte"), _text(facts, "serie")
    one.supplier = _text(facts, "fournisseur")
    one.bought_on = date_of(facts.get("achat", ""), "achat")
    one.warranty_until = date_of(facts.get("garantie", ""), "garantie")
    if one.bought_on and one.warranty_until and one.warranty_until < one.bought_on:
        raise Refused(_("La garantie finit après l’achat."), field="garantie")
    one.value_cents = value_cents
    one.search = fold(f"{name} {one.code} {one.kind} {one.serial} {one.supplier}")
    db.session.add(one)
    db.session.flush()  # id for its page
    return one


def _place(facts: Mapping[str, str]) -> tuple[Site, Space | None]:
    """`s12` is a space, `b3` the rest of a building."""
    raw = facts.get("lieu", "")
    number = int(raw[1:]) if raw[1:].isdecimal() and len(raw) < 19 else 0
    if raw.startswith("s"):
        space = db.session.scalars(select(Space).where(Space.id == number)).one_or_none()
        if space is not None:
            return space.site, space
    if raw.startswith("b"):
        site = db.session.scalars(select(Site).where(Site.id == number)).one_or_none()
        if site is not None:
            return site, None
    raise Refused(_("Choisissez un lieu."), field="lieu")


def readings(asset_id: int) -> list[Reading]:
    """What its counter showed, latest first."""
    query = select(Reading).where(Reading.asset_id == asset_id).order_by(Reading.id.desc())
    return list(db.session.scalars(query.limit(20)))


def read_counter(one: Asset, raw: str, by: int | None) -> Reading:
    """Write what its counter shows. Refuses what is no number of hours, and fewer than before.

    The first one changes no plan: what was left of it is left of it, on the counter.
    """
    hours = whole(raw, "compteur", 0, 10_000_000)
    if hours is None:
        raise Refused(_("Notez les heures du compteur."), field="compteur")
    before = readings(one.id)
    if before and hours < before[0].hours:
        text = _("Le compteur montrait déjà %(n)d h.", n=before[0].hours)
        raise Refused(text, field="compteur")
    if not before:
        shift = hours - hours_used(one)
        query = select(Plan).where(Plan.asset_id == one.id, Plan.retired_at.is_(None))
        for waiting in db.session.scalars(query):
            waiting.hours_at_last += shift
    row = Reading(asset_id=one.id, hours=hours, at=clock.now(), by_account=by)
    db.session.add(row)
    db.session.flush()  # the next look counts from it
    return row


def hours_used(one: Asset) -> int:
    """What its counter showed last, and the hours that people booked its space for since; without
    a counter since it stands there."""
    last = readings(one.id)[:1]
    since, shown = (last[0].at, last[0].hours) if last else (one.created_at, 0)
    return shown + _booked(one, since)


def _booked(one: Asset, since: dt.datetime) -> int:
    if one.space_id is None:
        return 0
    spent = db.session.scalar(
        select(func.sum(func.extract("epoch", Booking.ends_at - Booking.starts_at))).where(
            Booking.space_id == one.space_id,
            Booking.state == "confirmed",
            Booking.starts_at >= since,
            Booking.ends_at <= clock.now(),
        )
    )
    return int(spent or 0) // 3600


# ── plans ─────────────────────────────────────────────────────────────────────────────────────


def plan(plan_id: int) -> Plan | None:
    """Something to be done again and again here."""
    return db.session.scalars(select(Plan).where(Plan.id == plan_id)).one_or_none()


def schedule(facts: Mapping[str, str]) -> Plan:
    """Something to be done from now on. Refuses without a name, a rhythm or a first day; hours of
    use are those of a machine in a space."""
    name, kind = _text(facts, "nom"), facts.get("genre", "")
    if not name or kind not in KINDS:
        raise Refused(_("Donnez un nom."), field="nom")
    machine = asset(int(facts["machine"])) if facts.get("machine", "").isdecimal() else None
    site, space = (None, None) if machine else _place(facts)
    days = whole(facts.get("jours", ""), "jours", 1, 3660)
    hours = whole(facts.get("heures", ""), "heures", 1, 100_000)
    if days is None and hours is None:
        raise Refused(_("Dites tous les combien de jours, ou d’heures."), field="jours")
    if hours is not None and machine is None:
        raise Refused(_("Les heures sont celles d’une machine."), field="heures")
    due = date_of(facts.get("echeance", ""), "echeance")
    if days is not None and due is None:
        raise Refused(_("Indiquez la prochaine échéance."), field="echeance")
    made = Plan(
        kind=kind,
        name=name,
        site_id=machine.site_id if machine else site.id if site else 0,
        space_id=machine.space_id if machine else space.id if space else None,
        asset_id=machine.id if machine else None,
        every_days=days,
        every_hours=hours,
        minutes=whole(facts.get("minutes", ""), "minutes", 15, 600) or 60,
        supplier=_text(facts, "fournisseur"),
        due_on=due,
        hours_at_last=hours_used(machine) if machine else 0,
    )
    db.session.add(made)
    db.session.flush()  # id for its page
    return made


@dataclass(frozen=True)
class Due:
    """A plan with how near it is: days until its date, hours of use until its next time."""

    plan: Plan
    days: int | None
    hours: int | None

    @property
    def late(self) -> bool:
        """Past its date, or its hours."""
        return (self.days is not None and self.days < 0) or (
            self.hours is not None and self.hours <= 0
        )

    @property
    def soon(self) -> bool:
        """Within a month, or the last tenth of its hours."""
        near = self.plan.every_hours or 0
        return (
            self.late
            or (self.days is not None and self.days <= 30)
            or (self.hours is not None and self.hours * 10 <= near)
        )


def due(one: Plan) -> Due:
    """How near it is today, by the clock of its building."""
    site = db.session.scalars(select(Site).where(Site.id == one.site_id)).one()
    days = (one.due_on - local_day(clock.now(), site.zone)).days if one.due_on else None
    hours = None
    machine = asset(one.asset_id) if one.asset_id else None
    if one.every_hours and machine is not None:
        hours = one.hours_at_last + one.every_hours - hours_used(machine)
    return Due(one, days, hours)


def all_due() -> list[Due]:
    """Every plan, the most pressing first."""
    rows = db.session.scalars(select(Plan).where(Plan.retired_at.is_(None)).order_by(Plan.id))
    return sorted((due(one) for one in rows.all()), key=lambda d: (
        not d.late, d.days if d.days is not None else 9999, d.hours or 0, d.plan.id
    ))  # fmt: skip


def done(one: Plan, facts: Mapping[str, str], cost_cents: int, by: int | None) -> Visit:
    """It was done: the next time is counted from that day and from the hours of now.

    A check that failed stays due; a planned slot that it used ends with it.
    """
    result = facts.get("resultat", "")
    if result not in RESULTS:
        raise Refused(_("Dites comment cela s’est passé."), field="resultat")
    now = clock.now()
    waiting = planned(one)
    row = waiting or Visit(
        plan_id=one.id,
        asset_id=one.asset_id,
        space_id=one.space_id,
        starts_at=now,
        ends_at=now + dt.timedelta(minutes=one.minutes),
    )
    if waiting is not None:
        occupancy.release(SOURCE, waiting.id)
    row.done_at, row.result, row.cost_cents = now, result, cost_cents
    row.note, row.by_account = facts.get("note", "").replace("\0", "").strip()[:1000], by
    db.session.add(row)
    if result != "failed":
        site = db.session.scalars(select(Site).where(Site.id == one.site_id)).one()
        if one.every_days:
            one.due_on = local_day(now, site.zone) + dt.timedelta(days=one.every_days)
        machine = asset(one.asset_id) if one.asset_id else None
        one.hours_at_last = hours_used(machine) if machine else 0
    db.session.flush()  # id for its proofs
    return row


def planned(one: Plan) -> Visit | None:
    """The slot that waits for it, if any."""
    return db.session.scalars(
        select(Visit)
        .where(Visit.plan_id == one.id, Visit.done_at.is_(None))
        .order_by(Visit.id.desc())
        .limit(1)
    ).one_or_none()


def visits(*, plan_id: int | None = None, asset_id: int | None = None) -> list[Visit]:
    """Times that it was done, or that a machine was seen to; latest first."""
    query = select(Visit).where(Visit.done_at.is_not(None)).order_by(Visit.done_at.desc())
    if plan_id is not None:
        query = query.where(Visit.plan_id == plan_id)
    if asset_id is not None:
        query = query.where(Visit.asset_id == asset_id)
    return list(db.session.scalars(query.limit(50)))


# ── a slot ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Slot:
    """A free time of the space and what it displaces, VAT excluded."""

    interval: Interval
    cents: int


def best_slot(one: Plan) -> Slot | None:
    """The free time within two weeks that keeps the least value out; the earliest of equals."""
    space = db.session.scalars(select(Space).where(Space.id == one.space_id)).one_or_none()
    if space is None:
        return None
    now = clock.now()
    first = local_day(now, space.site.zone)
    hours = calendar.load([space.site_id], first, first + dt.timedelta(days=LOOK_AHEAD))
    units = occupancy.place_of(space).units
    found: Slot | None = None
    for number in range(LOOK_AHEAD):
        day = first + dt.timedelta(days=number)
        for opens, closes in hours.minutes(space, day):
            for minute in range(opens, closes - one.minutes + 1, STEP):
                start = at(day, minute, space.site.zone)
                block = Interval(start, start + dt.timedelta(minutes=one.minutes))
                if start <= now or occupancy.taken(units, block):
                    continue
                cents = group.displaced(space, block, now=now).net_cents
                if found is None or cents < found.cents:
                    found = Slot(block, cents)
    return found


def book_slot(one: Plan, by: int | None) -> Visit:
    """Take the best slot; the one it had is given back. Refuses where none is free."""
    if (before := planned(one)) is not None:
        occupancy.release(SOURCE, before.id)
        db.session.delete(before)
    slot = best_slot(one)
    if slot is None:
        raise Refused(_("Aucun créneau n’est libre dans les deux semaines."))
    row = Visit(
        plan_id=one.id,
        asset_id=one.asset_id,
        space_id=one.space_id,
        starts_at=slot.interval.start,
        ends_at=slot.interval.end,
        displaced_cents=slot.cents,
        by_account=by,
    )
    db.session.add(row)
    db.session.flush()  # id for the rows that it takes
    place = occupancy.place(one.space_id or 0)
    taking = Taking("repair", SOURCE, row.id, one.name, pinned=True)
    occupancy.take(place, slot.interval, len(place.units), taking)
    return row


# ── the day's sheet ───────────────────────────────────────────────────────────────────────────


def ticks(day: dt.date) -> dict[str, DayTick]:
    """What was ticked on a day, by line."""
    rows = db.session.scalars(select(DayTick).where(DayTick.day == day))
    return {row.line: row for row in rows}


def tick(day: dt.date, line: str, by: int | None, name: str) -> bool:
    """Tick a line, or take the tick back; whether it is ticked now."""
    found = ticks(day).get(line)
    if found is not None:
        db.session.delete(found)
        return False
    row = DayTick(day=day, line=line[:60], at=clock.now(), by_account=by, by_name=name)
    db.session.add(row)
    return True
