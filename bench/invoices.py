"""`make bench-invoices`: documents a minute end to end, and what they cost beside the bare sum of
Typst, embedding and judging of the very same documents in the same run."""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import math
import os
import resource
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from sqlalchemy import create_engine, text

from app.core import clock, tenancy
from app.core.db import db
from app.invoicing import facturx, pdf, press, runs
from app.invoicing.court import Court
from app.invoicing.issue import Work
from app.invoicing.models import BillingItem, BillingRun, Document
from app.invoicing.parts import Paper, Party
from app.invoicing.pdf import Looks
from bench.scratch import Ground, ground
from tests.invoicing import office
from tests.invoicing.papers import FIRM, S10, S20
from tests.world import Venue

LINES = 12
TARGET = 1.5
Row = tuple[str, str, str, bool]


def sell_to(number: int, venue: Venue) -> None:
    """A customer's month: twelve things at two rates."""
    siren = str(FIRM.siren)
    buyer = Party(**(vars(FIRM) | {"name": f"Client {number} SARL", "siren": siren}))
    for turn in range(LINES):
        office.sell(
            999 + 137 * turn,
            S10 if turn % 3 == 0 else S20,
            buyer=buyer,
            customer=f"company:{venue.id}-{number}",
            label=f"Salle {turn + 1}",
            quantity=Decimal(1 + turn % 4),
            unit="hour",
        )


def prepared(here: Ground, venue: Venue, count: int) -> int:
    """A month end over so many customers, ready to run."""
    with here.app.app_context(), venue.entered():
        office.complete(venue.id)
        for number in range(count):
            sell_to(number, venue)
            if number % 200 == 199:
                db.session.commit()
        db.session.flush()  # the run reads what was sold
        run = runs.begin(office.tenant(venue.id), _today(venue), by=None)
        db.session.commit()
        _analyse(here)
        return run.id


def _analyse(here: Ground) -> None:
    """What autovacuum does within minutes of a month of sales: without it the planner takes full
    tables for empty ones and reads all rows of a venue."""
    engine = create_engine(here.app.config["SETTINGS"].owner_database_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as owner:
        owner.execute(text("analyze"))
    engine.dispose()


def _today(venue: Venue) -> dt.date:
    return clock.now().astimezone(office.tenant(venue.id).books_zone).date()


def billed(here: Ground, venue: Venue, run_id: int, court: Court, most: int) -> list[Paper]:
    """So many customers of a run, as the worker bills them; what was issued."""
    papers: list[Paper] = []
    with here.app.app_context(), tenancy.tenant(venue.id, venue.network_id):
        work = Work(
            office.tenant(venue.id),
            office.KEYS,
            lambda paper: press.printed(paper, Looks(), court),
        )
        while len(papers) < most:
            item: BillingItem | None = runs.next_item(run_id)
            if item is None:
                break
            runs.bill(item, db.session.get_one(BillingRun, run_id), work)
            papers.append(db.session.get_one(Document, item.document_id).paper)
            db.session.commit()
            db.session.expire_all()
            work = Work(office.tenant(venue.id), work.keys, work.press)
        db.session.remove()
    return papers


def bare(here: Ground, papers: list[Paper], court: Court) -> None:
    """The least that keeps the promise, without database or rule."""
    with here.app.app_context():
        for paper in papers:
            xml = facturx.xml(paper)
            court.judge(xml)
            pdf.embed(pdf.lay_out(paper, Looks()), xml, paper)


def at_once(here: Ground, lanes: list[tuple[Venue, int, Court]], most: int) -> tuple[int, float]:
    """Two lanes as a worker has them: documents issued, and seconds."""
    with ThreadPoolExecutor(2) as pool:
        began = time.perf_counter()
        going = [
            pool.submit(billed, here, venue, month, court, most) for venue, month, court in lanes
        ]
        done = sum(len(lane.result()) for lane in going)
    return done, time.perf_counter() - began


def figures(here: Ground, count: int) -> list[Row]:
    """Ratio on one lane, rate on two, memory from the first half to the second."""
    courts = [Court(), Court()]
    venues = (here.world.a, here.world.b)
    months = [prepared(here, venue, count) for venue in venues]
    for court, venue, month in zip(courts, venues, months, strict=True):
        bare(here, billed(here, venue, month, court, 2), court)  # warm
    whole = least = 0.0
    for _turn in range(4):
        began = time.perf_counter()
        papers = billed(here, venues[0], months[0], courts[0], count // 16)
        between = time.perf_counter()
        bare(here, papers, courts[0])
        whole, least = whole + between - began, least + time.perf_counter() - between
    lanes = list(zip(venues, months, courts, strict=True))
    at_once(here, lanes, count // 4)  # two fill what each needs: fonts, caches, the heap's arenas
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done, spent = at_once(here, lanes, count // 2)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    for court in courts:
        court.close()
    ratio = whole / least
    return [
        ("documents a minute, end to end, two lanes", f"{60 * done / spent:,.0f}", "told", True),
        ("ratio to Typst + embedding + judge", f"{ratio:.2f} x", f"<= {TARGET} x", ratio <= TARGET),
        (
            f"memory over {done} documents, once warm",
            f"+ {grown / 1024:.0f} MB",
            "<= 30 MB",
            grown <= 30_720,
        ),
    ]


def month_end(here: Ground, count: int) -> list[Row]:
    """One venue's month end over so many customers: does its time grow as they do, and its memory
    stay? The exponent is that of time against documents, fitted over eight parts; memory is the
    peak of the last three quarters beyond that of the first."""
    court, venue = Court(), here.world.a
    month, part = prepared(here, venue, count + 2), count // 8
    billed(here, venue, month, court, 2)  # warm
    spent, points, peaks = 0.0, [], []
    for turn in range(1, 9):
        began = time.perf_counter()
        billed(here, venue, month, court, part)
        spent += time.perf_counter() - began
        points.append((math.log(turn * part), math.log(spent)))
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    court.close()
    exponent = statistics.linear_regression(*zip(*points, strict=True)).slope
    grown = (peaks[-1] - peaks[1]) / 1024
    return [
        (f"a month end of {8 * part} documents, one lane", f"{spent:.0f} s", "told", True),
        ("exponent of its time", f"{exponent:.2f}", "<= 1.1", exponent <= 1.1),
        ("memory, from a quarter on", f"+ {grown:.0f} MB", "<= 30 MB", grown <= 30),
    ]


def main() -> int:
    """1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.invoices")
    parser.add_argument(
        "--documents", type=int, default=160, help="customers of each of two venues"
    )
    parser.add_argument(
        "--month-end", type=int, default=0, help="one month end over so many customers instead"
    )
    asked = parser.parse_args()
    logging.disable(logging.INFO)
    with ground() as here:
        if asked.month_end:
            rows = month_end(here, asked.month_end)
        else:
            rows = figures(here, asked.documents)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    sys.stdout.write(f"{clock.now():%Y-%m-%d}, {os.cpu_count()} processors, load {load}\n\n")
    for what, figure, target, ok in rows:
        sys.stdout.write(f"{what:<62}{figure:>22}   {target}{'' if ok else '   MISSED'}\n")
    return 0 if all(ok for *_rest, ok in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
