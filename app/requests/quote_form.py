"""The quote that staff writes on a request's page: what is suggested, what was typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from app.core import money
from app.core.errors import Refused
from app.core.i18n import _, typed_amount
from app.invoicing import quoting
from app.invoicing.parts import CUSTOMERS, Party
from app.requests import words
from app.requests.models import SpaceRequest
from app.requests.offers import Offer

SPARE = 3
MOST = 20


def kinds() -> list[tuple[str, str]]:
    """Who pays, as VAT sees it."""
    return [
        ("consumer", _("Particulier")),
        ("fr_business", _("Entreprise ou association française")),
        ("eu_business", _("Entreprise d’un autre pays de l’Union")),
        ("other", _("Entreprise hors de l’Union")),
    ]


def suggested(one: SpaceRequest, offers: Sequence[Offer]) -> dict[str, str]:
    """The form as it opens: the space at the venue's own
    price or the least to ask, whichever is more, then every option that was wished."""
    best = next((o for o in offers if o.is_own), None) or next(
        (o for o in offers if o.is_free and o.space.id == (one.space_id or one.wanted_space_id)),
        next((o for o in offers if o.is_free), None),
    )
    found = {
        "name": one.organisation or one.name,
        "kind": "fr_business" if one.organisation else "consumer",
        "email": one.email,
    }
    if best is not None:
        found["espace"] = str(best.space.id)
        found["libelle1"] = f"{_plain(one.title)}, {best.space.name}"[:200]
        found["quantite1"], found["nature1"] = "1", best.space.nature
        if best.opening_cents:
            found["prix1"] = typed_amount(best.opening_cents)
    names = words.options()
    for number, option in enumerate(one.options, 2):
        catering = words.NATURES[option] in ("meal", "alcohol")
        found[f"libelle{number}"] = names[option]
        found[f"quantite{number}"] = str(one.people) if catering else "1"
        found[f"nature{number}"] = words.NATURES[option]
    return found


def _plain(text: str) -> str:
    """Without pictograms: no font of a document has them."""
    kept = "".join(c for c in text if unicodedata.category(c) not in ("So", "Sk", "Mn", "Cf"))
    return " ".join(kept.split())


def count(typed: Mapping[str, str]) -> int:
    """How many rows the form shows."""
    last = max((n for n in range(1, MOST + 1) if typed.get(f"libelle{n}")), default=0)
    return min(MOST, last + SPARE)


def lines(typed: Mapping[str, str]) -> list[quoting.Wish]:
    """The rows with a price; an option that was wished and got no price is not sold."""
    found = []
    for number in range(1, MOST + 1):
        price = typed.get(f"prix{number}", "").strip()
        if not price:
            continue
        cents = money.typed(price)
        if cents is None:
            words_ = _("Ligne %(n)s : indiquez un prix comme 260 ou 19,50.", n=number)
            raise Refused(words_, field=f"prix{number}")
        label = typed.get(f"libelle{number}", "").strip()
        many = _many(typed.get(f"quantite{number}", ""))
        if not label or not many or not cents:
            words_ = _(
                "Ligne %(n)s : un libellé, une quantité et un prix sont nécessaires.", n=number
            )
            raise Refused(words_, field=f"libelle{number}")
        found.append(quoting.Wish(label, typed.get(f"nature{number}", ""), many, cents))
    return found


def _many(raw: str) -> Decimal:
    try:
        many = Decimal(raw.strip().replace(",", ".") or "1")
    except InvalidOperation:
        return Decimal(0)
    return round(many, 4) if many.is_finite() and 0 < many < 1_000_000 else Decimal(0)


def buyer(typed: Mapping[str, str]) -> Party:
    """Who pays. Refuses nobody."""
    text = {
        name: typed.get(name, "").strip()[:200]
        for name in ("name", "street", "postcode", "city", "email", "siren", "vat")
    }
    for name in ("siren", "vat"):
        text[name] = text[name].replace(" ", "").upper()
    if not text["name"]:
        raise Refused(_("Indiquez le nom du client."), field="name")
    kind = typed.get("kind", "")
    return Party(kind=kind if kind in CUSTOMERS else "consumer", **text)
