"""A venue that may issue, sales to bill, and a press that prints a line instead of a page."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.slots import local_day
from app.invoicing import charges, drafts, sellers
from app.invoicing.issue import Work, issue
from app.invoicing.models import Document, Draft
from app.invoicing.parts import Paper, Party, TaxRule, freeze, priced
from app.invoicing.press import Printed
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.chain import Keys
from app.ledger.rules import Cause
from app.tenants.models import Tenant
from tests.invoicing.papers import CONSUMER, FIRM, S20

KEYS = Keys.of(["a key of the books, for tests only, long"])
LEGAL = {
    "company": "Le Moulin Neuf", "street": "12 rue du Moulin", "postcode": "69001", "city": "Lyon",
    "siren": "732829320", "vat": "FR44732829320",
}  # fmt: skip
PROFILE: dict[str, Any] = {
    "siret": "73282932000074", "legal_form": "SCIC SARL", "capital": "48 200 €",
    "register": "RCS Lyon 732 829 320", "email": "comptes@moulin.example", "bic": "AGRIFRPP882",
    "iban": "FR1420041010050500013M02606", "penalty_rate": "", "terms_days": 30,
    "franchise": False, "prefix": "F", "consumers": "on_request",
}  # fmt: skip
numbers = itertools.count(10_000)


def tenant(tenant_id: int) -> Tenant:
    return db.session.scalars(select(Tenant).where(Tenant.id == tenant_id)).one()


def today() -> dt.date:
    """The day of the books of every venue of the tests."""
    return local_day(clock.now(), ZoneInfo("Europe/Paris"))


def complete(tenant_id: int) -> Tenant:
    """Fill all that the law wants of the venue."""
    found = tenant(tenant_id)
    found.legal = LEGAL
    sellers.keep(PROFILE)
    db.session.flush()
    return found


def sell(
    cents: int,
    rule: TaxRule = S20,
    *,
    buyer: Party = FIRM,
    customer: str = "siren:552100554",
    label: str = "Salle Curie",
    on: dt.date = dt.date(2026, 11, 3),
    **more: Any,
) -> int:
    """Sell something as a feature does: the ledger first, then a charge. Its number."""
    number = next(numbers)
    cause = Cause("test", number, "sold", label)
    ledger.post(cause, "EUR", ledger.sale(cents, rule.rate_bp, taxes.vat_account()))
    line = priced(label, cents, rule, starts_on=on, ends_on=on, **more)
    charges.add(
        charges.Sale(
            source="test", source_id=number, event="sold", customer=customer, buyer=buyer, line=line
        )
    )
    return number


def take_back(
    number: int, cents: int, rule: TaxRule = S20, *, customer: str = "siren:552100554"
) -> None:
    """Give a sale back, or a part of it."""
    account = taxes.vat_account_of("test", number)
    back = ledger.reversal(ledger.sale(cents, rule.rate_bp, account))
    ledger.post(Cause("test", number, f"back:{cents}"), "EUR", back)
    line = priced("Salle Curie", -cents, rule, starts_on=dt.date(2026, 11, 3), detail="annulée")
    charges.add(
        charges.Sale(
            source="test", source_id=number, event=f"back:{cents}", customer=customer, buyer=FIRM,
            line=line,
        )
    )  # fmt: skip


def pay(number: int, cents: int, source: str = "test") -> None:
    """Money that comes for something."""
    taxes.receive(Cause(source, number, f"captured:{next(numbers)}"), "EUR", "bank", cents)


def press(paper: Paper) -> Printed:
    """What the paper says, as bytes: enough where the page is not what is tested."""
    said = json.dumps(freeze(paper), ensure_ascii=False).encode()
    return Printed(said, said, {"en16931": 99, "french": 66})


def work(tenant_id: int, **more: Any) -> Work:
    return Work(tenant(tenant_id), KEYS, **({"press": press} | more))


def draft(tenant_id: int, customer: str = "siren:552100554", until: dt.date | None = None) -> Draft:
    found = drafts.from_charges(tenant(tenant_id), customer, "EUR", until=until, by=None)
    assert found is not None
    return found


def invoice(tenant_id: int, customer: str = "siren:552100554", **more: Any) -> Document:
    return issue(draft(tenant_id, customer).id, work(tenant_id, **more))


def consumer(cents: int, **more: Any) -> int:
    return sell(cents, buyer=CONSUMER, customer="person:7", **more)


def consumer_of(customer: str, cents: int) -> int:
    return sell(cents, buyer=CONSUMER, customer=customer)
