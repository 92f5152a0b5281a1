"""The dates of a series, as pure thought; the hour on the wall stays the same all year."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from app.events.series import MOST, Rhythm, dates
from app.events.wishes import Times

D = dt.date


def test_every_other_week_until_a_day_that_counts() -> None:
    found = dates(D(2026, 12, 3), Rhythm("weekly", 2, until=D(2026, 12, 31)))
    assert found == [D(2026, 12, 3), D(2026, 12, 17), D(2026, 12, 31)]


def test_a_third_thursday_gives_third_thursdays() -> None:
    found = dates(D(2026, 11, 19), Rhythm("monthly", 1, count=4))
    assert found == [D(2026, 11, 19), D(2026, 12, 17), D(2027, 1, 21), D(2027, 2, 18)]
    assert dates(D(2026, 11, 19), Rhythm("monthly", 2, count=2))[1] == D(2027, 1, 21)


def test_a_fifth_friday_gives_the_last_of_each_month() -> None:
    found = dates(D(2026, 10, 30), Rhythm("monthly", 1, count=3))
    assert found == [D(2026, 10, 30), D(2026, 11, 27), D(2026, 12, 25)]


def test_sixty_at_most() -> None:
    assert len(dates(D(2026, 12, 3), Rhythm("weekly", 1, until=D(2030, 1, 1)))) == MOST


def test_the_hour_on_the_wall_stays() -> None:
    zone, times = ZoneInfo("Europe/Paris"), Times(D(2026, 12, 3), 1110, D(2026, 12, 4), 60)
    for day in dates(D(2026, 12, 3), Rhythm("monthly", 1, count=12)):
        start, end = (one.astimezone(zone) for one in times.on(day, zone))
        assert (start.date(), f"{start:%H:%M}") == (day, "18:30")
        assert (end.date(), f"{end:%H:%M}") == (day + dt.timedelta(days=1), "01:00")
