"""What everybody is asked for each thing, and the lowest of the last thirty days: what an announced
reduction would be counted from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.slots import day_bounds, local_day
from app.core.words import fold
from app.shop import catalogue, reductions
from app.spaces import prices
from app.spaces.models import Space
from app.spaces.prices import Stretch
from app.tenants.resolve import of_tenant
from app.web import navigation
from app.web.policy import needs
from app.web.tables import as_table

pages = Blueprint("shop_prices", __name__, url_prefix="/gestion/comptoir/prix")
SORTS: dict[str, Callable[[Row], Any]] = {
    "nom": lambda row: fold(row.name),
    "prix": lambda row: row.cents,
    "bas": lambda row: row.lowest or 0,
}


@dataclass(frozen=True)
class Row:
    """One thing that everybody may buy: its price, the lowest of thirty days, since when known."""

    name: str
    kind: str
    cents: int
    lowest: int | None
    since: dt.date | None
    is_known: bool
    url: str


def rows() -> list[Row]:
    """Products on sale and spaces of the public, as the address asks for them."""
    zone = of_tenant().books_zone
    spaces = db.session.scalars(
        select(Space).where(Space.retired_at.is_(None), Space.audience == "public")
    ).all()
    reduced = reductions.live(local_day(clock.now(), zone))
    known = prices.all_of(prices.SPACE)
    found = [
        _row(one.name, _("Produit"), reductions.price_of(one, reduced),
             reductions.practised(one.id, zone),
             url_for("shop_products.edit", product_id=one.id))
        for one in catalogue.products()
    ] + [
        _row(one.name, _("Espace, par heure"), one.base_cents, known.get(one.id, []),
             url_for("spaces_desk.edit", space_id=one.id))
        for one in spaces
    ]  # fmt: skip
    words = fold(request.args.get("q", "").strip()[:80]).split()
    found = [row for row in found if all(word in fold(row.name) for word in words)]
    sort = request.args.get("tri", "nom")
    order = SORTS.get(sort.lstrip("-"), SORTS["nom"])
    return sorted(found, key=order, reverse=sort.startswith("-"))


def _row(name: str, kind: str, cents: int, found: Sequence[Stretch], url: str) -> Row:
    zone, now = of_tenant().books_zone, clock.now()
    start = day_bounds(local_day(now, zone) - dt.timedelta(days=prices.DAYS), zone).start
    since = prices.since(found)
    return Row(
        name,
        kind,
        cents,
        prices.lowest(found, start, now),
        local_day(since, zone) if since else None,
        since is not None and since <= start,
        url,
    )


@pages.get("")
@needs("spaces.edit")
def table() -> Response:
    """The list, by name, price or lowest price."""
    sort = request.args.get("tri", "nom")
    words = request.args.get("q", "")
    return navigation.page(
        "shop/prices.html",
        "shop",
        rows=rows(),
        words=words,
        sort=sort,
        order=lambda name: url_for(
            "shop_prices.table", tri=f"-{name}" if sort == name else name, q=words or None
        ),
        export=lambda form: url_for("shop_prices.export", form=form, tri=sort, q=words or None),
    )


@pages.get("/<any(csv, xlsx):form>")
@needs("spaces.edit")
def export(form: str) -> Response:
    """The same list as a file."""
    heads = [
        _("Nom"), _("Genre"), _("Prix TTC"), _("Plus bas des 30 derniers jours"),
        _("Connu depuis"),
    ]  # fmt: skip
    lines = [
        [one.name, one.kind, one.cents / 100,
         None if one.lowest is None else one.lowest / 100, one.since]
        for one in rows()
    ]  # fmt: skip
    return as_table(form, f"prix-{clock.now():%Y-%m-%d}", heads, lines)
