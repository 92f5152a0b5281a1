"""What the lines of a document come to: VAT per rate on the document, to the cent.

Prices are promised VAT included, so a rate's VAT is taken out of the gross total of that rate
(docs/money.md, "VAT on a document"). Lines were rounded one by one when they were sold: what that
leaves is said as a rounding line, never hidden in another amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.money import share, vat_inside
from app.invoicing.parts import Line, Paper, TaxRule


@dataclass(frozen=True)
class Rate:
    """One row of the VAT table."""

    tax: TaxRule
    net_cents: int
    vat_cents: int
    rounding_cents: int

    @property
    def gross_cents(self) -> int:
        """With VAT."""
        return self.net_cents + self.vat_cents


@dataclass(frozen=True)
class Sums:
    """Totals of a document."""

    lines_cents: int
    rates: tuple[Rate, ...]
    prepaid_cents: int

    @property
    def rounding_cents(self) -> int:
        """What rounding line by line left, over all rates."""
        return sum(rate.rounding_cents for rate in self.rates)

    @property
    def net_cents(self) -> int:
        """Without VAT."""
        return sum(rate.net_cents for rate in self.rates)

    @property
    def vat_cents(self) -> int:
        """All VAT."""
        return sum(rate.vat_cents for rate in self.rates)

    @property
    def gross_cents(self) -> int:
        """With VAT."""
        return self.net_cents + self.vat_cents

    @property
    def due_cents(self) -> int:
        """What is still to be paid."""
        return self.gross_cents - self.prepaid_cents


def of(paper: Paper) -> Sums:
    """The totals of a document, rates from high to low."""
    groups: dict[tuple[str, int, str], list[Line]] = {}
    for line in paper.lines:
        key = (line.tax.category, line.tax.rate_bp, line.tax.reason)
        groups.setdefault(key, []).append(line)
    fixed = {(one.category, one.rate_bp): one.vat_cents for one in paper.fixed_vat}
    rates = [
        _rate(lines, fixed.get((category, rate_bp)))
        for (category, rate_bp, _reason), lines in groups.items()
    ]
    rates.sort(key=lambda rate: (-rate.tax.rate_bp, rate.tax.category, rate.tax.reason))
    net = sum(line.net_cents for line in paper.lines)
    return Sums(net, tuple(rates), paper.prepaid_cents)


def _rate(lines: list[Line], fixed: int | None) -> Rate:
    gross = sum(line.gross_cents for line in lines)
    vat = vat_inside(gross, lines[0].tax.rate_bp) if fixed is None else fixed
    net = gross - vat
    return Rate(lines[0].tax, net, vat, net - sum(line.net_cents for line in lines))


def share_over(rates: Sequence[Rate], gross_cents: int) -> list[int]:
    """An amount with VAT in proportion to what stands at each rate."""
    return share(gross_cents, [rate.gross_cents for rate in rates])
