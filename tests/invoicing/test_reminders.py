"""Reminders go out on the venue's days, each once; what is paid, promised or contested is left
alone; what a delay costs is the law's figure of each day, and a firm's alone."""

from __future__ import annotations

import datetime as dt
import io
from base64 import b64decode
from decimal import Decimal

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.mail import Mail
from app.core.signals import publish
from app.invoicing import doors, jobs, law, penalties, reminders, sellers, settle
from app.invoicing.models import Document, Reminder
from app.ledger import rules as ledger
from app.payments.facts import PaymentReturned
from app.payments.models import Payment
from tests.at_desk import Colleague
from tests.invoicing import office
from tests.invoicing.office import consumer, pay, sell
from tests.world import World


@pytest.fixture
def venue(world: World) -> int:
    office.complete(world.a.id)
    reminders.keep([7, 21, 45], on=True, rule="ecb", mails_documents=True)
    return world.a.id


@pytest.fixture
def bill(venue: int) -> Document:
    sell(120_000)
    made = office.invoice(venue)
    db.session.commit()
    return made


def on_day(bill: Document, days: int) -> list[int]:
    """The daily job so many days after the due date; levels that went out."""
    before = len(letters())
    with time_machine.travel(dt.datetime.combine(bill.due_on, dt.time(12), dt.UTC)
                             + dt.timedelta(days=days), tick=False):  # fmt: skip
        jobs.remind()
    return [int(one.entity.rpartition(":")[2]) for one in letters()[before:]]


def letters() -> list[Mail]:
    return list(
        db.session.scalars(
            select(Mail).where(Mail.template == "invoicing/mail_reminder").order_by(Mail.id)
        )
    )


def test_each_level_on_its_day_and_once(bill: Document) -> None:
    said = {day: on_day(bill, day) for day in (0, 6, 7, 8, 20, 21, 22, 45, 46, 400)}
    assert {day: levels for day, levels in said.items() if levels} == {7: [1], 21: [2], 45: [3]}
    assert [one.level for one in db.session.scalars(select(Reminder).order_by(Reminder.id))] == [
        1, 2, 3,
    ]  # fmt: skip


def test_who_starts_late_sends_one_letter_and_not_three(bill: Document) -> None:
    assert on_day(bill, 60) == [3]
    assert on_day(bill, 61) == []


def test_the_letter_says_what_is_owed_and_carries_the_account(bill: Document) -> None:
    on_day(bill, 7)
    letter = letters()[0]
    assert (letter.recipient, bill.name in letter.subject) == ("maya@roux.example", True)
    assert "/document/" in letter.text
    attached = letter.attachments[0]
    assert attached["type"] == "application/pdf"
    content = b64decode(attached["base64"])
    pages = PdfReader(io.BytesIO(content)).pages
    said = " ".join("".join(page.extract_text() for page in pages).split())
    assert "Relevé de compte" in said
    assert bill.name in said
    assert "1 200,00" in said


def test_what_is_paid_promised_contested_or_off_is_left_alone(bill: Document, venue: int) -> None:
    promised = Payment(source="document", source_id=bill.id, method="sepa_debit",
                       state="processing", amount_cents=120_000, idempotency_key="k", detail={},
                       rates={})  # fmt: skip
    db.session.add(promised)
    assert on_day(bill, 7) == []
    promised.state, promised.needs_person = "failed", "disputed"
    assert on_day(bill, 7) == [], "the bank is judging"
    promised.needs_person = None
    doors.note(bill.id, "contested")
    assert on_day(bill, 7) == []
    doors.note(bill.id, "uncontested")
    reminders.keep([7, 21, 45], on=False, rule="ecb", mails_documents=True)
    assert on_day(bill, 7) == []
    reminders.keep([None, 21, 45], on=True, rule="ecb", mails_documents=True)
    assert on_day(bill, 20) == []
    pay(bill.id, 120_000, source="document")
    assert on_day(bill, 21) == []


def test_a_payment_that_came_back_begins_anew(bill: Document) -> None:
    assert on_day(bill, 7) == [1]
    pay(bill.id, 120_000, source="document")
    with time_machine.travel(dt.datetime.combine(bill.due_on, dt.time(9), dt.UTC)
                             + dt.timedelta(days=50), tick=False):  # fmt: skip
        pay(bill.id, -120_000, source="document")
        publish(PaymentReturned(0, "document", bill.id, 120_000))
    known = reminders.standing(bill, office.tenant(bill.tenant_id))
    assert (known.round, known.sent) == (2, 0)
    back = clock.now().date()  # the history is kept by the clock of the books
    assert known.since == max(bill.due_on, back)
    assert on_day(bill, 6) == []
    assert on_day(bill, 7) == [1], "the first level again, in the second round"


def test_interest_is_that_of_each_day_and_of_firms_only(bill: Document, venue: int) -> None:
    """Thirty days at 12,15 % on 1 200 €: 11,98 €, and 40 €."""
    day = bill.due_on + dt.timedelta(days=30)
    found = penalties.accrued(bill, 120_000, day)
    first = day.replace(month=1 if day.month < 7 else 7, day=1)
    rate = Decimal(law.figure("ecb_refi_bp", first) + 1000) / 10_000
    assert found.interest_cents == round(120_000 * rate * 30 / 365)
    assert found.fixed_cents == 4000
    assert penalties.accrued(bill, 120_000, bill.due_on) == penalties.NONE
    sellers.profile().penalty_rule = "legal"
    assert penalties.rate_bp(sellers.profile(), dt.date(2025, 8, 1)) == 828
    sellers.profile().penalty_rate = "12,5 % par an"
    assert penalties.rate_bp(sellers.profile(), day) == 1250
    consumer(3900)
    theirs = office.invoice(venue, "person:7")
    late = (theirs.due_on or day) + dt.timedelta(days=90)
    assert penalties.accrued(theirs, 3900, late) == penalties.NONE


def test_a_rate_that_was_carried_over_says_so_where_it_is_claimed(
    bill: Document, world: World, client
) -> None:
    """The half-years that were read are sure, the next are not, and a rate of one's own is."""
    profile = sellers.profile()
    profile.penalty_rule = "legal"
    assert penalties.doubt(profile, dt.date(2026, 6, 30)) == ""
    assert "1er juillet 2026" in penalties.doubt(profile, dt.date(2026, 11, 28))
    profile.penalty_rule = "ecb"
    assert penalties.doubt(profile, dt.date(2025, 9, 1)) == ""
    assert "1er janvier 2026" in penalties.doubt(profile, dt.date(2026, 3, 1))
    db.session.commit()
    day = dt.datetime.combine(bill.due_on, dt.time(12), dt.UTC) + dt.timedelta(days=40)
    with time_machine.travel(day, tick=False):
        alice = Colleague(client("a.localhost"), "alice")
        pages = ("/gestion/factures/relances", f"/gestion/factures/{bill.id}")
        for page in pages:
            assert "n’est pas confirmé" in alice.read(page)
        profile.penalty_rate = "12 % par an"
        db.session.commit()
        for page in pages:
            assert "n’est pas confirmé" not in alice.read(page)


def test_penalties_are_claimed_once_and_paid_last(bill: Document) -> None:
    day = bill.due_on + dt.timedelta(days=30)
    asked = penalties.claim(bill, day, by=None)
    assert settle.due_of(bill.id) == 120_000 + asked
    with pytest.raises(Refused):
        penalties.claim(bill, day, by=None)
    pay(bill.id, 120_000 + asked, source="document")
    assert settle.due_of(bill.id) == 0
    assert ledger.balance("penalties", "document", bill.id) == -asked
    assert ledger.balance("vat_collected", "document", bill.id) == -20_000, "none on penalties"


def test_the_desk_sees_what_is_late_by_age_and_sets_its_days(
    bill: Document, world: World, client
) -> None:
    db.session.commit()
    place = "/gestion/factures"
    alice = Colleague(client("a.localhost"), "alice")
    for bad in ({"jours1": "0"}, {"jours1": "9", "jours2": "9"}, {"jours3": "x"}):
        assert alice.post(f"{place}/relances", **bad).status_code == 422
    kept = alice.post(f"{place}/relances", relances="1", jours1="5", jours2="", jours3="30")
    assert kept.status_code == 302
    assert sellers.profile().reminder_days == [5, None, 30]
    assert "Rien n’est en retard" in alice.read(f"{place}/impayes")
    day = dt.datetime.combine(bill.due_on, dt.time(12), dt.UTC) + dt.timedelta(days=40)
    with time_machine.travel(day, tick=False):
        again = Colleague(client("a.localhost"), "alice")
        page = again.read(f"{place}/impayes")
        assert bill.name in page
        assert "40 jours" in page
        assert again.post(f"{place}/{bill.id}/contestation").status_code == 302
        assert again.post(f"{place}/{bill.id}/penalites").status_code == 302
        assert again.post(f"{place}/{bill.id}/penalites").status_code == 422
        assert "relances suspendues" in again.read(f"{place}/{bill.id}")
