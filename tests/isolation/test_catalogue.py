"""R24: the database's own catalogue says that no table was forgotten."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, create_engine, text

from app.reporting.invariants import KEYS_STAY_HOME

# Tables of the platform: no tenant's data, nothing about a person in the clear.
PLATFORM = {"alembic_version", "lease", "tick", "rate_count"}
# Routing tables are public by nature: a host name, a connected account's number.
ROUTING = {"domain", "payment_route"}
# Unique keys that do not begin with the owner: random secrets, and names that are public.
FREE_UNIQUE = {
    "uq_network_slug",
    "uq_payment_idempotency_key",
    "uq_refund_idempotency_key",
    "uq_login_session_token_hash",
    "uq_login_link_token_hash",
    "uq_api_token_token_hash",
    "uq_erasure_token_hash",
}
DEFINERS: set[str] = set()


@pytest.fixture(scope="module")
def owner(settings, lasting_world):
    engine = create_engine(settings.owner_database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def rows(owner: Connection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in owner.execute(text(query))]


def tables(owner: Connection) -> set[str]:
    found = rows(owner, "select tablename from pg_tables where schemaname = 'public'")
    return {str(name) for (name,) in found if not str(name).startswith("procrastinate")}


def test_every_table_forces_row_security(owner: Connection) -> None:
    secured = {
        str(name)
        for (name,) in rows(
            owner,
            "select relname from pg_class where relkind = 'r' and relrowsecurity"
            " and relforcerowsecurity and relnamespace = 'public'::regnamespace",
        )
    }
    assert tables(owner) - secured == PLATFORM


def test_every_policy_checks_reading_and_writing(owner: Connection) -> None:
    found = rows(owner, "select tablename, cmd, qual, with_check from pg_policies")
    by_table: dict[str, dict[str, tuple[object, object]]] = {}
    for table, command, using, check in found:
        by_table.setdefault(str(table), {})[str(command)] = (using, check)
    for table, policies in by_table.items():
        assert set(policies) == {"SELECT", "INSERT", "UPDATE", "DELETE"}, table
        assert policies["UPDATE"][0], table
        assert policies["UPDATE"][1], table
        assert policies["INSERT"][1], table
        for command in ("INSERT", "UPDATE"):
            assert "app_" in str(policies[command][1]), table
        if table not in ROUTING:
            assert "app_" in str(policies["SELECT"][0]), table
        assert "app_" in str(policies["DELETE"][0]), table


def test_keys_between_tenant_tables_carry_the_tenant(owner: Connection) -> None:
    assert rows(owner, KEYS_STAY_HOME) == []


def test_unique_keys_begin_with_their_owner(owner: Connection) -> None:
    found = rows(
        owner,
        "select i.relname, t.relname, a.attname from pg_index x"
        " join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid"
        " join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]"
        " where x.indisunique and not x.indisprimary"
        " and t.relnamespace = 'public'::regnamespace and t.relname not like 'procrastinate%'",
    )
    free = {
        str(index)
        for index, table, column in found
        if column not in ("tenant_id", "network_id") and table not in PLATFORM
    }
    assert free <= FREE_UNIQUE, free - FREE_UNIQUE


def test_the_app_role_owns_nothing_and_bypasses_nothing(owner: Connection) -> None:
    assert rows(
        owner,
        "select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles"
        " where rolname = 'coulisse_app'",
    ) == [(False, False, False, False)]
    assert rows(owner, "select tablename from pg_tables where tableowner = 'coulisse_app'") == []
    assert rows(owner, "select has_schema_privilege('coulisse_app', 'public', 'CREATE')") == [
        (False,)
    ]


def test_views_and_functions_run_as_who_calls_them(owner: Connection) -> None:
    ours = "pronamespace = 'public'::regnamespace and proname not like 'procrastinate%'"
    definers = rows(owner, f"select proname from pg_proc where prosecdef and {ours}")
    assert {str(name) for (name,) in definers} == DEFINERS
    assert (
        rows(
            owner,
            "select relname from pg_class where relkind in ('v', 'm')"
            " and relnamespace = 'public'::regnamespace"
            " and not coalesce(reloptions @> array['security_invoker=true'], false)"
            " and relname not like 'procrastinate%'",
        )
        == []
    )


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_line", "audit_entry"])
def test_what_is_written_stays(owner: Connection, table: str) -> None:
    for act in ("UPDATE", "DELETE", "TRUNCATE"):
        assert rows(owner, f"select has_table_privilege('coulisse_app', '{table}', '{act}')") == [
            (False,)
        ]


def test_a_table_without_security_would_be_seen(owner: Connection) -> None:
    """Control: the same question finds a table that was forgotten."""
    owner.execute(text("create table forgotten (tenant_id bigint)"))
    try:
        with pytest.raises(AssertionError):
            test_every_table_forces_row_security(owner)
    finally:
        owner.rollback()
