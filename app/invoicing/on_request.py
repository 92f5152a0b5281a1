"""An invoice that a customer asks for: for one thing that they bought and paid, by themselves.

A venue bills companies at the month end; a consumer gets an invoice when they want one. Who asks
says to whom it is made out; nobody's stored address is shown to, or changed by, a bearer of a link.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from app.core import outbox
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.invoicing import charges, clients, drafts, sellers, settle
from app.invoicing.models import Charge, Document, Draft
from app.invoicing.parts import Party
from app.members import numbers
from app.tenants.models import Tenant

FIELDS = ("name", "street", "extra", "postcode", "city", "reference")


class NoInvoice(Refused):
    """This cannot be billed by whoever asks, or not now."""

    code = "no_invoice"


@dataclass(frozen=True)
class Standing:
    """How far the invoice of a thing is."""

    document: Document | None
    draft: Draft | None
    charges: list[Charge]

    @property
    def is_under_way(self) -> bool:
        """Whether the worker has it."""
        return self.draft is not None and self.draft.state == "queued"


def standing(source: str, source_id: int) -> Standing:
    """The invoice of a thing, its draft, or neither."""
    found = charges.of_source(source, source_id)
    document = settle.billed_by((source, source_id))
    claimed = next((one.draft_id for one in reversed(found) if one.draft_id), None)
    draft = db.session.get(Draft, claimed) if claimed and document is None else None
    return Standing(document, draft, found)


def may_ask(tenant: Tenant, stands: Standing) -> bool:
    """Whether the thing can be billed on its own now: sold, not a company's, not claimed by a
    month end, by a venue whose legal data are complete."""
    if stands.document is not None or sellers.missing(tenant, sellers.profile()):
        return False
    if stands.draft is not None and not _is_its_own(stands.draft, stands.charges):
        return False
    whole = sum(one.gross_cents for one in stands.charges)
    return whole > 0 and not stands.charges[-1].customer.startswith(clients.COMPANY)


def _is_its_own(draft: Draft, found: list[Charge]) -> bool:
    """Whether a draft bills this thing and nothing else, and may still change."""
    ids = [charge.id for charge in found]
    others = select(Charge.id).where(Charge.draft_id == draft.id, Charge.id.not_in(ids)).limit(1)
    return draft.state in ("open", "refused") and db.session.scalar(others) is None


def not_here() -> NoInvoice:
    """What is said where no invoice can be asked for."""
    return NoInvoice(_("Une facture ne peut pas être émise ici : adressez-vous à l’accueil."))


def is_alone(document: Document, source: str, source_id: int) -> bool:
    """Whether a document bills this thing and no other: its link may then open it."""
    billed = select(Charge.source, Charge.source_id).where(Charge.document_id == document.id)
    return {tuple(row) for row in db.session.execute(billed)} == {(source, source_id)}


def ask(tenant: Tenant, origin: tuple[str, int], buyer: Party, lang: str, by: int | None) -> Draft:
    """Draft the invoice of one thing and hand it to the worker. Asked twice, it is one invoice."""
    settle.hold([origin])
    stands = standing(*origin)
    if stands.is_under_way and stands.draft is not None:
        return stands.draft
    if not may_ask(tenant, stands):
        raise not_here()
    draft = stands.draft or _drafted(tenant, stands, by)
    paper = replace(draft.paper, buyer=buyer, lang=lang)
    drafts.write(draft, paper)
    draft.state = "queued"
    outbox.defer("invoicing.issue", draft_id=draft.id, by=by)
    return draft


def _drafted(tenant: Tenant, stands: Standing, by: int | None) -> Draft:
    newest = stands.charges[-1]
    only = (newest.source, newest.source_id)
    made = drafts.from_charges(tenant, newest.customer, newest.currency, by=by, only=only)
    if made is None:
        raise NoInvoice(_("Il n’y a plus rien à facturer ici."))
    return made


def buyer(known: Party, form: dict[str, str]) -> Party:
    """To whom the invoice is made out, as typed. Refuses, with the field, a wrong number and an
    organisation without an address."""
    typed = {name: " ".join(form.get(name, "").split())[:200] for name in FIELDS}
    if not typed["name"]:
        raise Refused(_("Indiquez à quel nom faire la facture."), field="name")
    if form.get("kind") != "fr_business":
        party = Party(kind="consumer", email=known.email, **typed)
        return replace(party, reference="")
    return Party(kind="fr_business", email=known.email, **typed, **_firm(form, typed))


def _firm(form: dict[str, str], typed: dict[str, str]) -> dict[str, str]:
    raw = form.get("siren", "").replace(" ", "")
    if not raw:
        raise Refused(_("Une organisation a un SIREN : indiquez-le."), field="siren")
    siret = numbers.siret(raw) if len(raw) > 9 else ""
    siren = siret[:9] or numbers.siren(raw)
    for name, words in (
        ("street", _("Indiquez l’adresse de l’organisation.")),
        ("postcode", _("Indiquez le code postal.")),
        ("city", _("Indiquez la ville.")),
    ):
        if not typed[name]:
            raise Refused(words, field=name)
    return {"siren": siren, "siret": siret}
