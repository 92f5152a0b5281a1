"""From an application's history to the `Demand` of any coming day: the learning half's one door.

    estimate(bookings, quotes, ...) -> Estimate;  estimate.demand(day, calendar, row) -> Demand

With quotes, every request counts, taken or not, and the answer to prices is learnt. Without, the
bookings stand for the requests that accepted: the exposure is multiplied by the share believed to
accept the prices charged, and the answer to prices stays at its prior.
"""

import warnings
from dataclasses import dataclass

import numpy as np

from .attrition import UNKNOWN, Attrition, learn
from .data import BOOKED, UNAVAILABLE, BadInput, Bookings, Floats, Ints, Quotes, demand_events
from .demand import DaySpec, Demand
from .forecast import Calendar, DayLevel, Intensity, fit, on_the_books, tally
from .response import Response, ResponsePrior, features, fit_response
from .solve import Fallback
from .unconstrain import Season, Shape, window_exposure

CENTRE_MINUTES = 3 * 1440.0
FEWEST = 30


@dataclass(frozen=True)
class Estimate:
    """What was learnt of one space (or of alike ones): intensity, answer, and what to say of it.

    `status` is "prior" (nothing learnt), "learning" (price answer still at its prior) or "fitted".
    `notes` are codes of what went otherwise than usual, for the operator; `attrition` says how many
    bookings are cancelled and how many of the others nobody turns up for.
    """

    intensity: Intensity
    answer: Response
    edges: Floats
    requests: int
    notes: tuple[str, ...]
    attrition: Attrition = UNKNOWN

    @property
    def status(self) -> str:
        """Return how far the figures rest on this venue's own data."""
        if self.requests < FEWEST:
            return "prior"
        return "fitted" if self.answer.trust > 0.25 else "learning"

    def level_of(self, seen: float, expected: float) -> DayLevel:
        """Return what `seen` requests say of a date where `expected` were due by now."""
        return on_the_books(seen, expected, self.intensity.spread)

    def demand(self, day: DaySpec, calendar: Calendar, row: int = 0, factor: float = 1.0) -> Demand:
        """Return the demand of `calendar.day[row]`, `factor` from its own books (`level_of`)."""
        usual = Calendar.of(calendar.day[row : row + 1])
        mean = self.intensity.mean(calendar)[row] * factor
        if mean.shape != day.shape:
            raise BadInput("day", None, f"has shape {day.shape}, learnt was {mean.shape}")
        typical = self._demand(day, self.intensity.mean(usual)[0], None)
        return self._demand(day, mean, typical)

    def _demand(self, day: DaySpec, mean: Floats, typical: Demand | None) -> Demand:
        hours = np.asarray(day.lengths) * day.slot_minutes / 60
        middle = (np.arange(day.slots)[:, None] + np.asarray(day.lengths) / 2) / day.slots
        level = self.answer.at_list(features(middle, hours, np.array(CENTRE_MINUTES)))
        leads = (self.edges[:-1] + self.edges[1:]) / 2
        half = np.array(0.5)
        shift = self.answer.at_list(features(half, np.array(1.0), leads))
        shift = shift - self.answer.at_list(features(half, np.array(1.0), np.array(CENTRE_MINUTES)))
        slope = self.answer.slope
        return Demand(
            np.where(day.windows, mean, 0.0),
            level + slope,
            np.full(day.shape, slope),
            self.edges,
            self.intensity.lead_share,
            shift,
            self.answer.slope_sd,
            typical,
            self.status,
        )


def _lead_minutes(day: np.ndarray, start: Ints, made: np.ndarray) -> Floats:
    begins = day.astype("datetime64[m]") + start
    return np.asarray(np.maximum((begins - made).astype(np.int64), 0), dtype=np.float64)


def _answer(events: Quotes, shape: Shape, prior: ResponsePrior, notes: list[str]) -> Response:
    """Learn the answer to prices from events that were offered something; note what was odd."""
    shown = events.pick(events.outcome != UNAVAILABLE)
    middle = (shown.start + shown.length / 2 - shape.opens) / (shape.slots * shape.step)
    x = features(middle, shown.length / 60, _lead_minutes(shown.day, shown.start, shown.at))
    ratio = shown.shown_price / shown.list_price
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        answer = fit_response(x, ratio, (shown.outcome == BOOKED).astype(np.float64), prior)
    names = {"PriorConflict": "prior_conflict", Fallback.__name__: "second_method"}
    notes += sorted({names[w.category.__name__] for w in told if w.category.__name__ in names})
    if len(shown) >= FEWEST and np.ptp(ratio) < 0.01:
        notes.append("prices_never_varied")
    return answer


def _counted(
    day: np.ndarray, start: Ints, length: Ints, calendar: Calendar, shape: Shape
) -> Floats:
    """Count what was asked per day and window; a length between two steps is the longer one."""
    span = -(-length // shape.step)
    return tally(day, shape.slot(start), span, calendar.day, shape.slots, shape.lengths)


def _lost(bookings: Bookings, calendar: Calendar) -> Attrition:
    """What had become of the bookings by the end of the days observed."""
    if not len(calendar.day):
        return UNKNOWN
    return learn(bookings, calendar.day[-1].astype("datetime64[m]") + np.timedelta64(1, "D"))


def estimate(
    bookings: Bookings,
    quotes: Quotes,
    calendar: Calendar,
    shape: Shape,
    believed: Demand,
    *,
    units: Ints | int = 1,
    prior: ResponsePrior | None = None,
    parent: Intensity | None = None,
    half_life: float = 75.0,
    beside: Bookings | None = None,
) -> Estimate:
    """Learn one space from its history over `calendar` (the days observed, ascending).

    `believed` is the prior of an ordinary day (`priors(...).demand`), `units` per day with 0 when
    closed. Empty history: the prior. Every window always sold out: the prior too, and the note
    "nothing_on_offer". The bookings decide what was on offer, the quotes what was asked. `beside`
    are bookings of spaces that share its walls: while one stood, this one was not on offer.
    """
    notes: list[str] = []
    events, shares = demand_events(quotes), believed.shares.mean(axis=0)
    usual = Season(believed.edges, shares)
    exposure = window_exposure(bookings, calendar.day, shape, usual, units, beside)
    answer = _answer(events, shape, prior or ResponsePrior(), notes)
    if len(events):
        day, start, length, made = events.day, events.start, events.length, events.at
        exposure = _wherever_open(exposure, units)
    else:
        day, start, length, made = bookings.day, bookings.start, bookings.length, bookings.made_at
        exposure *= _accepting(answer)
    counts = _counted(day, start, length, calendar, shape)
    exposure = np.where(counts > 0, np.maximum(exposure, 0.02), exposure * bool(counts.any()))
    if not counts.any():
        notes.append("empty_history")
    intensity = fit(
        counts,
        exposure,
        calendar,
        believed.rate,
        parent=parent,
        half_life=half_life,
        lead_counts=_lead_counts(_lead_minutes(day, start, made), believed.edges),
        lead_prior=shares,
    )
    learnt = intensity, answer, believed.edges, int(counts.sum()), tuple(notes)
    return Estimate(*learnt, _lost(bookings, calendar))


def _wherever_open(exposure: Floats, units: Ints | int) -> Floats:
    """Return 1 on open days: a search that found nothing was made, and logged, all the same."""
    opened = np.broadcast_to(np.asarray(units), exposure.shape[:1]) > 0
    return np.where(opened[:, None, None], 1.0, np.zeros_like(exposure))


def _lead_counts(minutes: Floats, edges: Floats) -> Floats:
    """Return how many requests came in each lead class, longer leads in the last."""
    seen = np.histogram(np.clip(minutes, 0, edges[-1] - 1), edges)[0]
    return seen.astype(np.float64)


def _accepting(answer: Response) -> float:
    """Return the share that takes the list price in the middle of the day, as believed."""
    x = features(np.array(0.5), np.array(1.0), np.array(CENTRE_MINUTES))
    return float(answer.accept(x, np.array(1.0)))
