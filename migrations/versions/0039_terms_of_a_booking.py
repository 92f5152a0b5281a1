"""A booking keeps the refund terms it was sold under; venues made from now on give back at most
today's price where prices move.

Present venues keep what they chose. Present bookings get the terms that held for them until now.
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"

# The venue's word of that moment, whichever way a booking is written; what is named stands.
SOLD = """
create function booking_terms() returns trigger language plpgsql as $$
begin
  select coalesce(new.refund_hours, t.free_cancel_hours),
         coalesce(new.refund_percent, t.late_refund_percent),
         coalesce(new.refund_today,
           coalesce(coalesce(new.created_at, now()) >= t.refund_today_since, false)
           and s.pricing = 'dynamic' and new.price_cents > 0)
    into strict new.refund_hours, new.refund_percent, new.refund_today
    from tenant t join space s on s.tenant_id = t.id
   where t.id = new.tenant_id and s.id = new.space_id;
  return new;
exception when no_data_found then
  raise exception 'no such space in this venue' using errcode = '23503';
end $$;
create trigger terms before insert on booking for each row execute function booking_terms();
"""


def upgrade() -> None:
    """Columns, the terms of what was sold, then the default of new venues."""
    op.execute(
        "alter table booking add column refund_hours integer,"
        " add column refund_percent integer, add column refund_today boolean"
    )
    for table in ("booking", "tenant"):  # every venue's rows, whoever owns the tables
        op.execute(f"alter table {table} no force row level security")
    op.execute(
        "update booking b set refund_hours = t.free_cancel_hours,"
        " refund_percent = t.late_refund_percent,"
        " refund_today = coalesce(b.created_at >= t.refund_today_since, false)"
        " from tenant t where t.id = b.tenant_id"
    )
    for table in ("booking", "tenant"):
        op.execute(f"alter table {table} force row level security")
    op.execute(
        "alter table booking alter column refund_hours set not null,"
        " alter column refund_percent set not null, alter column refund_today set not null,"
        " add constraint ck_booking_refund_terms check"
        " (refund_hours between 0 and 720 and refund_percent between 0 and 100)"
    )
    op.execute(SOLD)
    op.execute("alter table tenant alter column refund_today_since set default now()")


def downgrade() -> None:
    """The venue's rule of the day counts again."""
    op.execute("alter table tenant alter column refund_today_since drop default")
    op.execute("drop trigger terms on booking; drop function booking_terms()")
    op.execute(
        "alter table booking drop column refund_hours, drop column refund_percent,"
        " drop column refund_today"
    )
