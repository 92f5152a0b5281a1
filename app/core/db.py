"""The model base, the session and the column words that every table uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    DateTime,
    Executable,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    any_,
    bindparam,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
ref = Annotated[int, mapped_column(BigInteger)]
cents = Annotated[int, mapped_column(BigInteger)]
instant = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]
stamp = Annotated[dt.datetime, mapped_column(DateTime(timezone=True), server_default=text("now()"))]
document = Annotated[dict[str, Any], mapped_column(JSONB, server_default=text("'{}'::jsonb"))]


class Model(DeclarativeBase):
    """A plain declarative base, so that type checkers see what SQLAlchemy sees."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {str: Text, dt.datetime: DateTime(timezone=True)}


db = SQLAlchemy(metadata=Model.metadata, disable_autonaming=True)


def owned(*extra: Any) -> tuple[Any, ...]:
    """Table arguments of a tenant's table: the composite key that other tables must point to."""
    return (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        *extra,
    )


def points_to(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key that cannot leave the tenant (a plain one is checked without row security)."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=ondelete
    )


# Statements of a hot path are made once and get their values as they run: making one costs several
# times what running it does.


def any_of(name: str) -> ColumnElement[Any]:
    """One of the ids given under a name: an array, so that the statement does not grow with it."""
    return any_(bindparam(name, type_=ARRAY(BigInteger)))


def send(statement: Executable, values: Mapping[str, Any] | Sequence[Any]) -> CursorResult[Any]:
    """Run a statement in the transaction of the session, without the session's detour.

    For statements of a hot path that ask for columns, not for objects. What waits in the session is
    written first, as the session itself would; its objects are not told of what changed.
    """
    session = db.session()
    session.flush()  # what waits may be what the statement looks for
    return session.connection().execute(statement, values)


def table_of(model: type[Model]) -> Table:
    """The bare table, for statements that need none of the session's care."""
    return model.metadata.tables[model.__tablename__]


def insert_once(model: type[Model], *columns: str) -> TextClause:
    """Write a row unless a unique key stands in the way; the id of the row, or none.

    In plain words, because SQLAlchemy compiles its own `on conflict` at every use.
    """
    table = table_of(model)
    names, values = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    return text(
        f"insert into {table.name} ({names}) values ({values})"  # noqa: S608  names of ours
        " on conflict do nothing returning id"
    ).bindparams(*(bindparam(name, type_=table.c[name].type) for name in columns))


Row = TypeVar("Row", bound=Model)


def written(row: Row) -> Row:
    """A row that a statement wrote, taken into the session as it stands: nothing is read again.
    What it was not given is read when somebody asks."""
    make_transient_to_detached(row)
    db.session.add(row)
    return row
