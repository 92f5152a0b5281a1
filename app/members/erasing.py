"""Somebody asks to be forgotten (GDPR, article 17): asked, confirmed, undone, or done in its time.

An account is forgotten by every venue of its network, a guest by the one venue that knows them.
Seven days lie between the confirmation and the deed; signing in, or the link of the letter, takes
the wish back. Nobody is forgotten while something is still to come or to pay: the list says what,
and is asked again at the last moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from app.accounts import sessions, team
from app.accounts.models import Account, Grant, NetworkGrant
from app.accounts.sessions import digest
from app.core import audit, clock, tenancy
from app.core.db import db
from app.core.errors import Gone, Refused
from app.core.i18n import _
from app.core.signals import publish
from app.core.words import token as fresh_token
from app.members.facts import LeavingAsked, Obstacle
from app.members.models import WAITING, Erasure, Person
from app.tenants.models import Tenant
from app.tenants.resolve import public_url

LETTER = "members.erasure_letter"
GRACE = dt.timedelta(days=7)
LINK = dt.timedelta(hours=24)  # how long a letter's link confirms; undoing it stays possible


class StillNeeded(Refused):
    """Something is to come, to pay or to give back; `found` says what and where to end it."""

    status = 409
    code = "still_needed"

    def __init__(self, found: Sequence[Obstacle]) -> None:
        super().__init__(_("Quelque chose est encore en cours : voyez la liste."))
        self.found = found


class NoSuchWish(Gone):
    """The link was never given, has been used, or is too old."""

    code = "no_such_wish"

    def __init__(self) -> None:
        super().__init__(
            _("Ce lien ne sert plus : la demande est trop ancienne, annulée ou déjà faite.")
        )


# ── what stands in the way ────────────────────────────────────────────────────────────────────


def venues(network_id: int) -> Sequence[Tenant]:
    """The venues of a network, which only the network sees together."""
    with tenancy.network(network_id):
        return db.session.scalars(
            select(Tenant).where(Tenant.network_id == network_id).order_by(Tenant.id)
        ).all()


def _is_theirs(account: Account) -> ColumnElement[bool]:
    """Who this account is at the entered venue: linked to it, or a guest of its proved address."""
    guest = Person.account_id.is_(None) & (Person.email == account.email)
    return (Person.tenant_id == tenancy.tenant_id()) & ((Person.account_id == account.id) | guest)


def people_of(account: Account) -> Sequence[Person]:
    """The rows of this account at the entered venue."""
    return db.session.scalars(select(Person).where(_is_theirs(account)).order_by(Person.id)).all()


def in_the_way_of(person_id: int) -> list[Obstacle]:
    """What a person of the entered venue still has to end there."""
    asked = LeavingAsked(person_id)
    publish(asked)
    return asked.found


def in_the_way(account: Account) -> list[Obstacle]:
    """What an account still has to end, in all venues of its network, and the roles that only
    somebody else can take over."""
    found: list[Obstacle] = []
    runs = select(NetworkGrant.id).where(NetworkGrant.account_id == account.id)
    if db.session.scalar(runs) is not None:
        said = _("Vous supervisez le réseau : demandez qu’on vous retire d’abord ce rôle.")
        found.append(Obstacle(said))
    here = tenancy.current().tenant_id
    for venue in venues(account.network_id):
        with tenancy.tenant(venue.id, account.network_id):
            found += _only_owner(account, venue)
            for person in people_of(account):
                known = in_the_way_of(person.id)
                elsewhere = "" if venue.id == here else f"{venue.name} : "
                found += [Obstacle(elsewhere + one.text, one.url) for one in known]
            db.session.flush()  # what a hearer wrote belongs to this venue
    return found


def _only_owner(account: Account, venue: Tenant) -> list[Obstacle]:
    owners = db.session.scalars(
        select(Grant.account_id).where(Grant.tenant_id == venue.id, Grant.role == "owner")
    ).all()
    if list(owners) != [account.id]:
        return []
    said = _(
        "Vous êtes le dernier propriétaire de %(venue)s : nommez-en un autre d’abord.",
        venue=venue.name,
    )
    return [Obstacle(said, public_url("/gestion/equipe"))]


# ── the wish ──────────────────────────────────────────────────────────────────────────────────


def waiting_of(account_id: int) -> Erasure | None:
    """The confirmed wish of an account, while its days run."""
    return db.session.scalars(
        select(Erasure).where(Erasure.account_id == account_id, WAITING)
    ).one_or_none()


def waiting_of_person(person_id: int) -> Erasure | None:
    """The same of a guest of the entered venue."""
    return db.session.scalars(
        select(Erasure).where(
            Erasure.person_id == person_id, Erasure.tenant_id == tenancy.tenant_id(), WAITING
        )
    ).one_or_none()


def ask(
    way: str, *, account_id: int | None = None, person_id: int | None = None, by: int | None = None
) -> tuple[Erasure, str]:
    """Write a wish down and give the secret of its letter. Nothing happens before `confirm`."""
    secret = fresh_token()
    made = Erasure(
        tenant_id=tenancy.tenant_id() if person_id is not None else None,
        account_id=account_id,
        person_id=person_id,
        way=way,
        token_hash=digest(secret),
        by_account=by,
        asked_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()  # id for its letter
    return made, secret


def behind(secret: str) -> Erasure:
    """The wish of a letter, here; refuses with `NoSuchWish`."""
    found = db.session.scalars(
        select(Erasure).where(
            Erasure.token_hash == digest(secret),
            Erasure.stopped_at.is_(None),
            Erasure.done_at.is_(None),
        )
    ).one_or_none()
    if found is None or (found.confirmed_at is None and clock.now() > found.asked_at + LINK):
        raise NoSuchWish
    return found


def confirm(one: Erasure) -> Erasure:
    """From now on the days run. Every session of an account ends. Refuses with `StillNeeded`;
    a second wish of the same person is the first one again."""
    known = (
        waiting_of(one.account_id)
        if one.account_id is not None
        else waiting_of_person(one.person_id or 0)
    )
    if known is not None:
        return known
    if found := in_the_way_of_wish(one):
        raise StillNeeded(found)
    now = clock.now()
    one.confirmed_at, one.due_at = now, now + GRACE
    if one.account_id is not None:
        sessions.revoke_sessions(one.account_id)
        audit.note("account.leaving", f"account:{one.account_id}", actor_id=one.account_id)
    else:
        audit.note("person.leaving", f"person:{one.person_id}", actor_id=one.by_account)
    return one


def in_the_way_of_wish(one: Erasure) -> list[Obstacle]:
    """What stands in the way of a wish."""
    if one.account_id is None:
        return in_the_way_of(one.person_id or 0)
    return in_the_way(db.session.get_one(Account, one.account_id))


def undo(one: Erasure, *, by: int | None) -> None:
    """Take a wish back, confirmed or not."""
    one.stopped_at = clock.now()
    subject = f"account:{one.account_id}" if one.account_id else f"person:{one.person_id}"
    audit.note("erasure.undone", subject, actor_id=by)


def came_back(account_id: int) -> bool:
    """Signing in takes the wish back; whether there was one."""
    found = waiting_of(account_id)
    if found is not None:
        undo(found, by=account_id)
    return found is not None


def is_staff(account: Account) -> bool:
    """Whether this account works at a venue of its network."""
    for venue in venues(account.network_id):
        with tenancy.tenant(venue.id, account.network_id):
            if team.role_of(account.id) is not None:
                return True
    return False
