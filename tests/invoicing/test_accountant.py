"""Cases of an accountant who means no good: rates that differ between deposit and final, a change
of the option for debits between invoice and credit note, the same thing given back twice."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import ProgrammingError

from app.core.db import db
from app.core.errors import Refused
from app.invoicing import (
    crediting,
    drafts,
    numbering,
    penalties,
    quoting,
    reminders,
    seal,
    sellers,
    settle,
    sums,
)
from app.invoicing.issue import issue
from app.invoicing.models import Document
from app.invoicing.parts import TaxRule, priced
from app.ledger.models import LedgerEntry, LedgerLine
from app.payments import rules as payments
from tests.invoicing import office
from tests.invoicing.office import pay, sell, work
from tests.invoicing.papers import EXEMPT, FIRM, S10, S20, S55
from tests.payments.test_returns import said
from tests.world import World

S21 = TaxRule(rate_bp=210)
FIVE = (S20, S10, S55, S21, EXEMPT)


@pytest.fixture
def venue(world: World) -> int:
    office.complete(world.a.id)
    return world.a.id


def held(*accounts: str) -> dict[int, int]:
    """What accounts hold at each rate, those of nothing left out."""
    found: dict[int, int] = defaultdict(int)
    rows = db.session.execute(
        select(LedgerLine.vat_bp, LedgerLine.amount_cents)
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerLine.account.in_(accounts))
    )
    for rate, cents in rows:
        found[rate or 0] += int(cents)
    return {rate: cents for rate, cents in found.items() if cents}


def quoted(venue: int, *lines: tuple[int, TaxRule]) -> Document:
    """An accepted quote."""
    said = [priced(f"Ligne {n}", cents, rule) for n, (cents, rule) in enumerate(lines, 1)]
    draft = drafts.quote(office.tenant(venue), "siren:552100554", FIRM, said, by=None)
    made = issue(draft.id, work(venue))
    quoting.answer(made, "accepted", "Maya Roux", dt.date(2026, 11, 1), by=None)
    return made


def deposit(venue: int, quote: Document, cents: int, *, paid: bool = True) -> Document:
    made = issue(drafts.deposit(quote, office.tenant(venue), cents, by=None).id, work(venue))
    if paid:
        pay(made.id, cents, "document")
    return made


def test_a_deposit_at_five_rates_and_its_final_leave_no_cent(venue: int) -> None:
    quote = quoted(venue, *((9_999 + 7 * n, rule) for n, rule in enumerate(FIVE)))
    deposit(venue, quote, 17_777)
    final = issue(quoting.bill(quote, office.tenant(venue), by=None).id, work(venue))
    assert final.due_cents == final.gross_cents - 17_777
    pay(final.id, final.due_cents, "document")
    assert settle.due_of(final.id) == 0
    asked = {rate.tax.rate_bp: -rate.vat_cents for rate in sums.of(final.paper).rates}
    assert held("vat_collected") == {rate: cents for rate, cents in asked.items() if cents}
    assert held("vat_pending", "prepaid") == {}
    for account in ("receivable", "transfer"):
        assert sum(held(account).values()) == 0


@pytest.mark.parametrize("when", ["before", "between", "last"])
def test_a_deposit_at_another_rate_than_its_final(venue: int, when: str) -> None:
    """The customer pays 36 at 20 % and takes 110 at 10 % instead: what was collected at 20 % is
    given back to the rate that is sold, and not before the money is there."""
    quote = quoted(venue, (12_000, S20))
    first = deposit(venue, quote, 3_600, paid=False)
    assert held("vat_collected") == {}, "asked for is not received"

    def pay_first() -> None:
        payments.record_at_desk(payments.Due("document", first.id, 3_600), "transfer", None)

    if when == "before":
        pay_first()
        assert held("vat_collected") == {2000: -600}
    sell(11_000, S10)
    final = office.invoice(venue)
    assert [one.number for one in final.paper.deposits] == [first.name]
    assert settle.due_of(final.id) == 7_400
    assert held("vat_collected") == ({1000: -327} if when == "before" else {}), (
        "of 36, if they came"
    )
    if when == "between":
        pay_first()
        assert held("vat_collected") == {1000: -327}
    pay(final.id, 7_400, "document")
    if when == "last":
        assert held("vat_collected") == {1000: -673}, "of 74"
        pay_first()
    assert held("vat_collected") == {1000: -1_000}
    assert held("vat_pending", "prepaid") == {}
    assert held("sales") == {1000: -10_000}
    assert sum(held("receivable", "transfer").values()) == 0


def test_a_deposit_that_the_bank_takes_back_is_levelled_back(venue: int) -> None:
    """Half of it is paid, then the rest by debit, which comes back, and is given again."""
    quote = quoted(venue, (12_000, S20))
    first = deposit(venue, quote, 3_600, paid=False)
    payments.record_at_desk(payments.Due("document", first.id, 1_800), "transfer", None)
    sell(9_000, S10)
    sell(1_200, S20)
    final = office.invoice(venue)
    assert settle.due_of(final.id) == 6_600
    assert held("vat_collected") == {2000: -200, 1000: -54}, "12 at 20 % and 6 at 10 %, of the 18"
    debit = payments.begin(payments.Due("document", first.id, 1_800), "sepa_debit")
    payments.apply(debit.id, said(debit))
    whole = {2000: -200, 1000: -218}
    assert held("vat_collected") == whole, "12 at 20 % and 24 at 10 %"
    payments.apply(debit.id, said(debit, disputed=True))
    assert held("vat_collected") == {2000: -200, 1000: -54}
    debit.detail = {"dispute_won": True}
    payments.apply(debit.id, said(debit, disputed=True))
    assert held("vat_collected") == whole
    pay(final.id, 6_600, "document")
    assert held("vat_collected") == {2000: -200, 1000: -818}
    assert held("vat_pending", "prepaid") == {}


def test_a_deposit_that_was_deducted_is_not_given_back_too(venue: int) -> None:
    quote = quoted(venue, (12_000, S20))
    first = deposit(venue, quote, 3_600)
    early = crediting.draft(first, {1: 3_600}, by=None)  # still right when it was drafted
    issue(quoting.bill(quote, office.tenant(venue), by=None).id, work(venue))
    with pytest.raises(Refused, match="déduit"):
        crediting.draft(first, {1: 100}, by=None)
    with pytest.raises(Refused, match="déduit"):
        issue(early.id, work(venue))


def test_two_drafts_of_one_credit_note_give_back_once(venue: int) -> None:
    """A second click on the button, or a second person."""
    sell(12_000)
    bill = office.invoice(venue)
    twice = [crediting.draft(bill, {1: 8_000}, by=None) for _ in range(2)]
    issue(twice[0].id, work(venue))
    with pytest.raises(Refused, match="rendre plus"):
        issue(twice[1].id, work(venue))
    assert settle.due_of(bill.id) == 4_000


def test_deposits_on_one_quote_never_exceed_it(venue: int) -> None:
    quote = quoted(venue, (12_000, S20))
    both = [drafts.deposit(quote, office.tenant(venue), 8_000, by=None) for _ in range(2)]
    issue(both[0].id, work(venue))
    with pytest.raises(Refused, match="acomptes"):
        drafts.deposit(quote, office.tenant(venue), 4_001, by=None)
    with pytest.raises(Refused, match="acomptes"):
        issue(both[1].id, work(venue))
    rest = drafts.deposit(quote, office.tenant(venue), 4_000, by=None)
    assert issue(rest.id, work(venue)).gross_cents == 4_000


def test_a_credit_note_takes_vat_from_where_the_sale_put_it(venue: int) -> None:
    """The venue chose the option for debits between the invoice and its credit note."""
    sell(12_000)
    bill = office.invoice(venue)
    office.tenant(venue).vat_debits_since = dt.date(2020, 1, 1)
    db.session.flush()
    issue(crediting.draft(bill, {1: 12_000}, by=None).id, work(venue))
    assert held("vat") == {}
    assert held("vat_pending") == {}
    assert settle.due_of(bill.id) == 0


def test_parts_of_a_bill_of_five_rates_come_to_the_cent(venue: int) -> None:
    """Three thirds of each line, odd cents and all: VAT per rate ends at nothing."""
    for n, rule in enumerate(FIVE):
        sell(1_001 + 333 * n, rule, label=f"Ligne {n}")
    bill = office.invoice(venue)
    said = {n: line.gross_cents for n, line in enumerate(bill.paper.lines, 1)}
    for _turn in range(2):
        third = {n: cents // 3 for n, cents in said.items()}
        issue(crediting.draft(bill, third, by=None).id, work(venue))
    rest = crediting.left(bill)
    assert rest == {n: cents - 2 * (cents // 3) for n, cents in said.items()}
    issue(crediting.draft(bill, rest, by=None).id, work(venue))
    assert settle.due_of(bill.id) == 0
    assert held("sales", "vat_pending", "vat_collected", "receivable", "transfer") == {}
    notes = crediting.notes_on(bill.id)
    for rate in sums.of(bill.paper).rates:
        back = [r for note in notes for r in sums.of(note.paper).rates if r.tax == rate.tax]
        assert sum(one.vat_cents for one in back) == rate.vat_cents
        assert sum(one.net_cents for one in back) == rate.net_cents


def test_a_leap_year_has_a_day_more_to_pay_for(venue: int) -> None:
    """Due on 2028-02-15, 1 200 EUR: the thirtieth day is 16 March, and a year is 365 days."""
    office.sell(120_000)
    bill = office.invoice(venue)
    profile = sellers.profile()
    profile.penalty_rate = "10 %"
    due_on = dt.date(2028, 2, 15)
    bill = SimpleNamespace(due_on=due_on, paper=bill.paper)
    for day, interest in (
        (due_on, 0), (dt.date(2028, 2, 16), 33), (dt.date(2028, 2, 29), 460),
        (dt.date(2028, 3, 1), 493), (dt.date(2028, 3, 16), 986), (dt.date(2029, 2, 14), 12_000),
        (dt.date(2029, 2, 15), 12_033),
    ):  # fmt: skip
        found = penalties.accrued(bill, 120_000, day)
        assert (found.interest_cents, found.days) == (interest, (day - due_on).days), day
    profile.reminder_days = [7, 15, 29]
    levels = {n: reminders.level_on(n, profile) for n in (6, 7, 14, 15, 28, 29)}
    assert levels == {6: 0, 7: 1, 14: 1, 15: 2, 28: 2, 29: 3}


def test_the_newest_seal_is_found_without_sorting_the_archive(venue: int) -> None:
    """Asked for each document: what sorts all of them makes a month end grow with its square."""
    sell(3900)
    made = office.invoice(venue)
    asked: list[tuple[str, Any]] = []
    connection = db.session.connection()

    def hear(_c: object, _cursor: object, words: str, values: object, *_more: object) -> None:
        asked.append((words, values))

    event.listen(connection, "before_cursor_execute", hear)
    assert seal.last(numbering.FISCAL) == made.seal
    event.remove(connection, "before_cursor_execute", hear)
    words, values = asked[-1]
    db.session.execute(text("set local enable_seqscan = off"))
    plan = connection.exec_driver_sql(f"explain {words}", values).scalars().all()
    assert not [line for line in plan if "Sort" in line], plan


@pytest.mark.parametrize(
    "edit",
    [
        "update charge set gross_cents = gross_cents + 1",
        "update charge set vat_cents = 0",
        "update charge set quantity = 2",
        "update charge set tax = '{}'",
        "update charge set source_id = source_id + 1000",
        "delete from charge",
    ],
)
def test_a_charge_is_never_edited(venue: int, edit: str) -> None:
    sell(12_000)
    db.session.flush()
    with pytest.raises(ProgrammingError, match="a charge stands"), db.session.begin_nested():
        db.session.execute(text(edit))
    db.session.execute(text("update charge set label = 'Personne effacée'"))
