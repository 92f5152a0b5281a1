"""A wrong setting stops the boot with a sentence that says which and why."""

from __future__ import annotations

import pytest

from app.config import BadSetting, load

GOOD = {"DATABASE_URL": "postgres://u:p@h/d", "SECRET_KEY": "x" * 40}


def test_a_good_environment_boots() -> None:
    found = load(GOOD)
    assert found.database_url == "postgresql+psycopg://u:p@h/d"
    assert found.secure_cookies


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "", "not set"),
        ("DATABASE_URL", "sqlite:///x", "no other database"),
        ("SECRET_KEY", "short", "32 characters"),
        ("PUBLIC_SCHEME", "ftp", "one of http, https"),
        ("PUBLIC_PORT", "99999", "0 to 65535"),
        ("PUBLIC_PORT", "many", "whole number"),
        ("SMTP_URL", "mail.example.org", "smtp://"),
        ("STRIPE_API_BASE", "http://x/y", "without a path"),
        ("SUPPORT_MINUTES", "1", "5 to 240"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(BadSetting, match=name) as error:
        load(GOOD | {name: value})
    assert says in str(error.value)


def test_addresses_are_built_from_stored_hosts() -> None:
    found = load(GOOD | {"PUBLIC_SCHEME": "http", "PUBLIC_PORT": "8000"})
    assert found.url_for_host("a.localhost", "/b/x") == "http://a.localhost:8000/b/x"
