"""Row security as data definition: what a migration runs for each table."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

FUNCTIONS = """
create function app_tenant() returns bigint language sql stable as
$$ select nullif(current_setting('app.tenant', true), '')::bigint $$;
create function app_network() returns bigint language sql stable as
$$ select nullif(current_setting('app.network', true), '')::bigint $$;
create function app_readable() returns bigint[] language sql stable as
$$ select string_to_array(nullif(current_setting('app.readable', true), ''), ',')::bigint[] $$;
"""

READ_TENANT = "{column} = any((select app_readable())::bigint[])"
WRITE_TENANT = "{column} = (select app_tenant())"
IN_NETWORK = "{column} = (select app_network())"


def serving_role() -> str:
    """The role that DATABASE_URL names: it is granted what serving needs, and owns nothing."""
    return unquote(urlsplit(os.environ.get("DATABASE_URL", "")).username or "") or "coulisse_app"


def serving() -> str:
    """The same as an identifier."""
    return '"' + serving_role().replace('"', '""') + '"'


def policies(table: str, read: str, write: str) -> list[str]:
    return [
        f'alter table "{table}" enable row level security',
        f'alter table "{table}" force row level security',
        f'create policy see on "{table}" for select using ({read})',
        f'create policy add on "{table}" for insert with check ({write})',
        f'create policy change on "{table}" for update using ({write}) with check ({write})',
        f'create policy remove on "{table}" for delete using ({write})',
    ]


def tenant_table(table: str, column: str = "tenant_id") -> list[str]:
    """Read the tenants of the scope's list, write only the one that was entered."""
    return policies(table, READ_TENANT.format(column=column), WRITE_TENANT.format(column=column))


def network_table(table: str, column: str = "network_id") -> list[str]:
    """Read and write inside the network that was entered."""
    rule = IN_NETWORK.format(column=column)
    return policies(table, rule, rule)


def either_table(table: str) -> list[str]:
    """A row of a tenant, or of the network itself where its tenant is empty."""
    own = f"(tenant_id is null and {IN_NETWORK.format(column='network_id')})"
    read = f"({READ_TENANT.format(column='tenant_id')} or {own})"
    write = f"({WRITE_TENANT.format(column='tenant_id')} or {own})"
    return policies(table, read, write)


def open_to_read(table: str, write: str) -> list[str]:
    """A routing table: known to all (a host name is public), written under `write` only."""
    return policies(table, "true", write)


def append_only(table: str) -> list[str]:
    """What was written stays: no update, no delete, by grant and by trigger."""
    return [
        f'revoke update, delete, truncate on "{table}" from {serving()}',
        f'create trigger stays before update or delete on "{table}"'
        " for each row execute function refuse_change()",
    ]


REFUSE_CHANGE = """
create function refuse_change() returns trigger language plpgsql as
$$ begin raise exception '% is append-only', tg_table_name using errcode = '42501'; end $$;
"""
