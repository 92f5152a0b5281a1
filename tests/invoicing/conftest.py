"""One judge for all tests of a worker: it takes two seconds to sit down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.invoicing.court import Court


@pytest.fixture(scope="session")
def court() -> Iterator[Court]:
    """The judge as the worker knows it."""
    made = Court()
    yield made
    made.close()
