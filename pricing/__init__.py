"""Prices for time-slotted spaces: learn demand, price exactly, explain. No Flask, no database.

The narrow door for an application
----------------------------------
Everything is a table over windows, `[start slot, index of length]`; money is integer cents; a
moment is `minutes_to_open`, the real minutes left before the day's *first slot* (negative once the
day has begun).

Nightly, per space-day::

    prior = pricing.priors("meeting_room", 2500)         # kinds: pricing.KINDS; cents per hour
    lengths = range(1, 17)                               # bookable lengths, in slots
    day = pricing.DaySpec(
        slots=24, slot_minutes=30, lengths=lengths,      # a 23- or 25-hour day has other slots
        list_cents=prior.card(30, lengths, 24),          # or the venue's own card, (24, 16) cents
        units=1, kind="rooms", buffer=0,                 # kind="pool" for desks, buffer in slots
        sellable=True,                                   # or a (24, 16) mask: rules, minimum stay
    )                                                    # floor_cents, ceiling_cents: 0.7, 1.5 list
    demand = prior.demand(day, weekday=1, first_minute=8 * 60)   # or a fitted Demand
    table = pricing.solve_day(day, demand, minutes_to_open=m, keep_minutes=36 * 60)
    tables = pricing.solve_days(days, demands, minutes_to_open=[...])   # the same, on two threads
    blob = table.to_bytes()                              # a few kB; Table.from_bytes(blob)

Live, as look-ups::

    free  bool (24,) for one room; bool (units, 24) for a few alike rooms; int (24,), seats left per
          slot, for a pool. A slot is free when a booking may lie there: buffers around bookings are
          taken, closed hours need no buffer.
    rules = pricing.Rules(round_to_cents=100, member_multiplier=1.0, frozen=False, ...)

    pricing.quote_grid(table, free=free, minutes_to_open=m, rules=rules)
        -> int64 (slots, lengths), cents, -1 where not for sale
    pricing.quote_grids(tables, free=[...], minutes_to_open=[...], rules=rules)
        -> list of such, many space-days in one call (about 20 us each)
    pricing.quote(table, free=free, start=4, length=3, minutes_to_open=m, rules=rules)
        -> Quote: price_cents, steps (code, cents), evidence (code, numbers), inputs (JSON-able),
           model_version, list_cents, displacement_cents
    pricing.replay(table, quote.inputs) == quote
    pricing.neighbours(table, free=free, start=4, length=3, minutes_to_open=m, rules=rules, count=3)
        -> up to `count` (start, cents) of the same length that are cheaper, nearest first

Step codes: base, weekday_hour, season, pace, last_minute, trial, guardrail, member, rounding. They
sum to the price exactly; zero ones are left out, base is always there. Evidence codes: those but
base, member and rounding, and usual, card (static card), locked. Evidence numbers: units,
units_free, day_free_share, requests_to_come, lead_hours, accept_share, displacement_cents.

Learning, per space, before the nightly solve::

    calendar = pricing.Calendar(day, holiday, school, event)   # the days observed, ascending
    # or, from dates alone: from pricing import french; french.calendar(days, zone="C")
    shape = pricing.Shape(opens=480, step=30, slots=24, lengths=tuple(day.lengths), buffer=0)
    found = pricing.estimate(bookings, quotes, calendar, shape, prior.demand(...), units=1)
    demand = found.demand(day, coming_calendar, row)           # found.status, found.notes

`pricing.Bookings` and `pricing.Quotes` are columns (minutes, local time); `units` is per day, 0
when closed. `pricing.history(venue, start, end, seed)` makes a simulated past.

Steering and judging::

    pricing.Plan(policy="auto"|"mean_field"|"fluid"|"card", mix, reward, left, card, trust)
        -> solve_day(..., plan=plan), solve_days(..., plans=[...]); after a booking in a busy pool:
           policy "fluid" and its `left`; trust (`found.answer.trust`): how far to leave the list
    table.varied(pricing.variation(space, day, dayparts, asked_on, slope_sd)) -> a table whose
        prices teach; table.following(prices, free) -> one that limits changes from these
    pricing.posterior(demand) -> the demand, and others it may as well be
    pricing.select(posterior, day, base=plan) -> Selection: winner, plan, card, worth, lead_cents...
    pricing.prospect(day, posterior, table, other, free=..., minutes_to_open=...) -> Prospect: what
        is still to come, and how much more than under the other table
    pricing.trade_off(day, demand) -> points (reward, revenue, occupancy) of the two levers
    pricing.for_occupancy(day, demand, 0.6) -> the dearest pricing that fills 60 %, with its table
    pricing.social_hours(day, windows, share) -> the day with some windows held cheap
    pricing.group_displacement([pricing.Block(table, free, minutes_to_open, start, length, units)])
        -> cents lost by taking the blocks: the least a group should pay
    pricing.value_lost(table, before, after, minutes_to_open) -> the same for any shape of free
    pricing.given_back(share_cents, today_cents) -> cents that come back for a booking: its refund,
        at most what it would cost now, so that cancelling and booking again is no game
    pricing.effect(table, quote, b_sd=demand.b_sd) -> expected gain against the list price, interval
    pricing.assign(bookings, units=..., slots=..., value=table.value[-1]) -> a unit per booking
    pricing.combined, pricing.halls: spaces sold whole or in parts; halls by the half day

Refusals are `BadInput` (a ValueError with `.field`); `NotForSale` (a BadInput) when the window is
taken, closed, too early or too late.

What learns, judges and simulates is loaded at its first use: whoever only quotes does without
scipy's statistics and optimisers (45 MB).
"""

from importlib import import_module
from typing import TYPE_CHECKING

from . import combined, halls
from .data import BadInput, Bookings, PastBooking, Quotes
from .demand import DaySpec, Demand
from .explain import Effect, Prospect, effect, prospect
from .group import Block, Displaced, group_displacement, value_lost
from .guardrails import Rules, given_back
from .nightly import Plan, solve_day, solve_days
from .priors import KINDS, Prior, priors
from .quote import neighbours, quote, quote_grid, quote_grids, replay
from .results import Evidence, NotForSale, Quote, Row, Step, Worth
from .rooms import Blend, assign
from .table import Table

if TYPE_CHECKING:
    from .estimation import Estimate, estimate
    from .forecast import Calendar
    from .levers import for_occupancy, social_hours, trade_off
    from .response import ResponsePrior, variation
    from .selector import Selection, posterior, select
    from .simulate import SpaceSpec, VenueSpec, history, market
    from .unconstrain import Shape

_LATER = {
    "estimation": ("Estimate", "estimate"),
    "forecast": ("Calendar",),
    "levers": ("for_occupancy", "social_hours", "trade_off"),
    "response": ("ResponsePrior", "variation"),
    "selector": ("Selection", "posterior", "select"),
    "simulate": ("SpaceSpec", "VenueSpec", "history", "market"),
    "unconstrain": ("Shape",),
}
_HOME = {name: module for module, names in _LATER.items() for name in names}

__all__ = [
    "KINDS",
    "BadInput",
    "Blend",
    "Block",
    "Bookings",
    "Calendar",
    "DaySpec",
    "Demand",
    "Displaced",
    "Effect",
    "Estimate",
    "Evidence",
    "NotForSale",
    "PastBooking",
    "Plan",
    "Prior",
    "Prospect",
    "Quote",
    "Quotes",
    "ResponsePrior",
    "Row",
    "Rules",
    "Selection",
    "Shape",
    "SpaceSpec",
    "Step",
    "Table",
    "VenueSpec",
    "Worth",
    "assign",
    "combined",
    "effect",
    "estimate",
    "for_occupancy",
    "given_back",
    "group_displacement",
    "halls",
    "history",
    "market",
    "neighbours",
    "posterior",
    "priors",
    "prospect",
    "quote",
    "quote_grid",
    "quote_grids",
    "replay",
    "select",
    "social_hours",
    "solve_day",
    "solve_days",
    "trade_off",
    "value_lost",
    "variation",
]


if not TYPE_CHECKING:  # pragma: no branch

    def __getattr__(name: str) -> object:
        """Load a name of `_LATER` when somebody first asks for it."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = found
        return found
