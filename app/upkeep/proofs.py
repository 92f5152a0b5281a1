"""Papers that show that something was done, kept beside the visit that they belong to."""

from __future__ import annotations

from flask import current_app

from app.core import papers, tenancy
from app.core.db import db
from app.core.files import describe, storage
from app.upkeep.models import Proof, Visit


def keep(row: Visit, raw: bytes, name: str) -> Proof:
    """Keep a paper of a visit. Refuses what would act, and what is neither a picture nor a PDF."""
    content, media_type, suffix = papers.cleaned(raw)
    file = describe(tenancy.tenant_id(), content, media_type, suffix, "upkeep proof")
    storage(current_app.config["SETTINGS"].storage).put(file.name, content, media_type)
    db.session.add(file)
    db.session.flush()  # id for the proof
    made = Proof(visit_id=row.id, file_id=file.id, name=f"{name}{suffix}")
    db.session.add(made)
    return made
