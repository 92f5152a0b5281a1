"""Demand that was never seen because there was nothing left to sell.

The cure is exposure: how much of its selling season each window was really on offer. A booking of
10:00 to 12:00 hides later wishes for 10 to 11, 11 to 12 and 9 to 11 alike, so exposure belongs to
the window, not to the slot. The rate is then counts over exposure, and the Poisson regression of
`forecast` takes it as such.

Where only daily totals and sell-out flags exist, `censored_poisson` is the likelihood for them. The
trade's expectation maximisation and projection detruncation are here to be compared with: both
assume a normal demand and are far off when most days are sold out.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, ndtri
from scipy.stats import poisson

from .data import BadInput, Bookings, Bools, Floats, Ints, Moments, finite


def exposure_rate(counts: Floats, exposure: Floats) -> float:
    """Return requests per unit of exposure; refuses a history without any exposure.

    A season that ends at its last sale is stopped by that sale, which biases the ratio up by one
    part in the total count; removing half a count per hundred days would hide more than it mends.
    """
    counts, exposure = finite("counts", counts, 0), finite("exposure", exposure, 0)
    if exposure.sum() <= 0:
        raise BadInput("exposure", None, "nothing was ever on offer")
    return float(counts.sum() / exposure.sum())


def window_exposure(
    bookings: Bookings,
    days: Moments,
    shape: "Shape",
    season: "Season",
    units: Ints | int = 1,
    beside: Bookings | None = None,
) -> Floats:
    """Return the share of its season each window was on offer, (days, slots, lengths), 0 to 1.

    `units` is the number of alike units on each day: a room added mid-history counts from its day.
    Days when the venue was closed have `units` 0 and no exposure: they say nothing about demand.
    Bookings are placed unit by unit, best fit, in the order they were made. Those of `beside` are
    of spaces that share its walls: each takes all units, and none of the requests.
    """
    beside = Bookings.none() if beside is None else beside
    every = np.broadcast_to(np.asarray(units), days.shape)
    out = np.zeros((len(days), shape.slots, len(shape.lengths)))
    for row, (day, count) in enumerate(zip(days, every, strict=True)):
        if count > 0:
            today = bookings.pick(bookings.day == day)
            others = beside.pick(beside.day == day)
            out[row] = _one_day((today, others), day, int(count), shape, season)
    return out


class Shape:
    """The grid of a day: `opens`, `step` in minutes; `slots`; `lengths` and `buffer` in slots."""

    def __init__(
        self, opens: int, step: int, slots: int, lengths: tuple[int, ...], buffer: int = 0
    ) -> None:
        """Refuse a grid that is empty, and a buffer below 0."""
        if step < 1 or slots < 1 or not lengths or min(lengths) < 1 or max(lengths) > slots:
            raise BadInput("lengths", None, "do not fit the day")
        if buffer < 0:
            raise BadInput("buffer", None, "below 0")
        self.opens, self.step, self.slots, self.lengths = opens, step, slots, lengths
        self.buffer = buffer

    def slot(self, minute: Ints) -> Ints:
        """Return the slot in which a minute of the day lies."""
        return np.asarray((minute - self.opens) // self.step)


class Season:
    """When requests come: `edges` (K + 1,) minutes of lead, ascending from 0; `share` (K,)."""

    def __init__(self, edges: Floats, share: Floats) -> None:
        """Refuse edges that do not ascend from 0 and shares that do not match."""
        self.edges, share = finite("edges", edges, 0), finite("share", share, 0)
        if self.edges[0] != 0 or np.any(np.diff(self.edges) <= 0):
            raise BadInput("edges", None, "must ascend from 0")
        if len(share) != len(self.edges) - 1 or share.sum() <= 0:
            raise BadInput("share", None, "one share per class, not all 0")
        self.upto = np.concatenate([[0.0], np.cumsum(share / share.sum())])

    def part(self, lead: Floats) -> Floats:
        """Return the share of requests that come with at most this lead."""
        return np.asarray(np.interp(lead, self.edges, self.upto))


def _one_day(
    booked: tuple[Bookings, Bookings], day: np.datetime64, units: int, shape: Shape, season: Season
) -> Floats:
    """Walk through one day's bookings and cancellations; weigh each spell by its requests.

    `booked`: its own, and those of spaces that share its walls.
    """
    midnight, own = day.astype("datetime64[m]"), len(booked[0])
    start, length, made_at, lost, lost_at = (
        np.concatenate([getattr(some, name) for some in booked])
        for name in ("start", "length", "made_at", "is_cancelled", "cancelled_at")
    )
    first = np.clip(shape.slot(start), 0, shape.slots)
    last = np.clip(-(-(start + length - shape.opens) // shape.step), 0, shape.slots)
    made = (midnight - made_at).astype(np.int64)
    gone = np.where(lost, (midnight - lost_at).astype(np.int64), 0)
    events = [(-int(m), 1, i) for i, m in enumerate(made)]
    events += [(-int(gone[i]), 0, int(i)) for i in np.flatnonzero(lost)]
    busy = np.zeros((units, shape.slots), dtype=np.int64)
    seat: dict[int, int] = {}
    out = np.zeros((shape.slots, len(shape.lengths)))
    begins = shape.opens + shape.step * np.arange(shape.slots)
    passed = np.full(shape.slots, season.part(np.array(np.inf)))
    for when, is_sale, i in sorted(events):
        ahead = season.part(np.maximum(begins - when, 0).astype(np.float64))
        out += (passed - np.minimum(ahead, passed))[:, None] * _offered(busy == 0, shape)
        passed = np.minimum(ahead, passed)
        wide = slice(max(first[i] - shape.buffer, 0), last[i] + shape.buffer)
        if i >= own:
            busy[:, wide] += 1 if is_sale else -1
            continue
        if is_sale:
            fits = np.flatnonzero((busy[:, first[i] : last[i]] == 0).all(axis=1))
            fullest = (busy[fits] > 0).sum(axis=1)
            seat[i] = int(fits[fullest.argmax()]) if len(fits) else -1
        if seat.get(i, -1) >= 0:
            busy[seat[i], wide] += 1 if is_sale else -1
    out += passed[:, None] * _offered(busy == 0, shape)
    return np.minimum(out, 1.0)


def _offered(free: Bools, shape: Shape) -> Floats:
    """Return 1 for each window that some unit can take, (slots, lengths)."""
    taken = np.zeros((len(free), shape.slots + 1), dtype=np.int64)
    np.cumsum(~free, axis=1, out=taken[:, 1:])
    start = np.arange(shape.slots)[:, None]
    end = start + np.asarray(shape.lengths)
    inside = end <= shape.slots
    blocked = taken[:, np.minimum(end, shape.slots)] - taken[:, start]
    return np.asarray((inside & (blocked == 0).any(axis=0)).astype(np.float64))


def censored_poisson(sales: Floats, sold_out: Bools) -> float:
    """Return the mean demand per day from totals and sell-out flags, by maximum likelihood.

    A sold-out day says only that demand was at least its sales. All days sold out has no finite
    maximum: refused, because no honest number exists.
    """
    sales, sold_out = finite("sales", sales, 0), np.asarray(sold_out, dtype=bool)
    if len(sales) == 0:
        raise BadInput("sales", None, "no days")
    if sold_out.all():
        raise BadInput("sold_out", None, "every day sold out: demand has no upper limit")
    open_days, full = sales[~sold_out], sales[sold_out]

    def score(mean: float) -> float:
        tail = poisson.sf(full - 1, mean)
        hazard = np.divide(
            poisson.pmf(full - 1, mean), tail, out=np.ones_like(tail), where=tail > 0
        )
        # tail 0 in floating point: the day is far above the mean, its pull is sales / mean
        hazard = np.where(tail > 0, hazard, full / mean)
        return float((open_days / mean - 1).sum() + np.where(full > 0, hazard, 0.0).sum())

    low, high = 1e-9, 4 * float(sales.max()) + 10
    if score(low) <= 0:
        return 0.0
    return float(brentq(score, low, high, xtol=1e-10))


def expectation_maximisation(sales: Floats, sold_out: Bools, rounds: int = 300) -> float:
    """Return the normal mean by EM (Talluri & van Ryzin 2004, 9.4.1); for comparison only."""
    sales, sold_out = finite("sales", sales, 0), np.asarray(sold_out, dtype=bool)
    seen = sales[~sold_out] if (~sold_out).any() else sales
    mean, sd = float(seen.mean()), max(float(seen.std()), 1.0)
    for _ in range(rounds):
        z = (sales - mean) / sd
        hazard = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-z))
        guess = np.where(sold_out, mean + sd * hazard, sales)
        extra = np.where(sold_out, sd**2 * (1 + z * hazard - hazard**2), 0.0)
        mean = float(guess.mean())
        sd = max(float(np.sqrt(np.mean((guess - mean) ** 2 + extra))), 1e-6)
    return mean


def projection_detruncation(
    sales: Floats, sold_out: Bools, tau: float = 0.5, rounds: int = 300
) -> float:
    """Return the normal mean by projection (Hopperstad; tau 0.5); for comparison only."""
    sales, sold_out = finite("sales", sales, 0), np.asarray(sold_out, dtype=bool)
    seen = sales[~sold_out] if (~sold_out).any() else sales
    mean, sd = float(seen.mean()), max(float(seen.std()), 1.0)
    for _ in range(rounds):
        beyond = tau * ndtr((mean - sales) / sd)
        guess = np.where(sold_out, mean - sd * ndtri(np.clip(beyond, 1e-300, 1)), sales)
        mean, sd = float(guess.mean()), max(float(guess.std()), 1e-6)
    return mean
