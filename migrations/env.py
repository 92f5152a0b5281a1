"""Migrations run as the owner role, one at a time, and give up rather than block the house."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text

from app.config import postgres_address
from app.core import rls
from app.models import metadata

LOCK = 4_201_955


def address() -> str:
    """The owner's address: `-x url=…`, else OWNER_DATABASE_URL."""
    given = context.get_x_argument(as_dictionary=True).get("url")
    raw = given or os.environ.get("OWNER_DATABASE_URL", "")
    if not raw:
        raise SystemExit("OWNER_DATABASE_URL is not set: migrations need the owner role")
    return postgres_address("OWNER_DATABASE_URL", raw)


def refuse_nobody(connection: Connection) -> None:
    """Grants need somebody to grant to: the role of DATABASE_URL comes first."""
    role = rls.serving_role()
    if not connection.scalar(text("select 1 from pg_roles where rolname = :role"), {"role": role}):
        raise SystemExit(f"there is no role {role!r}: create the role that DATABASE_URL names")


def ours(name: str | None, kind: str, *_: object) -> bool:
    """Procrastinate keeps its own tables; they are not in our metadata."""
    return not (kind == "table" and (name or "").startswith("procrastinate"))


def run(connection: Connection) -> None:
    """Upgrade under a lock of our own, with short waits for everybody else's."""
    connection.execute(text("set lock_timeout = '4s'"))
    connection.execute(text("set statement_timeout = '15min'"))
    connection.execute(text(f"select pg_advisory_lock({LOCK})"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=ours,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text(f"select pg_advisory_unlock({LOCK})"))
    connection.commit()


def main() -> None:
    """Use the connection that a test hands over, else open one."""
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    engine = create_engine(address(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        refuse_nobody(connection)
        connection.rollback()
        run(connection)


main()
