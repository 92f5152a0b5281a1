"""What the desk may sell: named, priced, of a nature; put away rather than deleted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core import clock, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import local_day
from app.shop import reductions
from app.shop.models import Product
from app.spaces.natures import NATURES, rate_on
from app.tenants.models import Tenant

NOT_HERE = ("voucher", "domiciliation")
"""A voucher is kept money, an address needs the prefect's approval: neither is sold here."""


def product(product_id: int) -> Product | None:
    """A product of the entered venue."""
    return db.session.scalars(
        select(Product).where(Product.id == product_id, Product.tenant_id == tenancy.tenant_id())
    ).one_or_none()


def products(*, archived: bool = False) -> Sequence[Product]:
    """Everything on sale by name, or all that was put away."""
    there = Product.archived_at.is_not(None) if archived else Product.archived_at.is_(None)
    return db.session.scalars(select(Product).where(there).order_by(Product.name, Product.id)).all()


def describe(one: Product, name: str, nature: str, unit_cents: int, vat_bp: int | None) -> Product:
    """Write a product; what was sold keeps what it was. Without a rate, its nature's of today."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise Refused(_("Indiquez un nom, en 80 caractères au plus."), field="name")
    if nature not in NATURES or nature in NOT_HERE:
        raise Refused(_("Choisissez la nature du produit."), field="nature")
    if not 0 < unit_cents <= 10**8:
        raise Refused(_("Indiquez un prix TTC au-dessus de zéro."), field="price")
    today = local_day(clock.now(), db.session.get_one(Tenant, tenancy.tenant_id()).books_zone)
    rate = rate_on(nature, today) if vat_bp is None else vat_bp
    if not 0 <= rate <= 3000:
        raise Refused(_("Indiquez un taux de TVA de 0 à 30 pour cent."), field="vat")
    if one.id and unit_cents != one.unit_cents:
        reductions.refuse_change(one, today)
    one.name, one.nature, one.unit_cents, one.vat_bp = name, nature, unit_cents, rate
    db.session.add(one)
    db.session.flush()  # id for the journal
    return one


def archive(one: Product, *, away: bool) -> None:
    """Put it away, or on sale again."""
    one.archived_at = clock.now() if away else None
