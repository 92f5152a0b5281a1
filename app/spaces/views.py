"""What a venue says of its places to whoever looks: a space, the price list, the legal pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.files import StoredFile, storage
from app.core.i18n import lang
from app.core.signals import publish
from app.spaces import plans
from app.spaces.facts import GoodsAsked
from app.spaces.fit import seats
from app.spaces.models import Composition, Photo, Space, Unit
from app.tenants.models import Tenant
from app.tenants.resolve import of_tenant
from app.web import render
from app.web.policy import PUBLIC, needs

pages = Blueprint("venue", __name__)
blueprints = (pages,)
SHOWN = ("public", "members")


def _said(texts: dict[str, Any]) -> str:
    """A text in the language of the page, else in French."""
    return str(texts.get(lang()) or texts.get("fr") or texts.get("text") or "")


def _shown() -> list[Space]:
    """Spaces that the public may know of."""
    return list(
        db.session.scalars(
            select(Space)
            .where(Space.retired_at.is_(None), Space.audience.in_(SHOWN))
            .order_by(Space.position, Space.id)
        )
    )


def _gives_todays_price(tenant: Tenant, spaces: list[Space]) -> bool:
    """Whether to say that at most today's price comes back: nothing where prices stand still."""
    moves = any(one.pricing == "dynamic" and one.base_cents for one in spaces)
    return moves and tenant.refund_today_since is not None


def _bounds(space: Space) -> tuple[int, int]:
    """The least and the most that an hour may cost, in cents of the venue's rounding."""
    step = max(1, space.rounding_cents)
    least = -(-space.base_cents * space.floor_percent // (100 * step)) * step
    most = space.base_cents * space.ceiling_percent // (100 * step) * step
    return (space.base_cents,) * 2 if space.pricing == "fixed" else (least, most)


@pages.get("/espaces/<slug>")
@needs(PUBLIC)
def space(slug: str) -> Response:
    """One space: pictures, what it holds, how to get in, what it may cost."""
    of_tenant()
    found = db.session.scalars(
        select(Space).where(
            Space.slug == slug, Space.retired_at.is_(None), Space.audience.in_(SHOWN)
        )
    ).one_or_none()
    if found is None:
        abort(404)
    units = db.session.scalars(
        select(Unit.id)
        .join(Composition, Composition.unit_id == Unit.id)
        .where(Composition.space_id == found.id, Unit.retired_at.is_(None))
    ).all()
    photos = db.session.scalars(
        select(Photo).where(Photo.space_id == found.id).order_by(Photo.position, Photo.id)
    ).all()
    return render.page(
        "spaces/space.html",
        space=found,
        seats=seats(found, max(1, len(units))),
        text=_said(found.description),
        photos=photos,
        bounds=_bounds(found),
        plan=plans.where_is(found),
    )


@pages.get("/espaces/<slug>/photos/<int:photo_id>")
@needs(PUBLIC)
def photo(slug: str, photo_id: int) -> Response:
    """A picture of a space."""
    of_tenant()
    stored = db.session.scalars(
        select(StoredFile)
        .join(Photo, Photo.file_id == StoredFile.id)
        .join(Space, Space.id == Photo.space_id)
        .where(Photo.id == photo_id, Space.slug == slug, Space.audience.in_(SHOWN))
    ).one_or_none()
    if stored is None:
        abort(404)
    content = storage(current_app.config["SETTINGS"].storage).get(stored.name)
    answer = Response(content, mimetype=stored.media_type)
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


@pages.get("/tarifs")
@needs(PUBLIC)
def rates() -> Response:
    """Base prices with their public minimum and maximum, and what moves them."""
    tenant, goods, shown = of_tenant(), GoodsAsked(), _shown()
    publish(goods)
    return render.page(
        "spaces/rates.html",
        goods=goods.found,
        rows=[(one, *_bounds(one)) for one in shown],
        member_percent=tenant.member_percent,
        free_hours=tenant.free_cancel_hours,
        late_percent=tenant.late_refund_percent,
        today=_gives_todays_price(tenant, shown),
    )


@pages.get("/mentions")
@needs(PUBLIC)
def legal() -> Response:
    """Who sells, under which terms, and what becomes of what people type."""
    tenant = of_tenant()
    return render.page(
        "spaces/legal.html",
        tenant=tenant,
        today=_gives_todays_price(tenant, _shown()),
        seller=_legal_words(tenant.legal),
        terms=_said(tenant.copy.get("terms") or {}),
        rules=_said(tenant.copy.get("rules") or {}),
    )


def _legal_words(given: dict[str, Any]) -> dict[str, str]:
    known = ("company", "street", "postcode", "city", "siren", "vat", "director", "mediator")
    return {name: str(given.get(name) or "") for name in known}


@pages.get("/accessibilite")
@needs(PUBLIC)
def accessibility() -> Response:
    """How far this site and these places can be used by everybody, and whom to tell."""
    tenant = of_tenant()
    return render.page(
        "spaces/accessibility.html",
        spaces=_shown(),
        contact=tenant.reply_to,
        phone=tenant.phone,
        statement=_said(tenant.copy.get("accessibility") or {}),
    )
