"""Files of documents as answers."""

from __future__ import annotations

from flask import abort
from werkzeug.wrappers import Response

from app.invoicing import read
from app.invoicing.models import Document


def sent(found: Document, suffix: str) -> Response:
    """A file of a document under its number; never kept by a cache."""
    content = read.content(found.id, suffix)
    if content is None:
        abort(404)
    answer = Response(content, content_type=f"application/{suffix}")
    where = "inline" if suffix == "pdf" else "attachment"
    answer.headers["Content-Disposition"] = f'{where}; filename="{found.name}.{suffix}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
