"""`make bench-month-end`: a month end over thousands of customers by a worker of its own, killed
half-way. Does its time grow as they do, does its memory stay, and is nothing missing or twice?

Each customer gets a document and a letter, as in life: the letters are sent to the mailbox of the
demo. What was sold is written by the server itself, as copies of one month that the rules sold.
"""

from __future__ import annotations

import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

import psutil
import psycopg
from sqlalchemy import select

from app.core import clock, outbox, tenancy
from app.core.db import db
from app.invoicing import numbering, runs, seal
from app.invoicing.models import Charge
from app.ledger.keys import keys
from bench.scratch import SMALL, Ground
from scripts.pg import DATABASE, ROOT, Cluster, free_port
from tests.invoicing import office
from tests.invoicing.papers import FIRM, S10, S20
from tests.world import Venue

LINES, PARTS = 12, 8
STEP = 1000  # numbers of things between one customer and the next
PATIENCE = 3600 * 3
DEATH = 5.0  # seconds without a document that no document takes
Row = tuple[str, str, str, bool]

COPY_ENTRIES = """
with made as (
  insert into ledger_entry (tenant_id, source, source_id, event, memo, currency, posted_at)
  select e.tenant_id, e.source, e.source_id + %(step)s * n, e.event, e.memo, e.currency, e.posted_at
    from ledger_entry e, generate_series(1, %(more)s) n
   where e.tenant_id = %(tenant)s and e.source = 'test'
  returning id, source_id
)
insert into ledger_line (tenant_id, entry_id, account, vat_bp, amount_cents)
select l.tenant_id, m.id, l.account, l.vat_bp, l.amount_cents
  from made m
  join ledger_entry e on e.tenant_id = %(tenant)s and e.source = 'test'
   and e.source_id = %(first)s + (m.source_id - %(first)s) %% %(step)s
  join ledger_line l on l.tenant_id = e.tenant_id and l.entry_id = e.id
"""
COPY_CHARGES = """
insert into charge (tenant_id, customer, person_id, source, source_id, event, label, detail,
                    quantity, unit, gross_cents, vat_cents, list_cents, discount, tax, starts_on,
                    ends_on, currency, buyer, lang, order_number)
select tenant_id, 'client:' || n, person_id, source, source_id + %(step)s * n, event, label, detail,
       quantity, unit, gross_cents, vat_cents, list_cents, discount, tax, starts_on,
       ends_on, currency, jsonb_set(buyer, '{name}', to_jsonb('Client ' || n || ' SARL')), lang,
       order_number
  from charge, generate_series(1, %(more)s) n where tenant_id = %(tenant)s
"""
WRONG = {
    "customers with another number of documents than one": """
        select count(*) from (select customer from document where tenant_id = %(tenant)s
         group by 1 having count(*) <> 1) twice""",
    "customers without a document": """
        select count(*) from billing_item where tenant_id = %(tenant)s and document_id is null""",
    "numbers that are missing": """
        select max(number) - count(*) from document where tenant_id = %(tenant)s""",
    "charges without a document": """
        select count(*) from charge where tenant_id = %(tenant)s and document_id is null""",
    "cents that the books do not owe as the documents say": """
        select abs((select sum(gross_cents) from document where tenant_id = %(tenant)s)
         - (select sum(l.amount_cents) from ledger_line l join ledger_entry e on e.id = l.entry_id
            where e.tenant_id = %(tenant)s and l.account = 'receivable'
              and e.source = 'document'))""",
    "letters missing or twice": """
        select abs((select count(*) from document where tenant_id = %(tenant)s)
         - (select count(*) from mail where tenant_id = %(tenant)s
             and entity like 'document:%%' and sent_at is not null))""",
}


def sell_to(name: str, customer: str, lines: int) -> None:
    """A customer's month: so many things at two rates."""
    buyer = replace(FIRM, name=name)
    for turn in range(lines):
        office.sell(
            999 + 137 * turn,
            S10 if turn % 3 == 0 else S20,
            buyer=buyer,
            customer=customer,
            label=f"Salle {turn + 1}",
            quantity=Decimal(1 + turn % 4),
            unit="hour",
        )


def prepared(here: Ground, venue: Venue, count: int, lines: int = LINES) -> int:
    """A month end over so many customers, ready to run, with the statistics that autovacuum makes
    within minutes of a month of sales."""
    tables = Cluster(SMALL, fast=False)
    with here.app.app_context(), venue.entered():
        office.complete(venue.id)
        sell_to("Client 0 SARL", "client:0", lines)
        first = db.session.scalars(select(Charge.source_id).order_by(Charge.id).limit(1)).one()
        db.session.commit()
    asked = {"tenant": venue.id, "more": count - 1, "step": STEP, "first": first}
    with tables.connect(DATABASE) as owner:
        owner.execute(COPY_ENTRIES, asked)
        owner.execute(COPY_CHARGES, asked)
        owner.execute("analyze")
    with here.app.app_context(), venue.entered():
        tenant = office.tenant(venue.id)
        today = clock.now().astimezone(tenant.books_zone).date()
        run = runs.begin(tenant, today, by=None)
        db.session.commit()
        with tables.connect(DATABASE) as owner:
            owner.execute("analyze billing_item")
        return run.id


@dataclass
class Watch:
    """What is seen of a worker and its judge at one moment."""

    done: int
    memory: list[float]
    processor: float


def look(pid: int, done: int) -> Watch:
    """Memory of each in MB, seconds of processor of both."""
    me = psutil.Process(pid)
    both = [me, *me.children()]
    times = [one.cpu_times() for one in both]
    return Watch(
        done,
        [one.memory_info().rss / 2**20 for one in both],
        sum(one.user + one.system for one in times),
    )


@contextmanager
def worker(here: Ground, smtp: int) -> Iterator[subprocess.Popen[bytes]]:
    """A worker like any other, on the database of this run. It is killed at the end: kill -9."""
    settings = here.settings
    env = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_SCHEME": "http",
        "STORAGE_DIR": settings.storage,
        "SMTP_URL": f"smtp://127.0.0.1:{smtp}",
    }
    null = subprocess.DEVNULL
    made = subprocess.Popen(
        [sys.executable, "-m", "app.worker"], cwd=ROOT, env=env, stdout=null, stderr=null
    )
    try:
        yield made
    finally:
        made.kill()
        made.wait()


@contextmanager
def mailbox() -> Iterator[int]:
    """Where the letters end; its port."""
    folder, smtp, web = tempfile.mkdtemp(prefix="bench-mail-"), free_port(None), free_port(None)
    words = ["--smtp", str(smtp), "--web", str(web), "--keep", folder]
    catcher = subprocess.Popen([sys.executable, "-m", "scripts.mailbox", *words], cwd=ROOT)
    try:
        yield smtp
    finally:
        catcher.terminate()
        catcher.wait()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class MonthEnd:
    """One run, from the first customer to the last."""

    here: Ground
    venue: Venue
    run_id: int
    smtp: int
    owner: psycopg.Connection[Any]

    def ask(self, query: str) -> Any:
        """One value, as the owner of the tables sees it."""
        found = self.owner.execute(query, {"tenant": self.venue.id, "run": self.run_id}).fetchone()
        return found[0] if found else None

    def done(self) -> int:
        """Customers who have their document."""
        return int(self.ask("select count(document_id) from billing_item where run_id = %(run)s"))

    def watched(self, upto: int) -> list[Watch]:
        """A worker works until so many have their document, or all have their letter too; then it
        dies without a word."""
        seen, until = [], time.monotonic() + PATIENCE
        with worker(self.here, self.smtp) as process:
            while True:
                self.rescued()
                done = self.done()
                seen.append(look(process.pid, done))
                left = "select 1 from procrastinate_jobs where status in ('todo', 'doing') limit 1"
                if done >= upto or self.ask(left) is None:
                    return seen
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("the worker is gone, or has no end")
                time.sleep(1)

    def rescued(self) -> None:
        """What the timetable does each minute."""
        with self.here.app.app_context(), tenancy.nowhere():
            outbox.rescue()
            db.session.commit()
            db.session.remove()

    def wrong(self) -> list[str]:
        """All that must not be after it."""
        found = [f"{cents} {what}" for what, query in WRONG.items() if (cents := self.ask(query))]
        with self.here.app.app_context(), self.venue.entered():
            found += [str(one) for one in seal.breaks(keys(), numbering.FISCAL)]
            db.session.remove()
        return found

    def moments(self) -> list[float]:
        """Seconds of work until each document; the death and what follows are no work."""
        asked = "select done_at from billing_item where run_id = %s order by done_at"
        at = [row[0] for row in self.owner.execute(asked, [self.run_id])]
        steps = [(late - early).total_seconds() for early, late in pairwise(at)]
        usual = statistics.median(steps)
        return list(accumulate(step if step < DEATH else usual for step in steps))


def exponent(moments: list[float]) -> float:
    """Of time against documents, fitted over eight parts."""
    part = len(moments) // PARTS
    points = [
        (math.log(turn * part), math.log(moments[turn * part - 1])) for turn in range(1, PARTS + 1)
    ]
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def grown(seen: list[Watch]) -> float:
    """MB that worker and judge weigh more at their heaviest than in the first third of a life."""
    warm = max(1, len(seen) // 3)
    first = max(sum(one.memory) for one in seen[:warm])
    return max(sum(one.memory) for one in seen) - first


def figures(here: Ground, count: int, lines: int) -> list[Row]:
    """The rows of the table."""
    run_id = prepared(here, here.world.a, count, lines)
    with here.app.app_context(), here.world.a.entered():
        outbox.defer("invoicing.run", run_id=run_id)
        db.session.commit()
    with mailbox() as smtp, Cluster(SMALL, fast=False).connect(DATABASE) as owner:
        month = MonthEnd(here, here.world.a, run_id, smtp, owner)
        lives = [month.watched(count // 2), month.watched(count + 1)]
        wrong, moments, done = month.wrong(), month.moments(), month.done()
    slope, more = exponent(moments), max(map(grown, lives))
    seen = [one.memory for life in lives for one in life if len(one.memory) > 1]
    heaviest = [max(both[n] for both in seen) for n in (0, 1)]
    busy = [life[-1].processor for life in lives]
    firsts = [moments[len(moments) * n // 4 - 1] for n in (1, 2, 3, 4)]
    quarters = [late - early for early, late in pairwise([0.0, *firsts])]
    told = " ".join(f"{1000 * spent / (count / 4):.0f}" for spent in quarters)
    return [
        (f"a month end of {done} documents of {lines} lines, with letters",
         f"{moments[-1] / 60:.1f} min", "told", done == count),
        ("… a document, quarter by quarter", f"{told} ms", "told", True),
        ("… processor of worker and judge, letter included", f"{1000 * sum(busy) / done:.0f} ms",
         "told", True),
        ("exponent of its time", f"{slope:.2f}", "<= 1.1", slope <= 1.1),
        ("worker and judge at their heaviest", " and ".join(f"{mb:.0f}" for mb in heaviest) + " MB",
         "told", True),
        ("… more than in the first third of a life", f"+ {more:.0f} MB", "<= 30 MB", more <= 30),
        ("after kill -9 half-way", "; ".join(wrong) or "nothing missing, nothing twice", "nothing",
         not wrong),
    ]  # fmt: skip
