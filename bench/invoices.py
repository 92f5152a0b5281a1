"""`make bench-invoices`: documents a minute end to end, and what they cost beside the bare sum of
Typst, embedding and judging of the very same documents in the same run.

End to end is the job of the worker (`invoicing.run`), statements, seals, letters to send and
durable commits included. The bare sum is three calls, one after the other, each with all that it
needs at hand: what we make of a draft before (words, sums, XML) is ours and in no part of it.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
from flask_babel import force_locale
from sqlalchemy import select

from app.core import clock, tenancy
from app.core.db import db
from app.invoicing import facturx, jobs, pdf, sheet
from app.invoicing.court import court
from app.invoicing.models import Document
from app.invoicing.parts import Paper
from app.invoicing.pdf import Looks
from bench import month_end
from bench.month_end import Row
from bench.scratch import Ground, ground
from tests.world import Venue

TARGET = 1.5
TURNS = 4
PARTS = ("Typst", "embedding", "judge")


def billed(here: Ground, venue: Venue, run_id: int, turns: int = 1) -> list[Paper]:
    """Some turns of the worker's job over a run; what was issued."""
    with here.app.app_context(), tenancy.tenant(venue.id, venue.network_id):
        newest = select(Document.id).order_by(Document.id.desc()).limit(1)
        before = db.session.scalar(newest) or 0
        for _turn in range(turns):
            jobs.run(run_id)
            db.session.commit()
            db.session.remove()
        issued = select(Document).where(Document.id > before).order_by(Document.id)
        papers = [document.paper for document in db.session.scalars(issued)]
        db.session.remove()
    return papers


def bare(here: Ground, papers: list[Paper]) -> dict[str, float]:
    """Seconds of each part, made of nothing but itself."""
    spent = dict.fromkeys(PARTS, 0.0)
    with here.app.app_context():
        for paper in papers:
            xml, looks = facturx.xml(paper), Looks()
            with force_locale(paper.lang):
                said = sheet.data(paper)
            marks = [time.perf_counter()]
            page = pdf.compiled(said, looks)
            marks.append(time.perf_counter())
            pdf.embed(page, xml, paper)
            marks.append(time.perf_counter())
            court.judge(xml)
            marks.append(time.perf_counter())
            for part, start, end in zip(PARTS, marks, marks[1:], strict=False):
                spent[part] += end - start
    return spent


def processor() -> float:
    """Seconds of processor of the worker and its judge."""
    me = psutil.Process()
    times = [one.cpu_times() for one in (me, *me.children())]
    return sum(one.user + one.system for one in times)


def at_once(here: Ground, lanes: list[tuple[Venue, int]], turns: int) -> tuple[int, float]:
    """Two lanes and one judge, as a worker has them: documents issued, and seconds."""
    with ThreadPoolExecutor(2) as pool:
        began = time.perf_counter()
        going = [pool.submit(billed, here, venue, run, turns) for venue, run in lanes]
        done = sum(len(lane.result()) for lane in going)
    return done, time.perf_counter() - began


def figures(here: Ground, turns: int) -> list[Row]:
    """Ratio on one lane, rate on two, memory from the first half to the second."""
    venues = (here.world.a, here.world.b)
    each = (2 + TURNS + turns) * jobs.PART
    lanes = [(venue, month_end.prepared(here, venue, each)) for venue in venues]
    bare(here, billed(here, *lanes[0]))  # warm
    whole, ours, alone = 0.0, 0.0, 0.0
    parts = dict.fromkeys(PARTS, 0.0)
    for _turn in range(TURNS):
        began, busy = time.perf_counter(), processor()
        papers = billed(here, *lanes[0])
        whole, ours = whole + time.perf_counter() - began, ours + processor() - busy
        busy = processor()
        for part, seconds in bare(here, papers).items():
            parts[part] += seconds
        alone += processor() - busy
    at_once(here, lanes, 1)  # two fill what each needs: fonts, caches, the heap's arenas
    before = _memory()
    done, spent = at_once(here, lanes, turns)
    grown = _memory() - before
    court.close()
    count, least = TURNS * jobs.PART, sum(parts.values())
    told = ", ".join(f"{name} {1000 * parts[name] / count:.0f}" for name in PARTS)
    ratio = whole / least
    return [
        ("documents a minute, end to end, two lanes", f"{60 * done / spent:,.0f}", "told", True),
        ("a document, one lane", f"{1000 * whole / count:.0f} ms", "told", True),
        (f"… its parts one by one: {told}", f"{1000 * least / count:.0f} ms", "told", True),
        ("ratio to Typst + embedding + judge", f"{ratio:.2f} x", f"<= {TARGET} x", ratio <= TARGET),
        ("… the same in processor of worker and judge", f"{ours / alone:.2f} x", "told", True),
        (f"memory over {done} documents, once warm", f"+ {grown:.0f} MB", "<= 30 MB", grown <= 30),
    ]


def _memory() -> float:
    return psutil.Process().memory_info().rss / 2**20


def main() -> int:
    """1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.invoices")
    parser.add_argument("--turns", type=int, default=3, help="parts of 25 that two lanes issue")
    parser.add_argument(
        "--month-end", type=int, default=0, help="one month end over so many customers instead"
    )
    parser.add_argument("--lines", type=int, default=month_end.LINES, help="lines of a document")
    asked = parser.parse_args()
    logging.disable(logging.INFO)
    with ground() as here:
        if asked.month_end:
            rows = month_end.figures(here, asked.month_end, asked.lines)
        else:
            rows = figures(here, asked.turns)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    sys.stdout.write(f"{clock.now():%Y-%m-%d %H:%M}, {os.cpu_count()} processors, load {load}\n\n")
    for what, figure, target, ok in rows:
        sys.stdout.write(f"{what:<62}{figure:>22}   {target}{'' if ok else '   MISSED'}\n")
    return 0 if all(ok for *_rest, ok in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
