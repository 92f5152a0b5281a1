"""Charges, drafts and documents. What is issued stays: by grant and by trigger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core import rls

revision = "0010"
down_revision = "0009"

TABLES = (
    "billing_item",
    "billing_profile",
    "billing_run",
    "buyer",
    "charge",
    "document",
    "document_event",
    "document_file",
    "document_link",
    "document_series",
    "draft",
)
FROZEN = ("document", "document_event", "document_file", "document_link")
ACCOUNTS = (
    "receivable",
    "card_clearing",
    "sepa_clearing",
    "cash",
    "terminal",
    "bank",
    "sales",
    "vat",
    "vat_pending",
    "vat_collected",
    "penalties",
    "prepaid",
    "deposits_held",
    "till_difference",
    "transfer",
    "suspense",
)
# A number never goes back, and a counter is never thrown away.
COUNTER = """
create function document_series_grows() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.last <> old.last + 1 or new.last_on < old.last_on
      or (new.tenant_id, new.series, new.year) is distinct from (old.tenant_id, old.series, old.year)
  then
    raise exception 'a series only grows, one number at a time' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger grows before update or delete on document_series
  for each row execute function document_series_grows();
"""


def upgrade() -> None:
    """Charges and drafts may change; what is issued may only be added to."""
    op.create_table(
        "billing_profile",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("siret", sa.Text(), server_default="", nullable=False),
        sa.Column("legal_form", sa.Text(), server_default="", nullable=False),
        sa.Column("capital", sa.Text(), server_default="", nullable=False),
        sa.Column("register", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("iban", sa.Text(), server_default="", nullable=False),
        sa.Column("bic", sa.Text(), server_default="", nullable=False),
        sa.Column("penalty_rate", sa.Text(), server_default="", nullable=False),
        sa.Column("terms_days", sa.Integer(), server_default="30", nullable=False),
        sa.Column("franchise", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("prefix", sa.Text(), server_default="F", nullable=False),
        sa.Column("consumers", sa.Text(), server_default="on_request", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "consumers in ('on_request', 'always')", name=op.f("ck_billing_profile_consumers")
        ),
        sa.CheckConstraint("prefix ~ '^[A-Z]{1,4}$'", name=op.f("ck_billing_profile_prefix")),
        sa.CheckConstraint(
            "terms_days between 0 and 60", name=op.f("ck_billing_profile_terms_days")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_billing_profile_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_profile")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_billing_profile_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_billing_profile_tenant_id")),
    )
    op.create_table(
        "billing_run",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'running', 'done')", name=op.f("ck_billing_run_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_billing_run_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_run")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_billing_run_tenant_id_id")),
    )
    op.create_index(
        "uq_billing_run_live",
        "billing_run",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "buyer",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column(
            "party",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("lang", sa.Text(), server_default="fr", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_buyer_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer")),
        sa.UniqueConstraint("tenant_id", "customer", name=op.f("uq_buyer_tenant_id_customer")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_buyer_tenant_id_id")),
    )
    op.create_table(
        "document_series",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_document_series_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_series")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_document_series_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id", "series", "year", name=op.f("uq_document_series_tenant_id_series_year")
        ),
    )
    op.create_table(
        "document",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("buyer_name", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("due_cents", sa.BigInteger(), nullable=False),
        sa.Column(
            "content",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("law_version", sa.Text(), nullable=False),
        sa.Column(
            "fired",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("xml_sha256", sa.Text(), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=False),
        sa.Column("refers_to", sa.BigInteger(), nullable=True),
        sa.Column("issued_by", sa.BigInteger(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind in ('quote', 'deposit', 'invoice', 'credit_note')", name=op.f("ck_document_kind")
        ),
        sa.CheckConstraint("net_cents + vat_cents = gross_cents", name=op.f("ck_document_gross")),
        sa.CheckConstraint("number > 0", name=op.f("ck_document_number")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_document_tenant_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "refers_to"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_document_tenant_id_refers_to"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_document_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_document_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_document_tenant_id_name")),
        sa.UniqueConstraint(
            "tenant_id",
            "series",
            "year",
            "number",
            name=op.f("uq_document_tenant_id_series_year_number"),
        ),
    )
    op.create_index("ix_document_customer", "document", ["tenant_id", "customer"], unique=False)
    op.create_index(
        "ix_document_issued", "document", ["tenant_id", "issued_on", "id"], unique=False
    )
    op.create_index("ix_document_person", "document", ["tenant_id", "person_id"], unique=False)
    op.create_index("ix_document_refers", "document", ["tenant_id", "refers_to"], unique=False)
    op.create_table(
        "document_event",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by_account", sa.BigInteger(), nullable=True),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_document_event_tenant_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_document_event_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_event")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_document_event_tenant_id_id")),
    )
    op.create_index(
        "ix_document_event_document",
        "document_event",
        ["tenant_id", "document_id", "id"],
        unique=False,
    )
    op.create_table(
        "document_file",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("format in ('pdf', 'xml')", name=op.f("ck_document_file_format")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_document_file_tenant_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_document_file_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_file")),
        sa.UniqueConstraint(
            "tenant_id",
            "document_id",
            "format",
            name=op.f("uq_document_file_tenant_id_document_id_format"),
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_document_file_tenant_id_id")),
    )
    op.create_table(
        "document_link",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("earlier_id", sa.BigInteger(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "relation in ('deducts', 'credits', 'answers')", name=op.f("ck_document_link_relation")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_document_link_tenant_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "earlier_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_document_link_tenant_id_earlier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_document_link_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_link")),
        sa.UniqueConstraint(
            "tenant_id",
            "document_id",
            "earlier_id",
            name=op.f("uq_document_link_tenant_id_document_id_earlier_id"),
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_document_link_tenant_id_id")),
    )
    op.create_index(
        "ix_document_link_earlier", "document_link", ["tenant_id", "earlier_id"], unique=False
    )
    op.create_index(
        "uq_document_link_deducted",
        "document_link",
        ["tenant_id", "earlier_id"],
        unique=True,
        postgresql_where=sa.text("relation = 'deducts'"),
    )
    op.create_table(
        "draft",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("buyer_name", sa.Text(), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="EUR", nullable=False),
        sa.Column(
            "content",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("refers_to", sa.BigInteger(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'issued') = (document_id is not null)", name=op.f("ck_draft_issued")
        ),
        sa.CheckConstraint(
            "kind in ('quote', 'deposit', 'invoice', 'credit_note')", name=op.f("ck_draft_kind")
        ),
        sa.CheckConstraint(
            "state in ('open', 'queued', 'refused', 'issued')", name=op.f("ck_draft_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_draft_tenant_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_draft_tenant_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "refers_to"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_draft_tenant_id_refers_to"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_draft_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_draft_tenant_id_id")),
    )
    op.create_index("ix_draft_customer", "draft", ["tenant_id", "customer"], unique=False)
    op.create_index("ix_draft_state", "draft", ["tenant_id", "state", "updated_at"], unique=False)
    op.create_table(
        "billing_item",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("buyer_name", sa.Text(), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'done', 'refused', 'empty')", name=op.f("ck_billing_item_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_billing_item_tenant_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "draft_id"],
            ["draft.tenant_id", "draft.id"],
            name=op.f("fk_billing_item_tenant_id_draft_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["billing_run.tenant_id", "billing_run.id"],
            name=op.f("fk_billing_item_tenant_id_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_billing_item_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_item")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_billing_item_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id",
            "run_id",
            "customer",
            "currency",
            name=op.f("uq_billing_item_tenant_id_run_id_customer_currency"),
        ),
    )
    op.create_index(
        "ix_billing_item_state",
        "billing_item",
        ["tenant_id", "run_id", "state", "id"],
        unique=False,
    )
    op.create_table(
        "charge",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "quantity", sa.Numeric(precision=15, scale=4), server_default="1", nullable=False
        ),
        sa.Column("unit", sa.Text(), server_default="piece", nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("list_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("discount", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "tax",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="EUR", nullable=False),
        sa.Column(
            "buyer",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("lang", sa.Text(), server_default="fr", nullable=False),
        sa.Column("order_number", sa.Text(), server_default="", nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("draft_id", sa.BigInteger(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("netted", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_charge_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_charge_tenant_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "draft_id"],
            ["draft.tenant_id", "draft.id"],
            name=op.f("fk_charge_tenant_id_draft_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_charge_tenant_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_charge_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_charge_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id",
            "source",
            "source_id",
            "event",
            name=op.f("uq_charge_tenant_id_source_source_id_event"),
        ),
    )
    op.create_index("ix_charge_document", "charge", ["tenant_id", "document_id"], unique=False)
    op.create_index("ix_charge_draft", "charge", ["tenant_id", "draft_id"], unique=False)
    op.create_index(
        "ix_charge_open",
        "charge",
        ["tenant_id", "customer"],
        unique=False,
        postgresql_where=sa.text("document_id is null and draft_id is null and not netted"),
    )
    op.create_index("ix_charge_person", "charge", ["tenant_id", "person_id"], unique=False)
    for table in TABLES:
        for statement in rls.tenant_table(table):
            op.execute(statement)
    for table in FROZEN:
        for statement in rls.append_only(table):
            op.execute(statement)
    op.execute(COUNTER)
    op.execute(f"revoke delete, truncate on document_series from {rls.serving()}")
    op.execute("alter table ledger_line drop constraint ck_ledger_line_account")
    op.execute(
        f"alter table ledger_line add constraint ck_ledger_line_account"
        f" check (account in {ACCOUNTS})"
    )
