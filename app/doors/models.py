"""What the phones at the door noted. Nothing here is changed: a slip is another row."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, instant, key, owned, points_to, ref
from app.core.tenancy import TenantOwned

KINDS = ("in", "slip")


class Passage(TenantOwned, Model):
    """One arrival, or a slip that takes one back. `mark` is the phone's own name for it: what is
    sent twice is one row. `at` is when it happened, on our clock. Without a ticket it is people who
    came as they were; a ticket is one of whichever book sells for the event (doors/tickets.py)."""

    __tablename__ = "passage"
    __table_args__ = owned(
        points_to("event_id", "event"),
        UniqueConstraint("tenant_id", "mark"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint("(kind = 'slip') = (undoes <> '')", name="undoes"),
        CheckConstraint(
            "people between 1 and 50 and (people = 1 or ticket_id is null)", name="people"
        ),
        Index("ix_passage_event", "tenant_id", "event_id", "id"),
        Index("ix_passage_ticket", "tenant_id", "ticket_id"),
    )

    id: Mapped[key]
    event_id: Mapped[ref]
    ticket_id: Mapped[ref | None]
    people: Mapped[int] = mapped_column(server_default="1", default=1)
    name: Mapped[str] = mapped_column(server_default="", default="")
    mark: Mapped[str]
    kind: Mapped[str]
    undoes: Mapped[str] = mapped_column(server_default="", default="")
    reason: Mapped[str] = mapped_column(server_default="", default="")
    device: Mapped[str] = mapped_column(server_default="", default="")
    door: Mapped[str] = mapped_column(server_default="", default="")
    at: Mapped[instant]
    received_at: Mapped[instant]
    by_account: Mapped[ref | None]
