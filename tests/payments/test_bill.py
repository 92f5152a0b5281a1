"""A document is paid behind its link, by the real SDK at the fake bank: a card at once, a debit
days later; it comes back, goes too far, is given back; the books and the document agree."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.mail import Mail
from app.core.signals import publish
from app.invoicing import credit, crediting, doors, settle
from app.invoicing.issue import issue
from app.invoicing.models import Document
from app.ledger import rules as ledger
from app.ledger.models import LedgerEntry, LedgerLine
from app.payments import rules as payments
from app.payments.facts import PaymentReturned
from app.payments.models import Payment, Refund
from app.reporting import invariants
from tests.at_desk import Colleague, token_in
from tests.invoicing import office
from tests.invoicing.office import sell
from tests.invoicing.papers import S10
from tests.jobs import run_jobs
from tests.payments.test_settle import connected
from tests.world import World

__all__ = ["connected"]
IBAN = "FR1420041010050500013M02606"


class Payer:
    """Somebody who was sent a link, and the bank that answers."""

    def __init__(self, client, visitor, knobs, till) -> None:
        self.site, self.visitor, self.knobs, self.till = client, visitor, knobs, till
        self.browser = client("a.localhost")
        self.hooks = client("plateforme.localhost")

    def pay(self, place: str, way: str, amount: str):
        page = self.browser.get("/connexion").text
        data = {"csrf_token": token_in(page), "moyen": way, "montant": amount}
        return self.browser.post(f"{place}/paiement", data=data)

    def hear(self) -> None:
        """The bank's news arrive and are worked on."""
        self.till.heard.clear()
        self.knobs.post("deliver")
        for body, signature in list(self.till.heard):
            self.hooks.post("/hooks/stripe", data=body, headers={"Stripe-Signature": signature})
        run_jobs(only="payments.apply_event")
        db.session.expire_all()


@pytest.fixture
def payer(connected: World, client: Callable, visitor, knobs, till) -> Payer:
    office.complete(connected.a.id)
    return Payer(client, visitor, knobs, till)


@pytest.fixture
def bill(connected: World, payer: Payer) -> Document:
    """An invoice of two rates that nobody paid yet."""
    sell(3900)
    sell(1100, S10)
    made = office.invoice(connected.a.id)
    db.session.commit()
    return made


def place_of(document: Document) -> str:
    found = f"/document/{doors.token_of(document.id)}"
    db.session.commit()
    return found


def held(account: str, document: Document) -> dict[int, int]:
    rows = db.session.execute(
        select(LedgerLine.vat_bp, LedgerLine.amount_cents)
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerEntry.source == "document", LedgerEntry.source_id == document.id)
        .where(LedgerLine.account == account)
    )
    found: dict[int, int] = {}
    for rate, cents in rows:
        found[rate] = found.get(rate, 0) + cents
    return {rate: cents for rate, cents in found.items() if cents}


def sound() -> list[str]:
    """Invariants that do not hold; those of this transaction's own making."""
    wanted = {"I2", "I2b", "I2c", "I4", "I5", "I7"}
    return [
        str(breach)
        for breach in invariants.breaches(db.session.connection())
        if breach.invariant.id in wanted
    ]


def only_payment() -> Payment:
    return db.session.scalars(select(Payment).where(Payment.source == "document")).one()


def test_a_card_pays_a_part_and_then_the_rest(bill: Document, payer: Payer) -> None:
    place = place_of(bill)
    assert payer.pay(place, "card", "50,01").status_code == 422, "more than is owed"
    assert payer.pay(place, "cash", "50").status_code == 422
    for amount in ("20,00", "30"):
        sent = payer.pay(place, "card", amount)
        assert sent.status_code == 303
        payer.visitor.pay(sent.headers["Location"])
        assert payer.browser.get(f"{place}/retour", follow_redirects=True).status_code == 200
        db.session.expire_all()
    assert settle.due_of(bill.id) == 0
    assert held("vat_pending", bill) == {2000: 650, 1000: 100}, "meets the sale's own"
    assert held("vat_collected", bill) == {2000: -650, 1000: -100}
    assert "Tout est réglé" in payer.browser.get(place).text
    assert payer.pay(place, "card", "1").status_code == 422
    assert sound() == []


def test_a_second_click_opens_no_second_page(bill: Document, payer: Payer) -> None:
    place = place_of(bill)
    first, second = (payer.pay(place, "card", "50").headers["Location"] for _ in range(2))
    assert first == second
    assert only_payment().state == "open"


def test_a_debit_is_promised_paid_and_returned_by_the_bank(bill: Document, payer: Payer) -> None:
    """F23 on a document: owed, promised, paid, then owed again with its VAT taken back."""
    place = place_of(bill)
    sent = payer.pay(place, "sepa_debit", "50")
    payer.visitor.debit(sent.headers["Location"], IBAN)
    page = payer.browser.get(f"{place}/retour", follow_redirects=True).text
    assert "en cours de prélèvement" in page
    assert payer.pay(place, "card", "50").status_code == 422, "asked twice for one debt"
    db.session.expire_all()
    assert settle.due_of(bill.id) == 5000, "a promise is no money"
    payer.knobs.post("clock", advance=5)
    payer.hear()
    assert settle.due_of(bill.id) == 0
    payment = only_payment()
    payer.knobs.post(f"returns/{payment.intent_id}", reason="debit_not_authorized")
    payer.hear()
    assert payment.returned_at is not None
    assert settle.due_of(bill.id) == 5000
    assert held("vat_collected", bill) == {}
    assert ledger.balance("sepa_clearing", "document", bill.id) == 0
    assert [one.what for one in doors.history(bill.id)] == ["returned"]
    assert payer.pay(place, "card", "50").status_code == 303, "it may be paid again"
    assert sound() == []


def test_a_debit_for_a_booking_comes_back_to_the_invoice_that_bills_it(
    bill: Document, connected: World
) -> None:
    number = sell(2400, customer="siren:404833048")
    office.pay(number, 2400)
    later = office.invoice(connected.a.id, "siren:404833048")
    assert settle.due_of(later.id) == 0
    office.pay(number, -2400)
    publish(PaymentReturned(0, "test", number, 2400))
    assert settle.due_of(later.id) == 2400
    assert payments.due_on("test", number) == 0
    assert [one.what for one in doors.history(later.id)] == ["returned"]


def test_too_much_is_credit_that_pays_the_next_invoice(
    bill: Document, payer: Payer, connected: World
) -> None:
    db.session.commit()
    alice = Colleague(payer.site("a.localhost"), "alice")
    place = f"/gestion/factures/{bill.id}"
    assert alice.post(f"{place}/reglement", montant="60", moyen="transfer").status_code == 422
    paid = alice.post(f"{place}/reglement", montant="60", moyen="transfer", surplus="1")
    assert paid.status_code == 302
    assert settle.due_of(bill.id) == -1000
    assert held("vat_collected", bill) == {2000: -650, 1000: -100}, "no tax on what is too much"
    sell(3000)
    later = office.invoice(connected.a.id)
    db.session.commit()
    later_place = f"/gestion/factures/{later.id}"
    assert "10\u00a0€ de crédit" in alice.read(later_place)
    assert alice.post(f"{later_place}/credit").status_code == 302
    assert (settle.due_of(bill.id), settle.due_of(later.id)) == (0, 2000)
    assert alice.post(f"{later_place}/credit").status_code == 422, "nothing is left of it"
    assert sound() == []


def test_a_part_is_credited_and_sent_back_at_the_rate_of_its_line(
    bill: Document, payer: Payer, connected: World
) -> None:
    place = place_of(bill)
    payer.visitor.pay(payer.pay(place, "card", "50").headers["Location"])
    payer.browser.get(f"{place}/retour")
    db.session.expire_all()
    note = issue(crediting.draft(bill, {2: 550}, by=None).id, office.work(connected.a.id))
    assert (note.gross_cents, note.vat_cents) == (550, 50)
    db.session.commit()
    alice = Colleague(payer.site("a.localhost"), "alice")
    desk = f"/gestion/factures/{bill.id}"
    assert alice.post(f"{desk}/remboursement", rendre="5,51").status_code == 422
    assert alice.post(f"{desk}/remboursement", rendre="5,50").status_code == 302
    assert alice.post(f"{desk}/remboursement", rendre="5,50").status_code == 422, "on its way"
    run_jobs(only="payments.refund")
    db.session.expire_all()
    refund = db.session.scalars(select(Refund)).one()
    assert (refund.state, refund.amount_cents) == ("done", 550)
    assert settle.due_of(bill.id) == 0
    assert held("vat_collected", bill) == {2000: -650, 1000: -50}
    assert credit.of_customer(bill.customer, "EUR") == []
    assert sound() == []


def test_what_is_issued_is_mailed_once_with_its_link(bill: Document, payer: Payer) -> None:
    for _turn in range(2):
        doors.send_issued(bill)
        db.session.commit()
        run_jobs(only="invoicing.send")
    mail = db.session.scalars(select(Mail).where(Mail.entity.startswith("document:"))).one()
    assert mail.recipient == "maya@roux.example"
    assert bill.name in mail.subject
    link = re.search(r"/document/[\w-]+", mail.text)
    assert link
    assert bill.name in payer.browser.get(link[0]).text
    assert payer.browser.get(f"{link[0]}/pdf").status_code == 200
    assert payer.site("b.localhost").get(link[0]).status_code == 404, "another venue's"
