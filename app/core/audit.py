"""Who did what, for whom: append-only, never edited."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core import tenancy
from app.core.db import Model, db, document, key, stamp


class AuditEntry(Model):
    """One act. `actor_id` is an account; `acting_for` tells a support visit apart."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_tenant", "tenant_id", "at"),)

    id: Mapped[key]
    tenant_id: Mapped[int | None] = mapped_column(BigInteger)
    network_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[stamp]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    acting_for: Mapped[str | None]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[document]
    request_id: Mapped[str | None]


def note(
    action: str,
    subject: str,
    *,
    actor_id: int | None = None,
    acting_for: str | None = None,
    request_id: str | None = None,
    **detail: object,
) -> None:
    """Write one act in the current scope, in the transaction of the act itself."""
    scope = tenancy.current()
    db.session.add(
        AuditEntry(
            tenant_id=scope.tenant_id,
            network_id=scope.network_id,
            actor_id=actor_id,
            acting_for=acting_for,
            action=action,
            subject=subject,
            detail=detail,
            request_id=request_id,
        )
    )
