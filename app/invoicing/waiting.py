"""Who is to be billed, as a list that is searched, sorted, paged and exported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from app.core import clock
from app.core.i18n import _
from app.core.words import fold
from app.invoicing import charges, names
from app.invoicing.charges import Waiting
from app.tenants.resolve import of_tenant
from app.web import paging
from app.web.policy import needs
from app.web.tables import as_table

pages = Blueprint("invoicing_waiting", __name__, url_prefix="/gestion/facturation/clients")
PAGE = 40
ORDERS: dict[str, Callable[[Waiting], Any]] = {
    "name": lambda one: (one.name.casefold(), one.customer),
    "count": lambda one: one.count,
    "since": lambda one: one.first_on,
    "total": lambda one: one.gross_cents,
}


def found() -> list[Waiting]:
    """Those whose name holds every word that the address asks for, in its order."""
    words = fold(request.args.get("q", "")).split()
    kind, asked = request.args.get("type", ""), request.args.get("tri", "name")
    kept = [
        one
        for one in charges.waiting()
        if all(word in fold(one.name) for word in words) and (not kind or one.kind == kind)
    ]
    order = ORDERS.get(asked.lstrip("-"), ORDERS["name"])
    return sorted(kept, key=order, reverse=asked.startswith("-"))


def _url(endpoint: str, **more: Any) -> str:
    asked = {name: text for name, text in request.args.items() if text and name != "page"}
    return url_for(endpoint, **asked | more)


def context() -> dict[str, Any]:
    """What the page shows of the list."""
    rows, sort = found(), request.args.get("tri", "name")
    number = paging.asked()
    here = "invoicing_billing.waiting"
    return {
        "rows": rows[(number - 1) * PAGE : number * PAGE],
        "count": len(rows),
        "total": sum(one.gross_cents for one in rows),
        "page_number": number,
        "pages_count": max(1, -(-len(rows) // PAGE)),
        "url": lambda n: _url(here, page=n),
        "order": lambda name: _url(here, tri=f"-{name}" if sort == name else name),
        "sort": sort,
        "filters": request.args,
        "is_filtered": any(request.args.get(name) for name in ("q", "type")),
        "export": lambda form: _url("invoicing_waiting.table", form=form),
    }


@pages.get("/<any(csv, xlsx):form>")
@needs("money.see")
def table(form: str) -> Response:
    """The same list, all its pages."""
    today = clock.now().astimezone(of_tenant().books_zone).date()
    kinds = names.customers()
    heads = [
        _("Client"), _("Nature"), _("Prestations"), _("Du"), _("Au"), _("Total TTC"), _("Devise"),
    ]  # fmt: skip
    rows = (
        [
            one.name, kinds[one.kind], one.count, one.first_on, one.last_on,
            one.gross_cents / 100, one.currency,
        ]
        for one in found()
    )  # fmt: skip
    return as_table(form, f"a-facturer-{today:%Y-%m-%d}", heads, rows)
