"""Cents are conserved, and the wall clock is told apart from the one that never jumps."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import slots
from app.core.money import percent_of, share, vat_inside
from app.core.slots import Interval, NoSuchTime, at, day_bounds, edge
from app.core.words import fold, short_code, slug

PARIS = ZoneInfo("Europe/Paris")
SPRING, AUTUMN = dt.date(2027, 3, 28), dt.date(2027, 10, 31)


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 1000), min_size=1).filter(any))
def test_parts_sum_to_the_whole(total: int, weights: list[int]) -> None:
    parts = share(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    assert all(abs(p - total * w / whole) < 1 for p, w in zip(parts, weights, strict=True))


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_sharing_among_nobody_is_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"weights|empty"):
        share(100, weights)


@given(st.integers(0, 10**9), st.sampled_from([0, 210, 550, 850, 1000, 2000]))
def test_vat_inside_is_what_decimals_say(gross: int, rate: int) -> None:
    net = Decimal(gross) / (1 + Decimal(rate) / 10_000)
    expected = (Decimal(gross) - net).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert abs(vat_inside(gross, rate) - int(expected)) <= 1
    assert 0 <= vat_inside(gross, rate) <= gross


def test_known_amounts() -> None:
    assert vat_inside(3900, 2000) == 650
    assert percent_of(3900, 50) == 1950
    assert percent_of(1, 50) == 1


def test_the_hour_that_is_not_is_refused() -> None:
    with pytest.raises(NoSuchTime):
        at(SPRING, 150, PARIS)
    assert edge(SPRING, 150, PARIS) == dt.datetime(2027, 3, 28, 1, 30, tzinfo=dt.UTC)


def test_the_hour_that_is_twice_is_the_first() -> None:
    assert at(AUTUMN, 150, PARIS) == dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (dt.date(2027, 6, 1), 24)])
def test_days_have_their_hours(day: dt.date, hours: int) -> None:
    assert day_bounds(day, PARIS).minutes == hours * 60


@given(
    st.integers(0, 10**6),
    st.integers(1, 600),
    st.integers(1, 600),
    st.integers(0, 600),
)
def test_touching_is_not_overlapping(start: int, first: int, second: int, away: int) -> None:
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=start)
    a = Interval(begin, begin + dt.timedelta(minutes=first))
    later = a.end + dt.timedelta(minutes=away)
    b = Interval(later, later + dt.timedelta(minutes=second))
    assert not a.overlaps(b)
    assert not b.overlaps(a)
    assert a.overlaps(Interval(a.start, b.end))
    assert Interval(a.start, b.end).contains(b)


def test_backward_and_naive_intervals_are_refused() -> None:
    moment = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    with pytest.raises(ValueError, match="after"):
        Interval(moment, moment)
    with pytest.raises(ValueError, match="aware"):
        Interval(moment.replace(tzinfo=None), moment.replace(tzinfo=None))


def test_the_venues_day_is_not_the_servers() -> None:
    late = dt.datetime(2027, 1, 1, 23, 30, tzinfo=dt.UTC)
    assert slots.local_day(late, PARIS) == dt.date(2027, 1, 2)


def test_words_are_found_without_accents() -> None:
    assert fold("  Élodie  ŒUVRÉ ") == "elodie œuvre"
    assert slug("Salle Zoé / 2ᵉ") == "salle-zoe-2e"
    assert not set(short_code(200)) & set("01OILU")
