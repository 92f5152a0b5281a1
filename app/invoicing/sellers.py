"""The venue as seller: what its documents copy, and what it must fill before it can issue one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from stdnum import bic as bic_number
from stdnum import iban as iban_number
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number
from stdnum.fr import tva as vat_number

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.invoicing.law import LEGAL
from app.invoicing.models import BillingProfile
from app.invoicing.parts import Line, Party, Terms
from app.tenants.models import Tenant

PLAIN = (
    "siret",
    "legal_form",
    "capital",
    "register",
    "email",
    "iban",
    "bic",
    "penalty_rate",
    "terms_days",
    "franchise",
    "prefix",
    "consumers",
)


class Incomplete(Refused):
    """The venue lacks something that the law wants on its documents."""

    code = "seller_incomplete"


@dataclass(frozen=True)
class Missing:
    """One thing to fill, and on which page: `venue` or `billing`."""

    field: str
    label: str
    page: str


def profile() -> BillingProfile:
    """How the entered venue bills; a fresh one, not kept yet, when it never said."""
    found = db.session.scalars(select(BillingProfile)).one_or_none()
    return found or BillingProfile(
        **dict.fromkeys(PLAIN[:8], ""),
        terms_days=30,
        franchise=False,
        prefix="F",
        consumers="on_request",
        mails_documents=True,
        reminders=False,
        reminder_days=[7, 21, 45],
        penalty_rule="ecb",
    )


def keep(facts: Mapping[str, Any]) -> list[str]:
    """Write how the venue bills; the names of what changed."""
    found = profile()
    changed = [name for name in PLAIN if getattr(found, name) != facts[name]]
    for name in changed:
        setattr(found, name, facts[name])
    found.updated_at = clock.now()
    db.session.add(found)
    return changed


def missing(tenant: Tenant, found: BillingProfile) -> list[Missing]:
    """What to fill before anything can be issued, in the order of the forms."""
    legal = tenant.legal
    absent = [
        Missing(name, label, "venue")
        for name, label in (
            ("company", _("Raison sociale")),
            ("street", _("Adresse")),
            ("postcode", _("Code postal")),
            ("city", _("Ville")),
        )
        if not legal.get(name)
    ]
    if not siren_number.is_valid(legal.get("siren") or ""):
        absent.append(Missing("siren", _("SIREN"), "venue"))
    if not found.franchise and not vat_number.is_valid(legal.get("vat") or ""):
        absent.append(Missing("vat", _("Numéro de TVA"), "venue"))
    siren = siren_number.compact(legal.get("siren") or "")
    if not (siret_number.is_valid(found.siret) and found.siret.startswith(siren)):
        absent.append(Missing("siret", _("SIRET de l’établissement"), "billing"))
    for name, label in (("legal_form", _("Forme juridique")), ("register", _("RCS ou RNE"))):
        if not getattr(found, name):
            absent.append(Missing(name, label, "billing"))
    if not iban_number.is_valid(found.iban):
        absent.append(Missing("iban", _("IBAN"), "billing"))
    if found.bic and not bic_number.is_valid(found.bic):
        absent.append(Missing("bic", _("BIC"), "billing"))
    return absent


def ready(tenant: Tenant, found: BillingProfile) -> None:
    """Refuse to issue for a venue that lacks something; the refusal names all of it."""
    if absent := missing(tenant, found):
        names = ", ".join(one.label for one in absent)
        raise Incomplete(
            _("Avant d’émettre un document, complétez : %(names)s.", names=names),
            fields=[one.field for one in absent],
        )


def party(tenant: Tenant, found: BillingProfile) -> Party:
    """The venue as it stands on a document."""
    legal = tenant.legal
    return Party(
        kind="fr_business",
        name=legal.get("company") or tenant.name,
        street=legal.get("street", ""),
        postcode=legal.get("postcode", ""),
        city=legal.get("city", ""),
        siren=siren_number.compact(legal.get("siren", "")),
        siret=siret_number.compact(found.siret),
        vat="" if found.franchise else _vat(legal.get("vat", "")),
        email=found.email or tenant.reply_to or "",
        phone=tenant.phone or "",
    )


def told(lines: Sequence[Line], *, franchise: bool) -> tuple[Line, ...]:
    """Lines with the reason why a venue in franchise asks for no VAT: its own, not that of bare
    premises, which a thing at 0 % has otherwise."""
    if not franchise:
        return tuple(lines)
    return tuple(
        replace(line, tax=replace(line.tax, reason="franchise"))
        if line.tax.reason == "bare_premises"
        else line
        for line in lines
    )


def _vat(raw: str) -> str:
    """A French VAT number with its country, whichever way it was typed."""
    compact = vat_number.compact(raw) if raw else ""
    return f"FR{compact}" if compact else ""


def terms(tenant: Tenant, found: BillingProfile, *, debits: bool) -> Terms:
    """How the venue wants to be paid, and what its foot says."""
    return Terms(
        iban=iban_number.compact(found.iban),
        bic=found.bic,
        debits=debits,
        franchise=found.franchise,
        legal_form=found.legal_form,
        capital=found.capital,
        register=found.register,
        penalty_rate=found.penalty_rate or (LEGAL if found.penalty_rule == LEGAL else ""),
        brand=tenant.name,
    )
