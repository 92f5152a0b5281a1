"""The manager's word on how prices move: what they aim at, how far and how fast they may go.

Pure thought over `Space.steering`; nothing here reads the database. The band (floor, ceiling), the
rounding and the freeze are columns of the space, since the public sees them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pricing
from app.core.errors import Refused
from app.core.i18n import _
from app.rates.days import SpaceDay
from app.spaces.models import Space

REVENUE, OCCUPANCY, BLEND = GOALS = ("revenue", "occupancy", "blend")
NO_LIMIT = 10.0  # as `pricing.Rules` says it
DAY = 1440
ON_SPACE = ("floor_percent", "ceiling_percent", "rounding_cents", "pricing")


@dataclass(frozen=True)
class SocialHours:
    """Hours held cheap on purpose: weekdays from Monday 0, wall-clock minutes, percent of list."""

    weekdays: tuple[int, ...]
    opens: int
    closes: int
    percent: int

    def __post_init__(self) -> None:
        """Refuse hours that are none, and a price that is none or above the list."""
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise Refused(_("Choisissez au moins un jour de la semaine."), field="sociales")
        if not 0 <= self.opens < self.closes <= DAY:
            raise Refused(_("La fin de ces heures vient après leur début."), field="sociales")
        if not 10 <= self.percent <= 100:
            raise Refused(_("De 10 à 100 %% du tarif de base."), field="sociales")

    def covers(self, one: SpaceDay) -> NDArray[np.bool_]:
        """The windows of a day that lie inside these hours, (slots, lengths)."""
        if one.day.weekday() not in self.weekdays:
            return np.zeros((one.slots, len(one.lengths)), dtype=bool)
        begin = np.asarray(one.minutes)
        lengths = np.asarray(one.lengths) * one.space.step_minutes
        inside: NDArray[np.bool_] = (begin >= self.opens)[:, None] & (
            begin[:, None] + lengths <= self.closes
        )
        return inside


@dataclass(frozen=True)
class Steering:
    """How one space is steered. Percentages are whole; `daily` 0 is no limit, `step` 0 no grid."""

    goal: str = REVENUE
    at_least: int = 50
    social: tuple[SocialHours, ...] = ()
    step: int = 0
    daily: int = 10
    no_drop: bool = True
    explore: bool = True
    ask_first: bool = False

    def __post_init__(self) -> None:
        """Refuse what no price could obey."""
        if self.goal not in GOALS:
            raise Refused(_("Cet objectif n’existe pas."), field="objectif")
        for name, value, low, high in (
            ("occupation", self.at_least, 1, 100),
            ("pas", self.step, 0, 25),
            ("par-jour", self.daily, 0, 100),
        ):
            if not low <= value <= high:
                raise Refused(
                    _("Un nombre entier de %(low)d à %(high)d.", low=low, high=high), field=name
                )

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be kept with the space."""
        return asdict(self)

    @property
    def rules(self) -> dict[str, Any]:
        """What `pricing.Rules` must know of it, the same for all days of a space."""
        return {
            "step_ratio": self.step / 100,
            "daily_change": self.daily / 100 if self.daily else NO_LIMIT,
            "no_drop_minutes": DAY if self.no_drop else 0,
            "vary": self.explore,
        }

    def held(self, day: pricing.DaySpec, one: SpaceDay) -> pricing.DaySpec:
        """The day with its social hours held under their share of the list."""
        for hours in self.social:
            covered = hours.covers(one)
            if covered.any():
                day = pricing.social_hours(day, covered, hours.percent / 100)
        return day


PLAIN = Steering()


def read(said: Mapping[str, Any]) -> Steering:
    """What was kept, back; what it does not say is as by default."""
    if not said:
        return PLAIN
    hours = tuple(
        SocialHours(tuple(h["weekdays"]), h["opens"], h["closes"], h["percent"])
        for h in said.get("social", ())
    )
    known = {name: said[name] for name in asdict(PLAIN) if name in said and name != "social"}
    return replace(PLAIN, **known, social=hours)


def of(space: Space) -> Steering:
    """How a space is steered now."""
    return read(space.steering)


def in_force(space: Space) -> dict[str, Any]:
    """All that a change may change, as it is now: to be kept, and to be gone back to."""
    return {"steering": space.steering} | {name: getattr(space, name) for name in ON_SPACE}


@lru_cache(maxsize=64)
def dayparts(minutes: tuple[int, ...]) -> tuple[int, ...]:
    """Morning, afternoon or evening of each slot: prices vary together within each."""
    return tuple(0 if minute < 12 * 60 else 1 if minute < 18 * 60 else 2 for minute in minutes)


def varied(table: pricing.Table, one: SpaceDay, today: dt.date, slope_sd: float) -> pricing.Table:
    """The table with this week's variation, the same for everybody; none where it is off."""
    if not of(one.space).explore:
        return table
    parts = dayparts(one.minutes)
    return table.varied(pricing.variation(one.space.id, one.day, parts, today, slope_sd))


def goal_words(steering: Steering) -> str:
    """What prices aim at, in a few words."""
    return {
        REVENUE: _("Le plus de recette"),
        OCCUPANCY: _("Le plus d’occupation"),
        BLEND: _("Le plus de recette, avec au moins %(n)d %% d’occupation", n=steering.at_least),
    }[steering.goal]


def social_words(hours: SocialHours) -> str:
    """`mar., jeu. 08:00 – 10:00, au plus 60 % du tarif`."""
    names = (
        _("lun."), _("mar."), _("mer."), _("jeu."), _("ven."), _("sam."), _("dim."),
    )  # fmt: skip
    days = ", ".join(names[day] for day in hours.weekdays)
    clock = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in (hours.opens, hours.closes)]
    return _(
        "%(days)s %(opens)s – %(closes)s, au plus %(n)d %% du tarif de base",
        days=days,
        opens=clock[0],
        closes=clock[1],
        n=hours.percent,
    )
