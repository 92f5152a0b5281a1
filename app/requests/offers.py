"""Which spaces fit a request, what each would displace, and where or when else."""

from __future__ import annotations

from dataclasses import dataclass

from app.booking import day
from app.core import clock
from app.core.slots import Interval
from app.events import alternatives
from app.events.alternatives import Alternative
from app.events.taking import Clash, Slot
from app.occupancy import rules as occupancy
from app.rates import days, group
from app.requests import least
from app.requests.models import RequestPolicy, SpaceRequest
from app.spaces.fit import seats
from app.spaces.models import Space

SOURCE = "request"


def slot_of(one: SpaceRequest) -> Slot:
    """When, with set-up and clear-down."""
    return Slot(Interval(one.starts_at, one.ends_at), one.setup_minutes, one.clear_minutes)


@dataclass(frozen=True)
class Least:
    """What a request displaces and the least to ask for it, without and with VAT."""

    displaced_cents: int
    net_cents: int
    gross_cents: int


@dataclass(frozen=True)
class Offer:
    """A space that is large enough: free or not, and what taking it displaces."""

    space: Space
    seats: int
    clash: Clash | None
    least: Least
    listed_cents: int
    is_own: bool

    @property
    def is_free(self) -> bool:
        """Whether it can be held now."""
        return self.clash is None

    @property
    def opening_cents(self) -> int:
        """Where a quote starts, with VAT: the venue's own price, never below the least."""
        return max(self.listed_cents, self.least.gross_cents)


def fitting(one: SpaceRequest, kept: RequestPolicy) -> list[Offer]:
    """Spaces that seat the group, the free ones first, then the smallest."""
    slot, found = slot_of(one), []
    spaces = day.of_venue()
    places = occupancy.places(spaces)
    for space in spaces:
        room = seats(space, len(places[space.id].units))
        if places[space.id].units and room >= one.people:
            found.append(_offer(one, space, room, slot, kept))
    return sorted(found, key=lambda o: (not o.is_free, o.seats, o.space.id))


def _offer(one: SpaceRequest, space: Space, room: int, slot: Slot, kept: RequestPolicy) -> Offer:
    own = one.space_id == space.id and one.is_held(clock.now())
    cents = one.displaced_cents if own else displaced(space, slot)
    clash = in_the_way(one, space, slot)
    return Offer(space, room, clash, of(cents, space, kept), listed(space, slot), own)


def listed(space: Space, slot: Slot) -> int:
    """What the venue's own card asks for the whole space and the hours of the event, with VAT."""
    minutes = int((slot.interval.end - slot.interval.start).total_seconds()) // 60
    places = len(occupancy.place_of(space).units) if space.kind == "desk_pool" else 1
    return days.listed_cents(space, minutes) * places


def in_the_way(one: SpaceRequest, space: Space, slot: Slot) -> Clash | None:
    """What stands there, the request's own hold left out."""
    units = occupancy.place_of(space).units
    uses = [u for u in day.uses(slot.whole(space), units) if u.key != (SOURCE, one.id)]
    return Clash(space, tuple(uses)) if uses else None


def displaced(space: Space, slot: Slot) -> int:
    """The usual sales that it keeps out, VAT excluded: the engine's own answer
    (docs/pricing.md), known only while the time is free."""
    return group.displaced(space, slot.whole(space), now=clock.now()).net_cents


def of(displaced_cents: int, space: Space, kept: RequestPolicy) -> Least:
    """The least to ask, by the venue's rule."""
    net = least.ask(displaced_cents, kept.margin_percent, kept.rounding_cents)
    return Least(displaced_cents, net, least.with_vat(net, space.vat_bp))


def nearest(one: SpaceRequest, offers: list[Offer]) -> list[Alternative]:
    """Another hour or day, where what they want, or all that fits, is taken."""
    wanted = [o for o in offers if o.space.id == one.wanted_space_id] or offers[:1]
    if not wanted or wanted[0].is_free:
        return []
    return alternatives.propose([wanted[0].space], slot_of(one), one.people)
