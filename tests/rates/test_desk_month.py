"""The month of prices: what is shown is charged, the manager's word holds and can be freed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.booking import cancel
from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.core.slots import Interval
from app.occupancy import rules as occupancy
from app.occupancy.rules import Taking
from app.rates import month as months
from app.rates import rules
from app.rates.models import FixedPrice, Quote
from app.rates.rules import Asked
from tests.at_desk import Colleague, set_clock
from tests.booking.test_desk_day import DAY, book, instant
from tests.world import World, space

Open = Callable[[str], FlaskClient]


@pytest.fixture
def alice(world: World, client: Open, monkeypatch: pytest.MonkeyPatch) -> Colleague:
    set_clock(monkeypatch, instant(9, DAY - dt.timedelta(days=5)))
    return Colleague(client(world.a.host), "alice")


def loaded(world: World) -> months.Month:
    return months.load(space(world.a.room), DAY.replace(day=1), clock.now())


def words() -> int:
    return db.session.scalar(select(func.count()).select_from(FixedPrice)) or 0


def test_a_month_says_open_closed_and_past(world: World, alice: Colleague) -> None:
    cells = loaded(world).cells
    assert len(cells) == 31
    assert cells[DAY].state == "open"
    assert cells[dt.date(2027, 3, 14)].state == "closed"  # a Sunday
    assert cells[dt.date(2027, 3, 1)].state == "past"


def test_the_price_of_a_day_is_the_mean_of_what_is_charged(world: World, alice: Colleague) -> None:
    month = loaded(world)
    room = space(world.a.room)
    charged = []
    for half in range(23):
        start = instant(8) + dt.timedelta(minutes=30 * half)
        interval = Interval(start, start + dt.timedelta(hours=1))
        charged.append(rules.ask(Asked(room, interval)).price_cents)
    assert abs(month.cells[DAY].cents - sum(charged) / len(charged)) <= 50


def test_sold_is_the_share_of_the_open_hours(world: World, alice: Colleague) -> None:
    book(world.a.room, 9, 3)
    assert loaded(world).cells[DAY].sold == 25


def test_what_is_shut_is_sold_to_nobody(world: World, alice: Colleague) -> None:
    """A month of works is no month that sold out."""
    place, shut = occupancy.place_of(space(world.a.room)), Taking("closure", "closure", None)
    book(world.a.room, 9, 3)
    occupancy.take(place, Interval(instant(12), instant(20)), 1, shut)
    cell = loaded(world).cells[DAY]
    assert (cell.state, cell.sold) == ("open", 75)  # three of the four hours that are left
    next_day = DAY + dt.timedelta(days=1)
    occupancy.take(place, Interval(instant(0, next_day), instant(23, next_day)), 1, shut)
    cell = loaded(world).cells[next_day]
    assert (cell.state, cell.sold) == ("closed", 0)
    page = alice.read(f"/gestion/tarifs?espace={world.a.room}&jour={next_day}")
    assert "complet" not in page


def test_looking_keeps_no_quote(world: World, alice: Colleague) -> None:
    page = alice.read(f"/gestion/tarifs?espace={world.a.room}&jour={DAY}")
    assert "Prix TTC" in page
    assert db.session.scalar(select(func.count()).select_from(Quote)) == 0


def test_the_steps_shown_sum_to_the_price(world: World, alice: Colleague) -> None:
    quote = months.example(loaded(world), DAY)
    assert quote is not None
    assert sum(step["cents"] for step in quote.steps) == quote.price_cents


def test_a_fixed_price_is_what_is_charged_and_shows_its_lock(
    world: World, alice: Colleague
) -> None:
    url = f"/gestion/tarifs/{world.a.room}/{DAY}/prix"
    assert alice.post(url, prix="21,00", au=str(DAY), raison="Salon").status_code == 302
    interval = Interval(instant(10), instant(12))
    assert rules.ask(Asked(space(world.a.room), interval)).price_cents == 4200
    assert loaded(world).cells[DAY].locked
    assert "Fixé à la main" in alice.read(f"/gestion/tarifs?espace={world.a.room}&jour={DAY}")


def test_freed_on_one_day_it_holds_on_the_others(world: World, alice: Colleague) -> None:
    url = f"/gestion/tarifs/{world.a.room}"
    alice.post(f"{url}/{DAY}/prix", prix="21", au=str(DAY + dt.timedelta(days=2)))
    alice.post(f"{url}/{DAY + dt.timedelta(days=1)}/prix/retrait")
    locked = [day for day, cell in loaded(world).cells.items() if cell.locked]
    assert locked == [DAY, DAY + dt.timedelta(days=2)]


@pytest.mark.parametrize(
    ("price", "until"),
    [("", DAY), ("cher", DAY), ("12", DAY), ("28", DAY), ("20", DAY - dt.timedelta(days=1))],
)
def test_a_price_that_is_none_or_out_of_bounds_is_refused_and_kept(
    world: World, alice: Colleague, price: str, until: dt.date
) -> None:
    answer = alice.post(f"/gestion/tarifs/{world.a.room}/{DAY}/prix", prix=price, au=str(until))
    assert answer.status_code == 422
    assert f'name="prix" value="{price}"' in answer.text
    assert words() == 0


def test_the_front_desk_reads_and_does_not_fix(
    world: World, client: Open, alice: Colleague
) -> None:
    bob = Colleague(client(world.a.host), "bob")
    assert "Fixer un prix" not in bob.read(f"/gestion/tarifs?espace={world.a.room}")
    assert bob.post(f"/gestion/tarifs/{world.a.room}/{DAY}/prix", prix="20").status_code == 404
    assert words() == 0


def test_a_stranger_space_or_day_is_no_page(world: World, alice: Colleague) -> None:
    assert alice.get(f"/gestion/tarifs?espace={world.b.room}").status_code == 404
    assert alice.get(f"/gestion/tarifs?espace={world.a.room}&jour=demain").status_code == 404


def past(world: World, weeks: int, lead: int, hours: int) -> None:
    """A sale of a former Wednesday, made some days before it."""
    start = instant(9, DAY - dt.timedelta(weeks=weeks))
    db.session.add(
        Booking(
            code=f"P{weeks}{lead:02d}{hours}",
            token=f"p{weeks}-{lead}-{hours}",
            space_id=world.a.room,
            starts_at=start,
            ends_at=start + dt.timedelta(hours=hours),
            state="confirmed",
            payment_way="desk",
            price_cents=1800,
            vat_bp=2000,
            steps=[],
            organisation={},
            confirmed_at=start - dt.timedelta(days=lead),
        )
    )
    db.session.flush()  # so that the books hold it


def test_pace_compares_with_the_same_weekday_at_the_same_lead(
    world: World, alice: Colleague
) -> None:
    for weeks in range(1, 13):
        past(world, weeks, 10, 3)  # in the books ten days before: 25 %
        past(world, weeks, 1, 6)  # came the day before: not yet there at five days
    cell = loaded(world).cells[DAY]
    assert cell.usual == 25
    assert cell.pace == "slow"
    book(world.a.room, 9, 5)
    assert loaded(world).cells[DAY].pace == "fast"


def test_without_enough_weeks_nothing_is_compared(world: World, alice: Colleague) -> None:
    assert loaded(world).cells[DAY].usual is None
    assert loaded(world).cells[DAY].pace == ""


def test_the_curve_adds_what_usually_still_comes(world: World, alice: Colleague) -> None:
    for weeks in range(1, 13):
        past(world, weeks, 10, 3)
        past(world, weeks, 1, 6)
    book(world.a.room, 9, 3)
    curve = months.pace(loaded(world), DAY)
    assert curve.lead == 5
    assert curve.actual[-1][1] == 25
    assert curve.forecast[-1] == (100.0, 75.0)


def test_pick_up_counts_sales_and_losses_by_day(
    world: World, alice: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(world.a.room, 9, 3)
    lost = book(world.a.room, 13, 2)
    set_clock(monkeypatch, instant(9, DAY - dt.timedelta(days=4)))
    cancel.cancel(lost.id, cancel.Policy(24, 50), cancel.Actor("staff"))
    days = dict(months.pick_up(loaded(world)))
    assert days[DAY - dt.timedelta(days=5)] == 5
    assert days[DAY - dt.timedelta(days=4)] == -2


def test_prices_from_assumptions_say_so(world: World, alice: Colleague) -> None:
    assert "hypothèses de départ" in alice.read(f"/gestion/tarifs?espace={world.a.room}")
