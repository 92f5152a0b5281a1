"""The accounts at the desk: VAT by rate, closures, exports, and what is missing for them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest

from app.core.db import db
from app.ledger import closing
from app.ledger.keys import keys
from app.ledger.lint import lint
from app.ledger.models import LedgerCheck
from app.ledger.rules import sale
from app.ledger.taxes import receipt
from app.tenants.models import Tenant
from tests.at_desk import Colleague
from tests.jobs import run_jobs
from tests.ledger.books import write
from tests.ledger.test_closures import PARIS
from tests.world import World

HERE = "/gestion/comptes"
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
    assert "ledger_line 7" in alice.read(f"{HERE}/clotures")


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
