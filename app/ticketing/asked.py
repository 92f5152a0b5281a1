"""One asking of the order page: the event, what is on sale for this person, what was typed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from app.booking import terms
from app.core import clock
from app.core.errors import Gone
from app.core.i18n import _
from app.core.words import token as fresh_token
from app.events.models import Event
from app.members.models import Person
from app.payments.payer import PayerForm
from app.tenants.resolve import of_tenant
from app.ticketing import basket, bill, paying, read, rows
from app.ticketing.models import TicketOrder, TicketWait

KEY = range(16, 65)  # letters of a form's own name


class Asked:
    """Everything the page shows. Refuses an event that sells nothing now."""

    def __init__(self, event: Event, typed: dict[str, str], who: Person | None) -> None:
        self.event, self.typed, self.who = event, typed, who
        self.offer = offer(event, typed.get("offre", ""))
        given = typed.get("cle", "")
        self.key = given if len(given) in KEY else fresh_token()
        kept, self.kept_until = _mine(event, self.key)
        if self.offer is not None and self.offer.offered_until is not None:
            self.kept_until = self.offer.offered_until
        found = rows.shelf(event, who, self.offer, kept)
        if found is None or event.state != "published" or event.ends_at <= clock.now():
            raise Gone(_("La billetterie de cet événement est fermée."))
        self.shelf = found
        if self.offer and not any(name.startswith(basket.COUNT) for name in typed):
            typed[f"{basket.COUNT}{self.offer.category_id}"] = str(self.offer.quantity)
        self.basket = basket.read(typed, [row.kind for row in found.rows], found.sale.most)
        self.bill = bill.of(self.basket, event.id, typed.get("promo", ""))

    def form(self, **given: Any) -> PayerForm:
        """Who buys, for whom, how; who signed in says neither e-mail nor name."""
        mark = terms.mark_of(of_tenant())
        return PayerForm(
            means=paying.means(self.bill.price_cents, self.who),
            known=self.who is not None,
            agreed=paying.has_agreed(self.who, mark),
            mark=mark,
            **given,
        )

    def counts(self) -> dict[str, str]:
        """How many of each, as an address says it."""
        return {f"{basket.COUNT}{kind}": str(n) for kind, n in self.basket.many.items()}


def _mine(event: Event, key: str) -> tuple[Counter[int], dt.datetime | None]:
    """Places of each kind that this form holds already, and until when."""
    found, until, now = Counter[int](), None, clock.now()
    for made in read.of_form(event.id, key):
        if made.state == "held" and made.held_until and made.held_until > now:
            found.update(ticket.category_id for ticket in read.tickets(made.id))
            until = made.held_until
    return found, until


def offer(event: Event, token: str) -> TicketWait | None:
    """What was offered to somebody who waited, while it stands."""
    found = read.wait_of(token) if token else None
    if found is None or found.event_id != event.id or found.state != "offered":
        return None
    return found if found.offered_until and found.offered_until > clock.now() else None


def typed_before(event: Event, token: str) -> dict[str, str] | None:
    """What an order that waits, or lapsed, holds: as it was typed, to change or take again."""
    found = read.order_of(token) if token else None
    if found is None or found.event_id != event.id or found.state not in ("held", "lapsed"):
        return None
    typed = {"email": found.email, "nom": found.name, **_tickets(found)}
    if found.state == "held":
        typed["cle"] = found.form_key.partition(".")[0]
    if found.organisation and found.company_id is None:
        typed |= {"organisation": "1", "raison": str(found.organisation.get("name", ""))}
        typed["siren"] = str(found.organisation.get("siren", ""))
    code = read.promo(found.promo_id) if found.promo_id else None
    return typed | {"bon": found.order_number, "promo": code.code if code else ""}


def _tickets(found: TicketOrder) -> dict[str, str]:
    typed: dict[str, str] = {}
    many: dict[int, int] = {}
    for one in read.tickets(found.id):
        kind, turn = one.category_id, many.get(one.category_id, 0)
        many[kind] = turn + 1
        typed[f"{basket.NAME}{kind}-{turn}"] = one.holder_name
        typed[f"{basket.AMOUNT}{kind}"] = f"{one.list_cents // 100},{one.list_cents % 100:02d}"
        for n, said in enumerate(one.answers):
            typed[f"{basket.ANSWER}{kind}-{turn}-{n}"] = said["answer"]
    return typed | {f"{basket.COUNT}{kind}": str(n) for kind, n in many.items()}
