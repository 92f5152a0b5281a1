"""Closures at the desk: found by number, print or day, in any order, out again as a table; and
whether the chain holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.core import outbox, tenancy
from app.core.db import db
from app.core.i18n import _
from app.ledger import archive, nightly, words
from app.ledger.models import LedgerClosure
from app.ledger.tabs import page
from app.tenants.resolve import of_tenant
from app.web import edge, listing, navigation, paging
from app.web.listing import Listing
from app.web.policy import needs
from app.web.tables import as_table

pages = Blueprint("ledger_closures", __name__, url_prefix="/gestion/comptes/clotures")
PAGE = 40


@dataclass(frozen=True)
class Shown:
    """A closure and what it says of the venue's own currency."""

    row: LedgerClosure
    entries: int
    numbers: Sequence[int]
    received: int
    returned: int
    due: int
    perpetual: int

    @property
    def digest(self) -> str:
        """The start of its print, as it stands on paper."""
        return archive.short(self.row.digest)


ORDERS: dict[str, Callable[[Shown], Any]] = {
    "day": lambda one: one.row.number,
    "entries": lambda one: one.entries,
    "received": lambda one: one.received,
    "returned": lambda one: one.returned,
    "due": lambda one: one.due,
    "perpetual": lambda one: one.perpetual,
}
LIST = Listing("ledger_closures.closures", tuple(ORDERS), "-day", kept=("genre",))


def kinds() -> dict[str, str]:
    """The kinds of closure in words."""
    return {"day": _("Jours"), "month": _("Mois"), "year": _("Années")}


def _kind() -> str:
    asked = request.args.get("genre", "day")
    return asked if asked in kinds() else "day"


def found() -> list[Shown]:
    """Those of a kind that the address asks for, in its order: by number, by the start of their
    print, by days that they cover."""
    query = select(LedgerClosure).where(LedgerClosure.kind == _kind())
    if text := request.args.get("q", "").strip().lstrip("n°N ")[:80]:
        by_print = LedgerClosure.digest.istartswith(text, autoescape=True)
        query = query.where(LedgerClosure.number == int(text) if _is_number(text) else by_print)
    if first := listing.day("du"):
        query = query.where(LedgerClosure.last_day >= first)
    if last := listing.day("au"):
        query = query.where(LedgerClosure.first_day <= last)
    rows = db.session.scalars(query.order_by(LedgerClosure.number))
    name, falls = LIST.order
    return sorted(map(shown, rows), key=ORDERS[name], reverse=falls)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8


def shown(row: LedgerClosure) -> Shown:
    """What a closure's bytes say."""
    said = json.loads(row.content)
    currency = of_tenant().currency
    part = said["money"].get(currency, {"in": {}, "out": {}, "vat_due": {}})
    return Shown(
        row,
        said["entries"],
        said["numbers"] or (),
        sum(part["in"].values()),
        sum(part["out"].values()),
        sum(part["vat_due"].values()),
        said["perpetual"].get(currency, {}).get("in", 0),
    )


@pages.get("")
@needs("money.see")
def closures() -> Response:
    """Every closure of a kind, the newest first, and whether the chain holds."""
    check, rows, number = nightly.latest(), found(), paging.asked()
    kind = _kind()
    return page(
        "desk_closures.html",
        "closures",
        kind=kind,
        kinds=[
            {"label": word, "url": LIST.address(genre=one), "current": one == kind}
            for one, word in kinds().items()
        ],
        check=check,
        told=words.told(check.found[:5]) if check else [],
        zone=of_tenant().books_zone,
        export=lambda form: LIST.address("ledger_closures.table", form=form),
        rows=rows[(number - 1) * PAGE : number * PAGE],
        received=sum(one.received for one in rows),
        returned=sum(one.returned for one in rows),
        **LIST.context(len(rows), PAGE),
    )


@pages.get("/liste.<any(csv, xlsx):form>")
@needs("money.see")
def table(form: str) -> Response:
    """The same list, all its pages, with the whole print of each."""
    heads = [
        _("Numéro"), _("Du"), _("Au"), _("Écritures"), _("Première"), _("Dernière"),
        _("Encaissé"), _("Rendu"), _("TVA exigible"), _("Grand total perpétuel"), _("Devise"),
        _("Empreinte"),
    ]  # fmt: skip
    rows = (
        [
            one.row.number, one.row.first_day, one.row.last_day, one.entries,
            one.numbers[0] if one.numbers else None, one.numbers[1] if one.numbers else None,
            one.received / 100, one.returned / 100, one.due / 100, one.perpetual / 100,
            of_tenant().currency, one.row.digest,
        ]
        for one in found()
    )  # fmt: skip
    return as_table(form, f"clotures-{_kind()}", heads, rows)


@pages.post("/verification")
@needs("money.see")
def verify() -> Response:
    """Read the whole chain now: a job, since it may be long."""
    edge.act(lambda: outbox.defer("ledger.check", once=f"ledger.check:{tenancy.tenant_id()}"))
    navigation.say(_("La vérification est lancée : son résultat s’affichera ici."))
    return redirect(url_for("ledger_closures.closures"))
