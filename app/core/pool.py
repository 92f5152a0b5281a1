"""Connections that died while they rested are noticed without asking the server each time."""

from __future__ import annotations

import select
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError

from app.core.db import db


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


def lend(connection: psycopg.Connection, *_record: Any) -> None:
    """Before a connection is lent: one that has something to read is asked whether it lives. If it
    does not, it and all that rested with it are made anew."""
    if connection.closed or not (_is_quiet(connection) or _answers(connection)):
        raise InvalidatePoolError("the server closed the connection")


def install(app: Flask) -> None:
    """Instead of a question to the server at each loan (`pool_pre_ping`), which costs a trip."""
    with app.app_context():
        event.listen(db.engine, "checkout", lend)
