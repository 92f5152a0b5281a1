"""What happens in town: days on which more people ask than the calendar says."""

from __future__ import annotations

from alembic import op

from app.core import rls

revision = "0030"
down_revision = "0021"

TABLE = """
create table local_date (
  tenant_id bigint not null,
  id bigint generated always as identity,
  name text not null,
  first_day date not null,
  last_day date not null,
  noted_by bigint,
  created_at timestamptz not null default now(),
  constraint pk_local_date primary key (id),
  constraint uq_local_date_tenant_id_id unique (tenant_id, id),
  constraint uq_local_date_tenant_id_name_first_day unique (tenant_id, name, first_day),
  constraint fk_local_date_tenant_id foreign key (tenant_id) references tenant (id),
  constraint ck_local_date_span check (last_day between first_day and first_day + 60),
  constraint ck_local_date_name check (length(name) between 1 and 80)
)
"""


def upgrade() -> None:
    """One table of the tenants."""
    op.execute(TABLE)
    for statement in rls.tenant_table("local_date"):
        op.execute(statement)
