"""Signed-in browsers, kept on our side: what is revoked is refused from the next request on."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import DateTime, and_, bindparam, delete, or_, select, update

from app.accounts.facts import SignedIn
from app.accounts.models import Account, Grant, LoginSession, NetworkGrant
from app.core import clock, signals, tenancy
from app.core.db import db

ABSOLUTE = dt.timedelta(days=30)
OPERATOR_ABSOLUTE = dt.timedelta(hours=12)
STAFF_IDLE = dt.timedelta(hours=8)
TOUCH = dt.timedelta(minutes=1)
KEEP = dt.timedelta(days=90)


@dataclass(frozen=True)
class Seen:
    """A session that holds, whose it is, and what that person was granted here."""

    session: LoginSession
    account: Account
    role: str | None
    network_role: str | None


def digest(secret: str) -> str:
    """What is stored of a secret of 128 bits or more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _granted(account_id: int) -> tuple[str | None, str | None]:
    """The roles at the entered tenant and over the network."""
    here = db.session.scalar(
        select(Grant.role).where(
            Grant.account_id == account_id, Grant.tenant_id == tenancy.current().tenant_id
        )
    )
    over = db.session.scalar(select(NetworkGrant.role).where(NetworkGrant.account_id == account_id))
    return here, over


def open_session(
    account: Account, *, host: str, agent: str | None = None, announce: bool = True
) -> str:
    """Sign a browser in on one host and give its secret, which is stored nowhere.

    Publishes `SignedIn` unless told not to. Refuses nothing: whoever calls has checked who it is.
    """
    token = secrets.token_urlsafe(32)
    role, network_role = _granted(account.id)
    now = clock.now()
    life = OPERATOR_ABSOLUTE if network_role else ABSOLUTE
    db.session.add(
        LoginSession(
            account_id=account.id,
            token_hash=digest(token),
            host=host,
            agent=(agent or "")[:300] or None,
            staff=bool(role or network_role),
            created_at=now,
            seen_at=now,
            expires_at=now + life,
        )
    )
    if announce:
        signals.publish(SignedIn(account.id, account.email, account.name, account.locale))
    return token


LIVING = (
    select(LoginSession, Account, Grant.role, NetworkGrant.role)
    .join(Account, Account.id == LoginSession.account_id)
    .outerjoin(Grant, and_(Grant.account_id == Account.id, Grant.tenant_id == bindparam("tenant")))
    .outerjoin(NetworkGrant, NetworkGrant.account_id == Account.id)
    .where(
        LoginSession.token_hash == bindparam("hash"),
        LoginSession.host == bindparam("host"),
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > bindparam("now", type_=DateTime(timezone=True)),
        or_(
            LoginSession.staff.is_(False),
            LoginSession.seen_at > bindparam("idle", type_=DateTime(timezone=True)),
        ),
        Account.state == "active",
    )
)


def find(token: str, host: str) -> Seen | None:
    """The session behind a secret; None when it is unknown, of another host, over, revoked, idle
    for too long, or of a suspended person."""
    now = clock.now()
    asked = {
        "hash": digest(token),
        "host": host,
        "tenant": tenancy.current().tenant_id,
        "now": now,
        "idle": now - STAFF_IDLE,
    }
    row = db.session.execute(LIVING, asked).one_or_none()
    return Seen(*row) if row else None


def touch(session_id: int) -> None:
    """Note that the browser is still there; at most one write a minute."""
    now = clock.now()
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.seen_at < now - TOUCH)
        .values(seen_at=now)
    )


def listed(account_id: int) -> Sequence[LoginSession]:
    """The browsers that are signed in now, the latest seen first."""
    now = clock.now()
    return db.session.scalars(
        select(LoginSession)
        .where(
            LoginSession.account_id == account_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
            or_(LoginSession.staff.is_(False), LoginSession.seen_at > now - STAFF_IDLE),
        )
        .order_by(LoginSession.seen_at.desc())
    ).all()


def revoke_session(account_id: int, session_id: int) -> bool:
    """End one session of this person; False when it is not theirs or has ended."""
    return bool(_end(LoginSession.account_id == account_id, LoginSession.id == session_id))


def revoke_token(token: str) -> None:
    """End the session behind a secret, if there is one."""
    _end(LoginSession.token_hash == digest(token))


def revoke_sessions(account_id: int, *, but: int | None = None) -> int:
    """End every session of this person, in every venue of the network; `but` one."""
    kept = () if but is None else (LoginSession.id != but,)
    return _end(LoginSession.account_id == account_id, *kept)


def _end(*which: object) -> int:
    ended = db.session.execute(
        update(LoginSession)
        .where(LoginSession.revoked_at.is_(None), *which)  # type: ignore[arg-type]  # column tests
        .values(revoked_at=clock.now())
        .returning(LoginSession.id)
    )
    return len(ended.all())


def sweep() -> None:
    """Forget sessions that ended three months ago."""
    db.session.execute(delete(LoginSession).where(LoginSession.expires_at < clock.now() - KEEP))
