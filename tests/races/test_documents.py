"""F06: 32 writers, one in ten rolled back, two crashes: numbers without a gap, without a double,
days in order, and the chain holds. DOCUMENTS asks for more of them (`make documents`: 10,000)."""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.db import db
from app.invoicing import numbering, seal
from app.invoicing.issue import issue
from app.invoicing.models import Document, Draft
from app.invoicing.parts import Paper
from tests.invoicing import office
from tests.races.stage import Stage

WRITERS = 32
PATIENCE = 120
"""Seconds in which nobody got a document: then nobody gets on."""
COUNT = int(os.environ.get("DOCUMENTS", "160"))


class Gone(Exception):
    """The press broke."""


@pytest.fixture
def drafts(stage: Stage) -> list[int]:
    """One draft for each document, committed."""

    def work() -> list[int]:
        office.complete(stage.venue.id)
        found = []
        for number in range(COUNT):
            customer = f"person:{number}"
            office.consumer_of(customer, 100 + number)
            found.append(office.draft(stage.venue.id, customer).id)
        return found

    found: list[int] = stage.act(work)
    return found


def test_f06_numbers_have_no_gap_whatever_breaks(stage: Stage, drafts: list[int]) -> None:
    chance, lock = random.Random(6), threading.Lock()
    crashes = {COUNT // 3, 2 * COUNT // 3}
    turns = iter(range(10**9))

    def press(paper: Paper):
        with lock:
            turn = next(turns)
            breaks = chance.random() < 0.1
        if turn in crashes:  # the connection dies in the middle, like the process on its end
            db.session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
        if breaks:
            raise Gone
        return office.press(paper)

    broke: Counter[str] = Counter()
    last = [time.monotonic()]  # when somebody last had a document

    def one(draft_id: int) -> None:
        """Tried again like a job, until it stands, as long as anybody gets on."""
        for attempt in itertools.count():
            try:
                answer = stage.act(
                    lambda: issue(draft_id, office.work(stage.venue.id, press=press)).id
                )
            except (Gone, DBAPIError, PoolTimeout) as error:
                with lock:
                    broke[type(error).__name__] += 1
                assert time.monotonic() - last[0] < PATIENCE, broke
                time.sleep(min(1, attempt / 20))
                continue
            assert isinstance(answer, int), answer
            last[0] = time.monotonic()
            return

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(one, drafts))
    assert broke["Gone"] >= COUNT // 20

    def ask() -> None:
        rows = db.session.execute(
            select(Document.number, Document.issued_on)
            .where(Document.series == numbering.FISCAL)
            .order_by(Document.number)
        ).all()
        assert [row.number for row in rows] == list(range(1, COUNT + 1))
        days = [row.issued_on for row in rows]
        assert days == sorted(days)
        states = select(func.count()).where(Draft.state == "issued")
        assert db.session.scalar(states) == COUNT
        assert list(seal.breaks(office.KEYS, numbering.FISCAL)) == []

    stage.act(ask)
