"""Letters about documents, in the looks of the venue and the language of the document."""

from __future__ import annotations

from flask_babel import force_locale
from sqlalchemy import select

from app.core import tenancy
from app.core.db import db
from app.core.i18n import _, day_name, euros
from app.invoicing import doors, names, settle
from app.invoicing.models import Document
from app.tenants import letters
from app.tenants.models import Tenant

TEMPLATE = "invoicing/mail_document"


def reason(tenant: Tenant) -> str:
    """Why somebody gets such a letter."""
    return _("Vous recevez ce message car vous êtes client de %(name)s.", name=tenant.name)


def venue() -> Tenant:
    """The entered venue."""
    return db.session.scalars(select(Tenant).where(Tenant.id == tenancy.tenant_id())).one()


def post(document: Document, event_id: int) -> bool:
    """The letter of one sending; False when there is no address, or it was posted before."""
    to, locale = document.paper.buyer.email, document.lang
    if not to:
        return False
    tenant, url = venue(), doors.url_of(document.id)
    with force_locale(locale):
        kind, amount = names.kinds()[document.kind], euros(document.gross_cents, document.currency)
        said = _said(document)
        return letters.post(
            TEMPLATE,
            entity=f"document:{document.id}:{event_id}",
            recipient=to,
            locale=locale,
            subject=f"{kind} {document.name}, {amount}",
            reason=reason(tenant),
            text=said,
            preheader=said,
            url=url,
            kind=document.kind,
            paper=f"{kind} {document.name}",
            amount=amount,
            due=due_words(document),
            payable=document.kind in ("invoice", "deposit") and settle.due_of(document.id) > 0,
        )


def _said(document: Document) -> str:
    return {
        "invoice": _("Voici votre facture. Vous pouvez la voir, la télécharger et la régler ici."),
        "deposit": _("Voici votre facture d’acompte. Son règlement confirme votre commande."),
        "credit_note": _("Voici votre avoir. Il corrige la facture qu’il cite."),
        "quote": _("Voici notre devis. Vous pouvez l’accepter en ligne, sans compte."),
    }[document.kind]


def due_words(document: Document) -> str:
    """When it is to be paid, and what is left."""
    if document.kind not in ("invoice", "deposit"):
        return ""
    left = settle.due_of(document.id)
    if left <= 0:
        return _("Réglée")
    if document.due_on is None:
        return euros(left, document.currency)
    amount = euros(left, document.currency)
    return _("%(amount)s avant le %(day)s", amount=amount, day=day_name(document.due_on, "year"))
