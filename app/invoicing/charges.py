"""Whoever sells adds charges here and gets no answer but that they are kept. A sale that changes
or ends adds another charge; what was added is never edited."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Row, func, select

from app.core import tenancy
from app.core.db import db, insert_once, send
from app.invoicing.models import OPEN_CHARGE, Buyer, Charge
from app.invoicing.parts import Line, Party, TaxRule, freeze, thaw


@dataclass(frozen=True, kw_only=True)
class Sale:
    """What somebody sold, to whom, for which movement of the ledger. The three of `source`,
    `source_id` and `event` are charged once; a gross below zero takes back."""

    source: str
    source_id: int
    event: str
    customer: str
    buyer: Party
    line: Line
    person_id: int | None = None
    currency: str = "EUR"
    lang: str = "fr"
    order_number: str = ""
    by: int | None = None


KEEP = insert_once(
    Charge,
    *("tenant_id", "source", "source_id", "event", "customer", "person_id", "buyer", "lang"),
    *("currency", "order_number", "added_by", "label", "detail", "quantity", "unit"),
    *("gross_cents", "vat_cents", "list_cents", "discount", "tax", "starts_on", "ends_on"),
)


def add(sale: Sale) -> bool:
    """Keep one charge; False when it was kept before."""
    line = sale.line
    if line.starts_on is None:
        raise ValueError(f"{sale.source} {sale.source_id} {sale.event}: a charge has its days")
    values = {
        "tenant_id": tenancy.tenant_id(),
        "source": sale.source,
        "source_id": sale.source_id,
        "event": sale.event,
        "customer": sale.customer,
        "person_id": sale.person_id,
        "buyer": freeze(sale.buyer),
        "lang": sale.lang,
        "currency": sale.currency,
        "order_number": sale.order_number,
        "added_by": sale.by,
        "label": line.label,
        "detail": line.detail,
        "quantity": line.quantity,
        "unit": line.unit,
        "gross_cents": line.gross_cents,
        "vat_cents": line.vat_cents,
        "list_cents": line.list_cents,
        "discount": line.discount,
        "tax": freeze(line.tax),
        "starts_on": line.starts_on,
        "ends_on": line.ends_on or line.starts_on,
    }
    return send(KEEP, values).scalar() is not None


def open_of(customer: str, currency: str, until: dt.date | None = None) -> list[Charge]:
    """What a customer may be billed for, locked; oldest service first. With `until`, only things
    that are over by then, and whatever took back a part of them."""
    found = db.session.scalars(
        select(Charge)
        .where(Charge.customer == customer, Charge.currency == currency, OPEN_CHARGE)
        .order_by(Charge.id)
        .with_for_update()
    ).all()
    if until is None:
        return list(found)
    latest: dict[tuple[str, int], dt.date] = {}
    for charge in found:
        latest[charge.source, charge.source_id] = charge.ends_on
    return [charge for charge in found if latest[charge.source, charge.source_id] <= until]


def of_source(source: str, source_id: int) -> list[Charge]:
    """Every charge of one thing, oldest first."""
    return list(
        db.session.scalars(
            select(Charge)
            .where(Charge.source == source, Charge.source_id == source_id)
            .order_by(Charge.id)
        )
    )


@dataclass(frozen=True)
class Waiting:
    """A customer with open charges."""

    customer: str
    currency: str
    name: str
    kind: str
    count: int
    gross_cents: int
    first_on: dt.date
    last_on: dt.date
    taken_back: bool


def waiting(*, until: dt.date | None = None, businesses: bool = False) -> list[Waiting]:
    """Customers with something to bill, by name. Those whose charges only take back come too:
    they are owed a credit note."""
    newest = func.max(Charge.id)
    query = (
        select(
            Charge.customer,
            Charge.currency,
            newest.label("newest"),
            func.count().label("many"),
            func.sum(Charge.gross_cents).label("gross"),
            func.min(Charge.starts_on).label("first_on"),
            func.max(Charge.ends_on).label("last_on"),
        )
        .where(OPEN_CHARGE)
        .group_by(Charge.customer, Charge.currency)
    )
    if until is not None:
        query = query.where(Charge.ends_on <= until)
    rows = db.session.execute(query).all()
    parties = _parties([row.newest for row in rows])
    found = [_waiting(row, parties[row.newest]) for row in rows]
    if businesses:
        found = [one for one in found if one.kind != "consumer"]
    return sorted(found, key=lambda one: (one.name.casefold(), one.customer))


def _parties(newest: Sequence[int]) -> dict[int, Party]:
    """Buyers as their newest charge knows them, or as staff corrected them since."""
    rows = db.session.execute(
        select(Charge.id, Charge.buyer, Buyer.party)
        .outerjoin(Buyer, Buyer.customer == Charge.customer)
        .where(Charge.id.in_(newest))
    )
    return {id_: thaw(Party, corrected or buyer) for id_, buyer, corrected in rows}


def _waiting(row: Row[tuple[str, str, int, int, int, dt.date, dt.date]], who: Party) -> Waiting:
    gross = int(row.gross)
    return Waiting(
        row.customer,
        row.currency,
        who.name,
        who.kind,
        int(row.many),
        gross,
        row.first_on,
        row.last_on,
        gross < 0,
    )


@dataclass(frozen=True)
class Bundle:
    """Charges of one sold thing that make one line. Those that come to nothing make none."""

    charges: tuple[Charge, ...]
    gross_cents: int
    vat_cents: int
    rule: TaxRule

    @property
    def line(self) -> Line:
        """As the newest charge describes it; what is left of a thing that was taken back is one
        piece of it, with the words of whoever took it back."""
        newest = self.charges[-1]
        whole = newest if newest.gross_cents >= 0 else None
        described = Line(
            label=newest.label,
            detail=newest.detail,
            gross_cents=abs(self.gross_cents),
            vat_cents=abs(self.vat_cents),
            tax=self.rule,
            quantity=Decimal(newest.quantity),
            unit=newest.unit,
            starts_on=newest.starts_on,
            ends_on=newest.ends_on,
        )
        if whole is None:
            return replace(described, quantity=Decimal(1), unit="piece")
        if len(self.charges) == 1:
            return replace(described, list_cents=whole.list_cents, discount=whole.discount)
        return described


LINE = re.compile(r"line:(\d+)(:|$)")


def _line_of(charge: Charge) -> str:
    """Which of the things sold in one go a charge is about: `line:2`, `line:2:cancelled`; none
    where one thing was sold."""
    found = LINE.match(charge.event)
    return found[1] if found else ""


def bundles(charges: Sequence[Charge]) -> list[Bundle]:
    """Charges put together by the thing that was sold and how it is taxed, by day of service."""
    groups: dict[tuple[object, ...], list[Charge]] = {}
    for charge in charges:
        rule = charge.rule
        what = (charge.source, charge.source_id, _line_of(charge))
        key = (*what, rule.rate_bp, rule.category, rule.reason)
        groups.setdefault(key, []).append(charge)
    found = [
        Bundle(
            tuple(group),
            sum(charge.gross_cents for charge in group),
            sum(charge.vat_cents for charge in group),
            group[-1].rule,
        )
        for group in groups.values()
    ]
    return sorted(found, key=lambda one: (one.charges[-1].starts_on, one.charges[0].id))
