"""From quotes to prices and back: a room type learnt from its log, and the weekly loop.

`learn` turns requests that were quoted into a `Demand`: how many, when, how long, how far ahead,
and how they answer. `loop` plays a half-year in a planted world, exploration paid for, and returns
what each week was worth as a share of the exact optimum of that world.
"""

from dataclasses import dataclass

import numpy as np

from . import evaluate
from .data import Bools, Floats, Ints
from .demand import DaySpec, Demand, Grid
from .evaluate import Ask
from .gap import gap_index, sales, solve
from .markup import accept, price, toward
from .paths import Index, Moment, draw, gap_around, run
from .response import ARMS, Response, ResponsePrior, dithered, features, fit_response, width

STEPS = 40  # of the value tables that are shipped
FINE = 120  # of the recursion that judges them


@dataclass(frozen=True)
class Log:
    """Requests of like days, (n,): window, lead in minutes, shown / list price, accepted, and
    `seen`, False where nothing could be offered (it still counts as demand). `days` observed.
    """

    window: Ints
    lead: Floats
    ratio: Floats
    accepted: Bools
    seen: Bools
    days: float

    def plus(self, other: "Log") -> "Log":
        """Return both logs as one."""
        return Log(
            np.concatenate([self.window, other.window]),
            np.concatenate([self.lead, other.lead]),
            np.concatenate([self.ratio, other.ratio]),
            np.concatenate([self.accepted, other.accepted]),
            np.concatenate([self.seen, other.seen]),
            self.days + other.days,
        )


def empty_log() -> Log:
    """Return the log of a venue that has not opened."""
    return Log(
        np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0, bool), np.zeros(0, bool), 0.0
    )


def window_features(day: DaySpec, window: Ints, lead: Floats) -> Floats:
    """Return the response features of requests for `window` (start * lengths + k)."""
    start, k = np.divmod(window, day.shape[1])
    length = np.asarray(day.lengths, dtype=np.float64)[k]
    return features((start + length / 2) / day.slots, length * day.slot_minutes / 60, lead)


def smooth_mean(day: DaySpec, log: Log, prior_mean: Floats, strength: float = 10.0) -> Floats:
    """Return requests per day and window: counts smoothed over neighbouring starts, then shrunk.

    The sum over starts of each length keeps its own level; the pattern over starts is shared by all
    lengths as far as `strength` requests per length hold it there (an additive Dirichlet prior).
    """
    count = np.bincount(log.window, minlength=prior_mean.size).reshape(day.shape).astype(np.float64)
    days = log.days
    near = np.abs(np.subtract.outer(np.arange(day.slots), np.arange(day.slots)))
    kernel = np.exp(-0.5 * (near / 0.8) ** 2)
    starts = kernel @ (count.sum(axis=1) + 0.3) / kernel.sum(axis=1)
    common = np.where(day.windows, starts[:, None], 0.0)
    common /= np.maximum(common.sum(axis=0), 1e-12)
    total = prior_mean.sum(axis=0)
    per_length = (count.sum(axis=0) + 2.0 * total) / (days + 2.0)
    own = kernel @ count / kernel.sum(axis=1)[:, None] * day.windows
    shape = (own + strength * common) / np.maximum((own + strength * common).sum(axis=0), 1e-12)
    return np.asarray(per_length * shape)


def learn(
    day: DaySpec, log: Log, believed: Demand, prior: ResponsePrior
) -> tuple[Demand, Response]:
    """Return the demand learnt from a log, starting from what was believed."""
    asked = log.seen
    x = window_features(day, log.window[asked], log.lead[asked])
    answer = fit_response(x, log.ratio[asked], log.accepted[asked].astype(np.float64), prior)
    edges = believed.edges
    middle = (edges[:-1] + edges[1:]) / 2
    counts = np.histogram(np.clip(log.lead, edges[0], edges[-1] - 1), edges)[0]
    share = believed.shares.mean(axis=0) * 20 + counts
    every = np.arange(day.shape[0] * day.shape[1])
    centre = 3 * 1440.0
    level = answer.at_list(window_features(day, every, np.full(len(every), centre)))
    one = np.zeros(1, dtype=np.int64)
    shift = answer.at_list(window_features(day, one, middle))
    shift = shift - answer.at_list(window_features(day, one, np.array([centre])))
    return Demand(
        smooth_mean(day, log, believed.rate),
        level.reshape(day.shape) + answer.slope,
        np.full(day.shape, answer.slope),
        edges,
        share / share.sum(),
        shift,
        answer.slope_sd,
        source="fitted",
    ), answer


@dataclass(frozen=True)
class Learnt:
    """Prices of a solved, learnt day: `trust` and dither bend them before they are shown."""

    day: DaySpec
    season: Grid
    value: Floats
    slope: Floats
    trust: float = 1.0
    spread: float = 0.0

    @classmethod
    def of(cls, day: DaySpec, demand: Demand, trust: float = 1.0, spread: float = 0.0) -> "Learnt":
        """Solve the learnt day."""
        season, value = solve(day, demand, steps=STEPS)
        return cls(day, season, value, demand.slope, trust, spread)

    def shown(self, window: Index, level: Floats, cost: Floats, arm: Floats) -> Floats:
        """Return what a request sees: the optimum, as far as it is trusted, dithered, in bounds."""
        card = self.day.card.ravel()[window]
        floor, ceiling = (b.ravel()[window] for b in (self.day.floor, self.day.ceiling))
        best = price(cost, level, self.slope.ravel()[window] / card, floor, ceiling)
        varied = dithered(toward(card, best, self.trust), self.spread, arm)
        return np.asarray(np.clip(varied, floor, ceiling))

    def ask(self, arms: Floats | None = None) -> Ask:
        """Return the price of every sale of every gap; `arms` (slots,) by start, 0 when absent."""
        ways = sales(self.day.slots, tuple(self.day.lengths), self.day.buffer)
        start = ways.window // self.day.shape[1]
        arm = np.zeros(len(start)) if arms is None else arms[start]
        edges = self.season.minutes

        def asked(minutes: float, _level: Floats) -> Floats:
            at = int(np.clip(np.searchsorted(edges, minutes), 1, STEPS))
            past = (edges[at] - minutes) / (edges[at] - edges[at - 1])
            worth = self.value[at] * (1 - past) + self.value[at - 1] * past
            cost = worth[ways.gap] - worth[ways.left] - worth[ways.right]
            level = self.season.level[at - 1].ravel()[ways.window]
            return self.shown(ways.window, level, cost, arm)

        return asked


class Till:
    """A `Learnt` pricing as a policy that writes down every quote of paths run in lock step."""

    seats = False

    def __init__(self, learnt: Learnt, arms: Floats) -> None:
        """Take the pricing and the arms, (paths, slots)."""
        self.learnt, self.arms = learnt, arms
        self.quoted: list[Floats] = []

    def ask(self, now: Moment) -> tuple[Floats, Index]:
        """Answer one request per path; a path is known by its rank among those still alive."""
        begin, stop = (edge[:, 0] for edge in gap_around(now))
        where = gap_index(now.free.shape[2])
        edges = self.learnt.season.minutes
        at = np.clip(np.searchsorted(edges, now.minutes), 1, STEPS)
        worth = self.learnt.value[at]
        row = np.arange(len(at))
        cost = worth[row, where[begin, stop]] - worth[row, where[begin, now.start]]
        cost = cost - worth[row, where[np.minimum(now.end, stop), stop]]
        level = self.learnt.season.level[at - 1].reshape(len(at), -1)[row, now.window]
        price_ = self.learnt.shown(now.window, level, cost, self.arms[row, now.start])
        free = (stop >= now.end) & (begin <= now.start)
        self.quoted.append(np.where(free, price_, np.inf))
        return self.quoted[-1], np.zeros(len(at), np.intp)


def planted_quotes(
    day: DaySpec, demand: Demand, quotes: int, spread: float, rng: np.random.Generator
) -> Log:
    """Draw `quotes` requests of the planted demand at the card price varied by +-spread."""
    mean = np.where(day.windows, demand.rate, 0.0).ravel()
    window = rng.choice(len(mean), quotes, p=mean / mean.sum())
    k = window % day.shape[1]
    kind = (rng.random(quotes)[:, None] > np.cumsum(demand.shares, axis=1)[k][:, :-1]).sum(axis=1)
    edges = demand.edges
    lead = edges[kind] + rng.random(quotes) * np.diff(edges)[kind]
    ratio = 1 + spread * rng.choice(ARMS, quotes)
    level = demand.level.ravel()[window] + demand.shift[kind]
    slope = demand.slope.ravel()[window]
    yes = rng.random(quotes) < accept(ratio, level, slope)
    return Log(window, lead, ratio, yes, np.ones(quotes, bool), quotes / mean.sum())


def flat_belief(day: DaySpec, requests: float, slope: float, edges: Floats) -> Demand:
    """Return what is believed of a day of which nothing is known but roughly how many come."""
    mean = np.where(day.windows, 1.0, 0.0)
    mean *= requests / mean.sum()
    share = np.full(len(edges) - 1, 1 / (len(edges) - 1))
    return Demand(mean, np.full(day.shape, slope + 0.62), np.full(day.shape, slope), edges, share)


def share_of_exact(day: DaySpec, truth: Demand, ask: Ask, best: float) -> float:
    """Return the exact worth of a pricing in the planted world, as a share of its optimum."""
    return evaluate.one_room(day, truth, ask, steps=FINE).revenue_cents / best


def best_of(day: DaySpec, truth: Demand) -> float:
    """Return the optimum on the same time grid that judges."""
    _, value = solve(day, truth, steps=FINE)
    return float(value[-1, gap_index(day.slots)[0, day.slots]])


def _week(day: DaySpec, truth: Demand, learnt: Learnt, rooms: int, seed: int) -> tuple[Log, float]:
    """Play seven days of alike rooms; return the log and the revenue."""
    rng = np.random.default_rng(seed)
    wishes = draw(day, truth, paths=7 * rooms, seed=seed)
    # paths with more requests stay alive longer: ranks stay right when they are sorted by that
    order = np.argsort(-(wishes.window >= 0).sum(axis=1), kind="stable")
    wishes = type(wishes)(*(getattr(wishes, n)[order] for n in wishes.__dataclass_fields__))
    till = Till(learnt, _arms(day, 7 * rooms, rng))
    revenue = float(run(day, till, wishes)[:, 0].sum())
    alive = [wishes.window[:, n] >= 0 for n in range(wishes.window.shape[1])]
    window = np.concatenate([wishes.window[a, n] for n, a in enumerate(alive)])
    minutes = np.concatenate([wishes.minutes[a, n] for n, a in enumerate(alive)])
    worth = np.concatenate([wishes.worth[a, n] for n, a in enumerate(alive)])
    quoted = np.concatenate(till.quoted)
    lead = np.maximum(minutes + window // day.shape[1] * day.slot_minutes, 0)
    seen = np.isfinite(quoted)
    ratio = np.where(seen, quoted, 0) / day.card.ravel()[window]
    return Log(window, lead, ratio, quoted <= worth, seen, 7.0 * rooms), revenue


def _arms(day: DaySpec, days: int, rng: np.random.Generator) -> Floats:
    """Draw one arm per day and half of it, (days, slots)."""
    half = (np.arange(day.slots) * 2) // day.slots
    return np.asarray(rng.choice(ARMS, (days, 2))[:, half])


def loop(
    day: DaySpec,
    truth: Demand,
    prior: ResponsePrior,
    *,
    rooms: int = 4,
    weeks: int = 26,
    seed: int = 0,
    judged: tuple[int, ...] = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 26),
) -> dict[int, float]:
    """Learn week by week from nothing; return the exact share of the optimum of judged weeks.

    Requests expected at first are half of what comes. Weeks are judged with exploration on, by
    the mean over two drawings of its arms and their opposites.
    """
    rng = np.random.default_rng(seed)
    best = best_of(day, truth)
    belief = flat_belief(day, truth.rate.sum() / 2, prior.slope, truth.edges)
    log, result = empty_log(), {}
    for week in range(1, weeks + 1):
        demand, answer = learn(day, log, belief, prior)
        learnt = Learnt.of(day, demand, answer.trust, width(answer.slope_sd))
        if week in judged:
            drawn = _arms(day, 2, rng)
            both = np.concatenate([drawn, -drawn])
            shares = [share_of_exact(day, truth, learnt.ask(arms), best) for arms in both]
            result[week] = float(np.mean(shares))
        log = log.plus(_week(day, truth, learnt, rooms, int(rng.integers(2**32)))[0])
    return result
