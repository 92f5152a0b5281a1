"""The counter: how many of which products, who, how it is paid; what was sold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.core import audit, clock, slots, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.money import vat_inside
from app.members import companies
from app.members import rules as members
from app.payments import here
from app.shop import catalogue, prices_desk, products, reductions, rules, sold
from app.shop.models import DeskSale, Product
from app.tenants.resolve import of_tenant
from app.web import edge, navigation, paging, render
from app.web.actor import actor
from app.web.idempotency import replayable
from app.web.policy import needs

pages = Blueprint("shop_desk", __name__, url_prefix="/gestion/comptoir")
blueprints = (pages, products.pages, prices_desk.pages, sold.pages)
PAGE = 30


def _url(**more: Any) -> str:
    kept = {name: text for name, text in request.args.items() if text and name != "page"}
    return url_for("shop_desk.counter", **kept | more)


def _counter(status: int = 200, fault: Refused | None = None) -> Response:
    number = paging.asked()
    wanted = sold.wanted()
    total, gross = db.session.execute(
        select(func.count(), func.coalesce(func.sum(wanted.subquery().c.gross_cents), 0))
    ).one()
    rows = db.session.scalars(sold.in_order(wanted).limit(PAGE).offset((number - 1) * PAGE)).all()
    sort = request.args.get("tri", "-date")
    filters: dict[str, Any] = {
        name: text for name, text in request.args.items() if name in sold.FILTERS and text
    }
    return navigation.page(
        "shop/counter.html",
        "shop",
        status,
        products=catalogue.products(),
        reduced=reductions.live(slots.local_day(clock.now(), of_tenant().books_zone)),
        rows=rows,
        total=total,
        gross=int(gross),
        page_number=number,
        pages_count=max(1, -(-total // PAGE)),
        url=lambda n: _url(page=n),
        order=lambda name: _url(tri=name if sort == f"-{name}" else f"-{name}"),
        sort=sort,
        filters=filters,
        export=url_for("shop_sold.export", **filters),
        ways=sold.way_names(),
        typed=request.form,
        firms=companies.choices(request.form.get("email", "").strip().lower()),
        basket_cents=_cents(request.form),
        key=words.token(),
        fault=fault,
        zone=of_tenant().books_zone,
        may_edit=actor().can("spaces.edit"),
    )


@pages.get("")
@needs("desk.take_payment")
def counter() -> Response:
    """Sell some things; what was sold, by word, way and days."""
    return _counter()


@pages.get("/total")
@needs("desk.take_payment")
def total() -> Response:
    """What the basket costs so far, while quantities are typed; alone, the counter itself."""
    if not render.is_fragment():
        return redirect(url_for("shop_desk.counter"))
    return render.page("shop/_total.html", cents=_cents(request.args))


def _cents(typed: Mapping[str, str]) -> int:
    wanted = [(one, n) for one, n in _basket(typed) if 0 < n <= rules.MOST]
    return rules.total_cents(wanted, of_tenant().books_zone)


def _basket(form: Mapping[str, str]) -> list[tuple[Product, int]]:
    """Products with a quantity, in the order of the catalogue; what is no number is refused by
    the rule as zero would be."""
    found = []
    for one in catalogue.products():
        raw = form.get(f"q{one.id}", "").strip()
        if raw and raw.strip("0"):
            found.append((one, int(raw) if raw.isdecimal() and len(raw) < 5 else 0))
    return found


def _buyer(way: str) -> rules.Buyer:
    """Who was named: by e-mail somebody known, else just a name. Refuses an unknown address for a
    sale that is paid later."""
    email = request.form.get("email", "").strip().lower()
    name = " ".join(request.form.get("nom", "").split())[:120]
    person = members.known(email) if email else None
    if email and person is None:
        raise Refused(_("Personne de cette adresse n’est connu ici."), field="email")
    if way != "company" or person is None:
        return rules.Buyer(person, None, name)
    firm = companies.chosen(person.id, request.form.get("entreprise", ""))
    return rules.Buyer(person, firm.id, name)


def _seller() -> str:
    """Whose idempotency key it is."""
    return f"counter:{actor().account_id}"


@pages.post("")
@needs("desk.take_payment")
@replayable(_seller)
def sell() -> Response:
    """Sold, and paid or owed; a form that is sent twice sells once."""
    form = request.form

    def work() -> int:
        way, zone = form.get("moyen", ""), of_tenant().books_zone
        made = rules.sell(
            _basket(form), _buyer(way), way, zone, actor().account_id, till_site_id=here.site_id()
        )
        audit.note("shop.sold", f"desk_sale:{made.id}", actor_id=actor().account_id, way=way)
        return made.id

    try:
        sale_id = edge.act(work)
    except Refused as error:
        return _counter(error.status, error)
    navigation.say(_("Vendu."))
    return redirect(url_for("shop_desk.receipt", sale_id=sale_id))


def _rates(found: DeskSale) -> dict[int, int]:
    """What is VAT in a sale, at each rate; as the ledger holds it, product by product."""
    rates: dict[int, int] = {}
    for line in found.lines:
        vat = vat_inside(line.gross_cents, line.vat_bp)
        rates[line.vat_bp] = rates.get(line.vat_bp, 0) + vat
    return dict(sorted(rates.items(), reverse=True))


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
        rates=_rates(found),
        ways=sold.way_names(),
        seller=tenant,
        zone=tenant.books_zone,
    )


@pages.post("/ventes/<int:sale_id>/annulation")
@needs("desk.take_payment")
def cancel(sale_id: int) -> Response:
    """Taken back: owed no more, and what was paid goes back."""

    def work() -> None:
        rules.cancel(_sale(sale_id), of_tenant().books_zone, actor().account_id)
        audit.note("shop.cancelled", f"desk_sale:{sale_id}", actor_id=actor().account_id)

    edge.act(work)
    navigation.say(_("La vente est annulée ; ce qui avait été payé est à rendre au client."))
    return redirect(url_for("shop_desk.receipt", sale_id=sale_id))
