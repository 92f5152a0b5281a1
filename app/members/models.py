"""A person as one tenant knows them, the companies they book for, and what VIES said of those."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import NetworkOwned, of_account
from app.core.db import Model, cents, document, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned

WAITING = text("confirmed_at is not null and stopped_at is null and done_at is null")
COMPANIES = ("fr_business", "eu_business", "other")


class Person(TenantOwned, NetworkOwned, Model):
    """A customer or member of one tenant. A guest has no account until the e-mail is proved."""

    __tablename__ = "person"
    __table_args__ = owned(
        of_account(),
        ForeignKeyConstraint(["network_id", "tenant_id"], ["tenant.network_id", "tenant.id"]),
        UniqueConstraint("tenant_id", "email"),
        Index("ix_person_search", "tenant_id", "search"),
        Index("ix_person_account", "tenant_id", "account_id"),
        CheckConstraint("email = lower(email)", name="email_folded"),
        CheckConstraint("standing in ('guest', 'member', 'on_account')", name="standing"),
    )

    id: Mapped[key]
    account_id: Mapped[ref | None]
    email: Mapped[str]
    name: Mapped[str]
    search: Mapped[str]
    phone: Mapped[str | None]
    organisation: Mapped[str | None]
    siren: Mapped[str | None]
    standing: Mapped[str] = mapped_column(server_default="guest")
    locale: Mapped[str] = mapped_column(server_default="fr")
    notes: Mapped[str | None]
    created_at: Mapped[stamp]
    settings: Mapped[document]


class Company(TenantOwned, Model):
    """An organisation that is billed: who it is to the tax office, where its invoice goes, what its
    people may spend in a month. Numbers are kept as their keys spell them."""

    __tablename__ = "company"
    __table_args__ = owned(
        CheckConstraint(f"kind in {COMPANIES}", name="kind"),
        CheckConstraint("budget_cents is null or budget_cents >= 0", name="budget"),
        CheckConstraint("due_days between 0 and 60", name="due_days"),
        Index("ix_company_search", "tenant_id", "search"),
        Index(
            "uq_company_siren",
            "tenant_id",
            "siren",
            unique=True,
            postgresql_where=text("siren <> '' and closed_at is null"),
        ),
    )

    id: Mapped[key]
    kind: Mapped[str]
    name: Mapped[str]
    search: Mapped[str]
    siren: Mapped[str] = mapped_column(server_default="")
    siret: Mapped[str] = mapped_column(server_default="")
    vat: Mapped[str] = mapped_column(server_default="")
    street: Mapped[str] = mapped_column(server_default="")
    postcode: Mapped[str] = mapped_column(server_default="")
    city: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str] = mapped_column(server_default="FR")
    email: Mapped[str] = mapped_column(server_default="")
    reference: Mapped[str] = mapped_column(server_default="")
    budget_cents: Mapped[cents | None]
    due_days: Mapped[int] = mapped_column(server_default="30")
    closed_at: Mapped[instant | None]
    created_at: Mapped[stamp]


class Seat(TenantOwned, Model):
    """A person of a company: whether they may spend for it, and whether they keep its seats."""

    __tablename__ = "seat"
    __table_args__ = owned(
        points_to("company_id", "company"),
        points_to("person_id", "person"),
        UniqueConstraint("tenant_id", "company_id", "person_id"),
        Index("ix_seat_person", "tenant_id", "person_id"),
    )

    id: Mapped[key]
    company_id: Mapped[ref]
    person_id: Mapped[ref]
    may_spend: Mapped[bool] = mapped_column(server_default="true", default=True)
    keeps_seats: Mapped[bool] = mapped_column(server_default="false", default=False)
    created_at: Mapped[stamp]


class VatCheck(TenantOwned, Model):
    """What VIES answered about a number, kept as proof: nothing here is ever changed."""

    __tablename__ = "vat_check"
    __table_args__ = owned(
        points_to("company_id", "company"),
        CheckConstraint("answer in ('valid', 'invalid', 'unavailable')", name="answer"),
        Index("ix_vat_check_company", "tenant_id", "company_id", "id"),
    )

    id: Mapped[key]
    company_id: Mapped[ref]
    vat: Mapped[str]
    at: Mapped[stamp]
    answer: Mapped[str]
    consultation: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")
    said: Mapped[document]


class Erasure(NetworkOwned, Model):
    """Somebody asked to be forgotten: an account in its whole network, or a guest at one venue.

    Ids alone, so that the row may outlive what it erased. Nothing happens before it is confirmed
    and the days for thinking again are over; `stopped_at` ends it without an erasure.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        of_account(),
        ForeignKeyConstraint(["tenant_id", "person_id"], ["person.tenant_id", "person.id"]),
        ForeignKeyConstraint(["network_id", "tenant_id"], ["tenant.network_id", "tenant.id"]),
        CheckConstraint("way in ('account', 'guest', 'desk', 'command')", name="way"),
        CheckConstraint("(account_id is null) <> (person_id is null)", name="whose"),
        CheckConstraint("(person_id is null) = (tenant_id is null)", name="where"),
        CheckConstraint("(confirmed_at is null) = (due_at is null)", name="confirmed"),
        CheckConstraint("stopped_at is null or done_at is null", name="ended"),
        Index(
            "uq_erasure_waiting",
            *("network_id", "account_id", "tenant_id", "person_id"),
            unique=True,
            postgresql_where=WAITING,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[key]
    tenant_id: Mapped[ref | None]
    account_id: Mapped[ref | None]
    person_id: Mapped[ref | None]
    way: Mapped[str]
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    by_account: Mapped[ref | None]
    asked_at: Mapped[stamp]
    confirmed_at: Mapped[instant | None]
    due_at: Mapped[instant | None]
    stopped_at: Mapped[instant | None]
    done_at: Mapped[instant | None]
