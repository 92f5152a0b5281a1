"""A real PostgreSQL for every test: one database per worker, one savepoint per test."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.globals import _cv_app
from flask.testing import FlaskClient
from playwright.sync_api import Playwright, sync_playwright

from app import create_app
from app.config import Settings, postgres_address
from app.core import tenancy
from app.core.db import db
from tests import databases
from tests import world as worlds

hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")  # a busy machine is not a slow strategy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journeys, long and on one worker, come first."""
    items.sort(key=lambda item: "/journeys/" not in item.nodeid)


@pytest.fixture(scope="session")
def addresses(worker_id: str) -> Iterator[dict[str, str]]:
    """A fresh, migrated database for this worker, dropped at the end."""
    with databases.fresh(worker_id) as urls:
        databases.uncleaned(urls["OWNER_DATABASE_URL"])
        yield urls


def settings_of(addresses: dict[str, str], storage: Path) -> Settings:
    """Settings of a test application: nothing of it can leave the machine."""
    return Settings(
        database_url=postgres_address("", addresses["DATABASE_URL"]),
        owner_database_url=postgres_address("", addresses["OWNER_DATABASE_URL"]),
        secret_key="a secret for tests only, forty letters long",
        public_scheme="http",
        platform_host="plateforme.localhost",
        storage=str(storage),
        log_format="console",
    )


@pytest.fixture(scope="session")
def settings(addresses: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the test application."""
    return settings_of(addresses, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The application as it runs, connected as the role that owns nothing."""
    made = create_app(settings)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def lasting_world(app: Flask, settings: Settings) -> worlds.World:
    """Two tenants of one network and a stranger in another, written once per worker."""
    with app.app_context():
        return worlds.build()


@contextmanager
def undone(app: Flask) -> Iterator[None]:
    """An application context whose commits are undone at its end."""
    with app.app_context():
        engine = db.engine
        connection = engine.connect()
        outer = connection.begin()
        # one transaction for a whole test, which may think for long
        connection.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")
        factory = db.session.session_factory
        db.session.remove()
        db._app_engines[app][None] = connection  # Flask-SQLAlchemy asks here, never the factory
        factory.configure(join_transaction_mode="create_savepoint")
        try:
            yield
        finally:
            db.session.remove()
            db._app_engines[app][None] = engine
            factory.configure(join_transaction_mode="conditional_savepoint")
            outer.rollback()
            connection.close()


@pytest.fixture
def session(app: Flask) -> Iterator[None]:
    """An application context whose commits are undone when the test ends."""
    with undone(app):
        yield


@pytest.fixture
def world(lasting_world: worlds.World, session: None) -> Iterator[worlds.World]:
    """The world, inside tenant A, with everything undone at the end."""
    with tenancy.tenant(lasting_world.a.id, lasting_world.network_id):
        yield lasting_world


class OnHost(FlaskClient):
    """A browser on one host. Each request starts outside the test's own context and scope, or it
    would inherit their `g` (Flask pushes no second application context)."""

    host = "localhost"

    def open(self, *args, **kwargs):
        """Ask that host unless the request names another."""
        if not (args and not isinstance(args[0], str)):
            kwargs.setdefault("base_url", f"http://{self.host}")

        def ask():
            _cv_app.set(None)
            tenancy._scope.set(tenancy.NOWHERE)
            return super(OnHost, self).open(*args, **kwargs)

        return contextvars.copy_context().run(ask)

    def session_transaction(self, *args, **kwargs):
        """The signed cookie of that host."""
        kwargs.setdefault("base_url", f"http://{self.host}")
        return super().session_transaction(*args, **kwargs)


@pytest.fixture
def client(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser on one host: `client("a.localhost")`."""

    def open_on(host: str) -> FlaskClient:
        browser = OnHost(app, use_cookies=True)
        browser.host = host
        return browser

    return open_on


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The xdist worker, or `main` without one."""
    given = getattr(request.config, "workerinput", None)
    return str(given["workerid"]) if given else "main"


@pytest.fixture(scope="session")
def drive() -> Iterator[Playwright]:
    """What drives every browser of this worker: it allows one of itself in a process."""
    with sync_playwright() as running:
        yield running
