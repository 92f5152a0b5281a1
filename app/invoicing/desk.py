"""Documents at the desk: the list, one document beside its payments, its files, what it becomes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit, clock, outbox
from app.core.errors import Refused
from app.core.i18n import _, day_name
from app.invoicing import billing, crediting, export, profile, read, settle, sheet, sums
from app.invoicing.models import Document
from app.payments import refunds
from app.payments import rules as payments
from app.tenants.resolve import of_tenant
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("invoicing_desk", __name__, url_prefix="/gestion/factures")
blueprints = (pages, billing.pages, profile.pages, export.pages)
PAGE = 40


def kinds() -> dict[str, str]:
    """Kinds of documents in words."""
    return {
        "invoice": _("Facture"),
        "deposit": _("Facture d’acompte"),
        "credit_note": _("Avoir"),
        "quote": _("Devis"),
    }


def states() -> dict[str, str]:
    """What may be asked of a document."""
    return {
        "due": _("À encaisser"),
        "late": _("En retard"),
        "paid": _("Réglé"),
        "over": _("À rembourser"),
    }


def today() -> dt.date:
    """The day of the venue's books."""
    return clock.now().astimezone(of_tenant().books_zone).date()


def _url(**more: Any) -> str:
    wanted = {name: text for name, text in request.args.to_dict().items() if text} | more
    return url_for("invoicing_desk.documents", **wanted)


def _export(form: str) -> str:
    wanted: dict[str, Any] = request.args.to_dict() | {"form": form}
    return url_for("invoicing_export.table", **wanted)


@pages.get("")
@needs("money.see")
def documents() -> Response:
    """Every document, by word, kind, state and days; the address says which."""
    wanted = read.wish(request.args)
    number = max(1, request.args.get("page", 1, type=int))
    rows = read.page(wanted, today(), limit=PAGE, offset=(number - 1) * PAGE)
    count, gross, owed = read.totals(wanted, today())
    return navigation.page(
        "invoicing/desk_documents.html",
        "invoices",
        rows=rows,
        count=count,
        gross=gross,
        owed=owed,
        page_number=number,
        pages_count=-(-count // PAGE),
        url=lambda n: _url(page=n),
        order=lambda name: _url(tri=f"-{name}" if request.args.get("tri") == name else name),
        wanted=wanted,
        filters=request.args,
        kinds=kinds(),
        states=states(),
        sections=billing.tabs("documents"),
        export=_export,
    )


def _document(document_id: int) -> Document:
    found = read.document(document_id)
    if found is None:
        abort(404)
    return found


def _show(found: Document, status: int = 200, fault: Refused | None = None) -> Response:
    due = settle.due_of(found.id)
    paid = payments.of_source(settle.SOURCE, found.id)
    left = crediting.left(found) if found.kind in ("invoice", "deposit") else {}
    return navigation.page(
        "invoicing/desk_document.html",
        "invoices",
        status,
        document=found,
        paper=found.paper,
        sums=sums.of(found.paper),
        kind=kinds()[found.kind],
        due=due,
        late=due > 0 and found.due_on is not None and found.due_on < today(),
        payments=[
            (one, [back for back in refunds.of_payment(one.id) if back.state == "done"])
            for one in paid
            if one.state == "captured"
        ],
        method_name=sheet.method_name,
        around=read.around(found.id),
        kinds=kinds(),
        left=left,
        fault=fault,
        typed=request.form,
        may_bill=actor().can("money.bill"),
        issued=day_name(found.issued_on, "year"),
    )


@pages.get("/<int:document_id>")
@needs("money.see")
def document(document_id: int) -> Response:
    """One document beside its payments."""
    return _show(_document(document_id))


@pages.get("/<int:document_id>/<any(pdf, xml):suffix>")
@needs("money.see")
def file(document_id: int, suffix: str) -> Response:
    """The bytes that were issued."""
    return sent(_document(document_id), suffix)


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


@pages.post("/<int:document_id>/reglement")
@needs("desk.take_payment")
def pay(document_id: int) -> Response:
    """Staff got money for it: cash, terminal or transfer; a part will do."""
    found = _document(document_id)

    def work() -> None:
        settle.hold([(settle.SOURCE, document_id)])
        due = settle.due_of(document_id)
        cents = _cents(request.form.get("montant", ""))
        if not 0 < cents <= due:
            raise Refused(_("Indiquez un montant jusqu’à ce qui reste dû."), field="montant")
        wanted = payments.Due(settle.SOURCE, document_id, cents, found.person_id, found.currency)
        payments.record_at_desk(wanted, request.form.get("moyen", ""), actor().account_id)

    try:
        edge.act(work)
    except Refused as error:
        return _show(_document(document_id), error.status, error)
    navigation.say(_("Le règlement est enregistré."))
    return redirect(url_for("invoicing_desk.document", document_id=document_id))


def _cents(raw: str) -> int:
    """`1 064,42` as cents; nothing that is no amount."""
    text = raw.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace("€", "")
    whole, _sep, rest = text.replace(",", ".").partition(".")
    if not whole.isdigit() or len(whole) > 9 or not (rest == "" or rest.isdigit()) or len(rest) > 2:
        return 0
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)


@pages.post("/<int:document_id>/avoir")
@needs("money.bill")
def credit(document_id: int) -> Response:
    """A credit note over the lines that were given an amount, issued by the worker."""
    found = _document(document_id)
    amounts = {
        number: cents
        for number in range(1, len(found.paper.lines) + 1)
        if (cents := _cents(request.form.get(f"ligne{number}", "")))
    }

    def work() -> int:
        made = crediting.draft(found, amounts, by=actor().account_id)
        made.state = "queued"
        audit.note("document.credited", f"document:{document_id}", actor_id=actor().account_id)
        outbox.defer("invoicing.issue", draft_id=made.id, by=actor().account_id)
        return made.id

    try:
        draft_id = edge.act(work)
    except Refused as error:
        return _show(_document(document_id), error.status, error)
    return redirect(url_for("invoicing_billing.draft", draft_id=draft_id))
