"""What tickets post to the ledger and add to be billed: one entry for an order, one for each ticket
that is given back, with the VAT of each rate."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from app.core.db import db
from app.core.i18n import _
from app.core.money import vat_inside
from app.core.slots import local_day
from app.core.words import fold
from app.events import read as events
from app.events import words as event_words
from app.events.models import Event
from app.invoicing import charges
from app.invoicing.clients import party_of
from app.invoicing.parts import Line as BilledLine
from app.invoicing.parts import Party, TaxRule
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.rules import Cause, Line
from app.members import companies
from app.members.models import Company, Person
from app.spaces import natures
from app.ticketing import words
from app.ticketing.models import Ticket, TicketCategory, TicketOrder

SOURCE = "ticket_order"
TWO_FOLD = 9  # digits of a SIREN; a SIRET begins with them


def rates(tickets: Iterable[Ticket]) -> dict[int, int]:
    """Gross cents at each rate."""
    found: dict[int, int] = defaultdict(int)
    for one in tickets:
        found[one.vat_bp] += one.price_cents
    return dict(found)


def sold(order: TicketOrder, tickets: list[Ticket]) -> None:
    """An order was confirmed; what is free is billed to nobody."""
    lines = _lines([(one.price_cents, one.vat_bp) for one in tickets], taxes.vat_account())
    ledger.post(Cause(SOURCE, order.id, "sold", order.code), order.currency, lines)
    groups: dict[tuple[int, str], list[Ticket]] = defaultdict(list)
    kinds = {one.id: one for one in _kinds(tickets)}
    for one in tickets:
        groups[one.vat_bp, kinds[one.category_id].nature].append(one)
    for (rate, nature), group in sorted(groups.items()):
        _charge(order, group, f"sold:{rate}:{nature}", nature, kinds)


def given_back(order: TicketOrder, ticket: Ticket, cents: int) -> None:
    """A ticket, or a part of its price, is no longer asked for."""
    account = taxes.vat_account_of(SOURCE, order.id)
    back = ledger.reversal(_lines([(cents, ticket.vat_bp)], account))
    ledger.post(Cause(SOURCE, order.id, f"cancelled:{ticket.id}", order.code), order.currency, back)
    kinds = {one.id: one for one in _kinds([ticket])}
    nature = kinds[ticket.category_id].nature
    _charge(order, [ticket], f"cancelled:{ticket.id}", nature, kinds, -cents)


def tax_abroad(
    order: TicketOrder, firm: Company, tickets: list[Ticket], kinds: dict[int, TicketCategory],
    day: dt.date,
) -> dict[str, list[str]]:  # fmt: skip
    """Take our VAT out of what a firm owes at its home, before it is sold: category and reason of
    each such nature. Admission, shows and meals are taxed where they are held, whoever comes."""
    found: dict[str, list[str]] = {}
    who = companies.tax_kind(firm)
    for one in tickets:
        nature, rate = kinds[one.category_id].nature, one.vat_bp
        said = natures.sold_to(nature, who, one.price_cents, rate, day)
        if said.is_abroad:
            one.list_cents -= vat_inside(one.list_cents, rate)
            one.price_cents, one.vat_bp = said.gross_cents, said.rate_bp
            found[nature] = [said.category, said.reason]
    order.price_cents = sum(one.price_cents for one in tickets)
    order.discount_cents = sum(one.list_cents for one in tickets) - order.price_cents
    return found


def _lines(sold_at: list[tuple[int, int]], account: str) -> list[Line]:
    """The lines of several sales, one for each account and rate: VAT is rounded on each ticket, so
    that giving one back leaves no cent behind."""
    found: dict[tuple[str, int | None], int] = defaultdict(int)
    for cents, rate in sold_at:
        for line in ledger.sale(cents, rate, account):
            found[line.account, line.vat_bp] += line.amount_cents
    return [Line(name, cents, rate) for (name, rate), cents in found.items()]


def _kinds(tickets: Iterable[Ticket]) -> list[TicketCategory]:
    wanted = sorted({one.category_id for one in tickets})
    return [db.session.get_one(TicketCategory, id_) for id_ in wanted]


def _charge(
    order: TicketOrder, tickets: list[Ticket], event: str, nature: str,
    kinds: dict[int, TicketCategory], back: int | None = None,
) -> None:  # fmt: skip
    parts = [one.price_cents for one in tickets] if back is None else [back]
    gross, rate = sum(parts), tickets[0].vat_bp
    if not gross:
        return
    vat = sum(vat_inside(cents, rate) for cents in parts)
    happens = db.session.get_one(Event, order.event_id)
    person = db.session.get(Person, order.person_id) if order.person_id else None
    customer, buyer = _buyer(order, person)
    day = local_day(happens.starts_at, events.site(happens).zone)
    listed = sum(one.list_cents for one in tickets)
    charges.add(
        charges.Sale(
            source=SOURCE,
            source_id=order.id,
            event=event,
            customer=customer,
            buyer=buyer,
            person_id=order.person_id,
            currency=order.currency,
            lang=order.locale,
            order_number=order.order_number,
            by=order.by_account,
            line=BilledLine(
                label=event_words.title(happens, order.locale),
                detail=_detail(order, tickets, kinds, back),
                gross_cents=gross,
                vat_cents=vat,
                list_cents=listed if back is None and listed > gross else 0,
                discount=_("Code promo") if back is None and listed > gross else "",
                tax=_tax(order, nature, rate),
                starts_on=day,
                ends_on=day,
            ),
        )
    )


def _tax(order: TicketOrder, nature: str, rate: int) -> TaxRule:
    """The rate that was sold, and why it is none."""
    abroad = order.organisation.get("tax", {}).get(nature) if rate == 0 else None
    category, reason = abroad or natures.reason(nature, rate)
    return TaxRule(rate_bp=rate, category=category, reason=reason)


def _detail(
    order: TicketOrder, tickets: list[Ticket], kinds: dict[int, TicketCategory], back: int | None
) -> str:
    many: dict[str, int] = defaultdict(int)
    for one in tickets:
        many[words.category(kinds[one.category_id])] += 1
    said = ", ".join(f"{count} × {name}" for name, count in many.items())
    if back is not None:
        said = _("%(what)s, annulé", what=said)
    return f"{said}, {order.name}" if order.company_id else said


def _buyer(order: TicketOrder, person: Person | None) -> tuple[str, Party]:
    """Who is billed: the company, the organisation that was typed, the person, or nobody known."""
    if order.company_id is not None:
        firm = db.session.get_one(Company, order.company_id)
        return f"company:{firm.id}", party_of(firm)
    if order.organisation.get("name"):
        return _firm(order)
    if person is None:
        name = order.name or _("Client de passage")
        return f"tickets:{order.id}", Party(name=name, email=order.email)
    return f"person:{person.id}", Party(name=person.name, email=person.email)


def _firm(order: TicketOrder) -> tuple[str, Party]:
    """An organisation that the buyer typed: known by its number, else by its name."""
    name, number = str(order.organisation["name"]), str(order.organisation.get("siren") or "")
    siren = number[:TWO_FOLD]
    return f"siren:{siren}" if siren else f"firm:{fold(name)}", Party(
        kind="fr_business",
        name=name,
        siren=siren,
        siret=number if len(number) > TWO_FOLD else "",
        email=order.email,
        contact=order.name,
    )
