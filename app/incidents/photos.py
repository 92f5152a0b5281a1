"""Pictures of incidents: painted anew, kept under a name of ours, shown to few."""

from __future__ import annotations

from flask import abort, current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.core import pictures, tenancy
from app.core.db import db
from app.core.files import StoredFile, describe, storage

KEPT = "incident photo"
DRAFT = "incident draft"
LIFE = 3600


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="incident draft")


def keep(sent: FileStorage | None) -> StoredFile | None:
    """Paint what was sent anew and keep it; none when nothing was sent. Refuses what is no picture.

    A draft until a report names it: a form that is shown again has lost nothing.
    """
    if sent is None or not sent.filename:
        return None
    with sent.stream as stream:
        raw = stream.read(pictures.HEAVIEST + 1)
    if not raw:
        return None
    content = pictures.redrawn(raw)
    row = describe(tenancy.tenant_id(), content, "image/jpeg", ".jpg", DRAFT)
    storage(current_app.config["SETTINGS"].storage).put(row.name, content, row.media_type)
    db.session.add(row)
    db.session.flush()  # id for the form that is shown again
    return row


def ticket(file: StoredFile) -> str:
    """What a form that is shown again says of its picture: ours alone, for an hour."""
    return str(_signer().dumps([tenancy.tenant_id(), file.id]))


def of_ticket(said: str) -> StoredFile | None:
    """The draft of a ticket of this venue; none for a forged, old or used one."""
    try:
        tenant_id, file_id = _signer().loads(said, max_age=LIFE)
    except (BadSignature, ValueError, TypeError):
        return None
    if tenant_id != tenancy.tenant_id():
        return None
    return db.session.scalars(
        select(StoredFile).where(StoredFile.id == file_id, StoredFile.purpose == DRAFT)
    ).one_or_none()


def claim(draft_id: int) -> None:
    """It belongs to a report from now on."""
    db.session.get_one(StoredFile, draft_id).purpose = KEPT


def answer(file_id: int | None) -> Response:
    """The picture, to be looked at and nothing else; 404 when there is none."""
    found = db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).one_or_none()
    if found is None:
        abort(404)
    content = storage(current_app.config["SETTINGS"].storage).get(found.name)
    made = Response(content, mimetype=found.media_type)
    made.headers["Cache-Control"] = "private, no-store"
    made.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return made
