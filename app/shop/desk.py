"""The counter: one product, how many, who, how it is paid; what was sold; the catalogue."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.core import audit, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.money import vat_inside
from app.members import companies
from app.members import rules as members
from app.members.models import Person
from app.shop import catalogue, rules
from app.shop.models import DeskSale, Product
from app.spaces.natures import NATURES
from app.tenants.resolve import of_tenant
from app.web import edge, navigation
from app.web.actor import actor
from app.web.idempotency import replayable
from app.web.policy import needs

pages = Blueprint("shop_desk", __name__, url_prefix="/gestion/comptoir")
blueprints = (pages,)
PAGE = 30


def way_names() -> dict[str, str]:
    """How a sale is paid."""
    return {
        "cash": _("Espèces"),
        "terminal": _("Terminal"),
        "transfer": _("Virement"),
        "on_account": _("Sur compte"),
        "company": _("Sur le compte de l’entreprise"),
    }


def nature_names() -> dict[str, str]:
    """What a product is to the tax office."""
    named = {
        "meal": _("Repas ou boisson sans alcool"),
        "alcohol": _("Boisson alcoolisée"),
        "service": _("Service"),
        "equipment": _("Location de matériel"),
        "equipped_space": _("Espace ou casier"),
        "bare_space": _("Local nu"),
        "training": _("Formation"),
        "show": _("Spectacle"),
        "admission": _("Entrée d’événement"),
        "bike": _("Vélo"),
    }
    return {key: named[key] for key in named if key in NATURES and key not in catalogue.NOT_HERE}


def price_of(raw: str) -> int:
    """Cents of a typed amount; 0 for what is none."""
    text = raw.replace("€", "").replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    try:
        cents = Decimal(text.replace(",", ".")) * 100
    except InvalidOperation:
        return 0
    return int(cents) if cents.is_finite() and cents == int(cents) and 0 < cents <= 10**8 else 0


def _rate_of(raw: str) -> int | None:
    """A rate in percent as basis points; none when empty, below zero when it is no rate."""
    if not raw.strip():
        return None
    try:
        rate = Decimal(raw.replace("%", "").replace(",", ".").strip()) * 100
    except InvalidOperation:
        return -1
    return int(rate) if rate.is_finite() and rate == int(rate) and abs(rate) < 10**6 else -1


def _sales(number: int) -> tuple[list[DeskSale], int]:
    total = db.session.scalar(select(func.count()).select_from(DeskSale)) or 0
    rows = db.session.scalars(
        select(DeskSale)
        .order_by(DeskSale.sold_at.desc(), DeskSale.id.desc())
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    return list(rows), total


def _counter(status: int = 200, fault: Refused | None = None) -> Response:
    number = max(1, request.args.get("page", 1, type=int))
    rows, total = _sales(number)
    return navigation.page(
        "shop/counter.html",
        "shop",
        status,
        products=catalogue.products(),
        rows=rows,
        total=total,
        page_number=number,
        pages_count=max(1, -(-total // PAGE)),
        url=lambda n: url_for("shop_desk.counter", page=n),
        ways=way_names(),
        typed=request.form,
        key=words.token(),
        fault=fault,
        zone=of_tenant().books_zone,
        may_edit=actor().can("spaces.edit"),
    )


@pages.get("")
@needs("desk.take_payment")
def counter() -> Response:
    """Sell one thing; what was sold lately."""
    return _counter()


def _buyer(way: str) -> rules.Buyer:
    """Who was named: by e-mail somebody known, else just a name. Refuses an unknown address for a
    sale that is paid later."""
    email = request.form.get("email", "").strip().lower()
    name = " ".join(request.form.get("nom", "").split())[:120]
    person = members.known(email) if email else None
    if email and person is None:
        raise Refused(_("Personne de cette adresse n’est connu ici."), field="email")
    firm = _firm(person) if way == "company" and person is not None else None
    return rules.Buyer(person, firm, name)


def _firm(person: Person) -> int:
    """The company that a person may spend for; the first when there are several."""
    found = companies.paying_for(person.id)
    if not found:
        why = _("Cette personne n’achète pour aucune entreprise.")
        raise Refused(why, field="moyen")
    return found[0].id


def _seller() -> str:
    """Whose idempotency key it is."""
    return f"counter:{actor().account_id}"


@pages.post("")
@needs("desk.take_payment")
@replayable(_seller)
def sell() -> Response:
    """Sold, and paid or owed; a form that is sent twice sells once."""
    form = request.form
    raw = form.get("quantite", "1")

    def work() -> int:
        one = catalogue.product(form.get("produit", 0, type=int))
        if one is None:
            raise Refused(_("Choisissez un produit."), field="produit")
        many = int(raw) if raw.isdecimal() and len(raw) < 5 else 0
        way = form.get("moyen", "")
        zone = of_tenant().books_zone
        made = rules.sell(one, many, _buyer(way), way, zone, actor().account_id)
        audit.note("shop.sold", f"desk_sale:{made.id}", actor_id=actor().account_id, way=way)
        return made.id

    try:
        sale_id = edge.act(work)
    except Refused as error:
        return _counter(error.status, error)
    navigation.say(_("Vendu."))
    return redirect(url_for("shop_desk.receipt", sale_id=sale_id))


def _sale(sale_id: int) -> DeskSale:
    found = rules.sale(sale_id)
    if found is None:
        abort(404)
    return found


@pages.get("/ventes/<int:sale_id>")
@needs("desk.take_payment")
def receipt(sale_id: int) -> Response:
    """What was sold, to print as a receipt; the invoice comes from « À facturer »."""
    tenant, found = of_tenant(), _sale(sale_id)
    return navigation.page(
        "shop/receipt.html",
        "shop",
        sale=found,
        vat=vat_inside(found.gross_cents, found.vat_bp),
        ways=way_names(),
        seller=tenant,
        zone=tenant.books_zone,
    )


@pages.post("/ventes/<int:sale_id>/annulation")
@needs("desk.take_payment")
def cancel(sale_id: int) -> Response:
    """Taken back: owed no more, and what was paid goes back."""

    def work() -> None:
        found = _sale(sale_id)
        one = catalogue.product(found.product_id)
        nature = one.nature if one else "service"
        rules.cancel(found, nature, of_tenant().books_zone, actor().account_id)
        audit.note("shop.cancelled", f"desk_sale:{sale_id}", actor_id=actor().account_id)

    edge.act(work)
    navigation.say(_("La vente est annulée ; ce qui avait été payé est à rendre au client."))
    return redirect(url_for("shop_desk.receipt", sale_id=sale_id))


# ── the catalogue ─────────────────────────────────────────────────────────────────────────────


def _product(product_id: int) -> Product:
    found = catalogue.product(product_id)
    if found is None:
        abort(404)
    return found


def _products(
    one: Product | None = None, status: int = 200, fault: Refused | None = None
) -> Response:
    more: dict[str, Any] = {"one": one, "fault": fault, "typed": request.form}
    return navigation.page(
        "shop/products.html",
        "shop",
        status,
        products=catalogue.products(),
        archived=catalogue.products(archived=True),
        natures=nature_names(),
        **more,
    )


@pages.get("/produits")
@needs("spaces.edit")
def products() -> Response:
    """Everything on sale, and a new one."""
    return _products()


@pages.get("/produits/<int:product_id>")
@needs("spaces.edit")
def edit(product_id: int) -> Response:
    """One of them, to change."""
    return _products(_product(product_id))


def _write(product_id: int | None) -> Response:
    form = request.form

    def work() -> None:
        one = _product(product_id) if product_id else Product()
        cents, rate = price_of(form.get("price", "")), _rate_of(form.get("vat", ""))
        catalogue.describe(one, form.get("name", ""), form.get("nature", ""), cents, rate)
        audit.note("shop.described", f"product:{one.id}", actor_id=actor().account_id)

    try:
        edge.act(work)
    except Refused as error:
        return _products(_product(product_id) if product_id else None, error.status, error)
    navigation.say(_("Le produit est enregistré."))
    return redirect(url_for("shop_desk.products"))


@pages.post("/produits")
@needs("spaces.edit")
def create() -> Response:
    """A new product."""
    return _write(None)


@pages.post("/produits/<int:product_id>")
@needs("spaces.edit")
def change(product_id: int) -> Response:
    """Another name, price or rate; what was sold keeps what it was."""
    _product(product_id)
    return _write(product_id)


@pages.post("/produits/<int:product_id>/archive")
@needs("spaces.edit")
def archive(product_id: int) -> Response:
    """Put away, or on sale again."""

    def work() -> None:
        one = _product(product_id)
        catalogue.archive(one, away=one.archived_at is None)
        audit.note("shop.archived", f"product:{one.id}", actor_id=actor().account_id)

    edge.act(work)
    return redirect(url_for("shop_desk.products"))
