"""Bearer tokens of a venue: for programs, with named scopes, shown once."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, or_, select, update

from app.accounts.models import ApiToken
from app.accounts.permissions import API_SCOPES
from app.accounts.sessions import digest
from app.core import audit, clock, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _

TOUCH = dt.timedelta(minutes=1)


def make_token(name: str, scopes: Iterable[str], *, by: int | None) -> tuple[ApiToken, str]:
    """Give a program a key to this venue; its secret is told now and never again."""
    wanted = sorted(set(scopes))
    if not name.strip() or not wanted or set(wanted) - set(API_SCOPES):
        raise Refused(_("Donnez un nom au jeton et au moins un droit de la liste."), field="name")
    secret = f"cls_{secrets.token_urlsafe(32)}"
    made = ApiToken(name=name.strip(), token_hash=digest(secret), scopes=wanted, created_by=by)
    db.session.add(made)
    db.session.flush()  # id for the audit line
    audit.note("api_token.made", f"api_token:{made.id}", actor_id=by, scopes=wanted)
    return made, secret


LIVING = select(ApiToken).where(
    ApiToken.token_hash == bindparam("hash"),
    ApiToken.tenant_id == bindparam("tenant"),
    ApiToken.revoked_at.is_(None),
)


def find_token(secret: str) -> ApiToken | None:
    """The living token of the entered venue behind a secret."""
    asked = {"hash": digest(secret), "tenant": tenancy.current().tenant_id}
    return db.session.scalars(LIVING, asked).one_or_none()


def touch(token_id: int) -> None:
    """Note that a token is in use; at most one write a minute."""
    now = clock.now()
    db.session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id)
        .where(or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now - TOUCH))
        .values(last_used_at=now)
    )


def tokens() -> Sequence[ApiToken]:
    """The living tokens of the entered venue."""
    return db.session.scalars(
        select(ApiToken)
        .where(ApiToken.tenant_id == tenancy.tenant_id(), ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at)
    ).all()


def revoke_token(token_id: int, *, by: int | None) -> bool:
    """End a token of this venue; False when there is none."""
    ended = db.session.scalar(
        update(ApiToken)
        .where(
            ApiToken.id == token_id,
            ApiToken.tenant_id == tenancy.tenant_id(),
            ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
        .returning(ApiToken.id)
    )
    if ended is not None:
        audit.note("api_token.revoked", f"api_token:{token_id}", actor_id=by)
    return ended is not None
