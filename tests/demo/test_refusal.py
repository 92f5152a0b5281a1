"""The demo keeps its hands off venues that are real."""

from __future__ import annotations

import pytest
from stdnum.fr import siren as siren_number

from app.core import tenancy
from app.demo import cast
from app.demo.world import NotEmpty, is_there


def test_it_refuses_a_database_with_venues_that_are_not_simulated(world):
    with tenancy.nowhere(), pytest.raises(NotEmpty):
        is_there()


@pytest.mark.parametrize("venue", [cast.MOULIN, cast.QUAI, cast.VERRIERE, cast.GRANGE])
def test_its_legal_persons_pass_the_settings_page(venue):
    assert siren_number.is_valid(venue.siren)
