"""For each booking in the way the best equal space, at the same time and the same price."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.booking import day
from app.booking.day import Use
from app.core.slots import Interval
from app.incidents import matching
from app.incidents.matching import Need, Option
from app.incidents.models import IncidentPolicy, Outage
from app.occupancy import rules as occupancy
from app.occupancy.places import Place
from app.spaces import fit
from app.spaces.models import Space


@dataclass(frozen=True)
class Proposal:
    """A booking, where it could go, what is proposed, and every space that would do."""

    use: Use
    booked: Space
    target: Space | None
    choices: tuple[Space, ...]
    no_equal: str

    @property
    def fate(self) -> str:
        """What is proposed, as a form says it."""
        return f"space:{self.target.id}" if self.target else self.no_equal


def of(outage: Outage, uses: Sequence[Use], kept: IncidentPolicy) -> list[Proposal]:
    """All of them together: two bookings of one hour are never sent to the same place.

    An equal space is of the same kind in the same building, holds as many people and all that the
    first one is equipped with, and keeps a way in without steps.
    """
    if not uses:
        return []
    spaces = {s.id: s for s in day.of_venue()}
    places = occupancy.places(list(spaces.values()))
    booked = {u.source_id or 0: spaces.get(u.space_id or outage.space_id) for u in uses}
    busy = _busy(uses, outage, {unit for place in places.values() for unit in place.units})
    needs, choices = [], {}
    for use in uses:
        where = booked[use.source_id or 0]
        options = _options(use, where, spaces, places) if where else []
        need = Need(use.source_id or 0, use.starts_at, tuple(options))
        needs.append(need)
        choices[need.key] = [o for o in options if _is_free(o, need, busy)]
    found = matching.match(needs, busy)
    return [
        Proposal(
            use=use,
            booked=booked[key] or spaces[outage.space_id],
            target=spaces[found[key]] if key in found else None,
            choices=tuple(spaces[option.space_id] for option in choices[key]),
            no_equal=_no_equal(use, kept),
        )
        for use in uses
        for key in (use.source_id or 0,)
    ]


def _no_equal(use: Use, kept: IncidentPolicy) -> str:
    """The venue's policy where nothing is free; nothing is discounted of what cost nothing."""
    return kept.no_equal if use.price_cents else "refund"


def _busy(
    uses: Sequence[Use], outage: Outage, units: set[int]
) -> dict[int, list[tuple[dt.datetime, dt.datetime]]]:
    """What takes every unit of the venue meanwhile; what is out of order counts as taken."""
    start, end = min(u.starts_at for u in uses), max(u.until for u in uses)
    found: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for unit, spans in occupancy.spans(units, Interval(start, end + dt.timedelta(hours=8))).items():
        found[unit] += [
            (dt.datetime.fromtimestamp(a, dt.UTC), dt.datetime.fromtimestamp(b, dt.UTC))
            for a, b in spans
        ]
    for unit in outage.unit_ids:
        found[unit].append((outage.starts_at, outage.ends_at))
    return found


def _options(
    use: Use, where: Space, spaces: dict[int, Space], places: dict[int, Place]
) -> list[Option]:
    found = []
    for one in spaces.values():
        place = places[one.id]
        if one.site_id != where.site_id or not place.units or not is_equal(one, where):
            continue
        if fit.seats(one, len(place.units)) < use.people:
            continue
        found.append(
            Option(
                one.id,
                place.units,
                place.needed(fit.quantity_for(one, use.people)),
                use.ends_at + dt.timedelta(minutes=one.buffer_minutes),
                _cost(one, where, use),
            )
        )
    return sorted(found, key=lambda option: option.cost)


def is_equal(one: Space, where: Space) -> bool:
    """Whether nobody loses anything by going there."""
    return (
        one.kind == where.kind
        and set(where.equipment) <= set(one.equipment)
        and (one.is_step_free or not where.is_step_free)
    )


def _cost(one: Space, where: Space, use: Use) -> tuple[int, ...]:
    """How ill it fits: another floor, empty chairs, what it could be sold for."""
    return (
        int(one.id != where.id),
        int(one.floor != where.floor),
        max(0, one.capacity - use.people),
        one.base_cents,
        one.id,
    )


def _is_free(option: Option, need: Need, busy: matching.Busy) -> bool:
    return bool(matching.match([Need(need.key, need.start, (option,))], busy))
