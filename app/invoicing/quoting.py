"""Quotes: written by staff, answered by their customer with a trace that lasts, and sold: a deposit
first if need be, then everything as charges, so that the final invoice deducts what was paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.signals import publish
from app.invoicing import charges, doors, drafts, sellers, settle, sums
from app.invoicing.clients import COMPANY
from app.invoicing.facts import QuoteAnswered
from app.invoicing.models import Document, DocumentEvent, Draft
from app.invoicing.parts import Line, Party, TaxRule, freeze, priced
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.rules import Cause
from app.members import companies
from app.members.models import Company
from app.members.rules import person_by_email
from app.spaces import natures
from app.tenants.models import Tenant

SOURCE = "quote"
ANSWERS = ("accepted", "declined")
MOST_LINES = 60
MOST_CENTS = 100_000_000


class Answered(Refused):
    """The customer said yes or no already, or the day has passed."""

    code = "answered"


@dataclass(frozen=True)
class Wish:
    """One line as staff types it: the price is of one, with VAT."""

    label: str
    nature: str
    quantity: Decimal
    unit_cents: int


def customer_of(buyer: Party, lang: str) -> tuple[str, int | None]:
    """The key of a customer, and their row when it is a person. Refuses one that has neither an
    e-mail nor a SIREN: nobody could be billed."""
    if buyer.siren:
        known = db.session.scalars(
            select(Company).where(Company.siren == buyer.siren, Company.closed_at.is_(None))
        ).one_or_none()
        return (f"{COMPANY}{known.id}" if known else f"siren:{buyer.siren}"), None
    if not buyer.email:
        raise Refused(_("Un e-mail ou un SIREN est nécessaire pour facturer."), field="email")
    found = person_by_email(buyer.email, buyer.name, locale=lang)
    return f"person:{found.id}", found.id


def _tax_kind(buyer: Party) -> str:
    """How VAT sees the customer; a firm of another country counts once VIES knows it."""
    if buyer.kind != "eu_business":
        return buyer.kind
    known = db.session.scalars(
        select(Company).where(Company.vat == buyer.vat, Company.closed_at.is_(None))
    ).first()
    return companies.tax_kind(known) if known is not None and buyer.vat else "eu_unchecked"


def lines(wishes: Sequence[Wish], buyer: Party, day: dt.date) -> tuple[Line, ...]:
    """Lines with their tax. Refuses none, too many, and a line without words or a price."""
    if not 0 < len(wishes) <= MOST_LINES:
        raise Refused(_("Un devis compte de 1 à 60 lignes."), field="libelle1")
    kind = _tax_kind(buyer)
    found = tuple(_line(wish, kind, day, number) for number, wish in enumerate(wishes, 1))
    _of_one_scope(found)
    return found


def _of_one_scope(found: Sequence[Line]) -> None:
    """Refuse lines that may not stand on one document (BR-O-11), while they can still be parted."""
    outside = [n for n, line in enumerate(found, 1) if line.tax.category == "O"]
    if outside and len(outside) < len(found):
        raise Refused(
            _(
                "Ligne %(n)s : ce client n’y paie pas de TVA française, et elle ne peut figurer"
                " avec des lignes qui en portent. Faites-en un devis à part.",
                n=outside[0],
            ),
            field=f"libelle{outside[0]}",
        )


def _line(wish: Wish, kind: str, day: dt.date, number: int) -> Line:
    gross = int((wish.unit_cents * wish.quantity).to_integral_value())
    if not wish.label or wish.quantity <= 0 or not 0 < gross <= MOST_CENTS:
        raise Refused(
            _("Ligne %(n)s : un libellé, une quantité et un prix sont nécessaires.", n=number),
            field=f"libelle{number}",
        )
    if wish.nature not in natures.NATURES:
        raise Refused(_("Ligne %(n)s : nature inconnue.", n=number), field=f"nature{number}")
    usual = 0 if sellers.profile().franchise else natures.rate_on(wish.nature, day)
    said = natures.sold_to(wish.nature, kind, gross, usual, day)
    rule = TaxRule(rate_bp=said.rate_bp, category=said.category, reason=said.reason)
    return priced(wish.label[:200], said.gross_cents, rule, quantity=wish.quantity)


def typed_cents(line: Line, day: dt.date) -> Decimal:
    """The price of one as staff typed it: with VAT, also where the customer is asked for none."""
    each = Decimal(line.gross_cents) / line.quantity
    if line.tax.reason in natures.ABROAD.values():
        each *= 1 + Decimal(natures.rate_on(nature_of(line.tax, day), day)) / 10_000
    return each


def nature_of(rule: TaxRule, day: dt.date) -> str:
    """A nature that is taxed like this, for a form that shows a line again."""
    for name in natures.NATURES:
        rate = natures.rate_on(name, day)
        if (rate, *natures.reason(name, rate)) == (rule.rate_bp, rule.category, rule.reason):
            return name
    return "service"


def write(
    tenant: Tenant, buyer: Party, wishes: Sequence[Wish], *, lang: str, note: str, by: int | None
) -> Draft:
    """A quote of what staff typed, as a draft."""
    day = clock.now().astimezone(tenant.books_zone).date()
    made = lines(wishes, buyer, day)
    customer, person_id = customer_of(buyer, lang)
    drafts.remember(customer, buyer, lang)
    return drafts.quote(
        tenant, customer, buyer, made, person_id=person_id, lang=lang, note=note, by=by
    )


def rewrite(draft_id: int, tenant: Tenant, wishes: Sequence[Wish]) -> Draft:
    """Other lines on a draft; refuses one that left the hands of staff, or is no quote."""
    draft = drafts.changeable(draft_id)
    if draft.kind != "quote":
        raise Refused(_("Seules les lignes d’un devis se modifient."))
    day = clock.now().astimezone(tenant.books_zone).date()
    paper = replace(draft.paper, lines=lines(wishes, draft.paper.buyer, day))
    draft.content, draft.gross_cents = freeze(paper), sums.of(paper).gross_cents
    draft.state, draft.faults, draft.updated_at = "open", [], clock.now()
    return draft


# ── answers ───────────────────────────────────────────────────────────────────────────────────


def answer_of(document_id: int) -> DocumentEvent | None:
    """What the customer said, if anything."""
    said = [one for one in doors.history(document_id) if one.what in ANSWERS]
    return said[-1] if said else None


def answer(
    document: Document, what: str, name: str, today: dt.date, *, by: int | None, **trace: str
) -> DocumentEvent:
    """Keep the answer for good: who, when, and of which very file. Refuses a second one, a quote
    that has expired, and an answer without a name. `QuoteAnswered` is published with it."""
    settle.hold([("document", document.id)])
    if document.kind != "quote" or answer_of(document.id) is not None:
        raise Answered(_("Ce devis a déjà reçu sa réponse."))
    if document.due_on is not None and today > document.due_on:
        raise Answered(_("Ce devis n’est plus valable : demandez-en un nouveau."))
    if what not in ANSWERS:
        raise Refused(_("Répondez par oui ou par non."))
    if not name.strip():
        raise Refused(_("Indiquez votre nom : il vaut signature."), field="nom")
    said = doors.note(
        document.id,
        what,
        by=by,
        name=name.strip()[:120],
        pdf_sha256=document.pdf_sha256,
        cents=document.gross_cents,
        **trace,
    )
    publish(QuoteAnswered(document.id, what, name.strip()[:120]))
    return said


def is_billed(document_id: int) -> bool:
    """Whether it was sold already."""
    return bool(charges.of_source(SOURCE, document_id))


def bill(document: Document, tenant: Tenant, *, by: int | None) -> Draft:
    """Sell what an accepted quote says, once; the draft of its invoice, deposits deducted. Refuses
    a quote that nobody accepted."""
    settle.hold([(SOURCE, document.id)])
    said = answer_of(document.id)
    if said is None or said.what != "accepted":
        raise Refused(_("Ce devis n’est pas accepté."))
    if is_billed(document.id):
        raise Refused(_("Ce devis est déjà facturé."))
    paper, account = document.paper, taxes.vat_account()
    day = clock.now().astimezone(tenant.books_zone).date()
    posted = [
        line
        for one in paper.lines
        for line in ledger.sale(one.gross_cents, one.tax.rate_bp, account)
    ]
    ledger.post(Cause(SOURCE, document.id, "sold", document.name), document.currency, posted)
    for number, one in enumerate(paper.lines, 1):
        charges.add(
            charges.Sale(
                source=SOURCE,
                source_id=document.id,
                event=f"line:{number}",
                customer=document.customer,
                buyer=paper.buyer,
                line=replace(one, starts_on=one.starts_on or day),
                person_id=document.person_id,
                currency=document.currency,
                lang=document.lang,
                order_number=paper.order_number,
                by=by,
            )
        )
    db.session.flush()  # the draft takes what is open
    made = drafts.from_charges(tenant, document.customer, document.currency, by=by)
    if made is None:
        raise drafts.NothingToBill(_("Il n’y a rien à facturer à ce client."))
    return made
