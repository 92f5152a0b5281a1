"""R07: any order of holding, paying, waiting, moving and giving back, against a model of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import current_app
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from app.booking import cancel, confirm, hold, move
from app.booking.models import Booking
from app.core import clock, words
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.slots import Interval
from app.payments import rules as payments
from app.rates.models import Quote
from app.reporting import invariants
from tests import volume
from tests.world import World, tomorrow

EXAMPLES = volume.of(30, 1_000)
STEPS = volume.of(30, 60)
POLICY = cancel.Policy(24, 50)
HOLD = dt.timedelta(minutes=15)
SPACES = ("room", "east", "west", "hall", "pool")
UNITS = {"room": {"r"}, "east": {"e"}, "west": {"w"}, "hall": {"e", "w"}}
SEATS = 7


@dataclass
class Known:
    """What the model knows of one booking."""

    space: str
    interval: Interval
    state: str
    until: dt.datetime

    def stands(self, now: dt.datetime) -> bool:
        return self.state == "confirmed" or (self.state == "held" and self.until > now)


class Venue(RuleBasedStateMachine):
    """A room, a hall with two halves, seven desks; one day of work in advance."""

    world: World
    patch: object
    bookings = Bundle("bookings")

    def __init__(self) -> None:
        super().__init__()
        db.session.remove()
        connection = db._app_engines[current_app._get_current_object()][None]
        self.point = connection.begin_nested()
        self.now = tomorrow(9, days=2) - dt.timedelta(days=1)
        self.known: dict[int, Known] = {}
        self.patch.setattr(clock, "now", lambda: self.now)

    def teardown(self) -> None:
        try:
            assert invariants.breaches(db.session.connection()) == []
        finally:
            db.session.remove()
            self.point.rollback()

    def room_for(self, space: str, interval: Interval, but: int | None = None) -> bool:
        """What the model says: no unit twice, no more desks than there are."""
        rivals = [
            k
            for id_, k in self.known.items()
            if id_ != but and k.stands(self.now) and k.interval.overlaps(interval)
        ]
        if space != "pool":
            return not any(k.space != "pool" and UNITS[k.space] & UNITS[space] for k in rivals)
        desks = [k.interval for k in rivals if k.space == "pool"]
        edges = [interval.start, *(d.start for d in desks if d.start >= interval.start)]
        return all(sum(d.start <= e < d.end for d in desks) < SEATS for e in edges)

    def quote(self, space: str, interval: Interval) -> Quote:
        a = self.world.a
        ids = {"room": a.room, "east": a.half, "west": a.half + 1, "hall": a.hall, "pool": a.pool}
        made = Quote(
            token=words.token(), space_id=ids[space], starts_at=interval.start,
            ends_at=interval.end, price_cents=2000, vat_bp=2000, steps=[], evidence={}, inputs={},
            model_version="model", created_at=self.now, expires_at=self.now + HOLD,
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        return made

    @rule(
        target=bookings,
        space=st.sampled_from(SPACES),
        hour=st.integers(8, 12),
        hours=st.integers(1, 3),
        way=st.sampled_from(["desk", "online"]),
    )
    def holds(self, space: str, hour: int, hours: int, way: str):
        start = tomorrow(hour, days=2)
        interval = Interval(start, start + dt.timedelta(hours=hours))
        expected = self.room_for(space, interval)
        try:
            with db.session.begin_nested():
                made = hold.hold(self.quote(space, interval), hold.Terms(way=way))
        except Taken:
            assert not expected
            return multiple()
        assert expected
        self.known[made.id] = Known(space, interval, "held", self.now + HOLD)
        return made.id

    @rule(minutes=st.sampled_from([1, 7, 16]))
    def time_passes(self, minutes: int) -> None:
        self.now += dt.timedelta(minutes=minutes)

    @rule(one=bookings)
    def lapses(self, one: int) -> None:
        known = self.known[one]
        due = known.state == "held" and known.until <= self.now
        assert hold.lapse(one) == due
        if due:
            known.state = "lapsed"

    @rule(one=bookings)
    def pays(self, one: int) -> None:
        """A payment arrives, whatever became of the hold."""
        known, price = self.known[one], db.session.get_one(Booking, one).price_cents
        standing = known.state == "confirmed"
        wins = known.state != "cancelled" and (
            standing or known.stands(self.now) or self.room_for(known.space, known.interval, one)
        )
        before = payments.due_on("booking", one)
        if before <= 0 and standing:
            return
        payments.record_at_desk(payments.Due("booking", one, price), "cash", None)
        if known.state != "cancelled":
            known.state = "confirmed" if wins else "lapsed"

    @rule(one=bookings)
    def confirms(self, one: int) -> None:
        """The desk says yes without money."""
        known, way = self.known[one], db.session.get_one(Booking, one).payment_way
        wins = known.state == "confirmed" or known.stands(self.now)
        wins = wins or self.room_for(known.space, known.interval, one)
        try:
            said = confirm.confirm(one)
        except Refused:
            assert way == "online"
            assert known.state in ("held", "lapsed")
            return
        if known.state == "cancelled":
            assert not said
            return
        assert said == wins
        known.state = "confirmed" if said else "lapsed"

    @rule(one=bookings, by=st.sampled_from(["person", "venue"]))
    def cancels(self, one: int, by: str) -> None:
        known = self.known[one]
        try:
            cancel.cancel(one, POLICY, cancel.Actor(by))
        except Refused:
            assert known.state in ("held", "lapsed")
            return
        assert known.state in ("confirmed", "cancelled")
        known.state = "cancelled"

    @rule(one=bookings, space=st.sampled_from(SPACES), hour=st.integers(8, 14))
    def moves(self, one: int, space: str, hour: int) -> None:
        known, start = self.known[one], tomorrow(hour, days=2)
        interval = Interval(start, start + dt.timedelta(hours=1))
        expected = known.state == "confirmed" and self.room_for(space, interval, one)
        try:
            with db.session.begin_nested():
                move.move(one, self.quote(space, interval), POLICY, cancel.Actor("staff"))
        except Refused:
            assert not expected
            return
        assert expected
        known.space, known.interval = space, interval

    @invariant()
    def agrees(self) -> None:
        db.session.flush()
        for one, known in self.known.items():
            assert db.session.get_one(Booking, one).state == known.state, (one, known)


def test_any_order_of_acts(world: World, monkeypatch) -> None:
    """R07: state and room agree with the model after every step, and every invariant holds."""
    machine = type("Played", (Venue,), {"world": world, "patch": monkeypatch})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_hall_whose_half_was_sold_meanwhile(world: World) -> None:
    """R07: a hold of the hall died, its east half was sold, then the hall is paid: money back."""
    start = tomorrow(9, days=2)
    interval = Interval(start, start + dt.timedelta(hours=2))
    machine = Venue.__new__(Venue)
    machine.world, machine.now = world, clock.now()
    hall = hold.hold(machine.quote("hall", interval), hold.Terms(hold_minutes=0))
    east = hold.hold(machine.quote("east", interval), hold.Terms(way="desk"))
    assert confirm.confirm(east.id)
    payments.record_at_desk(payments.Due("booking", hall.id, 2000), "cash", None)
    assert (hall.state, east.state) == ("lapsed", "confirmed")
    assert payments.due_on("booking", hall.id) == 0
    assert invariants.breaches(db.session.connection()) == []
