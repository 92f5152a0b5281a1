"""Letters about documents, in the looks of the venue and the language of the document."""

from __future__ import annotations

from base64 import b64encode

from flask_babel import force_locale
from sqlalchemy import select

from app.core import clock, tenancy
from app.core.db import db
from app.core.i18n import _, day_name, euros
from app.invoicing import (
    account_sheet,
    clients,
    doors,
    looks,
    names,
    pdf,
    sellers,
    settle,
    statement,
)
from app.invoicing.account_sheet import AccountPaper
from app.invoicing.models import Document, DocumentEvent, Reminder
from app.invoicing.whose import Whose
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


def answered(document: Document, event: DocumentEvent) -> bool:
    """What a customer answered to a quote, for them to keep: who, when, and which very file."""
    to, locale = document.paper.buyer.email, document.lang
    if not to:
        return False
    tenant = venue()
    at = clock.now().astimezone(tenant.books_zone)
    with force_locale(locale):
        words = {"name": event.detail["name"], "quote": document.name, "time": f"{at:%H:%M:%S}",
                 "day": day_name(at.date(), "year"), "digest": document.pdf_sha256}  # fmt: skip
        yes = event.what == "accepted"
        said = (
            _("Le %(day)s à %(time)s, %(name)s a accepté le devis %(quote)s (empreinte du fichier :"
              " %(digest)s). Gardez ce message.", **words)
            if yes
            else _("Le %(day)s à %(time)s, %(name)s a refusé le devis %(quote)s (empreinte du"
                   " fichier : %(digest)s). Gardez ce message.", **words)
        )  # fmt: skip
        return letters.post(
            TEMPLATE,
            entity=f"answer:{document.id}:{event.id}",
            recipient=to,
            locale=locale,
            subject=_("Devis %(quote)s : accepté", quote=document.name)
            if yes
            else _("Devis %(quote)s : refusé", quote=document.name),
            reason=reason(tenant),
            text=said,
            preheader=said,
            url=doors.url_of(document.id),
            kind="answer",
            paper=f"{names.kinds()['quote']} {document.name}",
            amount=euros(document.gross_cents, document.currency),
            due="",
            payable=False,
        )


# ── reminders ─────────────────────────────────────────────────────────────────────────────────


def remind(document: Document, row: Reminder, tenant: Tenant) -> bool:
    """The letter of one reminder, the statement of account attached."""
    url, locale = doors.url_of(document.id), document.lang
    with force_locale(locale):
        subject, said = _reminding(row.level, document)
        extra = row.penalty_cents + row.fixed_cents
        return letters.post(
            "invoicing/mail_reminder",
            entity=f"reminder:{document.id}:{row.level}",
            version=row.round,
            recipient=row.recipient,
            locale=locale,
            subject=subject,
            reason=reason(tenant),
            attachments=[_statement(document, tenant)],
            text=said,
            preheader=said,
            url=url,
            paper=f"{names.kinds()[document.kind]} {document.name}",
            issued=day_name(document.issued_on, "year"),
            amount=euros(row.due_cents, document.currency),
            due=_("échue le %(day)s", day=day_name(document.due_on or document.issued_on, "year")),
            penalties=euros(extra, document.currency) if extra else "",
            penalty_detail=_(
                "intérêts %(interest)s, indemnité de recouvrement %(fixed)s",
                interest=euros(row.penalty_cents, document.currency),
                fixed=euros(row.fixed_cents, document.currency),
            ),
            closing=_(
                "Le relevé de votre compte est joint. Si vous avez payé entre-temps, ne tenez pas"
                " compte de ce message ; si vous contestez cette facture, répondez-y."
            ),
        )


def _reminding(level: int, document: Document) -> tuple[str, str]:
    """Subject and first sentence of a level."""
    name = document.name
    return {
        1: (
            _("Rappel : facture %(name)s", name=name),
            _("Cette facture est arrivée à échéance. Il s’agit sans doute d’un oubli."),
        ),
        2: (
            _("Deuxième relance : facture %(name)s", name=name),
            _("Malgré notre rappel, cette facture reste à payer. Merci de la régler sans délai."),
        ),
        3: (
            _("Mise en demeure : facture %(name)s", name=name),
            _(
                "Nous vous mettons en demeure de régler cette facture sous huit jours à compter de"
                " ce message. À défaut, nous engagerons son recouvrement."
            ),
        ),
    }[level]


def _statement(document: Document, tenant: Tenant) -> dict[str, str]:
    """The account of the customer on the venue's paper, as it stands today."""
    whose, profile = Whose(document.customer, document.buyer_name), sellers.profile()
    today = clock.now().astimezone(tenant.books_zone).date()
    said = account_sheet.data(
        AccountPaper(
            seller=sellers.party(tenant, profile),
            terms=sellers.terms(tenant, profile, debits=False),
            holder=clients.holder(whose.customer, whose.name),
            found=statement.of(whose, document.currency, tenant.books_zone),
            made_on=today,
            currency=document.currency,
        )
    )
    content = pdf.compiled_anyway(said, looks.looks_of(tenant))
    name = f"releve-{today:%Y-%m-%d}.pdf"
    return {"type": "application/pdf", "name": name, "base64": b64encode(content).decode()}
