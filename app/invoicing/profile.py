"""How the venue bills: what the law wants of its documents, and its own choices."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, redirect, request, url_for
from stdnum import bic as bic_number
from stdnum import iban as iban_number
from stdnum.fr import siret as siret_number
from werkzeug.wrappers import Response

from app.core import audit
from app.core.i18n import _
from app.core.slots import read_day
from app.invoicing import sellers
from app.tenants.resolve import of_tenant
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("invoicing_profile", __name__, url_prefix="/gestion/reglages/facturation")
WRONG = dt.date.max


def _page(status: int = 200, faults: dict[str, str] | None = None) -> Response:
    found = sellers.profile()
    return navigation.page(
        "invoicing/desk_profile.html",
        "settings",
        status,
        profile=found,
        typed=request.form,
        faults=faults or {},
        missing=sellers.missing(of_tenant(), found),
        vies_down=of_tenant().vies_down,
        debits=of_tenant().vat_debits_since,
        sections=navigation.settings_tabs("invoicing"),
    )


@pages.get("")
@needs("settings.edit")
def edit() -> Response:
    """What is known, and what is missing."""
    return _page()


def _facts() -> dict[str, object]:
    form = request.form
    text = {name: form.get(name, "").strip()[:200] for name in sellers.PLAIN[:8]}
    text["siret"] = siret_number.compact(text["siret"])
    text["iban"] = iban_number.compact(text["iban"])
    text["bic"] = text["bic"].replace(" ", "").upper()
    days = form.get("terms_days", "30")
    return {
        **text,
        "terms_days": int(days) if days.isdigit() and len(days) < 4 else -1,
        "franchise": bool(form.get("franchise")),
        "prefix": form.get("prefix", "F").strip().upper(),
        "consumers": "always" if form.get("consumers") else "on_request",
    }


def _debits() -> dt.date | None:
    """Since when VAT is due on debits; None without the option, `WRONG` for what is no day. A form
    without the field leaves it as it is."""
    raw = request.form.get("debits")
    if raw is None:
        return of_tenant().vat_debits_since
    if not raw.strip():
        return None
    return read_day(raw) or WRONG


def _faults(facts: dict[str, object]) -> dict[str, str]:
    """What is typed wrong; what is merely absent is said, not refused."""
    found = {}
    if facts["siret"] and not siret_number.is_valid(str(facts["siret"])):
        found["siret"] = _("Ce SIRET n’existe pas : vérifiez ses quatorze chiffres.")
    if facts["iban"] and not iban_number.is_valid(str(facts["iban"])):
        found["iban"] = _("Cet IBAN n’existe pas : sa clé est fausse.")
    if facts["bic"] and not bic_number.is_valid(str(facts["bic"])):
        found["bic"] = _("Ce BIC n’existe pas.")
    prefix = str(facts["prefix"])
    if not (prefix.isascii() and prefix.isalpha() and 1 <= len(prefix) <= 4) or prefix == "D":
        found["prefix"] = _("Une à quatre lettres, sauf D, qui est aux devis.")
    if not 0 <= int(str(facts["terms_days"])) <= 60:
        found["terms_days"] = _("La loi limite le délai à 60 jours.")
    return found


@pages.post("")
@needs("settings.edit")
def save() -> Response:
    """Write it; what was issued keeps what it said."""
    facts, since = _facts(), _debits()
    faults = _faults(facts)
    if since == WRONG:
        faults["debits"] = _("Cette date n’existe pas.")
    if faults:
        return _page(422, faults)

    def work() -> None:
        changed = sellers.keep(facts)
        waits = "hold" if request.form.get("vies_down") else "sell"
        if of_tenant().vies_down != waits:
            of_tenant().vies_down = waits
            changed.append("vies_down")
        if of_tenant().vat_debits_since != since:
            of_tenant().vat_debits_since = since
            changed.append("vat_debits_since")
        if changed:
            audit.note(
                "billing.changed",
                f"tenant:{of_tenant().id}",
                actor_id=actor().account_id,
                what=changed,
            )

    edge.act(work)
    navigation.say(_("Les réglages sont enregistrés."))
    return redirect(url_for("invoicing_profile.edit"))
