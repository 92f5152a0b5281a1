"""R19: six zones, days of 23, 24 and 25 hours: opening hours, prices, bookings, calendar files.

With FULL=1 ten days in each zone, and the server's clock jumps between quote and booking.
"""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import select

from app.accounts import tokens
from app.accounts.permissions import API_SCOPES
from app.booking import confirm, hold, ics
from app.booking import read as bookings
from app.booking.models import Booking
from app.core import clock, schedule, slots
from app.core.db import db
from app.core.slots import Interval, NoSuchTime
from app.rates import grid
from app.rates import rules as rates
from app.spaces import calendar
from app.spaces.models import Opening, Site, Space
from app.tenants.models import Tenant
from tests.volume import FULL
from tests.world import World, space

SPRING, AUTUMN, PLAIN = dt.date(2027, 3, 28), dt.date(2027, 10, 31), dt.date(2027, 6, 6)
# Hours of the three days, and the wall clock that is skipped or lived twice.
ZONES = {
    "Europe/Paris": (23, 25, "02:30", "02:30"),
    "Europe/Lisbon": (23, 25, "01:30", "01:30"),
    "Europe/Dublin": (23, 25, "01:30", "01:30"),
    "Atlantic/Azores": (23, 25, "00:30", "00:30"),
    "Indian/Reunion": (24, 24, None, None),
    "America/Martinique": (24, 24, None, None),
}
# The eves and morrows of the changes, and the ends of a month, of a year and of a leap February.
OTHERS = (
    SPRING - dt.timedelta(days=1), SPRING + dt.timedelta(days=1), AUTUMN - dt.timedelta(days=1),
    AUTUMN + dt.timedelta(days=1), dt.date(2027, 1, 31), dt.date(2027, 12, 31),
    dt.date(2028, 2, 29),
)  # fmt: skip
DAYS = (SPRING, AUTUMN, PLAIN, *(OTHERS if FULL else ()))
CASES = [
    (zone, day, {SPRING: spring, AUTUMN: autumn}.get(day, 24))
    for zone, (spring, autumn, _, _) in ZONES.items()
    for day in DAYS
]
IDS = [f"{zone}-{day}" for zone, day, _ in CASES]


@pytest.fixture
def venue(world: World, monkeypatch, request) -> Space:
    """The room of A in another zone, open day and night, a week before the day."""
    zone, day, _hours = request.getfixturevalue("case")
    site = db.session.scalars(select(Site).where(Site.id == world.a.site)).one()
    site.timezone, site.open_on_holidays = zone, True
    db.session.query(Opening).filter_by(site_id=site.id).delete()
    db.session.add_all(Opening(site_id=site.id, weekday=n, opens=0, closes=1440) for n in range(7))
    room = space(world.a.room)
    room.min_minutes, room.max_minutes, room.step_minutes = 30, 720, 30
    db.session.commit()
    before = dt.datetime.combine(day - dt.timedelta(days=7), dt.time(12), dt.UTC)
    monkeypatch.setattr(clock, "now", lambda: before)
    return space(world.a.room)


@pytest.fixture(params=CASES, ids=IDS)
def case(request) -> tuple[str, dt.date, int]:
    return request.param


def minute(wall: str) -> int:
    return int(wall[:2]) * 60 + int(wall[3:])


def test_the_day_is_as_long_as_it_is(case, venue: Space) -> None:
    """R19: a day open around the clock has 23, 24 or 25 hours, whole and without a hole."""
    zone, day, hours = case
    assert slots.day_bounds(day, ZoneInfo(zone)).minutes == hours * 60
    opened = calendar.load([venue.site_id], day, day).windows(venue, day)
    assert [w.minutes for w in opened] == [hours * 60]


def test_every_half_hour_has_one_price(case, venue: Space) -> None:
    """R19: the grid has each start that is lived, none that is skipped, each with a price."""
    zone, day, hours = case
    need = grid.Need(
        kind=venue.kind, people=1, minutes=60, first_day=day, days=1, audience="public",
        space_id=venue.id,
    )  # fmt: skip
    found = grid.build(need, clock.now())
    cells = {where[1]: cell for where, cell in found.cells.items() if where[0] == day}
    free = {start: cell for start, cell in cells.items() if cell.state == "free"}
    instants = [free[start].starts_at for start in found.starts]
    assert instants == sorted(instants)
    assert len(set(instants)) == hours * 2 - 1
    assert all(cell.price_cents and cell.price_cents > 0 for cell in free.values())
    for start, cell in free.items():
        wall = cell.starts_at.astimezone(ZoneInfo(zone))
        assert (wall.hour * 60 + wall.minute, wall.fold) == (start % 6000, start // 6000)


PARIS_CHANGES = [case for case in CASES if case[0] == "Europe/Paris" and case[2] != 24]


@pytest.mark.parametrize("case", PARIS_CHANGES, ids=str, indirect=True)
def test_a_program_and_a_visitor_book_the_hour_that_comes_twice(case, venue, world, client) -> None:
    """R19: both 02:00 of an autumn night are listed, told apart and sold; in spring none is."""
    _zone, day, hours = case
    _row, secret = tokens.make_token("tests", API_SCOPES, by=None)
    db.session.commit()
    browser, bearer = client(world.a.host), {"Authorization": f"Bearer {secret}"}
    asked = f"/api/v1/availability?space={venue.slug}&day={day}&minutes=60"
    items = browser.get(asked, headers=bearer).json["items"]
    starts = [i["starts_at"] for i in items if i["starts_at"][11:16] == "02:00"]
    page = f"/reserver?espace=salle-curie&duree=60&debut={day}&jour={day}&heure=02:00"
    later = browser.get(f"{page}bis").text
    if hours == 23:
        assert starts == []
        assert "heure d’hiver" not in later
        return
    assert starts == [f"{day}T02:00:00+02:00", f"{day}T02:00:00+01:00"]
    assert f'value="{day}T02:00"' in later
    assert f'value="{day}T02:00bis"' in later
    assert "02:00 (heure d’hiver) – 03:00" in later
    assert "02:00 (heure d’été) – 02:00 (heure d’hiver)" in browser.get(page).text
    first = {"space": venue.slug, "starts_at": starts[0], "ends_at": starts[1]}
    quote = browser.post("/api/v1/quotes", json=first, headers=bearer).json
    buyer = {"email": "maya@example.org", "name": "Maya", "payment": "desk"}
    made = browser.post("/api/v1/bookings", json={"quote": quote["id"], **buyer}, headers=bearer)
    assert made.json["starts_at"] == starts[0]
    form = re.findall(r'name="(csrf_token|devis)" value="([^"]+)"', browser.get(f"{page}bis").text)
    assert browser.post("/commande", data=dict(form)).status_code == 303
    taken = [r.starts_at.isoformat() for r in db.session.scalars(select(Booking))]
    assert taken == [f"{day}T00:00:00+00:00", f"{day}T01:00:00+00:00"]


def test_the_hour_that_is_skipped_or_lived_twice(case, venue: Space) -> None:
    """R19: 02:30 that is not is refused with a sentence; 02:30 that is twice is the first."""
    zone, day, _hours = case
    here = ZoneInfo(zone)
    skipped, twice = ZONES[zone][2:]
    if day == SPRING and skipped:
        with pytest.raises(NoSuchTime, match="existe pas"):
            slots.at(day, minute(skipped), here)
    elif day == AUTUMN and twice:
        chosen = slots.at(day, minute(twice), here)
        assert chosen.astimezone(here).fold == 0
        again = chosen + dt.timedelta(hours=1)
        assert again.astimezone(here).time() == chosen.astimezone(here).time()
    else:
        assert slots.at(day, 150, here).astimezone(here).time() == dt.time(2, 30)


def test_a_booking_across_the_change(case, venue: Space, world: World) -> None:
    """R19: midnight to six by the wall is five, six or seven hours: seat, ticket and file agree."""
    zone, day, hours = case
    here = ZoneInfo(zone)
    interval = Interval(slots.edge(day, 0, here), slots.at(day, 360, here))
    assert interval.minutes == 360 + (hours - 24) * 60
    quote = rates.ask(rates.Asked(venue, interval))
    booking = hold.hold(quote, hold.Terms(way="desk"))
    assert confirm.confirm(booking.id)
    tenant = db.session.scalars(select(Tenant)).one()
    text = ics.of_booking(bookings.whole(booking.id), tenant)
    event = next(c for c in Calendar.from_ical(text).walk("VEVENT"))
    assert (event["dtstart"].dt, event["dtend"].dt) == (interval.start, interval.end)
    seats = rates.occupancy.rows_of("booking", booking.id)
    assert [(s.starts_at, s.ends_at) for s in seats] == [(interval.start, interval.end)]


JUMPS = {
    "back 5 s": dt.timedelta(seconds=-5), "back 1 h": dt.timedelta(hours=-1),
    "back 1 d": dt.timedelta(days=-1), "on 1 h": dt.timedelta(hours=1),
    "on 1 d": dt.timedelta(days=1),
}  # fmt: skip


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case[1] == PLAIN][: None if FULL else 1],
    indirect=True,
    ids=lambda case: case[0],
)
def test_a_clock_that_jumps(case, venue: Space, monkeypatch, jump: str) -> None:
    """R19: the quoted price or none at all; the database’s own clock tells who leads."""
    zone, day, _hours = case
    start = slots.at(day, 600, ZoneInfo(zone))
    quote = rates.ask(rates.Asked(venue, Interval(start, start + dt.timedelta(hours=2))))
    assert schedule.take_lease("jump", "one", dt.timedelta(seconds=20))
    now = clock.now() + JUMPS[jump]
    monkeypatch.setattr(clock, "now", lambda: now)
    if now < quote.expires_at:
        booking = hold.hold(rates.live(quote.token), hold.Terms())
        assert booking.price_cents == quote.price_cents
        assert booking.held_until == now + dt.timedelta(minutes=15)
    else:
        with pytest.raises(rates.QuoteGone):
            rates.live(quote.token)
    assert schedule.is_leader("jump", "one")
    assert not schedule.take_lease("jump", "two", dt.timedelta(seconds=20))
