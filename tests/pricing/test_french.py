"""French holidays against dates that everybody can look up."""

from datetime import date

import numpy as np
import pytest

import pricing
from pricing import french, school


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(1961, 4, 2), (2000, 4, 23), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25)],
)
def test_easter(year, month, day):
    assert french.easter(year) == date(year, month, day)


def test_the_eleven_days_of_2026_and_two_more_in_alsace():
    days = french.public_holidays(2026)
    moving = {date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25)}
    assert len(days) == 11
    assert moving | {date(2026, 7, 14), date(2026, 11, 11)} <= days
    assert french.public_holidays(2026, alsace=True) - days == {
        date(2026, 4, 3),
        date(2026, 12, 26),
    }


def test_zones_take_their_winter_in_turn():
    days = np.arange("2026-02-01", "2026-03-15", dtype="datetime64[D]")
    off = {zone: set(days[french.calendar(days, zone).school].tolist()) for zone in "ABC"}
    assert min(off["A"]) == date(2026, 2, 7)
    assert max(off["C"]) == date(2026, 3, 8)
    assert all(len(some) == 16 for some in off.values())


def test_spans_begin_on_a_saturday_or_in_summer_and_end_on_a_school_day():
    for spans in school.SCHOOL.values():
        for first, back in spans:
            assert first.weekday() == 5 or first.month == 7
            assert back.weekday() < 5
            assert 10 < (back - first).days < 70


def test_the_calendar_carries_events_and_spans_of_other_years():
    days = [date(2031, 2, 3), date(2031, 5, 1), date(2031, 7, 14)]
    span = (date(2031, 2, 1), date(2031, 2, 17))
    found = french.calendar(days, "C", events=[0, 0.5, 0], school=[span])
    assert found.holiday.tolist() == [False, True, True]
    assert found.school.tolist() == [True, False, False]
    assert found.event.tolist() == [0, 0.5, 0]


def test_an_unknown_zone_is_refused():
    with pytest.raises(pricing.BadInput, match="zone"):
        french.calendar([date(2026, 1, 1)], "D")


@pytest.mark.parametrize(
    ("postcode", "zone"),
    [
        ("69001", "A"),
        ("59000", "B"),
        ("75011", "C"),
        *((code, None) for code in ("20000", "97400", "", "750", "AB123", "00100", "٧٥٠١١")),
    ],
)
def test_a_postcode_leads_to_its_zone(postcode, zone):
    assert school.zone_of(postcode) == zone


def test_every_department_of_the_mainland_has_one_zone():
    listed = school._A.split() + school._C.split()
    assert len(listed) == len(set(listed)) == 32 + 21
