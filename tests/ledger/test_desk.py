"""The accounts at the desk: VAT by rate, closures, exports, and what is missing for them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from flask import Flask
from flask_babel import force_locale

from app.core.db import db
from app.ledger import closing, words
from app.ledger.keys import keys
from app.ledger.lint import lint
from app.ledger.models import LedgerCheck, LedgerClosure
from app.ledger.rules import sale
from app.ledger.taxes import receipt
from app.tenants.models import Tenant
from tests.at_desk import Colleague, set_clock
from tests.jobs import run_jobs
from tests.ledger.books import write
from tests.ledger.test_closures import PARIS
from tests.world import World

HERE = "/gestion/comptes"
ROOT = Path(__file__).resolve().parents[2] / "app"
SAYERS = ("ledger/verify.py", "ledger/nightly.py", "invoicing/anchoring.py")
WORD = re.compile(r'(?:Break|Contradiction)\("(\w+)"|"(cut_off|not_as_anchored)"')
DAY = dt.datetime(2026, 3, 20, 12, tzinfo=PARIS)


@pytest.fixture
def alice(client, world: World) -> Colleague:
    write(
        [
            (DAY, 1, "sold", sale(12_000, 2000)),
            (DAY, 1, "captured:1", receipt("cash", 12_000, {2000: 12_000}, {})),
            (DAY, 2, "sold", sale(5_500, 1000)),
        ]
    )
    db.session.get_one(Tenant, world.a.id).legal = {"siren": "732829320"}
    closing.close_due(DAY + dt.timedelta(days=14), keys())
    db.session.commit()
    return Colleague(client("a.localhost"), "alice")


def test_vat_is_told_by_rate(alice: Colleague) -> None:
    page = alice.read(f"{HERE}?mois=2026-03").replace("\u00a0", " ").replace("\u202f", " ")
    assert "TVA de mars 2026" in page
    for said in ("20 %", "10 %", "150 €", "25 €", "Espèces", "120 €"):
        assert said in page, said
    assert "Aucun mouvement" in alice.read(f"{HERE}?mois=2020-01")


def test_the_month_that_has_just_begun_is_one_step_ahead(
    client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At twenty past midnight in Paris it is still last year in UTC."""
    set_clock(monkeypatch, dt.datetime(2026, 12, 31, 23, 20, tzinfo=dt.UTC))
    alice = Colleague(client("a.localhost"), "alice")
    assert "mois=2027-01" in alice.read(f"{HERE}?mois=2026-12")
    assert "mois=2027-02" not in alice.read(HERE)


def test_closures_say_whether_the_chain_holds(alice: Colleague, world: World) -> None:
    page = alice.read(f"{HERE}/clotures")
    assert "sera vérifiée cette nuit" in page
    assert "20 mars 2026" in page
    assert "n° 2" in alice.read(f"{HERE}/clotures?genre=day&page=1")
    assert alice.post(f"{HERE}/clotures/verification").status_code == 302
    with world.a.entered():
        run_jobs(only="ledger.check")
    assert "aucune modifiée" in alice.read(f"{HERE}/clotures")
    with world.a.entered():
        broken = [{"what": "line_changed", "table": "ledger_line", "row_id": 7, "number": 1}]
        db.session.add(LedgerCheck(number=3, breaks=1, found=broken))
        db.session.commit()
    page = alice.read(f"{HERE}/clotures")
    assert "ledger_line 7" in page
    assert "Une ligne d’une écriture a été modifiée après avoir été scellée." in page
    assert "line_changed" not in page, "no word for programs"


def test_every_word_of_a_break_is_said_with_what_to_do(app: Flask) -> None:
    """Whatever the reading of the books may find has words of its own, in both languages."""
    code = "".join((ROOT / name).read_text() for name in SAYERS)
    known = sorted({one or other for one, other in WORD.findall(code)})
    assert {"not_as_anchored", "anchor_forged", "closure_changed", "unsealed"} <= set(known)
    for lang in ("fr", "en"):
        with app.test_request_context(), force_locale(lang):
            broken = [{"what": w, "table": "ledger_seal", "row_id": 1, "number": 2} for w in known]
            other = {"what": "?", "table": "document D-1", "row_id": 0, "number": 0}
            told = words.told([*broken, other])
            assert len({one.said for one in told}) == len(known) + 1
            assert all(one.todo and "_" not in one.said for one in told)


def test_the_summary_of_vat_opens_in_a_spreadsheet_with_the_sums_of_the_page(
    alice: Colleague,
) -> None:
    raw = alice.get(f"{HERE}/tva.csv?mois=2026-03").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(raw), delimiter=";"))
    assert rows[0][2:4] == ["Ligne", "Ventes HT"]
    at = {row[2]: row for row in rows[1:]}
    assert at["20 %"][3].endswith(",00")
    parts = [row for name, row in at.items() if name.endswith("%") or name == "Sans taux"]
    for column in range(3, 8):
        cents = sum(round(float(row[column].replace(",", ".")) * 100) for row in parts)
        assert round(float(at["Total"][column].replace(",", ".")) * 100) == cents
    sheet = alice.get(f"{HERE}/tva.xlsx?mois=2026-03")
    assert sheet.data[:2] == b"PK"
    assert "tva-2026-03.xlsx" in sheet.headers["Content-Disposition"]


def test_the_journal_is_handed_over_when_it_is_faultless(alice: Colleague) -> None:
    answer = alice.get(f"{HERE}/journal.txt?du=2026-03-01&au=2026-03-31")
    assert answer.headers["Content-Disposition"].endswith('"732829320FEC20260331.txt"')
    assert lint("732829320FEC20260331.txt", answer.data) == []
    assert answer.data.count(b"\r\n") == 1 + 3 + 4 + 3


def test_the_archive_of_a_year_is_handed_over(alice: Colleague) -> None:
    answer = alice.get(f"{HERE}/archive.zip?annee=2026")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as zipped:
        assert {"manifest.json", "verify.py", "entries.jsonl"} <= set(zipped.namelist())
    assert alice.get(f"{HERE}/archive.zip?annee=2020").status_code == 409
    assert alice.get(f"{HERE}/archive.zip?annee=x").status_code == 404


@pytest.mark.parametrize("asked", ["", "?du=2026-03-31&au=2026-03-01", "?du=x&au=y"])
def test_a_period_that_is_none_is_refused_with_words(alice: Colleague, asked: str) -> None:
    answer = alice.get(f"{HERE}/journal.txt{asked}")
    assert answer.status_code == 422
    assert "dernier jour" in answer.text


def test_what_is_missing_is_said_with_where_to_fill_it(alice: Colleague, world: World) -> None:
    with world.a.entered():
        db.session.get_one(Tenant, world.a.id).legal = {}
        db.session.commit()
    assert "/gestion/reglages#siren" in alice.read(f"{HERE}/exports")
    answer = alice.get(f"{HERE}/journal.txt?du=2026-03-01&au=2026-03-31")
    assert (answer.status_code, "Il manque le SIREN" in answer.text) == (422, True)


def test_the_front_desk_does_not_see_the_accounts(client, world: World) -> None:
    bob = Colleague(client("a.localhost"), "bob")
    for path in ("", "/clotures", "/exports", "/journal.txt", "/archive.zip"):
        assert bob.get(HERE + path).status_code == 404


def periods(page: str) -> list[str]:
    return re.findall(r'<span class="muted small">n° (\d+)</span>', page)


def test_closures_are_found_ordered_and_handed_out(alice: Colleague, world: World) -> None:
    """By number, print or day; the address says which, and the file has the same rows."""
    place = f"{HERE}/clotures"
    whole = periods(alice.read(place))
    assert whole == sorted(whole, key=int, reverse=True)
    assert len(whole) > 5
    assert periods(alice.read(f"{place}?tri=day")) == whole[::-1]
    assert periods(alice.read(f"{place}?tri=-received"))[0] == "1", "the day with the money"
    assert periods(alice.read(f"{place}?q=n°3")) == ["3"]
    with world.a.entered():
        one = db.session.query(LedgerClosure).filter_by(kind="day", number=2).one()
        digest, first = one.digest, one.first_day
    assert periods(alice.read(f"{place}?q={digest[:10].upper()}")) == ["2"]
    assert periods(alice.read(f"{place}?du={first}&au={first}")) == ["2"]
    none = alice.read(f"{place}?q=zzz&du=2026-01-01")
    assert "Aucune clôture ne répond" in none
    assert 'name="q" value="zzz"' in none, "what was asked stays"
    said = alice.get(f"{place}/liste.csv?tri=day&q=1").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(said), delimiter=";"))
    assert [row[0] for row in rows] == ["Numéro", "1"]
    assert rows[1][6:8] == ["120,00", "0,00"]
    sheet = cells(alice.get(f"{place}/liste.xlsx?genre=day").data)
    assert [row[0] for row in sheet[1:]] == [float(n) for n in whole]
    assert sum(row[6] for row in sheet[1:]) == 120.0
    assert "Aucune clôture<" in alice.read(f"{place}?genre=year"), "nothing closed is no filter"


def cells(content: bytes) -> list[list[object]]:
    """The first sheet of a workbook as rows; read with the library of the archive format alone."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = ["".join(node.itertext()) for node in fromstring(book.read("xl/sharedStrings.xml"))]
        sheet = fromstring(book.read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    found: list[list[object]] = []
    for row in sheet.iter(f"{space}row"):
        values: list[object] = []
        for one in row.iter(f"{space}c"):
            value = one.findtext(f"{space}v") or ""
            values.append(texts[int(value)] if one.get("t") == "s" else float(value or 0))
        found.append(values)
    return found
