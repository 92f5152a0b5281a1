"""R06: two who act on the same thing at the same moment, at an exact line of the other's work.

Each pair runs four ways: either one first, the rival coming in just before the first lock of the
other or just after it. Whatever the order, the end is one that both orders of doing it in turn
would reach, and every invariant holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.accounts import links, team
from app.accounts.models import Account
from app.booking import cancel, confirm, goodwill, hold, move, presence, read
from app.core import clock, locks
from app.core.db import db
from app.core.errors import Refused
from app.events import read as event_read
from app.events import rules as events
from app.events.rules import Wish
from app.incidents import outages, report
from app.incidents import read as incidents
from app.incidents.read import Where
from app.payments import rules as payments
from tests import world as worlds
from tests.races.stage import Act, Rival, Stage

POLICY = cancel.Policy(24, 50)
STAFF = cancel.Actor("staff")


@dataclass
class Pair:
    """Two acts, where the rival comes in, and what must be true of the answers in the end."""

    one: Act
    two: Act
    lock: tuple[Any, str]
    check: Callable[[list[Any]], None]


def refused(answers: list[Any]) -> int:
    """How many were refused; anything else than an answer or a refusal is a fault."""
    for answer in answers:
        assert isinstance(answer, Refused) or not isinstance(answer, Exception), answer
    return sum(isinstance(answer, Refused) for answer in answers)


def confirmed(stage: Stage, **terms: Any) -> int:
    """A booking that is confirmed and not paid."""
    token = stage.quote(stage.slot())

    def work() -> int:
        booking_id = stage.hold(token, way="desk", **terms)
        confirm.confirm(booking_id)
        return booking_id

    return stage.act(work)


def paid_at_desk(stage: Stage) -> int:
    booking_id = confirmed(stage)

    def work() -> None:
        due = payments.Due("booking", booking_id, payments.due_on("booking", booking_id))
        payments.record_at_desk(due, "cash", None)

    stage.act(work)
    return booking_id


def opened(stage: Stage, booking_id: int) -> int:
    """A card payment that somebody is about to complete; the webhook will be `captured`."""

    def work() -> int:
        booking = db.session.get_one(read.Booking, booking_id)
        return payments.begin(payments.Due("booking", booking_id, booking.price_cents), "card").id

    return stage.act(work)


def captured(payment_id: int) -> Callable[[], str]:
    def work() -> str:
        payment = payments.locked(payment_id)
        if payment.state != "captured":
            payments.capture(payment)
        return payment.state

    return work


def entries(stage: Stage, booking_id: int, event: str) -> int:
    found = stage.sql(
        "select count(*) from ledger_entry where source_id = %(id)s and event like %(event)s",
        id=booking_id,
        event=event,
    )
    return found[0][0]


BOOKING_LOCK = (read, "locked")
UNIT_LOCK = (locks, "hold")


def book_book(stage: Stage) -> Pair:
    slot = stage.slot()
    first, second = (stage.quote(slot) for _ in range(2))

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 1

    return Pair(lambda: stage.hold(first), lambda: stage.hold(second), UNIT_LOCK, check)


def book_move(stage: Stage) -> Pair:
    slot, booking_id = stage.slot(), confirmed(stage)
    first, second = (stage.quote(slot) for _ in range(2))

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 1
        moved = stage.booking(booking_id).starts_at == slot.start
        assert moved == (not isinstance(answers[1], Refused))

    def shift() -> int:
        return move.move(booking_id, stage.found(second), POLICY, STAFF).id

    return Pair(lambda: stage.hold(first), shift, UNIT_LOCK, check)


def same_quote_twice(stage: Stage) -> Pair:
    token = stage.quote(stage.slot())

    def check(answers: list[Any]) -> None:
        assert answers[0] == answers[1]

    return Pair(lambda: stage.hold(token), lambda: stage.hold(token), UNIT_LOCK, check)


def pay_expire(stage: Stage) -> Pair:
    token = stage.quote(stage.slot())
    booking_id = stage.act(lambda: stage.hold(token, hold_minutes=0))
    payment_id = opened(stage, booking_id)

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 0
        assert stage.booking(booking_id).state == "confirmed"

    return Pair(captured(payment_id), lambda: hold.lapse(booking_id), BOOKING_LOCK, check)


def pay_give_up(stage: Stage) -> Pair:
    token = stage.quote(stage.slot())
    booking_id = stage.act(lambda: stage.hold(token))
    payment_id = opened(stage, booking_id)

    def leave() -> None:
        hold.give_up(db.session.get_one(read.Booking, booking_id))

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 0
        assert stage.booking(booking_id).state == "confirmed"

    return Pair(captured(payment_id), leave, BOOKING_LOCK, check)


def pay_and_another_takes_it(stage: Stage) -> Pair:
    """The hold is dead and two want the hour: whoever loses is refused, or gets money back."""
    slot = stage.slot()
    token = stage.quote(slot)
    booking_id = stage.act(lambda: stage.hold(token, hold_minutes=0))
    payment_id, other = opened(stage, booking_id), stage.quote(slot)

    def check(answers: list[Any]) -> None:
        mine = stage.booking(booking_id).state == "confirmed"
        assert mine == isinstance(answers[1], Refused)
        back = stage.sql("select amount_cents from refund where payment_id = %(id)s", id=payment_id)
        assert [c for (c,) in back] == ([] if mine else [stage.booking(booking_id).price_cents])

    return Pair(captured(payment_id), lambda: stage.hold(other), UNIT_LOCK, check)


def event_moves_book_room(stage: Stage) -> Pair:
    """An event goes to an hour that somebody books: one has it, and the event is whole."""
    slot, old = stage.slot(), stage.slot()
    token = stage.quote(slot)

    def plan() -> int:
        wish = Wish("Répétition", old.start, old.end, (stage.venue.room,), 6)
        return events.create(wish).id

    event_id = stage.act(plan)

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 1
        rows = stage.sql(
            "select starts_at from occupancy where source = 'event' and source_id = %(id)s",
            id=event_id,
        )
        where = stage.sql("select starts_at from event where id = %(id)s", id=event_id)
        assert rows == where == [(old.start if isinstance(answers[0], Refused) else slot.start,)]

    def shift() -> int:
        return events.move(event_id, slot).id

    return Pair(shift, lambda: stage.hold(token), UNIT_LOCK, check)


def event_moves_event_cancelled(stage: Stage) -> Pair:
    """Whatever comes first, a cancelled event takes nothing."""
    slot, old = stage.slot(), stage.slot()

    def plan() -> int:
        return events.create(Wish("Répétition", old.start, old.end, (stage.venue.room,), 6)).id

    event_id = stage.act(plan)

    def check(answers: list[Any]) -> None:
        assert refused(answers) <= 1
        rows = stage.sql(
            "select 1 from occupancy where source = 'event' and source_id = %(id)s", id=event_id
        )
        assert rows == []

    def shift() -> int:
        return events.move(event_id, slot).id

    return Pair(shift, lambda: events.cancel(event_id).id, (event_read, "locked"), check)


def pay_cancel(stage: Stage) -> Pair:
    booking_id = confirmed(stage)
    payment_id = opened(stage, booking_id)
    price = stage.booking(booking_id).price_cents

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 0
        assert stage.booking(booking_id).state == "cancelled"
        back = stage.sql(
            "select sum(amount_cents) from refund where payment_id = %(id)s", id=payment_id
        )
        assert back == [(price,)]

    def give_back() -> int:
        return cancel.cancel(booking_id, POLICY, cancel.Actor("venue")).id

    return Pair(captured(payment_id), give_back, BOOKING_LOCK, check)


def pay_pay(stage: Stage) -> Pair:
    """Two webhooks of one payment."""
    token = stage.quote(stage.slot())
    booking_id = stage.act(lambda: stage.hold(token))
    payment_id = opened(stage, booking_id)

    def check(answers: list[Any]) -> None:
        assert answers == ["captured", "captured"]
        assert entries(stage, booking_id, "captured:%") == 1

    return Pair(captured(payment_id), captured(payment_id), BOOKING_LOCK, check)


def two_pages_paid(stage: Stage) -> Pair:
    token = stage.quote(stage.slot())
    booking_id = stage.act(lambda: stage.hold(token))
    one, two = opened(stage, booking_id), opened(stage, booking_id)

    def check(answers: list[Any]) -> None:
        assert answers == ["captured", "captured"]
        back = stage.sql(
            "select sum(amount_cents) from refund where payment_id = any(%(ids)s)", ids=[one, two]
        )
        assert back == [(stage.booking(booking_id).price_cents,)]

    return Pair(captured(one), captured(two), BOOKING_LOCK, check)


def confirm_confirm(stage: Stage) -> Pair:
    token = stage.quote(stage.slot())
    booking_id = stage.act(lambda: stage.hold(token, way="desk"))

    def check(answers: list[Any]) -> None:
        assert answers == [True, True]
        assert entries(stage, booking_id, "sold") == 1

    yes = lambda: confirm.confirm(booking_id)  # noqa: E731
    return Pair(yes, yes, BOOKING_LOCK, check)


def confirm_cancel(stage: Stage) -> Pair:
    token = stage.quote(stage.slot())
    booking_id = stage.act(lambda: stage.hold(token, way="desk"))

    def check(answers: list[Any]) -> None:
        state = stage.booking(booking_id).state
        assert state == ("confirmed" if isinstance(answers[1], Refused) else "cancelled")

    def give_back() -> int:
        return cancel.cancel(booking_id, POLICY, STAFF).id

    return Pair(lambda: confirm.confirm(booking_id), give_back, BOOKING_LOCK, check)


def refund_refund(stage: Stage) -> Pair:
    """Two gestures that together exceed what was paid: one of them is refused."""
    booking_id = paid_at_desk(stage)
    price = stage.booking(booking_id).price_cents

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 1
        back = stage.sql(
            "select sum(r.amount_cents) from refund r join payment p on p.id = r.payment_id"
            " where p.source = 'booking' and p.source_id = %(id)s",
            id=booking_id,
        )
        assert back[0][0] <= price

    def gesture(why: str) -> Act:
        return lambda: goodwill.give(booking_id, price * 6 // 10, why, by=None)

    return Pair(gesture("froid"), gesture("bruit"), BOOKING_LOCK, check)


def one_gesture_twice(stage: Stage) -> Pair:
    booking_id = paid_at_desk(stage)

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 1
        assert entries(stage, booking_id, "goodwill:%") == 1

    gesture = lambda: goodwill.give(booking_id, 100, "froid", by=None)  # noqa: E731
    return Pair(gesture, gesture, BOOKING_LOCK, check)


def cancel_cancel(stage: Stage) -> Pair:
    booking_id = paid_at_desk(stage)

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 0
        assert answers[0] == answers[1]
        assert entries(stage, booking_id, "cancelled") == 1

    give_back = lambda: cancel.cancel(booking_id, POLICY, STAFF).id  # noqa: E731
    return Pair(give_back, give_back, BOOKING_LOCK, check)


def cancel_move(stage: Stage) -> Pair:
    booking_id, token = paid_at_desk(stage), stage.quote(stage.slot())

    def check(answers: list[Any]) -> None:
        assert not isinstance(answers[0], Refused)
        assert stage.booking(booking_id).state == "cancelled"

    def shift() -> int:
        return move.move(booking_id, stage.found(token), POLICY, STAFF).id

    return Pair(lambda: cancel.cancel(booking_id, POLICY, STAFF).id, shift, BOOKING_LOCK, check)


def cancel_refund(stage: Stage) -> Pair:
    booking_id = paid_at_desk(stage)
    price = stage.booking(booking_id).price_cents

    def check(answers: list[Any]) -> None:
        refused(answers)
        assert stage.booking(booking_id).state == "cancelled"
        back = stage.sql(
            "select sum(r.amount_cents) from refund r join payment p on p.id = r.payment_id"
            " where p.source = 'booking' and p.source_id = %(id)s",
            id=booking_id,
        )
        assert back == [(price,)]

    return Pair(
        lambda: cancel.cancel(booking_id, POLICY, cancel.Actor("venue")).id,
        lambda: goodwill.give(booking_id, 100, "froid", by=None),
        BOOKING_LOCK,
        check,
    )


def move_move(stage: Stage) -> Pair:
    """Both moves happen, one after the other; the room of the first is free again."""
    booking_id, one, two = confirmed(stage), stage.slot(), stage.slot()
    tokens = [stage.quote(one), stage.quote(two)]

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 0
        found = stage.booking(booking_id)
        assert found.sequence == 2
        assert stage.sql(
            "select starts_at from occupancy where source = 'booking' and source_id = %(id)s",
            id=booking_id,
        ) == [(found.starts_at,)]

    def shift(token: str) -> Act:
        return lambda: move.move(booking_id, stage.found(token), POLICY, STAFF).id

    return Pair(shift(tokens[0]), shift(tokens[1]), BOOKING_LOCK, check)


def move_into_each_other(stage: Stage) -> Pair:
    """Two bookings want the same third hour."""
    one, two, slot = confirmed(stage), confirmed(stage), stage.slot()
    tokens = [stage.quote(slot), stage.quote(slot)]

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 1

    return Pair(
        lambda: move.move(one, stage.found(tokens[0]), POLICY, STAFF).id,
        lambda: move.move(two, stage.found(tokens[1]), POLICY, STAFF).id,
        UNIT_LOCK,
        check,
    )


def in_the_middle(stage: Stage) -> int:
    """A booking that began an hour ago, on the clock of this test."""
    booking_id = confirmed(stage)
    stage.now = stage.booking(booking_id).starts_at + dt.timedelta(hours=1)
    return booking_id


def arrive_absent(stage: Stage) -> Pair:
    booking_id = in_the_middle(stage)

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 1
        found = stage.sql(
            "select (select count(*) from check_in where booking_id = %(id)s),"
            " (select count(*) from no_show where booking_id = %(id)s)",
            id=booking_id,
        )
        assert sum(found[0]) == 1

    return Pair(
        lambda: presence.check_in(booking_id, how="desk", by=None).id,
        lambda: presence.no_show(booking_id, 30, by=None).id,
        BOOKING_LOCK,
        check,
    )


def arrive_arrive(stage: Stage) -> Pair:
    booking_id = in_the_middle(stage)

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 0
        assert stage.sql(
            "select count(*) from check_in where booking_id = %(id)s", id=booking_id
        ) == [(1,)]

    arrive = lambda: presence.check_in(booking_id, how="qr", by=None).at  # noqa: E731
    return Pair(arrive, arrive, BOOKING_LOCK, check)


def invite_revoke(stage: Stage) -> Pair:
    """An invitation that was taken back gives no role; one that was accepted was not taken back."""

    def newcomer() -> int:
        made = Account(
            email=f"n{next(stage.names)}-{stage.venue.id}@example.org", name="N", settings={},
            network_id=stage.venue.network_id,
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        return made.id

    account_id = stage.act(newcomer)

    def invite() -> tuple[int, str]:
        link, secret = team.invite(
            db.session.get_one(Account, account_id).email, "manager", by=None
        )
        return link.id, secret

    link_id, secret = stage.act(invite)

    def check(answers: list[Any]) -> None:
        refused(answers)
        taken_back = answers[1] is True
        role = stage.sql("select role from role_grant where account_id = %(id)s", id=account_id)
        assert role == ([] if taken_back else [("manager",)])

    return Pair(
        lambda: team.accept(secret, account_id).id,
        lambda: team.withdraw(link_id, by=None),
        (links, "spend"),
        check,
    )


def accept_accept(stage: Stage) -> Pair:
    pair = invite_revoke(stage)
    accept = pair.one

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 1

    return Pair(accept, accept, (links, "spend"), check)


def last_owners(stage: Stage) -> Pair:
    """Two owners who relieve each other: one remains."""

    def owners() -> list[int]:
        made = []
        for _ in range(2):
            account = Account(
                email=f"o{next(stage.names)}-{stage.venue.id}@example.org", name="O", settings={},
                network_id=stage.venue.network_id,
            )  # fmt: skip
            db.session.add(account)
            db.session.flush()
            team.grant(account.id, "owner", by=None)
            made.append(account.id)
        return made

    stage.sql(
        "with gone as (delete from role_grant where tenant_id = %(id)s returning 1)"
        " select count(*) from gone",
        id=stage.venue.id,
    )
    one, two = stage.act(owners)

    def check(answers: list[Any]) -> None:
        assert refused(answers) == 1
        assert stage.act(lambda: len(team.team())) == 1

    return Pair(
        lambda: team.relieve(one, by=None),
        lambda: team.relieve(two, by=None),
        (team, "_grant"),
        check,
    )


def pay_close(stage: Stage) -> Pair:
    """An incident takes a space out while somebody pays: nobody is lost, nothing is sold twice."""
    slot, where = stage.slot(), stage.venue.half
    token, other = (stage.quote(slot, where) for _ in range(2))
    booking_id = stage.act(lambda: stage.hold(token))
    payment_id = opened(stage, booking_id)

    def broken() -> int:
        space = worlds.space(where)
        wish = report.Wish(Where(space.site, space), "screen", "no")
        return report.report(wish, report.Reporter(staff=True)).incident_id

    incident_id = stage.act(broken)

    def look() -> list[int | None]:
        return [use.source_id for use in outages.affected(_outage(incident_id))]

    def check(answers: list[Any]) -> None:
        standing = stage.act(look)
        again = stage.act(lambda: stage.hold(other))
        stage.act(lambda: outages.end(_outage(incident_id), None))  # others need the hours
        assert refused(answers) == 0
        assert stage.booking(booking_id).state == "confirmed"
        assert booking_id in standing
        assert isinstance(again, Refused)

    def close() -> int:
        return outages.begin(incident_id, outages.Span(slot.end), None).id

    return Pair(captured(payment_id), close, UNIT_LOCK, check)


def _outage(incident_id: int) -> outages.Outage:
    found = incidents.outage(incident_id)
    assert found is not None
    return found


PAIRS = (
    event_moves_book_room, event_moves_event_cancelled,
    pay_close, book_book, book_move, same_quote_twice, pay_expire, pay_give_up,
    pay_and_another_takes_it,
    pay_cancel, pay_pay, two_pages_paid, confirm_confirm, confirm_cancel, refund_refund,
    one_gesture_twice, cancel_cancel, cancel_move, cancel_refund, move_move, move_into_each_other,
    arrive_absent, arrive_arrive, invite_revoke, accept_accept, last_owners,
)  # fmt: skip


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("swap", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("make", PAIRS, ids=[p.__name__ for p in PAIRS])
def test_two_at_once(stage: Stage, sound, monkeypatch, make, swap: bool, moment: str) -> None:
    """R06: the rival comes in at an exact line; the end is as if they had come in turn."""
    stage.now = None
    pair = make(stage)
    if stage.now is not None:
        monkeypatch.setattr(clock, "now", lambda moment=stage.now: moment)
    acts = [pair.two, pair.one] if swap else [pair.one, pair.two]
    rival = Rival(stage, acts[1])
    rival.at(monkeypatch, *pair.lock, moment)
    mine = stage.act(acts[0])
    if rival.thread is None:  # this one does not lock there: they come in turn
        rival._go()
    answers = [mine, rival.end()]
    pair.check(answers[::-1] if swap else answers)


def test_without_the_row_lock_two_gestures_exceed_the_payment(stage: Stage, monkeypatch) -> None:
    """R05: control. Reading the booking without its lock lets the rival slip in between."""
    pair = refund_refund(stage)
    unlocked = lambda booking_id: db.session.get_one(read.Booking, booking_id)  # noqa: E731
    monkeypatch.setattr(read, "locked", unlocked)
    rival = Rival(stage, pair.two)
    rival.at(monkeypatch, read, "locked", "after")
    answers = [stage.act(pair.one), rival.end()]
    assert isinstance(answers[0], Refused)  # payments have a lock of their own: it holds alone
    assert not isinstance(answers[1], Refused)


def test_without_a_rival_an_invitation_is_accepted_once(stage: Stage) -> None:
    """R05: control. In turn, the second comes too late and is told so."""
    pair = invite_revoke(stage)
    assert isinstance(stage.act(pair.one), int)
    assert stage.act(pair.two) is False
