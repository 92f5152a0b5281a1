"""Each night: all is sealed, the end is anchored outside, what was found is written down."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.config import Settings
from app.core import clock, tenancy
from app.core.db import db
from app.core.files import storage
from app.ledger import anchor, jobs, nightly, rules
from app.ledger.keys import keys
from app.ledger.models import LedgerCheck, LedgerSeal
from app.ledger.rules import Cause, Line
from app.ledger.seal import seal
from app.timetable import TIMETABLE
from tests.ledger.books import NOW
from tests.world import World


def post(count: int, first: int = 1) -> None:
    for n in range(first, first + count):
        rules.post(Cause("test", n, "sold"), "EUR", [Line("cash", 100), Line("sales", -100)])


def sealed() -> int:
    return db.session.scalar(select(func.count()).select_from(LedgerSeal)) or 0


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> None:
    """Seal what was posted this very moment too."""
    monkeypatch.setattr(seal, "__kwdefaults__", seal.__kwdefaults__ | {"settle": NOW})


@pytest.fixture
def anchors(world: World, app: Flask, monkeypatch, tmp_path: Path) -> Path:
    store = storage(str(tmp_path))
    monkeypatch.setattr(nightly, "anchors", lambda: store)
    return tmp_path


def test_both_rounds_are_on_the_timetable() -> None:
    assert {"ledger.seal", "ledger.nightly"} <= {line.name for line in TIMETABLE}


def test_sealing_again_seals_what_is_new(world: World) -> None:
    post(3)
    jobs.seal_new()
    before = sealed()
    jobs.seal_new()
    assert sealed() == before
    post(2, first=50)
    jobs.seal_new()
    assert sealed() == before + 2


def test_what_committed_late_is_sealed_at_night(world: World, anchors: Path, monkeypatch) -> None:
    """An old number that appears after many newer ones were sealed."""
    monkeypatch.setattr("app.ledger.seal.LOOK_BACK", 1)
    post(3)
    entry = db.session.execute(text("select nextval('ledger_entry_id_seq')")).scalar_one()
    post(3, first=10)
    jobs.seal_new()
    before = sealed()
    db.session.execute(
        text("insert into ledger_entry (id, tenant_id, source, source_id, event, currency)"
             " overriding system value values (:id, :t, 'test', 99, 'sold', 'EUR')"),
        {"id": entry, "t": tenancy.tenant_id()},
    )  # fmt: skip
    db.session.execute(
        text("insert into ledger_line (tenant_id, entry_id, account, amount_cents)"
             " values (:t, :id, 'cash', 1), (:t, :id, 'sales', -1)"),
        {"id": entry, "t": tenancy.tenant_id()},
    )  # fmt: skip
    jobs.seal_new()
    assert sealed() == before
    jobs.nightly_round()
    assert sealed() == before + 1


def test_the_end_is_anchored_and_the_reading_is_kept(world: World, anchors: Path) -> None:
    post(3)
    jobs.nightly_round()
    today = clock.now().date()
    days = [today - dt.timedelta(days=1), today, today + dt.timedelta(days=1)]
    found = [anchor.read(nightly.anchors(), world.a.id, day, keys()) for day in days]
    laid = next(one for one in found if one)
    check = db.session.scalars(select(LedgerCheck).order_by(LedgerCheck.id.desc())).first()
    assert check is not None
    assert (check.breaks, check.number) == (0, laid.number)


def test_a_forged_anchor_is_written_down(world: World, anchors: Path) -> None:
    post(3)
    jobs.nightly_round()
    path = next(anchors.rglob("*.json"))
    path.write_text(path.read_text().replace('"number":', '"number":1'))
    check = nightly.check(world.a.id, clock.now().date() + dt.timedelta(days=1))
    assert check.breaks == 1
    assert check.found[0]["what"] == "anchor_forged"


def test_anchors_have_a_place_of_their_own(app: Flask, settings: Settings, tmp_path: Path) -> None:
    with app.app_context():
        assert nightly.anchors().root == Path(settings.storage)  # type: ignore[attr-defined]
