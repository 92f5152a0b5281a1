"""A person as one tenant knows them; the account behind is the network's."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import NetworkOwned, of_account
from app.core.db import Model, document, key, owned, ref, stamp
from app.core.tenancy import TenantOwned


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
