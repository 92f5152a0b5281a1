"""The contract: laid out once in the venue's looks, kept, and never written again."""

from __future__ import annotations

import hashlib
import json
import threading
import unicodedata
from functools import partial
from pathlib import Path
from typing import Any

import typst
from flask import abort, current_app
from flask_babel import force_locale
from werkzeug.wrappers import Response

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.files import StoredFile, describe, storage
from app.core.i18n import _, day_name
from app.invoicing import figures
from app.invoicing.looks import looks_of
from app.invoicing.models import Document
from app.invoicing.pdf import UNPRINTABLE
from app.requests import mails, read, words
from app.requests.models import RequestContract, SpaceRequest
from app.requests.policy import policy
from app.tenants.models import Tenant
from app.web import themes

SHEET = Path(__file__).parent / "contract.typ"
PURPOSE = "request contract"
MOST_SIGNS = 40
_lock = threading.Lock()


def send(one: SpaceRequest, tenant: Tenant, by: int | None) -> RequestContract:
    """Lay it out over the newest issued quote, keep it, and tell the customer. Refuses without an
    issued quote, and a second contract over the same quote."""
    document = next((p.quote for p in read.papers(one.id) if p.quote is not None), None)
    if document is None:
        raise Refused(_("Le contrat s’appuie sur un devis émis : envoyez-le d’abord."))
    known = read.contract(one.id)
    if known is not None and known.document_id == document.id:
        raise Refused(_("Ce contrat est déjà parti : un nouveau devis en permet un autre."))
    content = drawn(said(one, document, tenant), tenant)
    file = _store(content, tenant.id)
    row = RequestContract(
        request_id=one.id,
        document_id=document.id,
        file_id=file.id,
        sha256=file.sha256,
        sent_at=clock.now(),
        by_account=by,
    )
    db.session.add(row)
    db.session.flush()  # written before its letter
    mails.send_contract(one, document.id)
    return row


def said(one: SpaceRequest, document: Document, tenant: Tenant) -> dict[str, Any]:
    """Everything that stands in it, in the customer's language."""
    paper, kept = document.paper, policy()
    amount = partial(figures.amount, currency=document.currency)
    with force_locale(one.locale):
        terms = kept.terms_en if one.locale == "en" else kept.terms_fr
        share = document.gross_cents * kept.deposit_percent // 100
        return {
            "lang": one.locale,
            "title": _("Contrat de mise à disposition"),
            "number": _("Demande %(code)s, devis %(quote)s du %(day)s", code=one.code,
                        quote=document.name, day=day_name(document.issued_on, "year")),
            "parties": [
                [_("Le lieu"), paper.seller.name, *_address(paper.seller)],
                [_("Le client"), paper.buyer.name, *_address(paper.buyer)],
            ],
            "facts": [list(pair) for pair in _facts(one) if pair[1]],
            "heads": [_("Désignation"), _("Quantité"), _("Total TTC")],
            "lines": [
                [line.label, figures.quantity(line.quantity, line.unit), amount(line.gross_cents)]
                for line in paper.lines
            ],
            "total": [_("Total TTC"), amount(document.gross_cents)],
            "vat": _("dont TVA %(amount)s", amount=amount(document.vat_cents)),
            "deposit": _("Acompte de %(amount)s à l’acceptation du devis.", amount=amount(share))
            if share else "",
            "terms_title": _("Conditions"),
            "terms": [part for part in terms.split("\n") if part.strip()],
            "sign": [_("Pour le lieu"), _("Pour le client")],
            "agreed": _("L’acceptation du devis en ligne vaut signature de ce contrat."),
            "brand": tenant.name,
        }  # fmt: skip


def _facts(one: SpaceRequest) -> list[tuple[str, str]]:
    """What is agreed, but for the price."""
    names, space = words.options(), read.space_of(one)
    return [
        (_("Événement"), one.title),
        (_("Quand"), mails.when(one)),
        (_("Espace"), space.name if space else ""),
        (_("Personnes"), str(one.people)),
        (_("Montage et rangement"), _("%(before)d min avant, %(after)d min après",
                                      before=one.setup_minutes, after=one.clear_minutes)),
        (_("Demandé"), ", ".join(names[o] for o in one.options if o in names)),
    ]  # fmt: skip


def _address(party: Any) -> list[str]:
    town = f"{party.postcode} {party.city}".strip()
    siren = f"SIREN {figures.spaced(party.siren)}" if party.siren else ""
    return [text for text in (party.street, party.extra, town, siren, party.email) if text]


def drawn(facts: dict[str, Any], tenant: Tenant) -> bytes:
    """PDF/A in the theme, colours and fonts of the venue's other papers. A pictogram that no font
    of ours has is left out; a letter is refused, for a name must stand as it is."""
    text = json.dumps(facts | looks_of(tenant).as_data(), ensure_ascii=False)
    for _try in range(MOST_SIGNS):
        try:
            return _compiled(text)
        except typst.TypstError as error:
            sign = UNPRINTABLE.search(str(error))
            if sign is None:
                raise
            if unicodedata.category(sign[1])[0] not in "SCM":
                words_ = _("Le signe « %(sign)s » ne s’imprime pas.", sign=sign[1])
                raise Refused(words_) from error
            text = text.replace(sign[1], "")
    raise Refused(_("Ce texte ne s’imprime pas."))


def _compiled(text: str) -> bytes:
    with _lock:
        done = typst.compile(
            str(SHEET),
            root=str(SHEET.parent),
            format="pdf",
            font_paths=sorted(str(f) for f in themes.PACKAGES.glob("*/pdf")),
            sys_inputs={"data": text},
            pdf_standards=["a-3b"],
        )
    return bytes(done)


def _store(content: bytes, tenant_id: int) -> StoredFile:
    row = describe(tenant_id, content, "application/pdf", ".pdf", PURPOSE)
    db.session.add(row)
    db.session.flush()  # id for the contract
    storage(current_app.config["SETTINGS"].storage).put(row.name, content, row.media_type)
    return row


def answer(kept: RequestContract | None) -> Response:
    """The bytes that were sent; 404 where none were, or where they are not what they were."""
    row = db.session.get(StoredFile, kept.file_id) if kept else None
    if kept is None or row is None:
        abort(404)
    content = storage(current_app.config["SETTINGS"].storage).get(row.name)
    if hashlib.sha256(content).hexdigest() != kept.sha256:
        abort(404)
    return Response(
        content,
        mimetype="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="contrat-{kept.request_id}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )
