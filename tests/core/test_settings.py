"""A wrong setting stops the boot with a sentence that says which and why."""

from __future__ import annotations

from dataclasses import fields

import pytest
from structlog.testing import capture_logs

from app.config import VARIABLES, BadSetting, Settings, load
from app.ledger import keys

GOOD = {"DATABASE_URL": "postgres://u:p@h/d", "SECRET_KEY": "x" * 40}


def test_a_good_environment_boots() -> None:
    found = load(GOOD)
    assert found.database_url == "postgresql+psycopg://u:p@h/d"
    assert found.secure_cookies


@pytest.mark.parametrize(
    ("more", "warned"),
    [({}, True), ({"LEDGER_KEYS": "k" * 40}, False), ({"PUBLIC_SCHEME": "http"}, False)],
)
def test_a_public_installation_without_a_key_of_the_books_is_told(more, warned: bool) -> None:
    with capture_logs() as said:
        keys.warn(load(GOOD | more))
    assert [line["log_level"] for line in said] == ["error"] * warned


WRONG = [
    ("DATABASE_URL", "", "not set"),
    ("DATABASE_URL", "sqlite:///x", "no other database"),
    ("SECRET_KEY", "short", "32 characters"),
    ("PUBLIC_SCHEME", "ftp", "one of http, https"),
    ("PUBLIC_PORT", "99999", "0 to 65535"),
    ("PUBLIC_PORT", "many", "whole number"),
    ("SMTP_URL", "mail.example.org", "smtp://"),
    ("STRIPE_API_BASE", "http://x/y", "without a path"),
    ("API_PER_MINUTE", "5", "10 to 1000000"),
    ("SUPPORT_MINUTES", "1", "5 to 240"),
    ("SUPPORT_MINUTES", "٣٠", "whole number"),
    ("DATABASE_URL", "postgresql://u:p@h:abc/d", "host:port/database"),
    ("DATABASE_URL", "postgresql://u:p@h", "host:port/database"),
    ("OWNER_DATABASE_URL", "mysql://u:p@h/d", "no other database"),
    ("PLATFORM_HOST", "https://host.example/", "bare host name"),
    ("TRUSTED_PROXIES", "9", "0 to 5"),
    ("SMTP_URL", "smtp://h:mail", "smtp://"),
    ("SMTP_URL", "smtp://:25", "smtp://"),
    ("MAIL_FROM", "nobody", "e-mail address"),
    ("MAIL_FROM", "a@b.example\nBcc: c@d.example", "e-mail address"),
    ("STORAGE_DIR", "s3://", "bucket"),
    ("STORAGE_DIR", "ftp://h/d", "s3://bucket"),
    ("STORAGE_DIR", "/etc/passwd", "no folder"),
    ("STRIPE_API_BASE", "http://h:99999", "without a path"),
    ("STRIPE_PLATFORM_KEY", "pk_test_1", "sk_test_"),
    ("STRIPE_PLATFORM_KEY", "sk_test_1", "STRIPE_WEBHOOK_SECRET"),
    ("STRIPE_WEBHOOK_SECRET", "secret", "whsec_"),
    ("LOG_FORMAT", "xml", "json, console"),
    ("POOL_SIZE", "0", "1 to 200"),
    ("LEDGER_KEYS", f"{'k' * 40},short", "32 characters"),
    ("VIES_URL", "https://ec.europa.eu/taxation", "without a path"),
    ("ANCHOR_STORAGE", "ftp://h/d", "s3://bucket"),
]


@pytest.mark.parametrize(("name", "value", "says"), WRONG)
def test_a_wrong_value_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(BadSetting, match=name) as error:
        load(GOOD | {name: value})
    assert says in str(error.value)


def test_every_setting_is_read_and_checked() -> None:
    wrong = {name for name, value, _says in WRONG if value}
    assert wrong == {VARIABLES.get(f.name, f.name.upper()) for f in fields(Settings)}


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(BadSetting) as error:
        load(GOOD | {"STRIPE_PLATFORM_KEY": "live_of_somebody"})
    assert "live_of_somebody" not in str(error.value)


def test_keys_of_the_ledger_are_a_list() -> None:
    assert load(GOOD).ledger_keys == ()
    assert load(GOOD | {"LEDGER_KEYS": f"{'n' * 40}, {'o' * 40}"}).ledger_keys == (
        "n" * 40,
        "o" * 40,
    )


def test_addresses_are_built_from_stored_hosts() -> None:
    found = load(GOOD | {"PUBLIC_SCHEME": "http", "PUBLIC_PORT": "8000"})
    assert found.url_for_host("a.localhost", "/b/x") == "http://a.localhost:8000/b/x"
