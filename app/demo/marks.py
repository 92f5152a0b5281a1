"""The logos of the invented venues, sent through the same door as anybody's."""

from __future__ import annotations

from flask import current_app

from app.core import tenancy
from app.core.db import db
from app.core.files import describe, storage
from app.demo.cast import Venue
from app.tenants import logo

SHAPES = {
    "moulin": "M24 10v28M10 24h28M14.1 14.1l19.8 19.8M33.9 14.1L14.1 33.9",
    "quai12": "M12 15l6 -4v26M26 17a6 6 0 0 1 12 0c0 6 -12 12 -12 20h13",
    "verriere": "M12 37V21a12 12 0 0 1 24 0v16zM24 9v28M12 24h24",
    "grange": "M9 23L24 10l15 13M13 20v18h22V20M20 38V28h8v10",
}


def drawn(venue: Venue) -> bytes:
    """A mark in white on the brand's colour."""
    corner = 24 if venue.theme == "etabli" else 4
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">'
        f'<rect width="48" height="48" rx="{corner}" fill="{venue.brand}"/>'
        f'<path d="{SHAPES[venue.slug]}" fill="none" stroke="#ffffff" stroke-width="3"'
        ' stroke-linecap="round" stroke-linejoin="round"/></svg>'
    ).encode()


def keep(venue: Venue) -> int:
    """Store the logo of the entered venue; the id of its row."""
    content, media_type, suffix = logo.cleaned(drawn(venue))
    row = describe(tenancy.tenant_id(), content, media_type, suffix, "logo")
    storage(current_app.config["SETTINGS"].storage).put(row.name, content, media_type)
    db.session.add(row)
    db.session.flush()  # id for the looks
    return row.id
