"""While a supplier is waited for the promise to repair stands still, and goes on afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from app.core import clock
from app.core.slots import local_day
from app.incidents import deadlines, read
from app.incidents.models import Incident, IncidentStep

Pause = tuple[dt.datetime, dt.datetime | None]


def began(steps: Sequence[IncidentStep]) -> dt.datetime:
    """Since when the present promise counts: the report, or the last time that it came back."""
    return [step.at for step in steps if step.state in ("reported", "reopened")][-1]


def pauses(steps: Sequence[IncidentStep]) -> list[Pause]:
    """When the clock stood still since then; the last pause has no end while it lasts. Pure."""
    found: list[Pause] = []
    for step in steps:
        if found and found[-1][1] is None:
            found[-1] = (found[-1][0], step.at)
        if step.state in ("reported", "reopened"):
            found = []
        if step.state == "waiting":
            found.append((step.at, None))
    return found


def stands_still(one: Incident) -> bool:
    """Whether the promise waits: it was not broken yet when the supplier was called."""
    if one.state != "waiting":
        return False
    last = pauses(read.steps(one.id))
    return bool(last) and one.resolve_by >= last[-1][0]


def resume(one: Incident) -> None:
    """The supplier came: what was left of the promise, in opening hours, counts from now on.

    Nothing happens to what does not wait.
    """
    if one.state != "waiting":
        return
    last = pauses(read.steps(one.id))
    if not last or one.resolve_by < last[-1][0]:
        return
    where, now, since = read.where_of(one), clock.now(), last[-1][0]
    first = local_day(since, where.site.zone)
    windows = deadlines.windows_of(where.site, where.space, first)
    left = deadlines.spent(since, one.resolve_by, first, windows)
    if left:
        one.resolve_by = deadlines.due(where.site, where.space, now, left)
    else:  # a place that never opens counts real time
        one.resolve_by += now - since


def due(one: Incident, minutes: int) -> dt.datetime:
    """When so many opening minutes end, the pauses left out. A pause that lasts is added when it
    ends (`resume`): until then the promise stands where it began.
    """
    where, steps = read.where_of(one), read.steps(one.id)
    start, left = began(steps), minutes
    first = local_day(start, where.site.zone)
    windows = deadlines.windows_of(where.site, where.space, first)
    for since, until in pauses(steps):
        used = deadlines.spent(start, since, first, windows)
        if used >= left:
            break
        start, left = until or since, left - used
    return deadlines.due(where.site, where.space, start, left)
