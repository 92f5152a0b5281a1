"""The people a venue knows: guests by their e-mail, members by their account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ARRAY, Text, any_, bindparam, case, select

from app.accounts.addresses import mail_address
from app.accounts.models import Account
from app.core import bulk, tenancy
from app.core.db import db, insert_once
from app.core.errors import Refused
from app.core.i18n import _
from app.core.mail import NOBODY
from app.core.words import fold
from app.members.models import Person


class NoName(Refused):
    """A person needs a name."""

    code = "no_name"


def _search(name: str, email: str, organisation: str | None) -> str:
    """What people are found by."""
    return fold(f"{name} {email} {organisation or ''}")


def _name(raw: str) -> str:
    name = " ".join(raw.split())
    if not 1 <= len(name) <= 120:
        raise NoName(_("Indiquez un nom, en 120 caractères au plus."), field="name")
    return name


KNOWN = select(Person).where(
    Person.email == bindparam("email"), Person.tenant_id == bindparam("tenant")
)
MEET = insert_once(
    Person,
    *("tenant_id", "network_id", "email", "name", "search", "phone", "organisation", "locale"),
)


def known(email: str) -> Person | None:
    """The person of an address at the entered venue."""
    asked = {"email": email, "tenant": tenancy.tenant_id()}
    return db.session.scalars(KNOWN, asked).one_or_none()


def person(person_id: int) -> Person | None:
    """A person of the entered venue by id; None for another venue's."""
    return db.session.scalars(
        select(Person).where(Person.id == person_id, Person.tenant_id == tenancy.tenant_id())
    ).one_or_none()


def person_by_email(
    email: str,
    name: str,
    *,
    phone: str | None = None,
    organisation: str | None = None,
    locale: str = "fr",
) -> Person:
    """The person of this address, written as a guest when the venue does not know it yet.

    Anybody can type an address: what the venue knows of a person is never changed here.
    """
    address, name = mail_address(email), _name(name)
    if (found := known(address)) is not None:
        return found
    values = {
        "tenant_id": tenancy.tenant_id(),
        "network_id": tenancy.current().network_id,
        "email": address,
        "name": name,
        "search": _search(name, address, organisation),
        "phone": phone,
        "organisation": organisation,
        "locale": locale,
    }
    db.session.execute(MEET, values)
    return db.session.scalars(KNOWN, {"email": address, "tenant": values["tenant_id"]}).one()


def _guest(address: str, name: str) -> dict[str, object]:
    """A row of somebody of whom no more is known."""
    return {
        "network_id": tenancy.current().network_id,
        "email": address,
        "name": name,
        "search": _search(name, address, None),
    }


ALL_KNOWN = select(Person.email, Person.id).where(
    Person.email == any_(bindparam("emails", type_=ARRAY(Text))),
    Person.tenant_id == bindparam("tenant"),
)


def people_by_email(names: Mapping[str, str]) -> dict[str, int]:
    """The same for many addresses, already folded, with their names; the ids of all of them."""
    bulk.write(
        Person,
        [_guest(address, _name(name)) for address, name in sorted(names.items())],
        once=True,
    )
    asked = {"emails": list(names), "tenant": tenancy.tenant_id()}
    return {email: int(id_) for email, id_ in db.session.execute(ALL_KNOWN, asked)}


OF_ACCOUNT = (
    select(Person)
    .where(Person.account_id == bindparam("account"), Person.tenant_id == bindparam("tenant"))
    .order_by(Person.id)
    .limit(1)
)


def of_account(account_id: int) -> Person | None:
    """The person that an account is at the entered venue."""
    asked = {"account": account_id, "tenant": tenancy.tenant_id()}
    return db.session.scalars(OF_ACCOUNT, asked).one_or_none()


def is_forgotten(one: Person) -> bool:
    """Whether this row is what is left of somebody."""
    return one.email.endswith(NOBODY)


def link_account(guest: Person, account: Account) -> None:
    """A guest's e-mail was proved: their bookings are the account's from now on. Refuses another
    address, and a person who is somebody's already."""
    if guest.account_id == account.id:
        return
    if (
        guest.account_id is not None
        or guest.email != account.email
        or account.email_verified_at is None
    ):
        raise Refused(_("Cette personne et ce compte n’ont pas la même adresse prouvée."))
    guest.account_id = account.id


def person_for(account_id: int) -> Person:
    """The person that an account is here: known, or the guest of its proved address, or new."""
    if (found := of_account(account_id)) is not None:
        return found
    account = db.session.scalars(select(Account).where(Account.id == account_id)).one()
    guest = person_by_email(account.email, account.name, locale=account.locale)
    link_account(guest, account)
    return guest


def describe(
    who: Person,
    *,
    name: str,
    phone: str | None = None,
    organisation: str | None = None,
    siren: str | None = None,
    notes: str | None = None,
) -> None:
    """Write what the venue knows of a person; the e-mail stays, it is who they are."""
    who.name = _name(name)
    who.phone, who.organisation = phone or None, organisation or None
    who.siren, who.notes = siren or None, notes or None
    who.search = _search(who.name, who.email, who.organisation)


def search(words: str, *, limit: int = 20) -> Sequence[Person]:
    """People whose name, e-mail or organisation holds every word, without case or accents; those
    that begin with the first word come first, then those with a word that does."""
    wanted = fold(words).split()
    if not wanted:
        return []
    first = Person.search.startswith(wanted[0], autoescape=True)
    inside = Person.search.contains(f" {wanted[0]}", autoescape=True)
    return db.session.scalars(
        select(Person)
        .where(
            Person.tenant_id == tenancy.tenant_id(),
            *(Person.search.contains(word, autoescape=True) for word in wanted),
        )
        .order_by(case((first, 0), (inside, 1), else_=2), Person.name, Person.id)
        .limit(limit)
    ).all()
