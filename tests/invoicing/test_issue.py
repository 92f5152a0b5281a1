"""Drafts become documents whole or not at all; the books agree with them to the cent."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app.core.db import db
from app.invoicing import charges, crediting, drafts, numbering, seal, sellers, settle, sums
from app.invoicing.court import NoJudge
from app.invoicing.faults import Fault, Rejected
from app.invoicing.issue import issue
from app.invoicing.models import Document, DocumentDoor, DocumentFile, DocumentSeries
from app.invoicing.parts import TaxRule, priced
from app.invoicing.sellers import Incomplete
from app.ledger.models import LedgerLine
from app.payments.models import Payment
from app.reporting import invariants
from tests.at_desk import set_clock
from tests.invoicing import office
from tests.invoicing.carts import cart
from tests.invoicing.office import KEYS, consumer, draft, invoice, pay, sell, take_back, work
from tests.invoicing.papers import FIRM, S10, S20
from tests.world import World

FIRM_KEY = "siren:552100554"


@pytest.fixture
def venue(world: World) -> int:
    office.complete(world.a.id)
    return world.a.id


def vat_posted() -> dict[int, int]:
    """All VAT of the books by rate, wherever it waits."""
    rows = db.session.execute(
        select(LedgerLine.vat_bp, func.sum(LedgerLine.amount_cents))
        .where(LedgerLine.account.in_(("vat", "vat_pending", "vat_collected")))
        .group_by(LedgerLine.vat_bp)
    )
    return {int(rate or 0): -int(cents) for rate, cents in rows}


def in_transfer() -> int:
    found = db.session.scalar(
        select(func.sum(LedgerLine.amount_cents)).where(LedgerLine.account == "transfer")
    )
    return int(found or 0)


def test_a_draft_has_no_number_and_a_document_has_the_next(venue: int) -> None:
    sell(3900)
    first = draft(venue)
    assert first.paper.number == ""
    document = issue(first.id, work(venue))
    year = document.issued_on.year
    assert document.name == f"F-{year}-0001"
    sell(999)
    assert invoice(venue).name == f"F-{year}-0002"


def test_seller_buyer_and_lines_are_copied(venue: int) -> None:
    sell(3900)
    document = invoice(venue)
    found = office.tenant(venue)
    found.legal = found.legal | {"company": "Autre nom"}
    said = document.paper
    assert said.seller.name == "Le Moulin Neuf"
    assert said.seller.vat == "FR44732829320"
    assert said.buyer == FIRM
    assert [line.label for line in said.lines] == ["Salle Curie"]
    assert said.terms.iban == office.PROFILE["iban"]


def test_a_venue_in_franchise_cites_it_whatever_is_sold(venue: int) -> None:
    """A room at 0 % is not bare premises there: the document says why in the venue's own name."""
    sellers.keep(office.PROFILE | {"franchise": True})
    sell(3900, TaxRule(rate_bp=0, category="E", reason="bare_premises"))
    said = invoice(venue).paper
    assert (said.seller.vat, said.lines[0].tax.reason) == ("", "franchise")


def test_what_is_owed_moves_to_the_document(venue: int) -> None:
    first, second = sell(3900), sell(1100, S10)
    pay(first, 3900)
    document = invoice(venue)
    assert (document.gross_cents, document.due_cents) == (5000, 1100)
    assert settle.due_of(document.id) == 1100
    assert settle.owed([("test", first), ("test", second)]) == {
        ("test", first): {},
        ("test", second): {},
    }
    pay(document.id, 1100, source="document")
    assert settle.due_of(document.id) == 0
    assert in_transfer() == 0


def test_all_paid_before_is_said_as_paid(venue: int) -> None:
    pay(consumer(3900), 3900)
    document = invoice(venue, "person:7")
    assert document.due_cents == 0
    assert sum(one.amount_cents for one in document.paper.settled) == 3900
    assert document.due_on == document.paper.settled[-1].on


def test_a_document_has_its_address_before_its_letter(venue: int) -> None:
    sell(3900)
    document = invoice(venue)
    assert db.session.scalars(select(DocumentDoor.document_id)).all() == [document.id]


def test_the_day_of_a_payment_is_one_of_the_books(venue: int, monkeypatch) -> None:
    """At twenty past midnight in Paris it is still yesterday, and last year, in UTC."""
    late = dt.datetime(2027, 1, 1, 0, 20, tzinfo=ZoneInfo("Europe/Paris"))
    set_clock(monkeypatch, late.astimezone(dt.UTC))
    number = consumer(3900)
    pay(number, 3900)
    db.session.add(Payment(source="test", source_id=number, method="card", state="captured",
                           amount_cents=3900, idempotency_key="late", detail={}, rates={},
                           captured_at=late))  # fmt: skip
    document = invoice(venue, "person:7")
    [paid] = document.paper.settled
    assert (paid.method, paid.on) == ("card", late.date())
    assert document.paper.issued_on == document.due_on == late.date()
    pay(consumer(3900), 3900)
    [untold] = invoice(venue, "person:7").paper.settled
    assert (untold.method, untold.on) == ("", late.date())


def test_money_that_comes_later_for_the_sale_reaches_the_document(venue: int) -> None:
    number = sell(3900)
    document = invoice(venue)
    pay(number, 3900)
    settle.follow("test", number)
    assert settle.due_of(document.id) == 0
    assert settle.owed([("test", number)]) == {("test", number): {}}


def test_what_was_taken_back_before_makes_no_line(venue: int) -> None:
    gone, half = sell(3900), sell(2000)
    take_back(gone, 3900)
    take_back(half, 1000)
    document = invoice(venue)
    assert [line.gross_cents for line in document.paper.lines] == [1000]
    assert document.paper.lines[0].detail == "annulée"
    assert charges.open_of(FIRM_KEY, "EUR") == []


def test_nothing_open_makes_no_draft(venue: int) -> None:
    take_back(sell(3900), 3900)
    assert drafts.from_charges(office.tenant(venue), FIRM_KEY, "EUR", by=None) is None


def test_a_discarded_draft_opens_its_charges_again(venue: int) -> None:
    sell(3900)
    first = draft(venue)
    assert charges.open_of(FIRM_KEY, "EUR") == []
    drafts.discard(first.id)
    db.session.flush()
    assert len(charges.open_of(FIRM_KEY, "EUR")) == 1
    assert invoice(venue).number == 1


def test_a_credit_note_mirrors_what_was_taken_back(venue: int) -> None:
    kept, gone = sell(999), sell(3900, S10)
    document = invoice(venue)
    take_back(gone, 3900, S10)
    (note_draft,) = crediting.from_charges(FIRM_KEY, "EUR", by=None)
    note = issue(note_draft.id, work(venue))
    assert (note.kind, note.gross_cents, note.refers_to) == ("credit_note", 3900, document.id)
    assert note.number == 2
    assert [one.number for one in note.paper.refers_to] == [document.name]
    assert {rate.tax.rate_bp for rate in sums.of(note.paper).rates} == {1000}
    assert settle.due_of(document.id) == 999
    assert settle.owed([("test", gone), ("test", kept)]) == {("test", gone): {}, ("test", kept): {}}
    assert in_transfer() == 0


def test_credits_never_exceed_the_line_and_end_at_its_very_vat(venue: int) -> None:
    """9,99 hold 1,67 of VAT; three times 3,33 hold 0,56 each: the last one says 0,55."""
    sell(999)
    document = invoice(venue)
    for cents, vat in ((333, 56), (333, 56), (333, 55)):
        note_draft = crediting.draft(document, {1: cents}, by=None)
        assert issue(note_draft.id, work(venue)).vat_cents == vat
    assert settle.due_of(document.id) == 0
    assert vat_posted() == {2000: 0}
    with pytest.raises(drafts.Refused):
        crediting.draft(document, {1: 1}, by=None)


def test_a_quote_a_deposit_and_the_final_invoice(venue: int) -> None:
    lines = [priced("Séminaire", 120_000, S20), priced("Déjeuner", 33_000, S10)]
    quoted = drafts.quote(office.tenant(venue), FIRM_KEY, FIRM, lines, by=None)
    quote = issue(quoted.id, work(venue))
    assert quote.name.startswith("D-")
    with pytest.raises(drafts.Refused):
        drafts.deposit(quote, office.tenant(venue), quote.gross_cents + 1, by=None)
    deposit = issue(drafts.deposit(quote, office.tenant(venue), 50_000, by=None).id, work(venue))
    assert (deposit.kind, deposit.number, deposit.gross_cents) == ("deposit", 1, 50_000)
    assert {rate.tax.rate_bp for rate in sums.of(deposit.paper).rates} == {2000, 1000}
    pay(deposit.id, 50_000, source="document")
    sell(120_000, label="Séminaire")
    sell(33_000, S10, label="Déjeuner")
    final = invoice(venue)
    assert final.due_cents == 103_000 == settle.due_of(final.id)
    assert [one.number for one in final.paper.deposits] == [deposit.name]
    pay(final.id, 103_000, source="document")
    assert settle.due_of(final.id) == settle.due_of(deposit.id) == 0
    assert vat_posted() == {2000: 20_000, 1000: 3_000}
    sell(60_000)
    assert invoice(venue).paper.deposits == ()


def test_f04_twenty_carts_leave_the_books_as_the_documents_say(venue: int) -> None:
    """VAT by rate: what all documents say is what the ledger holds, to the cent."""
    said: dict[int, int] = defaultdict(int)
    for seed in range(20):
        for one in cart(seed).lines:
            sell(one.gross_cents, one.tax, on=dt.date(2026, 11, 3), label=one.label)
        document = invoice(venue)
        assert settle.due_of(document.id) == document.due_cents == document.gross_cents
        papers = [(1, document.paper)]
        if seed % 3 == 0:
            part = {1: max(1, document.paper.lines[0].gross_cents // 2)}
            note = issue(crediting.draft(document, part, by=None).id, work(venue))
            papers.append((-1, note.paper))
            assert settle.due_of(document.id) == document.gross_cents - note.gross_cents
        for sign, paper in papers:
            for rate in sums.of(paper).rates:
                said[rate.tax.rate_bp] += sign * rate.vat_cents
    assert {rate: cents for rate, cents in vat_posted().items() if cents} == {
        rate: cents for rate, cents in said.items() if cents
    }
    assert in_transfer() == 0


def test_a_venue_without_legal_data_is_told_what_to_fill(world: World) -> None:
    sell(3900)
    first = draft(world.a.id)
    with pytest.raises(Incomplete) as refusal:
        issue(first.id, work(world.a.id))
    assert set(refusal.value.detail["fields"]) >= {"company", "siren", "vat", "siret", "iban"}
    assert db.session.scalar(select(func.count()).select_from(Document)) == 0


@pytest.mark.parametrize("error", [Rejected([Fault("OWN-DUE", "due_on")]), NoJudge("gone")])
def test_nothing_is_half_issued(venue: int, error: Exception) -> None:
    """The number goes back with everything else, whatever stopped the press."""
    sell(3900)
    first = draft(venue)
    entries = db.session.scalar(select(func.count()).select_from(LedgerLine))

    def broken(_paper: object) -> None:
        raise error

    with pytest.raises(type(error)), db.session.begin_nested():
        issue(first.id, work(venue, press=broken))
    assert db.session.scalar(select(func.count()).select_from(Document)) == 0
    assert db.session.scalar(select(func.count()).select_from(DocumentSeries)) == 0
    assert db.session.scalar(select(func.count()).select_from(LedgerLine)) == entries
    assert issue(first.id, work(venue)).number == 1


def test_issuing_twice_is_issuing_once(venue: int) -> None:
    sell(3900)
    first = draft(venue)
    assert issue(first.id, work(venue)).id == issue(first.id, work(venue)).id


def test_the_day_never_goes_back(venue: int) -> None:
    numbering.take("invoice", dt.date(2027, 1, 2))
    for day in (dt.date(2027, 1, 1), dt.date(2026, 12, 31)):
        with pytest.raises(numbering.OutOfOrder):
            numbering.take("credit_note", day)
    assert numbering.take("deposit", dt.date(2027, 1, 2)).number == 2
    assert numbering.take("invoice", dt.date(2028, 1, 1)).number == 1
    assert numbering.take("quote", dt.date(2026, 1, 1)).named("F") == "D-2026-0001"


STATEMENTS = [
    f"{verb} {table}{end}"
    for table in ("document", "document_file", "document_link", "document_event")
    for verb, end in (
        ("update", " set tenant_id = tenant_id"),
        ("delete from", ""),
        ("truncate", ""),
        ("alter table", " disable trigger all"),
        ("drop table", ""),
    )
] + [
    "update document set gross_cents = 0, net_cents = 0, vat_cents = 0",
    "update document set buyer_name = 'x'",
    "update document_file set content = ''",
    "update document_series set last = last",
    "update document_series set last = last + 2",
    "update document_series set last = 0",
    "update document_series set last = last + 1, last_on = last_on - 1",
    "update document_series set last = last + 1, year = year + 1",
    "delete from document_series",
    "truncate document_series",
    "drop trigger stays on document",
    "alter table document disable row level security",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_f07_no_statement_changes_what_was_issued(venue: int, statement: str) -> None:
    """F07: through the role of the application."""
    sell(3900)
    invoice(venue)
    with pytest.raises((ProgrammingError, DBAPIError)), db.session.begin_nested():
        db.session.execute(text(statement))


def test_f07_no_row_changes_through_its_object_either(venue: int) -> None:
    sell(3900)
    document = invoice(venue)
    file = db.session.scalars(select(DocumentFile)).first()
    for change in (
        lambda: setattr(document, "buyer_name", "x"),
        lambda: setattr(file, "content", b"x"),
        lambda: db.session.delete(document),
        lambda: db.session.delete(file),
    ):
        with pytest.raises(DBAPIError):
            _flushed(change)
        db.session.expire_all()


def _flushed(change) -> None:
    with db.session.begin_nested():
        change()
        db.session.flush()


def test_what_was_issued_is_no_draft_any_more(venue: int) -> None:
    sell(3900)
    first = draft(venue)
    issue(first.id, work(venue))
    for act in (lambda: drafts.discard(first.id), lambda: drafts.change(first.id, note="x")):
        with pytest.raises(drafts.Frozen):
            act()


def test_the_chain_holds_and_another_key_does_not_open_it(venue: int) -> None:
    for cents in (100, 200, 300):
        sell(cents)
        invoice(venue)
    assert list(seal.breaks(KEYS, numbering.FISCAL)) == []
    strange = type(KEYS).of(["another key of the books, just as long"])
    assert len(list(seal.breaks(strange, numbering.FISCAL))) == 3


@pytest.mark.parametrize("guarded", [True, False])
def test_r05_without_the_counter_row_a_rollback_leaves_a_gap(
    venue: int, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """R05: a number taken outside the transaction, as a SEQUENCE gives them, is lost with it."""
    if not guarded:
        numbers = itertools.count(1)

        def take(kind: str, day: dt.date) -> numbering.Number:
            return numbering.Number(numbering.SERIES[kind], day.year, next(numbers))

        monkeypatch.setattr(numbering, "take", take)

    def broken(_paper: object) -> None:
        raise NoJudge("gone")

    for turn, press in enumerate((office.press, broken, office.press)):
        sell(3900 + turn)
        one = draft(venue)
        with suppress(NoJudge), db.session.begin_nested():
            issue(one.id, work(venue, press=press))
    numbers_kept = db.session.scalars(select(Document.number).order_by(Document.number)).all()
    assert numbers_kept == ([1, 2] if guarded else [1, 3])
    broken_rules = {one.invariant.id for one in invariants.breaches(db.session.connection())}
    assert ("I5" in broken_rules) is not guarded
