"""A member reads their own papers and their company's, and nobody else's; the account's balance is
the ledger's; who paid asks for an invoice by themselves, a guest by the link."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.core.db import db
from app.invoicing import crediting, drafts, settle, statement
from app.invoicing.issue import issue
from app.invoicing.models import Buyer, Charge, Document, Draft
from app.invoicing.parts import priced
from app.invoicing.whose import Whose
from app.members import companies
from app.members.models import Company, Person
from tests.at_desk import Colleague, token_in
from tests.booking.test_withdrawal import booked
from tests.invoicing import office
from tests.invoicing.papers import FIRM, S10, S20
from tests.members.test_companies import FRENCH
from tests.world import World

HERE = "/moi/factures"


@pytest.fixture
def venue(world: World) -> int:
    office.complete(world.a.id)
    return world.a.id


def firm_of(world: World) -> Company:
    """A company whose seats Carla keeps."""
    one = companies.describe(Company(), FRENCH)
    me = db.session.get_one(Person, world.carla_person)
    companies.give_seat(one.id, me, keeps_seats=True)
    return one


def ledger_says(whose: Whose) -> int:
    found = db.session.scalars(select(Document.id).where(whose.holds()))
    return sum(settle.due_of(document_id) for document_id in found)


def test_the_account_ends_where_the_ledger_does(world: World, venue: int) -> None:
    key, zone = "siren:552100554", office.tenant(venue).books_zone
    whose = Whose(key, FIRM.name)
    first = office.sell(12_000)
    office.pay(first, 2_000)  # before its invoice
    office.sell(5_500, S10)
    one = office.invoice(venue)
    office.pay(one.id, 4_000, "document")
    note = crediting.draft(one, {2: 1_100}, by=None)
    issue(note.id, office.work(venue))
    office.sell(7_700)
    account = statement.of(whose, "EUR", zone)
    assert [(m.cents, m.what) for m in account.movements] == [
        (17_500, "Facture"),
        (-2_000, "Déjà réglé avant la facture"),
        (-4_000, "Règlement reçu"),
        (-1_100, "Avoir"),
    ]
    assert account.after_cents == ledger_says(whose) == 10_400
    assert account.unbilled_cents == 7_700
    tomorrow = account.movements[-1].on + dt.timedelta(days=1)
    later = statement.of(whose, "EUR", zone, since=tomorrow)
    assert (later.before_cents, later.movements, later.after_cents) == (10_400, [], 10_400)


def test_a_deposit_is_asked_for_once_and_deducted_once(world: World, venue: int) -> None:
    whose, zone = Whose("siren:552100554", FIRM.name), office.tenant(venue).books_zone
    said = drafts.quote(
        office.tenant(venue), "siren:552100554", FIRM, [priced("Halle", 60_000, S20)],
        by=None,
    )  # fmt: skip
    answered = issue(said.id, office.work(venue))
    advance = drafts.deposit(answered, office.tenant(venue), 18_000, by=None)
    deposit = issue(advance.id, office.work(venue))
    office.pay(deposit.id, 18_000, "document")
    office.sell(60_000)
    office.invoice(venue)
    account = statement.of(whose, "EUR", zone)
    assert sorted(m.cents for m in account.movements) == [-18_000, -18_000, 18_000, 60_000]
    assert account.after_cents == ledger_says(whose) == 42_000


def test_members_see_their_own_and_their_companys_papers(client, world: World, venue: int) -> None:
    one = firm_of(world)
    own = office.consumer_of(f"person:{world.carla_person}", 3_900)
    office.consumer_of("person:999999", 4_100)
    firm = f"company:{one.id}"
    office.sell(90_000, customer=firm)
    mine = office.invoice(venue, f"person:{world.carla_person}")
    others = office.invoice(venue, "person:999999")
    theirs = office.invoice(venue, firm)
    assert own
    db.session.commit()
    carla = Colleague(client("a.localhost"), "carla")
    page = carla.read(HERE)
    assert mine.name in page
    assert others.name not in page
    assert theirs.name not in page
    assert theirs.name in carla.read(f"{HERE}?pour=entreprise")
    assert "900" in carla.read(f"{HERE}/compte?pour=entreprise")
    assert carla.get(f"{HERE}?pour=autre").status_code == 404
    for document, status in ((mine, 200), (theirs, 200), (others, 404)):
        for suffix in ("pdf", "xml"):
            assert carla.get(f"{HERE}/{document.id}/{suffix}").status_code == status
    assert "ne répond à ces filtres" in carla.read(f"{HERE}?etat=paid")
    assert mine.name in carla.read(f"{HERE}?etat=due&tri=gross&q={mine.name}")
    table = carla.read(f"{HERE}/liste.csv?tri=gross")
    assert f"{mine.name};Facture;" in table
    assert "39,00" in table
    assert theirs.name not in table
    assert theirs.name in carla.read(f"{HERE}/liste.csv?pour=entreprise")
    assert carla.get(f"{HERE}/liste.xlsx").data[:2] == b"PK"
    lines = carla.read(f"{HERE}/compte.csv").splitlines()
    assert lines[-1].endswith(f"{mine.name};Facture;39,00;0,00;39,00")
    paper = carla.get(f"{HERE}/compte.pdf?du=2020-01-01")
    assert (paper.status_code, paper.data[:5]) == (200, b"%PDF-")
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(paper.data)).pages)
    for said in ("Relevé de compte", mine.name, "39,00", "du 1er janvier 2020"):
        assert said in text.replace("\u00a0", " ")
    assert theirs.name not in text
    bob = Colleague(client("a.localhost"), "bob")
    assert bob.get(f"{HERE}/compte.pdf?pour=entreprise").status_code == 404
    assert bob.get(f"{HERE}?pour=entreprise").status_code == 404
    assert bob.get(f"{HERE}/liste.csv?pour=entreprise").status_code == 404
    assert bob.get(f"{HERE}/{mine.id}/pdf").status_code == 404


def _ask(browser, token: str, **fields: str):
    page = browser.get("/connexion").get_data(as_text=True)
    return browser.post(f"/b/{token}/facture", data={"csrf_token": token_in(page), **fields})


def test_a_guest_asks_for_an_invoice_by_the_link_once(client, world: World, venue: int) -> None:
    booking = booked(world)
    guest = client("a.localhost")
    assert "Demander une facture" in guest.get(f"/b/{booking.token}").text
    path = f"/b/{booking.token}/facture"
    for wrong, words in (
        ({"name": ""}, "à quel nom"),
        ({"name": "Roux", "kind": "fr_business"}, "a un SIREN"),
        ({"name": "Roux", "kind": "fr_business", "siren": "123456789"}, "ne tombe pas juste"),
        ({"name": "Roux", "kind": "fr_business", "siren": FIRM.siren}, "l’adresse de l’organ"),
    ):
        sent = _ask(guest, booking.token, **wrong)
        assert (sent.status_code, words in sent.text) == (422, True), words
        assert 'value="' + wrong["name"] in sent.text
    typed = {"name": "Atelier Roux", "kind": "fr_business", "siren": FIRM.siren,
             "street": "8 rue", "postcode": "69005", "city": "Lyon"}  # fmt: skip
    assert _ask(guest, booking.token, **typed).status_code == 303
    assert "en préparation" in guest.get(path).text
    assert _ask(guest, booking.token, **typed).status_code == 303
    assert len(db.session.scalars(select(Draft)).all()) == 1
    draft = db.session.scalars(select(Draft)).one()
    document = issue(draft.id, office.work(venue))
    db.session.commit()
    assert (document.due_cents, document.paper.buyer.siren) == (0, FIRM.siren)
    assert document.name in guest.get(path).text
    assert guest.get(f"{path}.pdf").status_code == 200
    assert _ask(guest, booking.token, **typed).status_code == 422
    assert db.session.scalars(select(Buyer)).all() == []  # a bearer of a link changes no card


def test_what_was_typed_is_kept_for_who_is_signed_in_and_shown_to_nobody_else(
    client, world: World, venue: int
) -> None:
    booking, second = booked(world, days=20), booked(world, days=12)
    for one in (booking, second):
        one.person_id = world.carla_person
        charge = next(iter(db.session.scalars(_charges_of(one.id))))
        charge.customer = f"person:{world.carla_person}"
    db.session.commit()
    carla = Colleague(client("a.localhost"), "carla")
    path = f"/b/{booking.token}/facture"
    fields = {
        "csrf_token": token_in(carla.read(path)),
        "name": "Carla",
        "street": "3 rue des Lilas",
    }
    assert carla.client.post(path, data=fields).status_code == 303
    assert "3 rue des Lilas" in carla.read(f"/b/{second.token}/facture")
    assert "Lilas" not in client("a.localhost").get(f"/b/{second.token}/facture").text


def _charges_of(booking_id: int):
    return select(Charge).where(Charge.source == "booking", Charge.source_id == booking_id)


def test_what_is_not_paid_or_not_ones_own_has_no_invoice_to_ask_for(
    client, world: World, venue: int
) -> None:
    unpaid = booked(world, days=20, paid=False)
    guest = client("a.localhost")
    assert "Demander une facture" not in guest.get(f"/b/{unpaid.token}").text
    assert _ask(guest, unpaid.token, name="Roux").status_code == 422
    paid = booked(world, days=12)
    assert "Demander une facture" in guest.get(f"/b/{paid.token}").text
    office.tenant(venue).legal = {}
    db.session.commit()
    assert "Demander une facture" not in guest.get(f"/b/{paid.token}").text
    assert guest.get(f"/b/{paid.token}/facture.pdf").status_code == 404


def test_a_months_invoice_is_no_links_to_open(client, world: World, venue: int) -> None:
    first, second = booked(world, days=20), booked(world, days=12)
    customer = db.session.scalars(_charges_of(first.id)).one().customer
    document = office.invoice(venue, customer)
    db.session.commit()
    assert len(document.paper.lines) == 2
    assert client("a.localhost").get(f"/b/{first.token}/facture.pdf").status_code == 404
    assert second.id
