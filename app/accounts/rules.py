"""People become accounts, prove their e-mail, and enter. Who acts and where are arguments."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from app.accounts import links, passwords, sessions
from app.accounts.addresses import BadAddress, mail_address
from app.accounts.models import Account, LoginLink
from app.core import audit, clock, outbox, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _

LETTER = "accounts.letter"


class Faults(Refused):
    """Several answers of a form are to be mended; `fields` says which and how."""

    code = "faults"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(next(iter(fields.values())), fields=fields)
        self.fields = fields


class NotKnown(Refused):
    """No such pair of e-mail and password. Says the same of every reason."""

    code = "not_known"

    def __init__(self) -> None:
        super().__init__(
            _("Adresse e-mail ou mot de passe incorrects. Un lien par e-mail marche aussi.")
        )


@dataclass(frozen=True)
class Wish:
    """What a newcomer typed, checked; the password is sealed."""

    email: str
    name: str
    sealed: str


def account_of(email: str) -> Account | None:
    """The account of an address in the entered network."""
    return _one(Account.email == email)


def account(account_id: int) -> Account | None:
    """An account of the entered network by its id."""
    return _one(Account.id == account_id)


def _one(which: ColumnElement[bool]) -> Account | None:
    """Row security filters by network too; the owner role of the command line has none."""
    network_id = tenancy.current().network_id
    return db.session.scalars(
        select(Account).where(which, Account.network_id == network_id)
    ).one_or_none()


def checked(email: str, name: str, password: str) -> Wish:
    """Check the three answers of a newcomer together; refuse with `Faults`, all at once."""
    faults: dict[str, str] = {}
    name = " ".join(name.split())
    if not 1 <= len(name) <= 120:
        faults["name"] = _("Indiquez votre nom, en 120 caractères au plus.")
    address = email
    try:
        address = mail_address(email)
    except BadAddress as error:
        faults["email"] = error.text
    try:
        passwords.refuse_weak(password, (name, address.partition("@")[0]))
    except passwords.WeakPassword as error:
        faults["password"] = error.text
    if faults:
        raise Faults(faults)
    return Wish(address, name, passwords.seal(password))


def ask_link(purpose: str, email: str, *, browser: str, locale: str, then: str = "") -> None:
    """Ask for a link by e-mail. Does and says the same whether the address is known or not: who
    is behind it is looked up later, by the job that writes the mail."""
    link, _secret = links.issue(
        purpose, mail_address(email), browser=browser, locale=locale, then=then
    )
    outbox.defer(LETTER, link_id=link.id)


def sign_up(
    email: str, name: str, password: str, *, browser: str, locale: str, then: str = ""
) -> None:
    """Ask to become an account. None exists before the e-mail is proved in this very browser, so
    nobody can lay a password under somebody else's address."""
    wish = checked(email, name, password)
    link, _secret = links.issue(
        "verify",
        wish.email,
        browser=browser,
        locale=locale,
        then=then,
        name=wish.name,
        sealed=wish.sealed,
    )
    outbox.defer(LETTER, link_id=link.id)


def create(email: str, name: str, sealed: str | None, locale: str) -> Account:
    """Write an account whose e-mail is proved."""
    made = Account(
        email=email,
        name=name,
        password_hash=sealed,
        locale=locale,
        email_verified_at=clock.now(),
        settings={},
    )
    db.session.add(made)
    db.session.flush()  # id for its grants and sessions
    return made


def sign_in(email: str, password: str) -> Account:
    """The account of this pair; `NotKnown` for every reason why not, after the same time."""
    found = account_of(email.strip().lower())
    usable = found is not None and found.state == "active" and found.email_verified_at is not None
    sealed = found.password_hash if found is not None and usable else None
    if not passwords.matches(sealed, password) or found is None or sealed is None:
        raise NotKnown
    if passwords.is_dated(sealed):
        found.password_hash = passwords.seal(password)
    return found


def prove(secret: str, browser: str | None) -> tuple[Account, LoginLink]:
    """Spend a sign-in or sign-up link: whoever holds it reads that mailbox, in that browser."""
    link = links.spend("signin", "verify", secret=secret, browser=browser)
    found = account_of(link.email)
    if found is None and link.purpose == "verify":
        found = create(
            link.email, link.payload["name"], link.payload["sealed"], link.payload["locale"]
        )
    if found is None or found.state != "active":
        raise links.DeadLink
    if found.email_verified_at is None:  # a password laid before the proof may be a stranger's
        found.email_verified_at = clock.now()
        found.password_hash = None
    return found, link


def reset_password(secret: str, browser: str | None, password: str) -> Account:
    """Give a new password through a link. Every session of the account ends."""
    link = links.peek("reset", secret=secret, browser=browser)
    passwords.refuse_weak(password, (link.email.partition("@")[0],))
    links.spend("reset", secret=secret, browser=browser)
    found = account_of(link.email)
    if found is None or found.state != "active":
        raise links.DeadLink
    found.password_hash = passwords.seal(password)
    found.email_verified_at = found.email_verified_at or clock.now()
    links.void(link.email, "reset", "signin")
    sessions.revoke_sessions(found.id)
    audit.note("account.password_reset", f"account:{found.id}", actor_id=found.id)
    return found


def relay(account_id: int, tenant_id: int) -> str:
    """A one-minute secret that lets a person who is signed in on the network's host enter one of
    its venues without typing a password again."""
    found = account(account_id)
    if found is None or found.state != "active":
        raise links.DeadLink
    return links.issue("relay", found.email, account_id=found.id, tenant_id=tenant_id)[1]


def arrive(secret: str) -> Account:
    """Spend a relay at the venue that it was made for."""
    link = links.spend("relay", secret=secret)
    found = account(link.account_id or 0)
    if found is None or found.state != "active":
        raise links.DeadLink
    return found


def suspend(account_id: int, *, by: int | None) -> None:
    """Shut an account out of the whole network: its sessions end, its links and password fail."""
    _set_state(account_id, "suspended", by)
    sessions.revoke_sessions(account_id)


def reinstate(account_id: int, *, by: int | None) -> None:
    """Let a suspended account in again."""
    _set_state(account_id, "active", by)


def _set_state(account_id: int, state: str, by: int | None) -> None:
    found = account(account_id)
    if found is None or found.state == "erased":
        raise Refused(_("Ce compte n’existe pas."))
    found.state = state
    audit.note(f"account.{state}", f"account:{account_id}", actor_id=by)


def choose_locale(account_id: int, locale: str) -> None:
    """Remember the language of a person."""
    if (found := account(account_id)) is not None:
        found.locale = locale
