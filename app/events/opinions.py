"""What people say after an event: a signed link each, one answer each, results for the team."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from app.core import clock
from app.core.db import db, insert_once, send
from app.core.errors import Refused
from app.core.i18n import _
from app.events.models import Event, EventOpinion

SALT = "event opinion"
OPEN_FOR = dt.timedelta(days=60)
LONGEST = 2000
WRITE = insert_once(EventOpinion, "tenant_id", "event_id", "who", "stars", "again", "text")


def again_words() -> dict[str, str]:
    """Whether they would come back."""
    return {"yes": _("Oui"), "maybe": _("Peut-être"), "no": _("Non")}


def who(secret: str, event_id: int, email: str) -> str:
    """A digest of somebody's address for one event: it names nobody, and the same one twice."""
    key = hashlib.blake2b(secret.encode(), digest_size=32).digest()
    said = f"{event_id}:{email.strip().casefold()}".encode()
    return hashlib.blake2b(said, key=key, digest_size=12).hexdigest()


def link(secret: str, event: Event, email: str) -> str:
    """The word of the address where they answer: signed, of this venue and event alone."""
    signer = URLSafeSerializer(secret, salt=SALT)
    return str(signer.dumps([event.tenant_id, event.id, who(secret, event.id, email)]))


def opened(secret: str, said: str, tenant_id: int) -> tuple[int, str] | None:
    """The event and the digest of a link of this venue; None for a forged or foreign one."""
    try:
        tenant, event_id, digest = URLSafeSerializer(secret, salt=SALT).loads(said)
    except (BadSignature, ValueError, TypeError):
        return None
    return (int(event_id), str(digest)) if tenant == tenant_id else None


def given(event_id: int, digest: str) -> EventOpinion | None:
    """What this person said already."""
    return db.session.scalars(
        select(EventOpinion).where(EventOpinion.event_id == event_id, EventOpinion.who == digest)
    ).one_or_none()


def is_open(event: Event) -> bool:
    """Asked once it has begun, for two months, and never of what did not take place."""
    now = clock.now()
    return event.state == "published" and event.starts_at <= now < event.ends_at + OPEN_FOR


def give(event: Event, digest: str, facts: Mapping[str, str]) -> bool:
    """Write an answer; False when this person answered before, which changes nothing. Refuses
    without stars, and before or long after the event."""
    if not is_open(event):
        raise Refused(_("On ne peut pas donner d’avis maintenant."))
    stars, again = facts.get("etoiles", ""), facts.get("revenir", "")
    if stars not in ("1", "2", "3", "4", "5"):
        raise Refused(_("Choisissez une note de 1 à 5."), field="etoiles")
    row = {
        "tenant_id": event.tenant_id,
        "event_id": event.id,
        "who": digest,
        "stars": int(stars),
        "again": again if again in again_words() else None,
        "text": facts.get("mot", "").replace("\0", "").strip()[:LONGEST],
    }
    return send(WRITE, row).scalar_one_or_none() is not None


@dataclass(frozen=True)
class Summary:
    """How many answered, how satisfied they were, how many would come back."""

    count: int
    mean: float
    stars: Mapping[int, int]
    again: Mapping[str, int]

    def percent(self, number: int) -> int:
        """The share of one number of stars."""
        return round(100 * self.stars.get(number, 0) / self.count) if self.count else 0


def of_event(event_id: int) -> Sequence[EventOpinion]:
    """Every answer, the latest first."""
    return db.session.scalars(
        select(EventOpinion)
        .where(EventOpinion.event_id == event_id)
        .order_by(EventOpinion.id.desc())
        .limit(500)
    ).all()


def summary(event_id: int) -> Summary:
    """Counted over all of them."""
    rows = db.session.execute(
        select(EventOpinion.stars, EventOpinion.again).where(EventOpinion.event_id == event_id)
    ).all()
    stars = Counter(row.stars for row in rows)
    total = sum(number * count for number, count in stars.items())
    mean = total / len(rows) if rows else 0.0
    return Summary(len(rows), mean, stars, Counter(row.again or "" for row in rows))
