"""Row security on every tenant table, what stays append-only, and the job queue."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager  # noqa: TID251  # its tables, once

from app.core import rls

revision = "0002"
down_revision = "0001"

TENANT_TABLES = (
    "api_token",
    "appearance",
    "booking",
    "cancellation",
    "check_in",
    "composition",
    "dated_hours",
    "demand_event",
    "fixed_price",
    "gateway_event",
    "idempotent_call",
    "ledger_entry",
    "ledger_line",
    "move",
    "no_show",
    "occupancy",
    "opening",
    "payment",
    "payment_account",
    "person",
    "photo",
    "quote",
    "refund",
    "role_grant",
    "site",
    "solve_run",
    "space",
    "stored_file",
    "support_visit",
    "unit",
    "value_table",
)
NETWORK_TABLES = ("account", "login_link", "login_session", "network_grant")
EITHER_TABLES = ("audit_entry", "mail")
FROZEN = ("audit_entry", "ledger_entry", "ledger_line")

NETWORK_ALONE = "((select app_tenant()) is null and network_id = (select app_network()))"
OF_DOMAIN = f"(tenant_id = (select app_tenant()) or {NETWORK_ALONE})"


def grants(role: str) -> str:
    """What serving needs, and no more."""
    return f"""
grant usage on schema public to {role};
grant select, insert, update, delete on all tables in schema public to {role};
grant usage on all sequences in schema public to {role};
grant execute on all functions in schema public to {role};
alter default privileges in schema public
  grant select, insert, update, delete on tables to {role};
alter default privileges in schema public grant usage on sequences to {role};
"""


def tenant_policies() -> list[str]:
    """A tenant sees its own row; the network sees its tenants only when none is entered."""
    read = f"(id = any((select app_readable())::bigint[]) or {NETWORK_ALONE})"
    write = f"(id = (select app_tenant()) or {NETWORK_ALONE})"
    return rls.policies("tenant", read, write)


def statements() -> list[str]:
    """All of it, in order."""
    found = [rls.FUNCTIONS, rls.REFUSE_CHANGE]
    for table in TENANT_TABLES:
        found += rls.tenant_table(table)
    for table in NETWORK_TABLES:
        found += rls.network_table(table)
    for table in EITHER_TABLES:
        found += rls.either_table(table)
    found += tenant_policies()
    found += rls.network_table("network", "id")
    found += rls.open_to_read("domain", OF_DOMAIN)
    found += rls.open_to_read("payment_route", "tenant_id = (select app_tenant())")
    found.append(grants(rls.serving()))
    for table in FROZEN:
        found += rls.append_only(table)
    return found


def upgrade() -> None:
    """Run as the owner; the application role owns nothing."""
    driver = op.get_bind().connection.driver_connection  # "%" is no parameter here
    for statement in (SchemaManager.get_schema(), *statements()):
        driver.execute(statement)
