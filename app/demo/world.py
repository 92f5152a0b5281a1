"""The whole demo in one transaction: either all of it is there, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sqlalchemy import select

from app.accounts import passwords
from app.core import clock, outbox, tenancy
from app.core.db import db
from app.core.slots import local_day
from app.demo import (
    build,
    cast,
    events,
    machines,
    needs,
    past,
    requests,
    tickets,
    today,
    troubles,
)
from app.demo.bank import Bank
from app.demo.build import Built
from app.demo.cast import Venue
from app.rates import rules as rates
from app.tenants.models import Domain, Network, Tenant

NETWORK = ("Réseau Rhizome", "rhizome", "reseau.localhost")
LONE = ("La Grange Ouverte", "grange-ouverte", None)


class NotEmpty(RuntimeError):
    """There are venues here that are not simulated: a demo has no business among them."""


@dataclass(frozen=True)
class Size:
    """How much of a world: days of history, days with solved prices, of
    rooms or of everything, whether the worker then learns the first night, which venues."""

    days: int = 425
    solved: int = 60
    everything: bool = False
    night: bool = True
    venues: tuple[Venue, ...] = (cast.MOULIN, cast.QUAI, cast.VERRIERE)
    lone: Venue | None = cast.GRANGE
    seed: int = 12


def is_there() -> bool:
    """Whether the demo was built before. Refuses a database with venues that are not simulated."""
    networks = set(db.session.scalars(select(Domain.network_id)))
    names = set()
    for network_id in networks:
        with tenancy.network(network_id):
            if db.session.scalars(select(Tenant.id).where(~Tenant.simulated).limit(1)).first():
                raise NotEmpty("this database holds venues that are not simulated")
            names.add(db.session.scalars(select(Network.slug)).one())
    return NETWORK[1] in names


def make(size: Size, bank: Bank, tell: Callable[[str], object] = str) -> list[Built]:
    """Build it all. The caller commits."""
    dice, now = Random(size.seed), clock.now()  # a world, not a secret
    sealed = passwords.seal(cast.PASSWORD)
    home = build.network(*NETWORK, {"theme": "calque"})
    build.operator(home, sealed)
    places = [(home, venue) for venue in size.venues]
    if size.lone:
        places.append((build.network(*LONE, {}), size.lone))
    made = []
    for network_id, venue in places:
        built = build.raise_venue(network_id, venue, sealed, dice)
        bank.open_account(build.stripe_account(venue), venue.name, f"{venue.slug}@example.org")
        with tenancy.tenant(built.tenant_id, network_id):
            count = past.write(built, size.days, now, dice, bank)
            _solve(built, now, size)
            today.enliven(built, now, dice)
            machines.furnish(built, now)
            invited = events.invite(built, now)
            needs.lay_out(built, invited)
            tickets.sell(built, invited, now, bank)
            troubles.befall(built, now)
            requests.ask(built, now)
            db.session.flush()  # written while the tenant is entered
        tell(f"{venue.name}: {count} bookings")
        made.append(built)
    return made


def _solve(built: Built, now: dt.datetime, size: Size) -> None:
    """Rooms have their tables at once; the worker solves the larger pools when it wakes, and
    until then a page solves the day that it shows."""
    first = local_day(now, built.spaces[0].site.zone)
    for space in built.spaces:
        if space.kind == "meeting_room" or size.everything:
            rates.solve(space, first, first + dt.timedelta(days=size.solved))
    if size.night:
        outbox.defer("rates.solve_tenant")
