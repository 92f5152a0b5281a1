"""Credit notes: they mirror the document that they correct, line by line and rate by rate, and
together never exceed it. What completes a rate ends at its very VAT, so that no cent is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select

from app.core import money
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.invoicing import charges, drafts, settle, sums
from app.invoicing.models import Document, DocumentLink, Draft
from app.invoicing.parts import FixedVat, Line, Paper, priced

Key = tuple[str, int]


def notes_on(document_id: int) -> list[Document]:
    """Credit notes that give a part of a document back, oldest first."""
    return list(
        db.session.scalars(
            select(Document)
            .join(DocumentLink, DocumentLink.document_id == Document.id)
            .where(DocumentLink.earlier_id == document_id, DocumentLink.relation == "credits")
            .order_by(Document.id)
        )
    )


def left(document: Document) -> dict[int, int]:
    """What each line of a document has left to give back, with VAT."""
    found = {n: line.gross_cents for n, line in enumerate(document.paper.lines, 1)}
    for note in notes_on(document.id):
        for line in note.paper.lines:
            found[line.of_line] = found.get(line.of_line, 0) - line.gross_cents
    return found


def typed(document: Document, form: Mapping[str, str]) -> dict[int, int]:
    """What staff wants to give back of each line, or of all with `tout`. Refuses what is no
    amount, rather than give nothing back for it."""
    if form.get("tout"):
        return {n: cents for n, cents in left(document).items() if cents > 0}
    found: dict[int, int] = {}
    for number in range(1, len(document.paper.lines) + 1):
        raw = form.get(f"ligne{number}", "").strip()
        cents = money.typed(raw) if raw else 0
        if cents is None:
            words = _("Ligne %(n)s : « %(raw)s » n’est pas un montant.", n=number, raw=raw[:20])
            raise Refused(words, field=f"ligne{number}")
        if cents:
            found[number] = cents
    return found


def fixed_vat(document: Document, paper: Paper) -> tuple[FixedVat, ...]:
    """Rates that this credit note gives back to their end: their VAT is what is left of it."""
    gross: dict[Key, int] = defaultdict(int)
    vat: dict[Key, int] = defaultdict(int)
    for sign, said in ((1, document.paper), *((-1, note.paper) for note in notes_on(document.id))):
        for rate in sums.of(said).rates:
            key = (rate.tax.category, rate.tax.rate_bp)
            gross[key] += sign * rate.gross_cents
            vat[key] += sign * rate.vat_cents
    asked: dict[Key, int] = defaultdict(int)
    for line in paper.lines:
        asked[line.tax.category, line.tax.rate_bp] += line.gross_cents
    return tuple(
        FixedVat(category=key[0], rate_bp=key[1], vat_cents=vat[key])
        for key, cents in asked.items()
        if cents == gross[key]
    )


def fits(document: Document, amounts: Mapping[int, int]) -> None:
    """Refuse more than a line has left, a part of a deposit or one that an invoice deducted, and
    what is no invoice. Asked when the credit note is drafted, and again when it is issued: two may
    have been drafted."""
    if document.kind not in ("invoice", "deposit"):
        raise Refused(_("Seule une facture se corrige par un avoir."))
    deducted = db.session.scalars(
        select(Document.name)
        .join(DocumentLink, DocumentLink.document_id == Document.id)
        .where(DocumentLink.earlier_id == document.id, DocumentLink.relation == "deducts")
    ).first()
    if deducted is not None:
        raise Refused(
            _(
                "Cet acompte est déduit de la facture %(number)s : c’est elle qui se corrige.",
                number=deducted,
            )
        )
    room = left(document)
    if not amounts or any(not 0 < cents <= room.get(n, 0) for n, cents in amounts.items()):
        raise Refused(_("On ne peut pas rendre plus que ce qui reste de la ligne."))
    if document.kind == "deposit" and sum(amounts.values()) < document.gross_cents:
        raise Refused(_("Un acompte se rend en entier ; émettez-en ensuite un autre."))


def asked(paper: Paper) -> dict[int, int]:
    """What a credit note gives back of each line that it cites, with VAT."""
    found: dict[int, int] = defaultdict(int)
    for line in paper.lines:
        found[line.of_line] += line.gross_cents
    return dict(found)


def draft(document: Document, amounts: Mapping[int, int], *, by: int | None) -> Draft:
    """A credit note over some lines of a document: by line number, how much with VAT. Refuses what
    does not fit."""
    fits(document, amounts)
    said = document.paper
    lines = tuple(_part(said.lines[n - 1], n, cents) for n, cents in sorted(amounts.items()))
    return _kept(document, lines, by)


def _part(line: Line, number: int, cents: int) -> Line:
    """The line again, or a part of it as one piece."""
    if cents == line.gross_cents:
        return replace(line, of_line=number)
    part = priced(
        line.label,
        cents,
        line.tax,
        detail=line.detail,
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        quantity=Decimal(1),
    )
    return replace(part, of_line=number)


def _kept(document: Document, lines: tuple[Line, ...], by: int | None) -> Draft:
    paper = replace(
        document.paper,
        kind="credit_note",
        lines=lines,
        number="",
        issued_on=None,
        due_on=None,
        note="",
        settled=(),
        deposits=(),
        refers_to=(drafts.as_reference(document),),
        fixed_vat=(),
    )
    return drafts.keep(paper, document.customer, document.person_id, by, document.id)


def from_charges(customer: str, currency: str, *, by: int | None) -> list[Draft]:
    """One credit note per invoice for what was billed and taken back since."""
    found: dict[int, list[charges.Bundle]] = defaultdict(list)
    for bundle in charges.bundles(charges.open_of(customer, currency)):
        if bundle.gross_cents < 0:
            origin = (bundle.charges[0].source, bundle.charges[0].source_id)
            if (document := settle.billed_by(origin)) is not None:
                found[document.id].append(bundle)
    return [
        _of_bundles(db.session.get_one(Document, document_id), bundles, by)
        for document_id, bundles in sorted(found.items())
    ]


def _of_bundles(document: Document, bundles: list[charges.Bundle], by: int | None) -> Draft:
    lines = []
    for bundle in bundles:
        first = bundle.charges[0]
        numbers = [
            charge.line
            for charge in charges.of_source(first.source, first.source_id)
            if charge.document_id == document.id and charge.line
        ]
        whole = document.paper.lines[numbers[0] - 1] if numbers else None
        line = replace(bundle.line, of_line=numbers[0] if numbers else 0)
        if whole is not None and whole.gross_cents == line.gross_cents:
            line = replace(whole, vat_cents=line.vat_cents, of_line=numbers[0])
        lines.append(line)
    draft = _kept(document, tuple(lines), by)
    for number, bundle in enumerate(bundles, 1):
        for charge in bundle.charges:
            charge.draft_id, charge.line = draft.id, number
    return draft
