"""Documents at the desk: the list, one document beside its payments, its files, what it becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit, clock, money, outbox
from app.core.errors import Refused
from app.core.i18n import _
from app.invoicing import (
    billing,
    credit,
    crediting,
    doors,
    export,
    files,
    names,
    overdue,
    parts,
    penalties,
    profile,
    quote_desk,
    quoting,
    read,
    reminders,
    sellers,
    settle,
    sums,
    waiting,
)
from app.invoicing.models import Document
from app.payments import here, refunds
from app.payments import rules as payments
from app.tenants.resolve import of_tenant
from app.web import edge, navigation, paging
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("invoicing_desk", __name__, url_prefix="/gestion/factures")
blueprints = (pages, billing.pages, waiting.pages, profile.pages, export.pages, overdue.pages,
              quote_desk.pages)  # fmt: skip
PAGE = 40


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
    number = paging.asked()
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
        is_filtered=any(request.args.get(name) for name in read.FILTERS),
        kinds=names.kinds(),
        states=names.states(),
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
    back = credit.going_back(found.id)
    elsewhere = credit.of_customer(found.customer, found.currency) if due > 0 else []
    left = crediting.left(found) if found.kind in ("invoice", "deposit") else {}
    return navigation.page(
        "invoicing/desk_document.html",
        "invoices",
        status,
        document=found,
        paper=found.paper,
        sums=sums.of(found.paper),
        kind=names.kinds()[found.kind],
        due=due,
        late=due > 0 and found.due_on is not None and found.due_on < today(),
        payments=[
            (one, refunds.of_payment(one.id))
            for one in paid
            if one.state in ("captured", "processing")
        ],
        going_back=back,
        too_much=max(0, -due - back),
        credit=sum(cents for _one, cents in elsewhere),
        history=(history := doors.history(found.id)),
        answer=quoting.answer_of(found.id) if found.kind == "quote" else None,
        sold=found.kind == "quote" and quoting.is_billed(found.id),
        contested=reminders.contested(history),
        penalty=penalties.accrued(found, due - penalties.claimed(found.id), today()),
        claimed=penalties.claimed(found.id),
        doubt=penalties.doubt(sellers.profile(), today()),
        event_names=names.events(),
        method_name=names.method_name,
        around=read.around(found.id),
        kinds=names.kinds(),
        left=left,
        fault=fault,
        typed=request.form,
        may_bill=actor().can("money.bill"),
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
    return files.sent(_document(document_id), suffix)


@pages.post("/<int:document_id>/reglement")
@needs("desk.take_payment")
def pay(document_id: int) -> Response:
    """Staff got money for it: cash, terminal or transfer; a part will do."""
    found = _document(document_id)

    def work() -> None:
        settle.hold([(settle.SOURCE, document_id)])
        due = settle.due_of(document_id)
        cents = money.typed(request.form.get("montant", "")) or 0
        if found.kind not in parts.PAYABLE or cents <= 0:
            raise Refused(_("Indiquez un montant jusqu’à ce qui reste dû."), field="montant")
        if cents > due and not request.form.get("surplus"):
            raise Refused(
                _("C’est plus que ce qui reste dû : cochez pour garder le surplus en crédit."),
                field="montant",
            )
        wanted = payments.Due(settle.SOURCE, document_id, cents, found.person_id, found.currency)
        payments.record_at_desk(
            wanted, request.form.get("moyen", ""), actor().account_id, here.site_id()
        )

    try:
        edge.act(work)
    except Refused as error:
        return _show(_document(document_id), error.status, error)
    navigation.say(_("Le règlement est enregistré."))
    return redirect(url_for("invoicing_desk.document", document_id=document_id))


@pages.post("/<int:document_id>/avoir")
@needs("money.bill")
def credit_note(document_id: int) -> Response:
    """A credit note over the lines that were given an amount, issued by the worker."""
    found = _document(document_id)

    def work() -> int:
        made = crediting.draft(found, crediting.typed(found, request.form), by=actor().account_id)
        made.state = "queued"
        audit.note("document.credited", f"document:{document_id}", actor_id=actor().account_id)
        outbox.defer("invoicing.issue", draft_id=made.id, by=actor().account_id)
        return made.id

    try:
        draft_id = edge.act(work)
    except Refused as error:
        return _show(_document(document_id), error.status, error)
    return redirect(url_for("invoicing_billing.draft", draft_id=draft_id))


@pages.post("/<int:document_id>/credit")
@needs("desk.take_payment")
def use_credit(document_id: int) -> Response:
    """Pay it with what the customer has elsewhere."""
    _document(document_id)
    return _acted(document_id, lambda: credit.use(document_id, by=actor().account_id),
                  _("Le crédit du client est utilisé."))  # fmt: skip


@pages.post("/<int:document_id>/remboursement")
@needs("money.bill")
def give_back(document_id: int) -> Response:
    """Send back what the customer has too much here."""
    _document(document_id)
    cents = money.typed(request.form.get("rendre", "")) or 0

    def work() -> int:
        asked = credit.give_back(document_id, cents, by=actor().account_id)
        doors.note(document_id, "refund_asked", by=actor().account_id, cents=asked)
        audit.note(
            "document.refunded", f"document:{document_id}", actor_id=actor().account_id, cents=asked
        )
        return asked

    return _acted(document_id, work, _("Le remboursement est demandé."))


@pages.post("/<int:document_id>/envoi")
@needs("money.bill")
def send(document_id: int) -> Response:
    """Send it to its customer, again if need be."""
    found = _document(document_id)

    def work() -> None:
        if not found.paper.buyer.email:
            raise Refused(_("Ce client n’a pas d’adresse e-mail sur ce document."))
        doors.send(found, by=actor().account_id)

    return _acted(document_id, work, _("Le document part par e-mail."))


@pages.post("/<int:document_id>/contestation")
@needs("money.bill")
def contest(document_id: int) -> Response:
    """The customer disputes it, or no longer does: reminders wait meanwhile."""
    _document(document_id)

    def work() -> None:
        known = reminders.contested(doors.history(document_id))
        what = "uncontested" if known else "contested"
        doors.note(document_id, what, by=actor().account_id)
        audit.note(
            "document.contested", f"document:{document_id}", actor_id=actor().account_id, what=what
        )

    return _acted(document_id, work, _("C’est noté."))


@pages.post("/<int:document_id>/penalites")
@needs("money.bill")
def penalise(document_id: int) -> Response:
    """Ask for what the delay costs by law."""
    found = _document(document_id)

    def work() -> None:
        cents = penalties.claim(found, today(), by=actor().account_id)
        audit.note(
            "document.penalties", f"document:{document_id}", actor_id=actor().account_id,
            cents=cents,
        )  # fmt: skip

    return _acted(document_id, work, _("Les pénalités sont réclamées avec la facture."))


def _acted(document_id: int, work: Callable[[], object], said: str) -> Response:
    try:
        edge.act(work)
    except Refused as error:
        return _show(_document(document_id), error.status, error)
    navigation.say(said)
    return redirect(url_for("invoicing_desk.document", document_id=document_id))
