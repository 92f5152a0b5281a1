"""Columns are checked once, and a fault is told with its field and row."""

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.data import (
    BOOKED,
    LEFT,
    UNAVAILABLE,
    BadInput,
    Bookings,
    PastBooking,
    Quotes,
    demand_events,
    finite,
    read_bookings,
    read_quotes,
)

MADE = datetime.fromisoformat("2026-03-01T09:30")
ROW = PastBooking(1, date(2026, 3, 2), 600, 90, MADE, 45.0, 4, None, no_show=False)


def quote(at, session=1, day="2026-03-02", outcome=LEFT, start=600, price=30.0):
    return (at, session, 0, day, start, 60, 30.0, price, 0.0, 2, outcome)


def quotes(*rows):
    columns = [list(column) for column in zip(*rows, strict=True)]
    columns[0] = np.array(columns[0], dtype="datetime64[m]")
    columns[3] = np.array(columns[3], dtype="datetime64[D]")
    return Quotes(*columns)


def test_rows_and_columns_are_the_same_booking():
    gone = ROW._replace(cancelled_at=datetime.fromisoformat("2026-03-01T20:00"))
    bookings = Bookings.of([ROW, gone])
    assert list(bookings.rows()) == [ROW, gone]
    assert bookings.is_cancelled.tolist() == [False, True]
    assert bookings.lead_days.tolist() == [1, 1]
    assert ROW.lead_days == 1
    assert bookings.known_at(np.datetime64("2026-03-01T12:00")).tolist() == [True, True]
    assert bookings.known_at(np.datetime64("2026-03-01T21:00")).tolist() == [True, False]
    assert len(Bookings.of([])) == 0


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("space", -1),
        ("day", "NaT"),
        ("start", 1440),
        ("length", 0),
        ("made_at", "NaT"),
        ("price", float("nan")),
        ("price", -1.0),
        ("party", -2),
        ("party", 1.5),
        ("cancelled_at", "2026-02-01T00:00"),
    ],
)
def test_a_wrong_booking_names_its_field_and_row(field, wrong):
    columns = Bookings.of([ROW, ROW]).__dict__.copy()
    values = columns[field].tolist()
    kind = columns[field].dtype if isinstance(wrong, str) else None
    columns[field] = np.array([values[0], wrong], dtype=kind)
    with pytest.raises(BadInput, match=f"{field}, row 1") as told:
        Bookings(**columns)
    assert (told.value.field, told.value.row) == (field, 1)


def test_columns_of_unequal_length_or_shape_are_refused():
    columns = Bookings.of([ROW, ROW]).__dict__.copy()
    with pytest.raises(BadInput, match="price: 1 rows"):
        Bookings(**{**columns, "price": np.ones(1)})
    with pytest.raises(BadInput, match="one dimension"):
        Bookings(**{**columns, "price": np.ones((2, 2))})
    with pytest.raises(BadInput, match="not a column"):
        Bookings(**{**columns, "price": ["a", "b"]})


def test_inputs_are_copied_and_columns_cannot_be_written():
    price = np.array([1.0, 2.0])
    bookings = Bookings(**{**Bookings.of([ROW, ROW]).__dict__, "price": price})
    price[0] = 99
    assert bookings.price[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        bookings.price[0] = 3


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("list_price", 0.0),
        ("shown_price", -1.0),
        ("arm", 1.5),
        ("outcome", 3),
        ("alternatives", -1),
    ],
)
def test_a_wrong_quote_names_its_field(field, wrong):
    columns = quotes(quote("2026-03-01T09:00")).__dict__.copy()
    with pytest.raises(BadInput, match=f"{field}, row 0"):
        Quotes(**{**columns, field: np.array([wrong])})


def test_a_shopper_comparing_is_one_wish_and_the_booking_is_what_it_was():
    log = quotes(
        quote("2026-03-01T09:00", price=30),
        quote("2026-03-01T09:10", outcome=BOOKED, price=28, start=660),
        quote("2026-03-01T09:20", price=29),
        quote("2026-03-01T09:05", session=2, outcome=UNAVAILABLE),
        quote("2026-03-01T09:06", session=2, outcome=LEFT, price=31),
        quote("2026-03-01T09:07", session=2, outcome=LEFT, price=32),
        quote("2026-03-01T11:00", price=27),
        quote("2026-03-01T11:05", day="2026-03-03", price=26),
    )
    events = demand_events(log)
    assert events.outcome.tolist() == [BOOKED, LEFT, LEFT, LEFT]
    assert events.shown_price.tolist() == [28, 27, 26, 32]
    assert len(demand_events(Quotes.none())) == 0


def test_a_machine_that_asks_faster_than_people_is_dropped_whole():
    rows = [quote(f"2026-03-01T09:{n % 60:02d}", session=7) for n in range(121)]
    rows += [quote("2026-03-05T09:00", session=7), quote("2026-03-01T09:00", session=8)]
    assert demand_events(quotes(*rows)).session.tolist() == [8]
    assert len(demand_events(quotes(*rows[:-1]))) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200), st.integers(0, 2)), min_size=1))
def test_deduplication_keeps_one_row_per_wish_whatever_the_order(entries):
    base = np.datetime64("2026-03-01T09:00")
    rows = [quote(base + at, session=who, outcome=out) for who, at, out in entries]
    forward, backward = demand_events(quotes(*rows)), demand_events(quotes(*rows[::-1]))
    assert len(forward) == len(backward) <= len(rows)
    assert sorted(forward.outcome) == sorted(backward.outcome)
    assert set(forward.session) == {who for who, _, _ in entries}


def test_reads_csv_and_names_the_row_of_a_fault(tmp_path):
    path = tmp_path / "bookings.csv"
    head = "space,day,start,length,made_at,price,party,cancelled_at,no_show\n"
    path.write_text(head + "1,2026-03-02,600,90,2026-03-01T09:30,45,4,,0\n")
    assert list(read_bookings(path).rows()) == [ROW]
    path.write_text(head + "1,2026-03-02,600,90,2026-03-01T09:30,45,4,,0\n1,02/03,0,9,x,1,1,,\n")
    with pytest.raises(BadInput, match="day, row 1: cannot read '02/03'"):
        read_bookings(path)
    path.write_text(head.replace("price,", ""))
    with pytest.raises(BadInput, match="price: column missing"):
        read_bookings(path)
    path.write_text(head + "1,2026-03-02,600,90,2026-03-01T09:30,45,4,,perhaps\n")
    with pytest.raises(BadInput, match="no_show, row 0"):
        read_bookings(path)


def test_reads_a_csv_log_of_quotes(tmp_path):
    path = tmp_path / "quotes.csv"
    path.write_text(
        "at,session,space,day,start,length,list_price,shown_price,arm,alternatives,outcome\n"
        "2026-03-01T09:00,1,0,2026-03-02,600,60,30,31.5,0.5,2,booked\n"
    )
    log = read_quotes(path)
    assert log.outcome.tolist() == [BOOKED]
    assert log.lead_days.tolist() == [1]
    path.write_text(path.read_text().replace("booked", "bought"))
    with pytest.raises(BadInput, match="outcome, row 0"):
        read_quotes(path)


def test_finite_refuses_infinities_and_keeps_its_own_copy():
    given_ = np.array([1.0, 2.0])
    assert finite("x", given_) is not given_
    with pytest.raises(BadInput, match="x, row 1"):
        finite("x", [0.0, np.inf])
    with pytest.raises(BadInput, match="x, row 0: below 0"):
        finite("x", [-1.0], 0)
    for strange in (["a"], [1j], [[1.0], [1.0, 2.0]], [{}]):
        with pytest.raises(BadInput, match="x: is not a column of numbers"):
            finite("x", strange)
