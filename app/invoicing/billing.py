"""What is to be billed: customers with open charges, drafts, and the month end."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit, clock, outbox
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import read_day
from app.invoicing import (
    crediting,
    drafts,
    faults,
    looks,
    mending,
    names,
    pdf,
    read,
    runs,
    sellers,
    sums,
)
from app.invoicing import waiting as waiting_list
from app.invoicing.models import BillingRun, Draft
from app.invoicing.parts import CUSTOMERS, Party
from app.tenants.resolve import of_tenant
from app.web import edge, navigation, render
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("invoicing_billing", __name__, url_prefix="/gestion/facturation")


def tabs(current: str) -> list[dict[str, object]]:
    """The pages of invoices beside one another."""
    wanted: tuple[tuple[str, str, str], ...] = (
        ("documents", _("Documents"), "invoicing_desk.documents"),
        ("waiting", _("À facturer"), "invoicing_billing.waiting"),
        ("overdue", _("Impayés"), "invoicing_overdue.overdue"),
    )
    if actor().can("settings.edit"):
        wanted += (("reminders", _("Relances"), "invoicing_overdue.settings"),)
    return [
        {"label": label, "url": url_for(endpoint), "current": key == current}
        for key, label, endpoint in wanted
    ]


def _last_month() -> dt.date:
    today = clock.now().astimezone(of_tenant().books_zone).date()
    return today.replace(day=1) - dt.timedelta(days=1)


def _waiting(status: int = 200, fault: Refused | None = None) -> Response:
    live = runs.live()
    return navigation.page(
        "invoicing/desk_waiting.html",
        "invoices",
        status,
        drafts=read.drafts(),
        kind_names=names.kinds(),
        state_names=draft_states(),
        missing=sellers.missing(of_tenant(), sellers.profile()),
        sellers_page=mending.sellers_page,
        runs=[(run, runs.progress(run.id)) for run in runs.latest(5)],
        live=live,
        until=_last_month(),
        fault=fault,
        customers=names.customers(),
        may_bill=actor().can("money.bill"),
        sections=tabs("waiting"),
        **waiting_list.context(),
    )


def draft_states() -> dict[str, str]:
    """How far a draft is."""
    return {
        "open": _("Brouillon"),
        "queued": _("Émission en cours"),
        "refused": _("À corriger"),
        "issued": _("Émis"),
    }


@pages.get("")
@needs("money.see")
def waiting() -> Response:
    """Who may be billed for what, what waits, what the venue lacks."""
    return _waiting()


@pages.post("/preparer")
@needs("money.bill")
def prepare() -> Response:
    """One customer's draft; what was taken back since becomes credit notes."""
    customer = request.form.get("client", "")
    currency = request.form.get("devise", "EUR")
    by = actor().account_id

    def work() -> list[int]:
        made = drafts.from_charges(of_tenant(), customer, currency, by=by)
        notes = crediting.from_charges(customer, currency, by=by)
        return [one.id for one in ([made] if made else []) + notes]

    found = edge.act(work)
    if not found:
        return _waiting(422, drafts.NothingToBill(_("Il n’y a rien à facturer à ce client.")))
    return redirect(url_for("invoicing_billing.draft", draft_id=found[0]))


@pages.post("/cloture")
@needs("money.bill")
def begin() -> Response:
    """The month end, in the background."""
    raw = request.form.get("jusqu_au", "")

    def work() -> int:
        until = read_day(raw)
        if until is None:
            raise Refused(_("Indiquez un jour."), field="jusqu_au")
        run = runs.begin(of_tenant(), until, by=actor().account_id)
        audit.note("billing.run", f"billing_run:{run.id}", actor_id=actor().account_id, until=raw)
        outbox.defer("invoicing.run", run_id=run.id)
        return run.id

    try:
        month_id = edge.act(work)
    except Refused as error:
        return _waiting(error.status, error)
    return redirect(url_for("invoicing_billing.month", month_id=month_id))


@pages.get("/clotures/<int:month_id>")
@needs("money.see")
def month(month_id: int) -> Response:
    """How far a month end is, and who is to be mended."""
    run = next((one for one in runs.latest(1000) if one.id == month_id), None)
    if run is None:
        abort(404)
    return _month(run)


def _month(run: BillingRun) -> Response:
    progress = runs.progress(run.id)
    return navigation.page(
        "invoicing/desk_month.html",
        "invoices",
        run=run,
        progress=progress,
        percent=100 * (progress.total - progress.left) // max(1, progress.total),
        refused=runs.refused(run.id),
    )


def _draft(draft_id: int) -> Draft:
    found = read.draft(draft_id)
    if found is None:
        abort(404)
    return found


def _show(found: Draft, status: int = 200, fault: Refused | None = None) -> Response:
    paper = found.paper
    return navigation.page(
        "invoicing/desk_draft.html",
        "invoices",
        status,
        draft=found,
        paper=paper,
        sums=sums.of(paper),
        kind=names.kinds()[found.kind],
        state=draft_states()[found.state],
        broken=(broken := mending.placed(found)),
        wrong={one["place"].removeprefix("#"): one["text"] for one in broken},
        buyer=paper.buyer,
        customers=names.customers(),
        missing=sellers.missing(of_tenant(), sellers.profile()),
        sellers_page=mending.sellers_page,
        may_change=found.state in ("open", "refused") and actor().can("money.bill"),
        fault=fault,
    )


@pages.get("/brouillons/<int:draft_id>")
@needs("money.see")
def draft(draft_id: int) -> Response:
    """A draft: who is billed, what for, what is wrong; an issued one leads to its document."""
    found = _draft(draft_id)
    if found.document_id is not None:
        place = url_for("invoicing_desk.document", document_id=found.document_id)
        if render.is_fragment():
            return Response(status=204, headers={"HX-Redirect": place})
        return redirect(place)
    return _show(found)


@pages.get("/brouillons/<int:draft_id>/apercu")
@needs("money.see")
def preview(draft_id: int) -> Response:
    """The draft as it would look, marked as one."""
    paper = _draft(draft_id).paper
    since = of_tenant().vat_debits_since
    today = clock.now().astimezone(of_tenant().books_zone).date()
    debits = since is not None and since <= today
    terms = sellers.terms(of_tenant(), sellers.profile(), debits=debits)
    lines = sellers.told(paper.lines, franchise=terms.franchise)
    try:
        paper = replace(paper, terms=terms, lines=lines)
        content = pdf.lay_out(paper, looks.looks_of(of_tenant()), draft=True)
    except faults.Rejected as error:
        return _show(_draft(draft_id), error.status, error)
    answer = Response(content, content_type="application/pdf")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _buyer(known: Party) -> Party:
    form = request.form
    kind = form.get("kind", known.kind)
    typed = {name: form.get(name, "").strip()[:200] for name in mending.BUYER if name in form}
    for name in ("siren", "vat", "country"):
        if name in typed:
            typed[name] = typed[name].replace(" ", "").upper()
    return replace(known, kind=kind if kind in CUSTOMERS else known.kind, **typed)


@pages.post("/brouillons/<int:draft_id>")
@needs("money.bill")
def change(draft_id: int) -> Response:
    """Who is billed, and the words of the venue."""
    known = _draft(draft_id).paper.buyer

    def work() -> None:
        drafts.change(
            draft_id,
            buyer=_buyer(known),
            note=request.form.get("note", "")[:1000],
            order_number=request.form.get("order_number", "")[:60],
            lang=request.form.get("lang", ""),
        )

    return _acted(draft_id, work, _("Le brouillon est enregistré."))


@pages.post("/brouillons/<int:draft_id>/emettre")
@needs("money.bill")
def issue(draft_id: int) -> Response:
    """Hand it to the worker: numbered, sealed and kept, or given back with what is wrong."""

    def work() -> None:
        found = drafts.changeable(draft_id)
        sellers.ready(of_tenant(), sellers.profile())
        found.state, found.faults = "queued", []
        audit.note("document.asked", f"draft:{draft_id}", actor_id=actor().account_id)
        outbox.defer("invoicing.issue", draft_id=draft_id, by=actor().account_id)

    return _acted(draft_id, work, None)


@pages.post("/brouillons/<int:draft_id>/jeter")
@needs("money.bill")
def discard(draft_id: int) -> Response:
    """Throw it away; its charges are open again."""
    _draft(draft_id)
    try:
        edge.act(lambda: drafts.discard(draft_id))
    except Refused as error:
        return _show(_draft(draft_id), error.status, error)
    navigation.say(_("Le brouillon est supprimé ; ses prestations sont de nouveau à facturer."))
    return redirect(url_for("invoicing_billing.waiting"))


def _acted(draft_id: int, work: object, said: str | None) -> Response:
    _draft(draft_id)
    try:
        edge.act(work)  # type: ignore[arg-type]  # each view's own closure
    except Refused as error:
        return _show(_draft(draft_id), error.status, error)
    if said:
        navigation.say(said)
    return redirect(url_for("invoicing_billing.draft", draft_id=draft_id))
