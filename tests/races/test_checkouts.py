"""Whole checkouts in real threads, real connections, the real SDK: quote, hold, pay, confirm."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest

from app.booking import hold
from app.core import clock
from app.core.db import db
from app.core.errors import Refused, Taken
from app.members.models import Person
from app.payments import gateway as gw
from app.payments import rules as payments
from app.rates import rules as rates
from tests import volume
from tests import world as worlds
from tests.races.stage import Stage
from tests.races.till import Till

RACES = volume.of(20, 500)
HOOKS = volume.of(200, 10_000)
SEATS, BUYERS = 7, 50
STORM = 50  # payers who wait for the gateway at the same time


@pytest.fixture(scope="module")
def person(stage: Stage) -> int:
    """Somebody who gets letters."""

    def add() -> int:
        made = Person(email="ada@example.org", name="Ada", search="ada", settings={})
        db.session.add(made)
        db.session.flush()
        return made.id

    return stage.act(add)


def states(stage: Stage, ids: list[int]) -> Counter[str]:
    found = stage.sql("select state from booking where id = any(%(ids)s)", ids=ids)
    return Counter(state for (state,) in found)


def refunded(stage: Stage, payment_id: int) -> int:
    """Cents that really went back."""
    found = stage.sql(
        "select coalesce(sum(amount_cents), 0) from refund"
        " where payment_id = %(id)s and state = 'done'",
        id=payment_id,
    )
    return int(found[0][0])


def balanced(stage: Stage) -> bool:
    """Whether the venue's ledger sums to zero."""
    total = "select coalesce(sum(amount_cents), 0) from ledger_line where tenant_id = %(id)s"
    return stage.sql(total, id=stage.venue.id) == [(0,)]


def letters(stage: Stage, booking_id: int) -> Counter[str]:
    """The letters about one booking, by kind."""
    found = stage.sql(
        "select entity from mail where entity like %(about)s", about=f"booking:{booking_id}:%"
    )
    return Counter(entity.split(":")[2] for (entity,) in found)


class Buyer:
    """One visitor: holds, pays, comes back. Every other one lets the hold die before paying."""

    def __init__(self, till: Till, token: str, *, slow: bool) -> None:
        self.till, self.token, self.slow = till, token, slow
        self.booking = self.payment = 0

    def buy(self) -> str:
        """How it ended for them."""
        stage = self.till.stage
        held = stage.act(lambda: stage.hold(self.token, hold_minutes=0 if self.slow else 15))
        if isinstance(held, Refused):
            assert isinstance(held, Taken), held
            return "refused"
        self.booking, self.payment = held, self.till.begin(held)
        self.till.pay(self.till.open(self.payment))
        return str(self.till.settle(self.payment))


@pytest.mark.parametrize("round_", range(volume.ROUNDS))
def test_fifty_checkouts_fill_seven_desks(till: Till, sound, round_: int) -> None:
    """50 complete checkouts on a pool of 7: exactly 7 confirmed, the rest refused or refunded."""
    stage, slot = till.stage, till.stage.slot()
    tokens = stage.together([partial(_ask, stage, slot)] * BUYERS)
    buyers = [Buyer(till, token, slow=n % 2 == 0) for n, token in enumerate(tokens)]
    with_threads = [buyer.buy for buyer in buyers]
    ends = Counter(_in_threads(with_threads))
    hooks = till.sent()
    _in_threads([partial(till.hook, *one) for one in [*hooks, *reversed(hooks)]])
    stage.jobs()
    paid = [b for b in buyers if b.payment]
    assert ends == {"captured": len(paid), "refused": BUYERS - len(paid)}
    assert states(stage, [b.booking for b in paid])["confirmed"] == SEATS
    for buyer in paid:
        lost = stage.booking(buyer.booking).state != "confirmed"
        price = stage.booking(buyer.booking).price_cents
        assert refunded(stage, buyer.payment) == (price if lost else 0)
    assert balanced(stage)


def _ask(stage: Stage, slot) -> str:
    where = worlds.space(stage.venue.pool)
    return rates.ask(rates.Asked(where, slot, audience="staff")).token


def _in_threads(acts: list, lanes: int = 8) -> list:
    with ThreadPoolExecutor(lanes) as pool:
        return list(pool.map(lambda act: act(), acts))


def test_a_hold_that_ends_while_it_is_paid(till: Till, person: int, sound) -> None:
    """R13: expiry, payment, another buyer at once: confirmed or refunded, one letter."""
    stage = till.stage
    ends: Counter[str] = Counter()
    for turn in range(RACES):
        slot = stage.slot()
        token, other = stage.quote(slot), stage.quote(slot)
        booking = stage.act(lambda t=token: stage.hold(t, hold_minutes=0, person_id=person))
        payment = till.begin(booking)
        till.pay(till.open(payment))
        acts = [
            partial(till.settle, payment),
            partial(stage.act, partial(hold.lapse, booking)),
            partial(till.settle, payment),
        ]
        if turn % 2:
            acts.append(partial(stage.act, partial(stage.hold, other)))
        random.Random(turn).shuffle(acts)
        _in_threads(acts)
        stage.jobs()
        state, price = stage.booking(booking).state, stage.booking(booking).price_cents
        ends[state] += 1
        told = letters(stage, booking)
        if state == "confirmed":
            assert (refunded(stage, payment), told) == (0, {"confirmed": 1})
        else:
            assert (refunded(stage, payment), told) == (price, {"lost": 1})
    print("R13", dict(ends))
    assert ends["confirmed"]
    assert set(ends) <= {"confirmed", "lapsed"}
    assert balanced(stage)


def paid_bookings(till: Till, count: int) -> tuple[list[int], list[int]]:
    """Desks that were paid on the gateway's page; nobody came back, only webhooks will tell."""
    bookings = _held(till.stage, count)
    pays = [till.begin(b) for b in bookings]
    _in_threads([lambda p=p: till.pay(till.open(p)) for p in pays])
    return bookings, pays


def test_webhooks_in_any_weather(till: Till, sound) -> None:
    """R11: 30 % twice, 30 % out of order, 10 % late, 10 % forged: one effect each, none forged."""
    stage, dice = till.stage, random.Random(11)
    till.sent()
    bookings, pays = paid_bookings(till, max(7, HOOKS // 6))
    real = till.sent()
    before = stage.sql("select count(*) from gateway_event")[0][0]
    early = [one for one in real if dice.random() >= 0.1]
    late = [one for one in real if one not in early]
    wave = early + [one for one in early if dice.random() < 0.3]
    for index in range(len(wave)):
        if dice.random() < 0.3:
            other = dice.randrange(len(wave))
            wave[index], wave[other] = wave[other], wave[index]
    forged = [_forge(dice, *dice.choice(real)) for _ in range(len(wave) // 9 + 5)]
    mixed = [*((one, 200) for one in wave), *((one, 400) for one in forged)]
    while len(mixed) < HOOKS:  # the same ones again, as a gateway does for days
        mixed.append((dice.choice(early), 200))
    dice.shuffle(mixed)
    answers = _in_threads([partial(till.hook, *one) for one, _ in mixed])
    assert Counter(zip(answers, (due for _, due in mixed), strict=True)).keys() == {
        (200, 200),
        (400, 400),
    }
    stage.jobs()
    _in_threads([partial(till.hook, *one) for one in late * 2])
    stage.jobs()
    kept = stage.sql("select count(*) from gateway_event")[0][0] - before
    assert kept == len(real)
    assert states(stage, bookings) == {"confirmed": len(bookings)}
    assert Counter(till.state(p) for p in pays) == {"captured": len(pays)}
    assert balanced(stage)
    print("R11", len(mixed) + 2 * len(late), "deliveries,", len(forged), "forged")


def _forge(dice: random.Random, body: bytes, signature: str) -> tuple[bytes, str]:
    """A webhook that is wrong in one of four ways."""
    stamp, _, mac = signature.partition(",")
    return dice.choice(
        [
            (body.replace(b"evt_", b"evt_x"), signature),
            (body, f"{stamp},v1={'0' * 64}"),
            (body, f"t={int(stamp[2:]) - 301},{mac}"),
            (body, ""),
        ]
    )


FAULTS = (
    "timeout_before", "timeout_after", "reset_before", "reset_after", "error_500",
    "error_500_after", "rate_limit", "slow", "slow_answer",
)  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_a_gateway_that_fails(till: Till, sound, kind: str) -> None:
    """R12: every fault on every call: nobody is charged twice, nobody pays and loses it."""
    left = volume.of(2, 500)
    while left > 0:
        _one_storm(till, kind, min(left, STORM))
        left -= STORM
    assert max(till.charged().values()) == 1
    assert balanced(till.stage)


def _one_storm(till: Till, kind: str, size: int) -> None:
    """So many payers at once: their pages open, or not, then they pay, then nobody answers."""
    stage = till.stage
    bookings = _held(stage, size)
    pages = _open_in_bad_weather(till, bookings, kind)
    _in_threads([partial(till.pay, url) for _, url in pages])
    till.knobs.post("faults", kind=kind, method="GET", path="*", seconds=0.2, times=2 * size)
    for hours in (0, 1, 2, 26):
        stage.jobs(later=dt.timedelta(hours=hours))
        _in_threads([partial(_try, partial(till.settle, payment)) for payment, _ in pages])
    till.knobs.clear()
    ends = Counter(_in_threads([partial(till.settle, payment) for payment, _ in pages]))
    assert ends == {"captured": size}
    assert states(stage, bookings) == {"confirmed": size}


def _held(stage: Stage, count: int) -> list[int]:
    """Desks that are held, seven at a time."""
    slots = [stage.slot() for _ in range(-(-count // SEATS))] * SEATS
    tokens = stage.together([partial(_ask, stage, slot) for slot in slots[:count]])
    bookings = stage.together([partial(stage.hold, token) for token in tokens])
    assert not [b for b in bookings if isinstance(b, Refused)]
    return bookings


def _try(call: Callable[[], Any]) -> Any:
    """The answer, or None while the gateway is not to be reached."""
    try:
        return call()
    except (gw.Unknown, gw.Unavailable):
        return None


def _open_in_bad_weather(till: Till, bookings: list[int], kind: str) -> list[tuple[int, str]]:
    """Payments and their pages, whatever it takes: tried again, found again, or begun anew."""
    stage, payments_ = till.stage, [till.begin(b) for b in bookings]
    till.knobs.post(
        "faults", kind=kind, method="POST", path="/v1/checkout/sessions", times=len(bookings),
        seconds=0.2 if kind.startswith("slow") else 3.2,
    )  # fmt: skip
    urls = _in_threads([partial(_try, partial(till.open, payment)) for payment in payments_], STORM)
    till.knobs.clear()
    for payment, url in zip(payments_, urls, strict=True):
        if url is None:
            stage.act(partial(payments.note_unknown, payment))
    late = clock.now() + dt.timedelta(minutes=3)
    with patch.object(clock, "now", lambda: late):
        stage.jobs()
    return [
        (payment, url) if url else _found_or_anew(till, booking, payment)
        for booking, payment, url in zip(bookings, payments_, urls, strict=True)
    ]


def _found_or_anew(till: Till, booking: int, payment: int) -> tuple[int, str]:
    state = till.state(payment)
    assert state in ("open", "failed"), "it is still not known whether it opened"
    if state == "open":  # the page was found by our reference
        query = "select checkout_url from payment where id = %(id)s"
        return payment, till.stage.sql(query, id=payment)[0][0]
    payment = till.begin(booking)  # it never opened: the payer presses the button once more
    return payment, till.open(payment)
