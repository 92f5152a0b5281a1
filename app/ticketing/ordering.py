"""From a form to an order: who, what, under which name, in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from app.core.i18n import lang
from app.members.models import Person
from app.members.rules import person_by_email
from app.payments import leading
from app.payments.payer import PayerForm
from app.ticketing import counting, paying, queue, read, rules
from app.ticketing.asked import Asked
from app.ticketing.models import TicketOrder
from app.ticketing.rules import Wish


@dataclass(frozen=True)
class Made:
    """The order of a form: its secret, whether it is theirs, and the payment it waits for."""

    token: str
    state: str
    asking: leading.Asking | None


def order(asked: Asked, form: PayerForm, who: Person | None) -> Made:
    """Hold or hand over what was asked, and write down the payment that it waits for. Sent twice it
    is one order; changed meanwhile, it takes the place of what the form holds."""
    if read.of_form(asked.event.id, asked.key):
        queue.tidy(counting.gate(asked.event.id))  # a hold that ran out is none to come back to
    else:
        _refuse_beyond(asked)  # of two that are sent at once the second finds the first by name
    payer = who or person_by_email(form.email.data, form.nom.data, locale=lang())
    made = rules.order(_named(_wish(asked, form, who, payer), asked.key))
    return Made(made.token, made.state, paying.asking(made) if _waits(made) else None)


def _refuse_beyond(asked: Asked) -> None:
    """What was sold out when this was asked is refused before anybody waits for a lock: a crowd
    that comes too late does not stand in the way of those who are in time."""
    many = asked.basket.many
    for row in asked.shelf.rows if asked.offer is None else []:
        if not row.closed:
            counting.refuse_beyond(row.kind, row.left, many.get(row.kind.id, 0))


def _waits(made: TicketOrder) -> bool:
    return made.state == "held" and made.way == "online"


def _wish(asked: Asked, form: PayerForm, who: Person | None, payer: Person) -> Wish:
    means, offer = str(form.moyen.data), asked.typed.get("offre", "")
    firm = means.removeprefix(paying.COMPANY) if means.startswith(paying.COMPANY) else ""
    return Wish(
        event_id=asked.event.id,
        places=asked.basket.places(),
        form_key="",
        payer=payer,
        known=who,
        name=payer.name if who else (form.nom.data or ""),
        way="on_account" if firm else "online" if means == paying.CARD else means,
        promo=asked.typed.get("promo", ""),
        company_id=int(firm) if firm else None,
        order_number=form.bon.data or "",
        organisation=form.company(),
        offer=offer,
        origin="offer" if offer else "web",
        locale=lang(),
        terms_mark=form.mark,
    )


def _named(wish: Wish, key: str) -> Wish:
    """The wish under a name: the form's own and a digest of what was typed in it, so that the same
    again is the same order; numbered when the hold of that one lapsed."""
    typed = replace(wish, payer=None, known=None)
    said = repr((typed, wish.payer.id if wish.payer else 0))
    name = f"{key}.{hashlib.sha256(said.encode()).hexdigest()[:16]}"
    before = read.of_form(wish.event_id, key)
    lapsed = sum(one.state == "lapsed" and one.form_key.startswith(name) for one in before)
    fresh = f"{name}.{lapsed}"
    held = [one.id for one in before if one.state == "held" and one.form_key != fresh]
    return replace(wish, form_key=fresh, replaces=held[-1] if held else None)
