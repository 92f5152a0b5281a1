"""The picture of an event: painted anew when it comes, kept while its form is shown again."""

from __future__ import annotations

from flask import abort, current_app
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.core import pictures, tenancy
from app.core.db import db
from app.core.files import StoredFile, describe, storage
from app.events.models import Event
from app.incidents import photos

PICTURE = "event picture"
SIDE = 1600


def keep(sent: FileStorage | None) -> StoredFile | None:
    """Paint what was sent anew; none when nothing was sent. A draft, swept after a day, until an
    event names it. Refuses what is no picture, what is too heavy, too large or a trap."""
    if sent is None or not sent.filename:
        return None
    with sent.stream as stream:
        raw = stream.read(pictures.HEAVIEST + 1)
    if not raw:
        return None
    content = pictures.redrawn(raw, side=SIDE)
    return store(content, "image/jpeg", ".jpg", photos.DRAFT)


def store(content: bytes, media_type: str, suffix: str, purpose: str) -> StoredFile:
    """Bytes under a name of ours, with their row."""
    row = describe(tenancy.tenant_id(), content, media_type, suffix, purpose)
    storage(current_app.config["SETTINGS"].storage).put(row.name, content, media_type)
    db.session.add(row)
    db.session.flush()  # id for the row that names it
    return row


def claim(file_id: int) -> int:
    """It belongs to an event from now on."""
    db.session.get_one(StoredFile, file_id).purpose = PICTURE
    return file_id


def forget(file_id: int | None) -> None:
    """Drop a picture that no event shows any more: dates of a series, and copies, share theirs."""
    if file_id is None:
        return
    db.session.flush()  # what was written a moment ago counts
    if db.session.scalar(select(Event.id).where(Event.picture_id == file_id).limit(1)) is not None:
        return
    row = content(file_id)
    if row is not None and row.purpose == PICTURE:
        storage(current_app.config["SETTINGS"].storage).drop(row.name)
        db.session.delete(row)


def content(file_id: int | None) -> StoredFile | None:
    """What was stored under an id of this venue."""
    return db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).one_or_none()


def read(file_id: int | None) -> bytes | None:
    """Its bytes; none when there are none."""
    row = content(file_id)
    if row is None:
        return None
    try:
        return storage(current_app.config["SETTINGS"].storage).get(row.name)
    except FileNotFoundError:
        return None


def answer(file_id: int | None, *, public: bool) -> Response:
    """A picture as an answer: to be looked at and nothing else; 404 when there is none."""
    row, raw = content(file_id), read(file_id)
    if row is None or raw is None:
        abort(404)
    made = Response(raw, mimetype=row.media_type)
    made.headers["Cache-Control"] = "public, max-age=86400" if public else "private, no-store"
    made.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    made.headers["Cross-Origin-Resource-Policy"] = "cross-origin" if public else "same-origin"
    return made
