"""What is sold, to whom: the rate, the category of EN 16931, the legal text and when VAT is due.

One pure rule; docs/money.md shows it as a table of 144 cells, and a test holds the two together.
Rates have dates: a change of the law is a new line, never an edit.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.core.money import vat_inside

CUSTOMERS = (
    "consumer",
    "fr_business",
    "fr_public",
    "eu_business",
    "eu_unchecked",
    "other",
)
"""`eu_business` has a VAT number that VIES confirmed; `eu_unchecked` has none, or none proved."""

EXIGIBILITY = ("collection", "debits")
COLLECTION, DEBITS = "72", "5"
"""BT-8 of EN 16931: due when paid, due when invoiced."""


@dataclass(frozen=True)
class Nature:
    """One kind of thing. `place`: `here` when French VAT follows the building, the event or the
    hand-over; `customer` when a business abroad owes it at home. `rates` by first day."""

    rates: tuple[tuple[dt.date, int], ...]
    place: str = "here"
    exempt: str = ""
    withdrawal: str = "eligible"


def _since(rate_bp: int, year: int = 2014) -> tuple[tuple[dt.date, int], ...]:
    return ((dt.date(year, 1, 1), rate_bp),)


NATURES = {
    "equipped_space": Nature(_since(2000)),
    "bare_space": Nature(_since(0), exempt="bare_letting"),
    "equipment": Nature(_since(2000), "customer"),
    "bike": Nature(_since(2000)),
    "meal": Nature(_since(1000), withdrawal="catering"),
    "alcohol": Nature(_since(2000), withdrawal="catering"),
    "show": Nature(_since(550), withdrawal="dated_leisure"),
    "admission": Nature(_since(2000), withdrawal="dated_leisure"),
    "training": Nature(_since(0), exempt="training"),
    "domiciliation": Nature(_since(2000), "customer"),
    "service": Nature(_since(2000), "customer"),
    "voucher": Nature(_since(0), exempt="multi_purpose_voucher"),
}
WITHDRAWAL = ("eligible", "catering", "dated_leisure")


@dataclass(frozen=True)
class Tax:
    """What a document says of one line: rate, category, text, BT-8 (empty when nothing is due)."""

    rate_bp: int
    category: str
    text: str
    due: str


@dataclass(frozen=True)
class Sold:
    """A thing as one customer buys it: what is asked for, its rate, its category, and the legal
    text (app/invoicing/law.toml) when no VAT is due."""

    gross_cents: int
    rate_bp: int
    category: str
    reason: str

    @property
    def is_abroad(self) -> bool:
        """Whether VAT is due at the customer's, so that the price is asked for without ours."""
        return self.reason in ABROAD.values()


ABROAD = {"reverse_charge": "reverse_charge", "outside_france": "outside_france"}
"""What `tax` says of a firm abroad, and the text that its document carries."""


def rate_on(nature: str, day: dt.date) -> int:
    """The rate of a nature on a day; refuses a day before its first."""
    found = [rate for first, rate in NATURES[nature].rates if first <= day]
    if not found:
        raise LookupError(f"{nature} had no rate on {day}")
    return found[-1]


def vat_on(nature: str, usual_bp: int, day: dt.date) -> int:
    """The rate of a thing on the day it is given. A venue at the nature's own rate follows the law
    when that changes; one that has a rate of its own (exempt, overseas) keeps it."""
    own = {rate for _first, rate in NATURES[nature].rates}
    return rate_on(nature, day) if usual_bp in own else usual_bp


def reason(nature: str, rate_bp: int) -> tuple[str, str]:
    """Category of EN 16931 and legal text of a sale made here at a rate: without VAT, what exempts
    the nature, or the venue's own word that it is exempt."""
    if rate_bp:
        return "S", ""
    exempt = NATURES[nature].exempt
    texts = {"training": "training", "multi_purpose_voucher": "outside"}
    return ("O" if exempt == "multi_purpose_voucher" else "E"), texts.get(exempt, "bare_premises")


def tax(nature: str, customer: str, exigibility: str, day: dt.date) -> Tax:
    """The tax of a thing for a customer. Refuses words that it does not know."""
    if customer not in CUSTOMERS or exigibility not in EXIGIBILITY:
        raise LookupError(f"{customer}, {exigibility}")
    sold = NATURES[nature]
    if sold.exempt == "multi_purpose_voucher":
        return Tax(0, "O", sold.exempt, "")
    if sold.place == "customer" and customer == "other":
        return Tax(0, "O", "outside_france", "")
    if sold.place == "customer" and customer == "eu_business":
        return Tax(0, "AE", "reverse_charge", "")
    if sold.exempt:
        return Tax(0, "E", sold.exempt, "")
    due = DEBITS if exigibility == "debits" else COLLECTION
    return Tax(rate_on(nature, day), "S", "", due)


def sold_to(nature: str, customer: str, gross_cents: int, usual_bp: int, day: dt.date) -> Sold:
    """A thing that costs `gross_cents` with VAT at its usual rate, as this customer buys it. What
    is taxed at a firm's home is asked for without our VAT; all else at the rate of here."""
    rate = vat_on(nature, usual_bp, day)
    said = tax(nature, customer, EXIGIBILITY[0], day)
    if said.text in ABROAD and rate:
        net = gross_cents - vat_inside(gross_cents, rate)
        return Sold(net, 0, said.category, ABROAD[said.text])
    return Sold(gross_cents, rate, *reason(nature, rate))
