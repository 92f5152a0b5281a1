"""The catalogue of the desk: what is on sale, what was put away, a new product."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit, clock, money
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import local_day, read_day
from app.shop import catalogue, reductions
from app.shop.models import Product
from app.spaces.natures import NATURES
from app.tenants.resolve import of_tenant
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("shop_products", __name__, url_prefix="/gestion/comptoir/produits")


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


def _rate_of(raw: str) -> int | None:
    """A rate in percent as basis points; none when empty, below zero when it is no rate."""
    if not raw.strip():
        return None
    try:
        rate = Decimal(raw.replace("%", "").replace(",", ".").strip()) * 100
    except InvalidOperation:
        return -1
    return int(rate) if rate.is_finite() and rate == int(rate) and abs(rate) < 10**6 else -1


def _product(product_id: int) -> Product:
    found = catalogue.product(product_id)
    if found is None:
        abort(404)
    return found


def _products(
    one: Product | None = None, status: int = 200, fault: Refused | None = None
) -> Response:
    more: dict[str, Any] = {"one": one, "fault": fault, "typed": request.form}
    if one is not None and one.id:
        more |= _announced(one)
    return navigation.page(
        "shop/products.html",
        "shop",
        status,
        products=catalogue.products(),
        archived=catalogue.products(archived=True),
        natures=nature_names(),
        **more,
    )


def _today() -> dt.date:
    return local_day(clock.now(), of_tenant().books_zone)


def _announced(one: Product) -> dict[str, Any]:
    """The reduction of a product, or what it may be counted from."""
    zone, today = of_tenant().books_zone, _today()
    found = reductions.coming(one.id, today)
    try:
        before, why = reductions.reference(one.id, today, zone), ""
    except Refused as refusal:
        before, why = None, refusal.text
    return {"reduction": found, "before": before, "why_not": why, "today": today}


@pages.get("")
@needs("spaces.edit")
def products() -> Response:
    """Everything on sale, and a new one."""
    return _products()


@pages.get("/<int:product_id>")
@needs("spaces.edit")
def edit(product_id: int) -> Response:
    """One of them, to change."""
    return _products(_product(product_id))


def _write(product_id: int | None) -> Response:
    form = request.form

    def work() -> None:
        one = _product(product_id) if product_id else Product()
        cents, rate = money.typed(form.get("price", "")) or 0, _rate_of(form.get("vat", ""))
        catalogue.describe(one, form.get("name", ""), form.get("nature", ""), cents, rate)
        audit.note("shop.described", f"product:{one.id}", actor_id=actor().account_id)

    try:
        edge.act(work)
    except Refused as error:
        return _products(_product(product_id) if product_id else None, error.status, error)
    navigation.say(_("Le produit est enregistré."))
    return redirect(url_for("shop_products.products"))


@pages.post("")
@needs("spaces.edit")
def create() -> Response:
    """A new product."""
    return _write(None)


@pages.post("/<int:product_id>")
@needs("spaces.edit")
def change(product_id: int) -> Response:
    """Another name, price or rate; what was sold keeps what it was."""
    _product(product_id)
    return _write(product_id)


@pages.post("/<int:product_id>/archive")
@needs("spaces.edit")
def archive(product_id: int) -> Response:
    """Put away, or on sale again."""

    def work() -> None:
        one = _product(product_id)
        catalogue.archive(one, away=one.archived_at is None)
        audit.note("shop.archived", f"product:{one.id}", actor_id=actor().account_id)

    edge.act(work)
    return redirect(url_for("shop_products.products"))


def _day(name: str) -> dt.date:
    found = read_day(request.form.get(name))
    if found is None:
        raise Refused(_("Indiquez un premier et un dernier jour."), field=name)
    return found


@pages.post("/<int:product_id>/reduction")
@needs("spaces.edit")
def announce(product_id: int) -> Response:
    """Announce a reduction to everybody, counted from the lowest price of the 30 days before."""
    raw = request.form.get("reduction", "").strip().removesuffix("%").strip()

    def work() -> None:
        one = _product(product_id)
        percent = int(raw) if raw.isdecimal() and len(raw) < 3 else 0
        days = _day("premier"), _day("dernier")
        zone, by = of_tenant().books_zone, actor().account_id
        made = reductions.announce(one, percent, *days, zone, by)
        audit.note("shop.reduced", f"product:{one.id}", actor_id=by, percent=made.percent)

    try:
        edge.act(work)
    except Refused as error:
        return _products(_product(product_id), error.status, error)
    navigation.say(_("La réduction est annoncée."))
    return redirect(url_for("shop_products.edit", product_id=product_id))


@pages.post("/<int:product_id>/reduction/fin")
@needs("spaces.edit")
def end(product_id: int) -> Response:
    """No more from today on."""

    def work() -> None:
        one = _product(product_id)
        reductions.end(one, of_tenant().books_zone)
        audit.note("shop.reduction_ended", f"product:{one.id}", actor_id=actor().account_id)

    edge.act(work)
    navigation.say(_("La réduction est terminée."))
    return redirect(url_for("shop_products.edit", product_id=product_id))
