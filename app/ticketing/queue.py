"""Places that come back: holds that ran out, offers that nobody took, and who is asked next.

Everything here runs under the gate of one event, at the beginning of whatever takes or frees
places: with every worker stopped, the next visitor does the tidying.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select, update

from app.accounts.addresses import mail_address
from app.core import clock, outbox, words
from app.core.db import db
from app.core.errors import Gone, Refused
from app.core.i18n import _
from app.ticketing import counting, read
from app.ticketing.counting import Gate
from app.ticketing.models import PromoCode, TicketOrder, TicketWait


def tidy(held: Gate) -> None:
    """Let go what ran out, then offer what is free."""
    now = clock.now()
    over = db.session.scalars(
        select(TicketOrder)
        .where(
            TicketOrder.event_id == held.event.id,
            TicketOrder.state == "held",
            TicketOrder.held_until <= now,
        )
        .order_by(TicketOrder.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for one in over:
        if one.state == "held":
            let_go(held, one)
    for wait in _waits(held, "offered"):
        if wait.offered_until is not None and wait.offered_until <= now:
            wait.state = "expired"
            counting.free(held, {wait.category_id: wait.quantity})
            tell(wait, "expired")
    offer(held)


def let_go(held: Gate, one: TicketOrder) -> None:
    """An order that was never paid: its places are free, its code may be used again."""
    one.state, one.held_until = "lapsed", None
    tickets = [ticket for ticket in read.tickets(one.id) if ticket.state == "held"]
    for ticket in tickets:
        ticket.state = "lapsed"
    freed = counting.tally([ticket.category_id for ticket in tickets])
    counting.free(held, freed)
    if one.promo_id is not None:
        db.session.execute(
            update(PromoCode)
            .where(PromoCode.id == one.promo_id, PromoCode.uses > 0)
            .values(uses=PromoCode.uses - 1)
            .execution_options(synchronize_session="fetch")
        )
    _offer_again(held, one.id, freed)


def _offer_again(held: Gate, order_id: int, freed: Mapping[int, int]) -> None:
    """An offer that became an order nobody paid is an offer again, of what was just freed, until
    the end it had: a card that was refused costs nobody their turn."""
    now = clock.now()
    if held.event.state != "published" or held.event.starts_at <= now:
        return
    for wait in _waits(held, "taken"):
        many = freed.get(wait.category_id, 0)
        fits = many and many <= held.left(wait.category_id)  # or the door let others in meanwhile
        if wait.order_id == order_id and fits and wait.offered_until and wait.offered_until > now:
            wait.state, wait.quantity = "offered", many
            counting.take(held, {wait.category_id: many})


def claim(held: Gate, order_id: int) -> None:
    """The money of such an order came after all: what its offer keeps is free for it."""
    for wait in _waits(held, "offered"):
        if wait.order_id == order_id:
            wait.state = "taken"
            counting.free(held, {wait.category_id: wait.quantity})


def replace(held: Gate, order_id: int) -> None:
    """Whoever buys sent another wish instead of this one: its places are theirs to take again, and
    are not offered to anybody in between."""
    found = read.locked(order_id)
    if found.state == "held" and found.event_id == held.event.id:
        let_go(held, found)
        db.session.flush()  # its places count as free next


def _waits(held: Gate, state: str) -> list[TicketWait]:
    query = select(TicketWait).where(
        TicketWait.event_id == held.event.id, TicketWait.state == state
    )
    fresh = query.order_by(TicketWait.id).execution_options(populate_existing=True)
    return list(db.session.scalars(fresh))


def offer(held: Gate) -> None:
    """Ask whoever waits longest among those whom the free places are enough for. An offer holds
    its places until it ends."""
    if held.event.state != "published" or held.event.starts_at <= clock.now():
        return
    for wait in _waits(held, "waiting"):
        kind = held.categories[wait.category_id]
        if kind.archived_at is not None or held.left(wait.category_id) < wait.quantity:
            continue
        _ask(held, wait)


def _ask(held: Gate, wait: TicketWait, version: int = 1) -> None:
    counting.take(held, {wait.category_id: wait.quantity})
    wait.state = "offered"
    until = clock.now() + dt.timedelta(hours=held.sale.offer_hours)
    wait.offered_until = min(until, held.event.starts_at)
    outbox.defer("ticketing.offer_letter", wait_id=wait.id, version=version, lane="mail")
    outbox.defer("ticketing.tidy", event_id=held.event.id, at=wait.offered_until, lane="holds")


def offer_to(wait_id: int) -> TicketWait:
    """Staff ask this person now, before whoever waited longer, or once more. Refuses when fewer
    places are free than they want, and when nothing is sold any more."""
    held = counting.gate(db.session.get_one(TicketWait, wait_id).event_id)
    tidy(held)
    found = db.session.get_one(TicketWait, wait_id)
    db.session.refresh(found)
    kind = held.categories[found.category_id]
    if held.event.state != "published" or held.event.starts_at <= clock.now():
        raise Gone(_("La billetterie de cet événement est fermée."))
    if kind.archived_at is not None:
        raise Refused(_("Ce billet n’est plus en vente."))
    if found.state == "offered":
        return found
    if found.state not in ("waiting", "expired") or not found.email:
        raise Refused(_("Cette personne n’attend plus."))
    counting.refuse_more(held, kind, found.quantity)
    again = int(clock.now().timestamp()) // 60 if found.state == "expired" else 1
    _ask(held, found, again)
    return found


def tell(wait: TicketWait, kind: str, version: int = 1) -> None:
    """The letter is a job of this transaction."""
    outbox.defer("ticketing.wait_letter", kind=kind, wait_id=wait.id, version=version, lane="mail")


def join(
    event_id: int, category_id: int, quantity: int, who: tuple[str, str], locale: str
) -> TicketWait:
    """Wait for places. Refuses while there are some, an event that sells nothing any more, and a
    number that no order may have; the same address waits once for a category."""
    return enter(event_id, category_id, quantity, who, locale)[0]


def enter(
    event_id: int, category_id: int, quantity: int, who: tuple[str, str], locale: str
) -> tuple[TicketWait, bool]:
    """The same, and whether they are new in the queue: the link of who was there before is shown to
    nobody who merely types their address."""
    held = counting.gate(event_id)
    tidy(held)
    kind = held.categories.get(category_id)
    if kind is None or kind.archived_at is not None or held.event.state != "published":
        raise Gone(_("La billetterie de cet événement est fermée."))
    if held.event.starts_at <= clock.now():
        raise Gone(_("La billetterie de cet événement est fermée."))
    if not 1 <= quantity <= held.sale.most:
        raise Refused(_("Indiquez un nombre de 1 à %(n)s.", n=held.sale.most), field="combien")
    if held.left(category_id) >= quantity:
        raise Refused(_("Il reste des places : prenez-les tout de suite."), field="combien")
    email, name = mail_address(who[0]), words.one_line(who[1], 120)
    if not name:
        raise Refused(_("Indiquez votre prénom et votre nom."), field="nom")
    before = [
        one
        for state in ("waiting", "offered")
        for one in _waits(held, state)
        if (one.email, one.category_id) == (email, category_id)
    ]
    if before:
        return before[0], False
    made = TicketWait(
        event_id=event_id,
        category_id=category_id,
        token=words.token(),
        name=name,
        email=email,
        locale=locale,
        quantity=quantity,
        state="waiting",
    )
    db.session.add(made)
    db.session.flush()  # id for whoever asked
    tell(made, "joined")
    return made, True


def length(category_id: int, before: int | None = None) -> int:
    """How many people wait for places of a category, or came before one of them."""
    query = select(func.count(TicketWait.id)).where(
        TicketWait.category_id == category_id, TicketWait.state == "waiting"
    )
    if before is not None:
        query = query.where(TicketWait.id < before)
    return db.session.scalar(query) or 0


def leave(wait_id: int) -> None:
    """Wait no more; what was offered goes to the next."""
    found = read.wait(wait_id)
    held = counting.find(found.event_id)
    db.session.refresh(found)
    if found.state not in ("waiting", "offered"):
        return
    if found.state == "offered" and held is not None:
        counting.free(held, {found.category_id: found.quantity})
    found.state = "left"
    db.session.flush()  # they are no longer asked
    if held is not None:
        offer(held)


def use(held: Gate, token: str, wanted: list[int]) -> None:
    """Somebody takes what they were offered: its places are free for this order alone, which is
    written in the same transaction. Refuses an offer that ended, more than it holds, and places of
    another category."""
    found = read.wait_of(token)
    if found is None or found.event_id != held.event.id or found.state != "offered":
        raise Gone(_("Cette proposition n’est plus valable."))
    if len(wanted) > found.quantity or set(wanted) - {found.category_id}:
        raise Refused(_("Cette proposition vaut pour %(n)s places.", n=found.quantity))
    found.state = "taken"
    counting.free(held, {found.category_id: found.quantity})


def note_taken(token: str, order_id: int) -> None:
    """Which order it became."""
    found = read.wait_of(token)
    if found is not None:
        found.order_id = order_id
        db.session.flush()  # before anybody reads the queue again
