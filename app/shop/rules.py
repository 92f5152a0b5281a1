"""Selling at the desk: the ledger first, then a charge, then the money; and taking a sale back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core import clock, slots, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, euros
from app.core.money import vat_inside
from app.core.signals import publish
from app.invoicing import charges, clients
from app.invoicing.parts import Line, Party, TaxRule
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.rules import Cause
from app.members import companies
from app.members.facts import SpendingAsked
from app.members.models import Company, Person
from app.payments import refunds
from app.payments import rules as payments
from app.shop.models import DeskSale, Product
from app.spaces import natures

SOURCE = "desk_sale"


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


def sell(
    one: Product, quantity: int, buyer: Buyer, way: str, zone: ZoneInfo, by: int | None
) -> DeskSale:
    """Sell now. Refuses what is put away, a quantity that is none, an account that the buyer does
    not have, and more than a company's month has left."""
    if one.archived_at is not None:
        raise Refused(_("Ce produit n’est plus en vente."))
    if not 1 <= quantity <= 999:
        raise Refused(_("Indiquez une quantité de 1 à 999."), field="quantite")
    gross = one.unit_cents * quantity
    day = slots.local_day(clock.now(), zone)
    firm = _account(buyer, way, gross, day, zone)
    made = DeskSale(
        product_id=one.id,
        person_id=buyer.person.id if buyer.person else None,
        company_id=firm.id if firm else None,
        buyer_name=buyer.person.name if buyer.person else buyer.name,
        label=one.name,
        quantity=quantity,
        unit_cents=one.unit_cents,
        gross_cents=gross,
        vat_bp=natures.vat_on(one.nature, one.vat_bp, day),
        way=way,
        sold_at=clock.now(),
        sold_by=by,
    )
    db.session.add(made)
    db.session.flush()  # id for the ledger
    lines = ledger.sale(gross, made.vat_bp, taxes.vat_account())
    ledger.post(Cause(SOURCE, made.id, "sold", made.label), "EUR", lines)
    _charge(made, one.nature, "sold", 1, day, buyer, firm)
    if way in payments.AT_DESK:
        due = payments.Due(SOURCE, made.id, gross, made.person_id)
        payments.record_at_desk(due, way, by)
    return made


def _account(buyer: Buyer, way: str, gross: int, day: dt.date, zone: ZoneInfo) -> Company | None:
    """Who pays later, if it is later."""
    if way == "company":
        if buyer.person is None or buyer.company_id is None:
            raise Refused(_("Choisissez qui achète pour l’entreprise."), field="email")
        firm = companies.for_spending(buyer.company_id, buyer.person.id)
        rest = left(firm, day, zone)
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
        return firm
    if way == "on_account" and (buyer.person is None or buyer.person.standing != "on_account"):
        raise Refused(_("Cette personne n’a pas de compte ici."), field="moyen")
    if way not in (*payments.AT_DESK, "on_account"):
        raise Refused(_("Choisissez comment ce sera payé."), field="moyen")
    return None


def left(firm: Company, day: dt.date, zone: ZoneInfo) -> int | None:
    """What a company's month has left after all that its people bought, of whoever sells."""
    if firm.budget_cents is None:
        return None
    first = day.replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    asked = SpendingAsked(
        firm.id, slots.day_bounds(first, zone).start, slots.day_bounds(after, zone).start
    )
    publish(asked)
    return firm.budget_cents - sum(spent.cents for spent in asked.found.values())


def _charge(
    made: DeskSale, nature: str, event: str, sign: int, day: dt.date, buyer: Buyer,
    firm: Company | None,
) -> None:  # fmt: skip
    category, reason = natures.reason(nature, made.vat_bp)
    customer, party = _party(made, buyer.person, firm)
    charges.add(
        charges.Sale(
            source=SOURCE,
            source_id=made.id,
            event=event,
            customer=customer,
            buyer=party,
            person_id=made.person_id,
            lang=buyer.person.locale if buyer.person else "fr",
            line=Line(
                label=made.label,
                detail=made.buyer_name if firm else "",
                gross_cents=sign * made.gross_cents,
                vat_cents=sign * vat_inside(made.gross_cents, made.vat_bp),
                tax=TaxRule(rate_bp=made.vat_bp, category=category, reason=reason),
                quantity=Decimal(made.quantity),
                starts_on=day,
                ends_on=day,
            ),
        )
    )


def _party(made: DeskSale, person: Person | None, firm: Company | None) -> tuple[str, Party]:
    if firm is not None:
        return f"company:{firm.id}", clients.party_of(firm)
    if person is not None:
        return f"person:{person.id}", Party(name=person.name, email=person.email)
    return f"sale:{made.id}", Party(name=made.buyer_name or _("Client de passage"))


def cancel(one: DeskSale, nature: str, zone: ZoneInfo, by: int | None) -> None:
    """Take a sale back: it is owed no more, and what was paid goes back the way it came. Once."""
    found = db.session.scalars(
        select(DeskSale).where(DeskSale.id == one.id).with_for_update()
    ).one()
    if found.cancelled_at is not None:
        return
    found.cancelled_at, found.cancelled_by = clock.now(), by
    account = taxes.vat_account_of(SOURCE, found.id)
    back = ledger.reversal(ledger.sale(found.gross_cents, found.vat_bp, account))
    ledger.post(Cause(SOURCE, found.id, "cancelled", found.label), "EUR", back)
    person = db.session.get(Person, found.person_id) if found.person_id else None
    firm = db.session.get(Company, found.company_id) if found.company_id else None
    buyer = Buyer(person, found.company_id, found.buyer_name)
    _charge(found, nature, "cancelled", -1, slots.local_day(found.sold_at, zone), buyer, firm)
    owed = -payments.due_on(SOURCE, found.id)
    if owed > 0:
        refunds.give_back(SOURCE, found.id, owed, "cancelled", by)
