"""What a venue's papers wear: its published appearance, and its logo as a drawing."""

from __future__ import annotations

from flask import current_app

from app.core.db import db
from app.core.files import StoredFile, storage
from app.invoicing import pdf
from app.invoicing.pdf import Looks
from app.tenants import brand
from app.tenants.models import Tenant


def looks_of(tenant: Tenant) -> Looks:
    """What the venue's papers wear now."""
    published = brand.published(tenant.id)
    if published is None:
        return Looks()
    logo = ""
    if published.logo_file is not None:
        file = db.session.get_one(StoredFile, published.logo_file)
        content = storage(current_app.config["SETTINGS"].storage).get(file.name)
        logo = pdf.as_svg(content, file.media_type)
    return Looks(published.theme, brand.seeds_of(published), logo)
