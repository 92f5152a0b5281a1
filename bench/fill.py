"""Bookings by the thousand, written by the server itself; never through the product's rules."""

from __future__ import annotations

import datetime as dt

import psycopg
from psycopg import sql

from app.core import clock
from scripts.pg import DATABASE, Cluster
from tests.world import Venue

AHEAD = 14  # days from now that the last bookings lie

FILL = """
with room as (
  select u.id as unit, c.space_id as space, row_number() over (order by u.id) - 1 as n
    from unit u join composition c on c.unit_id = u.id join space s on s.id = c.space_id
   where u.tenant_id = %(tenant)s and s.kind = 'meeting_room'
), made as (
  insert into booking (tenant_id, code, token, space_id, starts_at, ends_at, state, payment_way,
                       price_cents, vat_bp, steps, organisation, simulated, confirmed_at)
  select %(tenant)s,
         lpad(to_hex(nextval(pg_get_serial_sequence('booking', 'id'))), 6, '0'),
         space || '-' || (%(offset)s + day) || '-' || hour, space, at.at,
         at.at + interval '90 minutes', 'confirmed', 'free', 0, 2000, '[]', '{}', true, at.at
    from room, generate_series(0, %(days)s - 1) as day, generate_series(0, %(hours)s - 1) as hour,
         lateral (select %(first)s + make_interval(days => day, mins => 480 + hour * 100) as at) at
   where (room.n * 7 + day * 5 + hour * 3) %% 7 < %(share)s
  returning id, space_id, starts_at, ends_at
)
insert into occupancy (tenant_id, unit_id, space_id, during, starts_at, ends_at,
                       kind, source, source_id)
select %(tenant)s, r.unit, m.space_id, tstzrange(m.starts_at, m.ends_at), m.starts_at, m.ends_at,
       'booking', 'booking', m.id
  from made m join room r on r.space = m.space_id
"""
INDEXES = """
select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
 where i.indrelid in ('booking'::regclass, 'occupancy'::regclass)
   and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
"""
GUARD = "select pg_get_constraintdef(oid) from pg_constraint where conname = 'occupancy_no_overlap'"


def fill(
    owner_url: str, venue: Venue, days: int, first: dt.datetime, share: int = 5, hours: int = 7
) -> int:
    """Bookings on every room of a venue, `share` sevenths of `hours` slots a day; how many rows of
    the calendar there are then."""
    asked = {"tenant": venue.id, "days": days, "first": first, "share": share, "hours": hours}
    url = owner_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL, asked | {"offset": first.toordinal()})
        connection.execute("analyze")
        found = connection.execute("select count(*) from occupancy").fetchone()
    return int(found[0]) if found else 0


def many(cluster: Cluster, venue: Venue, rooms: int, bookings: int) -> None:
    """Years of bookings at once: without foreign keys and indexes meanwhile, which are made anew
    and which refuse what does not fit them."""
    days = max(1, bookings // (rooms * 5))
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    first = today + dt.timedelta(days=AHEAD - days)
    asked = {"tenant": venue.id, "days": days, "first": first, "share": 5, "hours": 7}
    with cluster.connect(DATABASE) as owner:
        for setting in ("session_replication_role = replica", "synchronous_commit = off"):
            owner.execute(f"set {setting}")
        owner.execute("set maintenance_work_mem = '512MB'")
        owner.execute("set max_parallel_maintenance_workers = 2")
        indexes = owner.execute(INDEXES).fetchall()
        guard = str((owner.execute(GUARD).fetchone() or ("",))[0])
        owner.execute("alter table occupancy drop constraint occupancy_no_overlap")
        for name, _made in indexes:
            owner.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
        owner.execute(FILL, asked | {"offset": first.toordinal()})
        for _name, made in indexes:
            owner.execute(made.encode())
        owner.execute(f"alter table occupancy add constraint occupancy_no_overlap {guard}".encode())
        owner.execute("vacuum analyze")
        owner.execute("checkpoint")
