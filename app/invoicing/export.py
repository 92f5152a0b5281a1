"""Documents out again: as a table, and as an archive that proves itself."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, abort, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.invoicing import names, read
from app.invoicing.models import Document, DocumentFile
from app.tenants.resolve import of_tenant
from app.web.policy import needs
from app.web.tables import as_table, sent

pages = Blueprint("invoicing_export", __name__, url_prefix="/gestion/factures/export")
MOST = 100_000
MOST_FILES = 2_000


def headings() -> list[str]:
    """Columns of the table."""
    return [
        _("Numéro"), _("Type de document"), _("Date d’émission"), _("Date d’échéance"),
        _("Client"), _("SIREN"), _("Total HT"), _("TVA"), _("Total TTC"), _("Reste à payer"),
        _("Devise"),
    ]  # fmt: skip


def rows(found: Iterable[read.Row]) -> Iterator[list[Any]]:
    """The documents under `headings`; what a credit note gives back counts less."""
    kinds = names.kinds()
    for row in found:
        one = row.document
        sign = -1 if one.kind == "credit_note" else 1
        yield [
            one.name, kinds[one.kind], one.issued_on, one.due_on, one.buyer_name,
            one.paper.buyer.siren,
            sign * one.net_cents / 100, sign * one.vat_cents / 100, sign * one.gross_cents / 100,
            row.due_cents / 100, one.currency,
        ]  # fmt: skip


@pages.get("/<any(csv, xlsx, zip):form>")
@needs("money.see")
def table(form: str) -> Response:
    """The documents of the list that was asked for, all its pages."""
    today = clock.now().astimezone(of_tenant().books_zone).date()
    most = MOST_FILES if form == "zip" else MOST
    found = read.page(read.wish(request.args), today, limit=most + 1, offset=0)
    if len(found) > most:
        abort(413)
    name = f"documents-{today:%Y-%m-%d}"
    if form == "zip":
        return sent(_zip(found), form, name)
    return as_table(form, name, headings(), rows(found))


def _zip(found: Iterable[read.Row]) -> bytes:
    """Every file as it was issued, with its hash, its seal and the seal before it."""
    out = io.BytesIO()
    proof = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for row in found:
            one = row.document
            proof.append(_proof(one))
            for file in db.session.scalars(
                select(DocumentFile).where(DocumentFile.document_id == one.id)
            ):
                archive.writestr(f"{one.year}/{one.name}.{file.format}", file.content)
                db.session.expunge(file)
        archive.writestr("proof.json", json.dumps(proof, ensure_ascii=False, indent=1))
    return out.getvalue()


def _proof(one: Document) -> dict[str, Any]:
    return {
        "number": one.name, "issued_at": one.issued_at.isoformat(), "pdf_sha256": one.pdf_sha256,
        "xml_sha256": one.xml_sha256, "previous": one.previous, "seal": one.seal,
        "key": one.key_id, "rules_fired": one.fired, "legal_texts": one.law_version,
    }  # fmt: skip
