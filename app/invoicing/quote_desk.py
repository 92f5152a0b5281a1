"""Quotes at the desk: write, change the lines, note an answer, ask for a deposit, bill."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit, money
from app.core.errors import Refused
from app.core.i18n import _
from app.invoicing import drafts, names, quoting, read, reminders
from app.invoicing.models import Document, Draft
from app.invoicing.parts import CUSTOMERS, Party
from app.tenants.resolve import of_tenant
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("invoicing_quotes", __name__, url_prefix="/gestion/facturation/devis")
SPARE = 4


def offered() -> list[tuple[str, str]]:
    """What may be quoted, in words; its rate follows."""
    return [
        ("equipped_space", _("Espace équipé")),
        ("service", _("Service")),
        ("equipment", _("Location de matériel")),
        ("meal", _("Restauration")),
        ("alcohol", _("Boissons alcoolisées")),
        ("admission", _("Entrée à un événement")),
        ("show", _("Spectacle")),
        ("training", _("Formation")),
        ("bare_space", _("Local nu")),
    ]


def _wishes() -> list[quoting.Wish]:
    """The lines that were filled in; a line of which nothing was typed is none."""
    found = []
    for number in range(1, quoting.MOST_LINES + 1):
        label = request.form.get(f"libelle{number}", "").strip()
        price = request.form.get(f"prix{number}", "").strip()
        if not label and not price:
            continue
        try:
            many = Decimal(request.form.get(f"quantite{number}", "1").replace(",", ".") or "1")
        except InvalidOperation:
            many = Decimal(0)
        known = many.is_finite() and many < 1_000_000
        found.append(
            quoting.Wish(
                label,
                request.form.get(f"nature{number}", ""),
                round(many, 4) if known else Decimal(0),
                money.typed(price) or 0,
            )
        )
    return found


def _form(status: int = 200, fault: Refused | None = None, draft: Draft | None = None) -> Response:
    typed = request.form.to_dict()
    if draft is not None and not typed:
        typed = _as_typed(draft)
    filled = sum(1 for n in range(1, quoting.MOST_LINES + 1) if typed.get(f"libelle{n}"))
    return navigation.page(
        "invoicing/desk_quote.html",
        "invoices",
        status,
        draft=draft,
        typed=typed,
        count=min(quoting.MOST_LINES, filled + SPARE),
        natures=offered(),
        customers=names.customers(),
        fault=fault,
    )


def _as_typed(draft: Draft) -> dict[str, str]:
    """The lines of a draft as its form holds them; the nature is the first of the same rate."""
    found: dict[str, str] = {}
    today = reminders.day_of(of_tenant())
    for number, line in enumerate(draft.paper.lines, 1):
        each = quoting.typed_cents(line, today) / 100
        found |= {
            f"libelle{number}": line.label,
            f"quantite{number}": f"{line.quantity.normalize():f}".replace(".", ","),
            f"prix{number}": f"{each:.2f}".replace(".", ","),
            f"nature{number}": quoting.nature_of(line.tax, today),
        }
    return found


@pages.get("/nouveau")
@needs("money.bill")
def new() -> Response:
    """An empty quote."""
    return _form()


def _buyer() -> Party:
    form = request.form
    text = {
        name: form.get(name, "").strip()[:200]
        for name in ("name", "street", "postcode", "city", "email", "siren", "vat")
    }
    for name in ("siren", "vat"):
        text[name] = text[name].replace(" ", "").upper()
    kind = form.get("kind", "consumer")
    if not text["name"]:
        raise Refused(_("Indiquez le nom du client."), field="name")
    return Party(kind=kind if kind in CUSTOMERS else "consumer", **text)


@pages.post("/nouveau")
@needs("money.bill")
def write() -> Response:
    """Keep it as a draft; nothing typed is lost when something is wrong."""

    def work() -> int:
        made = quoting.write(
            of_tenant(),
            _buyer(),
            _wishes(),
            lang="en" if request.form.get("lang") == "en" else "fr",
            note=request.form.get("note", "").strip()[:1000],
            by=actor().account_id,
        )
        audit.note("document.quoted", f"draft:{made.id}", actor_id=actor().account_id)
        return made.id

    try:
        draft_id = edge.act(work)
    except Refused as refusal:
        return _form(refusal.status, refusal)
    return redirect(url_for("invoicing_billing.draft", draft_id=draft_id))


def _draft(draft_id: int) -> Draft:
    found = read.draft(draft_id)
    if found is None or found.kind != "quote" or found.document_id is not None:
        abort(404)
    return found


@pages.get("/<int:draft_id>/lignes")
@needs("money.bill")
def lines(draft_id: int) -> Response:
    """The lines of a draft, to change."""
    return _form(draft=_draft(draft_id))


@pages.post("/<int:draft_id>/lignes")
@needs("money.bill")
def rewrite(draft_id: int) -> Response:
    """Other lines."""
    _draft(draft_id)
    try:
        edge.act(lambda: quoting.rewrite(draft_id, of_tenant(), _wishes()))
    except Refused as refusal:
        return _form(refusal.status, refusal, _draft(draft_id))
    navigation.say(_("Le brouillon est enregistré."))
    return redirect(url_for("invoicing_billing.draft", draft_id=draft_id))


# ── once it is issued ─────────────────────────────────────────────────────────────────────────


def _document(document_id: int) -> Document:
    found = read.document(document_id)
    if found is None or found.kind != "quote":
        abort(404)
    return found


@pages.post("/emis/<int:document_id>/reponse")
@needs("money.bill")
def answered(document_id: int) -> Response:
    """The customer answered otherwise: staff notes it under the customer's name and its own."""
    found = _document(document_id)
    what = request.form.get("reponse", "")

    def work() -> None:
        today = reminders.day_of(of_tenant())
        name = request.form.get("nom", "")
        quoting.answer(found, what, name, today, by=actor().account_id, how="desk")

    return _acted(found, work)


@pages.post("/emis/<int:document_id>/acompte")
@needs("money.bill")
def deposit(document_id: int) -> Response:
    """A deposit invoice over a part of it, as a draft."""
    found = _document(document_id)
    cents = money.typed(request.form.get("acompte", "")) or 0
    return _drafted(found, lambda: drafts.deposit(found, of_tenant(), cents, by=actor().account_id))


@pages.post("/emis/<int:document_id>/facturation")
@needs("money.bill")
def bill(document_id: int) -> Response:
    """Sell it: its invoice as a draft, deposits deducted."""
    found = _document(document_id)

    def work() -> Draft:
        made = quoting.bill(found, of_tenant(), by=actor().account_id)
        audit.note("document.sold", f"document:{document_id}", actor_id=actor().account_id)
        return made

    return _drafted(found, work)


def _drafted(found: Document, work: Callable[[], Draft]) -> Response:
    try:
        draft_id = edge.act(lambda: work().id)
    except Refused as refusal:
        return _back(found, refusal)
    return redirect(url_for("invoicing_billing.draft", draft_id=draft_id))


def _acted(found: Document, work: Callable[[], None]) -> Response:
    try:
        edge.act(work)
    except Refused as refusal:
        return _back(found, refusal)
    navigation.say(_("C’est noté."))
    return redirect(url_for("invoicing_desk.document", document_id=found.id))


def _back(found: Document, refusal: Refused) -> Response:
    """The document's page says why not."""
    navigation.say(refusal.text, "warn")
    return redirect(url_for("invoicing_desk.document", document_id=found.id))
