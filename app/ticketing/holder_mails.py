"""Letters to those who did not order: whoever holds a ticket under an address of their own, and
whoever waits for one."""

from __future__ import annotations

from typing import Any

from flask_babel import force_locale

from app.core import tenancy
from app.core.db import db
from app.core.i18n import _, day_name
from app.events import read as events
from app.events.models import Event
from app.tenants import letters
from app.tenants.models import Tenant
from app.tenants.resolve import public_url
from app.ticketing import ics, mails, read
from app.ticketing.models import Ticket, TicketOrder, TicketWait

GIVEN = ("handed", "given")  # kinds of letters that bring a ticket


def _tenant() -> Tenant:
    return db.session.get_one(Tenant, tenancy.tenant_id())


def _post(entity: str, recipient: str, locale: str, version: int, **context: Any) -> bool:
    empty: dict[str, Any] = {"code": "", "stands": False, "lines": [], "price": ""}
    text = context.pop("text")
    said = empty | context | {"text": text, "preheader": text}
    return letters.post(
        mails.TEMPLATE, entity=entity, recipient=recipient, locale=locale, version=version, **said
    )


# ── whoever holds a ticket ────────────────────────────────────────────────────────────────────


def to_holder(kind: str, ticket_id: int, *, version: int = 1) -> bool:
    """Theirs now (`handed`, `given`), at another time (`moved`), no longer (`ended`), or for
    nothing (`called_off`). False without an address, or when it was written."""
    ticket = db.session.get_one(Ticket, ticket_id)
    if not ticket.holder_email or (kind in (*GIVEN, "moved") and ticket.state != "valid"):
        return False
    order, event = read.order(ticket.order_id), read.event(ticket.event_id)
    url = public_url(f"/billets/billet/{ticket.code}")
    with force_locale(order.locale):
        what, tenant = mails.where(event), _tenant()
        subject, text = _of_ticket(kind, what["title"], order, event)
        calendar = {
            "name": "billet.ics",
            "type": "text/calendar",
            "method": "CANCEL" if kind in ("ended", "called_off") else "PUBLISH",
            "text": ics.of_ticket(ticket, event, tenant, url),
        }
        brings = kind in (*GIVEN, "moved")
        context = what | {"lines": mails.lines([ticket]) if brings else [], "stands": brings}
        reason = _("Vous recevez ce message car un billet a été pris pour vous chez %(name)s.",
                   name=tenant.name)  # fmt: skip
    return _post(
        f"ticket:{ticket.id}:{kind}",
        ticket.holder_email,
        order.locale,
        version,
        subject=subject,
        text=text,
        reason=reason,
        url=url,
        attachments=[calendar],
        **context,
    )


def _of_ticket(kind: str, what: str, order: TicketOrder, event: Event) -> tuple[str, str]:
    who = order.name or _("Quelqu’un")
    if kind == "handed":
        text = _("%(who)s vous cède son billet. Voici le vôtre.", who=who)
        return _("%(what)s : un billet pour vous", what=what), text
    if kind == "given":
        text = _("%(who)s a pris ce billet pour vous. À montrer à l’entrée.", who=who)
        return _("%(what)s : un billet pour vous", what=what), text
    if kind == "moved":
        text = _("La date ou le lieu a changé. Votre billet reste bon.")
        return _("%(what)s : du changement", what=what), text
    if kind == "called_off":
        text = _("Cet événement n’aura pas lieu.")
        more = " ".join(filter(None, (text, event.cancel_reason)))
        return _("%(what)s : c’est annulé", what=what), more
    text = _(
        "La personne qui avait pris ce billet l’a rendu ou donné à quelqu’un d’autre. Il n’ouvre"
        " plus l’entrée."
    )
    return _("%(what)s : votre billet n’est plus valable", what=what), text


# ── whoever waits ─────────────────────────────────────────────────────────────────────────────


def waited(kind: str, wait_id: int, *, version: int = 1) -> bool:
    """That they wait (`joined`), that places are kept for them (`offered`), that nobody took them
    in time (`expired`), that the event will not take place (`called_off`)."""
    wait = read.wait(wait_id)
    if not wait.email or (kind == "offered" and wait.state != "offered"):
        return False
    event = read.event(wait.event_id)
    with force_locale(wait.locale):
        what = mails.where(event)
        subject, text = _of_wait(kind, what["title"], wait, event)
        reason = _("Vous recevez ce message car vous attendez une place chez %(name)s.",
                   name=_tenant().name)  # fmt: skip
    return _post(
        f"ticket_wait:{wait.id}:{kind}",
        wait.email,
        wait.locale,
        version,
        subject=subject,
        text=text,
        reason=reason,
        url=public_url(f"/billets/attente/{wait.token}"),
        **what,
    )


def _of_wait(kind: str, what: str, wait: TicketWait, event: Event) -> tuple[str, str]:
    if wait.state == "offered" and wait.offered_until is not None:
        until = wait.offered_until.astimezone(events.site(event).zone)
        text = _(
            "Elle vous est gardée jusqu’au %(day)s, %(time)s. Après, elle va à la personne"
            " suivante.",
            day=day_name(until.date()),
            time=f"{until:%H:%M}",
        )
        return _("%(what)s : une place s’est libérée", what=what), text
    if kind == "expired":
        text = _(
            "Le temps de la prendre est passé, et elle va à la personne suivante. Vous n’êtes plus"
            " dans la file : remettez-vous-y si vous voulez encore venir."
        )
        return _("%(what)s : la place gardée est repartie", what=what), text
    if kind == "called_off":
        text = _("Cet événement n’aura pas lieu. Vous n’attendez plus de place.")
        more = " ".join(filter(None, (text, event.cancel_reason)))
        return _("%(what)s : c’est annulé", what=what), more
    text = _(
        "Vous êtes dans la file d’attente. Dès qu’une place se libère, nous vous écrivons à cette"
        " adresse, et elle vous est gardée un moment. Ce lien montre où vous en êtes, et permet"
        " d’en sortir."
    )
    return _("%(what)s : vous êtes dans la file", what=what), text
