"""What goes to the accountant adds up to the ledger: the journal in FEC format, the archive and the
tables, on days with refunds, deposits, credit notes, a short till and a debit that came back.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections import Counter, defaultdict
from typing import Any

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import db
from app.invoicing import drafts, quoting
from app.invoicing.issue import issue
from app.invoicing.parts import priced
from app.ledger import closing, journal
from app.ledger.keys import keys
from app.ledger.lint import lint
from app.ledger.rules import sale
from app.ledger.seal import seal
from app.payments import drawer, refunds, rules
from app.payments.rules import Due
from tests.at_desk import Colleague
from tests.invoicing import office
from tests.invoicing.office import invoice, pay, sell, take_back, work
from tests.invoicing.papers import FIRM, S10, S20
from tests.ledger.books import NOW, write
from tests.ledger.test_desk import cells
from tests.payments.test_returns import said
from tests.world import World

HERE = "/gestion/comptes"
TODAY = text("select (now() at time zone 'Europe/Paris')::date")
SUMS = text("""
select l.account, (e.posted_at at time zone 'Europe/Paris')::date,
       sum(l.amount_cents) filter (where l.amount_cents > 0),
       -sum(l.amount_cents) filter (where l.amount_cents < 0)
  from ledger_line l join ledger_entry e on e.tenant_id = l.tenant_id and e.id = l.entry_id
 where l.tenant_id = :tenant group by 1, 2
""")
Sums = dict[tuple[str, str], tuple[int, int]]


def busy(venue: int) -> None:
    """A day on which everything happens once."""
    drawer.open_with(10_000, "EUR", by=1, origin="bank")
    first, mixed = sell(12_000), sell(11_000, S10)
    cash = rules.record_at_desk(Due("test", first, 12_000), "cash", None)
    refunds.request(cash.id, 2_000, "geste")
    take_back(first, 2_000)
    pay(mixed, 3_333)
    office.invoice(venue)
    late = sell(6_000)
    debit = rules.begin(Due("test", late, 6_000, rates={2000: 6_000}), "sepa_debit")
    rules.apply(debit.id, said(debit))
    bill = invoice(venue)
    rules.apply(debit.id, said(debit, disputed=True))
    pay(bill.id, 1_500, "document")
    lines = [priced("Gala", 24_000, S20), priced("Repas", 5_501, S10)]
    quote = issue(
        drafts.quote(office.tenant(venue), "siren:552100554", FIRM, lines, by=None).id, work(venue)
    )
    quoting.answer(quote, "accepted", "Maya Roux", dt.date(2026, 11, 1), by=None)
    for cents, paid in ((7_001, 7_001), (2_000, 0)):
        deposit = issue(drafts.deposit(quote, office.tenant(venue), cents, by=None).id, work(venue))
        if paid:
            pay(deposit.id, paid, "document")
    issue(quoting.bill(quote, office.tenant(venue), by=None).id, work(venue))
    drawer.move(-1_250, "expense", "Piles", "EUR", by=1)
    left = drawer.in_books("EUR") - 500
    counts = {1: left % 100, 100: left // 100}
    drawer.close(counts, "EUR", by=1, explanation="Un billet manque", banked_cents=5_000)


@pytest.fixture
def alice(client, world: World) -> Colleague:
    office.complete(world.a.id)
    yesterday = clock.now() - dt.timedelta(days=1)
    write([(yesterday, 9_001, "sold", sale(5_275, 550))])
    busy(world.a.id)
    seal(db.session.connection(), world.a.id, keys(), settle=NOW)
    closing.close_due(clock.now() + dt.timedelta(days=3), keys())
    db.session.commit()
    return Colleague(client("a.localhost"), "alice")


def in_ledger(world: World) -> Sums:
    with world.a.entered():
        rows = db.session.execute(SUMS, {"tenant": world.a.id}).all()
    return {(one[0], f"{one[1]:%Y%m%d}"): (int(one[2] or 0), int(one[3] or 0)) for one in rows}


def in_journal(content: bytes) -> Sums:
    names = {number: account for account, (number, _name) in journal.CHART.items()}
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    said = csv.DictReader(io.StringIO(content.decode("iso8859-15")), delimiter="\t")
    for row in said:
        sums = found[names[row["CompteNum"]], row["EcritureDate"]]
        sums[0] += int(row["Debit"].replace(",", ""))
        sums[1] += int(row["Credit"].replace(",", ""))
    return {key: (debit, credit) for key, (debit, credit) in found.items()}


def in_entries(content: bytes) -> Sums:
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in content.splitlines():
        entry = json.loads(line)
        for _id, account, _rate, cents in entry["lines"]:
            found[account, entry["day"].replace("-", "")][cents < 0] += abs(cents)
    return {key: (debit, credit) for key, (debit, credit) in found.items()}


def days(world: World) -> tuple[dt.date, dt.date]:
    with world.a.entered():
        today = db.session.execute(TODAY).scalar_one()
    return today - dt.timedelta(days=1), today + dt.timedelta(days=1)


def test_the_journal_and_the_archive_add_up_to_the_ledger(alice: Colleague, world: World) -> None:
    """By account and day, debits and credits apart."""
    kept = in_ledger(world)
    for account in ("transfer", "prepaid", "till_difference", "sepa_clearing", "vat_collected"):
        assert any(name == account for name, _day in kept), account
    first, last = days(world)
    answer = alice.get(f"{HERE}/journal.txt?du={first}&au={last}")
    assert answer.status_code == 200, answer.text
    assert in_journal(answer.data) == kept
    assert lint(f"732829320FEC{last:%Y%m%d}.txt", answer.data) == []
    zipped = alice.get(f"{HERE}/archive.zip?annee={first.year}")
    assert zipped.status_code == 200
    with zipfile.ZipFile(io.BytesIO(zipped.data)) as found:
        assert found.testzip() is None
        assert in_entries(found.read("entries.jsonl")) == kept
        name = next(name for name in found.namelist() if "FEC" in name)
        assert in_journal(found.read(name)) == kept
        closed = [json.loads(line) for line in found.read("closures.jsonl").splitlines()]
    said = [json.loads(one["content"]) for one in closed]
    assert sum(one["entries"] for one in said if one["kind"] == "day") == len(
        {row["number"] for row in map(json.loads, _lines(zipped.data))}
    )


def _lines(zipped: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(zipped)) as found:
        return found.read("entries.jsonl").splitlines()


def test_the_tables_of_a_closed_day_add_up_to_the_ledger(alice: Colleague, world: World) -> None:
    """The workbook of closures and that of VAT, opened, beside what the ledger holds."""
    kept = Counter[str]()
    for (account, _day), (debit, credit) in in_ledger(world).items():
        kept[account] += debit - credit
    rows = cells(alice.get(f"{HERE}/clotures/liste.xlsx").data)
    heads = {name: n for n, name in enumerate(rows[0])}
    total = {
        name: sum(_cents(row[n]) for row in rows[1:]) for name, n in heads.items() if n in (6, 7, 8)
    }
    assert total["TVA exigible"] == -kept["vat_collected"] - kept["vat"]
    # 120 in cash, 33,33 and 15 by transfer, a debit of 60, a deposit of 70,01; 20 and the 60 back
    assert total["Encaissé"] == 12_000 + 3_333 + 1_500 + 6_000 + 7_001
    assert total["Rendu"] == 2_000 + 6_000
    sums: Counter[str] = Counter()
    for month in sorted({f"{day:%Y-%m}" for day in days(world)}):
        for row in cells(alice.get(f"{HERE}/tva.xlsx?mois={month}").data)[1:]:
            if row[2] == "Total":
                sums.update(
                    net=_cents(row[3]), due=_cents(row[7]), moved=_cents(row[5]) - _cents(row[6])
                )
            elif str(row[2]) in ("Espèces", "Virement", "Prélèvement SEPA"):
                sums[str(row[2])] += _cents(row[8])
    assert sums["net"] == -kept["sales"] - kept["prepaid"]
    assert sums["due"] == total["TVA exigible"]
    assert sums["moved"] == total["Encaissé"] - total["Rendu"]


def _cents(value: Any) -> int:
    return round(float(value) * 100) if isinstance(value, float) else 0
