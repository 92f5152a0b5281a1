"""A member's own papers: invoices with their files, and the account they add up to."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.invoicing import (
    account_sheet,
    clients,
    doors,
    export,
    files,
    looks,
    names,
    papers,
    pdf,
    read,
    sellers,
    statement,
)
from app.invoicing.account_sheet import AccountPaper
from app.invoicing.models import Document
from app.invoicing.whose import Whose, readable
from app.tenants.resolve import of_tenant
from app.web import edge, paging, render
from app.web.actor import actor
from app.web.policy import needs
from app.web.tables import as_table

pages = Blueprint("my_invoices", __name__, url_prefix="/moi/factures")
PAGE = 20
LINES = 60


def _readable() -> dict[str, Whose]:
    of_tenant()
    return readable(actor().person_id or 0, actor().name)


def _whose() -> tuple[str, Whose]:
    """Whose papers the address asks for; a company's only for who keeps its seats, else 404."""
    asked = request.args.get("pour", "moi")
    found = _readable().get(asked)
    if found is None:
        abort(404)
    return asked, found


def today() -> dt.date:
    """The day of the venue's books."""
    return clock.now().astimezone(of_tenant().books_zone).date()


def _url(endpoint: str, **more: Any) -> str:
    wanted: dict[str, Any] = {name: text for name, text in request.args.items() if text}
    return url_for(endpoint, **wanted | more)


def people(endpoint: str, current: str) -> list[dict[str, object]]:
    """Oneself and one's company, for who has both."""
    found = _readable()
    mine = {"moi": _("Les miennes")}
    return [
        {
            "label": mine.get(key, one.name),
            "url": url_for(endpoint, pour=key),
            "current": key == current,
        }
        for key, one in found.items()
        if len(found) > 1
    ]


@pages.get("")
@needs("me")
def documents() -> Response:
    """One's invoices by word, kind, state and days; the address says which."""
    key, whose = _whose()
    wanted = read.wish(request.args, whose)
    number = paging.asked()
    rows = read.page(wanted, today(), limit=PAGE, offset=(number - 1) * PAGE)
    count, _gross, owed = read.totals(wanted, today())
    sort = request.args.get("tri")
    return render.page(
        "invoicing/mine.html",
        rows=rows,
        count=count,
        owed=owed,
        whose=key,
        tabs=papers.tabs("documents", key),
        people=people("my_invoices.documents", key),
        page_number=number,
        pages_count=max(1, -(-count // PAGE)),
        url=lambda n: _url("my_invoices.documents", page=n),
        order=lambda name: _url("my_invoices.documents", tri=f"-{name}" if sort == name else name),
        wanted=wanted,
        filters=request.args,
        is_filtered=any(request.args.get(name) for name in read.FILTERS),
        kinds=names.kinds(),
        states=names.own_states(),
        table=lambda form: _url("my_invoices.table", form=form, page=None),
    )


@pages.get("/liste.<any(csv, xlsx):form>")
@needs("me")
def table(form: str) -> Response:
    """The same list for a spreadsheet, all its pages."""
    _key, whose = _whose()
    found = read.page(read.wish(request.args, whose), today(), limit=export.MOST, offset=0)
    name = f"documents-{today():%Y-%m-%d}"
    return as_table(form, name, export.headings(), export.rows(found))


@pages.get("/<int:document_id>/<any(pdf, xml):suffix>")
@needs("me")
def file(document_id: int, suffix: str) -> Response:
    """The bytes that were issued; another's document is not there."""
    return files.sent(_own(document_id), suffix)


@pages.get("/<int:document_id>")
@needs("me")
def open_one(document_id: int) -> Response:
    """The document's own page, where it is also paid."""
    found = _own(document_id)
    return redirect(edge.act(lambda: doors.url_of(found.id)), 303)


def _own(document_id: int) -> Document:
    theirs = or_(*(whose.holds() for whose in _readable().values()))
    query = select(Document).where(Document.id == document_id, theirs)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        abort(404)
    return found


def _account() -> tuple[str, read.Wish, statement.Statement]:
    key, whose = _whose()
    wanted = read.wish(request.args, whose)
    tenant = of_tenant()
    found = statement.of(whose, tenant.currency, tenant.books_zone, wanted.since, wanted.until)
    return key, wanted, found


@pages.get("/compte")
@needs("me")
def account() -> Response:
    """What was asked for, what came, what is owed after each."""
    key, _wanted, found = _account()
    count = len(found.movements)
    number = paging.asked()
    newest = list(reversed(found.movements))
    return render.page(
        "invoicing/mine_account.html",
        found=found,
        rows=newest[(number - 1) * LINES : number * LINES],
        whose=key,
        tabs=papers.tabs("statement", key),
        people=people("my_invoices.account", key),
        page_number=number,
        pages_count=max(1, -(-count // LINES)),
        url=lambda n: _url("my_invoices.account", page=n),
        filters=request.args,
        export=_url("my_invoices.account_table"),
        paper=_url("my_invoices.account_paper"),
    )


@pages.get("/compte.pdf")
@needs("me")
def account_paper() -> Response:
    """The same lines on the venue's paper, for whoever keeps papers."""
    key, wanted, found = _account()
    tenant, whose = of_tenant(), _readable()[key]
    profile = sellers.profile()
    said = account_sheet.data(
        AccountPaper(
            seller=sellers.party(tenant, profile),
            terms=sellers.terms(tenant, profile, debits=False),
            holder=clients.holder(whose.customer, whose.name),
            found=found,
            made_on=today(),
            since=wanted.since,
            until=wanted.until,
            currency=tenant.currency,
        )
    )
    content = pdf.compiled_anyway(said, looks.looks_of(tenant))
    answer = Response(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="compte-{today():%Y-%m-%d}.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@pages.get("/compte.csv")
@needs("me")
def account_table() -> Response:
    """The same lines for a spreadsheet, oldest first, with the balance brought forward."""
    _key, _wanted, found = _account()
    heads = [_("Date"), _("Document"), _("Libellé"), _("Débit"), _("Crédit"), _("Solde")]
    rows: list[list[Any]] = [[None, None, _("Solde précédent"), None, None,
                              found.before_cents / 100]]  # fmt: skip
    for one in found.movements:
        figures = [cents / 100 for cents in (one.debit, one.credit, one.balance_cents)]
        rows.append([one.on, one.document.name, one.what, *figures])
    return as_table("csv", f"compte-{today():%Y-%m-%d}", heads, rows)
