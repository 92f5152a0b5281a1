"""The most that is needed at once, held against counting every minute."""

from __future__ import annotations

import datetime as dt
import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.needs.peak import Use, peak, shortages, spans

ZERO = dt.datetime(2026, 12, 3, tzinfo=dt.UTC)


def at(minute: int) -> dt.datetime:
    return ZERO + dt.timedelta(minutes=minute)


USES = st.lists(
    st.builds(
        lambda start, length, many, key: Use(at(start), at(start + length), many, key),
        st.integers(0, 40), st.integers(0, 20), st.integers(0, 9), st.integers(0, 4),
    ),
    max_size=9,
)  # fmt: skip


def by_minute(uses: list[Use]) -> list[int]:
    """What is needed in each minute: the slow way."""
    return [sum(u.quantity for u in uses if u.start <= at(m) < u.end) for m in range(70)]


def test_what_ends_lends_to_what_begins() -> None:
    day = [Use(at(0), at(60), 80), Use(at(60), at(120), 80)]
    assert peak(day) == 80, "never the sum over the day"
    assert shortages(day, 80) == []
    assert peak([*day, Use(at(59), at(61), 5)]) == 85


@given(USES)
def test_the_peak_is_that_of_the_worst_minute(uses: list[Use]) -> None:
    assert peak(uses) == max(by_minute(uses))


@given(USES, st.integers(0, 12))
def test_shortages_are_the_minutes_above_the_stock(uses: list[Use], stock: int) -> None:
    found = shortages(uses, stock)
    counted = by_minute(uses)
    short = {m for m in range(70) if counted[m] > stock}
    assert {m for m in range(70) for s in found if s.start <= at(m) < s.end} == short
    assert all(one.end < two.start for one, two in itertools.pairwise(found))
    for span in found:
        minutes = [m for m in range(70) if span.start <= at(m) < span.end]
        assert span.quantity == max(counted[m] for m in minutes) - stock
        there = {u.key for u in uses for m in minutes if u.quantity and u.start <= at(m) < u.end}
        assert span.keys == there


@given(USES)
def test_spans_do_not_overlap(uses: list[Use]) -> None:
    found = spans(uses)
    assert all(one.end <= two.start for one, two in itertools.pairwise(found))
