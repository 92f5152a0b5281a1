"""A booking as calendars read it: one UID for life, a sequence that grows with each change."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from urllib.parse import urlencode

from flask import current_app
from icalendar import Calendar, Event, vCalAddress, vText

from app.booking import words
from app.booking.models import Booking
from app.core import clock
from app.core.i18n import _
from app.tenants.models import Tenant

PRODUCT = "-//Booking//FR"


def uid(booking: Booking) -> str:
    """The same for ever, whatever the host is called tomorrow, and no way to the secret link."""
    return f"{hashlib.blake2b(booking.token.encode(), digest_size=12).hexdigest()}@booking"


def _sender() -> str:
    return str(current_app.config["SETTINGS"].mail_from)


def of_booking(booking: Booking, tenant: Tenant, url: str = "") -> str:
    """One booking, to be taken into a calendar or out of it."""
    method = "CANCEL" if booking.state == "cancelled" else "REQUEST"
    return _calendar([_event(booking, tenant, url, invites=True)], tenant, method)


def feed(bookings: Iterable[Booking], tenant: Tenant) -> str:
    """Every coming booking of a person, to subscribe to."""
    events = [_event(one, tenant, "", invites=False) for one in bookings]
    return _calendar(events, tenant, "PUBLISH")


def _calendar(events: list[Event], tenant: Tenant, method: str) -> str:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add("x-wr-calname", tenant.name)
    for event in events:
        calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _event(booking: Booking, tenant: Tenant, url: str, *, invites: bool) -> Event:
    space = booking.space
    event = Event()
    event.add("uid", uid(booking))
    event.add("sequence", booking.sequence)
    event.add("dtstamp", clock.now())
    event.add("dtstart", booking.starts_at.astimezone(dt.UTC))
    event.add("dtend", booking.ends_at.astimezone(dt.UTC))
    event.add("summary", f"{space.name}, {tenant.name}")
    event.add("location", f"{space.name}, {words.address(space.site)}")
    event.add("status", "CANCELLED" if booking.state == "cancelled" else "CONFIRMED")
    notes = [_("Réservation %(code)s", code=booking.code)]
    if space.door_code and booking.state == "confirmed":
        notes.append(_("Code de la porte : %(code)s", code=space.door_code))
    event.add("description", "\n".join([*notes, url] if url else notes))
    if url:
        event.add("url", url)
    if invites:
        _invite(event, booking, tenant)
    return event


def _invite(event: Event, booking: Booking, tenant: Tenant) -> None:
    organiser = vCalAddress(f"mailto:{tenant.reply_to or _sender()}")
    organiser.params["CN"] = vText(tenant.sender)
    event["organizer"] = organiser
    if booking.person is None:
        return
    guest = vCalAddress(f"mailto:{booking.person.email}")
    guest.params["CN"] = vText(booking.person.name)
    guest.params["PARTSTAT"] = vText("ACCEPTED")
    event.add("attendee", guest, encode=False)


def links(booking: Booking, url: str) -> dict[str, str]:
    """Addresses that open the booking in a web calendar."""
    space = booking.space
    start, end = (t.astimezone(dt.UTC) for t in (booking.starts_at, booking.ends_at))
    where = f"{space.name}, {words.address(space.site)}"
    google = {
        "action": "TEMPLATE",
        "text": space.name,
        "dates": f"{start:%Y%m%dT%H%M%SZ}/{end:%Y%m%dT%H%M%SZ}",
        "details": url,
        "location": where,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": space.name,
        "startdt": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "body": url,
        "location": where,
    }
    return {
        "google": f"https://calendar.google.com/calendar/render?{urlencode(google)}",
        "outlook": f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook)}",
    }
