"""The venues themselves, built as an operator builds them: host, looks, people, rooms, week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import select, text

from app.accounts import rules as accounts
from app.accounts import team
from app.accounts.models import Account, NetworkGrant
from app.core import clock, tenancy
from app.core.db import db
from app.core.words import slug
from app.demo import billing, cast, marks, plans, shop
from app.demo.billing import Firm
from app.demo.cast import Room, Venue
from app.members.models import Person
from app.members.rules import describe, person_by_email, person_for
from app.payments.models import PaymentAccount, PaymentRoute
from app.spaces import build
from app.spaces.models import Space
from app.tenants.models import Appearance, Domain, Network, Tenant


@dataclass(frozen=True)
class Built:
    """A venue that stands: its tenant, and its spaces in the order of its rooms."""

    venue: Venue
    tenant_id: int
    network_id: int
    spaces: list[Space]
    people: Sequence[Person]
    firm: Firm


def network(name: str, word: str, host: str | None, looks: dict[str, str]) -> int:
    """A network, with a host of its own when it oversees several venues."""
    found = db.session.execute(
        text("select nextval(pg_get_serial_sequence('network', 'id'))")
    ).scalar_one()
    with tenancy.network(found):
        settings = {"appearance": looks, "simulated": True}
        db.session.add(Network(id=found, name=name, slug=word, settings=settings))
        db.session.flush()  # before the host that points to it
        if host:
            db.session.add(
                Domain(host=host, network_id=found, canonical=True, verified_at=clock.now())
            )
            db.session.flush()  # written while the network is entered
    return int(found)


def operator(network_id: int, sealed: str) -> None:
    """The person who oversees the network."""
    with tenancy.network(network_id):
        name, word = cast.OPERATOR
        who = accounts.create(f"{word}@example.org", name, sealed, "fr")
        db.session.add(NetworkGrant(account_id=who.id))
        db.session.flush()  # written while the network is entered


def tenant(network_id: int, venue: Venue) -> Tenant:
    """The tenant and its host, written as the network writes them."""
    with tenancy.network(network_id):
        made = Tenant(
            network_id=network_id,
            name=venue.name,
            slug=venue.slug,
            state="live",
            simulated=True,
            reply_to=f"bonjour@{venue.slug}.example.org",
            phone="04 00 00 00 00",
            member_percent=90,
            legal=billing.legal(venue),
            copy={},
        )
        db.session.add(made)
        db.session.flush()  # id for its host
        db.session.add(
            Domain(
                host=f"{venue.slug}.localhost",
                network_id=network_id,
                tenant_id=made.id,
                canonical=True,
                verified_at=clock.now(),
            )
        )
        db.session.flush()  # written while the network is entered
    return made


def raise_venue(network_id: int, venue: Venue, sealed: str, dice: Random) -> Built:
    """Everything of a venue but its past."""
    made = tenant(network_id, venue)
    with tenancy.tenant(made.id, network_id):
        _looks(venue)
        _team(venue, sealed)
        _paid(venue, made)
        spaces = _rooms(venue)
        people = _people(venue, sealed, dice)
        db.session.flush()  # ids for the seats of a company
        billing.profile(venue)
        firm = billing.firm(people)
        shop.stock()
        db.session.flush()  # written while the tenant is entered
    return Built(venue, made.id, network_id, spaces, people, firm)


def _looks(venue: Venue) -> None:
    now = clock.now()
    mark = marks.keep(venue)
    texts = {"booking_title": venue.title, "voice": venue.voice}
    for version, days, brand in ((1, 400, "#3a5a78"), (2, 90, venue.brand)):
        db.session.add(
            Appearance(
                version=version,
                theme=venue.theme,
                brand=brand,
                accent=venue.accent if version == 2 else None,
                texts=texts,
                logo_file=mark if version == 2 else None,
                created_at=now - dt.timedelta(days=days),
                published_at=now - dt.timedelta(days=days),
            )
        )


def login(name: str, word: str, sealed: str) -> Account:
    """An account of the network, made at the first need."""
    email = f"{word}@example.org"
    return accounts.account_of(email) or accounts.create(email, name, sealed, "fr")


def _team(venue: Venue, sealed: str) -> None:
    for name, word, role in venue.staff:
        team.grant(login(name, word, sealed).id, role, by=None)


def _paid(venue: Venue, made: Tenant) -> None:
    account = stripe_account(venue)
    db.session.add(PaymentAccount(stripe_account=account, ready=True, card=True, sepa_debit=True))
    db.session.add(
        PaymentRoute(stripe_account=account, tenant_id=made.id, network_id=made.network_id)
    )


def stripe_account(venue: Venue) -> str:
    """The connected account of a venue at the fake Stripe."""
    return f"acct_demo_{venue.slug}"


def _rooms(venue: Venue) -> list[Space]:
    where = build.site(
        venue.name,
        venue.week,
        street=venue.street,
        postcode=venue.postcode,
        city=venue.town,
        access={"lines": venue.lines, "door": "Code à l’interphone, donné la veille"},
        plan=plans.drawn(venue),
    )
    made: dict[str, Space] = {}
    for position, room in enumerate(venue.rooms):
        facts = _facts(venue, room) | {"position": position}
        if room.parts:
            parts = [made[name] for name in room.parts]
            made[room.name] = build.whole(where, room.name, room.kind, parts, **facts)
        else:
            made[room.name] = build.space(where, room.name, room.kind, units=room.units, **facts)
    db.session.flush()  # rows before their site is read through them
    ids = [space.id for space in made.values()]
    return list(db.session.scalars(select(Space).where(Space.id.in_(ids)).order_by(Space.position)))


def _facts(venue: Venue, room: Room) -> dict[str, object]:
    step_free = room.floor != "Étage" or venue.slug != "grange"
    return {
        "floor": room.floor,
        "description": {"fr": room.words} if room.words else {},
        "capacity": room.capacity,
        "equipment": list(room.equipment),
        "accessibility": {"wheelchair": step_free, "toilets": True},
        "base_cents": room.base,
        "door_code": venue.door,
        **room.rules,
    }


def _people(venue: Venue, sealed: str, dice: Random) -> list[Person]:
    """Whom the venue knows: regulars who are members, companies on account, guests, two logins."""
    found = []
    for number in range(48):
        name = f"{dice.choice(cast.FIRST)} {dice.choice(cast.LAST)}".replace("_", " ")
        email = f"{slug(name)}-{venue.slug}-{number}@example.org"
        person = person_by_email(email, name, locale="fr")
        if number < len(cast.COMPANIES):
            describe(person, name=name, organisation=cast.COMPANIES[number])
            person.standing = "on_account"
        elif number < 28:
            person.standing = "member"
        found.append(person)
    for name, word in cast.COWORKERS:
        person = person_for(login(name, word, sealed).id)
        person.standing = "member"
        found.insert(10, person)
    return found
