"""The schema is granted to the role that serves, under whatever name the operator gave it."""

from __future__ import annotations

import pytest

from app.core import rls


@pytest.mark.parametrize(
    ("url", "role"),
    [
        ("postgresql://venue_web:w3b%40secret@db/prod", '"venue_web"'),
        ("postgresql+psycopg://venue%2Dweb@db/prod", '"venue-web"'),
        ('postgresql://a"b@db/prod', '"a""b"'),
        ("", '"coulisse_app"'),
    ],
)
def test_grants_name_the_role_of_the_address(
    monkeypatch: pytest.MonkeyPatch, url: str, role: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert rls.serving() == role
    assert f"from {role}" in rls.append_only("mail")[0]
