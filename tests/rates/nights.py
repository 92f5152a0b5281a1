"""What tests of the night share: a clock that stands, policies that win, prices as they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

import pricing
from app.booking.models import Booking
from app.core import clock, slots
from app.core.db import db
from app.rates import choose, jobs, month
from app.rates import view as views
from app.rates.models import SolveRun, ValueTable
from app.rates.steering import Steering
from tests.booking.test_desk_day import DAY, instant
from tests.world import space

EVE = DAY - dt.timedelta(days=5)


def night(space_id: int) -> SolveRun:
    """Run the job; what it wrote down."""
    jobs.solve_space(space_id)
    db.session.flush()
    db.session.expire_all()
    return db.session.scalars(select(SolveRun).order_by(SolveRun.id.desc())).first()


def wins(monkeypatch: pytest.MonkeyPatch, *, dynamic: bool, error: float = 1.0) -> None:
    """Let moving prices, or a card, win by far, whatever customers are like."""
    judge = choose._judge

    def judged(coming, base, spread, days):
        found = judge(coming, base, spread, days)
        plan = replace(pricing.Plan(), trust=base.trust, reward=base.reward)
        lead = 1e6 if dynamic else -1e6
        winner = found.best_dynamic if dynamic else found.best_card
        return replace(found, lead_cents=lead, lead_error=error, winner=winner, plan=plan)

    monkeypatch.setattr(choose, "_judge", judged)


def steer(space_id: int, **said: object) -> None:
    space(space_id).steering = Steering(**said).as_json()
    db.session.flush()


def hour_prices(space_id: int, day: dt.date = DAY) -> list[int]:
    """The price per hour at each start of a day, -1 where there is none. As a new request reads it:
    what another session wrote meanwhile is seen."""
    db.session.expire_all()
    view = views.load([space(space_id)], day, day)
    one = view.days[0]
    prices = views.price_days(view, [one], clock.now())[space_id, day]
    return [int(n) for n in prices[:, month.shown_length(one)]]


def table(space_id: int, day: dt.date = DAY, state: str = "live") -> pricing.Table:
    return pricing.Table.from_bytes(row(space_id, day, state).content)


def row(space_id: int, day: dt.date = DAY, state: str = "live") -> ValueTable:
    return db.session.scalars(
        select(ValueTable).where(
            ValueTable.space_id == space_id, ValueTable.day == day, ValueTable.state == state
        )
    ).one()


def sold(space_id: int, day: dt.date, hour: float, hours: float, lead: int, code: str) -> None:
    """A confirmed booking of the past or of the future, without the way there."""
    start = instant(hour, day)
    db.session.add(
        Booking(
            code=code, token=f"t{code}", space_id=space_id, starts_at=start,
            ends_at=start + dt.timedelta(hours=hours), state="confirmed", payment_way="free",
            price_cents=0, vat_bp=2000, organisation={},
            created_at=start - dt.timedelta(days=lead),
        )
    )  # fmt: skip


def every_day(space_id: int, hour: float, weeks: int, *, hours: float = 2) -> None:
    """The same booking on every open day of some weeks."""
    today = slots.local_day(clock.now(), space(space_id).site.zone)
    for n in range(1, weeks * 7):
        day = today - dt.timedelta(days=n)
        if day.weekday() != 6:
            sold(space_id, day, hour, hours, 3, f"P{n}-{hour}-{space_id}")
    db.session.flush()
