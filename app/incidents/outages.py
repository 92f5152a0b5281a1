"""Take a space out of sale because something broke: every free minute at once, and each booking's
time as soon as its person is somewhere else.

The bookings that stand keep their place until somebody said where they go: the constraint of the
occupancy table allows no other order. Locks: bookings first, then units, as everywhere.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.booking import day
from app.booking.day import Use
from app.core import clock, locks, outbox
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import Interval
from app.incidents import offers, read, words
from app.incidents.models import Incident, Outage
from app.occupancy import rules as occupancy
from app.occupancy.rules import Place, Taking
from app.rates import group
from app.spaces.models import Space

SOURCE = "outage"
LONGEST = dt.timedelta(days=92)
SHORTEST = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Span:
    """How much goes out of sale, and until when; no count means the whole space."""

    until: dt.datetime
    units: int | None = None


def begin(incident_id: int, span: Span, by: int | None) -> Outage:
    """Out of sale from now on. Refuses without a space, twice, into the past, and for ever."""
    one = read.locked(incident_id)
    where = read.where_of(one)
    if where.space is None:
        raise Refused(_("Cet incident ne concerne aucun espace à vendre."), field="jusqu-au")
    if read.outage(one.id) is not None:
        raise Refused(_("L’espace est déjà retiré de la vente."), field="jusqu-au")
    now = clock.now()
    _refuse_end(span.until, now)
    place = bare(where.space)
    locks.hold(locks.UNITS, place.clusters)
    units = _units(place, span, now)
    lost = group.displaced(where.space, Interval(now, span.until), len(units), now=now)
    row = Outage(
        incident_id=one.id,
        space_id=where.space.id,
        unit_ids=units,
        starts_at=now,
        ends_at=span.until,
        displaced_cents=lost.net_cents,
        at=now,
        by_account=by,
    )
    db.session.add(row)
    db.session.flush()  # id for the rows that it takes
    fill(row)
    return row


def _refuse_end(until: dt.datetime, now: dt.datetime) -> None:
    if until <= now + SHORTEST:
        raise Refused(_("Cette fin est déjà passée."), field="jusqu-au")
    if until > now + LONGEST:
        raise Refused(_("Trois mois au plus : prolongez ensuite."), field="jusqu-au")


def bare(space: Space) -> Place:
    """The units of a space; nothing is cleaned after an outage."""
    return replace(occupancy.place_of(space), buffer_minutes=0)


def _units(place: Place, span: Span, now: dt.datetime) -> list[int]:
    """Which units go out: all, or those of a pool that the fewest bookings take."""
    if span.units is None or place.takes == "all" or span.units >= len(place.units):
        return list(place.units)
    if span.units < 1:
        raise Refused(_("Indiquez au moins un poste."), field="unites")
    taken = occupancy.spans(place.units, Interval(now, span.until))
    return sorted(place.units, key=lambda unit: (len(taken.get(unit, ())), unit))[: span.units]


def fill(outage: Outage) -> int:
    """Take what is free of it by now; how many rows that made. Once more changes nothing.

    A hold that lives is left alone: whoever pays gets a booking, which is then moved like the
    others; when it dies instead, the next look takes its time.
    """
    now = clock.now()
    start = max(outage.starts_at, now)
    if outage.ended_at is not None or outage.ends_at <= start:
        return 0
    space = read.where_of(_incident(outage)).space
    if space is None or space.id != outage.space_id:
        return 0
    place = bare(space)
    locks.hold(locks.UNITS, place.clusters)
    made = 0
    for gap, units in _gaps(outage, start).items():
        part = replace(place, takes="all", units=tuple(units))
        made += len(occupancy.take(part, gap, len(units), _taking(outage)))
    _look_again(outage)
    return made


def _incident(outage: Outage) -> Incident:
    found = read.incident(outage.incident_id)
    if found is None:
        raise LookupError("an outage has its incident")
    return found


def _taking(outage: Outage) -> Taking:
    one = _incident(outage)
    label = f"{words.categories()[one.category]}, {one.code}"
    return Taking("repair", SOURCE, outage.id, label, pinned=True)


def _gaps(outage: Outage, start: dt.datetime) -> dict[Interval, list[int]]:
    """The free parts of each unit; alike ones together."""
    whole = Interval(start, outage.ends_at)
    taken = occupancy.spans(outage.unit_ids, whole)
    found: dict[Interval, list[int]] = defaultdict(list)
    for unit in outage.unit_ids:
        free = start
        for a, b in sorted(taken.get(unit, ())):
            begins = dt.datetime.fromtimestamp(a, dt.UTC)
            if begins > free:
                found[Interval(free, min(begins, whole.end))].append(unit)
            free = max(free, dt.datetime.fromtimestamp(b, dt.UTC))
        if free < whole.end:
            found[Interval(free, whole.end)].append(unit)
    return found


def _look_again(outage: Outage) -> None:
    """When the next hold in the way dies, look again: nobody must sell that time meanwhile."""
    holds = [u.expires_at for u in _uses(outage) if u.kind == "hold" and u.expires_at]
    if holds:
        outbox.defer(
            "incidents.fill",
            outage_id=outage.id,
            at=min(holds) + dt.timedelta(seconds=5),
            once=f"outage:{outage.id}",
            lane="holds",
        )


def _uses(outage: Outage) -> list[Use]:
    start = max(outage.starts_at, clock.now())
    if outage.ended_at is not None or outage.ends_at <= start:
        return []
    return day.uses(Interval(start, outage.ends_at), outage.unit_ids)


def affected(outage: Outage) -> list[Use]:
    """Bookings that stand where the outage is, each once, the next first."""
    once = {u.key: u for u in reversed(_uses(outage)) if u.kind == "booking"}
    return sorted(once.values(), key=lambda u: (u.starts_at, u.source_id or 0))


def paying(outage: Outage) -> int:
    """How many people hold a part of it and are about to pay."""
    return len({u.key for u in _uses(outage) if u.kind == "hold"})


def extend(outage: Outage, until: dt.datetime) -> None:
    """Another end: longer takes what is free, shorter gives back what is left."""
    now = clock.now()
    _refuse_end(until, now)
    space = read.where_of(_incident(outage)).space
    if space is not None and until > outage.ends_at:
        more = group.displaced(
            space, Interval(outage.ends_at, until), len(outage.unit_ids), now=now
        )
        outage.displaced_cents += more.net_cents
        outage.ends_at = until
    else:
        occupancy.release(SOURCE, outage.id)
        outage.displaced_cents -= _saved(outage, until)
        outage.ends_at = until
    fill(outage)


def locked(outage_id: int) -> Outage:
    """The row, for this transaction alone: before the choices that hang on it and its bookings."""
    query = select(Outage).where(Outage.id == outage_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def end(outage: Outage, by: int | None) -> None:
    """Back on sale; once. What was not lost is no longer counted as lost.

    With the row locked: somebody may be choosing another room this very moment.
    """
    if locked(outage.id).ended_at is not None:
        return
    now = clock.now()
    occupancy.release(SOURCE, outage.id)
    if outage.ends_at > now:
        outage.displaced_cents -= _saved(outage, now)
    outage.ended_at, outage.ended_by = now, by
    _reassure(outage)


def _reassure(outage: Outage) -> None:
    """Whoever was asked to choose keeps the room that works again, and is told so."""
    for row in offers.open_of(outage.id).values():
        offers.close([row], "stays")
        if row.at <= clock.now() - offers.DOUBT:
            outbox.defer("incidents.offer", offer_id=row.id, lane="mail")


def _saved(outage: Outage, since: dt.datetime) -> int:
    """What the rest of an outage would still have displaced, its rows being gone."""
    space = read.where_of(_incident(outage)).space
    if space is None or since >= outage.ends_at:
        return 0
    rest = group.displaced(
        space, Interval(since, outage.ends_at), len(outage.unit_ids), now=clock.now()
    )
    return min(rest.net_cents, outage.displaced_cents)


def resume(one: Incident, by: int | None) -> Outage | None:
    """It came back: out of sale again until the end that was said, when that is still ahead."""
    before: Sequence[Outage] = read.outages(one.id)
    if not before or before[-1].ends_at <= clock.now() + SHORTEST:
        return None
    last = before[-1]
    space = read.where_of(one).space
    whole = space is not None and len(last.unit_ids) >= len(bare(space).units)
    return begin(one.id, Span(last.ends_at, None if whole else len(last.unit_ids)), by)
