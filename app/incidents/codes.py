"""Codes to print and stick: on each door, on each machine, for the rest of a building."""

from __future__ import annotations

import io

import segno
from flask import Blueprint, url_for
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.booking import day
from app.core.db import db
from app.incidents.models import Asset
from app.spaces.models import Site
from app.tenants.resolve import public_url
from app.web import navigation
from app.web.policy import needs

pages = Blueprint("incident_codes", __name__, url_prefix="/gestion/incidents/codes")


def drawn(path: str) -> Markup:
    """The code of an address of ours, as a drawing in the page."""
    out = io.BytesIO()
    segno.make(public_url(path), error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=2, light="#fff", omitsize=True
    )
    return Markup(out.getvalue().decode())  # noqa: S704  drawn here, from an address of ours


@pages.get("")
@needs("incidents.see")
def sheet() -> Response:
    """All of them on A4, a name under each."""
    sites = db.session.scalars(select(Site).order_by(Site.position, Site.id)).all()
    assets = db.session.scalars(
        select(Asset).where(Asset.retired_at.is_(None)).order_by(Asset.name, Asset.id)
    ).all()
    spaces = day.of_venue()
    rooms = {space.id: space.name for space in spaces}
    labels = [(s.name, s.floor, url_for("incidents.of_space", slug=s.slug)) for s in spaces]
    labels += [
        (a.name, rooms.get(a.space_id or 0, ""), url_for("incidents.of_asset", asset_code=a.code))
        for a in assets
    ]
    labels += [(s.name, "", url_for("incidents.of_site", site_id=s.id)) for s in sites]
    return navigation.page(
        "incidents/desk_codes.html",
        "incidents",
        labels=[(name, detail, drawn(path)) for name, detail, path in labels],
    )
