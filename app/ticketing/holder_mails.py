"""Letters to those who did not order: whoever holds a ticket under an address of their own, and
whoever waits for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import force_locale

from app.core import tenancy
from app.core.db import db
from app.core.i18n import _, _n, day_name
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


def to_holder(kind: str, ticket_ids: Sequence[int], *, version: int = 1) -> bool:
    """One letter about tickets of one order under one address: theirs now (`handed`, `given`), at
    another time (`moved`), no longer (`ended`), or for nothing (`called_off`). False without an
    address, when none of them stands any more, or when it was written."""
    brings = kind in (*GIVEN, "moved")
    tickets = [db.session.get_one(Ticket, number) for number in sorted(ticket_ids)]
    told = [one for one in tickets if one.holder_email and (one.state == "valid" or not brings)]
    if not told:
        return False
    first = told[0]
    order, event = read.order(first.order_id), read.event(first.event_id)
    url = public_url(f"/billets/billet/{first.code}")
    with force_locale(order.locale):
        what, tenant = mails.where(event), _tenant()
        subject, text = _of_tickets(kind, what["title"], order, event, len(told))
        context = what | {"lines": mails.lines(told) if brings else [], "stands": brings}
        reason = _n("Vous recevez ce message car un billet a été pris pour vous chez %(name)s.",
                    "Vous recevez ce message car des billets ont été pris pour vous chez %(name)s.",
                    len(told), name=tenant.name)  # fmt: skip
        calendars = [
            _calendar(one, event, tenant, brings=brings)
            for one in (told[:1] if brings else _let_go(order, first.holder_email))
        ]
    return _post(
        f"ticket:{first.id}:{kind}",
        first.holder_email,
        order.locale,
        version,
        subject=subject,
        text=text,
        reason=reason,
        url=url,
        attachments=calendars,
        **context,
    )


def _let_go(order: TicketOrder, address: str) -> list[Ticket]:
    """Tickets to be struck out of this person's calendar: all they had, once none stands."""
    all_of_them = [
        one for one in read.tickets(order.id) if one.holder_email.casefold() == address.casefold()
    ]
    return [] if any(one.state == "valid" for one in all_of_them) else all_of_them


def _calendar(ticket: Ticket, event: Event, tenant: Tenant, *, brings: bool) -> dict[str, str]:
    url = public_url(f"/billets/billet/{ticket.code}")
    return {
        "name": "billet.ics",
        "type": "text/calendar",
        "method": "PUBLISH" if brings else "CANCEL",
        "text": ics.of_ticket(ticket, event, tenant, url),
    }


def _of_tickets(
    kind: str, what: str, order: TicketOrder, event: Event, count: int
) -> tuple[str, str]:
    who = order.name or _("Quelqu’un")
    for_you = _n("%(what)s : un billet pour vous", "%(what)s : %(num)s billets pour vous",
                 count, what=what)  # fmt: skip
    if kind == "handed":
        return for_you, _("%(who)s vous cède son billet. Voici le vôtre.", who=who)
    if kind == "given":
        text = _n("%(who)s a pris ce billet pour vous. À montrer à l’entrée.",
                  "%(who)s a pris ces billets pour vous. À montrer à l’entrée.",
                  count, who=who)  # fmt: skip
        return for_you, text
    if kind == "moved":
        text = _n("La date ou le lieu a changé. Votre billet reste bon.",
                  "La date ou le lieu a changé. Vos %(num)s billets restent bons.",
                  count)  # fmt: skip
        return _("%(what)s : du changement", what=what), text
    if kind == "called_off":
        text = _("Cet événement n’aura pas lieu.")
        more = " ".join(filter(None, (text, event.cancel_reason)))
        return _("%(what)s : c’est annulé", what=what), more
    text = _n(
        "La personne qui avait pris ce billet l’a rendu ou donné à quelqu’un d’autre. Il n’ouvre"
        " plus l’entrée.",
        "La personne qui avait pris ces %(num)s billets les a rendus ou donnés à quelqu’un d’autre."
        " Ils n’ouvrent plus l’entrée.",
        count,
    )
    return _n("%(what)s : votre billet n’est plus valable",
              "%(what)s : vos billets ne sont plus valables", count, what=what), text  # fmt: skip


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
