"""R06: whoever booked a broken room chooses while somebody else decides about the same booking.

Each pair runs both ways, the rival coming in before or after the first lock of the other. Whatever
the order, one thing happens to the booking, the money is right, and nobody is told what did not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from app.booking import cancel, closures, confirm, hold, move, read
from app.booking.cancel import Actor
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.incidents import choosing, moving, offers, outages, promises, report, rules
from app.incidents.models import Outage, OutageOffer
from app.incidents.read import Where
from app.members.rules import person_by_email
from app.payments import rules as payments
from app.rates import rules as rates
from app.spaces import build
from tests import world as worlds
from tests.races.stage import Act, Rival, Stage

POLICY = cancel.Policy(24, 50)
BY = rules.Hand(None, "Bob")


@dataclass
class Case:
    """A booking whose room broke, and the choice that its person has."""

    stage: Stage
    booking_id: int
    incident_id: int
    outage_id: int
    offer_id: int
    home: int
    twin: int

    def desk(self) -> moving.Desk:
        return moving.Desk(promises.policy(), None, "Panne")

    def choose(self, wish: str) -> Act:
        """The person's click."""
        return lambda: choosing.choose(self.offer_id, wish).answer

    def settle(self, wish: str) -> Act:
        """The desk's click."""

        def work() -> list[str]:
            out = outages.locked(self.outage_id)
            return [fate.fate for fate in moving.settle(out, {self.booking_id: wish}, self.desk())]

        return work

    def undo(self) -> int:
        return moving.undo(outages.locked(self.outage_id), self.desk())

    def repaired(self) -> str:
        return rules.advance(self.incident_id, "resolved", BY).state

    def give_back(self) -> int:
        """Staff cancel it from its own page."""
        return cancel.cancel(self.booking_id, POLICY, Actor("venue")).id

    def carry(self) -> int:
        """Staff move it from its own page."""
        booking = db.session.get_one(read.Booking, self.booking_id)
        quote = closures.same_price(booking, worlds.space(self.twin))
        return move.move(self.booking_id, quote, POLICY, Actor("venue")).id

    def late(self) -> None:
        choosing.fall_due(self.offer_id)

    @property
    def room(self) -> str:
        return f"space:{self.twin}"


def asked(stage: Stage) -> Case:
    """A paid booking of a room of its own, with one equal room beside it, and the letter sent."""
    slot, number = stage.slot(), next(stage.names)

    def rooms() -> tuple[int, int]:
        site, kind = worlds.space(stage.venue.room).site, f"Étuve {number}"
        facts: dict[str, Any] = {"capacity": 4, "base_cents": 3000, "equipment": [kind]}
        made = [build.space(site, f"{kind} {n}", "meeting_room", **facts) for n in (1, 2)]
        db.session.flush()
        return made[0].id, made[1].id

    home, twin = stage.act(rooms)

    def book() -> int:
        quote = rates.ask(rates.Asked(worlds.space(home), slot, 1, "staff"))
        person = person_by_email(f"choice{number}@example.org", "Carla", locale="fr")
        db.session.flush()
        terms = hold.Terms(origin="desk", way="desk", person_id=person.id)
        made = hold.hold(quote, terms)
        confirm.confirm(made.id)
        due = payments.Due("booking", made.id, payments.due_on("booking", made.id))
        payments.record_at_desk(due, "cash", None)
        return made.id

    booking_id = stage.act(book)

    def breaks() -> tuple[int, int, int]:
        where = worlds.space(home)
        wish = report.Wish(Where(where.site, where), "screen", "no")
        one = report.report(wish, report.Reporter(staff=True)).incident_id
        out = outages.begin(one, outages.Span(slot.end), None)
        kept = moving.Desk(promises.policy(), None, "Panne")
        moving.settle(out, {booking_id: moving.CHOICE}, kept)
        offer = db.session.scalars(select(OutageOffer).where(OutageOffer.outage_id == out.id)).one()
        return one, out.id, offer.id

    return Case(stage, booking_id, *stage.act(breaks), home, twin)


def outcome(case: Case) -> str:
    """What became of the booking, once it is seen to be one thing, and the money to agree."""
    stage, booking = case.stage, case.stage.booking(case.booking_id)
    rows = stage.sql(
        "select distinct space_id from occupancy where source = 'booking' and source_id = %(id)s",
        id=case.booking_id,
    )
    back = stage.sql(
        "select coalesce(sum(r.amount_cents), 0) from refund r join payment p"
        " on p.id = r.payment_id where p.source = 'booking' and p.source_id = %(id)s",
        id=case.booking_id,
    )[0][0]
    fates = stage.sql(
        "select fate from outage_fate where booking_id = %(id)s and undone_at is null",
        id=case.booking_id,
    )
    assert len(fates) <= 1
    if booking.state == "cancelled":
        assert (rows, back) == ([], booking.price_cents)
        assert fates in ([], [("refunded",)])
        return "refund"
    assert (rows, back) == ([(booking.space_id,)], 0)
    assert booking.space_id in (case.home, case.twin)
    return case.room if booking.space_id == case.twin else "stays"


def answer_of(case: Case) -> str | None:
    return case.stage.sql("select answer from outage_offer where id = %(id)s", id=case.offer_id)[0][
        0
    ]


Race = tuple[Case, Act, Act, Callable[[list[Any]], None]]


def two_tabs(stage: Stage) -> Race:
    """One of the two is done, the other is told that it came too late."""
    case = asked(stage)

    def check(answers: list[Any]) -> None:
        done = [one for one in answers if not isinstance(one, Refused)]
        assert done == [outcome(case)] == [answer_of(case)]

    return case, case.choose("refund"), case.choose(case.room), check


def desk_refunds(stage: Stage) -> Race:
    """The desk gives the money back while the person takes the other room: whoever is first."""
    case = asked(stage)

    def check(answers: list[Any]) -> None:
        mine, desk = answers
        if isinstance(mine, Refused):
            assert (desk, outcome(case)) == (["refunded"], "refund")
        else:
            assert (mine, outcome(case)) == (case.room, case.room)
            assert desk == []  # there was nothing left to decide
        assert answer_of(case) == outcome(case)

    return case, case.choose(case.room), case.settle("refund"), check


def desk_moves(stage: Stage) -> Race:
    case = asked(stage)

    def check(answers: list[Any]) -> None:
        mine, desk = answers
        done = [mine] if not isinstance(mine, Refused) else [case.room]
        assert done == [outcome(case)] == [answer_of(case)]
        assert (desk == ["moved"]) == isinstance(mine, Refused)

    return case, case.choose("refund"), case.settle(case.room), check


def desk_undoes(stage: Stage) -> Race:
    """Taken back before anybody heard of it: a click that was first is undone like any move."""
    case = asked(stage)

    def check(answers: list[Any]) -> None:
        mine, desk = answers
        if isinstance(mine, Refused):
            assert (desk, outcome(case), answer_of(case)) == (0, "stays", "withdrawn")
        else:
            assert (desk, outcome(case)) == (1, "stays")

    return case, case.choose(case.room), case.undo, check


def room_works_again(stage: Stage) -> Race:
    case = asked(stage)

    def check(answers: list[Any]) -> None:
        mine, _state = answers
        expected = "stays" if isinstance(mine, Refused) else "refund"
        assert outcome(case) == answer_of(case) == expected

    return case, case.choose("refund"), case.repaired, check


def cancelled_elsewhere(stage: Stage) -> Race:
    """Money goes back once, and whoever chose a room that they do not get is told so."""
    case = asked(stage)

    def check(answers: list[Any]) -> None:
        assert is_paid_back(case)
        came_too_late = isinstance(answers[0], Refused)
        assert answer_of(case) == (None if came_too_late else case.room)
        moved = "select 1 from outage_fate where booking_id = %(id)s and fate = 'moved'"
        assert bool(stage.sql(moved, id=case.booking_id)) != came_too_late

    return case, case.choose(case.room), case.give_back, check


def is_paid_back(case: Case) -> bool:
    back = case.stage.sql(
        "select sum(r.amount_cents) from refund r join payment p on p.id = r.payment_id"
        " where p.source = 'booking' and p.source_id = %(id)s",
        id=case.booking_id,
    )[0][0]
    booking = case.stage.booking(case.booking_id)
    return bool(booking.state == "cancelled" and back == booking.price_cents)


def moved_elsewhere(stage: Stage) -> Race:
    """Staff move it from its page while the person wants their money: never both."""
    case = asked(stage)

    def check(answers: list[Any]) -> None:
        mine, desk = answers
        assert isinstance(mine, Refused) != isinstance(desk, Refused)
        assert outcome(case) == ("refund" if mine == "refund" else case.room)

    return case, case.choose("refund"), case.carry, check


RACES = (
    two_tabs, desk_refunds, desk_moves, desk_undoes, room_works_again, cancelled_elsewhere,
    moved_elsewhere,
)  # fmt: skip
LOCKS = {"choice": (offers, "locked"), "booking": (read, "locked")}
PLACES = [("choice", "after"), ("booking", "before")]
if os.environ.get("FULL"):
    PLACES += [("choice", "before"), ("booking", "after")]


@pytest.mark.parametrize(("lock", "moment"), PLACES)
@pytest.mark.parametrize("swap", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("make", RACES, ids=[r.__name__ for r in RACES])
def test_one_thing_happens(
    stage: Stage, sound, monkeypatch, make, swap: bool, lock: str, moment: str
) -> None:
    """R06: in whatever order, one outcome, and the money is right."""
    _case, one, two, check = make(stage)
    acts = [two, one] if swap else [one, two]
    rival = Rival(stage, acts[1])
    rival.at(monkeypatch, *LOCKS[lock], moment)
    mine = stage.act(acts[0])
    if rival.thread is None:  # this one does not lock there: they come in turn
        rival._go()
    answers = [mine, rival.end()]
    for answer in answers:
        assert isinstance(answer, Refused) or not isinstance(answer, Exception), answer
    check(answers[::-1] if swap else answers)


def test_an_answer_and_its_end_at_once(stage: Stage, sound, monkeypatch) -> None:
    """The clock falls due in the middle of a click: what was clicked is what happens."""
    case = asked(stage)
    rival = Rival(stage, case.late)
    rival.at(monkeypatch, offers, "locked", "after")
    assert stage.act(case.choose("refund")) == "refund"
    end = stage.sql("select ends_at from outage_offer where id = %(id)s", id=case.offer_id)[0][0]
    monkeypatch.setattr(clock, "now", lambda: end)
    assert rival.end() is None
    stage.act(case.late)
    assert outcome(case) == answer_of(case) == "refund"


def test_without_the_lock_of_the_outage_both_happen(stage: Stage, monkeypatch) -> None:
    """R05: control. Mended without looking who chooses, the choice that was made is overwritten."""
    case = asked(stage)
    unlocked = lambda outage_id: db.session.get_one(Outage, outage_id)  # noqa: E731
    monkeypatch.setattr(outages, "locked", unlocked)
    rival = Rival(stage, case.repaired)
    rival.at(monkeypatch, offers, "locked", "after")
    assert stage.act(case.choose("refund")) == "refund"
    assert rival.end() == "resolved"
    assert answer_of(case) == "stays"  # they were paid back, and are told that nothing changes
    assert stage.booking(case.booking_id).state == "cancelled"
