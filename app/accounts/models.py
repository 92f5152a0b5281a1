"""Accounts live in the network; what they may do is granted per tenant or per network."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, document, instant, key, owned, ref, stamp
from app.core.tenancy import TenantOwned, current


def _network() -> int:
    found = current().network_id
    if found is None:
        raise LookupError("no network is entered")
    return found


class NetworkOwned:
    """A row of one network; the column fills itself from the scope."""

    network_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("network.id"), default=_network, sort_order=-1
    )


def of_account(column: str = "account_id") -> ForeignKeyConstraint:
    """A key to an account of the same network."""
    return ForeignKeyConstraint(["network_id", column], ["account.network_id", "account.id"])


class Account(NetworkOwned, Model):
    """One person, one login for every venue of the network, unknown outside it."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("network_id", "id"),
        UniqueConstraint("network_id", "email"),
        CheckConstraint("email = lower(email)", name="email_folded"),
        CheckConstraint("state in ('active', 'suspended', 'erased')", name="state"),
    )

    id: Mapped[key]
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default="fr")
    state: Mapped[str] = mapped_column(server_default="active")
    email_verified_at: Mapped[instant | None]
    created_at: Mapped[stamp]
    settings: Mapped[document]


class Grant(TenantOwned, NetworkOwned, Model):
    """A role of an account at one tenant: front_desk, manager or owner."""

    __tablename__ = "role_grant"
    __table_args__ = owned(
        of_account(),
        UniqueConstraint("tenant_id", "account_id"),
        CheckConstraint("role in ('front_desk', 'manager', 'owner')", name="role"),
    )

    id: Mapped[key]
    account_id: Mapped[ref]
    role: Mapped[str]
    created_at: Mapped[stamp]


class NetworkGrant(NetworkOwned, Model):
    """An account that oversees the whole network."""

    __tablename__ = "network_grant"
    __table_args__ = (of_account(), UniqueConstraint("network_id", "account_id"))

    id: Mapped[key]
    account_id: Mapped[ref]
    role: Mapped[str] = mapped_column(server_default="operator")
    created_at: Mapped[stamp]


class LoginSession(NetworkOwned, Model):
    """A signed-in browser. Only a hash of its token is kept; revoking takes effect at once."""

    __tablename__ = "login_session"
    __table_args__ = (of_account(), Index("ix_login_session_account", "network_id", "account_id"))

    id: Mapped[key]
    account_id: Mapped[ref]
    token_hash: Mapped[str] = mapped_column(unique=True)
    host: Mapped[str]
    agent: Mapped[str | None]
    staff: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[stamp]
    seen_at: Mapped[stamp]
    expires_at: Mapped[instant]
    revoked_at: Mapped[instant | None]


class LoginLink(NetworkOwned, Model):
    """A single-use link by e-mail: sign in, verify, reset, invite; or relay between two hosts."""

    __tablename__ = "login_link"
    __table_args__ = (
        CheckConstraint(
            "purpose in ('signin', 'verify', 'reset', 'invite', 'relay')", name="purpose"
        ),
        Index("ix_login_link_email", "network_id", "email"),
    )

    id: Mapped[key]
    tenant_id: Mapped[ref | None]
    account_id: Mapped[ref | None]
    email: Mapped[str]
    purpose: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    browser_hash: Mapped[str | None]
    payload: Mapped[document]
    created_at: Mapped[stamp]
    expires_at: Mapped[instant]
    used_at: Mapped[instant | None]


class RateCount(Model):
    """How often something was tried in a window; counted atomically, shared by every process."""

    __tablename__ = "rate_count"

    bucket: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[instant] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(server_default="0")


class ApiToken(TenantOwned, Model):
    """A bearer token of a tenant with its scopes; only a hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = owned()

    id: Mapped[key]
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by: Mapped[ref | None]
    created_at: Mapped[stamp]
    last_used_at: Mapped[instant | None]
    revoked_at: Mapped[instant | None]


class SupportVisit(TenantOwned, NetworkOwned, Model):
    """A network operator inside a venue: why, for how long, reading only or not."""

    __tablename__ = "support_visit"
    __table_args__ = owned(of_account())

    id: Mapped[key]
    account_id: Mapped[ref]
    reason: Mapped[str]
    message: Mapped[str]
    read_only: Mapped[bool] = mapped_column(server_default="true")
    started_at: Mapped[stamp]
    ends_at: Mapped[instant]
    left_at: Mapped[instant | None]
