"""A word outside the database, once a day: how long the chain was and how it ended.

Whoever cuts the end of the chain off, or rebuilds it with a stolen key, contradicts it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.files import Storage
from app.ledger.chain import Keys, canonical

MEDIA_TYPE = "application/json"
KINDS = ("", "documents-")
"""How names of anchors begin: those of the books, and those of whoever issues documents."""


@dataclass(frozen=True)
class Anchor:
    """The last link of a tenant's chain at the end of a day."""

    tenant_id: int
    day: dt.date
    number: int
    digest: str

    def document(self) -> dict[str, object]:
        """What is written, but for its own digest."""
        return {
            "tenant": self.tenant_id,
            "day": self.day.isoformat(),
            "number": self.number,
            "digest": self.digest,
        }


class Forged(ValueError):
    """An anchor that was not written under a key of ours, or says something else than before."""


def name_of(tenant_id: int, day: dt.date) -> str:
    """Where an anchor lies: it can be found without any table."""
    return f"{tenant_id}/anchors/{day.isoformat()}.json"


def write(storage: Storage, anchor: Anchor, keys: Keys) -> bool:
    """Put an anchor down; False when that day has one. What was written is never written over."""
    if read(storage, anchor.tenant_id, anchor.day, keys) is not None:
        return False
    document = anchor.document()
    signed = document | {"key": keys.current, "mac": keys.mac(document)}
    storage.put(name_of(anchor.tenant_id, anchor.day), canonical(signed), MEDIA_TYPE)
    return True


def read(storage: Storage, tenant_id: int, day: dt.date, keys: Keys) -> Anchor | None:
    """The anchor of a day; refuses with `Forged` one that no key of ours signed."""
    try:
        raw = storage.get(name_of(tenant_id, day))
    except FileNotFoundError:
        return None
    try:
        signed = json.loads(raw)
        said, key_id = signed.pop("mac"), signed.pop("key")
        if keys.mac(signed, key_id) != said or signed["tenant"] != tenant_id:
            raise Forged(name_of(tenant_id, day))
        return Anchor(
            tenant_id, dt.date.fromisoformat(signed["day"]), signed["number"], signed["digest"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Forged(name_of(tenant_id, day)) from error


def between(
    storage: Storage, tenant_id: int, first: dt.date, last: dt.date, keys: Keys
) -> Iterator[Anchor]:
    """The anchors of some days; a day without one (nothing was there to write it) is passed."""
    day = first
    while day <= last:
        found = read(storage, tenant_id, day, keys)
        if found is not None:
            yield found
        day += dt.timedelta(days=1)
