"""Days, months and years of the accounts, closed once and for ever: totals as bytes.

A day ends by the venue's own clock. Its totals come from the ledger; those of a month or a year are
the sums of its days. Each closure leans on the one before it, and carries the grand total of money
received since the first day, which never falls. What was sold under another software and brought in
(`imported`) is in the ledger and in no closure.
"""

from __future__ import annotations

import calendar
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from app.core import locks, slots, tenancy
from app.core.db import db
from app.ledger.chain import GENESIS, Keys, canonical
from app.ledger.models import KINDS, MONEY, LedgerClosure
from app.ledger.seal import seal
from app.tenants.models import Tenant

# A day is closed when nothing that began in it can still be under way.
PATIENCE = dt.timedelta(hours=2)
Totals = dict[str, Any]

MOVED = text("""
with moved as (
  select id, currency, (posted_at at time zone :zone)::date as day from ledger_entry
   where tenant_id = :tenant and event <> 'imported' and posted_at >= :start and posted_at < :end
), line as (
  select e.day, e.currency, l.account, l.vat_bp, l.amount_cents,
         bool_or(l.account = any(:money)) over (partition by l.entry_id) as money,
         bool_or(l.account = 'transfer') over (partition by l.entry_id) as passed
    from moved e join ledger_line l on l.tenant_id = :tenant and l.entry_id = e.id
)
select day, currency, account, vat_bp, money, passed, amount_cents > 0 as debit,
       sum(amount_cents) as cents
  from line group by 1, 2, 3, 4, 5, 6, 7
""")
NUMBERED = text("""
select (e.posted_at at time zone :zone)::date as day, count(*) as entries,
       min(s.number) as first, max(s.number) as last
  from ledger_entry e join ledger_seal s on s.tenant_id = e.tenant_id and s.entry_id = e.id
 where e.tenant_id = :tenant and e.event <> 'imported'
   and e.posted_at >= :start and e.posted_at < :end
 group by 1
""")
FIRST = text("""
select min(posted_at) from ledger_entry where tenant_id = :tenant and event <> 'imported'
""")


@dataclass(frozen=True)
class Period:
    """A kind of closure and its first and last day."""

    kind: str
    first: dt.date
    last: dt.date


def period(kind: str, day: dt.date) -> Period:
    """The day, month or calendar year that a day is in."""
    if kind == "day":
        return Period(kind, day, day)
    if kind == "month":
        last = calendar.monthrange(day.year, day.month)[1]
        return Period(kind, day.replace(day=1), day.replace(day=last))
    return Period(kind, dt.date(day.year, 1, 1), dt.date(day.year, 12, 31))


def close_due(now: dt.datetime, keys: Keys) -> int:
    """Close every day, month and year that ended and is not closed; how many closures."""
    tenant = tenancy.tenant_id()
    locks.hold(locks.LEDGER, [tenant])
    seal(db.session.connection(), tenant, keys, everything=True)
    until = (now - PATIENCE).astimezone(_zone()).date() - dt.timedelta(days=1)
    start = _next_day(tenant)
    if start is None or start > until:
        return 0
    before = {kind: latest(kind) for kind in KINDS}
    known = {day: json.loads(text) for day, text in _closed_since(start.replace(month=1, day=1))}
    made = []
    for wanted, totals in _ended(days(start, until), known):
        before[wanted.kind] = _closed(wanted, totals, before[wanted.kind], keys)
        made.append(before[wanted.kind])
    db.session.add_all(made)
    db.session.flush()  # whoever asks next finds them
    return len(made)


def _ended(
    found: dict[dt.date, Totals], known: dict[dt.date, Totals]
) -> Iterator[tuple[Period, Totals]]:
    """Days in order, each month and year after its last day as the sum of its days."""
    for day, totals in found.items():
        known[day] = totals
        for kind in KINDS:
            wanted = period(kind, day)
            if wanted.last == day:
                inside = (known[one] for one in known if wanted.first <= one <= day)
                yield wanted, totals if kind == "day" else _sum(list(inside))


def _zone() -> ZoneInfo:
    return db.session.get_one(Tenant, tenancy.tenant_id()).books_zone


def _next_day(tenant: int) -> dt.date | None:
    """The day after the last closed one, else the day of the first entry."""
    last = latest("day")
    if last is not None:
        return last.last_day + dt.timedelta(days=1)
    first: dt.datetime | None = db.session.execute(FIRST, {"tenant": tenant}).scalar_one()
    return first.astimezone(_zone()).date() if first else None


def latest(kind: str) -> LedgerClosure | None:
    """The last closure of a kind."""
    return db.session.scalars(
        select(LedgerClosure)
        .where(LedgerClosure.kind == kind)
        .order_by(LedgerClosure.number.desc())
        .limit(1)
    ).one_or_none()


def _closed_since(day: dt.date) -> Iterator[tuple[dt.date, str]]:
    yield from db.session.execute(
        select(LedgerClosure.first_day, LedgerClosure.content)
        .where(LedgerClosure.kind == "day", LedgerClosure.first_day >= day)
        .order_by(LedgerClosure.first_day)
    ).tuples()


def _closed(
    wanted: Period, totals: Totals, before: LedgerClosure | None, keys: Keys
) -> LedgerClosure:
    content = content_of(wanted, totals, before).decode()
    return LedgerClosure(
        kind=wanted.kind,
        number=before.number + 1 if before else 1,
        first_day=wanted.first,
        last_day=wanted.last,
        until=slots.day_bounds(wanted.last, _zone()).end,
        content=content,
        digest=keys.mac(content),
        key_id=keys.current,
    )


def content_of(wanted: Period, totals: Totals, before: LedgerClosure | None) -> bytes:
    """The bytes of a closure: the same ledger gives the same bytes, whenever it is asked."""
    kept = json.loads(before.content) if before else {"perpetual": {}}
    return canonical(
        {
            "venue": tenancy.tenant_id(),
            "kind": wanted.kind,
            "number": before.number + 1 if before else 1,
            "first": wanted.first.isoformat(),
            "last": wanted.last.isoformat(),
            "clock": str(_zone()),
            "before": before.digest if before else GENESIS,
            "entries": totals["entries"],
            "numbers": totals["numbers"],
            "money": totals["money"],
            "perpetual": added(kept["perpetual"], _grand(totals)),
        }
    )


def again(keys: Keys) -> Iterator[tuple[LedgerClosure, bytes, str]]:
    """Every closure beside its bytes, made anew from the ledger as it is now, and the digest of
    what it says: others than those that were kept mean that something was changed."""
    rows = db.session.scalars(select(LedgerClosure).order_by(LedgerClosure.number)).all()
    kept = {(row.kind, row.number): row for row in rows}
    of_days = [row for row in rows if row.kind == "day"]
    if not of_days:
        return
    numbers = dict.fromkeys(KINDS, 0)
    found = days(of_days[0].first_day, of_days[-1].last_day)
    for wanted, totals in _ended(found, {}):
        numbers[wanted.kind] += 1
        row = kept[wanted.kind, numbers[wanted.kind]]
        before = kept.get((wanted.kind, row.number - 1))
        yield row, content_of(wanted, totals, before), keys.mac(row.content, row.key_id)


# ── sums ──────────────────────────────────────────────────────────────────────────────────────


def _grand(totals: Totals) -> Totals:
    """What the grand total grows by: each currency's money in and money out."""
    return {
        currency: {"in": sum(part["in"].values()), "out": sum(part["out"].values())}
        for currency, part in totals["money"].items()
    }


def added(one: Totals, other: Totals) -> Totals:
    """The sum of two trees of numbers."""
    found = dict(one)
    for name, value in other.items():
        if isinstance(value, dict):
            found[name] = added(found.get(name, {}), value)
        else:
            found[name] = found.get(name, 0) + value
    return found


def _sum(parts: list[Totals]) -> Totals:
    numbers = [part["numbers"] for part in parts if part["entries"]]
    found: Totals = {"entries": sum(part["entries"] for part in parts), "money": {}}
    found["numbers"] = [min(n[0] for n in numbers), max(n[1] for n in numbers)] if numbers else []
    for part in parts:
        found["money"] = added(found["money"], part["money"])
    return found


def days(first: dt.date, last: dt.date) -> dict[dt.date, Totals]:
    """The totals of each day from the ledger itself, days without a movement among them."""
    zone = _zone()
    named = {
        "tenant": tenancy.tenant_id(),
        "zone": str(zone),
        "money": list(MONEY),
        "start": slots.day_bounds(first, zone).start,
        "end": slots.day_bounds(last, zone).end,
    }
    found = {day: _empty() for day in _each(first, last)}
    for row in db.session.execute(NUMBERED, named):
        found[row.day] |= {"entries": row.entries, "numbers": [row.first, row.last]}
    for row in db.session.execute(MOVED, named):
        _count(found[row.day]["money"].setdefault(row.currency, _no_money()), row)
    return found


def _each(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    while first <= last:
        yield first
        first += dt.timedelta(days=1)


def _empty() -> Totals:
    return {"entries": 0, "numbers": [], "money": {}}


def _no_money() -> Totals:
    """Net sales, their VAT, VAT that became due, money in and out, each by rate; money by place."""
    return {name: {} for name in ("net", "vat", "vat_due", "in", "out", "means")}


def _count(part: Totals, row: Any) -> None:
    """Put the sum of one kind of line where it belongs."""
    rate, cents = str(row.vat_bp if row.vat_bp is not None else "none"), int(row.cents)
    sums: list[tuple[str, str, int]] = []
    if row.account == "sales":
        sums.append(("net", rate, -cents))
    elif row.account in ("vat", "vat_pending") and not (row.money or row.passed):
        sums.append(("vat", rate, -cents))
    if row.account in ("vat", "vat_collected"):
        sums.append(("vat_due", rate, -cents))
    elif row.account == "receivable" and row.money:
        sums.append(("out", rate, cents) if row.debit else ("in", rate, -cents))
    elif row.account in MONEY:
        sums.append(("means", row.account, cents))
    for name, key, value in sums:
        part[name][key] = part[name].get(key, 0) + value
