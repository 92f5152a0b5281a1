"""A deposit at rates that its invoice sells less of: what it paid there pays the rates that are
sold, through `transfer`, and the VAT that it made due goes with it.

Only money moves VAT: a deposit that was asked for and not paid levels nothing, one that is paid
after its invoice does so then, and one whose payment the bank takes back is levelled back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, select

from app.core.db import db
from app.core.money import share
from app.invoicing import sums
from app.invoicing.models import Document, DocumentLink
from app.invoicing.settle import SOURCE, Rates, hold
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.rules import Cause
from app.ledger.taxes import Standing

EVENT = "levelled"


def follow(source: str, source_id: int) -> None:
    """Money came or went for a document: where it is a deposit that an invoice deducted, what it
    pays there is levelled anew."""
    if source != SOURCE:
        return
    document = db.session.scalars(
        select(Document)
        .join(DocumentLink, DocumentLink.document_id == Document.id)
        .where(DocumentLink.earlier_id == source_id, DocumentLink.relation == "deducts")
    ).one_or_none()
    if document is not None:
        hold([(SOURCE, document.id)])
        level(document, taxes.vat_account_of(SOURCE, document.id))


def level(document: Document, account: str) -> None:
    """Bring what the deposits of an invoice paid too much at a rate to the rates that are open, or
    take it back from there: as much as their money, by now, is worth."""
    known = taxes.standing(SOURCE, document.id)
    before, times = _levelled(document.id)
    more = _missing(document, known, before)
    rising = sum(more.values()) > 0
    rates = before if not rising else {rate: known.open(rate) for rate in known.paid}
    other = {rate: cents for rate, cents in rates.items() if cents > 0}
    cents = min(abs(sum(more.values())), sum(other.values()))
    if cents <= 0:
        return
    sign = 1 if rising else -1
    lines = []
    for parts, total in ((more, -sign * cents), (other, sign * cents)):
        weights = [abs(part) for part in parts.values()]
        shares = dict(zip(parts, share(total, weights), strict=True))
        waits = account == "vat_pending"
        lines += taxes.receipt("transfer", total, shares, known.paid, waits=waits)
    event = f"{EVENT}:{times + 1}" if times else EVENT
    ledger.post(Cause(SOURCE, document.id, event, document.name), document.currency, lines)


def _missing(document: Document, known: Standing, before: Mapping[int, int]) -> Rates:
    """By rate, what is to be brought away from it still; below zero, what is to come back."""
    found: Rates = {}
    for rate, (asked, came) in _deposits(document).items():
        taken = max(0, -before.get(rate, 0))
        over = taken + max(0, -known.open(rate))
        wanted = max(0, came - (asked - over))
        if wanted != taken:
            found[rate] = wanted - taken
    return found


def _deposits(document: Document) -> dict[int, tuple[int, int]]:
    """What the deposits that an invoice deducted asked for at each rate, and what came for them."""
    asked: Rates = defaultdict(int)
    came: Rates = defaultdict(int)
    deposits = db.session.scalars(
        select(Document)
        .join(DocumentLink, DocumentLink.earlier_id == Document.id)
        .where(DocumentLink.document_id == document.id, DocumentLink.relation == "deducts")
    ).all()
    paid = taxes.standings([(SOURCE, one.id) for one in deposits])
    for one in deposits:
        for rate in sums.of(one.paper).rates:
            asked[rate.tax.rate_bp] += rate.net_cents + rate.vat_cents
        for rate_bp, cents in paid[SOURCE, one.id].paid.items():
            came[rate_bp] += cents
    return {rate: (cents, came[rate]) for rate, cents in asked.items()}


def _levelled(document_id: int) -> tuple[Rates, int]:
    """What was brought to each rate so far (below zero: away from it), and in how many entries."""
    rows = db.session.execute(
        select(LedgerLine.vat_bp, func.sum(-LedgerLine.amount_cents))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(
            *_of(document_id), LedgerLine.account == "receivable", LedgerLine.vat_bp.is_not(None)
        )
        .group_by(LedgerLine.vat_bp)
    ).all()
    times = db.session.scalar(
        select(func.count()).select_from(LedgerEntry).where(*_of(document_id))
    )
    return {rate: int(cents) for rate, cents in rows}, int(times or 0)


def _of(document_id: int) -> tuple[ColumnElement[bool], ...]:
    """The entries that levelled it."""
    return (
        LedgerEntry.source == SOURCE,
        LedgerEntry.source_id == document_id,
        LedgerEntry.event.startswith(EVENT),
    )
