"""F08: 400 simulated days, closed; the grand total is the sum of receipts; again, same bytes."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.core.db import db
from app.ledger import closing, rules, taxes
from app.ledger.chain import GENESIS
from app.ledger.models import LedgerClosure
from app.ledger.rules import Line
from tests.conftest import undone
from tests.ledger.books import KEYS, write
from tests.world import World

PARIS = ZoneInfo("Europe/Paris")
FIRST = dt.date(2025, 9, 20)  # both clock changes, a leap of the year, two of the month
DAYS = 400
AFTER = dt.datetime.combine(FIRST + dt.timedelta(days=DAYS), dt.time(4), PARIS)


class Life:
    """A venue's simulated year, counted beside the ledger in the plainest way."""

    def __init__(self, seed: int) -> None:
        self.dice, self.turn = Random(seed), 0
        self.entries: list[tuple[dt.datetime, int, str, list[Line]]] = []
        self.came: dict[dt.date, int] = defaultdict(int)
        self.went: dict[dt.date, int] = defaultdict(int)
        self.net: dict[tuple[dt.date, int], int] = defaultdict(int)
        self.due: dict[tuple[dt.date, int], int] = defaultdict(int)

    def live(self, day: dt.date) -> None:
        for _ in range(self.dice.randrange(day == FIRST, 3)):
            self.turn += 1
            at = dt.datetime.combine(day, dt.time(), PARIS) + dt.timedelta(
                minutes=self.dice.choice((0, 1, 125, 150, 600, 1100, 1439))
            )
            at = dt.datetime.combine(day, at.time(), PARIS).astimezone(dt.UTC)
            rate, cents = self.dice.choice((2000, 1000, 550)), self.dice.randrange(500, 40_000)
            self.post(at, "sold", rules.sale(cents, rate))
            vat = rules.sale(cents, rate)[2].amount_cents
            self.net[day, rate] += cents + vat
            means = self.dice.choice(("card_clearing", "cash", "bank"))
            self.post(at, "captured:1", taxes.receipt(means, cents, {rate: cents}, {}))
            self.came[day] += cents
            self.due[day, rate] -= vat
            if self.dice.random() < 0.2:
                paid = {rate: cents}
                self.post(at, "refunded:1", taxes.receipt(means, -cents, {rate: -cents}, paid))
                self.went[day] += cents
                self.due[day, rate] += vat

    def post(self, at: dt.datetime, event: str, lines: list[Line]) -> None:
        self.entries.append((at, self.turn, event, lines))


@pytest.fixture(scope="module")
def life() -> Life:
    made = Life(8)
    for n in range(DAYS):
        made.live(FIRST + dt.timedelta(days=n))
    return made


@pytest.fixture(scope="module")
def closed(app, lasting_world: World, life: Life) -> Iterator[Life]:
    """All that days closed, once for the tests of this file; taken back at the end."""
    with undone(app), lasting_world.a.entered():
        write(life.entries)
        assert closing.close_due(AFTER, KEYS) == DAYS + 13 + 1
        yield life


def rows(kind: str) -> list[LedgerClosure]:
    return list(
        db.session.scalars(
            select(LedgerClosure).where(LedgerClosure.kind == kind).order_by(LedgerClosure.number)
        )
    )


def test_f08_every_day_has_its_closure_and_the_total_is_the_sum_of_receipts(closed: Life) -> None:
    found = rows("day")
    assert [row.first_day for row in found] == [FIRST + dt.timedelta(days=n) for n in range(DAYS)]
    total = back = 0
    for row in found:
        day, said = row.first_day, json.loads(row.content)
        money = said["money"].get("EUR", closing._no_money())
        assert sum(money["in"].values()) == closed.came[day]
        assert sum(money["out"].values()) == closed.went[day]
        for rate in (2000, 1000, 550):
            assert money["net"].get(str(rate), 0) == closed.net[day, rate]
            assert money["vat_due"].get(str(rate), 0) == closed.due[day, rate]
        total, back = total + closed.came[day], back + closed.went[day]
        if total:
            assert said["perpetual"]["EUR"] == {"in": total, "out": back}
    assert total == sum(closed.came.values()) > 0


def test_f08_months_and_years_are_the_sums_of_their_days(closed: Life) -> None:
    months = rows("month")
    assert [row.first_day.isoformat()[:7] for row in months] == [
        "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04",
        "2026-05", "2026-06", "2026-07", "2026-08", "2026-09",
    ]  # fmt: skip
    assert [row.first_day.year for row in rows("year")] == [2025]
    for row in [*months, *rows("year")]:
        money = json.loads(row.content)["money"]["EUR"]
        wanted = sum(c for day, c in closed.came.items() if row.first_day <= day <= row.last_day)
        assert sum(money["in"].values()) == wanted
        until = sum(c for day, c in closed.came.items() if day <= row.last_day)
        assert json.loads(row.content)["perpetual"]["EUR"]["in"] == until


def changed() -> list[tuple[str, int]]:
    return [
        (row.kind, row.number)
        for row, content, digest in closing.again(KEYS)
        if content != row.content.encode() or digest != row.digest
    ]


def test_f08_made_again_they_are_the_same_bytes(closed: Life) -> None:
    assert len(list(closing.again(KEYS))) == DAYS + 13 + 1
    assert changed() == []


def test_f08_closing_twice_closes_once(closed: Life) -> None:
    before = [(row.kind, row.number, row.content) for row in rows("day")]
    assert closing.close_due(AFTER, KEYS) == 0
    assert [(row.kind, row.number, row.content) for row in rows("day")] == before


def test_f08_each_closure_leans_on_the_one_before(closed: Life) -> None:
    for kind in ("day", "month"):
        before = GENESIS
        for row in rows(kind):
            assert json.loads(row.content)["before"] == before
            before = row.digest


def test_f08_a_closed_day_takes_no_more_entries(closed: Life) -> None:
    at = dt.datetime.combine(FIRST + dt.timedelta(days=DAYS - 1), dt.time(12), PARIS)
    with pytest.raises(DBAPIError, match="closed"), db.session.begin_nested():
        write([(at, 99_999, "sold", [Line("cash", 100), Line("sales", -100)])])
