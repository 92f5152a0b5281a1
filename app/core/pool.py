"""Connections to PostgreSQL: how one is made, lent, and taken back."""

from __future__ import annotations

import select
from typing import Any

import psycopg
from flask import Flask
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError

from app.core.db import db

STATEMENTS = 300  # prepared on one connection; psycopg keeps 100, and our pages ask more questions


class Steady(psycopg.Connection[TupleRow]):
    """A connection that keeps its prepared statements over a rollback.

    psycopg drops them all then, because a table made in that transaction would be gone. The
    application makes no tables; and each request that only reads ends with a rollback, so that
    nothing ever stayed prepared and every statement was planned anew.
    """

    def rollback(self) -> None:
        """Undo the transaction; one that failed is undone psycopg's way."""
        if self.pgconn.transaction_status == TransactionStatus.INTRANS:
            with self.lock:
                self.pgconn.exec_(b"rollback")
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            super().rollback()


def _connect(_dialect: Any, _record: Any, words: list[Any], options: dict[str, Any]) -> Steady:
    made = Steady.connect(*words, **options)
    made.prepared_max = STATEMENTS
    return made


def _is_quiet(connection: psycopg.Connection) -> bool:
    """Nothing has come in: a server that ends a connection says so, or closes it."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return not poll.poll(0)


def _answers(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("select 1")
        connection.rollback()
    except psycopg.Error:
        return False
    return True


def _lend(connection: psycopg.Connection, *_record: Any) -> None:
    """A connection that has something to read is asked whether it lives; if it does not, it and all
    that rested with it are made anew. The others are lent without a trip to the server."""
    if connection.closed or not (_is_quiet(connection) or _answers(connection)):
        raise InvalidatePoolError("the server closed the connection")


def install(app: Flask) -> None:
    """Make and lend connections in this way."""
    with app.app_context():
        event.listen(db.engine, "do_connect", _connect)
        event.listen(db.engine, "checkout", _lend)
