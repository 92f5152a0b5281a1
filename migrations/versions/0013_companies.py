"""Companies with their seats, what VIES said of them, and the bookings they pay for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core import rls

revision = "0013"
down_revision = "0012"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def owned(table: str) -> list[sa.Constraint]:
    """What every table of a tenant has."""
    return [
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f(f"uq_{table}_tenant_id_id")),
    ]


def key() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
    ]


def words(*names: str) -> list[sa.Column]:
    """Texts that are empty rather than absent."""
    return [sa.Column(name, sa.Text(), server_default="", nullable=False) for name in names]


def points_to(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{to}.tenant_id", f"{to}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
    )


def companies() -> None:
    """Who is billed."""
    op.create_table(
        "company",
        *key(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        *words("siren", "siret", "vat", "street", "postcode", "city"),
        sa.Column("country", sa.Text(), server_default="FR", nullable=False),
        *words("email", "reference"),
        sa.Column("budget_cents", sa.BigInteger(), nullable=True),
        sa.Column("due_days", sa.Integer(), server_default="30", nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "kind in ('fr_business', 'eu_business', 'other')", name=op.f("ck_company_kind")
        ),
        sa.CheckConstraint(
            "budget_cents is null or budget_cents >= 0", name=op.f("ck_company_budget")
        ),
        sa.CheckConstraint("due_days between 0 and 60", name=op.f("ck_company_due_days")),
        *owned("company"),
    )
    op.create_index("ix_company_search", "company", ["tenant_id", "search"])
    op.create_index(
        "uq_company_siren",
        "company",
        ["tenant_id", "siren"],
        unique=True,
        postgresql_where=sa.text("siren <> '' and closed_at is null"),
    )


def seats() -> None:
    """Who books for it."""
    op.create_table(
        "seat",
        *key(),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("may_spend", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("keeps_seats", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        points_to("seat", "company_id", "company"),
        points_to("seat", "person_id", "person"),
        *owned("seat"),
        sa.UniqueConstraint(
            "tenant_id",
            "company_id",
            "person_id",
            name=op.f("uq_seat_tenant_id_company_id_person_id"),
        ),
    )
    op.create_index("ix_seat_person", "seat", ["tenant_id", "person_id"])


def checks() -> None:
    """What VIES answered."""
    op.create_table(
        "vat_check",
        *key(),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        *words("consultation", "name", "address"),
        sa.Column(
            "said", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.CheckConstraint(
            "answer in ('valid', 'invalid', 'unavailable')", name=op.f("ck_vat_check_answer")
        ),
        points_to("vat_check", "company_id", "company"),
        *owned("vat_check"),
    )
    op.create_index("ix_vat_check_company", "vat_check", ["tenant_id", "company_id", "id"])


def upgrade() -> None:
    """Three tables; a booking may be a company's; a venue says what it does while VIES is down."""
    companies()
    seats()
    checks()
    for table in ("company", "seat", "vat_check"):
        for statement in rls.tenant_table(table):
            op.execute(statement)
    for statement in rls.append_only("vat_check"):
        op.execute(statement)
    op.add_column("booking", sa.Column("company_id", sa.BigInteger(), nullable=True))
    op.execute(
        "alter table booking add constraint fk_booking_tenant_id_company_id"
        " foreign key (tenant_id, company_id) references company (tenant_id, id) not valid"
    )
    op.execute("alter table booking validate constraint fk_booking_tenant_id_company_id")
    op.create_index(
        "ix_booking_company",
        "booking",
        ["tenant_id", "company_id", "starts_at"],
        postgresql_where=sa.text("company_id is not null"),
    )
    op.add_column(
        "tenant", sa.Column("vies_down", sa.Text(), server_default="sell", nullable=False)
    )
    op.execute(
        "alter table tenant add constraint ck_tenant_vies_down"
        " check (vies_down in ('sell', 'hold'))"
    )
