"""What a tenant looks like to a page: published appearance, seeds, stylesheet, logo."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g
from sqlalchemy import bindparam, select

from app.core.db import db
from app.tenants.models import Appearance, Network, Tenant
from app.web import themes


@dataclass(frozen=True)
class Brand:
    """The face of one tenant or network, as the shells expect it."""

    name: str
    initials: str
    theme: str
    seeds: themes.Seeds
    mode: str
    css_url: str
    desk_css_url: str
    logo_url: str | None
    logo_dark_url: str | None
    texts: dict[str, object]


def initials(name: str) -> str:
    """Two letters that stand for a name when there is no logo."""
    words = [w for w in name.replace("'", " ").replace("’", " ").split() if w[:1].isalnum()]
    strong = [w for w in words if w[:1].isupper() or w[:1].isdigit()] or words
    return "".join(w[0] for w in strong[:2]).upper() or "·"


PUBLISHED = (
    select(Appearance)
    .where(Appearance.tenant_id == bindparam("tenant"), Appearance.published_at.is_not(None))
    .order_by(Appearance.version.desc())
    .limit(1)
)


def published(tenant_id: int) -> Appearance | None:
    """The version that visitors see."""
    return db.session.scalars(PUBLISHED, {"tenant": tenant_id}).one_or_none()


def seeds_of(appearance: Appearance) -> themes.Seeds:
    """The seeds that a stored version gives to its theme."""
    return themes.Seeds(
        brand=appearance.brand,
        accent=appearance.accent,
        fonts=appearance.font_pair,
        radius=appearance.radius,
        density=appearance.density,  # type: ignore[arg-type]  # checked by Seeds
    )


def _sheet_url(theme: str, seeds: themes.Seeds, sheet: themes.Sheet) -> str:
    return f"/t/{sheet}/{themes.stylesheet(themes.load(theme), seeds, sheet)[1]}.css"


def face(name: str, appearance: Appearance | None) -> Brand:
    """A brand from a version; from the theme alone when nothing was published yet."""
    seeds = seeds_of(appearance) if appearance else themes.Seeds()
    theme = appearance.theme if appearance else "etabli"
    return Brand(
        name=name,
        initials=initials(name),
        theme=theme,
        seeds=seeds,
        mode=appearance.mode if appearance else "auto",
        css_url=_sheet_url(theme, seeds, "public"),
        desk_css_url=_sheet_url(theme, seeds, "desk"),
        logo_url=f"/logo/{appearance.version}" if appearance and appearance.logo_file else None,
        logo_dark_url=(
            f"/logo/{appearance.version}/dark" if appearance and appearance.logo_dark_file else None
        ),
        texts=dict(appearance.texts) if appearance else {},
    )


@dataclass(frozen=True)
class Mark:
    """A venue's logo, or its letters on its own colour, for pages that are not its own."""

    initials: str
    ground: str
    ink: str
    logo: str | None


def mark(name: str, looks: Appearance | None) -> Mark:
    """The mark of a version; `logo` is a path on the venue's own host."""
    seeds = seeds_of(looks) if looks else themes.Seeds()
    colours = themes.colours(themes.load(looks.theme if looks else "etabli"), seeds, "light")
    return Mark(
        initials(name),
        colours["brand"],
        colours["on_brand"],
        f"/logo/{looks.version}" if looks and looks.logo_file else None,
    )


def all_published() -> dict[int, Appearance]:
    """What visitors see of each tenant of the entered scope."""
    rows = db.session.scalars(
        select(Appearance)
        .where(Appearance.published_at.is_not(None))
        .distinct(Appearance.tenant_id)
        .order_by(Appearance.tenant_id, Appearance.version.desc())
    )
    return {looks.tenant_id: looks for looks in rows}


def wear(brand: Brand) -> None:
    """Make this the face of the request."""
    g.brand = brand
    g.theme = brand.theme


def dress(tenant: Tenant) -> None:
    """The published face of a tenant."""
    wear(face(tenant.name, published(tenant.id)))


def dress_network(network: Network) -> None:
    """The face of a network: its own seeds when it has any."""
    looks = network.settings.get("appearance", {})
    seeds = themes.Seeds(brand=looks.get("brand"), accent=looks.get("accent"))
    theme = looks.get("theme", "calque")
    wear(
        Brand(
            network.name,
            initials(network.name),
            theme,
            seeds,
            "auto",
            _sheet_url(theme, seeds, "public"),
            _sheet_url(theme, seeds, "desk"),
            None,
            None,
            {},
        )
    )
