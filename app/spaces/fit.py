"""Whether a wish respects the rules of a space, and in which words it does not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.core.errors import Refused
from app.core.i18n import _, clock_range, day_name
from app.core.slots import Interval, local_day
from app.spaces.calendar import Hours
from app.spaces.models import Space


class Unfit(Refused):
    """The wish breaks a rule of the space; the text says which one."""

    code = "unfit"


@dataclass(frozen=True)
class Wish:
    """What somebody asks for: an interval, people, and as whom."""

    interval: Interval
    people: int
    audience: str = "public"

    @property
    def audiences(self) -> tuple[str, ...]:
        """Members may book what the public may; staff may book everything."""
        order = ("public", "members", "staff")
        return order[: order.index(self.audience) + 1]


def seats(space: Space, units: int) -> int:
    """How many people fit: a pool seats `capacity` on each of its units."""
    return space.capacity * units if space.takes == "any" else space.capacity


def quantity_for(space: Space, people: int) -> int:
    """Units that a group takes: all of a whole, else as many as it needs."""
    return 1 if space.takes == "all" else -(-people // space.capacity)


def check(space: Space, wish: Wish, hours: Hours, units: int, now: dt.datetime) -> None:
    """Refuse with `Unfit` the first rule that the wish breaks; say nothing when it fits."""
    _check_people(space, wish, units)
    _check_length(space, wish.interval.minutes)
    _check_when(space, wish, now)
    _check_open(space, wish.interval, hours)


def _check_people(space: Space, wish: Wish, units: int) -> None:
    if space.retired_at is not None or space.audience not in wish.audiences:
        raise Unfit(_("Cet espace n’est pas ouvert à la réservation."))
    if not 1 <= wish.people <= seats(space, units):
        raise Unfit(_("Cet espace accueille au plus %(n)d personnes.", n=seats(space, units)))


def _check_length(space: Space, minutes: int) -> None:
    if minutes % space.step_minutes:
        raise Unfit(_("La durée se choisit par pas de %(n)d minutes.", n=space.step_minutes))
    if not space.min_minutes <= minutes <= space.max_minutes:
        raise Unfit(
            _(
                "La durée va de %(low)d à %(high)d minutes.",
                low=space.min_minutes,
                high=space.max_minutes,
            )
        )


def _check_when(space: Space, wish: Wish, now: dt.datetime) -> None:
    if wish.audience == "staff":
        return
    start = wish.interval.start
    if start < now + dt.timedelta(minutes=space.lead_minutes):
        raise Unfit(_("Cette heure est passée, ou trop proche pour être préparée."))
    if start > now + dt.timedelta(days=space.horizon_days):
        raise Unfit(_("On réserve ici jusqu’à %(n)d jours à l’avance.", n=space.horizon_days))


def _check_open(space: Space, interval: Interval, hours: Hours) -> None:
    zone = space.site.zone
    day = local_day(interval.start, zone)
    windows = hours.windows(space, day)
    for window in windows:
        if window.contains(interval):
            offset = Interval(window.start, interval.end).minutes - interval.minutes
            if offset % space.step_minutes:
                raise Unfit(_("On commence ici toutes les %(n)d minutes.", n=space.step_minutes))
            return
    if not windows:
        why = hours.reason(space, day)
        closed = _("Fermé le %(day)s", day=day_name(day))
        raise Unfit(f"{closed} ({why})." if why else f"{closed}.")
    open_text = ", ".join(str(clock_range(w.start, w.end, zone).striptags()) for w in windows)
    raise Unfit(_("Ouvert le %(day)s de %(hours)s.", day=day_name(day), hours=open_text))
