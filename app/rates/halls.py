"""Spaces that share walls: a hall and its halves, sold whole or in parts.

Which they are, whether the engine can solve them together, and why not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.occupancy import rules as occupancy
from app.occupancy.rules import Place
from app.spaces.models import Space

SEVERAL, UNITS, RULES, FREE, FAILED = REASONS = ("several", "units", "rules", "free", "failed")
"""Why such spaces are priced each for itself: several wholes over the same walls; a part that is
no single unit; other hours, lengths or cleaning; one that costs nothing; the engine gave up."""


@dataclass(frozen=True)
class Hall:
    """A whole, and the space that is each of its units by itself, in order; None where nobody may
    take that unit alone. `why` they cannot be solved together, empty when they can."""

    whole: Space
    parts: tuple[Space | None, ...]
    others: tuple[Space, ...]
    why: str = ""

    @property
    def spaces(self) -> tuple[Space, ...]:
        """All that is sold of it, the whole first."""
        return self.whole, *(part for part in self.parts if part is not None)


def of(space: Space) -> Hall | None:
    """The hall that a space is, or is part of; None for one with walls of its own."""
    spaces, places = _everything()
    return _hall(space, spaces, places)


def solved_with(space: Space) -> list[int]:
    """The spaces that one night's job solves with this one, itself among them."""
    hall = of(space)
    return [space.id] if hall is None or hall.why else [one.id for one in hall.spaces]


def leaders(spaces: Sequence[Space]) -> list[Space]:
    """One space to be solved for each hall, and every other space."""
    everything, places = _everything()
    found: dict[int, Space] = {}
    for space in spaces:
        hall = _hall(space, everything, places)
        one = hall.whole if hall is not None and not hall.why else space
        found.setdefault(one.id, one)
    return list(found.values())


def blockers(space: Space) -> list[Space]:
    """Spaces of which any booking leaves nothing of this one: the whole, for a part, and the
    parts, for a whole."""
    spaces, places = _everything()
    if space.id not in spaces:
        return []
    mine = set(places[space.id].units)
    alone = space.takes == "all" or len(mine) == 1
    found = []
    for other in spaces.values():
        theirs = set(places[other.id].units)
        shared = mine & theirs
        if other.id == space.id or not shared:
            continue
        takes_some = alone and (other.takes == "all" or theirs <= mine)
        if takes_some or (other.takes == "all" and mine <= theirs):
            found.append(other)
    return sorted(found, key=lambda one: one.id)


def _everything() -> tuple[dict[int, Space], dict[int, Place]]:
    """The venue's spaces, and what each is made of: two queries."""
    spaces = {
        space.id: space
        for space in db.session.scalars(
            select(Space).where(Space.retired_at.is_(None)).order_by(Space.id)
        )
    }
    return spaces, occupancy.places(spaces.values())


def _hall(space: Space, spaces: Mapping[int, Space], places: Mapping[int, Place]) -> Hall | None:
    if space.id not in spaces:
        return None
    kin = _kin(space.id, places)
    wholes = [spaces[one] for one in kin if _is_whole(spaces[one], places)]
    if len(kin) < 2:
        return None
    if not wholes:
        return Hall(space, (), tuple(spaces[one] for one in kin if one != space.id), UNITS)
    # of a part under several wholes the smallest number says it: which one is only for the words
    whole = space if space in wholes else wholes[0]
    others = tuple(spaces[one] for one in kin if one != whole.id)
    by_unit = {places[one.id].units: one for one in others}
    parts = tuple(by_unit.get((unit,)) for unit in places[whole.id].units)
    return Hall(whole, parts, others, _why(whole, wholes, others, places))


def _kin(space_id: int, places: Mapping[int, Place]) -> list[int]:
    """All spaces that share units with it, or with one that does."""
    found, units = {space_id}, set(places[space_id].units)
    while True:
        more = {one for one, place in places.items() if units & set(place.units)} - found
        if not more:
            return sorted(found)
        found |= more
        units |= {unit for one in more for unit in places[one].units}


def _is_whole(space: Space, places: Mapping[int, Place]) -> bool:
    return space.takes == "all" and len(places[space.id].units) > 1


def _why(
    whole: Space, wholes: Sequence[Space], others: Sequence[Space], places: Mapping[int, Place]
) -> str:
    """Why a whole and the others cannot be solved together; empty when they can."""
    units = [places[one.id].units for one in others]
    if len(wholes) > 1:
        return SEVERAL
    if any(len(some) != 1 for some in units) or len(set(units)) != len(units):
        return UNITS
    if any(_rules(one) != _rules(whole) for one in others):
        return RULES
    if not all(one.base_cents > 0 for one in (whole, *others)):
        return FREE
    return ""


def _rules(space: Space) -> tuple[int, ...]:
    """What the engine wants alike."""
    return (
        space.site_id,
        space.step_minutes,
        space.min_minutes,
        space.max_minutes,
        space.buffer_minutes,
    )
