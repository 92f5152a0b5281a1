"""Selling at the desk: the ledger first, then a charge, then the money; and taking a sale back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core import clock, slots, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, euros
from app.core.money import vat_inside
from app.invoicing import charges, clients
from app.invoicing.parts import Line, Party, TaxRule
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.rules import Cause
from app.members import companies, spending
from app.members.models import Company, Person
from app.payments import refunds
from app.payments import rules as payments
from app.shop import reductions
from app.shop.models import DeskSale, DeskSaleLine, Product
from app.spaces import natures

SOURCE = "desk_sale"
MOST = 999


@dataclass(frozen=True)
class Buyer:
    """Who buys: somebody the venue knows, for a company or not, or just a name, or nobody."""

    person: Person | None = None
    company_id: int | None = None
    name: str = ""


def sale(sale_id: int) -> DeskSale | None:
    """A sale of the entered venue."""
    return db.session.scalars(
        select(DeskSale).where(DeskSale.id == sale_id, DeskSale.tenant_id == tenancy.tenant_id())
    ).one_or_none()


Basket = Sequence[tuple[Product, int]]
"""What somebody wants, and how many of each."""


def total_cents(basket: Basket, zone: ZoneInfo) -> int:
    """What it costs now, VAT included."""
    reduced = reductions.live(slots.local_day(clock.now(), zone))
    return sum(reductions.price_of(one, reduced) * many for one, many in basket)


def sell(
    basket: Basket, buyer: Buyer, way: str, zone: ZoneInfo, by: int | None,
    *, till_site_id: int | None = None,
) -> DeskSale:  # fmt: skip
    """Sell now, several products in one go. Refuses what is put away, an empty basket, a quantity
    that is none, an account that the buyer does not have, and more than a company's month has
    left."""
    _check(basket)
    day = slots.local_day(clock.now(), zone)
    firm = _firm(buyer, way)
    reduced = reductions.live(day)
    sold = [_sold(one, reductions.price_of(one, reduced), day, firm) for one, _many in basket]
    pairs = enumerate(zip(basket, sold, strict=True), 1)
    lines = [_line(number, one, said) for number, (one, said) in pairs]
    gross = sum(line.gross_cents for line in lines)
    if firm is not None:
        _within(firm, gross, zone)
    made = DeskSale(
        person_id=buyer.person.id if buyer.person else None,
        company_id=firm.id if firm else None,
        buyer_name=buyer.person.name if buyer.person else buyer.name,
        gross_cents=gross,
        way=way,
        sold_at=clock.now(),
        sold_by=by,
        lines=lines,
    )
    db.session.add(made)
    db.session.flush()  # id for the ledger
    ledger.post(Cause(SOURCE, made.id, "sold", made.label), "EUR", _posted(made))
    for line, said in zip(made.lines, sold, strict=True):
        tax = TaxRule(rate_bp=said.rate_bp, category=said.category, reason=said.reason)
        _charge(made, line, tax, day, buyer, firm)
    if way in payments.AT_DESK:
        due = payments.Due(SOURCE, made.id, gross, made.person_id)
        payments.record_at_desk(due, way, by, till_site_id)
    return made


def _check(basket: Basket) -> None:
    if not basket:
        raise Refused(_("Choisissez au moins un produit."), field="produit")
    for one, many in basket:
        if one.archived_at is not None:
            raise Refused(_("%(name)s n’est plus en vente.", name=one.name), field="produit")
        if not 1 <= many <= MOST:
            raise Refused(_("Indiquez une quantité de 1 à 999."), field=f"q{one.id}")


def _sold(one: Product, cents: int, day: dt.date, firm: Company | None) -> natures.Sold:
    """One of a product as it is sold: a firm that owes its VAT at home pays the price without it.
    Anybody but a company that the venue knows buys as a consumer does."""
    kind = "consumer" if firm is None else companies.tax_kind(firm)
    return natures.sold_to(one.nature, kind, cents, one.vat_bp, day)


def _line(number: int, wanted: tuple[Product, int], said: natures.Sold) -> DeskSaleLine:
    one, many = wanted
    return DeskSaleLine(
        number=number,
        product_id=one.id,
        label=one.name,
        nature=one.nature,
        quantity=many,
        unit_cents=said.gross_cents,
        gross_cents=said.gross_cents * many,
        vat_bp=said.rate_bp,
    )


def _posted(made: DeskSale, account: str | None = None) -> list[ledger.Line]:
    """What the ledger holds of a sale: each product at its rate."""
    account = account or taxes.vat_account()
    return [
        posted
        for line in made.lines
        for posted in ledger.sale(line.gross_cents, line.vat_bp, account)
    ]


def _firm(buyer: Buyer, way: str) -> Company | None:
    """The company that pays, if one does. Refuses an account that the buyer does not have."""
    if way == "company":
        if buyer.person is None or buyer.company_id is None:
            raise Refused(_("Choisissez qui achète pour l’entreprise."), field="email")
        return companies.for_spending(buyer.company_id, buyer.person.id)
    if way == "on_account" and (buyer.person is None or buyer.person.standing != "on_account"):
        raise Refused(_("Cette personne n’a pas de compte ici."), field="moyen")
    if way not in (*payments.AT_DESK, "on_account"):
        raise Refused(_("Choisissez comment ce sera payé."), field="moyen")
    return None


def _within(firm: Company, gross: int, zone: ZoneInfo) -> None:
    """Refuse more than a company's month has left."""
    rest = spending.left(firm, clock.now(), zone)
    if rest is not None and gross > rest:
        raise Refused(
            _(
                "Le budget du mois de %(company)s n’y suffit plus : il reste %(left)s."
                " Encaissez par un autre moyen.",
                company=firm.name,
                left=euros(max(rest, 0)),
            ),
            field="moyen",
        )


def _charge(
    made: DeskSale, line: DeskSaleLine, tax: TaxRule, day: dt.date, buyer: Buyer,
    firm: Company | None, *, taken_back: bool = False,
) -> None:  # fmt: skip
    customer, party = _party(made, buyer.person, firm)
    sign, event = (-1, ":cancelled") if taken_back else (1, "")
    charges.add(
        charges.Sale(
            source=SOURCE,
            source_id=made.id,
            event=f"line:{line.number}{event}",
            customer=customer,
            buyer=party,
            person_id=made.person_id,
            lang=buyer.person.locale if buyer.person else "fr",
            line=Line(
                label=line.label,
                detail=made.buyer_name if firm else "",
                gross_cents=sign * line.gross_cents,
                vat_cents=sign * vat_inside(line.gross_cents, line.vat_bp),
                tax=tax,
                quantity=Decimal(line.quantity),
                starts_on=day,
                ends_on=day,
            ),
        )
    )


def _sold_as(made: DeskSale, line: DeskSaleLine) -> TaxRule:
    """How a line was charged: whatever VIES says by now, it is taken back in the same way."""
    event = f"line:{line.number}"
    charged = [one.rule for one in charges.of_source(SOURCE, made.id) if one.event == event]
    category, reason = natures.reason(line.nature, line.vat_bp)
    return charged[0] if charged else TaxRule(rate_bp=line.vat_bp, category=category, reason=reason)


def _party(made: DeskSale, person: Person | None, firm: Company | None) -> tuple[str, Party]:
    if firm is not None:
        return f"company:{firm.id}", clients.party_of(firm)
    if person is not None:
        return f"person:{person.id}", Party(name=person.name, email=person.email)
    return f"sale:{made.id}", Party(name=made.buyer_name or _("Client de passage"))


def cancel(one: DeskSale, zone: ZoneInfo, by: int | None) -> None:
    """Take a sale back: it is owed no more, and what was paid goes back the way it came. Once."""
    found = db.session.scalars(
        select(DeskSale).where(DeskSale.id == one.id).with_for_update()
    ).one()
    if found.cancelled_at is not None:
        return
    found.cancelled_at, found.cancelled_by = clock.now(), by
    back = ledger.reversal(_posted(found, taxes.vat_account_of(SOURCE, found.id)))
    ledger.post(Cause(SOURCE, found.id, "cancelled", found.label), "EUR", back)
    person = db.session.get(Person, found.person_id) if found.person_id else None
    firm = db.session.get(Company, found.company_id) if found.company_id else None
    buyer = Buyer(person, found.company_id, found.buyer_name)
    day = slots.local_day(found.sold_at, zone)
    for line in found.lines:
        _charge(found, line, _sold_as(found, line), day, buyer, firm, taken_back=True)
    owed = -payments.due_on(SOURCE, found.id)
    if owed > 0:
        refunds.give_back(SOURCE, found.id, owed, "cancelled", by)
