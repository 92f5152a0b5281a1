"""A document behind its secret address: seen, fetched and paid by whoever was sent it."""

from __future__ import annotations

import datetime as dt

import structlog
from flask import Blueprint, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import clock, money
from app.core.errors import Refused
from app.core.i18n import _, euros, lang
from app.invoicing import (
    doors,
    files,
    mails,
    mine,
    names,
    parts,
    quoting,
    read,
    settle,
    sums,
)
from app.invoicing.models import Document
from app.invoicing.settle import SOURCE
from app.payments import gateway as gw
from app.payments import rules as payments
from app.payments import till
from app.payments.models import Payment
from app.tenants.resolve import of_tenant, public_url
from app.web import edge, render
from app.web.policy import PUBLIC, needs

pages = Blueprint("bill", __name__, url_prefix="/document")
blueprints = (pages, mine.pages)
STILL_OPEN = dt.timedelta(minutes=14)
log = structlog.get_logger("bill")


def _behind(paper: str) -> Document:
    of_tenant()
    found = doors.behind(paper)
    if found is None:
        abort(404)
    return found


def _show(paper: str, found: Document, status: int = 200, fault: Refused | None = None) -> Response:
    g.form_targets = (till.page_origin(),)
    due, promised = settle.due_of(found.id), payments.promised_on(SOURCE, found.id)
    asks = found.kind in ("invoice", "deposit")
    return render.page(
        "invoicing/bill.html",
        status,
        paper=paper,
        document=found,
        kind=names.kinds()[found.kind],
        said=found.paper,
        sums=sums.of(found.paper),
        due=due,
        promised=promised,
        left=max(0, due - promised) if asks else 0,
        late=asks and due > promised and found.due_on is not None and found.due_on < _today(),
        means=means(),
        paid=_paid(found),
        method_name=names.method_name,
        fault=fault,
        typed=request.form,
        iban=found.paper.terms.iban,
        answer=quoting.answer_of(found.id) if found.kind == "quote" else None,
        expired=found.due_on is not None and found.due_on < _today(),
    )


def _today() -> dt.date:
    return clock.now().astimezone(of_tenant().books_zone).date()


def _paid(found: Document) -> list[Payment]:
    return [
        one
        for one in payments.of_source(SOURCE, found.id)
        if one.state == "captured" and one.returned_at is None
    ]


def means() -> list[dict[str, str]]:
    """What this venue takes online, in words."""
    known = {
        "card": (_("Carte bancaire"), "credit-card", _("Payée tout de suite.")),
        "sepa_debit": (
            _("Prélèvement SEPA"),
            "wallet",
            _("Votre banque met quelques jours ; vous donnez votre IBAN sur la page suivante."),
        ),
    }
    return [
        {"value": name, "label": label, "icon": icon, "hint": hint}
        for name in till.methods()
        for label, icon, hint in (known[name],)
    ]


@pages.get("/<paper>")
@needs(PUBLIC)
def show(paper: str) -> Response:
    """The document, what is left to pay, and how."""
    return _show(paper, _behind(paper))


@pages.get("/<paper>/<any(pdf, xml):suffix>")
@needs(PUBLIC)
def file(paper: str, suffix: str) -> Response:
    """The bytes that were issued."""
    return files.sent(_behind(paper), suffix)


@pages.post("/<paper>/reponse")
@needs(PUBLIC)
def answer(paper: str) -> Response:
    """Yes or no to a quote: kept for good, and confirmed by mail."""
    found = _behind(paper)
    what = request.form.get("reponse", "")

    def work() -> None:
        said = quoting.answer(
            found,
            what,
            request.form.get("nom", ""),
            _today(),
            by=None,
            how="link",
            agent=request.user_agent.string[:200],
        )
        mails.answered(found, said)

    try:
        edge.act(work)
    except Refused as refusal:
        return _show(paper, _behind(paper), refusal.status, refusal)
    flash(_("Merci : votre réponse est enregistrée."), "ok")
    return redirect(url_for("bill.show", paper=paper), 303)


@pages.post("/<paper>/paiement")
@needs(PUBLIC)
def pay(paper: str) -> Response:
    """Write down what is paid and how, then lead to the payer's page."""
    found = _behind(paper)
    way = request.form.get("moyen", "")
    cents = money.typed(request.form.get("montant", "")) or 0
    try:
        payment = edge.act(lambda: _begin(found.id, way, cents))
    except Refused as refusal:
        return _show(paper, _behind(paper), refusal.status, refusal)
    return _to_gateway(payment, paper, found)


def _begin(document_id: int, way: str, cents: int) -> Payment:
    """The row of a payment; the living one of the same means and amount when there is one."""
    settle.hold([(SOURCE, document_id)])
    found = read.document(document_id)
    if found is None or found.kind not in parts.PAYABLE:
        raise Refused(_("Ce document ne se paie pas."))
    if way not in till.methods():
        raise Refused(_("Choisissez comment payer."), field="moyen")
    left = payments.due_now(SOURCE, document_id)
    if left <= 0:
        raise Refused(_("Il n’y a plus rien à payer : merci."))
    if not 0 < cents <= left:
        amount = euros(left, found.currency)
        raise Refused(_("Indiquez un montant jusqu’à %(amount)s.", amount=amount), field="montant")
    soon = clock.now() - STILL_OPEN
    for one in payments.of_source(SOURCE, document_id):
        waits = one.state in ("pending", "open", "unknown") and one.created_at > soon
        if waits and (one.method, one.amount_cents) == (way, cents):
            return one
    due = payments.Due(SOURCE, document_id, cents, found.person_id, found.currency)
    return payments.begin(due, way)


def _to_gateway(payment: Payment, paper: str, found: Document) -> Response:
    """The one call a payer waits for, between two commits; every answer is written down."""
    if payment.state == "open" and payment.checkout_url:
        return redirect(payment.checkout_url, 303)
    payment_id, wish = payment.id, payments.opening(payment, _page(paper, found))
    edge.act(lambda: None)
    try:
        checkout = payments.send(wish)
    except gw.Unknown:
        edge.act(lambda: payments.note_unknown(payment_id))
        return redirect(url_for("bill.back", paper=paper), 303)
    except gw.GatewayError as error:
        log.warning("checkout refused", payment=payment_id, reason=str(error)[:200])
        why = type(error).__name__
        edge.act(lambda: payments.note_failed(payment_id, why))
        flash(_("Le paiement en ligne ne répond pas. Rien n’a été débité : réessayez."), "warn")
        return redirect(url_for("bill.show", paper=paper), 303)
    edge.act(lambda: payments.note_opened(payment_id, checkout))
    return redirect(checkout.url or url_for("bill.back", paper=paper), 303)


def _page(paper: str, found: Document) -> payments.Page:
    kind = names.kinds()[found.kind]
    return payments.Page(
        title=f"{kind} {found.name}",
        description=of_tenant().name,
        success_url=public_url(f"/document/{paper}/retour"),
        cancel_url=public_url(f"/document/{paper}/retour?annule=1"),
        email=found.paper.buyer.email or None,
        locale=lang(),
    )


@pages.get("/<paper>/retour")
@needs(PUBLIC)
def back(paper: str) -> Response:
    """Back from the payer's page: ask the gateway now, and say what it said."""
    found = _behind(paper)
    tried = payments.of_source(SOURCE, found.id)
    last = tried[-1] if tried else None
    if last is not None and last.state in ("pending", "open", "unknown"):
        _settle(last)
        last = payments.of_source(SOURCE, found.id)[-1]
    flash(*_outcome(last))
    return redirect(url_for("bill.show", paper=paper), 303)


def _outcome(last: Payment | None) -> tuple[str, str]:
    """What is said of the last try, and how loudly."""
    state = last.state if last is not None else ""
    if state == "captured":
        return _("Merci : votre paiement est reçu."), "ok"
    if state == "processing":
        return _("Merci : votre banque a pris la demande de prélèvement."), "ok"
    if state in ("pending", "unknown") or (state == "open" and not request.args.get("annule")):
        return _("Votre banque n’a pas encore répondu. Cette page dira quand c’est payé."), "warn"
    return _("Le paiement n’a pas abouti : rien n’a été débité. Vous pouvez recommencer."), "warn"


def _settle(payment: Payment) -> None:
    try:
        said = payments.look(payment)
    except (gw.GatewayError, till.NotConnected) as error:
        log.info("not settled yet", payment=payment.id, reason=type(error).__name__)
        return
    edge.act(lambda: payments.apply(payment.id, said))
