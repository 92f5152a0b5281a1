"""Settings from the environment, typed and checked once: a wrong value stops the boot."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path


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
    stripe_api_base: str = ""
    stripe_platform_key: str = ""
    stripe_webhook_secret: str = ""
    log_format: str = "json"
    pool_size: int = 6
    support_minutes: int = 30

    @property
    def secure_cookies(self) -> bool:
        """`__Host-` cookies need TLS; plain http is for a machine on its own."""
        return self.public_scheme == "https"

    def url_for_host(self, host: str, path: str = "/") -> str:
        """The public address of `path` on a stored host, never on a host that a request claims."""
        port = f":{self.public_port}" if self.public_port else ""
        return f"{self.public_scheme}://{host}{port}{path}"


def _text(_name: str, raw: str) -> str:
    return raw


def _number(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, raw: str) -> int:
        if not re.fullmatch(r"\d{1,9}", raw) or not low <= int(raw) <= high:
            raise BadSetting(f"{name}={raw!r}: a whole number from {low} to {high} is expected")
        return int(raw)

    return read


def _one_of(*allowed: str) -> Callable[[str, str], str]:
    def read(name: str, raw: str) -> str:
        if raw not in allowed:
            raise BadSetting(f"{name}={raw!r}: one of {', '.join(allowed)} is expected")
        return raw

    return read


def postgres_address(name: str, raw: str) -> str:
    if not re.match(r"postgres(ql)?(\+psycopg)?://", raw):
        raise BadSetting(f"{name}: a postgresql:// address is expected, no other database")
    return re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", raw)


def _secret(name: str, raw: str) -> str:
    if len(raw) < 32:
        raise BadSetting(f"{name}: at least 32 characters are expected, {len(raw)} given")
    return raw


def _http(name: str, raw: str) -> str:
    if not re.match(r"https?://[^/\s]+$", raw):
        raise BadSetting(f"{name}={raw!r}: an http(s) address without a path is expected")
    return raw


def _smtp(name: str, raw: str) -> str:
    if not re.match(r"smtps?://\S+$", raw):
        raise BadSetting(f"{name}: an address such as smtp://user:password@host:25 is expected")
    return raw


def _storage(_name: str, raw: str) -> str:
    if raw.startswith("s3://"):
        return raw
    return str(Path(raw).expanduser().absolute())


READERS: dict[str, Callable[[str, str], object]] = {
    "database_url": postgres_address,
    "owner_database_url": postgres_address,
    "secret_key": _secret,
    "public_scheme": _one_of("http", "https"),
    "public_port": _number(0, 65535),
    "platform_host": _text,
    "trusted_proxies": _number(0, 5),
    "smtp_url": _smtp,
    "mail_from": _text,
    "storage": _storage,
    "stripe_api_base": _http,
    "stripe_platform_key": _text,
    "stripe_webhook_secret": _text,
    "log_format": _one_of("json", "console"),
    "pool_size": _number(1, 200),
    "support_minutes": _number(5, 240),
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
    return Settings(**values)  # type: ignore[arg-type]  # every reader returns its field's type
