"""An import that was asked for: its file, how far it is, what became of it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, document, instant, key, owned, ref, stamp
from app.core.tenancy import TenantOwned


class ImportRun(TenantOwned, Model):
    """One file. `dry` reads and reports; nothing else does more than all or nothing."""

    __tablename__ = "import_run"
    __table_args__ = owned(
        CheckConstraint("state in ('waiting', 'running', 'done', 'refused')", name="state"),
        CheckConstraint("what in ('spaces', 'bookings')", name="what"),
        Index("ix_import_run_created", "tenant_id", "created_at"),
    )

    id: Mapped[key]
    what: Mapped[str]
    profile: Mapped[str] = mapped_column(server_default="bookings")
    dry: Mapped[bool] = mapped_column(server_default="true")
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    site_id: Mapped[ref]
    state: Mapped[str] = mapped_column(server_default="waiting")
    rows: Mapped[int] = mapped_column(server_default="0")
    report: Mapped[document]
    asked_by: Mapped[ref | None]
    created_at: Mapped[stamp]
    ended_at: Mapped[instant | None]
