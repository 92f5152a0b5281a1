"""F10: the sales journal in FEC format passes our linter; sixteen spoiled ones and more do not.

The tax office's own tool (Perl) is not at hand here; its rules as they were read and tried
(docs/money.md) are among those of the linter, and so is what it lets pass.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.core.db import db
from app.ledger import journal
from app.ledger.journal import COLUMNS, Party, Span
from app.ledger.lint import lint
from app.ledger.models import ACCOUNTS, LedgerEntry, LedgerLine
from app.ledger.seal import seal
from tests.conftest import undone
from tests.ledger.books import KEYS, write
from tests.ledger.test_closures import Life
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
PARIS = ZoneInfo("Europe/Paris")
FIRST, LAST = dt.date(2025, 9, 20), dt.date(2026, 9, 19)
NAME = journal.file_name("732829320", LAST)


@pytest.fixture(scope="module")
def life(app, lasting_world: World) -> Iterator[dict[int, Life]]:
    """Twelve months of three venues."""
    made = {}
    with undone(app):
        for seed, venue in enumerate((lasting_world.a, lasting_world.b, lasting_world.stranger)):
            with venue.entered():
                one = Life(seed)
                for n in range((LAST - FIRST).days + 1):
                    one.live(FIRST + dt.timedelta(days=n))
                write(one.entries)
                seal(db.session.connection(), venue.id, KEYS)
                made[venue.id] = one
        yield made


def rows(tenant: int, world: World, **parties: Party) -> list[list[str]]:
    venue = next(v for v in (world.a, world.b, world.stranger) if v.id == tenant)
    named = {("test", int(name[1:])): party for name, party in parties.items()}
    with venue.entered():
        span = Span(FIRST, LAST, PARIS)
        return list(journal.rows(db.session.connection(), tenant, span, named))


def test_f10_twelve_months_of_three_venues_are_faultless(life, lasting_world: World) -> None:
    for tenant, one in life.items():
        found = rows(tenant, lasting_world, p1=Party("C1", "Ada & Cie", "F-2025-1"))
        assert lint(NAME, journal.content(found)) == []
        by_account: dict[str, int] = defaultdict(int)
        for row in found:
            cents = [int(row[n].replace(",", "")) for n in (11, 12)]
            by_account[row[4]] += cents[0] - cents[1]
        assert -by_account["706000"] == sum(one.net.values())
        assert -by_account["445712"] == sum(one.due.values())
        means = by_account["511500"] + by_account["530000"] + by_account["512000"]
        assert means == sum(one.came.values()) - sum(one.went.values())


def test_f10_every_line_of_the_ledger_is_there_once(life, lasting_world: World) -> None:
    tenant = lasting_world.a.id
    with lasting_world.a.entered():
        kept = db.session.scalars(
            select(LedgerLine.amount_cents)
            .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
            .where(LedgerEntry.source == "test")
        ).all()
    found = rows(tenant, lasting_world)
    signed = [int(r[11].replace(",", "")) - int(r[12].replace(",", "")) for r in found]
    assert sorted(signed) == sorted(kept)


def test_f10_the_customer_and_the_paper_stand_on_what_they_owe(life, lasting_world: World) -> None:
    found = rows(lasting_world.a.id, lasting_world, p1=Party("C1", "Zoë’s Café – 茶", "F-2025-1"))
    mine = [row for row in found if row[8] == "F-2025-1"]
    owed = [row for row in mine if row[4] == "411000"]
    assert owed
    assert {(row[6], row[7]) for row in owed} == {("C1", "Zoë's Café - ?")}
    assert {(row[6], row[7]) for row in mine if row[4] != "411000"} == {("", "")}


def test_every_account_and_every_act_has_its_french_name() -> None:
    """An account without a number stops the export, an act without words says it in ours."""
    assert set(journal.CHART) == set(ACCOUNTS)
    acts = {act for file in (ROOT / "app").rglob("*.py") for act in posted(file)}
    assert {"sold", "credited", "penalties"} <= acts
    assert acts <= set(journal.EVENTS)


def posted(file: Path) -> Iterator[str]:
    """The acts that a file gives to `Cause`, as far as they are written there."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Cause":
            continue
        place = 1 if isinstance(node.args[0], ast.Starred) else 2
        said = node.args[place] if len(node.args) > place else None
        first = said.values[0] if isinstance(said, ast.JoinedStr) else said
        if isinstance(first, ast.Constant):
            yield str(first.value).partition(":")[0]


# ── spoiled files ─────────────────────────────────────────────────────────────────────────────

Rows = list[list[str]]


def at(column: str) -> int:
    return COLUMNS.index(column)


def put(column: str, value: str, line: int = 4) -> Callable[[Rows], None]:
    def spoil(rows: Rows) -> None:
        rows[line][at(column)] = value

    return spoil


def unbalanced(rows: Rows) -> None:
    debit = next(row for row in rows if row[at("Debit")] != "0,00")
    debit[at("Debit")] = journal.amount(int(debit[at("Debit")].replace(",", "")) + 1)


def a_gap_in_the_numbers(rows: Rows) -> None:
    last = rows[-1][at("EcritureNum")]
    for row in (row for row in rows if row[at("EcritureNum")] == last):
        row[at("EcritureNum")] = str(int(row[at("EcritureNum")]) + 1)


def a_line_is_gone(rows: Rows) -> None:
    del rows[4]


def an_entry_is_torn(rows: Rows) -> None:
    rows.append(rows.pop(0))


def seventeen_columns(rows: Rows) -> None:
    del rows[4][-1]


def two_days_in_one_entry(rows: Rows) -> None:
    rows[1][at("EcritureDate")] = "20250919"


MUTANTS: dict[str, tuple[Callable[[Rows], None], str]] = {
    "unbalanced": (unbalanced, "balance"),
    "gap": (a_gap_in_the_numbers, "gap"),
    "line gone": (a_line_is_gone, "balance"),
    "torn": (an_entry_is_torn, "torn"),
    "17 columns": (seventeen_columns, "columns"),
    "two days": (two_days_in_one_entry, "differs within the entry"),
    "dashes": (put("EcritureDate", "2025-09-20"), "date"),
    "impossible day": (put("PieceDate", "20250931"), "date"),
    "no validation": (put("ValidDate", ""), "date"),
    "validated before": (put("ValidDate", "20250101"), "validated before it was written"),
    "after the close": (put("EcritureDate", "20261231"), "after the close"),
    "decimal point": (put("Debit", "12.50"), "amount"),
    "thousands": (put("Debit", "1 234,50"), "amount"),
    "one decimal": (put("Credit", "12,5"), "amount"),
    "no amount": (put("Credit", ""), "amount"),
    "no label": (put("EcritureLib", ""), "empty"),
    "no piece": (put("PieceRef", " "), "empty"),
    "no account": (put("CompteNum", ""), "account"),
    "account in words": (put("CompteNum", "VENTES"), "account"),
    "half a customer": (put("CompAuxNum", "C1"), "pair"),
    "half a lettering": (put("EcritureLet", "A"), "pair"),
    "half a currency": (put("Idevise", "USD"), "pair"),
    "number in words": (put("EcritureNum", "A12"), "number"),
}
FILES: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "semicolons": (NAME, lambda c: c.replace(b"\t", b";"), "head"),
    "no head": (NAME, lambda c: c.split(b"\r\n", 1)[1], "head"),
    "bad name": ("journal.txt", lambda c: c, "name"),
    "false siren": (NAME.replace("732829320", "732829321"), lambda c: c, "siren"),
    "impossible close": ("732829320FEC20261331.txt", lambda c: c, "name"),
}


def test_f10_there_are_sixteen_mutants_or_more() -> None:
    assert len(MUTANTS) + len(FILES) >= 16


@pytest.fixture(scope="module")
def faultless(life, lasting_world: World) -> Rows:
    found = rows(lasting_world.a.id, lasting_world)
    end = next(n for n in range(40, 60) if found[n][2] != found[n - 1][2])
    return found[:end]


@pytest.fixture
def good(faultless: Rows) -> Rows:
    return [list(row) for row in faultless]


@pytest.mark.parametrize("name", MUTANTS)
def test_f10_a_spoiled_line_is_named(good: Rows, name: str) -> None:
    spoil, rule = MUTANTS[name]
    assert lint(NAME, journal.content(good)) == []
    spoil(good)
    assert rule in {fault.rule for fault in lint(NAME, journal.content(good))}


@pytest.mark.parametrize("name", FILES)
def test_f10_a_spoiled_file_is_named(good: Rows, name: str) -> None:
    file_name, spoil, rule = FILES[name]
    assert rule in {fault.rule for fault in lint(file_name, spoil(journal.content(good)))}
