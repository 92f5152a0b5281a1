"""Charges, drafts, and documents. What is issued may be added to, never changed: the database
refuses (migration 0010), for this application and for anybody who writes through its role."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, cents, document, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned
from app.invoicing.parts import KINDS, Paper, Party, TaxRule, thaw

DRAFT_STATES = ("open", "queued", "refused", "issued")
ITEM_STATES = ("waiting", "done", "refused", "empty")
RUN_STATES = ("waiting", "running", "done")
OPEN_CHARGE = text("document_id is null and draft_id is null and not netted")


class BillingProfile(TenantOwned, Model):
    """What a venue's documents say of it beyond its legal person, and how it bills."""

    __tablename__ = "billing_profile"
    __table_args__ = owned(
        UniqueConstraint("tenant_id"),
        CheckConstraint("terms_days between 0 and 60", name="terms_days"),
        CheckConstraint("prefix ~ '^[A-Z]{1,4}$'", name="prefix"),
        CheckConstraint("consumers in ('on_request', 'always')", name="consumers"),
        CheckConstraint("penalty_rule in ('ecb', 'legal')", name="penalty_rule"),
    )

    id: Mapped[key]
    siret: Mapped[str] = mapped_column(server_default="")
    legal_form: Mapped[str] = mapped_column(server_default="")
    capital: Mapped[str] = mapped_column(server_default="")
    register: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str] = mapped_column(server_default="")
    iban: Mapped[str] = mapped_column(server_default="")
    bic: Mapped[str] = mapped_column(server_default="")
    penalty_rate: Mapped[str] = mapped_column(server_default="")
    terms_days: Mapped[int] = mapped_column(server_default="30")
    franchise: Mapped[bool] = mapped_column(server_default="false")
    prefix: Mapped[str] = mapped_column(server_default="F")
    consumers: Mapped[str] = mapped_column(server_default="on_request")
    mails_documents: Mapped[bool] = mapped_column(server_default="true")
    reminders: Mapped[bool] = mapped_column(server_default="false")
    reminder_days: Mapped[list[int | None]] = mapped_column(JSONB, server_default="[7, 21, 45]")
    penalty_rule: Mapped[str] = mapped_column(server_default="ecb")
    updated_at: Mapped[stamp]


class Buyer(TenantOwned, Model):
    """Who a customer is on paper, as last corrected by staff. `customer` is the key that charges
    carry: `person:7`, `siren:893456129`, `company:3`."""

    __tablename__ = "buyer"
    __table_args__ = owned(UniqueConstraint("tenant_id", "customer"))

    id: Mapped[key]
    customer: Mapped[str]
    party: Mapped[document]
    lang: Mapped[str] = mapped_column(server_default="fr")
    updated_at: Mapped[stamp]


class Charge(TenantOwned, Model):
    """Something that was sold, or taken back (below zero). `(source, source_id, event)` is unique:
    nothing is charged twice. Its VAT is what the ledger posted for it."""

    __tablename__ = "charge"
    __table_args__ = owned(
        points_to("person_id", "person"),
        points_to("draft_id", "draft"),
        points_to("document_id", "document"),
        UniqueConstraint("tenant_id", "source", "source_id", "event"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_charge_open", "tenant_id", "customer", postgresql_where=OPEN_CHARGE),
        Index("ix_charge_document", "tenant_id", "document_id"),
        Index("ix_charge_draft", "tenant_id", "draft_id"),
        Index("ix_charge_person", "tenant_id", "person_id"),
    )

    id: Mapped[key]
    customer: Mapped[str]
    person_id: Mapped[ref | None]
    source: Mapped[str]
    source_id: Mapped[ref]
    event: Mapped[str]
    label: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default="")
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 4), server_default="1")
    unit: Mapped[str] = mapped_column(server_default="piece")
    gross_cents: Mapped[cents]
    vat_cents: Mapped[cents]
    list_cents: Mapped[cents] = mapped_column(server_default="0")
    discount: Mapped[str] = mapped_column(server_default="")
    tax: Mapped[document]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    currency: Mapped[str] = mapped_column(server_default="EUR")
    buyer: Mapped[document]
    lang: Mapped[str] = mapped_column(server_default="fr")
    order_number: Mapped[str] = mapped_column(server_default="")
    added_by: Mapped[ref | None]
    created_at: Mapped[stamp]
    draft_id: Mapped[ref | None]
    document_id: Mapped[ref | None]
    line: Mapped[int | None]
    netted: Mapped[bool] = mapped_column(server_default="false")

    @property
    def rule(self) -> TaxRule:
        """How it is taxed."""
        return thaw(TaxRule, self.tax)

    @property
    def party(self) -> Party:
        """Who bought, as known that day."""
        return thaw(Party, self.buyer)


class Draft(TenantOwned, Model):
    """A document before it is one: no number, everything may change, nothing is owed for it."""

    __tablename__ = "draft"
    __table_args__ = owned(
        points_to("person_id", "person"),
        points_to("document_id", "document"),
        points_to("refers_to", "document"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint(f"state in {DRAFT_STATES}", name="state"),
        CheckConstraint("(state = 'issued') = (document_id is not null)", name="issued"),
        Index("ix_draft_state", "tenant_id", "state", "updated_at"),
        Index("ix_draft_customer", "tenant_id", "customer"),
    )

    id: Mapped[key]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    customer: Mapped[str]
    person_id: Mapped[ref | None]
    buyer_name: Mapped[str]
    gross_cents: Mapped[cents]
    currency: Mapped[str] = mapped_column(server_default="EUR")
    content: Mapped[document]
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    refers_to: Mapped[ref | None]
    document_id: Mapped[ref | None]
    created_by: Mapped[ref | None]
    created_at: Mapped[stamp]
    updated_at: Mapped[stamp]

    @property
    def paper(self) -> Paper:
        """What it says so far."""
        return thaw(Paper, self.content)


class DocumentSeries(TenantOwned, Model):
    """The last number of a series in a year, and the last day: the one row that issuing locks."""

    __tablename__ = "document_series"
    __table_args__ = owned(UniqueConstraint("tenant_id", "series", "year"))

    id: Mapped[key]
    series: Mapped[str]
    year: Mapped[int]
    last: Mapped[int] = mapped_column(server_default="0")
    last_on: Mapped[dt.date]


class Document(TenantOwned, Model):
    """Issued. The row, its files and its links are added once and stay."""

    __tablename__ = "document"
    __table_args__ = owned(
        points_to("person_id", "person"),
        points_to("refers_to", "document"),
        UniqueConstraint("tenant_id", "series", "year", "number"),
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("net_cents + vat_cents = gross_cents", name="gross"),
        Index("ix_document_issued", "tenant_id", "issued_on", "id"),
        Index("ix_document_customer", "tenant_id", "customer"),
        Index("ix_document_person", "tenant_id", "person_id"),
        Index("ix_document_refers", "tenant_id", "refers_to"),
    )

    id: Mapped[key]
    kind: Mapped[str]
    series: Mapped[str]
    year: Mapped[int]
    number: Mapped[int]
    name: Mapped[str]
    issued_on: Mapped[dt.date]
    issued_at: Mapped[instant]
    due_on: Mapped[dt.date | None]
    customer: Mapped[str]
    person_id: Mapped[ref | None]
    buyer_name: Mapped[str]
    search: Mapped[str]
    lang: Mapped[str]
    currency: Mapped[str]
    net_cents: Mapped[cents]
    vat_cents: Mapped[cents]
    gross_cents: Mapped[cents]
    due_cents: Mapped[cents]
    content: Mapped[document]
    law_version: Mapped[str]
    fired: Mapped[document]
    xml_sha256: Mapped[str]
    pdf_sha256: Mapped[str]
    refers_to: Mapped[ref | None]
    issued_by: Mapped[ref | None]
    key_id: Mapped[str]
    previous: Mapped[str]
    seal: Mapped[str]

    @property
    def paper(self) -> Paper:
        """What it said on its day."""
        return thaw(Paper, self.content)


class DocumentFile(TenantOwned, Model):
    """The bytes that were issued, never made again."""

    __tablename__ = "document_file"
    __table_args__ = owned(
        points_to("document_id", "document"),
        UniqueConstraint("tenant_id", "document_id", "format"),
        CheckConstraint("format in ('pdf', 'xml')", name="format"),
    )

    id: Mapped[key]
    document_id: Mapped[ref]
    format: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DocumentLink(TenantOwned, Model):
    """What a document deducts (a deposit) or gives back (a document that it credits)."""

    __tablename__ = "document_link"
    __table_args__ = owned(
        points_to("document_id", "document"),
        points_to("earlier_id", "document"),
        CheckConstraint("relation in ('deducts', 'credits', 'answers')", name="relation"),
        UniqueConstraint("tenant_id", "document_id", "earlier_id"),
        Index(
            "uq_document_link_deducted",
            "tenant_id",
            "earlier_id",
            unique=True,
            postgresql_where=text("relation = 'deducts'"),
        ),
        Index("ix_document_link_earlier", "tenant_id", "earlier_id"),
    )

    id: Mapped[key]
    document_id: Mapped[ref]
    earlier_id: Mapped[ref]
    relation: Mapped[str]


class DocumentEvent(TenantOwned, Model):
    """What became of a document: sent, accepted, declined; statuses of a platform later."""

    __tablename__ = "document_event"
    __table_args__ = owned(
        points_to("document_id", "document"),
        Index("ix_document_event_document", "tenant_id", "document_id", "id"),
    )

    id: Mapped[key]
    document_id: Mapped[ref]
    at: Mapped[stamp]
    what: Mapped[str]
    by_account: Mapped[ref | None]
    detail: Mapped[document]


class DocumentDoor(TenantOwned, Model):
    """The secret address of a document: whoever was sent it sees it, pays it, answers it."""

    __tablename__ = "document_door"
    __table_args__ = owned(
        points_to("document_id", "document"),
        UniqueConstraint("tenant_id", "document_id"),
        UniqueConstraint("tenant_id", "token"),
    )

    id: Mapped[key]
    document_id: Mapped[ref]
    token: Mapped[str]
    created_at: Mapped[stamp]


class Reminder(TenantOwned, Model):
    """A document was asked for again. Each level once; a payment that the bank took back begins a
    new round."""

    __tablename__ = "reminder"
    __table_args__ = owned(
        points_to("document_id", "document"),
        UniqueConstraint("tenant_id", "document_id", "round", "level"),
        CheckConstraint("level between 1 and 3", name="level"),
    )

    id: Mapped[key]
    document_id: Mapped[ref]
    round: Mapped[int] = mapped_column(server_default="1")
    level: Mapped[int]
    at: Mapped[stamp]
    recipient: Mapped[str]
    due_cents: Mapped[cents]
    penalty_cents: Mapped[cents]
    fixed_cents: Mapped[cents]


class BillingRun(TenantOwned, Model):
    """A month end: everybody who has something to be billed for, one document each."""

    __tablename__ = "billing_run"
    __table_args__ = owned(
        CheckConstraint(f"state in {RUN_STATES}", name="state"),
        Index(
            "uq_billing_run_live",
            "tenant_id",
            unique=True,
            postgresql_where=text("state <> 'done'"),
        ),
    )

    id: Mapped[key]
    until: Mapped[dt.date]
    state: Mapped[str] = mapped_column(server_default="waiting")
    asked_by: Mapped[ref | None]
    created_at: Mapped[stamp]
    ended_at: Mapped[instant | None]


class BillingItem(TenantOwned, Model):
    """One customer of a run, and what became of it."""

    __tablename__ = "billing_item"
    __table_args__ = owned(
        points_to("run_id", "billing_run"),
        points_to("draft_id", "draft"),
        points_to("document_id", "document"),
        UniqueConstraint("tenant_id", "run_id", "customer", "currency"),
        CheckConstraint(f"state in {ITEM_STATES}", name="state"),
        Index("ix_billing_item_state", "tenant_id", "run_id", "state", "id"),
    )

    id: Mapped[key]
    run_id: Mapped[ref]
    customer: Mapped[str]
    currency: Mapped[str]
    buyer_name: Mapped[str]
    gross_cents: Mapped[cents]
    state: Mapped[str] = mapped_column(server_default="waiting")
    draft_id: Mapped[ref | None]
    document_id: Mapped[ref | None]
    done_at: Mapped[instant | None]
