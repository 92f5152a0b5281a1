"""How connections are made, lent and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from app.config import Settings
from app.core import pool
from app.core.db import db

ASK = text("select 1 + cast(:n as int)")


MAKE, LEND = ("do_connect", pool._connect), ("checkout", pool._lend)
Make = Callable[..., Engine]


@pytest.fixture
def engine_of(settings: Settings) -> Iterator[Make]:
    """Pools of one connection, each under some of the guards."""
    made: list[Engine] = []

    def make(*guards: tuple[str, object]) -> Engine:
        made.append(create_engine(settings.database_url, pool_size=1, max_overflow=0))
        for name, guard in guards:
            event.listen(made[-1], name, guard)
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def other(settings: Settings) -> Iterator[psycopg.Connection]:
    """Another connection of the same role."""
    url = settings.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def pid_of(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("select pg_backend_pid()"))


def end(other: psycopg.Connection, pid: int) -> None:
    """End a connection from the server's side, and wait until it is gone."""
    other.execute("select pg_terminate_backend(%s, 5000)", [pid])


def test_a_connection_that_the_server_ended_is_made_anew(engine_of: Make, other) -> None:
    engine = engine_of(MAKE, LEND)
    first = pid_of(engine)
    end(other, first)
    assert pid_of(engine) != first


def test_without_the_look_somebody_is_told_of_the_dead_connection(engine_of: Make, other) -> None:
    """Control."""
    engine = engine_of(MAKE)
    end(other, pid_of(engine))
    with pytest.raises(OperationalError):
        pid_of(engine)


def test_one_that_lives_is_lent_without_a_question(engine_of: Make) -> None:
    engine = engine_of(MAKE, LEND)
    asked: list[str] = []
    first = pid_of(engine)
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert pid_of(engine) == first
    assert asked == ["select pg_backend_pid()"]


def test_one_with_something_to_read_is_asked_and_kept(engine_of: Make, other) -> None:
    """A word of the server is not its farewell."""
    engine = engine_of(MAKE, LEND)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("listen somebody"))
        first = connection.scalar(text("select pg_backend_pid()"))
    other.execute("notify somebody")
    assert pid_of(engine) == first


def prepared(engine: Engine, times: int = 10) -> int:
    """How many statements a connection has prepared after as many requests that only read."""
    for _ in range(times):
        with engine.connect() as connection:
            connection.scalar(ASK, {"n": 1})
    with engine.connect() as connection:
        return connection.scalar(text("select count(*) from pg_prepared_statements"))


def test_statements_stay_prepared_over_a_rollback(engine_of: Make) -> None:
    engine = engine_of(MAKE)
    assert prepared(engine) == 1


def test_psycopg_alone_forgets_them(engine_of: Make) -> None:
    """Control: with the day when psycopg keeps them, `Steady` may go."""
    engine = engine_of()
    assert prepared(engine) == 0


def test_what_was_rolled_back_is_gone_and_a_failed_transaction_is_left(engine_of: Make) -> None:
    engine = engine_of(MAKE)
    with engine.connect() as connection:
        connection.execute(text("select set_config('app.tenant', '7', true)"))
        connection.rollback()
        assert not connection.scalar(text("select current_setting('app.tenant', true)"))
    with pytest.raises(Exception, match="division"), engine.connect() as connection:
        connection.execute(text("select 1/0"))
    with engine.connect() as connection:
        assert connection.scalar(ASK, {"n": 1}) == 2


def test_the_application_uses_it(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        assert isinstance(connection.connection.driver_connection, pool.Steady)
