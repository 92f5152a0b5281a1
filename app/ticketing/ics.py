"""Orders and tickets as calendars read them: one UID for life, a sequence that grows with each
change."""

from __future__ import annotations

import datetime as dt
import hashlib

from flask import current_app
from icalendar import Calendar, vCalAddress, vText
from icalendar import Event as Entry

from app.booking import words as places
from app.core import clock
from app.core.i18n import _
from app.events import read as events
from app.events import words as event_words
from app.events.models import Event
from app.tenants.models import Tenant
from app.ticketing.models import Ticket, TicketOrder

DEAD = ("cancelled", "transferred", "lapsed")


def uid(secret: str) -> str:
    """The same for ever, and no way to the secret link."""
    return f"{hashlib.blake2b(secret.encode(), digest_size=12).hexdigest()}@tickets"


def of_order(order: TicketOrder, event: Event, tenant: Tenant, url: str) -> str:
    """The event of an order, to be taken into a calendar, changed in it, or out of it."""
    ended = order.state == "cancelled" or event.state == "cancelled"
    entry = _entry(event, tenant, url, ended=ended)
    entry.add("uid", uid(order.token))
    entry.add("sequence", order.sequence + event.sequence)
    entry.add("description", "\n".join([_("Commande %(code)s", code=order.code), url]))
    sender = tenant.reply_to or str(current_app.config["SETTINGS"].mail_from)
    organiser = vCalAddress(f"mailto:{sender}")
    organiser.params["CN"] = vText(tenant.sender)
    entry["organizer"] = organiser
    if order.email:
        guest = vCalAddress(f"mailto:{order.email}")
        guest.params["CN"] = vText(order.name)
        guest.params["PARTSTAT"] = vText("ACCEPTED")
        entry.add("attendee", guest, encode=False)
    return _calendar(entry, tenant, "CANCEL" if ended else "REQUEST")


def of_ticket(ticket: Ticket, event: Event, tenant: Tenant, url: str) -> str:
    """The event for whoever holds one ticket: nothing of who paid is in it."""
    ended = ticket.state in DEAD or event.state == "cancelled"
    entry = _entry(event, tenant, url, ended=ended)
    entry.add("uid", uid(ticket.code))
    entry.add("sequence", event.sequence + (1 if ticket.state in DEAD else 0))
    entry.add("description", url)
    return _calendar(entry, tenant, "CANCEL" if ended else "PUBLISH")


def _entry(event: Event, tenant: Tenant, url: str, *, ended: bool) -> Entry:
    site = events.site(event)
    rooms = ", ".join(space.name for space in events.spaces(event.id))
    entry = Entry()
    entry.add("dtstamp", clock.now())
    entry.add("dtstart", event.starts_at.astimezone(dt.UTC))
    entry.add("dtend", event.ends_at.astimezone(dt.UTC))
    entry.add("summary", f"{event_words.title(event)}, {tenant.name}")
    entry.add("location", f"{rooms}, {places.address(site)}")
    entry.add("status", "CANCELLED" if ended else "CONFIRMED")
    entry.add("url", url)
    return entry


def _calendar(entry: Entry, tenant: Tenant, method: str) -> str:
    calendar = Calendar()
    calendar.add("prodid", "-//Tickets//FR")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add("x-wr-calname", tenant.name)
    calendar.add_component(entry)
    return str(calendar.to_ical().decode())
