"""Where a broken rule is mended: the field of the page, or the page of the venue that holds it."""

from __future__ import annotations

from flask import url_for

from app.invoicing import faults
from app.invoicing.models import Draft

BUYER = ("name", "street", "extra", "postcode", "city", "country", "siren", "vat", "email",
         "contact", "reference")  # fmt: skip
VENUE = ("company", "street", "postcode", "city", "siren", "vat")
"""What the page of the venue holds of the seller; the rest is on the page of its invoices."""


def placed(found: Draft) -> list[dict[str, str]]:
    """What is wrong with a draft, each with the address of its field."""
    rows = faults.rows(found.faults)
    return [one | {"place": _place(found, one["field"])} for one in rows]


def _place(found: Draft, field: str) -> str:
    part, _dot, name = field.partition(".")
    if part == "buyer":
        return f"#{name}" if name in BUYER else "#kind"
    if field in ("note", "order_number"):
        return f"#{field}"
    if part == "seller":
        return sellers_page(name)
    if part == "lines" and found.kind == "quote":
        number = name.partition(".")[0]
        return url_for("invoicing_quotes.lines", draft_id=found.id) + f"#libelle{number or 1}"
    return ""


def sellers_page(field: str) -> str:
    """Where the venue fills something of its own in."""
    page = "tenants_desk.settings" if field in VENUE else "invoicing_profile.edit"
    return f"{url_for(page)}#{field}"
