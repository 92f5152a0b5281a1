"""What a seal says, as bytes: the rows of an entry, and the link to the entry before. Pure.

Each digest is an HMAC under a key that the database does not know, so that who can write every
table still cannot write a chain. The archive's own verifier repeats these few lines without us.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
SHORT = 16


@dataclass(frozen=True)
class Keys:
    """The key that seals now, and those that sealed before, each under its public name."""

    current: str
    known: Mapping[str, bytes]

    @classmethod
    def of(cls, secrets: Sequence[str]) -> Keys:
        """The first secret seals; all of them verify."""
        keys = {name_of(secret.encode()): secret.encode() for secret in secrets}
        return cls(name_of(secrets[0].encode()), keys)

    def mac(self, document: Any, key_id: str | None = None) -> str:
        """The digest of a document; refuses a key that is not at hand with `KeyError`."""
        return mac(self.known[key_id or self.current], document)


def name_of(key: bytes) -> str:
    """What a key is called in the open: it gives nothing of the key away."""
    return mac(key, "name of this key")[:SHORT]


def canonical(document: Any) -> bytes:
    """The one spelling of a document: sorted names, no blanks, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def mac(key: bytes, document: Any) -> str:
    """HMAC-SHA-256 in hexadecimal."""
    return hmac.new(key, canonical(document), hashlib.sha256).hexdigest()


def moment(when: dt.datetime) -> str:
    """An instant in UTC, always with its microseconds."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Movement:
    """An entry with its lines as the chain sees it: `(id, account, vat_bp, cents)` each."""

    tenant_id: int
    entry_id: int
    posted_at: dt.datetime
    source: str
    source_id: int
    event: str
    currency: str
    memo: str
    lines: tuple[tuple[int, str, int | None, int], ...]

    def head(self) -> dict[str, Any]:
        """The entry's own row."""
        return {
            "tenant": self.tenant_id,
            "entry": self.entry_id,
            "at": moment(self.posted_at),
            "source": self.source,
            "source_id": self.source_id,
            "event": self.event,
            "currency": self.currency,
            "memo": self.memo,
        }


def rows_of(move: Movement, keys: Keys, key_id: str | None = None) -> dict[str, Any]:
    """A short digest of every row, so that a break is told to the row."""
    return {
        "entry": keys.mac(move.head(), key_id)[:SHORT],
        "lines": {
            str(line[0]): keys.mac([move.entry_id, *line], key_id)[:SHORT] for line in move.lines
        },
    }


def link(
    number: int, move: Movement, rows: Mapping[str, Any], before: str, keys: Keys, key_id: str
) -> str:
    """The digest that closes an entry and leans on the one before it."""
    document = {
        "number": number,
        "before": before,
        "rows": rows,
        "lines": [list(line) for line in move.lines],
    }
    return keys.mac(document | move.head(), key_id)
