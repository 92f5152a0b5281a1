"""What must be true, always: one query each, run by tests after every stress and by the doctor.

Each query returns the rows that break the rule. The connection sees every tenant (owner role) or
one (inside a scope); the rules are the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from app.core import clock
from app.core.files import Storage
from app.invoicing.anchoring import contradictions_in
from app.invoicing.seal import breaks_in as document_breaks
from app.ledger import anchor
from app.ledger.chain import Keys
from app.ledger.verify import breaks as chain_breaks

Probe = Callable[[Connection, Keys, Storage | None], Iterator[tuple[Any, ...]]]


@dataclass(frozen=True)
class Invariant:
    """A rule, in words and as the query (or the function, where SQL does not reach) that finds what
    breaks it."""

    id: str
    promise: str
    query: str | Probe


@dataclass(frozen=True)
class Breach:
    """Rows that break a rule; a few of them as evidence."""

    invariant: Invariant
    count: int
    examples: tuple[str, ...]


NO_OVERLAP = """
select a.tenant_id, a.unit_id, a.id, b.id from occupancy a join occupancy b
  on b.tenant_id = a.tenant_id and b.unit_id = a.unit_id and b.id > a.id and a.during && b.during
"""
SEATED = """
select b.tenant_id, b.id, b.state, count(o.id) from booking b
  join space s on s.id = b.space_id
  left join occupancy o on o.source = 'booking' and o.source_id = b.id and o.kind = 'booking'
 where b.state = 'confirmed'
 group by b.tenant_id, b.id, b.state, b.quantity, s.takes
having count(o.id) <> case when s.takes = 'all'
  then (select count(*) from composition c where c.space_id = b.space_id) else b.quantity end
union all
select b.tenant_id, b.id, b.state, count(o.id) from booking b
  join occupancy o on o.source = 'booking' and o.source_id = b.id
 where b.state in ('cancelled', 'lapsed') group by b.tenant_id, b.id, b.state
"""
BALANCED = """
select tenant_id, entry_id, sum(amount_cents) from ledger_line
 group by tenant_id, entry_id having sum(amount_cents) <> 0
union all
select l.tenant_id, null, sum(l.amount_cents) from ledger_line l
  join ledger_entry e on e.id = l.entry_id
 group by l.tenant_id, e.currency having sum(l.amount_cents) <> 0
union all
select e.tenant_id, e.id, 0 from ledger_entry e
 where not exists (select 1 from ledger_line l where l.entry_id = e.id)
"""
# What leaves a sale for its document, and one document for another, arrives there.
PASSED_ON = """
select l.tenant_id, e.currency, sum(l.amount_cents) from ledger_line l
  join ledger_entry e on e.id = l.entry_id
 where l.account = 'transfer' group by l.tenant_id, e.currency having sum(l.amount_cents) <> 0
"""
NUMBERED = """
select tenant_id, series, year, number, name from (
  select *, row_number() over w as expected, lag(issued_on) over w as before
    from document window w as (partition by tenant_id, series, year order by number)
) numbered where number <> expected or issued_on < before
union all
select s.tenant_id, s.series, s.year, s.last, 'counter' from document_series s
 where s.last <> (select count(*) from document d where d.tenant_id = s.tenant_id
   and d.series = s.series and d.year = s.year)
"""
# Its lines come to its total; what it asks for is what the books hold of its issuing.
TOTALLED = """
select d.tenant_id, d.id, d.name, d.gross_cents, 'lines' from document d
 where d.gross_cents <> (select coalesce(sum((l->>'gross_cents')::bigint), 0)
   from jsonb_array_elements(d.content->'lines') l)
union all
select d.tenant_id, d.id, d.name, d.due_cents, 'books' from document d
 where d.kind in ('invoice', 'deposit') and d.due_cents <> (
   select coalesce(sum(l.amount_cents), 0) from ledger_entry e
     join ledger_line l on l.tenant_id = e.tenant_id and l.entry_id = e.id
    where e.tenant_id = d.tenant_id and e.source = 'document' and e.source_id = d.id
      and l.account = 'receivable' and (e.event = 'advance' or e.event like 'deducted:%'
        or e.event like 'billed:' || d.id || ':%'))
"""
FROZEN = """
with kept (name) as (values ('ledger_entry'), ('ledger_line'), ('ledger_seal'), ('ledger_check'),
  ('ledger_closure'), ('audit_entry'), ('document'), ('document_file'), ('document_link'),
  ('document_event'), ('document_door'), ('reminder'), ('till_session'), ('till_movement'),
  ('till_closing')),
serving (role) as (
  select distinct a.grantee from pg_class t, aclexplode(t.relacl) a
   where t.oid = 'ledger_entry'::regclass and a.grantee not in (0, t.relowner))
select k.name, act from kept k, serving s, unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) act
 where has_table_privilege(s.role, k.name, act)
union all
select k.name, 'no trigger' from kept k where not exists (
  select from pg_trigger t where t.tgrelid = k.name::regclass and t.tgname = 'stays'
     and t.tgenabled = 'O')
"""
CAPTURED = """
select p.tenant_id, p.id, p.source_id, b.state from payment p
  join booking b on b.id = p.source_id and p.source = 'booking'
 where p.state = 'captured' and p.needs_person is null
   and p.captured_at < now() - interval '15 minutes'
   and b.state not in ('confirmed', 'cancelled')
   and not exists (select 1 from refund r where r.payment_id = p.id and r.state = 'done')
"""
PAID_TICKETS = """
select p.tenant_id, p.id, p.source_id, o.state from payment p
  join ticket_order o on o.tenant_id = p.tenant_id and o.id = p.source_id
   and p.source = 'ticket_order'
 where p.state = 'captured' and p.needs_person is null
   and p.captured_at < now() - interval '15 minutes'
   and o.state not in ('confirmed', 'cancelled')
   and not exists (select 1 from refund r where r.payment_id = p.id and r.state = 'done')
"""
POSTED = """
select p.tenant_id, p.id, p.amount_cents from payment p
 where p.state = 'captured' and p.method <> 'on_account'
   and not exists (select 1 from ledger_entry e where e.tenant_id = p.tenant_id
     and e.source = p.source and e.source_id = p.source_id and e.event = 'captured:' || p.id)
"""
REFUNDED = """
select p.tenant_id, p.id, p.amount_cents, sum(r.amount_cents) from payment p
  join refund r on r.payment_id = p.id and r.state <> 'failed'
 group by p.tenant_id, p.id, p.amount_cents, p.state
having sum(r.amount_cents) > p.amount_cents or p.state <> 'captured'
"""
ONE_MAIL = """
select tenant_id, template, entity, version, count(*) from mail
 group by tenant_id, network_id, template, entity, version having count(*) > 1
"""
ONE_EVENT = """
select tenant_id, event_id, count(*) from gateway_event
 group by tenant_id, event_id having count(*) > 1
union all
select b.tenant_id, b.code, 1 from booking b join cancellation c on c.booking_id = b.id
 where b.state <> 'cancelled'
"""
# Held, valid and used tickets and offers that stand are what the counters hold, and never more than
# the quota.
COUNTED = """
with place as (
  select tenant_id, event_id, category_id, 1 as many from ticket
   where state in ('held', 'valid', 'used')
  union all
  select tenant_id, event_id, category_id, quantity from ticket_wait where state = 'offered')
select c.tenant_id, 'category', c.id, c.taken, coalesce(sum(p.many), 0) from ticket_category c
  left join place p on p.tenant_id = c.tenant_id and p.category_id = c.id
 group by c.tenant_id, c.id, c.taken, c.quota
having c.taken <> coalesce(sum(p.many), 0) or coalesce(sum(p.many), 0) > c.quota
union all
select s.tenant_id, 'event', s.event_id, s.taken, coalesce(sum(p.many), 0) from ticket_sale s
  left join place p on p.tenant_id = s.tenant_id and p.event_id = s.event_id
 group by s.tenant_id, s.event_id, s.taken, s.quota
having s.taken <> coalesce(sum(p.many), 0) or coalesce(sum(p.many), 0) > s.quota
"""
GOOD_TICKETS = """
select t.tenant_id, t.id, t.state, o.state from ticket t
  join ticket_order o on o.tenant_id = t.tenant_id and o.id = t.order_id
 where (t.state in ('valid', 'used')) and o.state <> 'confirmed'
    or t.state = 'held' and o.state <> 'held'
union all
select t.tenant_id, t.id, t.state, e.state from ticket t
  join event e on e.tenant_id = t.tenant_id and e.id = t.event_id
 where e.state = 'cancelled' and e.cancelled_at < now() - interval '15 minutes'
   and t.state in ('valid', 'used')
"""
KEYS_STAY_HOME = """
select c.conname, c.conrelid::regclass::text, c.confrelid::regclass::text from pg_constraint c
 where c.contype = 'f'
   and exists (select 1 from pg_attribute a where a.attrelid = c.conrelid
     and a.attname = 'tenant_id' and not a.attisdropped)
   and exists (select 1 from pg_attribute a where a.attrelid = c.confrelid
     and a.attname = 'tenant_id' and not a.attisdropped)
   and not exists (select 1 from unnest(c.conkey) k join pg_attribute a
     on a.attrelid = c.conrelid and a.attnum = k and a.attname = 'tenant_id')
"""
ONE_TICK = """
select job, period, count(*) from tick group by job, period having count(*) > 1
"""


def unchained(
    connection: Connection, keys: Keys, store: Storage | None
) -> Iterator[tuple[Any, ...]]:
    """Rows that do not say what was sealed, venue by venue, or what was anchored outside."""
    first = text("select tenant_id, min(sealed_at) from ledger_seal group by 1 order by 1")
    for tenant, since in connection.execute(first).all():
        laid: list[anchor.Anchor] = []
        day = since.date() - dt.timedelta(days=1)
        while store is not None and day <= clock.now().date():
            try:
                laid += anchor.between(store, tenant, day, day, keys)
            except anchor.Forged:
                yield tenant, "anchor_forged", day.isoformat(), 0, 0
            day += dt.timedelta(days=1)
        for found in chain_breaks(connection, tenant, keys, laid):
            yield tenant, found.what, found.table, found.row_id, found.number


def unsealed_documents(
    connection: Connection, keys: Keys, store: Storage | None
) -> Iterator[tuple[Any, ...]]:
    """Documents that do not say what was sealed, venue by venue, or what was anchored outside."""
    venues = text("select distinct tenant_id from document order by 1")
    if store is not None:
        for tenant in connection.execute(venues).scalars().all():
            for one in contradictions_in(connection, tenant, store, clock.now().date(), keys):
                yield tenant, one.what, one.day.isoformat(), one.name
    series = text("select distinct tenant_id, series from document order by tenant_id, series")
    for tenant, name in connection.execute(series).all():
        for found in document_breaks(connection, keys, tenant, name):
            yield tenant, found.what, found.document_id, found.name


def broken_rows(
    ask: str | Probe, connection: Connection, keys: Keys | None, store: Storage | None
) -> list[Any]:
    """The rows that break one rule."""
    if isinstance(ask, str):
        return list(connection.execute(text(ask)))
    return list(ask(connection, keys, store)) if keys else []


INVARIANTS = (
    Invariant("I1", "no two takings of one unit overlap", NO_OVERLAP),
    Invariant("I1b", "a confirmed booking sits on all its units, an ended one on none", SEATED),
    Invariant("I2", "every ledger entry, and each tenant's ledger, sums to zero", BALANCED),
    Invariant("I2b", "every captured payment is posted", POSTED),
    Invariant("I2c", "what is passed on from a sale or a document arrives at another", PASSED_ON),
    Invariant("I3", "captured money is confirmed, refunded, or before a person", CAPTURED),
    Invariant("I3b", "money for tickets is confirmed, refunded, or before a person", PAID_TICKETS),
    Invariant("I4", "refunds never exceed what was captured", REFUNDED),
    Invariant("I5", "document numbers have no gap and their days never go back", NUMBERED),
    Invariant("I6", "the application can neither change nor delete what is kept", FROZEN),
    Invariant("I6b", "the ledger says what was sealed, under a key of ours", unchained),
    Invariant("I6c", "documents and their files are what was sealed", unsealed_documents),
    Invariant("I7", "a document is the sum of its lines, and the books hold it", TOTALLED),
    Invariant("I8", "one mail per tenant, template, entity and version", ONE_MAIL),
    Invariant("I9", "a gateway event is kept once and no state moves backwards", ONE_EVENT),
    Invariant("I10", "keys between tenant tables carry the tenant", KEYS_STAY_HOME),
    Invariant("I13", "an event's counters hold its tickets and offers, within quota", COUNTED),
    Invariant(
        "I13b", "a good ticket is of a confirmed order, none of an event called off", GOOD_TICKETS
    ),
    Invariant("I12", "a scheduled period is enqueued once", ONE_TICK),
)


def breaches(
    connection: Connection, keys: Keys | None = None, store: Storage | None = None
) -> list[Breach]:
    """Every rule that is broken now; an empty list is what everybody wants. What is written under a
    key is read when the keys are given, and held against its anchors when their place is."""
    found = []
    for invariant in INVARIANTS:
        rows = broken_rows(invariant.query, connection, keys, store)
        if rows:
            examples = tuple(str(tuple(row)) for row in rows[:5])
            found.append(Breach(invariant, len(rows), examples))
    return found
