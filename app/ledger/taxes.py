"""VAT and the money: what each receipt pays off at each rate, and when the state's part is due.

On services VAT is due when the money comes (`vat_pending` becomes `vat_collected`), unless the
venue chose the option for debits: then from the sale on (`vat`). A sale keeps the way it was sold.
Parts are rounded on what was paid so far, so that a bill paid in three leaves no cent behind.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select, text

from app.core import clock, tenancy
from app.core.db import db, send
from app.core.money import share, vat_inside
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.rules import Cause, Line, post
from app.tenants.models import Tenant

SOLD = ("sales", "prepaid", "vat", "vat_pending", "vat_collected")


@dataclass
class Standing:
    """What one source sold and was paid at each rate, gross, in cents."""

    sold: dict[int, int] = field(default_factory=dict)
    paid: dict[int, int] = field(default_factory=dict)
    vat_account: str | None = None
    owed: int = 0

    @property
    def loose(self) -> int:
        """Money that paid nothing off: more came than was asked for."""
        return max(0, sum(map(self.open, self.sold.keys() | self.paid.keys())) - self.owed)

    @property
    def room(self) -> int:
        """What money may still pay off, over all rates."""
        return sum(max(0, self.open(rate)) for rate in self.sold.keys() | self.paid.keys())

    def open(self, rate: int) -> int:
        """What is still to be paid at a rate; below zero, to be given back."""
        return self.sold.get(rate, 0) - self.paid.get(rate, 0)


OPTION = select(Tenant.vat_debits_since, Tenant.books_timezone).where(
    Tenant.id == bindparam("tenant")
)


def vat_account() -> str:
    """Where the VAT of a sale made now goes."""
    since, zone = send(OPTION, {"tenant": tenancy.tenant_id()}).one()
    today = clock.now().astimezone(ZoneInfo(zone)).date()
    return "vat" if since is not None and since <= today else "vat_pending"


# One statement for all that a document bills: a thing alone costs as much as a hundred. `offset 0`
# keeps each step an index look-up, whatever the planner believes of tables that just grew.
STANDING = text("""
select o.source, o.source_id, l.account, l.vat_bp, sum(l.amount_cents)
  from unnest(cast(:sources as text[]), cast(:ids as bigint[])) as o (source, source_id)
  cross join lateral (
    select id from ledger_entry
     where tenant_id = :tenant and source = o.source and source_id = o.source_id offset 0) e
  cross join lateral (
    select account, vat_bp, amount_cents from ledger_line
     where tenant_id = :tenant and entry_id = e.id offset 0) l
 group by o.source, o.source_id, l.account, l.vat_bp
""")


def standing(source: str, source_id: int) -> Standing:
    """How a source stands now."""
    return standings([(source, source_id)])[source, source_id]


def standings(sources: Collection[tuple[str, int]]) -> dict[tuple[str, int], Standing]:
    """How each of several sources stands now; one that nothing was posted for stands at nothing."""
    found = {one: Standing() for one in sources}
    asked = {
        "tenant": tenancy.tenant_id(),
        "sources": [source for source, _id in found],
        "ids": [source_id for _source, source_id in found],
    }
    for source, source_id, account, rate, cents in send(STANDING, asked):
        _add(found[source, source_id], account, rate, int(cents))
    return found


def _add(found: Standing, account: str, rate: int | None, cents: int) -> None:
    if account == "receivable":
        found.owed += cents
    if rate is None:
        return
    if account in SOLD:
        found.sold[rate] = found.sold.get(rate, 0) - cents
    elif account == "receivable":
        found.paid[rate] = -cents
    if account in ("vat", "vat_pending"):
        found.vat_account = account


def vat_account_of(source: str, source_id: int) -> str:
    """Where the VAT of something sold before went: a change of it goes there too."""
    return standing(source, source_id).vat_account or vat_account()


def receive(
    cause: Cause,
    currency: str,
    money_account: str,
    amount_cents: int,
    rates: Mapping[int, int] | None = None,
) -> bool:
    """Post money that came (above zero) or went back (below); False when it was posted before.

    `rates` says how much of it belongs to each rate, when the payment knows; otherwise it is shared
    over what is open at each. Money for nothing sold, and what is more than was asked, carries no
    rate: no tax is due on it, and it is the first that goes back. No rates at all (`{}`) say that
    of all of it.
    """
    known = standing(cause.source, cause.source_id)
    parts = split(_taxed(amount_cents, known), known) if rates is None else dict(rates)
    if rates and sum(parts.values()) != amount_cents:
        raise ValueError(f"{cause.event}: the rates {parts} are not {amount_cents}")
    waits = (known.vat_account or vat_account()) == "vat_pending"
    lines = receipt(money_account, amount_cents, parts, known.paid, waits=waits)
    return post(cause, currency, lines)


def _taxed(amount_cents: int, known: Standing) -> int:
    """The part of an amount that pays something off, or takes that back."""
    if amount_cents < 0:
        return min(0, amount_cents + known.loose)
    return min(amount_cents, known.room)


def receipt(
    money_account: str,
    amount_cents: int,
    parts: Mapping[int, int],
    paid: Mapping[int, int],
    *,
    waits: bool = True,
) -> list[Line]:
    """Lines of money that came or went back; `paid` at each rate before, `waits` when VAT did."""
    lines = [Line(money_account, amount_cents), *_paid_off(amount_cents, parts)]
    return lines + _collected(parts, paid) if waits else lines


def parts_of(source: str, source_id: int, event: str) -> dict[int, int]:
    """What a receipt that was posted paid off at each rate; nothing when it carried none."""
    rows = db.session.execute(
        select(LedgerLine.vat_bp, func.sum(LedgerLine.amount_cents))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(
            LedgerEntry.source == source,
            LedgerEntry.source_id == source_id,
            LedgerEntry.event == event,
            LedgerLine.account == "receivable",
            LedgerLine.vat_bp.is_not(None),
        )
        .group_by(LedgerLine.vat_bp)
    )
    return {rate: -int(cents) for rate, cents in rows}


def _paid_off(amount_cents: int, parts: Mapping[int, int]) -> list[Line]:
    rest = amount_cents - sum(parts.values())
    lines = [Line("receivable", -cents, rate) for rate, cents in sorted(parts.items())]
    return [*lines, Line("receivable", -rest)]


def _collected(parts: Mapping[int, int], paid: Mapping[int, int]) -> list[Line]:
    """VAT that the money makes due, counted on all that was paid so far."""
    lines = []
    for rate, cents in sorted(parts.items()):
        before = paid.get(rate, 0)
        due = vat_inside(before + cents, rate) - vat_inside(before, rate)
        lines += [Line("vat_pending", due, rate), Line("vat_collected", -due, rate)]
    return lines


def split(amount_cents: int, known: Standing) -> dict[int, int]:
    """Share an amount over the rates: over what is open that way, else over what was paid."""
    sign = -1 if amount_cents < 0 else 1
    rates = sorted(known.sold.keys() | known.paid.keys())
    weights = [max(sign * known.open(rate), 0) for rate in rates]
    if not any(weights):
        weights = [max(known.paid.get(rate, 0), known.sold.get(rate, 0), 0) for rate in rates]
    if not any(weights):
        return {}
    parts = share(amount_cents, weights)
    return {rate: cents for rate, cents in zip(rates, parts, strict=True) if cents}
