"""What events write to whoever holds a ticket: before, that it comes; after, how it was."""

from __future__ import annotations

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import select

from app.booking import words as places
from app.core import tenancy
from app.core.db import db
from app.core.i18n import _, clock_range, day_name
from app.events import opinions, read, words
from app.events.models import Event
from app.events.seams import Guest
from app.tenants import letters
from app.tenants.models import Tenant
from app.tenants.resolve import public_url

REMINDER = "events/mail_reminder"
OPINION = "events/mail_opinion"


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])


def _reason() -> str:
    tenant = db.session.scalars(select(Tenant).where(Tenant.id == tenancy.tenant_id())).one()
    return _("Vous recevez ce message car vous êtes inscrit chez %(name)s.", name=tenant.name)


def _entity(event: Event, guest: Guest) -> str:
    """One letter for each event and person; the digest names nobody."""
    return f"event:{event.id}:{opinions.who(_secret(), event.id, guest.email)}"


def remind(event: Event, guest: Guest) -> bool:
    """It comes soon: when, where, and the way to their ticket. Once for each time of the event."""
    site = read.site(event)
    start = event.starts_at.astimezone(site.zone)
    rooms = ", ".join(space.name for space in read.spaces(event.id))
    with force_locale(guest.locale):
        title = words.title(event)
        hours = clock_range(event.starts_at, event.ends_at, site.zone).striptags()
        when = f"{day_name(start.date())}, {hours}"
        subject = _("%(what)s, %(when)s", what=title, when=f"{day_name(start.date(), 'short')}, "
                    f"{start:%H:%M}")  # fmt: skip
        reason = _reason()
    return letters.post(
        REMINDER,
        entity=_entity(event, guest),
        recipient=guest.email,
        locale=guest.locale,
        subject=subject,
        reason=reason,
        version=event.sequence + 1,
        preheader=when,
        guest=guest.name,
        title=title,
        when=when,
        where=f"{rooms}, {places.address(site)}",
        way_in=places.way_in(site),
        url=public_url(guest.url or f"/agenda/{event.slug}"),
        has_ticket=bool(guest.url),
    )


def ask(event: Event, guest: Guest) -> bool:
    """How was it? One signed link each."""
    with force_locale(guest.locale):
        title = words.title(event)
        subject = _("%(what)s : comment c’était ?", what=title)
        reason = _reason()
    return letters.post(
        OPINION,
        entity=_entity(event, guest),
        recipient=guest.email,
        locale=guest.locale,
        subject=subject,
        reason=reason,
        preheader=title,
        guest=guest.name,
        title=title,
        url=public_url(f"/avis/{opinions.link(_secret(), event, guest.email)}"),
    )
