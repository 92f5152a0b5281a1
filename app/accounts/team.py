"""Who works at a venue: invited, granted a role, relieved of it. One owner always remains."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from app.accounts import links, sessions
from app.accounts.addresses import mail_address
from app.accounts.models import Account, Grant, LoginLink, NetworkGrant
from app.accounts.rules import LETTER, account, account_of, checked, create
from app.core import audit, clock, outbox, tenancy
from app.core.db import db
from app.core.errors import NotAllowed, Refused
from app.core.i18n import _

STAFF_ROLES = ("front_desk", "manager", "owner")


class LastOwner(Refused):
    """A venue without an owner could never get one again."""

    status = 409
    code = "last_owner"

    def __init__(self) -> None:
        super().__init__(_("C’est le dernier propriétaire : nommez-en un autre d’abord."))


class OtherPerson(NotAllowed):
    """The invitation was sent to somebody else."""

    code = "other_person"


def _known_role(role: str) -> str:
    if role not in STAFF_ROLES:
        raise Refused(_("Ce rôle n’existe pas."), field="role")
    return role


def team() -> Sequence[tuple[Grant, Account]]:
    """Everybody with a role at the entered venue, by name."""
    rows = db.session.execute(
        select(Grant, Account)
        .join(Account, Account.id == Grant.account_id)
        .where(Grant.tenant_id == tenancy.tenant_id())
        .order_by(Account.name, Account.id)
    )
    return [(grant, person) for grant, person in rows]


def invitations() -> Sequence[LoginLink]:
    """Invitations to the entered venue that still wait for an answer."""
    return db.session.scalars(
        select(LoginLink)
        .where(
            LoginLink.tenant_id == tenancy.tenant_id(),
            LoginLink.purpose == "invite",
            LoginLink.used_at.is_(None),
            LoginLink.expires_at > clock.now(),
        )
        .order_by(LoginLink.created_at.desc())
    ).all()


def invite(email: str, role: str, *, by: int | None, locale: str = "fr") -> tuple[LoginLink, str]:
    """Invite somebody to work here; an earlier invitation of the same address is void.

    The mail is written by a job, with a secret of its own. The one given back is for a platform
    admin without a mail server.
    """
    address = mail_address(email)
    known = account_of(address)
    if known is not None and role_of(known.id) == _known_role(role):
        raise Refused(_("Cette personne a déjà ce rôle."), field="email")
    links.void(address, "invite")
    link, secret = links.issue("invite", address, role=_known_role(role), locale=locale, by=by)
    audit.note("team.invited", f"login_link:{link.id}", actor_id=by, role=role)
    outbox.defer(LETTER, link_id=link.id)
    return link, secret


def withdraw(link_id: int, *, by: int | None) -> bool:
    """Take an invitation of this venue back; False when there is none to take back.

    In one statement, so that it cannot be taken back while it is being accepted.
    """
    taken = db.session.execute(
        update(LoginLink)
        .where(
            LoginLink.id == link_id,
            LoginLink.tenant_id == tenancy.tenant_id(),
            LoginLink.purpose == "invite",
            LoginLink.used_at.is_(None),
            LoginLink.expires_at > clock.now(),
        )
        .values(used_at=clock.now())
        .returning(LoginLink.id)
    ).scalar_one_or_none()
    if taken is None:
        return False
    audit.note("team.uninvited", f"login_link:{link_id}", actor_id=by)
    return True


def accept(secret: str, account_id: int) -> Account:
    """Take the role that was offered to this very person's address. Their sessions end."""
    link = links.spend("invite", secret=secret)
    found = account(account_id)
    if found is None or found.email != link.email or found.state != "active":
        raise OtherPerson(_("Cette invitation a été envoyée à une autre adresse."))
    grant(found.id, link.payload["role"], by=link.payload.get("by"))
    return found


def accept_as_newcomer(secret: str, name: str, password: str) -> Account:
    """Become an account and take the role; refuses when the address has an account already."""
    link = links.peek("invite", secret=secret)
    if account_of(link.email) is not None:
        raise OtherPerson(_("Cette adresse a déjà un compte : connectez-vous pour accepter."))
    wish = checked(link.email, name, password)
    made = create(wish.email, wish.name, wish.sealed, link.payload.get("locale", "fr"))
    return accept(secret, made.id)


def appoint(email: str, name: str, *, by: int | None) -> Account:
    """Let somebody oversee the entered network. A new account has no password: its first door is
    a link by e-mail, on the network's own host."""
    address = mail_address(email)
    found = account_of(address) or create(address, " ".join(name.split()) or address, None, "fr")
    known = db.session.scalar(select(NetworkGrant.id).where(NetworkGrant.account_id == found.id))
    if known is None:
        db.session.add(NetworkGrant(account_id=found.id))
        sessions.revoke_sessions(found.id)
        audit.note("network.appointed", f"account:{found.id}", actor_id=by)
    return found


def role_of(account_id: int) -> str | None:
    """The role of an account at the entered venue."""
    return db.session.scalar(
        select(Grant.role).where(
            Grant.account_id == account_id, Grant.tenant_id == tenancy.tenant_id()
        )
    )


def grant(account_id: int, role: str, *, by: int | None) -> None:
    """Give an account a role here in place of the one it had. Its sessions end: new rights, new
    session. Refuses to demote the last owner."""
    _known_role(role)
    if account(account_id) is None:
        raise Refused(_("Ce compte n’existe pas."))
    if role != "owner":
        _refuse_last_owner(account_id)
    found = _grant(account_id)
    if found is None:
        db.session.add(Grant(account_id=account_id, role=role))
    else:
        found.role = role
    sessions.revoke_sessions(account_id)
    audit.note("team.granted", f"account:{account_id}", actor_id=by, role=role)


def relieve(account_id: int, *, by: int | None) -> None:
    """Take the role away, at once and in every open browser. Refuses for the last owner."""
    _refuse_last_owner(account_id)
    found = _grant(account_id)
    if found is None:
        raise Refused(_("Cette personne n’a pas de rôle ici."))
    db.session.delete(found)
    sessions.revoke_sessions(account_id)
    audit.note("team.relieved", f"account:{account_id}", actor_id=by, role=found.role)


def _grant(account_id: int) -> Grant | None:
    return db.session.scalars(
        select(Grant)
        .where(Grant.account_id == account_id, Grant.tenant_id == tenancy.tenant_id())
        .with_for_update()
    ).one_or_none()


def _refuse_last_owner(account_id: int) -> None:
    """Lock all owners first, so that two who relieve each other cannot both succeed."""
    owners = db.session.scalars(
        select(Grant.account_id)
        .where(Grant.tenant_id == tenancy.tenant_id(), Grant.role == "owner")
        .order_by(Grant.id)
        .with_for_update()
    ).all()
    if list(owners) == [account_id]:
        raise LastOwner
