"""Two roles on a server that an operator brings: one owns and migrates, one only serves."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from scripts.pg import Trouble

MAY = "select rolsuper or rolbypassrls, rolsuper or rolcreaterole from pg_roles where rolname = %s"


def may(connection: psycopg.Connection, role: str) -> tuple[bool, bool]:
    """Whether a role passes by row security, and whether it may make roles."""
    found = connection.execute(MAY, (role,)).fetchone()
    return (bool(found[0]), bool(found[1])) if found else (False, False)


def two(serving: str, owner: str, password: str) -> dict[str, str]:
    """The addresses of the two roles; with the same address for both, a serving role is made.

    Refuses, with what to do, a role that would serve past row security or cannot own.
    """
    with psycopg.connect(owner, autocommit=True) as connection:
        name = connection.info.user
        passes, makes = may(connection, name)
        if not passes:
            raise Trouble(
                f"the role {name} that owns the schema is held by row security itself: run"
                f" ALTER ROLE {name} BYPASSRLS as a superuser, then start again"
            )
        if serving == owner:
            return {
                "DATABASE_URL": _made(connection, owner, makes, password),
                "OWNER_DATABASE_URL": owner,
            }
    with psycopg.connect(serving) as connection:
        if may(connection, connection.info.user)[0]:
            raise Trouble(
                f"the role {connection.info.user} of DATABASE_URL passes by row security, so no"
                " venue would be apart from another: name a role without SUPERUSER and BYPASSRLS"
            )
    return {"DATABASE_URL": serving, "OWNER_DATABASE_URL": owner}


def _made(connection: psycopg.Connection, owner: str, makes: bool, password: str) -> str:
    """Make the role that serves this database, or give it its password again."""
    name = f"{connection.info.dbname}_web"
    known = connection.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone()
    if not makes:
        raise Trouble(
            "DATABASE_URL alone would serve pages past row security, and its role may make no"
            f" other: run CREATE ROLE {name} LOGIN PASSWORD '…' as a superuser, set DATABASE_URL"
            " to that role and OWNER_DATABASE_URL to the address that DATABASE_URL has now"
        )
    if known and may(connection, name)[0]:
        raise Trouble(f"the role {name} is there and passes by row security: drop it first")
    words = "ALTER ROLE {} LOGIN PASSWORD {}" if known else "CREATE ROLE {} LOGIN PASSWORD {}"
    role = sql.Identifier(name)
    connection.execute(sql.SQL(words).format(role, sql.Literal(password)))
    base = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(base, role))
    _refuse_strange(connection, name)
    parts = urlsplit(owner)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(name)}:{quote(password)}@{place}"))


def _refuse_strange(connection: psycopg.Connection, name: str) -> None:
    """Tables that were made while another role served are closed to this one."""
    closed = connection.execute(
        "select not has_table_privilege(%s, c.oid, 'select') from pg_class c"
        " where c.oid = to_regclass('network')",
        (name,),
    ).fetchone()
    if closed and closed[0]:
        raise Trouble(
            f"this database was migrated for another role than {name}: give an empty database, or"
            " DATABASE_URL with the role that serves and OWNER_DATABASE_URL with the owner"
        )
