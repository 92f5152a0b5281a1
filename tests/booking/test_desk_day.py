"""The day at the desk: true figures, one set of queries, a light page."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.booking import board, confirm, day, hold, presence
from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.core.i18n import day_name
from app.core.slots import Interval, at
from app.members import rules as members
from app.occupancy import rules as occupancy
from app.payments import rules as payments
from app.rates import rules as rates
from app.rates.rules import Asked
from app.spaces import build
from app.spaces.models import Site, Space
from tests.at_desk import Colleague, set_clock
from tests.world import World, space

DAY = dt.date(2027, 3, 10)  # a Wednesday, no public holiday, the clock does not change


def instant(hour: float, date: dt.date = DAY) -> dt.datetime:
    return at(date, int(hour * 60), db.session.scalars(select(Site)).first().zone)


@pytest.fixture
def morning(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Wednesday, 10:24."""
    set_clock(monkeypatch, instant(10.4))
    return world


def book(space_id: int, hour: float, hours: float = 1, people: int = 1, **terms) -> Booking:
    where = space(space_id)
    interval = Interval(instant(hour), instant(hour + hours))
    quote = rates.ask(Asked(where, interval, people, "staff"))
    made = hold.hold(quote, hold.Terms(origin="desk", way="desk", **terms))
    confirm.confirm(made.id)
    return made


def today() -> day.Day:
    return day.load(day.of_venue(), DAY, DAY, clock.now(), usual=True)[0]


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_visitor_and_a_coworker_see_nothing(
    morning: World, client: Callable[[str], FlaskClient]
) -> None:
    assert client(morning.a.host).get("/gestion").status_code == 302
    carla = Colleague(client(morning.a.host), "carla")
    assert carla.get("/gestion").status_code == 404


def test_the_owner_next_door_sees_nothing(
    morning: World, client: Callable[[str], FlaskClient]
) -> None:
    code = book(morning.a.room, 14).code
    dora = Colleague(client(morning.b.host), "dora")
    assert dora.get(f"/gestion/reservations/{code}").status_code == 404
    assert dora.post(f"/gestion/reservations/{code}/arrivee").status_code == 404


def test_fill_counts_each_unit_once(morning: World) -> None:
    book(morning.a.hall, 10, 6)
    book(morning.a.room, 10, 3)
    # 10 units of 12 hours on sale: room, two halves, seven desks; sold 2 x 6 h and 3 h
    assert day.fill(today()).percent == round(100 * 15 / 120)


def test_the_usual_needs_three_weeks(morning: World) -> None:
    assert day.fill(today()).usual is None


def test_the_usual_is_the_mean_of_the_same_weekday(
    morning: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = occupancy.place_of(space(morning.a.room))
    for weeks, hours in ((1, 2), (2, 4), (3, 6)):
        date = DAY - dt.timedelta(weeks=weeks)
        occupancy.take(
            place,
            Interval(instant(10, date), instant(10 + hours, date)),
            1,
            occupancy.Taking("booking", "test", weeks),
        )
    assert day.fill(today()).usual == round((2 + 4 + 6) / 3 * 100 / 120)


def test_revenue_is_without_vat(morning: World) -> None:
    made = book(morning.a.room, 14, 2)
    net = made.price_cents / 1.2
    assert abs(today().revenue_cents - net) <= 50
    assert today().revenue_cents % 100 == 0


def test_each_state_has_its_tint_icon_and_word(morning: World) -> None:
    due = book(morning.a.room, 15)
    paid = book(morning.a.room, 13)
    payments.record_at_desk(payments.Due("booking", paid.id, paid.price_cents), "cash", None)
    there = book(morning.a.room, 10, people=4)
    payments.record_at_desk(payments.Due("booking", there.id, there.price_cents), "cash", None)
    presence.check_in(there.id, how="desk", by=None)
    one = today()
    looks = {use.code: board.state(use, one) for use in one.uses}
    assert (looks[due.code].kind, looks[due.code].icon) == ("due", "coins")
    assert "à encaisser" in looks[due.code].text
    assert looks[paid.code] == board.State("", "", "1 pers.")
    assert looks[there.code] == board.State("done", "check", "4 pers.")


def test_an_option_says_until_when(morning: World) -> None:
    interval = Interval(instant(14), instant(15))
    quote = rates.ask(Asked(space(morning.a.room), interval, 1, "staff"))
    hold.hold(quote, hold.Terms(hold_minutes=120, origin="desk", way="desk"))
    one = today()
    assert board.state(one.uses[0], one) == board.State(
        "option", "hourglass", "option, avant 12:24"
    )


def test_a_room_says_until_when_it_is_free(morning: World) -> None:
    book(morning.a.room, 14)
    assert board.status(space(morning.a.room), today()) == "Libre jusqu’à 14:00"


def test_a_run_of_bookings_is_one_occupation(morning: World) -> None:
    book(morning.a.room, 10)
    book(morning.a.room, 11, 2)
    assert board.status(space(morning.a.room), today()) == "Occupé jusqu’à 13:00"


def test_an_occupation_that_ends_another_day_names_it(morning: World) -> None:
    place = occupancy.place_of(space(morning.a.room))
    until = instant(8, DAY + dt.timedelta(days=3))
    occupancy.take(place, Interval(instant(9), until), 1, occupancy.Taking("repair", "test", 9))
    assert board.status(space(morning.a.room), today()) == (
        f"Fermé jusqu’à {day_name(DAY + dt.timedelta(days=3), 'short')} 08:00"
    )


def test_booking_the_whole_shows_in_its_parts(morning: World) -> None:
    made = book(morning.a.hall, 14)
    shapes = board.bookings(space(morning.a.half), today())
    assert [s["code"] for s in shapes] == [made.code]
    assert shapes[0]["text"] == "Grande halle"


def test_a_pool_tells_how_many_per_hour(morning: World) -> None:
    book(morning.a.pool, 14, 2, people=3)
    book(morning.a.pool, 15, 1)
    cells = {c["x"]: c["count"] for c in board.load(space(morning.a.pool), today())}
    assert cells == {24: 3, 28: 4}


def test_a_day_of_23_hours_keeps_the_wall_clock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = space(world.a.room).site.zone
    spring = day.Frame(dt.date(2027, 3, 28), zone, 0, 24)
    noon = at(dt.date(2027, 3, 28), 720, zone)
    assert spring.span(noon, noon + dt.timedelta(hours=1)) == (48, 4)


def test_arrivals_are_noted_with_one_click_and_taken_back(
    morning: World, client: Callable[[str], FlaskClient]
) -> None:
    made = book(morning.a.room, 11, person_id=morning.carla_person)
    bob = Colleague(client(morning.a.host), "bob")
    assert f"/gestion/reservations/{made.code}/arrivee" in bob.read("/gestion")
    answer = bob.post(f"/gestion/reservations/{made.code}/arrivee", next="/gestion")
    assert answer.location.endswith("/gestion")
    page = bob.read("/gestion")
    assert "Carla Roux est là." in page
    undo = f"/gestion/reservations/{made.code}/arrivee/retrait"
    assert undo in page
    bob.post(undo)
    assert today().arrivals[0].code == made.code
    assert bob.post(undo).status_code == 422  # nobody is there to be taken back


def test_the_living_part_answers_204_when_nothing_changed(
    morning: World, client: Callable[[str], FlaskClient]
) -> None:
    bob = Colleague(client(morning.a.host), "bob")
    page = bob.read("/gestion")
    url = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert bob.get(url, headers={"HX-Request": "true"}).status_code == 204
    book(morning.a.room, 16)
    fresh = bob.get(url, headers={"HX-Request": "true"})
    assert fresh.status_code == 200
    assert "<html" not in fresh.text


def crowd(world: World, rooms: int, each: int) -> None:
    """Rooms with bookings of an hour, written straight into the table."""
    site = db.session.scalars(select(Site)).one()
    person = members.person_by_email("coop@example.org", "Coop Bleue")
    for number in range(rooms):
        room = build.space(
            site,
            f"Pièce {number}",
            "meeting_room",
            capacity=8,
            step_minutes=15,
            floor="Étage",
            base_cents=1800,
        )
        place = occupancy.place_of(room)
        for n in range(each):
            start = instant(8 + n * 1.5)
            made = Booking(
                code=f"{number:03d}{n:03d}",
                token=f"t{number}-{n}",
                space_id=room.id,
                person_id=person.id,
                starts_at=start,
                ends_at=start + dt.timedelta(hours=1),
                state="confirmed",
                payment_way="online",
                price_cents=1800,
                vat_bp=2000,
                steps=[],
                organisation={},
                people=4,
            )
            db.session.add(made)
            db.session.flush()  # id for its place
            occupancy.take(
                place,
                Interval(start, start + dt.timedelta(hours=1)),
                1,
                occupancy.Taking("booking", "booking", made.id),
            )


def test_queries_do_not_grow_with_the_rooms(
    morning: World, client: Callable[[str], FlaskClient]
) -> None:
    bob = Colleague(client(morning.a.host), "bob")
    crowd(morning, 2, 2)
    db.session.commit()
    bob.read("/gestion")
    with counted() as few:
        bob.read("/gestion")
    db.session.execute(select(Space))
    with morning.a.entered():
        site = db.session.scalars(select(Site)).one()
        for n in range(6):
            build.space(site, f"Encore {n}", "meeting_room", capacity=2, base_cents=1000)
        db.session.commit()
    with counted() as many:
        bob.read("/gestion")
    assert len(many) == len(few)


def test_twenty_rooms_fit_forty_kilobytes_and_thirty_milliseconds(
    morning: World, client: Callable[[str], FlaskClient], capsys: pytest.CaptureFixture[str]
) -> None:
    for row in db.session.scalars(select(Space)):
        row.retired_at = instant(0)
    crowd(morning, 20, 8)
    db.session.commit()
    bob = Colleague(client(morning.a.host), "bob")
    page = bob.read("/gestion")
    times = []
    for _ in range(20):
        start = time.process_time()
        bob.read("/gestion")
        times.append(time.process_time() - start)
    middle = sorted(times)[len(times) // 2]
    with capsys.disabled():
        print(
            f"\n  day of 20 rooms, 160 bookings: {len(page.encode()) / 1000:.1f} kB,"
            f" median {middle * 1000:.1f} ms, p95 {sorted(times)[18] * 1000:.1f} ms"
        )
    assert page.count('class="slot') >= 160
    assert len(page.encode()) <= 40_000
