"""A quote is written, answered by its customer with a trace, paid in part before, and billed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.mail import Mail
from app.invoicing import doors, quoting, settle
from app.invoicing.court import court
from app.invoicing.models import Document, DocumentEvent, Draft
from tests.at_desk import Colleague, token_in
from tests.invoicing import office
from tests.jobs import run_jobs
from tests.world import World

PLACE = "/gestion/facturation/devis"
CLIENT = {
    "kind": "fr_business", "name": "Atelier Roux SARL", "siren": "552 100 554",
    "email": "maya@roux.example", "street": "8 rue des Tanneurs", "city": "Lyon",
}  # fmt: skip
LINES = {
    "libelle1": "Séminaire, salle Curie", "prix1": "600", "quantite1": "2",
    "nature1": "equipped_space", "libelle2": "Déjeuner", "prix2": "33,00", "quantite2": "10",
    "nature2": "meal",
}  # fmt: skip


@pytest.fixture
def alice(world: World, client) -> Iterator[Colleague]:
    office.complete(world.a.id)
    db.session.commit()
    yield Colleague(client("a.localhost"), "alice")
    court.close()


def issued(alice: Colleague, place: str) -> Document:
    assert alice.post(f"{place}/emettre").status_code == 302
    run_jobs(only="invoicing.issue")
    db.session.expire_all()
    found = db.session.get_one(Draft, int(place.rpartition("/")[2]))
    assert found.document_id, found.faults
    return db.session.get_one(Document, found.document_id)


def quoted(alice: Colleague) -> Document:
    sent = alice.post(f"{PLACE}/nouveau", **CLIENT, **LINES)
    assert sent.status_code == 302, sent.text[:500]
    return issued(alice, sent.headers["Location"])


def answer(client, quote: Document, **typed: str):
    place = f"/document/{doors.token_of(quote.id)}"
    db.session.commit()
    browser = client("a.localhost")
    data = {"csrf_token": token_in(browser.get(place).text), **typed}
    return place, browser.post(f"{place}/reponse", data=data), browser


def test_a_wrong_quote_keeps_what_was_typed(alice: Colleague) -> None:
    for bad, words in (
        ({"name": ""}, "nom du client"), ({"email": "", "siren": ""}, "e-mail ou un SIREN"),
        ({"prix2": "x"}, "Ligne 2"), ({"quantite1": "0"}, "Ligne 1"),
        ({"nature1": "gold"}, "nature inconnue"),
    ):  # fmt: skip
        sent = alice.post(f"{PLACE}/nouveau", **CLIENT | LINES | bad)
        assert sent.status_code == 422
        assert words in sent.text
        assert "Déjeuner" in sent.text
    assert db.session.scalars(select(Draft)).all() == []


def test_lines_are_changed_before_it_is_issued(alice: Colleague) -> None:
    place = alice.post(f"{PLACE}/nouveau", **CLIENT, **LINES).headers["Location"]
    lines = f"{PLACE}/{place.rpartition('/')[2]}/lignes"
    page = alice.read(lines)
    assert 'value="33,00"' in page
    assert re.search(r'value="meal" selected', page)
    assert alice.post(lines, **LINES | {"prix2": "44"}).status_code == 302
    assert db.session.scalars(select(Draft)).one().gross_cents == 164_000


def test_from_a_quote_to_the_last_invoice(alice: Colleague, world: World, client) -> None:
    quote = quoted(alice)
    assert (quote.kind, quote.gross_cents, quote.vat_cents) == ("quote", 153_000, 23_000)
    desk = f"/gestion/factures/{quote.id}"
    alice.post(f"{PLACE}/emis/{quote.id}/facturation")
    assert not quoting.is_billed(quote.id), "nobody accepted it yet"
    for wrong in ({"nom": "", "reponse": "accepted"}, {"nom": "Maya", "reponse": "peut-être"}):
        assert answer(client, quote, **wrong)[1].status_code == 422
    place, sent, browser = answer(client, quote, nom="Maya Roux", reponse="accepted")
    assert sent.status_code == 303
    trace = db.session.scalars(select(DocumentEvent).filter_by(what="accepted")).one()
    assert (trace.detail["name"], trace.detail["pdf_sha256"]) == ("Maya Roux", quote.pdf_sha256)
    letter = db.session.scalars(select(Mail).where(Mail.entity.startswith("answer:"))).one()
    assert quote.pdf_sha256 in letter.text
    page = browser.get(place).text
    assert "Devis accepté par Maya Roux" in page
    assert "Maya Roux" in alice.read(desk)
    data = {
        "csrf_token": token_in(browser.get("/connexion").text),
        "nom": "X",
        "reponse": "declined",
    }
    assert browser.post(f"{place}/reponse", data=data).status_code == 422, "only once"
    draft = alice.post(f"{PLACE}/emis/{quote.id}/acompte", acompte="500").headers["Location"]
    deposit = issued(alice, draft)
    assert (deposit.kind, deposit.gross_cents) == ("deposit", 50_000)
    office.pay(deposit.id, 50_000, source="document")
    db.session.commit()
    final = issued(alice, alice.post(f"{PLACE}/emis/{quote.id}/facturation").headers["Location"])
    assert [one.number for one in final.paper.deposits] == [deposit.name]
    assert final.due_cents == settle.due_of(final.id) == 103_000
    alice.post(f"{PLACE}/emis/{quote.id}/facturation")
    kinds = [one.kind for one in db.session.scalars(select(Document).order_by(Document.id))]
    assert kinds == ["quote", "deposit", "invoice"], "billed once"
