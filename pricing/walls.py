"""Whole and parts against simulated requests: whether solving them together is worth it.

The same customers meet every way of pricing a combined space (`combined`): the best card of each
of its spaces, each of them solved for itself, all of them together. What one takes others lose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .combined import Combined
from .data import BadInput
from .demand import DaySpec, Demand, whole
from .layers import Counts
from .paths import ByTable, Card, Index, Moment, Policy, Requests, draw
from .paths import worth as summary
from .results import Floats, Worth
from .table import Table

CARDS, ALONE, TOGETHER = "cards", "alone", "together"


@dataclass(frozen=True)
class Seat:
    """One space that is sold: its day, and which part it is; None is the whole."""

    day: DaySpec
    part: int | None


@dataclass(frozen=True)
class Judged:
    """What each way of pricing earned a day, and the lead of the better moving one over cards."""

    worth: Mapping[str, Worth]
    lead_cents: float
    lead_error: float

    @property
    def best_dynamic(self) -> str:
        """Return the way of moving prices that earned most; together where it makes no odds."""
        better = self.worth[ALONE].revenue_cents > self.worth[TOGETHER].revenue_cents
        return ALONE if better else TOGETHER


def seats(days: Sequence[DaySpec], sold: Sequence[bool]) -> list[Seat]:
    """Return the spaces of a combined one: `days` are those of the whole and the sold parts."""
    parts = [place for place, is_sold in enumerate(sold) if is_sold]
    if len(days) != 1 + len(parts):
        raise BadInput("days", None, "needs the whole, then one for each part that is sold")
    return [Seat(day, part) for day, part in zip(days, [None, *parts], strict=True)]


def play(
    spaces: Sequence[Seat],
    policies: Sequence[Policy],
    requests: Sequence[Requests],
    parts: int,
    free: ArrayLike | None = None,
) -> Floats:
    """Return revenue, slots sold and bookings of every path over all spaces, (paths, 3).

    `requests` per space, of as many paths; `free` what is free of each part as they begin.
    """
    who, merged = _merged(requests)
    paths, most = who.shape
    slots = spaces[0].day.slots
    state = np.ones((paths, parts, slots), dtype=np.int64)
    if free is not None:
        state[:] = np.asarray(free, dtype=np.int64).reshape(parts, slots)
    out = np.zeros((paths, 3))
    for n in range(most):
        for place, (space, policy) in enumerate(zip(spaces, policies, strict=True)):
            alive = np.flatnonzero((merged.window[:, n] >= 0) & (who[:, n] == place))
            if alive.size:
                _met(space, policy, merged, (n, alive), state, out)
    return out


def _met(
    space: Seat,
    policy: Policy,
    requests: Requests,
    now: tuple[int, Index],
    state: Counts,
    out: Floats,
) -> None:
    """Let the n-th requests of some paths, all for one space, be answered; note what they take."""
    (n, alive), day = now, space.day
    window = requests.window[alive, n]
    start, k = np.divmod(window, day.shape[1])
    length = np.asarray(day.lengths)[k]
    end = start + length
    moment = Moment(
        requests.minutes[alive, n],
        window,
        start,
        end,
        requests.level[alive, n],
        _seen(space, policy, state[alive]),
    )
    price, _unit = policy.ask(moment)
    buys = price <= requests.worth[alive, n]
    slot = np.arange(day.slots)
    take = (slot >= (start - day.buffer)[:, None]) & (slot < (end + day.buffer)[:, None])
    rows = slice(None) if space.part is None else slice(space.part, space.part + 1)
    path = alive[buys]
    state[path, rows] = np.where(take[buys][:, None], 0, state[path, rows])
    out[path] += np.stack([price[buys], length[buys], np.ones(len(path))], axis=1)


def _seen(space: Seat, policy: Policy, state: Counts) -> Counts:
    """Return what is free as a policy wants it told."""
    if space.part is not None:
        return state[:, space.part : space.part + 1]
    if isinstance(policy, ByTable) and policy.table.parts:
        return state
    row: Counts = state.min(axis=1, keepdims=True)
    return row


def _merged(each: Sequence[Requests]) -> tuple[Index, Requests]:
    """Return whose each request is, and all of them in order of time, (paths, most)."""
    who = np.concatenate(
        [np.full(one.window.shape, place) for place, one in enumerate(each)], axis=1
    )
    columns = [
        np.concatenate([getattr(one, name) for one in each], axis=1)
        for name in ("minutes", "window", "level", "worth")
    ]
    order = np.argsort(np.where(columns[1] >= 0, -columns[0], np.inf), axis=1, kind="stable")
    who = np.take_along_axis(who, order, axis=1)
    return who, Requests(*(np.take_along_axis(column, order, axis=1) for column in columns))


def judge(
    spaces: Sequence[Seat],
    posteriors: Sequence[Sequence[Demand]],
    cards: Sequence[Floats],
    alone: Sequence[Table],
    together: Combined,
    *,
    paths: int = 300,
    seed: int = 0,
) -> Judged:
    """Play every way of pricing against the same customers, drawn from the posterior of each space.

    `cards` and `alone` are told per space, the whole first. Refuses fewer than 20 paths.
    """
    whole("paths", paths, 20, 1_000_000)
    joint = [table for table in (together.whole, *together.parts) if table is not None]
    days = [space.day for space in spaces]
    ways: dict[str, list[Policy]] = {
        CARDS: [Card(day, card) for day, card in zip(days, cards, strict=True)],
        ALONE: [ByTable(day, table) for day, table in zip(days, alone, strict=True)],
        TOGETHER: [ByTable(day, table) for day, table in zip(days, joint, strict=True)],
    }
    rewards = [table.reward for table in alone]
    met: dict[str, list[Floats]] = {name: [] for name in ways}
    for member, demands in enumerate(zip(*posteriors, strict=True)):
        drawn = [
            draw(day, demand, paths=-(-paths // len(posteriors[0])), seed=seed + 1000 * member + n)
            for n, (day, demand) in enumerate(zip(days, demands, strict=True))
        ]
        for name, policies in ways.items():
            met[name].append(play(spaces, policies, drawn, together.whole.parts))
    found = {name: np.concatenate(results) for name, results in met.items()}
    reward = float(np.mean(rewards))
    earned = {name: result[:, 0] + reward * result[:, 1] for name, result in found.items()}
    best = ALONE if earned[ALONE].mean() > earned[TOGETHER].mean() else TOGETHER
    gain = earned[best] - earned[CARDS]
    return Judged(
        {name: summary(result) for name, result in found.items()},
        float(gain.mean()),
        float(gain.std(ddof=1) / np.sqrt(len(gain))),
    )
