"""A request and what became of it: each state is a row that says who and when."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.core.db import Model, cents, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned

STATES = ("received", "quoted", "held", "accepted", "refused", "lapsed", "converted")
OPTIONS = (
    "breakfast", "lunch", "cocktail", "bar", "screen", "sound", "microphones", "stage", "streaming",
)  # fmt: skip


class RequestPolicy(TenantOwned, Model):
    """What a venue decides: the least it asks over what is displaced, how long a room waits, which
    part is paid ahead, and the words of its contract."""

    __tablename__ = "request_policy"
    __table_args__ = owned(
        UniqueConstraint("tenant_id"),
        CheckConstraint("margin_percent between 0 and 500", name="margin"),
        CheckConstraint("rounding_cents between 100 and 100000", name="rounding"),
        CheckConstraint("hold_days between 1 and 60", name="hold"),
        CheckConstraint("warn_hours between 1 and 336", name="warn"),
        CheckConstraint("deposit_percent between 0 and 100", name="deposit"),
    )

    id: Mapped[key]
    is_open: Mapped[bool] = mapped_column(server_default="true", default=True)
    margin_percent: Mapped[int] = mapped_column(server_default="20", default=20)
    rounding_cents: Mapped[int] = mapped_column(server_default="1000", default=1000)
    hold_days: Mapped[int] = mapped_column(server_default="7", default=7)
    warn_hours: Mapped[int] = mapped_column(server_default="48", default=48)
    deposit_percent: Mapped[int] = mapped_column(server_default="30", default=30)
    terms_fr: Mapped[str] = mapped_column(server_default="", default="")
    terms_en: Mapped[str] = mapped_column(server_default="", default="")


class SpaceRequest(TenantOwned, Model):
    """Somebody asks for a space at a time. `wanted_space_id` is what they named, empty for any;
    `space_id` is what the venue offers them, and what a hold takes until `held_until`.

    `displaced_cents`, VAT excluded, is what the engine said while the time was still free.
    """

    __tablename__ = "space_request"
    __table_args__ = owned(
        points_to("wanted_space_id", "space"),
        points_to("space_id", "space"),
        points_to("event_id", "event"),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "token"),
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint("starts_at < ends_at", name="interval"),
        CheckConstraint("people between 1 and 100000", name="people"),
        CheckConstraint("setup_minutes between 0 and 1440", name="setup"),
        CheckConstraint("clear_minutes between 0 and 1440", name="clear"),
        CheckConstraint("(state = 'converted') = (event_id is not null)", name="converted"),
        Index("ix_space_request_starts", "tenant_id", "starts_at"),
        Index("ix_space_request_held", "tenant_id", "held_until"),
        Index("ix_space_request_email", "tenant_id", "email"),
    )

    id: Mapped[key]
    code: Mapped[str]
    token: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="received", default="received")
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str] = mapped_column(server_default="", default="")
    organisation: Mapped[str] = mapped_column(server_default="", default="")
    locale: Mapped[str] = mapped_column(server_default="fr", default="fr")
    title: Mapped[str]
    message: Mapped[str] = mapped_column(server_default="", default="")
    people: Mapped[int]
    options: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    wanted_space_id: Mapped[ref | None]
    space_id: Mapped[ref | None]
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    setup_minutes: Mapped[int] = mapped_column(server_default="0", default=0)
    clear_minutes: Mapped[int] = mapped_column(server_default="0", default=0)
    displaced_cents: Mapped[cents] = mapped_column(server_default="0", default=0)
    held_until: Mapped[instant | None]
    warned_at: Mapped[instant | None]
    event_id: Mapped[ref | None]
    search: Mapped[str] = mapped_column(server_default="", default="")
    created_at: Mapped[stamp]

    def state_at(self, now: dt.datetime) -> str:
        """The state that counts: a hold past its time is over, whether or not a worker saw it."""
        return "lapsed" if self.is_past(now) else self.state

    def is_past(self, now: dt.datetime) -> bool:
        """Whether its hold ran out."""
        return (
            self.state in ("held", "quoted")
            and self.held_until is not None
            and self.held_until <= now
        )

    def is_held(self, now: dt.datetime) -> bool:
        """Whether a room waits for them now."""
        return (
            self.state in ("held", "quoted")
            and self.held_until is not None
            and self.held_until > now
        )


class RequestStep(TenantOwned, Model):
    """A state that a request reached: who did it, when, and a word about why."""

    __tablename__ = "request_step"
    __table_args__ = owned(
        points_to("request_id", "space_request"),
        CheckConstraint(f"state in {STATES}", name="state"),
        Index("ix_request_step_request", "tenant_id", "request_id", "id"),
    )

    id: Mapped[key]
    request_id: Mapped[ref]
    state: Mapped[str]
    at: Mapped[instant]
    by_account: Mapped[ref | None]
    note: Mapped[str] = mapped_column(server_default="", default="")


class RequestQuote(TenantOwned, Model):
    """A quote that was written for a request, and the deposit that its acceptance asks for."""

    __tablename__ = "request_quote"
    __table_args__ = owned(
        points_to("request_id", "space_request"),
        points_to("draft_id", "draft"),
        points_to("deposit_draft_id", "draft"),
        points_to("final_draft_id", "draft"),
        UniqueConstraint("tenant_id", "draft_id"),
        Index("ix_request_quote_request", "tenant_id", "request_id", "id"),
    )

    id: Mapped[key]
    request_id: Mapped[ref]
    draft_id: Mapped[ref]
    deposit_draft_id: Mapped[ref | None]
    final_draft_id: Mapped[ref | None]
    at: Mapped[stamp]


class RequestContract(TenantOwned, Model):
    """A contract that was sent: its bytes never change again."""

    __tablename__ = "request_contract"
    __table_args__ = owned(
        points_to("request_id", "space_request"),
        points_to("document_id", "document"),
        points_to("file_id", "stored_file"),
        UniqueConstraint("tenant_id", "document_id"),
        Index("ix_request_contract_request", "tenant_id", "request_id"),
    )

    id: Mapped[key]
    request_id: Mapped[ref]
    document_id: Mapped[ref]
    file_id: Mapped[ref]
    sha256: Mapped[str]
    sent_at: Mapped[instant]
    by_account: Mapped[ref | None]
