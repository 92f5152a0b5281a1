"""The demo keeps its hands off venues that are real."""

from __future__ import annotations

import pytest

from app.core import tenancy
from app.demo.world import NotEmpty, is_there


def test_it_refuses_a_database_with_venues_that_are_not_simulated(world):
    with tenancy.nowhere(), pytest.raises(NotEmpty):
        is_there()
