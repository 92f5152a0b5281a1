"""Public events as programs read them: iCalendar, RSS, schema.org. Pure: rows in, text out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from icalendar import Calendar
from icalendar import Event as Entry

from app.booking import words as places
from app.core import clock
from app.core.i18n import _, clock_range, day_name
from app.events import words
from app.events.models import Event
from app.events.read import Listed
from app.events.seams import Offer
from app.spaces.models import Site

PRODUCT = "-//Agenda//FR"
ATOM = "http://www.w3.org/2005/Atom"
REFRESH = dt.timedelta(hours=6)


@dataclass(frozen=True)
class Item:
    """A public event with where it is found: its page and its venue's name."""

    event: Event
    site: Site
    spaces: tuple[str, ...]
    venue: str
    url: str

    @property
    def where(self) -> str:
        """`Grande halle, 14 quai des Meuniers, 38000 Grenoble`."""
        return ", ".join(part for part in (*self.spaces, places.address(self.site)) if part)


# ── iCalendar ─────────────────────────────────────────────────────────────────────────────────


def uid(event: Event) -> str:
    """The same for ever, whatever the host is called tomorrow."""
    return f"{event.uid}@agenda"


def calendar(items: Iterable[Item], name: str) -> bytes:
    """A calendar to subscribe to: each change raises SEQUENCE, what was cancelled says so."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for item in items:
        made.add_component(_entry(item))
    return bytes(made.to_ical())


def _entry(item: Item) -> Entry:
    event, entry = item.event, Entry()
    entry.add("uid", uid(event))
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", clock.now().replace(microsecond=0))
    entry.add("last-modified", event.changed_at.astimezone(dt.UTC).replace(microsecond=0))
    entry.add("dtstart", event.starts_at.astimezone(dt.UTC))
    entry.add("dtend", event.ends_at.astimezone(dt.UTC))
    entry.add("summary", words.title(event))
    entry.add("location", item.where)
    entry.add("status", "CANCELLED" if event.state == "cancelled" else "CONFIRMED")
    lead = words.text(event, "lead")
    entry.add("description", "\n\n".join(part for part in (lead, item.url) if part))
    entry.add("url", item.url)
    return entry


# ── RSS ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Channel:
    """What a feed says of itself."""

    title: str
    url: str
    own_url: str
    language: str
    lead: str


def rss(items: Sequence[Item], channel: Channel, said: dict[int, str]) -> bytes:
    """RSS 2.0, the last published first. `said` is one line for each event: when and where."""
    register_namespace("atom", ATOM)
    root = Element("rss", version="2.0")
    top = SubElement(root, "channel")
    for name, value in (
        ("title", channel.title),
        ("link", channel.url),
        ("description", channel.lead),
        ("language", channel.language),
    ):
        SubElement(top, name).text = value
    SubElement(top, f"{{{ATOM}}}link", href=channel.own_url, rel="self", type="application/rss+xml")
    early = dt.datetime.min.replace(tzinfo=dt.UTC)
    for item in sorted(items, key=lambda i: i.event.published_at or early, reverse=True):
        _item(top, item, said.get(item.event.id, ""))
    found: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _item(top: Element, item: Item, line: str) -> None:
    event, made = item.event, SubElement(top, "item")
    SubElement(made, "title").text = words.title(event)
    SubElement(made, "link").text = item.url
    SubElement(made, "guid", isPermaLink="false").text = uid(event)
    lead = words.text(event, "lead")
    SubElement(made, "description").text = "\n".join(part for part in (line, lead) if part)
    SubElement(made, "category").text = item.venue
    if event.published_at is not None:
        SubElement(made, "pubDate").text = format_datetime(event.published_at.astimezone(dt.UTC))


def line(row: Listed) -> str:
    """`jeudi 17 décembre, 18:30 – 22:00, Grande halle`; what was cancelled says so first."""
    one = row.event
    day = day_name(one.starts_at.astimezone(row.zone).date())
    hours = clock_range(one.starts_at, one.ends_at, row.zone).striptags()
    said = ", ".join((day, hours, *row.spaces))
    return _("Annulé : %(what)s", what=said) if one.state == "cancelled" else said


# ── schema.org ────────────────────────────────────────────────────────────────────────────────

STATUS = "https://schema.org/Event"


def structured(
    item: Item, picture: str, offers: Iterable[Offer], *, moved: dt.datetime | None
) -> str:
    """JSON-LD of one event, safe inside a page: no `<` is left in it."""
    event, zone = item.event, item.site.zone
    status = "Cancelled" if event.state == "cancelled" else "Rescheduled" if moved else "Scheduled"
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": words.title(event),
        "description": words.text(event, "lead") or words.title(event),
        "startDate": event.starts_at.astimezone(zone).isoformat(),
        "endDate": event.ends_at.astimezone(zone).isoformat(),
        "eventStatus": f"{STATUS}{status}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "maximumAttendeeCapacity": event.capacity,
        "image": [picture],
        "url": item.url,
        "location": {
            "@type": "Place",
            "name": ", ".join((item.venue, *item.spaces)),
            "address": {
                "@type": "PostalAddress",
                "streetAddress": item.site.street,
                "postalCode": item.site.postcode,
                "addressLocality": item.site.city,
                "addressCountry": item.site.country,
            },
        },
        "organizer": {"@type": "Organization", "name": event.organiser or item.venue},
    }
    if moved is not None and event.state != "cancelled":
        found["previousStartDate"] = moved.astimezone(zone).isoformat()
    if sold := [_offer(offer, item.url) for offer in offers]:
        found["offers"] = sold
    text = json.dumps(found, ensure_ascii=False)
    for sign, safe in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, safe)
    return text


def _offer(offer: Offer, url: str) -> dict[str, Any]:
    sold_out = offer.left is not None and offer.left <= 0
    found: dict[str, Any] = {
        "@type": "Offer",
        "name": offer.name,
        "price": f"{offer.cents / 100:.2f}",
        "priceCurrency": "EUR",
        "availability": f"https://schema.org/{'SoldOut' if sold_out else 'InStock'}",
        "url": url,
    }
    if offer.from_at is not None:
        found["validFrom"] = offer.from_at.isoformat()
    return found
