"""An imported file holds whole lists of people: once it was read, whoever is forgotten takes it
along."""

from __future__ import annotations

from sqlalchemy import select

from app.core import tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.signals import hear
from app.members.facts import PersonErased
from app.transfer.models import ImportRun
from app.transfer.sheet import decode

ENDED = ("done", "refused")


@hear(PersonErased)
def forget(fact: PersonErased) -> None:
    """Files that name them, and what was said of their lines."""
    runs = db.session.scalars(
        select(ImportRun).where(
            ImportRun.tenant_id == tenancy.tenant_id(), ImportRun.state.in_(ENDED)
        )
    )
    for run in runs:
        if _names(run, fact):
            run.content, run.file_name = b"", "import.csv"
            run.report = {"text": run.report.get("text", ""), "applied": True}


def _names(run: ImportRun, fact: PersonErased) -> bool:
    try:
        held = decode(run.content)
    except Refused:
        return True  # what nobody can read is kept for nobody
    words = f"{held} {run.report} {run.file_name}".casefold()
    return any(word.casefold() in words for word in (fact.email, fact.name) if word)
