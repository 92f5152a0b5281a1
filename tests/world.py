"""The people and places of every test: two tenants side by side and a stranger elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from flask import current_app
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Grant, NetworkGrant
from app.config import Settings
from app.core import clock, slots, tenancy
from app.core.db import db
from app.core.words import slug
from app.members.models import Person
from app.spaces.calendar import public_holidays
from app.spaces.models import Composition, Opening, Site, Space, Unit
from app.tenants.models import Appearance, Domain, Network, Tenant

PASSWORD = "un mot de passe assez long"


@dataclass(frozen=True)
class Venue:
    """One tenant of the world: ids only, so that no row outlives its session."""

    id: int
    network_id: int
    host: str
    site: int
    room: int
    hall: int
    half: int
    pool: int

    def entered(self):
        """Its scope."""
        return tenancy.tenant(self.id, self.network_id)


@dataclass(frozen=True)
class World:
    """Alice owns A, Bob is its front desk, Carla a coworker; Dora owns B; Oscar runs the network;
    Stranger owns a lone venue of another network."""

    network_id: int
    network_host: str
    other_network_id: int
    a: Venue
    b: Venue
    stranger: Venue
    people: dict[str, int]
    carla_person: int


def build() -> World:
    """Write the world for good, once per database, through the owner role."""
    settings: Settings = current_app.config["SETTINGS"]
    engine = create_engine(settings.owner_database_url)
    with Session(engine) as s:
        network = _network(s, "Réseau Rhizome", "rhizome", "reseau.localhost")
        other = _network(s, "Ailleurs", "ailleurs", None)
        people = {
            name: _account(s, network, name) for name in ("alice", "bob", "carla", "dora", "oscar")
        }
        people["stranger"] = _account(s, other, "stranger")
        a = make_venue(s, network, "Le Moulin Neuf", "a", "etabli", "#005a42")
        b = make_venue(s, network, "Quai 12", "b", "calque", "#1a3bc5")
        lone = make_venue(s, other, "La Grange", "stranger", "etabli", "#7a2e5d")
        for venue, name, role in (
            (a, "alice", "owner"),
            (a, "bob", "front_desk"),
            (b, "dora", "owner"),
            (lone, "stranger", "owner"),
        ):
            s.add(
                Grant(
                    tenant_id=venue.id,
                    network_id=venue.network_id,
                    account_id=people[name],
                    role=role,
                )
            )
        s.add(NetworkGrant(network_id=network, account_id=people["oscar"], role="operator"))
        carla = Person(
            tenant_id=a.id,
            network_id=network,
            account_id=people["carla"],
            email="carla@example.org",
            name="Carla Roux",
            search="carla roux carla@example.org",
            standing="member",
        )
        s.add(carla)
        s.flush()
        made = World(network, "reseau.localhost", other, a, b, lone, people, carla.id)
        s.commit()
    engine.dispose()
    return made


def _network(s: Session, name: str, slug: str, host: str | None) -> int:
    network = Network(name=name, slug=slug, settings={})
    s.add(network)
    s.flush()
    if host:
        s.add(
            Domain(
                host=host,
                network_id=network.id,
                canonical=True,
                verified_at=dt.datetime.now(dt.UTC),
            )
        )
    return network.id


def _account(s: Session, network_id: int, name: str) -> int:
    account = Account(
        network_id=network_id,
        email=f"{name}@example.org",
        name=name.capitalize(),
        password_hash=PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD),
        email_verified_at=dt.datetime.now(dt.UTC),
        settings={},
    )
    s.add(account)
    s.flush()
    return account.id


def make_venue(s: Session, network_id: int, name: str, slug: str, theme: str, brand: str) -> Venue:
    tenant = Tenant(network_id=network_id, name=name, slug=slug, state="live", legal={}, copy={})
    s.add(tenant)
    s.flush()
    owned = {"tenant_id": tenant.id}
    host = f"{slug}.localhost"
    s.add(
        Domain(
            host=host,
            network_id=network_id,
            tenant_id=tenant.id,
            canonical=True,
            verified_at=dt.datetime.now(dt.UTC),
        )
    )
    s.add(
        Appearance(
            **owned,
            version=1,
            theme=theme,
            brand=brand,
            texts={},
            published_at=dt.datetime.now(dt.UTC),
        )
    )
    site = Site(
        **owned,
        name=name,
        slug="principal",
        street="14 quai des Meuniers",
        postcode="38000",
        city="Grenoble",
        access={},
        plan={},
    )
    s.add(site)
    s.flush()
    s.add_all(
        Opening(**owned, site_id=site.id, weekday=day, opens=8 * 60, closes=20 * 60)
        for day in range(6)
    )
    room = make_space(s, site, "Salle Curie", "meeting_room", capacity=6, base_cents=1800)
    half = make_space(s, site, "Demi-halle est", "event_hall", capacity=40, base_cents=4000)
    west = make_space(s, site, "Demi-halle ouest", "event_hall", capacity=40, base_cents=4000)
    hall = make_space(
        s, site, "Grande halle", "event_hall", capacity=80, base_cents=7000, takes="all"
    )
    pool = make_space(s, site, "Plateau", "desk_pool", capacity=1, base_cents=400)
    make_units(s, room, 1)
    halves = make_units(s, half, 1) + make_units(s, west, 1)
    for unit in halves:
        unit.cluster = halves[0].id
    s.add_all(Composition(**owned, space_id=hall.id, unit_id=u.id) for u in halves)
    make_units(s, pool, 7)
    s.flush()
    return Venue(tenant.id, network_id, host, site.id, room.id, hall.id, half.id, pool.id)


def make_space(s: Session, site: Site, name: str, kind: str, **rules) -> Space:
    space = Space(
        tenant_id=site.tenant_id,
        site_id=site.id,
        kind=kind,
        name=name,
        slug=slug(name),
        accessibility={},
        **rules,
    )
    s.add(space)
    s.flush()
    return space


def make_units(s: Session, space: Space, count: int) -> list[Unit]:
    made = [
        Unit(
            tenant_id=space.tenant_id,
            site_id=space.site_id,
            cluster=0,
            name=f"{space.name} {n + 1}" if count > 1 else space.name,
        )
        for n in range(count)
    ]
    s.add_all(made)
    s.flush()
    for n, unit in enumerate(made):
        unit.cluster = made[0].id
        s.add(
            Composition(tenant_id=space.tenant_id, space_id=space.id, unit_id=unit.id, position=n)
        )
    return made


def tomorrow(hour: int = 10, *, days: int = 1) -> dt.datetime:
    """An hour of a coming open day, on the venues' wall clock."""
    zone = ZoneInfo("Europe/Paris")
    day = slots.local_day(clock.now(), zone) + dt.timedelta(days=days)
    while day.weekday() == 6 or day in public_holidays("FR", None, day.year):
        day += dt.timedelta(days=1)
    return slots.at(day, hour * 60, zone)


def space(space_id: int) -> Space:
    """A space of the entered tenant."""
    return db.session.scalars(select(Space).where(Space.id == space_id)).one()
