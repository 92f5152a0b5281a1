"""Letters about a booking: once each, in the reader's language, with what a calendar needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from icalendar import Calendar
from sqlalchemy import select

from app.booking import cancel, jobs, move, read
from app.booking.cancel import Actor, Policy
from app.booking.models import Booking
from app.core import mail as posts
from app.core.db import db
from app.core.mail import Mail
from tests.booking.test_pages import booked
from tests.booking.test_rules import quote
from tests.jobs import run_jobs
from tests.world import World

POLICY = Policy(free_hours=24, late_percent=50)


@pytest.fixture
def booking(world: World, visitor: Callable) -> Booking:
    """A guest's booking, its letters not yet written."""
    found = read.by_token(booked(visitor()))
    assert found is not None
    return found


def letters(world: World) -> list[Mail]:
    """Everything written so far, after the jobs have run."""
    db.session.commit()
    run_jobs(only="booking.letter")
    with world.a.entered():
        return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def invitation(letter: Mail) -> tuple[Calendar, dict[str, str]]:
    part = letter.attachments[0]
    return Calendar.from_ical(part["text"]), part


def test_the_confirmation_is_the_page_in_a_letter(world: World, booking: Booking) -> None:
    (letter,) = letters(world)
    assert letter.recipient == "maya.roux@exemple.fr"
    assert letter.sender_name == "Le Moulin Neuf"
    assert "Salle Curie" in letter.subject
    for words in (letter.text, letter.html):
        assert f"http://a.localhost/b/{booking.token}" in words
        assert booking.code in words
        assert "14 quai des Meuniers" in words
    calendar, part = invitation(letter)
    event = calendar.walk("VEVENT")[0]
    assert (part["method"], str(calendar["METHOD"])) == ("REQUEST", "REQUEST")
    assert event["SEQUENCE"] == 0
    assert event.decoded("DTSTART") == booking.starts_at


def test_a_letter_is_written_once(world: World, booking: Booking) -> None:
    assert len(letters(world)) == 1
    with world.a.entered():
        jobs.letter("confirmed", booking.id, version=1)
    assert len(letters(world)) == 1


def test_a_move_keeps_the_uid_and_raises_the_sequence(world: World, booking: Booking) -> None:
    said = quote(world.a.room, hour=15)
    move.move(booking.id, said, POLICY, Actor())
    first, second = letters(world)
    before, after = (invitation(one)[0].walk("VEVENT")[0] for one in (first, second))
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] == 1
    assert "déplacé" in second.subject
    assert after.decoded("DTSTART") == said.starts_at


def test_a_cancellation_takes_it_out_of_the_calendar(world: World, booking: Booking) -> None:
    cancel.cancel(booking.id, POLICY, Actor())
    letter = letters(world)[-1]
    calendar, part = invitation(letter)
    assert part["method"] == "CANCEL"
    assert calendar.walk("VEVENT")[0]["STATUS"] == "CANCELLED"
    assert "annulé" in letter.subject


def test_letters_speak_the_language_of_their_reader(world: World, booking: Booking) -> None:
    person = read.person_of(booking)
    assert person is not None
    person.locale = "en"
    (letter,) = letters(world)
    assert letter.subject.endswith(": booked")
    assert "Open my booking" in letter.html
    assert 'lang="en"' in letter.html


def test_a_simulated_booking_writes_nothing(world: World, booking: Booking) -> None:
    booking.simulated = True
    assert letters(world) == []


def test_the_message_on_the_wire_carries_the_method(app, world: World, booking: Booking) -> None:
    (letter,) = letters(world)
    message = posts._message(letter)
    kinds = [(p.get_content_type(), p.get_param("method")) for p in message.walk()]
    assert ("text/calendar", "REQUEST") in kinds
    assert ("text/html", None) in kinds
    assert b"BEGIN:VCALENDAR" in next(iter(message.iter_attachments())).get_payload(decode=True)


def test_the_letter_escapes_what_people_type(world: World, booking: Booking) -> None:
    person = read.person_of(booking)
    assert person is not None
    space = read.space_of(booking)
    space.name = "<script>alert(1)</script>"
    (letter,) = letters(world)
    assert "<script>" not in letter.html
