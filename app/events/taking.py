"""The time that events take: the occupancy table is written here and nowhere else in the feature.

In each space one row of kind `buffer` for the set-up and one of kind `event`, whose clear-down is
its cleaning time; all under the source `event` with the event's id, so that one release frees them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.booking import board, day
from app.booking.day import Use
from app.core import clock, locks
from app.core.errors import Taken
from app.core.i18n import _, _n, day_name
from app.core.slots import Interval
from app.events.models import Event
from app.occupancy import rules as occupancy
from app.occupancy.rules import Place, Taking
from app.rates import group
from app.spaces.models import Space

SOURCE = "event"


@dataclass(frozen=True)
class Slot:
    """When it takes place, with what is needed before and after."""

    interval: Interval
    setup_minutes: int = 0
    clear_minutes: int = 0

    def whole(self, space: Space) -> Interval:
        """All that is kept free of others in a space; its own cleaning when that is longer."""
        return Interval(
            self.interval.start - dt.timedelta(minutes=self.setup_minutes),
            self.interval.end + dt.timedelta(minutes=self.after(space)),
        )

    def after(self, space: Space) -> int:
        """Minutes after the end."""
        return max(self.clear_minutes, space.buffer_minutes)


def slot_of(event: Event) -> Slot:
    """The slot that an event has."""
    return Slot(Interval(event.starts_at, event.ends_at), event.setup_minutes, event.clear_minutes)


@dataclass(frozen=True)
class Clash:
    """A space that is not free, and what is there."""

    space: Space
    uses: tuple[Use, ...]

    @property
    def text(self) -> str:
        """In words for the desk: the space, the hours, the name."""
        first, zone = self.uses[0], self.space.site.zone
        same = [use for use in self.uses if use.key == first.key]  # set-up and all
        start = min(use.starts_at for use in same).astimezone(zone)
        end = max(use.until for use in same).astimezone(zone)
        more = len({use.key for use in self.uses}) - 1
        said = _(
            "%(space)s n’est pas libre le %(day)s de %(start)s à %(end)s : %(who)s.",
            space=self.space.name,
            day=day_name(start.date(), "short"),
            start=f"{start:%H:%M}",
            end=f"{end:%H:%M}",
            who=name_of(next((use for use in same if use.kind != "buffer"), first)),
        )
        if more > 0:
            said += " " + _n("Et %(num)s autre.", "Et %(num)s autres.", more)
        return said


def name_of(use: Use) -> str:
    """What is there, by its name."""
    if use.kind in ("booking", "hold"):
        return use.who or _("une réservation")
    return use.label or board.closed_words(use.kind)


class InTheWay(Taken):
    """Something stands where the event should be; nothing was written."""

    code = "in_the_way"

    def __init__(self, clashes: Sequence[Clash]) -> None:
        super().__init__(" ".join(clash.text for clash in clashes))
        self.clashes = tuple(clashes)


def clashes(spaces: Sequence[Space], slot: Slot, *, but: int | None = None) -> list[Clash]:
    """What stands in the way in each space, the event `but` left out."""
    places, found = occupancy.places(spaces), []
    for space in spaces:
        uses = _there(places[space.id].units, slot.whole(space), but)
        if uses:
            found.append(Clash(space, tuple(uses)))
    return found


def _there(units: Iterable[int], interval: Interval, but: int | None) -> list[Use]:
    own = (SOURCE, but)
    return [use for use in day.uses(interval, units) if but is None or use.key != own]


def refuse(spaces: Sequence[Space], slot: Slot, *, but: int | None = None) -> None:
    """Refuse with `InTheWay` what could not be taken, under the locks of the taking, so that a rule
    can ask before it writes anything. What the event `but` takes is no obstacle."""
    lock(occupancy.places(spaces).values())
    if found := clashes(spaces, slot, but=but):
        raise InTheWay(found)


def take(event_id: int, label: str, spaces: Sequence[Space], slot: Slot) -> int:
    """Take every unit of the spaces, or refuse with `InTheWay`. The usual sales that this keeps
    out, VAT excluded (docs/pricing.md): they can be known only while the time is still free.

    A hall and one of its halves share units: those are taken once. The clusters of all are locked
    in one order first (docs/occupancy.md); whoever moves an event has given its old time back.
    """
    places = occupancy.places(spaces)
    refuse(spaces, slot)
    lost, now = 0, clock.now()
    seen: set[int] = set()
    for space in sorted(spaces, key=lambda s: (-len(places[s.id].units), s.id)):
        own = tuple(unit for unit in places[space.id].units if unit not in seen)
        seen.update(own)
        if own or not places[space.id].units:
            place = replace(places[space.id], takes="all", units=own)
            lost += group.displaced(space, slot.whole(space), len(own), now=now).net_cents
            _take(place, slot, slot.after(space), Taking(SOURCE, SOURCE, event_id, label))
    return lost


def _take(place: Place, slot: Slot, after: int, taking: Taking) -> None:
    start, count = slot.interval.start, len(place.units)
    if slot.setup_minutes:
        before = Interval(start - dt.timedelta(minutes=slot.setup_minutes), start)
        words = _("Montage : %(what)s", what=taking.label)
        setup = replace(taking, kind="buffer", label=words, pinned=True)
        occupancy.take(replace(place, buffer_minutes=0), before, count, setup)
    kept = replace(place, buffer_minutes=after)
    occupancy.take(kept, slot.interval, count, replace(taking, pinned=True))


def lock(places: Iterable[Place]) -> None:
    """Wait for all of their clusters, in one order."""
    locks.hold(locks.UNITS, {cluster for place in places for cluster in place.clusters})


def release(event_id: int) -> None:
    """Give all of it back."""
    occupancy.release(SOURCE, event_id)
