"""The application on a database apart: for tests that commit, and whose rows stay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app import create_app
from app.config import Settings
from app.core.db import db
from tests import databases
from tests import world as worlds
from tests.conftest import settings_of


@pytest.fixture(scope="session")
def addresses(worker_id: str) -> Iterator[dict[str, str]]:
    """Nobody else meets what is left behind there, and it is told by nobody else's rows."""
    with databases.fresh(f"{worker_id}_apart") as urls:
        yield urls


@pytest.fixture(scope="session")
def settings(addresses: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the application there."""
    return settings_of(addresses, tmp_path_factory.mktemp("apart"))


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The application on that database."""
    made = create_app(settings)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def lasting_world(app: Flask) -> worlds.World:
    """The people and places of every test, there."""
    with app.app_context():
        return worlds.build()
