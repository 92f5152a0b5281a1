"""What is typed at the desk is understood, in both languages and any order."""

import datetime as dt

import pytest

from app.booking.quick import Match, Named, as_name, parse, spaces_meant

WEDNESDAY = dt.date(2026, 11, 25)
ROOMS = (
    Named(1, "Salle Curie"),
    Named(2, "Salle Hugo"),
    Named(3, "Demi-halle est"),
    Named(4, "Plateau"),
)


def read(line):
    wish = parse(line, WEDNESDAY)
    return wish.day, wish.start, wish.end, wish.people, wish.left


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        ("14-16", 840, 960),
        ("14h-16h", 840, 960),
        ("14h30-16", 870, 960),
        ("9:15-11:45", 555, 705),
        ("14 - 16", 840, 960),
        ("14–16", 840, 960),
        ("2pm-4pm", 840, 960),
        ("9am-12pm", 540, 720),
        ("14 2h", 840, 960),
        ("14 1h30", 840, 930),
        ("14h 90min", 840, 930),
        ("midi 1h", 720, 780),
        ("14", 840, None),
        ("16-14", None, None),
        ("25-26", None, None),
        ("14:75-16", None, None),
    ],
)
def test_reads_hours(line, start, end):
    assert read(line)[1:3] == (start, end)


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("demain", 26),
        ("tomorrow", 26),
        ("après-demain", 27),
        ("lun", 30),
        ("monday", 30),
        ("mercredi", 25),
        ("26.11", 26),
        ("26/11/2026", 26),
        ("2026-11-27", 27),
        ("+2", 27),
    ],
)
def test_reads_days(word, day):
    assert parse(f"cur {word} 14-16", WEDNESDAY).day == dt.date(2026, 11, day)


def test_a_past_date_without_a_year_is_next_year():
    assert parse("24.11", WEDNESDAY).day == dt.date(2027, 11, 24)


def test_a_date_that_does_not_exist_is_not_invented():
    wish = parse("31.2", WEDNESDAY)
    assert wish.day == WEDNESDAY
    assert wish.left == ("31.2",)


@pytest.mark.parametrize("word", ["4p", "x4", "4 pers", "4 personnes", "4 people", "4pax"])
def test_reads_people(word):
    assert read(f"14-16 {word} roux")[3:] == (4, ("roux",))


def test_order_does_not_matter():
    assert read("roux cur demain 14-16")[:3] == read("demain 14-16 cur roux")[:3]


def test_the_line_of_the_brief():
    wish = parse("cur 14-16 roux", WEDNESDAY)
    assert wish.has_hours
    assert spaces_meant(wish.left, ROOMS) == Match((1,), "roux")


def test_says_every_space_that_may_be_meant():
    assert spaces_meant(("salle",), ROOMS).spaces == (1, 2)


def test_a_second_word_narrows_the_space():
    assert spaces_meant(("demi", "est", "roux"), ROOMS) == Match((3,), "roux")


def test_accents_and_case_do_not_matter():
    assert spaces_meant(parse("CUR 14-16 Élodie", WEDNESDAY).left, ROOMS) == Match((1,), "Élodie")


def test_no_space_is_said_as_none():
    assert spaces_meant(("roux",), ROOMS) == Match((), "roux")


def test_a_long_or_empty_line_is_no_fault():
    assert parse("", WEDNESDAY).left == ()
    assert not parse("x" * 5000, WEDNESDAY).has_hours


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("zoé martin", "Zoé Martin"),
        ("Zoé MARTIN", "Zoé MARTIN"),
        ("ian McKay", "Ian McKay"),
        ("d'arc", "d'arc"),
        ("jean-luc", "Jean-Luc"),
    ],
)
def test_a_name_is_kept_as_it_was_typed(typed: str, name: str) -> None:
    wish = parse(f"cur 14-16 {typed}", WEDNESDAY)
    assert as_name(spaces_meant(wish.left, ROOMS).who) == name
