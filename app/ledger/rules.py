"""Post movements. Each entry's lines sum to zero; the same movement is posted once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text

from app.core import tenancy
from app.core.db import db, send
from app.core.money import vat_inside
from app.ledger.models import LedgerEntry, LedgerLine

# One statement for the entry and its lines: a booking waits for each one it sends.
POST = text("""
with entry as (
  insert into ledger_entry (tenant_id, source, source_id, event, memo, currency)
  values (:tenant, :source, :source_id, :event, :memo, :currency)
  on conflict (tenant_id, source, source_id, event) do nothing returning id
), line as (
  insert into ledger_line (tenant_id, entry_id, account, vat_bp, amount_cents)
  select :tenant, entry.id, l.account, l.vat_bp, l.cents from entry, unnest(
    cast(:accounts as text[]), cast(:rates as int[]), cast(:cents as bigint[])
  ) with ordinality as l (account, vat_bp, cents, n) order by l.n
)
select id from entry
""")

# The same for all entries of a document.
POST_ALL = text("""
with given as materialized (
  select * from unnest(cast(:sources as text[]), cast(:ids as bigint[]), cast(:events as text[]),
    cast(:memos as text[])) with ordinality as g (source, source_id, event, memo, n)
), entry as (
  insert into ledger_entry (tenant_id, source, source_id, event, memo, currency)
  select :tenant, source, source_id, event, memo, :currency from given order by n
  on conflict (tenant_id, source, source_id, event) do nothing
  returning id, source, source_id, event
), line as (
  insert into ledger_line (tenant_id, entry_id, account, vat_bp, amount_cents)
  select :tenant, entry.id, l.account, l.vat_bp, l.cents
    from unnest(cast(:entries as bigint[]), cast(:accounts as text[]), cast(:rates as int[]),
      cast(:cents as bigint[])) with ordinality as l (n, account, vat_bp, cents, place)
    join given using (n) join entry using (source, source_id, event) order by l.place
)
select count(*) from entry
""")


@dataclass(frozen=True)
class Line:
    """Debit above zero, credit below."""

    account: str
    amount_cents: int
    vat_bp: int | None = None


@dataclass(frozen=True)
class Cause:
    """What moved the money. The three together are posted at most once."""

    source: str
    source_id: int
    event: str
    memo: str = ""


class Unbalanced(ValueError):
    """The lines of an entry do not sum to zero: a fault of ours, never of a person."""


def post(cause: Cause, currency: str, lines: Sequence[Line]) -> bool:
    """Write one entry; False when this movement was posted before.

    Lines of zero are left out. Refuses lines that do not sum to zero.
    """
    kept = _balanced(cause, lines)
    if not kept:
        return False
    made = send(
        POST,
        {
            "tenant": tenancy.tenant_id(),
            "source": cause.source,
            "source_id": cause.source_id,
            "event": cause.event,
            "memo": cause.memo,
            "currency": currency,
            "accounts": [line.account for line in kept],
            "rates": [line.vat_bp for line in kept],
            "cents": [line.amount_cents for line in kept],
        },
    )
    return made.scalar_one_or_none() is not None


def _balanced(cause: Cause, lines: Sequence[Line]) -> list[Line]:
    """The lines that say something; refuses those that do not sum to zero."""
    if sum(line.amount_cents for line in lines):
        raise Unbalanced(f"{cause.source} {cause.source_id} {cause.event}: {lines}")
    return [line for line in lines if line.amount_cents]


def post_all(currency: str, moves: Iterable[tuple[Cause, Sequence[Line]]]) -> int:
    """Write several entries with one statement, in their order; how many were not posted before.

    Each is held to what `post` holds it to.
    """
    kept = [(cause, lines) for cause, given in moves if (lines := _balanced(cause, given))]
    if not kept:
        return 0
    flat = [(n, line) for n, (_cause, lines) in enumerate(kept, 1) for line in lines]
    made = send(
        POST_ALL,
        {
            "tenant": tenancy.tenant_id(),
            "currency": currency,
            "sources": [cause.source for cause, _lines in kept],
            "ids": [cause.source_id for cause, _lines in kept],
            "events": [cause.event for cause, _lines in kept],
            "memos": [cause.memo for cause, _lines in kept],
            "entries": [n for n, _line in flat],
            "accounts": [line.account for _n, line in flat],
            "rates": [line.vat_bp for _n, line in flat],
            "cents": [line.amount_cents for _n, line in flat],
        },
    )
    return int(made.scalar_one())


def sale(gross_cents: int, vat_bp: int, vat_account: str = "vat_pending") -> list[Line]:
    """Lines of a sale: the customer owes the gross; net is income, VAT is the state's, at once or
    when the money comes (`app.ledger.taxes`)."""
    vat = vat_inside(gross_cents, vat_bp)
    return [
        Line("receivable", gross_cents),
        Line("sales", -(gross_cents - vat), vat_bp),
        Line(vat_account, -vat, vat_bp),
    ]


def resale(
    old_cents: int, new_cents: int, vat_bp: int, vat_account: str = "vat_pending"
) -> list[Line]:
    """What changes when a sale costs another price: the lines of the new one less those of the old,
    so that taking the new one back later leaves no cent of VAT behind."""
    old, new = sale(old_cents, vat_bp, vat_account), sale(new_cents, vat_bp, vat_account)
    return [
        Line(after.account, after.amount_cents - before.amount_cents, after.vat_bp)
        for before, after in zip(old, new, strict=True)
    ]


def reversal(lines: Sequence[Line]) -> list[Line]:
    """The same lines the other way round."""
    return [Line(line.account, -line.amount_cents, line.vat_bp) for line in lines]


def balance(account: str, source: str, source_id: int) -> int:
    """What an account holds for one source."""
    return int(
        db.session.execute(
            select(func.coalesce(func.sum(LedgerLine.amount_cents), 0))
            .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
            .where(
                LedgerLine.account == account,
                LedgerEntry.source == source,
                LedgerEntry.source_id == source_id,
            )
        ).scalar_one()
    )
