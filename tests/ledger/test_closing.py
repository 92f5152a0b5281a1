"""F08: when a day is closed, what is in it, and how a changed day shows."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from app.core.db import db
from app.core.errors import Refused
from app.ledger import closing, journal
from app.ledger.journal import Span
from app.ledger.rules import Line
from app.ledger.seal import seal
from tests.ledger.books import KEYS, on, opened, write
from tests.ledger.test_closures import PARIS, changed, rows
from tests.world import World


def test_f08_a_day_is_not_closed_before_it_is_over(world: World) -> None:
    day = dt.datetime(2026, 3, 28, 12, tzinfo=PARIS)  # the next day lasts 23 hours
    write([(day, 1, "sold", [Line("cash", 100), Line("sales", -100)])])
    assert closing.close_due(dt.datetime(2026, 3, 29, 1, 59, tzinfo=PARIS), KEYS) == 0
    assert closing.close_due(dt.datetime(2026, 3, 29, 3, 1, tzinfo=PARIS), KEYS) == 1
    row = rows("day")[0]
    assert row.until == dt.datetime(2026, 3, 28, 23, tzinfo=dt.UTC)


def test_f08_what_another_software_sold_is_in_no_closure(world: World) -> None:
    at = dt.datetime(2026, 3, 20, 12, tzinfo=PARIS)
    write(
        [
            (at - dt.timedelta(days=60), 1, "imported", [Line("bank", 100), Line("sales", -100)]),
            (at, 2, "sold", [Line("cash", 300), Line("sales", -300)]),
        ]
    )
    assert closing.close_due(at + dt.timedelta(days=1), KEYS) == 1
    assert json.loads(rows("day")[0].content)["money"]["EUR"]["net"] == {"none": 300}
    write([(at, 3, "imported", [Line("bank", 100), Line("sales", -100)])])  # history may come late


def test_f08_a_tampered_ledger_gives_other_bytes(app, settings, lasting_world: World) -> None:
    """Control: an entry that came into a closed day is seen in its day and in every sum of it."""
    venue = lasting_world.stranger
    with app.app_context(), opened(settings, venue.id) as books, on(books), venue.entered():
        for day in (20, 21):
            books.sell(1200, at=dt.datetime(2026, 3, day, 12, tzinfo=PARIS))
        closing.close_due(dt.datetime(2026, 4, 1, 4, tzinfo=PARIS), KEYS)
        assert changed() == []
        books.do("alter table ledger_entry disable trigger day_is_open")
        books.sell(100, at=dt.datetime(2026, 3, 21, 13, tzinfo=PARIS))
        books.seal()
        assert changed() == [("day", 2), ("month", 1)]


def test_f10_another_currency_is_refused(world: World) -> None:
    at = dt.datetime(2026, 3, 20, 12, tzinfo=PARIS)
    write([(at, 1, "sold", [Line("cash", 500), Line("sales", -500)])])
    seal(db.session.connection(), world.a.id, KEYS)
    span = Span(at.date(), at.date(), PARIS)
    with pytest.raises(Refused, match="EUR"):
        list(journal.rows(db.session.connection(), world.a.id, span, {}, currency="CHF"))
