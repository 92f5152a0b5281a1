"""What tickets write to whoever ordered: theirs, moved, given back, called off, refunded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select

from app.booking import words as places
from app.core import tenancy
from app.core.db import db
from app.core.i18n import _, clock_range, day_name, euros
from app.core.slots import local_day
from app.events import read as events
from app.events import words as event_words
from app.events.models import Event
from app.tenants import letters
from app.tenants.models import Tenant
from app.tenants.resolve import public_url
from app.ticketing import ics, read, words
from app.ticketing.models import Ticket, TicketCategory, TicketOrder

TEMPLATE = "ticketing/mail_tickets"


@dataclass(frozen=True)
class Said:
    """The subject and first sentence of one kind of letter, in the reader's language."""

    subject: str
    text: str


def _said(kind: str, what: str, cents: int, reason: str) -> Said:
    amount = euros(cents)
    back = _("%(amount)s vous sont rendus sur le même moyen de paiement.", amount=amount)
    nothing = _("Rien n’est à rembourser.")
    if kind == "confirmed":
        return Said(
            _("%(what)s : vos billets", what=what),
            _("À montrer à l’entrée, sur l’écran ou imprimés."),
        )
    if kind == "moved":
        text = _(
            "La date ou le lieu a changé. Vos billets restent bons. Si cela ne vous va pas,"
            " rendez-les avant le début : tout vous est remboursé."
        )
        return Said(_("%(what)s : du changement", what=what), text)
    if kind == "called_off":
        text = _("Cet événement n’aura pas lieu.")
        more = [text, reason, back if cents else ""]
        return Said(_("%(what)s : c’est annulé", what=what), " ".join(filter(None, more)))
    if kind == "cancelled":
        return Said(_("%(what)s : billets annulés", what=what), back if cents else nothing)
    if kind == "lost":
        text = _(
            "Votre paiement est arrivé après la fin du temps gardé, et les places sont parties."
            " Vos %(amount)s vous sont rendus sans délai. Nous en sommes désolés.",
            amount=amount,
        )
        return Said(_("%(what)s : le paiement est arrivé trop tard", what=what), text)
    return Said(
        _("%(amount)s vous ont été remboursés", amount=amount),
        _(
            "L’argent est parti sur le moyen de paiement d’origine. Selon la banque, il arrive sous"
            " cinq jours ouvrés."
        ),
    )


def _tenant() -> Tenant:
    return db.session.scalars(select(Tenant).where(Tenant.id == tenancy.tenant_id())).one()


def _reason(tenant: Tenant) -> str:
    return _(
        "Vous recevez ce message car vous avez pris des billets chez %(name)s. Aucune publicité ne"
        " suivra.",
        name=tenant.name,
    )


def where(event: Event) -> dict[str, Any]:
    """When and where, in the language that is spoken now."""
    site = events.site(event)
    hours = clock_range(event.starts_at, event.ends_at, site.zone).striptags()
    return {
        "title": event_words.title(event),
        "when": f"{day_name(local_day(event.starts_at, site.zone))}, {hours}",
        "place": ", ".join(space.name for space in events.spaces(event.id)),
        "address": places.address(site),
    }


def post(kind: str, order_id: int, *, version: int, cents: int = 0, entity: str = "") -> bool:
    """Write one letter to whoever ordered; False when there is no address, or it was written."""
    order = read.order(order_id)
    if not order.email:
        return False
    event = db.session.get_one(Event, order.event_id)
    tenant, url = _tenant(), public_url(f"/billets/{order.token}")
    good = [one for one in read.tickets(order.id) if one.state in read.STANDING]
    with force_locale(order.locale):
        said = _said(kind, event_words.title(event), cents, event.cancel_reason)
        context = where(event) | {
            "text": said.text,
            "preheader": said.text,
            "url": url,
            "code": order.code,
            "stands": kind in ("confirmed", "moved"),
            "lines": lines([one for one in good if not read.is_away(one, order)]),
            "price": _("%(amount)s TTC", amount=euros(sum(one.price_cents for one in good))),
        }
        reason, attached = _reason(tenant), []
        if kind in ("confirmed", "moved", "called_off", "cancelled"):
            attached = [_calendar(order, event, tenant, url)]
    return letters.post(
        TEMPLATE,
        entity=entity or f"tickets:{order.id}:{kind}",
        recipient=order.email,
        locale=order.locale,
        subject=said.subject,
        reason=reason,
        version=version,
        attachments=attached,
        **context,
    )


def _calendar(order: TicketOrder, event: Event, tenant: Tenant, url: str) -> dict[str, str]:
    ended = order.state == "cancelled" or event.state == "cancelled"
    return {
        "name": f"{order.code}.ics",
        "type": "text/calendar",
        "method": "CANCEL" if ended else "REQUEST",
        "text": ics.of_order(order, event, tenant, url),
    }


def lines(tickets: list[Ticket]) -> list[tuple[str, str, str]]:
    """Who, what kind, and the address of each ticket."""
    kinds = {one.id: one for one in _kinds(tickets)}
    return [
        (one.holder_name, words.category(kinds[one.category_id]),
         public_url(f"/billets/billet/{one.code}"))
        for one in tickets
    ]  # fmt: skip


def _kinds(tickets: list[Ticket]) -> list[TicketCategory]:
    wanted = sorted({one.category_id for one in tickets})
    return list(db.session.scalars(select(TicketCategory).where(TicketCategory.id.in_(wanted))))
