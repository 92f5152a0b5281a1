"""The secret address of a document: in its mail, on its customer's page, without an account."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import outbox, tenancy, words
from app.core.db import db
from app.invoicing import sellers
from app.invoicing.models import Document, DocumentDoor, DocumentEvent
from app.tenants.resolve import public_url


def token_of(document_id: int) -> str:
    """The word of a document, made when it is first asked for."""
    db.session.execute(
        insert(DocumentDoor)
        .values(tenant_id=tenancy.tenant_id(), document_id=document_id, token=words.token())
        .on_conflict_do_nothing()
    )
    return db.session.scalars(
        select(DocumentDoor.token).where(DocumentDoor.document_id == document_id)
    ).one()


def url_of(document_id: int) -> str:
    """Where its customer sees it."""
    return public_url(f"/document/{token_of(document_id)}")


def behind(token: str) -> Document | None:
    """The document of a word, in the entered venue only."""
    return db.session.scalars(
        select(Document)
        .join(DocumentDoor, DocumentDoor.document_id == Document.id)
        .where(DocumentDoor.token == token, Document.tenant_id == tenancy.tenant_id())
    ).one_or_none()


def send_issued(document: Document) -> None:
    """What was just issued goes to its customer, where the venue wants that and knows where to;
    once, however often the job runs."""
    known = any(event.what == "sent" for event in history(document.id))
    if not known and sellers.profile().mails_documents and document.paper.buyer.email:
        send(document, by=document.issued_by)


def send(document: Document, *, by: int | None) -> None:
    """Post the document's letter after the commit; each sending is one line of its history."""
    event = note(document.id, "sent", by=by, to=document.paper.buyer.email)
    outbox.defer("invoicing.send", document_id=document.id, event_id=event.id, lane="mail")


def note(document_id: int, what: str, *, by: int | None = None, **detail: object) -> DocumentEvent:
    """One line of a document's history."""
    event = DocumentEvent(document_id=document_id, what=what, by_account=by, detail=detail)
    db.session.add(event)
    db.session.flush()  # id for the letter that it is about
    return event


def history(document_id: int) -> list[DocumentEvent]:
    """What became of a document, oldest first."""
    return list(
        db.session.scalars(
            select(DocumentEvent)
            .where(DocumentEvent.document_id == document_id)
            .order_by(DocumentEvent.id)
        )
    )
