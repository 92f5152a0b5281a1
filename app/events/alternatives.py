"""Where else, or when else: what is offered when something stands where an event should be."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.booking import day
from app.core import clock
from app.core.i18n import _, day_name
from app.core.slots import Interval, NoSuchTime, at, local_day
from app.events.taking import SOURCE, Slot
from app.occupancy import rules as occupancy
from app.spaces.fit import seats
from app.spaces.models import Space

EARLY, LATE = 1970, 2200
DAYS = 14
STEP = 30
EACH = 2


@dataclass(frozen=True)
class Alternative:
    """Spaces and a time that are free; `value` is what the form's button sends."""

    space_ids: tuple[int, ...]
    interval: Interval
    text: str

    @property
    def value(self) -> str:
        """`2026-12-17T18:30+01:00/…|12,13`."""
        start, end = self.interval.start.isoformat(), self.interval.end.isoformat()
        return f"{start}/{end}|{','.join(map(str, self.space_ids))}"


def parse(raw: str) -> tuple[Interval, tuple[int, ...]] | None:
    """What such a button sent; None for anything else."""
    when, _bar, where = raw.partition("|")
    start, _slash, end = when.partition("/")
    numbers = where.split(",")
    if not all(number.isdecimal() and len(number) < 19 for number in numbers):
        return None
    try:
        interval = Interval(dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end))
    except ValueError:
        return None
    if not EARLY <= interval.start.year <= interval.end.year <= LATE:
        return None
    return interval, tuple(map(int, numbers))


@dataclass(frozen=True)
class _Look:
    """What is taken around a slot, read once for every space of the building."""

    spaces: Mapping[int, Space]
    units: Mapping[int, tuple[int, ...]]
    taken: Mapping[int, Sequence[Interval]]

    def is_free(self, wanted: Sequence[Space], slot: Slot) -> bool:
        """Whether all of the spaces are, set-up and clear-down included."""
        return all(
            not any(busy.overlaps(slot.whole(space)) for busy in self.taken.get(unit, ()))
            for space in wanted
            for unit in self.units[space.id]
        )


def propose(
    spaces: Sequence[Space], slot: Slot, capacity: int, *, but: int | None = None
) -> list[Alternative]:
    """The same hour elsewhere, the same day at another hour, the same hour on another day."""
    if not spaces:
        return []
    look = _look(spaces[0].site_id, slot, but)
    now = clock.now()
    found: list[Alternative] = []
    for offers in (
        _elsewhere(look, spaces, slot, capacity),
        _same_day(look, spaces, slot, now),
        _same_hour(look, spaces, slot, now),
    ):
        for _number, one in zip(range(EACH), offers, strict=False):
            found.append(one)
    return found


def _look(site_id: int, slot: Slot, but: int | None) -> _Look:
    spaces = day.of_venue(site_id)
    places = occupancy.places(spaces)
    start, end = slot.interval.start, slot.interval.end
    around = Interval(start - dt.timedelta(days=2), end + dt.timedelta(days=DAYS + 2))
    taken: dict[int, list[Interval]] = defaultdict(list)
    for use in day.uses(around, {unit for place in places.values() for unit in place.units}):
        if but is None or use.key != (SOURCE, but):
            taken[use.unit_id].append(Interval(use.starts_at, use.until))
    return _Look({s.id: s for s in spaces}, {id_: p.units for id_, p in places.items()}, taken)


def _elsewhere(
    look: _Look, spaces: Sequence[Space], slot: Slot, capacity: int
) -> Iterator[Alternative]:
    wanted = {space.id for space in spaces}
    fitting = [
        (seats(one, len(look.units[one.id])), one)
        for one in look.spaces.values()
        if one.id not in wanted and look.units[one.id]
    ]
    for room, one in sorted(fitting, key=lambda pair: (pair[0], pair[1].id)):
        if room >= capacity and look.is_free([one], slot):
            text = _("%(space)s, même heure", space=one.name)
            yield Alternative((one.id,), slot.interval, text)


def _same_day(
    look: _Look, spaces: Sequence[Space], slot: Slot, now: dt.datetime
) -> Iterator[Alternative]:
    zone = spaces[0].site.zone
    first = slot.interval.start
    length = slot.interval.end - first
    steps = sorted((n for n in range(-32, 33) if n), key=lambda n: (abs(n), n))
    for number in steps:
        start = first + dt.timedelta(minutes=number * STEP)
        local = start.astimezone(zone)
        if start <= now or local_day(start, zone) != local_day(first, zone) or local.hour < 7:
            continue
        moved = replace(slot, interval=Interval(start, start + length))
        if look.is_free(spaces, moved):
            text = _("le même jour à %(time)s", time=f"{local:%H:%M}")
            yield Alternative(tuple(s.id for s in spaces), moved.interval, text)


def _same_hour(
    look: _Look, spaces: Sequence[Space], slot: Slot, now: dt.datetime
) -> Iterator[Alternative]:
    zone = spaces[0].site.zone
    local = slot.interval.start.astimezone(zone)
    length = slot.interval.end - slot.interval.start
    for number in range(1, DAYS + 1):
        date = local.date() + dt.timedelta(days=number)
        try:
            start = at(date, local.hour * 60 + local.minute, zone)
        except NoSuchTime:
            continue
        moved = replace(slot, interval=Interval(start, start + length))
        if start > now and look.is_free(spaces, moved):
            text = _("le %(day)s à la même heure", day=day_name(date))
            yield Alternative(tuple(s.id for s in spaces), moved.interval, text)
