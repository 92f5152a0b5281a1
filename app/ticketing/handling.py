"""What staff do with an order that is there: give back, correct, write again, take the money."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core import words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, euros
from app.members import rules as members
from app.payments import rules as payments
from app.ticketing import counting, giving_back, read, rules, typed
from app.ticketing.charging import SOURCE
from app.ticketing.models import Ticket


def ticket_of(order_id: int, ids: Sequence[int]) -> Ticket:
    """The one ticket that a form names. Refuses one of another order."""
    found = db.session.scalars(
        select(Ticket).where(Ticket.id.in_(ids), Ticket.order_id == order_id)
    ).one_or_none()
    if found is None:
        raise Refused(_("Choisissez un billet de cette commande."), field="billet")
    return found


def give_back(
    order_id: int, ticket_ids: Sequence[int], *, whole: bool, by: int | None
) -> tuple[int, int]:
    """End some tickets of an order, for all of their price or by the event's terms. How many ended
    now, and the cents that go back; a ticket that is dead already is left alone."""
    before = _standing(order_id)
    cents = giving_back.give_back(
        order_id, ticket_ids, giving_back.STAFF, account_id=by, whole=whole
    )
    return len(before - _standing(order_id)), cents


def _standing(order_id: int) -> set[int]:
    return {one.id for one in read.tickets(order_id) if one.state in read.STANDING}


def correct(ticket: Ticket, name: str, email: str) -> None:
    """Another name or address on the same ticket. Refuses a dead ticket, and no name at all."""
    counting.gate(ticket.event_id)
    db.session.refresh(ticket)
    if ticket.state not in read.STANDING:
        raise Refused(_("Ce billet ne vaut plus rien : il n’y a rien à corriger."), field="billet")
    said = " ".join("".join(c for c in name if c == " " or c.isprintable()).split())[: rules.NAME]
    if not said:
        raise Refused(_("Indiquez un nom."), field="nom")
    ticket.holder_name = said
    ticket.holder_email = typed.address(email, "email")


def resend(order_id: int, address: str) -> str:
    """Write the tickets once more; to whom. Another address than the order's becomes the order's,
    and its person's unless a company pays. Refuses an order that gives no ticket, and one that
    nobody can be written to about."""
    counting.gate(read.order(order_id).event_id)
    found = read.locked(order_id)
    if found.state != "confirmed":
        raise Refused(_("Cette commande ne donne aucun billet."), field="adresse")
    wanted = typed.address(address, "adresse") or found.email
    if wanted.casefold() != found.email.casefold():
        found.email = wanted
        if found.company_id is None:
            found.person_id = members.person_by_email(wanted, found.name or wanted).id
    if not found.email:
        raise Refused(_("Indiquez une adresse : cette commande n’en a pas."), field="adresse")
    rules.letter("confirmed", found.id, entity=f"tickets:{found.id}:again:{words.token()}")
    return found.email


def take_money(order_id: int, way: str, shown: int | None, by: int | None) -> int:
    """Take what is still due; the cents. `shown` is what the form showed: refused when it is not
    what is due now, so that nobody takes money for what was given back meanwhile."""
    counting.gate(read.order(order_id).event_id)
    due = max(0, payments.due_on(SOURCE, order_id))
    if due and shown != due:
        raise Refused(_("Il reste %(due)s à payer.", due=euros(due)), field="moyen")
    rules.take_money(order_id, way, by)
    return due
