"""Invoices at the desk: what is missing is said, a draft is issued by the worker, lists export."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.invoicing import runs, sellers
from app.invoicing.court import court
from app.invoicing.models import BillingItem, Document, Draft
from app.invoicing.seal import digest
from app.ledger import taxes
from app.ledger.journal import ENCODING
from app.ledger.lint import lint
from app.ledger.seal import seal
from tests.at_desk import Colleague
from tests.invoicing import office
from tests.invoicing.office import consumer, sell, take_back
from tests.invoicing.papers import FIRM
from tests.jobs import run_jobs
from tests.world import World

WAITING = "/gestion/facturation"


@pytest.fixture
def venue(world: World) -> int:
    office.complete(world.a.id)
    return world.a.id


@pytest.fixture
def alice(world: World, client) -> Colleague:
    db.session.commit()
    return Colleague(client("a.localhost"), "alice")


@pytest.fixture(scope="module", autouse=True)
def judge_goes_home() -> Iterator[None]:
    """The worker's own judge, asked by these tests."""
    yield
    court.close()


def prepared(alice: Colleague, customer: str = "siren:552100554") -> str:
    sent = alice.post(f"{WAITING}/preparer", client=customer, devise="EUR")
    assert sent.status_code == 302, sent.text[:500]
    return sent.headers["Location"]


def issued(alice: Colleague, place: str) -> str:
    """Issue a draft as the worker does; the address of its document."""
    assert alice.post(f"{place}/emettre").status_code == 302
    run_jobs(only="invoicing.issue")
    return alice.get(place).headers["Location"]


def test_a_venue_is_told_exactly_what_is_missing(world: World, alice: Colleague) -> None:
    sell(3900)
    page = alice.read(WAITING)
    for words in ("Raison sociale", "SIREN", "SIRET de l’établissement", "IBAN", "RCS ou RNE"):
        assert words in page
    assert 'href="/gestion/reglages/facturation#iban"' in page
    sent = alice.post(f"{prepared(alice)}/emettre")
    assert sent.status_code == 422
    assert "complétez" in sent.text


def test_settings_take_what_is_right_and_name_what_is_not(venue: int, alice: Colleague) -> None:
    place = "/gestion/reglages/facturation"
    right = {name: str(value) for name, value in office.PROFILE.items() if value}
    for name, value, words in (
        ("iban", "FR00", "IBAN"), ("siret", "123", "SIRET"), ("bic", "NOPE", "BIC"),
        ("prefix", "D", "devis"), ("prefix", "F2", "lettres"), ("terms_days", "61", "60 jours"),
    ):  # fmt: skip
        sent = alice.post(place, **(right | {name: value}))
        assert sent.status_code == 422
        assert words in sent.text
    assert alice.post(place, **(right | {"prefix": "MOU"})).status_code == 302
    assert 'value="MOU"' in alice.read(place)
    wrong = alice.post(place, **(right | {"debits": "2026-02-30"}))
    assert wrong.status_code == 422
    assert "Cette date n’existe pas" in wrong.text
    for since, account in (("2099-01-01", "vat_pending"), ("2020-01-01", "vat")):
        alice.post(place, **(right | {"debits": since}))
        assert f'value="{since}"' in alice.read(place)
        assert taxes.vat_account() == account, "from that day on, not before"
    alice.post(place, **right)
    assert taxes.vat_account() == "vat", "a form without the field leaves it"
    alice.post(place, **(right | {"debits": ""}))
    assert taxes.vat_account() == "vat_pending"


def test_from_charges_to_a_document_and_its_files(venue: int, alice: Colleague) -> None:
    sell(3900)
    assert "Atelier Roux SARL" in alice.read(WAITING)
    place = prepared(alice)
    assert alice.get(f"{place}/apercu").data.startswith(b"%PDF")
    page = alice.read(issued(alice, place))
    name = re.search(r"F-\d{4}-0001", page)
    assert name
    assert "règles contrôlées" in page
    document = db.session.scalars(select(Document)).one()
    for form in ("pdf", "xml"):
        sent = alice.get(f"/gestion/factures/{document.id}/{form}")
        assert digest(sent.data) == getattr(document, f"{form}_sha256")
    assert document.fired["en16931"] >= 80
    assert document.fired["french"] >= 55
    assert "39\u00a0€" in alice.read("/gestion/factures")


def test_a_page_that_waits_for_the_worker_asks_for_itself_again(
    venue: int, alice: Colleague
) -> None:
    sell(3900)
    place, asks = prepared(alice), {"HX-Request": "true"}
    alice.post(f"{place}/emettre")
    waiting = alice.get(place, headers=asks)
    assert waiting.status_code == 200
    assert 'id="suite"' in waiting.text
    run_jobs(only="invoicing.issue")
    done = alice.get(place, headers=asks)
    assert (done.status_code, done.headers["HX-Redirect"][:18]) == (204, "/gestion/factures/")


def test_a_draft_says_what_the_venue_must_fill_and_where(venue: int, alice: Colleague) -> None:
    sell(3900)
    place = prepared(alice)
    assert "il manque à votre lieu" not in alice.read(place)
    sellers.keep(office.PROFILE | {"siret": ""})
    db.session.commit()
    refused = alice.post(f"{place}/emettre")
    assert refused.status_code == 422
    assert "il manque à votre lieu" in refused.text
    assert 'href="/gestion/reglages/facturation#siret"' in refused.text


def test_a_wrong_draft_comes_back_with_every_fault_and_is_mended(
    venue: int, alice: Colleague
) -> None:
    broken = {"street": "", "siren": "552100555", "vat": ""}
    sell(3900, buyer=type(FIRM)(**(vars(FIRM) | broken)))
    place = prepared(alice)
    assert alice.post(f"{place}/emettre").status_code == 302
    run_jobs(only="invoicing.issue")
    page = alice.read(place)
    assert "Rien n’a été émis" in page
    assert "Adresse du client" in page
    assert "Ce SIREN n’existe pas" in page
    assert db.session.scalars(select(Document)).all() == []
    alice.post(place, street="8 rue des Tanneurs", siren="552 100 554", kind="fr_business")
    assert "factures/" in issued(alice, place)
    document = db.session.scalars(select(Document)).one()
    assert (document.number, document.paper.buyer.street) == (1, "8 rue des Tanneurs")


def test_a_payment_a_credit_note_and_too_much_of_either(venue: int, alice: Colleague) -> None:
    sell(3900)
    place = issued(alice, prepared(alice))
    assert alice.post(f"{place}/reglement", montant="50", moyen="transfer").status_code == 422
    assert alice.post(f"{place}/reglement", montant="19,50", moyen="transfer").status_code == 302
    assert "19,50 €" in alice.read(place).replace("\u00a0", " ")
    assert alice.post(f"{place}/avoir", ligne1="39,01").status_code == 422
    wrong = alice.post(f"{place}/avoir", ligne1="trente")
    assert (wrong.status_code, "« trente » n’est pas un montant" in wrong.text) == (422, True)
    assert '<details class="card" open>' in wrong.text
    assert 'value="trente"' in wrong.text
    draft = alice.post(f"{place}/avoir", ligne1="19,50").headers["Location"]
    run_jobs(only="invoicing.issue")
    note = alice.read(alice.get(draft).headers["Location"])
    assert "Avoir" in note
    assert "Réglé" in alice.read(place)


def test_the_journal_holds_what_was_billed_paid_and_given_back(
    venue: int, alice: Colleague
) -> None:
    """The accountant's file, after a month with an invoice, a part payment and a credit note."""
    sell(3900)
    place = issued(alice, prepared(alice))
    alice.post(f"{place}/reglement", montant="19,50", moyen="transfer")
    alice.post(f"{place}/avoir", ligne1="9,00")
    run_jobs(only="invoicing.issue")
    seal(db.session.connection(), venue, office.KEYS, settle=dt.timedelta(hours=-1))
    db.session.commit()
    year = office.today().year
    answer = alice.get(f"/gestion/comptes/journal.txt?du={year}-01-01&au={year}-12-31")
    assert answer.status_code == 200
    assert lint(f"732829320FEC{year}1231.txt", answer.data) == []
    rows = [line.split("\t") for line in answer.data.decode(ENCODING).splitlines()[1:]]
    said = {row[10].split(" F-")[0].split(" TVA")[0] for row in rows}
    assert {"Facturation", "Avoir", "Encaissement"} <= said
    owed = {(row[6], row[7]) for row in rows if row[4] == "411000"}
    assert owed == {("552100554", "Atelier Roux SARL")}
    billed = [row for row in rows if row[10].startswith("Facturation")]
    first = db.session.scalars(select(Document.name).order_by(Document.id)).first()
    assert {row[8] for row in billed} == {first}
    balance: Counter[str] = Counter()
    for row in rows:
        debit, credit = (int(row[n].replace(",", "")) for n in (11, 12))
        balance[row[4]] += debit - credit
    assert balance["478000"] == 0
    assert balance["411000"] == 3900 - 1950 - 900
    assert balance["706000"] == -(3900 - 900) * 5 // 6


def test_a_long_invoice_is_given_back_whole_by_one_tick(venue: int, alice: Colleague) -> None:
    """Fields of a long document are empty: what nobody typed is not given back."""
    for cents in range(1000, 2200, 100):
        sell(cents)
    place = issued(alice, prepared(alice))
    page = alice.read(place)
    assert "4 autres lignes" in page
    field = re.search(r'<input[^>]*name="ligne1"[^>]*>', page)
    assert field is not None
    assert re.search(r'value="\d', field[0]) is None
    alice.post(f"{place}/avoir", tout="1")
    run_jobs(only="invoicing.issue")
    first, note = db.session.scalars(select(Document).order_by(Document.id))
    assert (note.kind, note.gross_cents) == ("credit_note", first.gross_cents)


def test_what_was_taken_back_becomes_a_credit_note(venue: int, alice: Colleague) -> None:
    number = sell(3900)
    issued(alice, prepared(alice))
    take_back(number, 3900)
    db.session.commit()
    assert "Avoir" in alice.read(WAITING)
    issued(alice, prepared(alice))
    assert [one.kind for one in db.session.scalars(select(Document).order_by(Document.id))] == [
        "invoice", "credit_note",
    ]  # fmt: skip


def test_filters_live_in_the_address_and_exports_follow_them(venue: int, alice: Colleague) -> None:
    sell(3900, label="=cmd()")
    consumer(2000)
    for customer in ("siren:552100554", "person:7"):
        issued(alice, prepared(alice, customer))
    assert "Lou Martin" not in alice.read("/gestion/factures?q=roux&etat=due&tri=gross")
    assert "Aucun document" in alice.read("/gestion/factures?etat=late")
    page = alice.read("/gestion/factures?q=lou")
    assert 'href="/gestion/factures/export/csv?q=lou' in page.replace("&amp;", "&")
    rows = list(
        csv.reader(io.StringIO(alice.get("/gestion/factures/export/csv?q=lou").text), delimiter=";")
    )
    assert [row[4] for row in rows[1:]] == ["Lou Martin"]
    assert rows[1][8:10] == ["20,00", "20,00"]
    book = zipfile.ZipFile(io.BytesIO(alice.get("/gestion/factures/export/xlsx").data))
    assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    archive = zipfile.ZipFile(io.BytesIO(alice.get("/gestion/factures/export/zip").data))
    proof = json.loads(archive.read("proof.json"))
    assert len(proof) == 2
    for one in proof:
        content = archive.read(f"{one['number'][2:6]}/{one['number']}.pdf")
        assert digest(content) == one["pdf_sha256"]


def test_a_month_end_bills_firms_and_sets_the_bad_one_aside(venue: int, alice: Colleague) -> None:
    names = ["siren:552100554", "siren:404833048", "siren:443061841"]
    for customer in names:
        siren = customer.partition(":")[2]
        street = "" if siren == "404833048" else FIRM.street
        buyer = type(FIRM)(**(vars(FIRM) | {"siren": siren, "vat": "", "street": street}))
        sell(3900, customer=customer, buyer=buyer)
        sell(1000, customer=customer, buyer=buyer)
    consumer(2000)
    place = alice.post(f"{WAITING}/cloture", jusqu_au="2026-11-20").headers["Location"]
    assert alice.post(f"{WAITING}/cloture", jusqu_au="2026-11-20").status_code == 422
    run_jobs(only="invoicing.run")
    page = alice.read(place)
    assert "2 factures émises" in page
    assert "1 à corriger" in page
    documents = db.session.scalars(select(Document).order_by(Document.id)).all()
    assert [(one.gross_cents, len(one.paper.lines)) for one in documents] == [(4900, 2)] * 2
    item = db.session.scalars(select(BillingItem).where(BillingItem.state == "refused")).one()
    draft = db.session.get_one(Draft, item.draft_id)
    assert {fault["rule"] for fault in draft.faults} == {"OWN-ADDRESS"}
    page = alice.read(f"{WAITING}/brouillons/{draft.id}")
    assert 'href="#street">Adresse du client</a>' in page
    assert 'aria-describedby="street-error"' in page
    assert runs.live() is None


def test_a_killed_month_end_goes_on_where_it_stopped(
    venue: int, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the second customer, run again: each has one document, none has two."""
    for number, siren in enumerate(("552100554", "404833048", "443061841", "732829320")):
        buyer = type(FIRM)(**(vars(FIRM) | {"siren": siren, "vat": ""}))
        sell(1000 + number, customer=f"siren:{siren}", buyer=buyer)
    today = clock.now().astimezone(office.tenant(venue).books_zone).date()
    run = runs.begin(office.tenant(venue), today, by=None)
    work = office.work(venue)
    for _turn in range(2):
        item = runs.next_item(run.id)
        assert item
        runs.bill(item, run, work)
        db.session.commit()
    half = runs.next_item(run.id)
    assert half
    point = db.session.begin_nested()
    runs.bill(half, run, work)
    point.rollback()  # the power went before the commit
    db.session.expire_all()
    while (item := runs.next_item(run.id)) is not None:
        runs.bill(item, run, work)
    runs.end(run.id)
    found = db.session.scalars(select(Document).order_by(Document.number)).all()
    assert [one.number for one in found] == [1, 2, 3, 4]
    assert len({one.customer for one in found}) == 4
    assert runs.progress(run.id).done == 4


def test_the_front_desk_sees_no_invoice(venue: int, client) -> None:
    db.session.commit()
    bob = Colleague(client("a.localhost"), "bob")
    for place in ("/gestion/factures", WAITING, "/gestion/factures/export/csv"):
        assert bob.get(place).status_code == 404


def test_who_waits_is_searched_sorted_paged_and_exported(venue: int, alice: Colleague) -> None:
    for number in range(43):
        buyer = replace(FIRM, name=f"Atelier {number:02}")
        sell(100 * (50 - number), customer=f"firm:{number}", buyer=buyer)
    db.session.commit()
    page = alice.read(WAITING)
    assert "Atelier 39" in page
    assert "Atelier 40" not in page
    assert "Atelier 42" in alice.read(f"{WAITING}?page=2")
    assert "Atelier 42" in alice.read(f"{WAITING}?tri=total")
    only = alice.read(f"{WAITING}?q=atelier+07&type=fr_business")
    assert "Atelier 07" in only
    assert "Atelier 08" not in only
    assert "ne répond à ces filtres" in alice.read(f"{WAITING}?q=personne")
    rows = list(
        csv.reader(
            io.StringIO(alice.read(f"{WAITING}/clients/csv?q=atelier&tri=-name")), delimiter=";"
        )
    )
    assert (len(rows), rows[1][0], rows[1][5]) == (44, "Atelier 42", "8,00")
    assert alice.get(f"{WAITING}/clients/xlsx").data[:2] == b"PK"


@pytest.mark.parametrize(
    "place",
    ["membres", "entreprises", "factures", "factures/impayes", "comptes/clotures", "caisse"],
)
def test_a_page_beyond_the_last_is_an_empty_one(alice: Colleague, place: str) -> None:
    for number in ("999999999999999999999999", "-3", "two", "0"):
        assert alice.get(f"/gestion/{place}?page={number}").status_code == 200, number
