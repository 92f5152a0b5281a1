"""The model base, the session and the column words that every table uses."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

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
