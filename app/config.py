"""Settings from the environment, typed and checked once: a wrong value stops the boot."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit


class BadSetting(ValueError):
    """A setting is absent or wrong; the message names it and says what is expected."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one process needs to know of the place where it runs."""

    database_url: str
    secret_key: str
    owner_database_url: str = ""
    public_scheme: str = "https"
    public_port: int = 0
    platform_host: str = ""
    trusted_proxies: int = 0
    smtp_url: str = ""
    mail_from: str = "no-reply@localhost"
    storage: str = "var/files"
    anchor_storage: str = ""
    stripe_api_base: str = ""
    stripe_platform_key: str = ""
    stripe_webhook_secret: str = ""
    log_format: str = "json"
    pool_size: int = 6
    support_minutes: int = 30
    api_per_minute: int = 600
    ledger_keys: tuple[str, ...] = ()
    vies_url: str = "https://ec.europa.eu"

    @property
    def secure_cookies(self) -> bool:
        """`__Host-` cookies need TLS; plain http is for a machine on its own."""
        return self.public_scheme == "https"

    def url_for_host(self, host: str, path: str = "/") -> str:
        """The public address of `path` on a stored host, never on a host that a request claims."""
        port = f":{self.public_port}" if self.public_port else ""
        return f"{self.public_scheme}://{host}{port}{path}"


def _number(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not low <= int(raw) <= high:
            raise BadSetting(f"{name}={raw!r}: a whole number from {low} to {high} is expected")
        return int(raw)

    return read


def _one_of(*allowed: str) -> Callable[[str, str], str]:
    def read(name: str, raw: str) -> str:
        if raw not in allowed:
            raise BadSetting(f"{name}={raw!r}: one of {', '.join(allowed)} is expected")
        return raw

    return read


def _has_port(raw: str) -> bool:
    """Whether the port of an address, if it has one, is a number that a port can be."""
    try:
        return urlsplit(raw).port != 0
    except ValueError:
        return False


def postgres_address(name: str, raw: str) -> str:
    if not re.match(r"postgres(ql)?(\+psycopg)?://", raw):
        raise BadSetting(f"{name}: a postgresql:// address is expected, no other database")
    if not _has_port(raw) or not urlsplit(raw).path.strip("/"):
        raise BadSetting(f"{name}: postgresql://role:password@host:port/database is expected")
    return re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", raw)


def _secret(name: str, raw: str) -> str:
    if len(raw) < 32:
        raise BadSetting(f"{name}: at least 32 characters are expected, {len(raw)} given")
    return raw


def _secrets(name: str, raw: str) -> tuple[str, ...]:
    return tuple(_secret(name, one.strip()) for one in raw.split(","))


def _http(name: str, raw: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+", raw) or not _has_port(raw):
        raise BadSetting(f"{name}={raw!r}: an http(s) address without a path is expected")
    return raw


def _smtp(name: str, raw: str) -> str:
    if not re.fullmatch(r"smtps?://\S+", raw) or not _has_port(raw) or not urlsplit(raw).hostname:
        raise BadSetting(f"{name}: an address such as smtp://user:password@host:25 is expected")
    return raw


def _storage(name: str, raw: str) -> str:
    if re.fullmatch(r"s3://[^/\s]+(/\S*)?", raw):
        return raw
    if "://" in raw:
        raise BadSetting(f"{name}={raw!r}: a folder or s3://bucket/prefix is expected")
    folder = Path(raw).expanduser().absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        raise BadSetting(f"{name}={raw!r}: {there} is no folder that this process may write in")
    return str(folder)


def _host(name: str, raw: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", raw):
        raise BadSetting(f"{name}={raw!r}: a bare host name in small letters is expected")
    return raw


def _sender(name: str, raw: str) -> str:
    if not re.fullmatch(r"[^@\s<>\",;]+@[A-Za-z0-9.-]+", raw):
        raise BadSetting(f"{name}={raw!r}: a bare e-mail address is expected")
    return raw


def _begins(*starts: str) -> Callable[[str, str], str]:
    """A secret is never repeated in the message."""

    def read(name: str, raw: str) -> str:
        if not re.fullmatch(rf"({'|'.join(starts)})[A-Za-z0-9_+/=-]+", raw):
            raise BadSetting(f"{name}: it begins with {' or '.join(starts)}")
        return raw

    return read


READERS: dict[str, Callable[[str, str], object]] = {
    "database_url": postgres_address,
    "owner_database_url": postgres_address,
    "secret_key": _secret,
    "public_scheme": _one_of("http", "https"),
    "public_port": _number(0, 65535),
    "platform_host": _host,
    "trusted_proxies": _number(0, 5),
    "smtp_url": _smtp,
    "mail_from": _sender,
    "storage": _storage,
    "anchor_storage": _storage,
    "stripe_api_base": _http,
    "stripe_platform_key": _begins("sk_test_", "sk_live_", "rk_test_", "rk_live_"),
    "stripe_webhook_secret": _begins("whsec_"),
    "log_format": _one_of("json", "console"),
    "pool_size": _number(1, 200),
    "support_minutes": _number(5, 240),
    "api_per_minute": _number(10, 1_000_000),
    "ledger_keys": _secrets,
    "vies_url": _http,
}

# Names that operators meet in the environment when they differ from the field.
VARIABLES = {"storage": "STORAGE_DIR"}


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read every setting; refuse with `BadSetting` the first that is absent or wrong."""
    source = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for field in fields(Settings):
        variable = VARIABLES.get(field.name, field.name.upper())
        raw = source.get(variable, "").strip()
        if raw:
            values[field.name] = READERS[field.name](variable, raw)
        elif field.name in ("database_url", "secret_key"):
            raise BadSetting(f"{variable} is not set: the product cannot start without it")
    if "stripe_platform_key" in values and "stripe_webhook_secret" not in values:
        raise BadSetting(
            "STRIPE_PLATFORM_KEY without STRIPE_WEBHOOK_SECRET: what Stripe reports could be forged"
        )
    return Settings(**values)  # type: ignore[arg-type]  # every reader returns its field's type
