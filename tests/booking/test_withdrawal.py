"""F20: a consumer who booked at a distance gives up the contract within fourteen days, in two
steps, logged out, by the link; the law's exceptions see none; a receipt with day and time goes."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select, text

from app.booking import cancel, confirm, hold, withdrawal
from app.booking.models import Booking, Cancellation
from app.core import clock
from app.core.db import db
from app.core.mail import Mail
from app.core.slots import Interval
from app.members.rules import person_by_email
from app.payments import rules as payments
from app.payments.models import Refund
from app.rates import rules as rates
from app.spaces.natures import NATURES
from tests.jobs import run_jobs
from tests.world import World, space, tomorrow

PARIS = ZoneInfo("Europe/Paris")


def booked(
    world: World, *, days: int = 20, origin: str = "web", early: bool = False, paid: bool = True
) -> Booking:
    start = tomorrow(10, days=days)
    asked = rates.Asked(space(world.a.room), Interval(start, start + dt.timedelta(hours=2)))
    booking = hold.hold(rates.ask(asked), hold.Terms(way="desk", origin=origin))
    booking.person_id = person_by_email("lena@example.org", "Léna Vogel").id
    booking.early_start_at = clock.now() if early else None
    assert confirm.confirm(booking.id)
    if paid:
        due = payments.Due("booking", booking.id, booking.price_cents)
        payments.record_at_desk(due, "terminal", None)
    db.session.commit()
    return booking


def later(days: float) -> time_machine.travel:
    return time_machine.travel(clock.now() + dt.timedelta(days=days), tick=False)


@pytest.mark.parametrize(
    ("contract", "last"),
    [
        ("2026-06-01T10:00", "2026-06-15"),  # a Monday
        ("2026-06-06T00:01", "2026-06-22"),  # a Saturday: Monday after
        ("2026-04-17T23:59", "2026-05-04"),  # Labour Day, then a week-end
        ("2026-12-11T12:00", "2026-12-28"),  # Christmas Day, then a week-end
        ("2027-03-14T12:00", "2027-03-30"),  # Easter, its Monday, and summer time begins
    ],
)
def test_f20_days_are_counted_by_the_regulation(world: World, contract: str, last: str) -> None:
    said = dt.datetime.fromisoformat(contract).replace(tzinfo=PARIS)
    end = withdrawal.deadline(said, space(world.a.room))
    assert end == (
        dt.datetime.combine(dt.date.fromisoformat(last) + dt.timedelta(days=1), dt.time(), PARIS)
    )


def test_f20_the_link_stands_for_fourteen_days_and_not_longer(client, world: World) -> None:
    booking = booked(world, days=40)
    last = withdrawal.until(booking, space(world.a.room))
    assert last is not None
    for moment, there in (
        (clock.now(), True),
        (last - dt.timedelta(minutes=1), True),
        (last, False),
    ):
        with time_machine.travel(moment, tick=False):
            page = client("a.localhost").get(f"/b/{booking.token}").text
            assert ("Renoncer au contrat ici" in page) is there, moment
            form = client("a.localhost").get(f"/b/{booking.token}/retractation").text
            assert ("Confirmer la rétractation" in form) is there


def test_f20_two_steps_logged_out_all_back_and_a_receipt(client, world: World) -> None:
    booking = booked(world, days=1)  # too late for the venue's own policy to give all back
    visitor = client("a.localhost")
    page = visitor.get(f"/b/{booking.token}").text
    link = re.search(r'href="(/b/[^"]+/retractation)"', page)
    assert link
    form = visitor.get(link[1]).text
    fields = dict(re.findall(r'name="(csrf_token|promis)" value="([^"]*)"', form))
    answer = visitor.post(link[1], data=fields)
    assert answer.status_code == 303
    with world.a.entered():
        run_jobs(only="booking.letter")
        db.session.expire_all()
        ended = db.session.scalars(select(Cancellation)).one()
        assert (ended.by, ended.refund_cents) == ("withdrawal", booking.price_cents)
        refund = db.session.scalars(select(Refund)).one()
        assert (refund.amount_cents, refund.state) == (booking.price_cents, "done")
        mail = db.session.scalars(select(Mail).where(Mail.subject.contains("rétractation"))).one()
        at = ended.at.astimezone(PARIS)
        for said in ("Léna Vogel a renoncé", booking.code, f"{at:%H:%M:%S}", "accusé de réception"):
            assert said in mail.text, said
        assert mail.recipient == "lena@example.org"
        assert mail.created_at - ended.at < dt.timedelta(minutes=1)


def test_f20_who_has_paid_nothing_reads_that_nothing_comes_back(client, world: World) -> None:
    """Neither « 0 € are refunded » nor a price still to be paid at the venue."""
    booking = booked(world, days=3, paid=False)
    visitor = client("a.localhost")
    assert "Rien n’a été payé" in visitor.get(f"/b/{booking.token}/retractation").text
    with world.a.entered():
        withdrawal.withdraw(booking.id)
        run_jobs(only="booking.letter")
        db.session.expire_all()
        mail = db.session.scalars(select(Mail).where(Mail.subject.contains("rétractation"))).one()
    assert "Rien n’avait été payé" in mail.text
    assert "0 €" not in mail.text.split("Quand")[0]
    assert "à régler sur place" not in visitor.get(f"/b/{booking.token}").text


def test_f20_a_second_click_does_nothing_more(world: World) -> None:
    booking = booked(world)
    first = withdrawal.withdraw(booking.id)
    assert withdrawal.withdraw(booking.id).id == first.id
    assert len(db.session.scalars(select(Refund)).all()) == 1
    assert payments.due_on("booking", booking.id) == 0


@pytest.mark.parametrize(
    "nature", [name for name, n in NATURES.items() if n.withdrawal != "eligible"]
)
def test_f20_what_the_law_excepts_has_no_link(client, world: World, nature: str) -> None:
    booking = booked(world)
    db.session.execute(
        text("update space set nature = :n where id = :id"), {"n": nature, "id": world.a.room}
    )
    db.session.commit()
    assert "Renoncer au contrat" not in client("a.localhost").get(f"/b/{booking.token}").text
    with pytest.raises(withdrawal.NoRight):
        withdrawal.withdraw(booking.id)


def test_f20_neither_a_business_nor_the_desk_nor_an_ended_one(world: World) -> None:
    for_firm = booked(world)
    for_firm.organisation = {"name": "Ada SARL"}
    room = space(world.a.room)
    assert withdrawal.until(for_firm, room) is None
    withdrawn = booked(world, days=24)
    assert withdrawal.until(withdrawn, room) is not None
    withdrawal.withdraw(withdrawn.id)
    assert withdrawal.until(withdrawn, room) is None
    assert withdrawal.until(booked(world, days=28, origin="desk"), room) is None


def test_f20_who_asked_to_begin_pays_what_was_used(world: World) -> None:
    booking = booked(world, days=2, early=True)
    with time_machine.travel(booking.starts_at + dt.timedelta(minutes=30), tick=False):
        assert withdrawal.back_cents(booking, clock.now()) == -(-booking.price_cents * 3 // 4)
        row = withdrawal.withdraw(booking.id)
    assert row.refund_cents == -(-booking.price_cents * 3 // 4)


def test_f20_who_asked_to_begin_loses_the_right_at_the_end(world: World) -> None:
    booking = booked(world, days=2, early=True)
    room = space(world.a.room)
    assert withdrawal.until(booking, room) == booking.ends_at
    with time_machine.travel(booking.ends_at, tick=False), pytest.raises(withdrawal.NoRight):
        withdrawal.withdraw(booking.id)
    booking.early_start_at = None
    with time_machine.travel(booking.ends_at, tick=False):
        assert withdrawal.withdraw(booking.id).refund_cents == booking.price_cents


def test_f20_a_smaller_refund_than_shown_is_refused(world: World) -> None:
    booking = booked(world, days=2, early=True)
    late = time_machine.travel(booking.starts_at + dt.timedelta(minutes=30), tick=False)
    with late, pytest.raises(cancel.TooLate):
        withdrawal.withdraw(booking.id, promised=booking.price_cents)


def test_f20_a_link_that_nobody_has_is_404(client, world: World) -> None:
    assert client("a.localhost").get("/b/nulle-part/retractation").status_code == 404
