"""What a document says, frozen: parties, lines, tax, references. This is where features meet:
whoever sells builds these, nothing here knows a room, a person's row or a request."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from app.core.money import vat_inside

CUSTOMERS = ("consumer", "fr_business", "eu_business", "other")
KINDS = ("quote", "deposit", "invoice", "credit_note")
PAYABLE = ("invoice", "deposit")
CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O")
"""VAT categories of EN 16931 that France knows."""

UNITS = {"hour": "HUR", "day": "DAY", "month": "MON", "piece": "C62", "person": "IE"}
"""Our words for units of UN/ECE Recommendation 20."""

Part = TypeVar("Part")


@dataclass(frozen=True, kw_only=True)
class Party:
    """Who sells or who pays, as known on the day of the document."""

    name: str
    kind: str = "consumer"
    street: str = ""
    extra: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FR"
    siren: str = ""
    siret: str = ""
    vat: str = ""
    endpoint: str = ""
    email: str = ""
    phone: str = ""
    contact: str = ""
    reference: str = ""

    @property
    def is_business(self) -> bool:
        """Anybody but a consumer."""
        return self.kind != "consumer"


@dataclass(frozen=True, kw_only=True)
class TaxRule:
    """How a thing is taxed: rate in basis points, category, and why when nothing is due.

    `reason` names a legal text (app/invoicing/law.toml), `code` is its VATEX code.
    """

    rate_bp: int
    category: str = "S"
    nature: str = "services"
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing sold. The gross is what was promised; its VAT is what the ledger holds of it.

    `list_cents` is the gross before a discount, when there is one; `of_line` is the line of an
    earlier document that a credit note gives back.
    """

    label: str
    gross_cents: int
    vat_cents: int
    tax: TaxRule
    detail: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = "piece"
    list_cents: int = 0
    discount: str = ""
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    of_line: int = 0

    @property
    def net_cents(self) -> int:
        """Without VAT."""
        return self.gross_cents - self.vat_cents

    @property
    def list_net_cents(self) -> int:
        """Without VAT, before the discount."""
        if not self.list_cents:
            return self.net_cents
        return self.list_cents - vat_inside(self.list_cents, self.tax.rate_bp)


def priced(label: str, gross_cents: int, tax: TaxRule, **more: Any) -> Line:
    """A line whose VAT is what a sale of that price holds."""
    vat = vat_inside(gross_cents, tax.rate_bp)
    return Line(label=label, gross_cents=gross_cents, vat_cents=vat, tax=tax, **more)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """An earlier document, by number and day."""

    number: str
    issued_on: dt.date
    amount_cents: int = 0
    vat_cents: int = 0
    paid_on: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Settled:
    """Money that came before the document."""

    on: dt.date
    method: str
    amount_cents: int


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How and when to pay, and what the seller has chosen: copied from its settings."""

    iban: str = ""
    bic: str = ""
    debits: bool = False
    franchise: bool = False
    legal_form: str = ""
    capital: str = ""
    register: str = ""
    penalty_rate: str = ""
    brand: str = ""


@dataclass(frozen=True, kw_only=True)
class FixedVat:
    """The VAT of a rate when it must end at what is left of the document that is credited."""

    category: str
    rate_bp: int
    vat_cents: int


@dataclass(frozen=True, kw_only=True)
class Paper:
    """All that a document says. Number and day are empty until it is issued."""

    kind: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    terms: Terms = field(default_factory=Terms)
    lang: str = "fr"
    currency: str = "EUR"
    number: str = ""
    issued_on: dt.date | None = None
    due_on: dt.date | None = None
    order_number: str = ""
    note: str = ""
    settled: tuple[Settled, ...] = ()
    deposits: tuple[Reference, ...] = ()
    refers_to: tuple[Reference, ...] = ()
    fixed_vat: tuple[FixedVat, ...] = ()

    @property
    def prepaid_cents(self) -> int:
        """What was paid before, deposits included."""
        paid = sum(one.amount_cents for one in self.settled)
        return paid + sum(one.amount_cents for one in self.deposits)

    @property
    def period(self) -> tuple[dt.date, dt.date] | None:
        """First and last day of service over all lines."""
        starts = [line.starts_on for line in self.lines if line.starts_on]
        ends = [line.ends_on or line.starts_on for line in self.lines if line.starts_on]
        return (min(starts), max(day for day in ends if day)) if starts else None


def freeze(part: Any) -> Any:
    """A part as JSON; what holds its default is left out."""
    if is_dataclass(part) and not isinstance(part, type):
        said = [(f, getattr(part, f.name)) for f in fields(part)]
        return {f.name: freeze(value) for f, value in said if value != f.default}
    if isinstance(part, tuple | list):
        return [freeze(one) for one in part]
    if isinstance(part, dt.date):
        return part.isoformat()
    return str(part) if isinstance(part, Decimal) else part


def thaw(kind: type[Part], stored: dict[str, Any]) -> Part:
    """The part again. Names that this version does not know are refused, none is guessed."""
    hints = _hints(kind)
    return kind(**{name: _thawed(hints[name], value) for name, value in stored.items()})


_known: dict[object, dict[str, Any]] = {}


def _hints(kind: object) -> dict[str, Any]:
    """Types of a part's fields; reading them is slow, so once."""
    if kind not in _known:
        _known[kind] = get_type_hints(kind)
    return _known[kind]


def _thawed(hint: Any, value: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if value is None:
        return None
    if get_origin(hint) is tuple:
        return tuple(_thawed(get_args(hint)[0], one) for one in value)
    if is_dataclass(hint):
        return thaw(hint, value)  # type: ignore[arg-type]  # a dataclass is a type
    if hint is dt.date:
        return dt.date.fromisoformat(value)
    return Decimal(value) if hint is Decimal else value
