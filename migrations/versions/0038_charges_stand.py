"""What a charge is for and what it costs stand from the moment it is written."""

from __future__ import annotations

from alembic import op

revision = "0038"
down_revision = "0037"

FIXED = (
    "tenant_id",
    "source",
    "source_id",
    "event",
    "quantity",
    "unit",
    "gross_cents",
    "vat_cents",
    "list_cents",
    "discount",
    "tax",
    "starts_on",
    "ends_on",
    "currency",
    "created_at",
)
# Which document it is on, and who is forgotten, may change; a wrong sum is taken back by another charge.
STANDS = f"""
create function charge_stands() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE'
      or ({", ".join(f"new.{name}" for name in FIXED)})
      is distinct from ({", ".join(f"old.{name}" for name in FIXED)})
  then
    raise exception 'a charge stands: take it back with another one' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger stands before update or delete on charge
  for each row execute function charge_stands();
"""


def upgrade() -> None:
    """Beside the row security of the table."""
    op.execute(STANDS)
