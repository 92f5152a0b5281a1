"""Whatever the order, however often and by however many phones it is sent, the answer is one."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from app.doors.settling import IN, SLIP, Said, settle

DOORS_OPEN = dt.datetime(2026, 12, 17, 17, 30, tzinfo=dt.UTC)
MARKS = [f"mark-{n:04}" for n in range(12)]


def at(minutes: int) -> dt.datetime:
    return DOORS_OPEN + dt.timedelta(minutes=minutes)


@st.composite
def evenings(draw: st.DrawFn) -> list[Said]:
    """Arrivals, equal times among them, and slips of arrivals that may never have been sent."""
    marks = draw(st.lists(st.sampled_from(MARKS), unique=True, max_size=8))
    found = []
    for mark in marks:
        slip = draw(st.booleans())
        reason = "" if slip else draw(st.sampled_from(["", "", "sorti fumer"]))
        undoes = draw(st.sampled_from([m for m in MARKS if m != mark])) if slip else ""
        minute = draw(st.integers(0, 3))
        found.append(Said(mark, SLIP if slip else IN, at(minute), undoes, reason))
    return found


@given(evenings(), st.data(), st.booleans())
def test_the_order_of_batches_changes_nothing(
    evening: list[Said], data: st.DataObject, cancelled: bool
) -> None:
    again = data.draw(st.permutations(evening + evening))
    assert settle(again, cancelled=cancelled) == settle(evening, cancelled=cancelled)


@given(evenings())
def test_each_arrival_is_exactly_one_thing(evening: list[Said]) -> None:
    found = settle(evening)
    undone = {one.undoes for one in evening if one.kind == SLIP}
    arrivals = {one.mark for one in evening if one.kind == IN} - undone
    shown = [one.mark for one in (*found.let_in, *found.duplicates)]
    if found.entry is not None:
        shown.append(found.entry.mark)
    assert sorted(shown) == sorted(arrivals)
    assert (found.entry is None) == (not arrivals)
    assert found.inside <= len(arrivals)


@given(evenings())
def test_the_first_scan_wins(evening: list[Said]) -> None:
    found = settle(evening)
    later = (*found.let_in, *found.duplicates)
    assert all((found.entry.at, found.entry.mark) < (one.at, one.mark) for one in later)


def test_two_phones_and_one_ticket() -> None:
    early, late = Said("phone-a1", IN, at(1)), Said("phone-b1", IN, at(2))
    found = settle([late, early])
    assert (found.entry, found.duplicates, found.inside) == (early, (late,), 1)
    assert [found.outcome(m) for m in ("phone-a1", "phone-b1")] == ["entry", "duplicate"]


def test_a_slip_gives_way_to_the_other_phone() -> None:
    early, late = Said("phone-a1", IN, at(1)), Said("phone-b1", IN, at(2))
    found = settle([late, early, Said("phone-a2", SLIP, at(1), "phone-a1")])
    assert (found.entry, found.duplicates) == (late, ())
    assert found.outcome("phone-a1") == "undone"


def test_letting_in_again_counts_with_its_reason() -> None:
    first, again = Said("phone-a1", IN, at(1)), Said("phone-b1", IN, at(9), "", "badge oublié")
    found = settle([first, again])
    assert (found.inside, found.let_in, found.duplicates) == (2, (again,), ())


def test_a_cancelled_ticket_counts_nobody_and_shows_who_came() -> None:
    came = Said("phone-a1", IN, at(1))
    found = settle([came], cancelled=True)
    assert (found.inside, found.entry, found.on_cancelled) == (0, None, (came,))
