"""What the books hold, for features below that ask: sales for rates, a section for a person."""

from __future__ import annotations

from markupsafe import Markup
from sqlalchemy import func, select

from app.booking import read
from app.booking.day import dues
from app.booking.models import Booking, Cancellation, NoShow
from app.core import clock
from app.core.db import db
from app.core.signals import hear
from app.members.facts import PersonShown
from app.rates.facts import BooksAsked, Sold
from app.web import render


@hear(BooksAsked)
def open_books(fact: BooksAsked) -> None:
    """Add the sales of a space, cancelled ones with the moment they were lost."""
    rows = db.session.execute(
        select(
            Booking.starts_at,
            Booking.ends_at,
            Booking.quantity,
            func.coalesce(Booking.confirmed_at, Booking.created_at),
            Cancellation.at,
            NoShow.id.is_not(None),
        )
        .outerjoin(NoShow, NoShow.booking_id == Booking.id)
        .outerjoin(Cancellation, Cancellation.booking_id == Booking.id)
        .where(
            Booking.space_id == fact.space_id,
            Booking.starts_at >= fact.first,
            Booking.starts_at < fact.last,
            Booking.state.in_(("confirmed", "cancelled")),
        )
    )
    fact.found.extend(Sold(*row) for row in rows)


@hear(PersonShown)
def tell_of_person(fact: PersonShown) -> None:
    """Add what this person booked and owes to their page."""
    now = clock.now()
    coming = read.upcoming(fact.person_id, now)
    owed = dues(
        db.session.scalars(select(Booking.id).where(Booking.person_id == fact.person_id)).all()
    )
    fact.sections.append(
        Markup(  # noqa: S704  our own template has escaped it
            render.text(
                "booking/_desk_person.html",
                coming=coming,
                past=read.past(fact.person_id, now, limit=12),
                owed=sum(cents for cents in owed.values() if cents > 0),
                person_id=fact.person_id,
            )
        )
    )
