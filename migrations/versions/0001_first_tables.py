"""First tables: networks, tenants, people, spaces, occupancy, prices, payments, bookings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=True),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("acting_for", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_tenant", "audit_entry", ["tenant_id", "at"], unique=False)
    op.create_table(
        "mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=True),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("attachments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint(
            "tenant_id",
            "network_id",
            "template",
            "entity",
            "version",
            name="uq_mail_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "ix_mail_waiting", "mail", ["id"], unique=False, postgresql_where="sent_at is null"
    )
    op.create_table(
        "network",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "settings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
        sa.UniqueConstraint("slug", name=op.f("uq_network_slug")),
    )
    op.create_table(
        "payment_route",
        sa.Column("stripe_account", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stripe_account", name=op.f("pk_payment_route")),
    )
    op.create_table(
        "rate_count",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("bucket", "window_start", name=op.f("pk_rate_count")),
    )
    op.create_table(
        "account",
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), server_default="fr", nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "settings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state in ('active', 'suspended', 'erased')", name=op.f("ck_account_state")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_account_email_folded")),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_account_network_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("network_id", "email", name=op.f("uq_account_network_id_email")),
        sa.UniqueConstraint("network_id", "id", name=op.f("uq_account_network_id_id")),
    )
    op.create_table(
        "login_link",
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=True),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose in ('signin', 'verify', 'reset', 'invite')", name=op.f("ck_login_link_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_login_link_network_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_link_token_hash")),
    )
    op.create_index("ix_login_link_email", "login_link", ["network_id", "email"], unique=False)
    op.create_table(
        "tenant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("locale", sa.Text(), server_default="fr", nullable=False),
        sa.Column("currency", sa.Text(), server_default="EUR", nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("hold_minutes", sa.Integer(), server_default="15", nullable=False),
        sa.Column("free_cancel_hours", sa.Integer(), server_default="24", nullable=False),
        sa.Column("late_refund_percent", sa.Integer(), server_default="50", nullable=False),
        sa.Column("no_show_minutes", sa.Integer(), server_default="30", nullable=False),
        sa.Column("member_percent", sa.Integer(), server_default="100", nullable=False),
        sa.Column("desk_payment", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("simulated", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "legal",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "copy",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("state in ('draft', 'live', 'closed')", name=op.f("ck_tenant_state")),
        sa.CheckConstraint(
            "free_cancel_hours between 0 and 720", name=op.f("ck_tenant_free_cancel_hours")
        ),
        sa.CheckConstraint("hold_minutes between 5 and 120", name=op.f("ck_tenant_hold_minutes")),
        sa.CheckConstraint(
            "late_refund_percent between 0 and 100", name=op.f("ck_tenant_late_refund_percent")
        ),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_tenant_network_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("network_id", "id", name=op.f("uq_tenant_network_id_id")),
        sa.UniqueConstraint("network_id", "slug", name=op.f("uq_tenant_network_id_slug")),
    )
    op.create_table(
        "api_token",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_api_token_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_api_token_tenant_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_table(
        "appearance",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("theme", sa.Text(), server_default="etabli", nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("accent", sa.Text(), nullable=True),
        sa.Column("radius", sa.Integer(), nullable=True),
        sa.Column("density", sa.Text(), server_default="airy", nullable=False),
        sa.Column("font_pair", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), server_default="auto", nullable=False),
        sa.Column("logo_file", sa.BigInteger(), nullable=True),
        sa.Column("logo_dark_file", sa.BigInteger(), nullable=True),
        sa.Column(
            "texts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_appearance_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appearance")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_appearance_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "version", name=op.f("uq_appearance_tenant_id_version")),
    )
    op.create_index(
        "uq_appearance_draft",
        "appearance",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("published_at is null"),
    )
    op.create_table(
        "domain",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=True),
        sa.Column("canonical", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "host = lower(host) and host !~ '[^a-z0-9.-]'", name=op.f("ck_domain_host")
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "tenant_id"],
            ["tenant.network_id", "tenant.id"],
            name=op.f("fk_domain_network_id_tenant_id"),
        ),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_domain_network_id")),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_domain")),
    )
    op.create_index(
        "uq_domain_canonical",
        "domain",
        ["network_id", sa.literal_column("coalesce(tenant_id, 0)")],
        unique=True,
        postgresql_where=sa.text("canonical"),
    )
    op.create_table(
        "gateway_event",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_gateway_event_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_event")),
        sa.UniqueConstraint(
            "tenant_id", "event_id", name=op.f("uq_gateway_event_tenant_id_event_id")
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_gateway_event_tenant_id_id")),
    )
    op.create_index(
        "ix_gateway_event_todo", "gateway_event", ["tenant_id", "received_at"], unique=False
    )
    op.create_table(
        "idempotent_call",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_idempotent_call_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_call")),
        sa.UniqueConstraint(
            "tenant_id", "actor", "key", name=op.f("uq_idempotent_call_tenant_id_actor_key")
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_idempotent_call_tenant_id_id")),
    )
    op.create_index("ix_idempotent_call_created", "idempotent_call", ["created_at"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "posted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("memo", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_ledger_entry_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_ledger_entry_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id",
            "source",
            "source_id",
            "event",
            name=op.f("uq_ledger_entry_tenant_id_source_source_id_event"),
        ),
    )
    op.create_index(
        "ix_ledger_entry_posted", "ledger_entry", ["tenant_id", "posted_at"], unique=False
    )
    op.create_table(
        "login_session",
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("staff", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["network_id", "account_id"],
            ["account.network_id", "account.id"],
            name=op.f("fk_login_session_network_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_login_session_network_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    op.create_index(
        "ix_login_session_account", "login_session", ["network_id", "account_id"], unique=False
    )
    op.create_table(
        "network_grant",
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), server_default="operator", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "account_id"],
            ["account.network_id", "account.id"],
            name=op.f("fk_network_grant_network_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_network_grant_network_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_grant")),
        sa.UniqueConstraint(
            "network_id", "account_id", name=op.f("uq_network_grant_network_id_account_id")
        ),
    )
    op.create_table(
        "payment_account",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("provider", sa.Text(), server_default="stripe", nullable=False),
        sa.Column("stripe_account", sa.Text(), nullable=True),
        sa.Column("own_key", sa.LargeBinary(), nullable=True),
        sa.Column("own_webhook_secret", sa.LargeBinary(), nullable=True),
        sa.Column("ready", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("card", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("sepa_debit", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_payment_account_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_account")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_payment_account_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_payment_account_tenant_id")),
    )
    op.create_table(
        "person",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("siren", sa.Text(), nullable=True),
        sa.Column("standing", sa.Text(), server_default="guest", nullable=False),
        sa.Column("locale", sa.Text(), server_default="fr", nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "settings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "standing in ('guest', 'member', 'on_account')", name=op.f("ck_person_standing")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email_folded")),
        sa.ForeignKeyConstraint(
            ["network_id", "account_id"],
            ["account.network_id", "account.id"],
            name=op.f("fk_person_network_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "tenant_id"],
            ["tenant.network_id", "tenant.id"],
            name=op.f("fk_person_network_id_tenant_id"),
        ),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_person_network_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_person_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_person_tenant_id_email")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_person_tenant_id_id")),
    )
    op.create_index("ix_person_account", "person", ["tenant_id", "account_id"], unique=False)
    op.create_index("ix_person_search", "person", ["tenant_id", "search"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "role in ('front_desk', 'manager', 'owner')", name=op.f("ck_role_grant_role")
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "account_id"],
            ["account.network_id", "account.id"],
            name=op.f("fk_role_grant_network_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_role_grant_network_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_role_grant_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint(
            "tenant_id", "account_id", name=op.f("uq_role_grant_tenant_id_account_id")
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_role_grant_tenant_id_id")),
    )
    op.create_table(
        "site",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), server_default="", nullable=False),
        sa.Column("postcode", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="FR", nullable=False),
        sa.Column("subdivision", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), server_default="Europe/Paris", nullable=False),
        sa.Column("open_on_holidays", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "access",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "plan",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_site_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_site_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "slug", name=op.f("uq_site_tenant_id_slug")),
    )
    op.create_table(
        "solve_run",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="running", nullable=False),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_solve_run_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_solve_run")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_solve_run_tenant_id_id")),
    )
    op.create_index("ix_solve_run_started", "solve_run", ["tenant_id", "started_at"], unique=False)
    op.create_table(
        "stored_file",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_stored_file_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_stored_file_tenant_id_id")),
    )
    op.create_index("ix_stored_file_name", "stored_file", ["tenant_id", "name"], unique=True)
    op.create_table(
        "support_visit",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("read_only", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["network_id", "account_id"],
            ["account.network_id", "account.id"],
            name=op.f("fk_support_visit_network_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_support_visit_network_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_support_visit_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_visit")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_support_visit_tenant_id_id")),
    )
    op.create_table(
        "ledger_line",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("vat_bp", sa.Integer(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account in ('receivable', 'card_clearing', 'sepa_clearing', 'cash', 'terminal', 'bank', 'sales', 'vat', 'suspense')",
            name=op.f("ck_ledger_line_account"),
        ),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_ledger_line_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entry_id"],
            ["ledger_entry.tenant_id", "ledger_entry.id"],
            name=op.f("fk_ledger_line_tenant_id_entry_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_ledger_line_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_line")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_ledger_line_tenant_id_id")),
    )
    op.create_index("ix_ledger_line_account", "ledger_line", ["tenant_id", "account"], unique=False)
    op.create_index("ix_ledger_line_entry", "ledger_line", ["tenant_id", "entry_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="EUR", nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("checkout_id", sa.Text(), nullable=True),
        sa.Column("checkout_url", sa.Text(), nullable=True),
        sa.Column("intent_id", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("taken_by", sa.BigInteger(), nullable=True),
        sa.Column("asked_times", sa.Integer(), server_default="0", nullable=False),
        sa.Column("needs_person", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "method in ('card', 'sepa_debit', 'cash', 'terminal', 'transfer', 'on_account')",
            name=op.f("ck_payment_method"),
        ),
        sa.CheckConstraint(
            "state in ('pending', 'open', 'processing', 'captured', 'failed', 'expired', 'unknown')",
            name=op.f("ck_payment_state"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_payment_tenant_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_payment_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payment_idempotency_key")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_payment_tenant_id_id")),
    )
    op.create_index("ix_payment_checkout", "payment", ["tenant_id", "checkout_id"], unique=False)
    op.create_index("ix_payment_intent", "payment", ["tenant_id", "intent_id"], unique=False)
    op.create_index(
        "ix_payment_source", "payment", ["tenant_id", "source", "source_id"], unique=False
    )
    op.create_index(
        "ix_payment_state", "payment", ["tenant_id", "state", "created_at"], unique=False
    )
    op.create_table(
        "space",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("floor", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "description",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("takes", sa.Text(), server_default="any", nullable=False),
        sa.Column("capacity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("equipment", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "accessibility",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("step_minutes", sa.Integer(), server_default="30", nullable=False),
        sa.Column("min_minutes", sa.Integer(), server_default="60", nullable=False),
        sa.Column("max_minutes", sa.Integer(), server_default="600", nullable=False),
        sa.Column("lead_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("horizon_days", sa.Integer(), server_default="90", nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("audience", sa.Text(), server_default="public", nullable=False),
        sa.Column("pricing", sa.Text(), server_default="dynamic", nullable=False),
        sa.Column("base_cents", sa.BigInteger(), nullable=False),
        sa.Column("floor_percent", sa.Integer(), server_default="70", nullable=False),
        sa.Column("ceiling_percent", sa.Integer(), server_default="150", nullable=False),
        sa.Column("rounding_cents", sa.Integer(), server_default="100", nullable=False),
        sa.Column("vat_bp", sa.Integer(), server_default="2000", nullable=False),
        sa.Column("door_code", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "audience in ('public', 'members', 'staff')", name=op.f("ck_space_audience")
        ),
        sa.CheckConstraint(
            "kind in ('meeting_room', 'office', 'desk_pool', 'phone_booth', 'workshop', 'event_hall', 'equipment', 'bike')",
            name=op.f("ck_space_kind"),
        ),
        sa.CheckConstraint("pricing in ('dynamic', 'fixed')", name=op.f("ck_space_pricing")),
        sa.CheckConstraint("takes in ('any', 'all')", name=op.f("ck_space_takes")),
        sa.CheckConstraint("base_cents >= 0", name=op.f("ck_space_base")),
        sa.CheckConstraint("buffer_minutes between 0 and 480", name=op.f("ck_space_buffer")),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_space_capacity")),
        sa.CheckConstraint(
            "floor_percent > 0 and ceiling_percent >= floor_percent", name=op.f("ck_space_band")
        ),
        sa.CheckConstraint(
            "min_minutes > 0 and max_minutes >= min_minutes", name=op.f("ck_space_length")
        ),
        sa.CheckConstraint("step_minutes in (15, 30, 60, 120, 240)", name=op.f("ck_space_step")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "site_id"],
            ["site.tenant_id", "site.id"],
            name=op.f("fk_space_tenant_id_site_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_space_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_space_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "slug", name=op.f("uq_space_tenant_id_slug")),
    )
    op.create_table(
        "unit",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("cluster", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "site_id"],
            ["site.tenant_id", "site.id"],
            name=op.f("fk_unit_tenant_id_site_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_unit_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_unit_tenant_id_id")),
    )
    op.create_index("ix_unit_cluster", "unit", ["tenant_id", "cluster"], unique=False)
    op.create_table(
        "composition",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f("fk_composition_tenant_id_space_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_composition_tenant_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_composition_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_composition")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_composition_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id",
            "space_id",
            "unit_id",
            name=op.f("uq_composition_tenant_id_space_id_unit_id"),
        ),
    )
    op.create_index("ix_composition_unit", "composition", ["tenant_id", "unit_id"], unique=False)
    op.create_table(
        "dated_hours",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=True),
        sa.Column("closes", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(opens is null and closes is null) or (opens >= 0 and closes <= 1440 and opens < closes)",
            name=op.f("ck_dated_hours_hours"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "site_id"],
            ["site.tenant_id", "site.id"],
            name=op.f("fk_dated_hours_tenant_id_site_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f("fk_dated_hours_tenant_id_space_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_dated_hours_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_hours")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_dated_hours_tenant_id_id")),
    )
    op.create_index(
        "ix_dated_hours_day", "dated_hours", ["tenant_id", "site_id", "day"], unique=False
    )
    op.create_table(
        "demand_event",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), server_default="1", nullable=False),
        sa.Column("lead_minutes", sa.Integer(), nullable=False),
        sa.Column("list_cents", sa.BigInteger(), nullable=False),
        sa.Column("shown_cents", sa.BigInteger(), nullable=True),
        sa.Column("arm", sa.Integer(), server_default="0", nullable=False),
        sa.Column("alternatives", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome in ('shown', 'booked', 'left', 'unavailable')",
            name=op.f("ck_demand_event_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f("fk_demand_event_tenant_id_space_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_demand_event_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_event")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_demand_event_tenant_id_id")),
    )
    op.create_index("ix_demand_event_at", "demand_event", ["tenant_id", "at"], unique=False)
    op.create_index(
        "ix_demand_event_space", "demand_event", ["tenant_id", "space_id", "day"], unique=False
    )
    op.create_table(
        "fixed_price",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("hour_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_fixed_price_days")),
        sa.CheckConstraint("hour_cents >= 0", name=op.f("ck_fixed_price_price")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f("fk_fixed_price_tenant_id_space_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_fixed_price_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixed_price")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_fixed_price_tenant_id_id")),
    )
    op.create_index(
        "ix_fixed_price_space", "fixed_price", ["tenant_id", "space_id", "first_day"], unique=False
    )
    op.create_table(
        "occupancy",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=True),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("pinned", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.literal_column("int8range(unit_id, unit_id, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            deferrable="True",
            initially="IMMEDIATE",
            using="gist",
            name="occupancy_no_overlap",
        ),
        sa.CheckConstraint(
            "(kind = 'hold') = (expires_at is not null)", name=op.f("ck_occupancy_hold_expires")
        ),
        sa.CheckConstraint(
            "kind in ('hold', 'booking', 'event', 'closure', 'repair', 'buffer')",
            name=op.f("ck_occupancy_kind"),
        ),
        sa.CheckConstraint(
            "not isempty(during) and not lower_inf(during) and not upper_inf(during) and lower_inc(during) and not upper_inc(during)",
            name=op.f("ck_occupancy_during_bounded"),
        ),
        sa.CheckConstraint(
            "starts_at < ends_at and lower(during) <= starts_at and ends_at <= upper(during)",
            name=op.f("ck_occupancy_use_inside"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f("fk_occupancy_tenant_id_space_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_occupancy_tenant_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_occupancy_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancy")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_occupancy_tenant_id_id")),
    )
    op.create_index(
        "ix_occupancy_holds",
        "occupancy",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("kind = 'hold'"),
    )
    op.create_index(
        "ix_occupancy_source", "occupancy", ["tenant_id", "source", "source_id"], unique=False
    )
    op.create_index("ix_occupancy_starts", "occupancy", ["tenant_id", "starts_at"], unique=False)
    op.create_table(
        "opening",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "opens >= 0 and closes <= 1440 and opens < closes", name=op.f("ck_opening_hours")
        ),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_opening_weekday")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "site_id"],
            ["site.tenant_id", "site.id"],
            name=op.f("fk_opening_tenant_id_site_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f("fk_opening_tenant_id_space_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_opening_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_opening_tenant_id_id")),
    )
    op.create_index(
        "ix_opening_site", "opening", ["tenant_id", "site_id", "space_id", "weekday"], unique=False
    )
    op.create_table(
        "photo",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["stored_file.tenant_id", "stored_file.id"],
            name=op.f("fk_photo_tenant_id_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f("fk_photo_tenant_id_space_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_photo_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_photo_tenant_id_id")),
    )
    op.create_table(
        "quote",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("people", sa.Integer(), server_default="1", nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="EUR", nullable=False),
        sa.Column("vat_bp", sa.Integer(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "inputs",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price_cents >= 0", name=op.f("ck_quote_price")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_quote_interval")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f("fk_quote_tenant_id_space_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_quote_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_quote_tenant_id_id")),
    )
    op.create_index("ix_quote_token", "quote", ["tenant_id", "token"], unique=True)
    op.create_table(
        "refund",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="requested", nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column("asked_times", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('requested', 'unknown', 'done', 'failed')", name=op.f("ck_refund_state")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_refund_tenant_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_refund_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_refund_idempotency_key")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_refund_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id", "payment_id", "reason", name=op.f("uq_refund_tenant_id_payment_id_reason")
        ),
    )
    op.create_index("ix_refund_state", "refund", ["tenant_id", "state"], unique=False)
    op.create_table(
        "value_table",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("origin", sa.Text(), server_default="prior", nullable=False),
        sa.Column(
            "solved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f("fk_value_table_tenant_id_space_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_value_table_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_value_table")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_value_table_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id", "space_id", "day", name=op.f("uq_value_table_tenant_id_space_id_day")
        ),
    )
    op.create_table(
        "booking",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("quote_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("people", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payment_way", sa.Text(), server_default="online", nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="EUR", nullable=False),
        sa.Column("vat_bp", sa.Integer(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column(
            "organisation",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), server_default="web", nullable=False),
        sa.Column("terms_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("simulated", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "payment_way in ('online', 'desk', 'on_account', 'free')",
            name=op.f("ck_booking_payment_way"),
        ),
        sa.CheckConstraint(
            "state in ('held', 'confirmed', 'lapsed', 'cancelled')", name=op.f("ck_booking_state")
        ),
        sa.CheckConstraint(
            "price_cents >= 0 and quantity > 0 and people > 0", name=op.f("ck_booking_amounts")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_booking_interval")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_booking_tenant_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "quote_id"],
            ["quote.tenant_id", "quote.id"],
            name=op.f("fk_booking_tenant_id_quote_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f("fk_booking_tenant_id_space_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_booking_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_booking_tenant_id_code")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_booking_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "quote_id", name=op.f("uq_booking_tenant_id_quote_id")),
        sa.UniqueConstraint("tenant_id", "token", name=op.f("uq_booking_tenant_id_token")),
    )
    op.create_index(
        "ix_booking_person", "booking", ["tenant_id", "person_id", "starts_at"], unique=False
    )
    op.create_index(
        "ix_booking_space", "booking", ["tenant_id", "space_id", "starts_at"], unique=False
    )
    op.create_index("ix_booking_starts", "booking", ["tenant_id", "starts_at"], unique=False)
    op.create_table(
        "cancellation",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_account", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refund_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "booking_id"],
            ["booking.tenant_id", "booking.id"],
            name=op.f("fk_cancellation_tenant_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_cancellation_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancellation")),
        sa.UniqueConstraint(
            "tenant_id", "booking_id", name=op.f("uq_cancellation_tenant_id_booking_id")
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_cancellation_tenant_id_id")),
    )
    op.create_table(
        "check_in",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_account", sa.BigInteger(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "booking_id"],
            ["booking.tenant_id", "booking.id"],
            name=op.f("fk_check_in_tenant_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_check_in_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint(
            "tenant_id", "booking_id", name=op.f("uq_check_in_tenant_id_booking_id")
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_check_in_tenant_id_id")),
    )
    op.create_table(
        "move",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_account", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_space_id", sa.BigInteger(), nullable=False),
        sa.Column("from_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("to_price_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "booking_id"],
            ["booking.tenant_id", "booking.id"],
            name=op.f("fk_move_tenant_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_move_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_move_tenant_id_id")),
    )
    op.create_table(
        "no_show",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_account", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "booking_id"],
            ["booking.tenant_id", "booking.id"],
            name=op.f("fk_no_show_tenant_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_no_show_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_show")),
        sa.UniqueConstraint(
            "tenant_id", "booking_id", name=op.f("uq_no_show_tenant_id_booking_id")
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_no_show_tenant_id_id")),
    )
