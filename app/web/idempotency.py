"""The same key gives the same answer: a client that lost one may ask again."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, request
from sqlalchemy import Index, UniqueConstraint, bindparam, delete, select, update
from sqlalchemy.orm import Mapped

from app.core import clock, faults, tenancy
from app.core.db import Model, db, insert_once, key, owned, send, stamp, table_of
from app.core.errors import Refused
from app.core.i18n import _
from app.core.tenancy import TenantOwned


class IdempotentCall(TenantOwned, Model):
    """A keyed POST: what was asked and, once known, what was answered."""

    __tablename__ = "idempotent_call"
    __table_args__ = owned(
        UniqueConstraint("tenant_id", "actor", "key"),
        Index("ix_idempotent_call_created", "created_at"),
    )

    id: Mapped[key]
    actor: Mapped[str]
    key: Mapped[str]
    fingerprint: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[str | None]
    media_type: Mapped[str | None]
    location: Mapped[str | None]
    created_at: Mapped[stamp]


class KeyInUse(Refused):
    """The first request with this key is not answered yet."""

    status = 409
    code = "idempotency_key_in_use"


class KeyReused(Refused):
    """The key was used for another request."""

    status = 422
    code = "idempotency_key_reused"


KEEP = dt.timedelta(hours=24)
ABANDONED = dt.timedelta(seconds=60)


def _body() -> str:
    return request.get_data(cache=True).decode("latin-1")


def _fingerprint(said: Callable[[], str]) -> str:
    parts = (request.method, request.full_path, said())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


CLAIM = insert_once(IdempotentCall, "tenant_id", "actor", "key", "fingerprint")
CALLS = table_of(IdempotentCall)
KEPT = (
    update(CALLS)
    .where(CALLS.c.actor == bindparam("of"), CALLS.c.key == bindparam("named"))
    .values({name: bindparam(name) for name in ("status", "body", "media_type", "location")})
)


def _claim(actor: str, name: str, fingerprint: str) -> IdempotentCall | None:
    """None when this request is the first; the stored call when it was answered."""
    values = {"actor": actor, "key": name, "fingerprint": fingerprint}
    if send(CLAIM, {"tenant_id": tenancy.tenant_id(), **values}).scalar() is not None:
        db.session.commit()
        faults.point("key_claimed")
        return None
    found = db.session.scalars(
        select(IdempotentCall)
        .where(IdempotentCall.actor == actor, IdempotentCall.key == name)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if found.fingerprint != fingerprint:
        raise KeyReused(_("Cette clé a déjà servi pour une autre demande."))
    if found.status is None:
        if found.created_at > clock.now() - ABANDONED:
            raise KeyInUse(_("La première demande avec cette clé est encore en cours."))
        found.created_at = clock.now()
        db.session.commit()
        return None
    return found


def _remember(actor: str, name: str, answer: Response) -> None:
    kept = {
        "status": answer.status_code,
        "body": answer.get_data(as_text=True),
        "media_type": answer.mimetype,
        "location": answer.headers.get("Location"),
    }
    send(KEPT, {"of": actor, "named": name, **kept})
    db.session.commit()


def _forget(actor: str, name: str) -> None:
    db.session.rollback()
    db.session.execute(
        delete(IdempotentCall).where(IdempotentCall.actor == actor, IdempotentCall.key == name)
    )
    db.session.commit()


def replayable(
    actor_of: Callable[[], str], said: Callable[[], str] = _body
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a POST safe to repeat when it carries `Idempotency-Key` (header or form field).

    Same key and same body: the first answer again. Other body: 422. Still running: 409.
    A server fault forgets the key, so that a retry really tries. `said` is what of a body counts,
    where two tries of one thing differ in bytes: a form with a file has another border each time.
    """

    def wrap(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def answer(*args: Any, **kwargs: Any) -> Any:
            name = request.headers.get("Idempotency-Key") or request.form.get("idempotency_key")
            if not name:
                return view(*args, **kwargs)
            if len(name) > 200:
                raise Refused(_("La clé d’idempotence dépasse 200 caractères."))
            actor = actor_of()
            stored = _claim(actor, name, _fingerprint(said))
            if stored is not None:
                again = Response(stored.body, stored.status, mimetype=stored.media_type)
                if stored.location:
                    again.headers["Location"] = stored.location
                again.headers["Idempotent-Replayed"] = "true"
                return again
            try:
                fresh = make_response(view(*args, **kwargs))
            except BaseException:
                _forget(actor, name)
                raise
            _remember(actor, name, fresh)
            faults.point("answer_kept")
            return fresh

        return answer

    return wrap


def sweep() -> None:
    """Drop keys older than a day."""
    db.session.execute(delete(IdempotentCall).where(IdempotentCall.created_at < clock.now() - KEEP))
