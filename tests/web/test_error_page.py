"""What went wrong is said in the brand, to a browser and to a piece of a page alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.world import World


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
def test_a_page_that_is_not_there(
    world: World, client: Callable[[str], FlaskClient], headers: dict[str, str]
) -> None:
    answer = client("a.localhost").get("/nulle-part", headers=headers)
    assert answer.status_code == 404
    assert "Le Moulin Neuf" in answer.text
