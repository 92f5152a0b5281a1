"""What a document does to the ledger: what is owed for things sold moves to the document that asks
for it, rate by rate, and stays there.

A sale is posted by whoever sells, under its own source. Issuing moves what is still open of it
through `transfer` (always zero in sum) to the source `document`; money that comes or goes later
under the old source follows. So a document's balance is what its customer owes for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import func, select, text

from app.core import locks, tenancy
from app.core.db import db, send
from app.invoicing import sums
from app.invoicing.models import Charge, Document
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.models import LedgerEntry
from app.ledger.rules import Cause, Line
from app.payments.models import Payment, Refund

SOURCE = "document"
Rates = dict[int, int]
Origin = tuple[str, int]


def hold(origins: Iterable[Origin]) -> None:
    """Nobody else moves what these things owe until the transaction ends."""
    locks.hold(locks.BILLING, [source_id for _source, source_id in origins])


UNBILLED = text("""
select o.source, o.source_id, c.rate, sum(c.gross_cents)
  from unnest(cast(:sources as text[]), cast(:ids as bigint[])) as o (source, source_id)
  cross join lateral (
    select cast(tax ->> 'rate_bp' as int) as rate, gross_cents from charge
     where tenant_id = :tenant and source = o.source and source_id = o.source_id
       and document_id is null and not netted and id <> all(cast(:claimed as bigint[])) offset 0) c
 group by 1, 2, 3
""")


def owed(origins: Collection[Origin]) -> dict[Origin, Rates]:
    """What is open of each thing at each rate, without what its open charges will still bill."""
    return unbilled(taxes.standings(origins), ())


def unbilled(
    standings: Mapping[Origin, taxes.Standing], claimed: Sequence[Charge]
) -> dict[Origin, Rates]:
    """The same of things whose standing is known. `claimed` are charges that a document is about
    to take: they count as billed."""
    found: dict[Origin, Rates] = {}
    for origin, standing in standings.items():
        rates = standing.sold.keys() | standing.paid.keys()
        found[origin] = {rate: standing.open(rate) for rate in rates}
    asked = {
        "tenant": tenancy.tenant_id(),
        "sources": [source for source, _id in found],
        "ids": [source_id for _source, source_id in found],
        "claimed": [charge.id for charge in claimed],
    }
    for source, source_id, rate, cents in send(UNBILLED, asked):
        mine = found[source, source_id]
        mine[rate] = mine.get(rate, 0) - int(cents)
    return {one: {rate: c for rate, c in rates.items() if c} for one, rates in found.items()}


def due_of(document_id: int) -> int:
    """What a customer still owes for a document; below zero, what is owed to them."""
    return ledger.balance("receivable", SOURCE, document_id)


def move(owed: Iterable[tuple[Origin, Rates]], document: Document, event: str) -> None:
    """Move what is owed from things to a document, each as two entries that meet in `transfer`."""
    moves = []
    for origin, parts in owed:
        for cause, sign in (
            (Cause(*origin, event, document.name), -1),
            (Cause(SOURCE, document.id, f"{event}:{origin[0]}:{origin[1]}", document.name), 1),
        ):
            lines = []
            for rate, cents in sorted(parts.items()):
                lines.append(Line("receivable", sign * cents, rate))
                lines.append(Line("transfer", -sign * cents, rate))
            moves.append((cause, lines))
    ledger.post_all(document.currency, moves)


def rounded(document: Document, charged_vat: Rates, account: str) -> None:
    """VAT per rate is that of the document: what line-by-line rounding left moves to income."""
    lines = []
    sign = -1 if document.kind == "credit_note" else 1
    for rate in sums.of(document.paper).rates:
        more = sign * rate.vat_cents - charged_vat.get(rate.tax.rate_bp, 0)
        lines += [
            Line("sales", more, rate.tax.rate_bp),
            Line(account, -more, rate.tax.rate_bp),
        ]
    ledger.post(Cause(SOURCE, document.id, "rounded", document.name), document.currency, lines)


def advance(document: Document, account: str) -> None:
    """A deposit: owed by the customer, kept as an advance, its VAT the state's."""
    lines = [Line("receivable", document.gross_cents)]
    for rate in sums.of(document.paper).rates:
        lines.append(Line("prepaid", -rate.net_cents, rate.tax.rate_bp))
        lines.append(Line(account, -rate.vat_cents, rate.tax.rate_bp))
    ledger.post(Cause(SOURCE, document.id, "advance", document.name), document.currency, lines)


def deduct(document: Document, deposit: Document, account: str) -> None:
    """The final invoice takes an advance back: less is owed, and its VAT was counted before."""
    lines = [Line("receivable", -deposit.gross_cents)]
    for rate in sums.of(deposit.paper).rates:
        lines.append(Line("prepaid", rate.net_cents, rate.tax.rate_bp))
        lines.append(Line(account, rate.vat_cents, rate.tax.rate_bp))
    cause = Cause(SOURCE, document.id, f"deducted:{deposit.id}", document.name)
    ledger.post(cause, document.currency, lines)


def give_back(note: Document, credited: Document, account: str) -> None:
    """A credit note that no charge caused: the sale shrinks, and so does what is owed."""
    income = "prepaid" if credited.kind == "deposit" else "sales"
    lines = [Line("receivable", -note.gross_cents)]
    for rate in sums.of(note.paper).rates:
        lines.append(Line(income, rate.net_cents, rate.tax.rate_bp))
        lines.append(Line(account, rate.vat_cents, rate.tax.rate_bp))
    ledger.post(Cause(SOURCE, credited.id, f"credited:{note.id}", note.name), note.currency, lines)


def follow(source: str, source_id: int) -> None:
    """Money came or went for something that was billed: its document hears of it."""
    if source == SOURCE:
        return
    document = billed_by((source, source_id))
    if document is None:
        return
    origin = (source, source_id)
    hold([origin])
    if parts := _settled(origin):
        move([(origin, parts)], document, f"followed:{_times(source, source_id)}")
    if loose := 0 if under_way(origin) else taxes.standing(*origin).loose:
        _hand_on(origin, document, loose)


def _hand_on(origin: Origin, document: Document, cents: int) -> None:
    """Money that came for a thing whose price its document asks for: it pays the document, at the
    rates that are open there."""
    event = f"followed:{_times(*origin)}"
    lines = [Line("receivable", cents), Line("transfer", -cents)]
    ledger.post(Cause(*origin, event, document.name), document.currency, lines)
    cause = Cause(SOURCE, document.id, f"{event}:{origin[0]}:{origin[1]}", document.name)
    taxes.receive(cause, document.currency, "transfer", cents)


def _settled(origin: Origin) -> Rates:
    """What is open and not on its way back."""
    return {} if under_way(origin) else owed([origin])[origin]


def under_way(origin: Origin) -> int:
    """Refunds that were asked for and did not happen yet."""
    total = db.session.scalar(
        select(func.coalesce(func.sum(Refund.amount_cents), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Payment.source == origin[0],
            Payment.source_id == origin[1],
            Refund.state.in_(("requested", "unknown")),
        )
    )
    return int(total or 0)


def billed_by(origin: Origin) -> Document | None:
    """The newest invoice of a thing."""
    return db.session.scalars(
        select(Document)
        .join(Charge, Charge.document_id == Document.id)
        .where(Charge.source == origin[0], Charge.source_id == origin[1])
        .where(Document.kind == "invoice")
        .order_by(Document.id.desc())
        .limit(1)
    ).one_or_none()


def document_of(origin: Origin) -> Document | None:
    """The document that money for a thing concerns: itself, or the one that bills it."""
    if origin[0] == SOURCE:
        return db.session.get(Document, origin[1])
    return billed_by(origin)


def _times(source: str, source_id: int) -> int:
    return int(
        db.session.scalar(
            select(func.count()).where(
                LedgerEntry.source == source,
                LedgerEntry.source_id == source_id,
                LedgerEntry.event.startswith("followed:"),
            )
        )
        or 0
    )


def vat_by_rate(charges: Iterable[Charge]) -> Rates:
    """The VAT that the ledger holds of charges."""
    found: Rates = defaultdict(int)
    for charge in charges:
        found[charge.rule.rate_bp] += charge.vat_cents
    return dict(found)
