"""A person as one tenant knows them, the companies they book for, and what VIES said of those."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import NetworkOwned, of_account
from app.core.db import Model, cents, document, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned

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
