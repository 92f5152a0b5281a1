"""What the counter sold: by word, way and days, in order, and out again as a table."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, request
from sqlalchemy import Select, exists, select
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.i18n import _
from app.core.slots import day_bounds
from app.shop.models import WAYS, DeskSale, DeskSaleLine
from app.tenants.resolve import of_tenant
from app.web import listing
from app.web.policy import needs
from app.web.tables import as_table

pages = Blueprint("shop_sold", __name__, url_prefix="/gestion/comptoir/ventes.csv")
FILTERS = ("q", "par", "du", "au")
MOST_ROWS = 100_000


def way_names() -> dict[str, str]:
    """How a sale is paid."""
    return {
        "cash": _("Espèces"),
        "terminal": _("Terminal"),
        "transfer": _("Virement"),
        "on_account": _("Sur compte"),
        "company": _("Sur le compte de l’entreprise"),
    }


def wanted() -> Select[tuple[DeskSale]]:
    """Sales by word (product, customer or number), way and days: the address says which."""
    text = request.args.get("q", "").strip()[:80]
    zone, first, last = of_tenant().books_zone, listing.day("du"), listing.day("au")
    query = select(DeskSale)
    if number := re.fullmatch(r"[cC]-(\d{1,15})", text):
        query = query.where(DeskSale.id == int(number[1]))
    elif text:
        sold = exists().where(
            DeskSaleLine.sale_id == DeskSale.id,
            DeskSaleLine.label.icontains(text, autoescape=True),
        )
        query = query.where(DeskSale.buyer_name.icontains(text, autoescape=True) | sold)
    if (way := request.args.get("par", "")) in WAYS:
        query = query.where(DeskSale.way == way)
    if first:
        query = query.where(DeskSale.sold_at >= day_bounds(first, zone).start)
    if last:
        query = query.where(DeskSale.sold_at < day_bounds(last, zone).end)
    return query


def in_order(query: Select[tuple[DeskSale]]) -> Select[tuple[DeskSale]]:
    asked = request.args.get("tri", "-date")
    column = DeskSale.gross_cents if asked.lstrip("-") == "total" else DeskSale.sold_at
    falling = asked.startswith("-")
    return query.order_by(column.desc() if falling else column, DeskSale.id.desc())


@pages.get("")
@needs("desk.take_payment")
def export() -> Response:
    """The sales that the list was asked for, a row for each product."""
    zone, ways = of_tenant().books_zone, way_names()
    heads = [
        _("Numéro"), _("Vendu le"), _("Client"), _("Produit"), _("Quantité"), _("Prix TTC"),
        _("TVA en %"), _("Total TTC"), _("Paiement"), _("Annulée le"),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for sale in db.session.scalars(wanted().order_by(DeskSale.id).limit(MOST_ROWS)):
        back = sale.cancelled_at.astimezone(zone).isoformat() if sale.cancelled_at else None
        rows += [
            [
                f"C-{sale.id}", sale.sold_at.astimezone(zone).isoformat(timespec="seconds"),
                sale.buyer_name, line.label, line.quantity, line.unit_cents / 100,
                line.vat_bp / 100, line.gross_cents / 100, ways[sale.way], back,
            ]
            for line in sale.lines
        ]  # fmt: skip
    return as_table("csv", "ventes", heads, rows)
