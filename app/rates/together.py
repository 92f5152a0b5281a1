"""The night of a hall: the whole and its parts are learnt each for itself and solved together.

A sale of a part blocks the whole, and the reverse; each knows what the others hope for. Where the
engine cannot do that, each is priced for itself, and what is written of the night says why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

import pricing
from app.core.db import db
from app.core.slots import local_day
from app.rates import choose, halls, nightly, steering, tables
from app.rates import view as views
from app.rates.choose import Choice, Coming
from app.rates.halls import FAILED, Hall
from app.rates.models import ValueTable
from app.rates.nightly import Eve
from app.rates.tables import Solved
from app.rates.view import View
from app.spaces.models import Space
from pricing import walls

log = structlog.get_logger("rates")

PATHS = 2400
TOGETHER = "together"
Said = dict[int, dict[str, Any]]


def run(space: Space, now: dt.datetime) -> Said:
    """The night of a space, and of those that share its walls: what to say of each, by its id.

    Raises what the engine raises of one space alone, and stores nothing then.
    """
    hall = halls.of(space)
    if hall is None:
        return {space.id: nightly.run(space, now)}
    if hall.why:
        return {space.id: nightly.run(space, now) | _said(hall, space, why=hall.why)}
    try:
        with db.session.begin_nested():
            return _night(hall, now)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("hall not solved together", space=hall.whole.id)
    return {one.id: nightly.run(one, now) | _said(hall, one, why=FAILED) for one in hall.spaces}


def _said(hall: Hall, space: Space, **more: Any) -> dict[str, Any]:
    """With which spaces it shares walls, and what became of that."""
    names = [one.name for one in (hall.whole, *hall.others) if one.id != space.id]
    return {"walls": {"with": names, "whole": space.id == hall.whole.id} | more}


def _night(hall: Hall, now: dt.datetime) -> Said:
    """Learn, choose and store all spaces of a hall."""
    today = local_day(now, hall.whole.site.zone)
    last = max(nightly.last_day(space, today) for space in hall.spaces)
    view = views.load(hall.spaces, today, last)
    eves = [nightly.eve_of(space, view, now) for space in hall.spaces]
    shared = _shared_days(eves)
    verdict = _judge(hall, eves, shared) if shared else None
    if verdict is None or not verdict.ships:
        worth = verdict.worth if verdict else {}
        return {
            eve.space.id: nightly.ship(eve, nightly.by_itself(eve, view, now), view, now)
            | _said(hall, eve.space, worth=worth)
            for eve in eves
        }
    each = _tables(hall, eves, shared, view, now)
    return {
        eve.space.id: nightly.ship(verdict.over(eve), each[eve.space.id], view, now)
        | _said(hall, eve.space, worth=verdict.worth)
        for eve in eves
    }


def _shared_days(eves: Sequence[Eve]) -> dict[dt.date, list[Coming]]:
    """Days on which all of a hall is open alike, with what is expected of each of its spaces."""
    by_day: dict[dt.date, list[Coming]] = {}
    for eve in eves:
        for coming in eve.coming:
            by_day.setdefault(coming.one.day, []).append(coming)
    return {
        day: each
        for day, each in by_day.items()
        if len(each) == len(eves) and all(one.one.frame == each[0].one.frame for one in each)
    }


@dataclass(frozen=True)
class Verdict:
    """What solving together is worth beside cards and beside each for itself: cents a day, and the
    lead over cards on all judged days."""

    worth: dict[str, int]
    days: int
    lead_cents: float
    lead_error: float

    @property
    def ships(self) -> bool:
        """It must beat the cards by two standard errors, and earn no less than each for itself."""
        clear = self.lead_cents > 2 * self.lead_error
        return clear and self.worth[TOGETHER] >= self.worth["alone"]

    def over(self, eve: Eve) -> Eve:
        """A space that ships this in place of its own choice."""
        chosen = replace(
            eve.chosen,
            policy=TOGETHER,
            dynamic=True,
            lead_cents=self.lead_cents,
            lead_error=self.lead_error,
            card_cents=float(self.worth["cards"] * self.days),
        )
        return replace(eve, choice=chosen)


def _judge(hall: Hall, eves: Sequence[Eve], shared: Mapping[dt.date, Sequence[Coming]]) -> Verdict:
    """Simulate a quiet, a usual and a busy day under every way of pricing."""
    near = sorted(list(shared.values())[: choose.NEAR], key=_expected)
    standing = [near[n] for n in sorted({n * len(near) // 6 for n in (1, 3, 5)})]
    found = []
    for coming in standing:
        plans = [eve.chosen.base for eve in eves]
        alone = [
            pricing.solve_day(one.day, one.demand, plan=plan)
            for one, plan in zip(coming, plans, strict=True)
        ]
        found.append(
            walls.judge(
                walls.seats([one.day for one in coming], [p is not None for p in hall.parts]),
                [
                    pricing.posterior(one.demand, spread=eve.chosen.spread)
                    for one, eve in zip(coming, eves, strict=True)
                ],
                [eve.chosen.card(one) for one, eve in zip(coming, eves, strict=True)],
                alone,
                _solved(hall, coming, plans, alone),
                paths=max(PATHS // len(standing), 100),
                seed=hall.whole.id,
            )
        )
    worth = {
        name: round(sum(one.worth[name].revenue_cents for one in found) / len(found))
        for name in found[0].worth
    }
    error = float(np.sqrt(sum(one.lead_error**2 for one in found)))
    return Verdict(worth, len(found), sum(one.lead_cents for one in found), error)


def _expected(coming: Sequence[Coming]) -> float:
    return sum(one.expected for one in coming)


def _solved(
    hall: Hall,
    coming: Sequence[Coming],
    plans: Sequence[pricing.Plan],
    alone: Sequence[pricing.Table],
    **more: Any,
) -> pricing.combined.Combined:
    """The tables of one day of a hall."""
    jobs = [(one.day, one.demand) for one in coming]
    sold = iter(jobs[1:])
    parts = [next(sold) if part is not None else None for part in hall.parts]
    return pricing.combined.solve(jobs[0], parts, plans=plans, alone=alone, **more)


def _tables(
    hall: Hall,
    eves: Sequence[Eve],
    shared: Mapping[dt.date, Sequence[Coming]],
    view: View,
    now: dt.datetime,
) -> dict[int, list[pricing.Table]]:
    """The tables of every space and day, with this week's variation."""
    found: dict[int, dict[dt.date, pricing.Table]] = {}
    for eve in eves:
        solved = nightly.solve(eve.coming, _moving(eve.chosen), view, now)
        days = (one.one.day for one in eve.coming)
        found[eve.space.id] = dict(zip(days, solved, strict=True))
    for day, coming in shared.items():
        alone = [found[eve.space.id][day] for eve in eves]
        for eve, table in zip(eves, joint(hall, coming, alone, view, now), strict=True):
            found[eve.space.id][day] = table
    return {space_id: list(by_day.values()) for space_id, by_day in found.items()}


def _moving(chosen: Choice) -> Choice:
    """The choice that every day is solved by itself under: prices that move, whatever won."""
    return replace(chosen, policy="gap", dynamic=True)


def joint(
    hall: Hall,
    coming: Sequence[Coming],
    alone: Sequence[pricing.Table],
    view: View,
    now: dt.datetime,
) -> list[pricing.Table]:
    """The tables of one day of a hall as it is booked now, those of each for itself at hand."""
    whole = coming[0].one
    plans = [pricing.Plan(reward=table.reward, trust=table.trust) for table in alone]
    keeps = (nightly.keep_minutes(one.one.space) for one in coming)
    found = _solved(
        hall,
        coming,
        plans,
        alone,
        free=_by_unit(view, coming),
        minutes_to_open=whole.minutes_to_open(now),
        keep_minutes=max(keeps),
    )
    return [table for table in (found.whole, *found.parts) if table is not None]


def _by_unit(view: View, coming: Sequence[Coming]) -> NDArray[np.int64]:
    return coming[0].one.by_unit(view.taken)


def again(space: Space, day: dt.date, now: dt.datetime) -> bool:
    """Solve one day of a hall anew after a booking: hopes set on the whole die with a part.

    False where its prices need none: not solved together, or waiting for the manager's word.
    """
    hall = halls.of(space)
    if hall is None or hall.why:
        return False
    view = views.load(hall.spaces, day, day)
    ones = [view.find(one.id, day) for one in hall.spaces]
    opened = [one for one in ones if one is not None and _is_joint(view, one.space.id, day)]
    if len(opened) != len(hall.spaces):
        return False
    today = local_day(now, hall.whole.site.zone)
    coming = [
        nightly.expected(view, [one], nightly.known(one.space, today), now)[0] for one in opened
    ]
    old = [view.tables[one.space.id, day] for one in opened]
    alone = [
        pricing.solve_day(
            one.day, one.demand, plan=pricing.Plan(reward=before.reward, trust=before.trust)
        )
        for one, before in zip(coming, old, strict=True)
    ]
    for one, table, before in zip(coming, joint(hall, coming, alone, view, now), old, strict=True):
        if not steering.of(one.one.space).ask_first:
            kept = replace(table, vary=before.vary, previous=before.previous, before=before.before)
            _store(one.one.space, day, one, kept)
    return True


def _is_joint(view: View, space_id: int, day: dt.date) -> bool:
    where = space_id, day
    return where in view.versions and view.tables[where].policy == TOGETHER


def _store(space: Space, day: dt.date, coming: Coming, table: pricing.Table) -> None:
    row = db.session.execute(
        select(ValueTable.noted_at, ValueTable.expected, ValueTable.origin).where(
            ValueTable.space_id == space.id, ValueTable.day == day, ValueTable.state == "live"
        )
    ).one()
    tables.store([Solved(coming.one, table, row.origin, "live", row.noted_at, row.expected)])
