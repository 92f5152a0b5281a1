"""Buyers race for the last tickets, the last use of a code, and against time and the venue."""

from __future__ import annotations

import secrets
from collections import Counter
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.doors import rules as doors
from app.events import rules as events
from app.payments import rules as payments
from app.ticketing import counting, giving_back, read, rules, shelf
from app.ticketing.rules import Place, Wish
from app.ticketing.shelf import Code, Kind
from tests.races.stage import Rival, Stage
from tests.races.till import Till
from tests.volume import FULL, ROUNDS

BUYERS, PLACES = 200, 7


def on_sale(stage: Stage, *quotas: int, capacity: int = 60) -> tuple[int, list[int]]:
    """An event of the stage's venue and its categories."""

    def make() -> tuple[int, list[int]]:
        slot = stage.slot()
        one = events.create(
            events.Wish("Nuit", slot.start, slot.end, (stage.venue.hall,), capacity)
        )
        events.publish(one.id)
        kinds = [
            shelf.describe(one.id, Kind(f"Tarif {n}", "fixed", 1200, quota))
            for n, quota in enumerate(quotas)
        ]
        return one.id, [kind.id for kind in kinds]

    return stage.act(make)


def buy(event_id: int, kinds: list[int], way: str = "desk", **more: Any) -> int:
    """One order; its id."""
    wish = Wish(
        event_id=event_id,
        places=tuple(Place(one) for one in kinds),
        form_key=secrets.token_hex(12),
        payer=None,
        name="Quelqu’un",
        way=way,
        **more,
    )
    return rules.order(wish).id


def ends(answers: list[Any]) -> Counter[str]:
    """How each wish ended."""
    return Counter("sold" if isinstance(one, int) else type(one).__name__ for one in answers)


def counted(stage: Stage, event_id: int) -> tuple[int, int]:
    """What the event's counter says, and the tickets that stand."""
    [row] = stage.sql(
        "select s.taken, (select count(*) from ticket t where t.event_id = s.event_id"
        " and t.state in ('held', 'valid', 'used')) from ticket_sale s where s.event_id = %(e)s",
        e=event_id,
    )
    return row


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_hundred_buyers_of_seven(stage: Stage, sound: None, round_: int) -> None:
    event, kinds = on_sale(stage, PLACES)
    answers = stage.together([partial(buy, event, kinds)] * BUYERS)
    assert ends(answers) == {"sold": PLACES, "SoldOut": BUYERS - PLACES}
    assert counted(stage, event) == (PLACES, PLACES)


def test_quota_against_quota(stage: Stage, sound: None) -> None:
    """Two categories within the event's own five, asked for in both orders: no circle of locks."""
    event, (a, b) = on_sale(stage, 4, 4, capacity=5)
    acts = [partial(buy, event, [a, b]), partial(buy, event, [b, a])] * 20
    assert ends(stage.together(acts)) == {"sold": 2, "SoldOut": 38}
    assert counted(stage, event) == (4, 4)


def test_the_last_use_of_a_code(stage: Stage, sound: None) -> None:
    event, kinds = on_sale(stage, 50)
    word = f"C{secrets.token_hex(4)}"
    stage.act(lambda: shelf.promise(Code(word, percent=50, most=1)).id)
    answers = stage.together([partial(buy, event, kinds, promo=word)] * 30)
    assert ends(answers) == {"sold": 1, "Refused": 29}
    assert counted(stage, event) == (1, 1)


def test_without_the_gate_the_database_still_refuses(
    stage: Stage, sound: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "refuse_more", lambda *_: None)
    event, kinds = on_sale(stage, PLACES)

    def one() -> int:
        try:
            return stage.act(partial(buy, event, kinds))
        except IntegrityError:
            return -1

    answers = stage.threads([one] * 20)
    assert Counter(n > 0 for n in answers if isinstance(n, int))[True] == PLACES
    assert counted(stage, event) == (PLACES, PLACES)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_money_against_the_end_of_the_hold(
    stage: Stage, sound: None, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    event, kinds = on_sale(stage, 1)
    first = stage.act(partial(buy, event, kinds, "online"))
    stage.sql(
        "update ticket_order set held_until = now() - interval '1 s' where id = %(i)s", i=first
    )
    rival = Rival(stage, partial(buy, event, kinds))
    rival.at(monkeypatch, counting, "gate", moment)

    def pay() -> int:
        due = payments.Due("ticket_order", first, 1200, None)
        payment = payments.begin(due, "card")
        payment.intent_id = f"pi_{secrets.token_hex(5)}"
        payments.capture(payments.locked(payment.id))
        return payment.id

    payment = stage.act(pay)
    other = rival.end()
    state = stage.sql("select state from ticket_order where id = %(i)s", i=first)[0][0]
    back = stage.sql("select count(*) from refund where payment_id = %(p)s", p=payment)[0][0]
    assert (state, back, isinstance(other, int)) in {
        ("confirmed", 0, False), ("lapsed", 1, True),
    }  # fmt: skip
    assert counted(stage, event) == (1, 1)


def sold(stage: Stage) -> tuple[int, int, int]:
    """An event, an order of one ticket, and the ticket."""
    event, kinds = on_sale(stage, 1)
    order = stage.act(partial(buy, event, kinds))
    [(ticket,)] = stage.sql("select id from ticket where order_id = %(o)s", o=order)
    return event, order, ticket


def states(stage: Stage, order: int) -> list[str]:
    """Where its tickets stand, oldest first."""
    query = "select state from ticket where order_id = %(o)s order by id"
    return [row[0] for row in stage.sql(query, o=order)]


def come_in(event: int, ticket: int) -> str:
    """What the door says of somebody who shows it."""
    one = doors.Heard(secrets.token_hex(8), "in", ticket, clock.now())
    return doors.take(event, [one], doors.Phone("", "", None))[one.mark]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("act", ["hand", "back"])
def test_the_door_against_who_hands_on_or_gives_back(
    stage: Stage, sound: None, monkeypatch: pytest.MonkeyPatch, act: str, moment: str
) -> None:
    """One of the two: in, or gone. The door takes no gate, only the ticket's row."""
    event, order, ticket = sold(stage)
    door = Rival(stage, partial(come_in, event, ticket))
    door.at(monkeypatch, read, "locked_tickets", moment)
    if act == "hand":
        mine = stage.act(lambda: giving_back.transfer(ticket, "Nadia", "n@example.org").id)
    else:
        mine = stage.act(lambda: giving_back.give_back(order, [ticket]))
    said, found = door.end(), states(stage, order)
    if moment == "before":
        assert isinstance(mine, Refused)
        assert (said, found) == ("entry", ["used"])
    else:
        assert (said, found) == (
            "cancelled", ["transferred", "valid"] if act == "hand" else ["cancelled"],
        )  # fmt: skip
    assert counted(stage, event)[0] == (0 if found == ["cancelled"] else 1)


@pytest.mark.parametrize("first", ["hand", "back"])
def test_handing_on_against_giving_back(
    stage: Stage, sound: None, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """A ticket that is refunded is nobody else's; one that is somebody else's stays so."""
    event, order, ticket = sold(stage)
    acts = {
        "hand": lambda: giving_back.transfer(ticket, "Nadia", "n@example.org").id,
        "back": lambda: giving_back.give_back(order, [ticket]),
    }
    other = Rival(stage, acts["back" if first == "hand" else "hand"])
    other.at(monkeypatch, counting, "gate", "after")
    mine, theirs = stage.act(acts[first]), other.end()
    assert isinstance(mine, int)
    assert isinstance(theirs, Refused)
    wanted = ["transferred", "valid"] if first == "hand" else ["cancelled"]
    assert states(stage, order) == wanted
    assert counted(stage, event)[0] == (1 if first == "hand" else 0)


def test_ten_clicks_give_back_once_and_hand_on_once(stage: Stage, sound: None) -> None:
    event, order, ticket = sold(stage)
    hand = [lambda: giving_back.transfer(ticket, "Nadia", "n@example.org").id] * 10
    answers = stage.together(hand)
    assert len(set(answers)) == 1
    stage.together([lambda: giving_back.give_back(order, answers[:1])] * 10)
    assert states(stage, order) == ["transferred", "cancelled"]
    posted = stage.sql(
        "select count(*) from ledger_entry where source = 'ticket_order' and source_id = %(o)s"
        " and event like 'cancelled:%%'",
        o=order,
    )
    assert posted == [(1,)]
    assert counted(stage, event) == (0, 0)


@pytest.mark.skipif(not FULL, reason="a busy machine answers busy: make races has it")
def test_called_off_while_everybody_buys_and_gives_back(
    stage: Stage, till: Till, sound: None
) -> None:
    """Buyers, people who give back, a new capacity and the cancelling, all at once: no deadlock, no
    ticket left that is good, every sale reversed."""
    event, kinds = on_sale(stage, 40)
    have = [stage.act(partial(buy, event, kinds * 2)) for _ in range(8)]

    def back(order_id: int) -> int:
        return giving_back.give_back(order_id, [t.id for t in read.tickets(order_id)])

    def resize(n: int) -> int:
        found = db.session.get_one(events.Event, event)
        wish = events.wish_of(found)
        return events.change(event, type(wish)(**{**wish.__dict__, "capacity": 50 + n})).id

    acts: list[Any] = []
    for n, order_id in enumerate(have):
        acts += [partial(buy, event, kinds), partial(back, order_id), partial(resize, n)]
        acts += [partial(buy, event, kinds * 3)]
    acts.insert(len(acts) // 2, lambda: events.cancel(event, "non").id)
    acts += [partial(buy, event, kinds)] * 10
    answers = stage.together(acts)
    assert all(isinstance(one, int | Refused) for one in answers), answers
    stage.jobs()
    stage.jobs()
    assert counted(stage, event) == (0, 0)
    owed = stage.sql(
        "select coalesce(sum(l.amount_cents), 0) from ledger_line l join ledger_entry e"
        " on e.id = l.entry_id where l.tenant_id = %(t)s and l.account = 'receivable'"
        " and e.source = 'ticket_order' and e.source_id in"
        " (select id from ticket_order where event_id = %(e)s)",
        t=stage.venue.id,
        e=event,
    )[0][0]
    assert owed == 0
