"""What the official rules accept and we do not: keys of numbers, a debt without a day to pay it, a
firm without an address, sums that are not the lines'."""

from __future__ import annotations

from collections.abc import Iterator

from stdnum import iban as iban_number
from stdnum.eu import vat as eu_vat
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from app.invoicing import sums
from app.invoicing.faults import Fault
from app.invoicing.parts import Paper, Party


def faults(paper: Paper) -> list[Fault]:
    """All of ours that a paper breaks."""
    return [
        *_numbers(paper.seller, "seller"),
        *_numbers(paper.buyer, "buyer"),
        *_address(paper),
        *_payment(paper),
        *_lines(paper),
    ]


def _numbers(party: Party, who: str) -> Iterator[Fault]:
    if party.siren and not siren_number.is_valid(party.siren):
        yield Fault("OWN-SIREN", f"{who}.siren")
    if party.siret and not siret_number.is_valid(party.siret):
        yield Fault("OWN-SIRET", f"{who}.siret")
    if party.vat and not eu_vat.is_valid(party.vat):
        yield Fault("OWN-VAT", f"{who}.vat")


def _address(paper: Paper) -> Iterator[Fault]:
    """Names and addresses of both are due between firms; a consumer's name will do."""
    if not paper.buyer.name.strip():
        yield Fault("OWN-NAME", "buyer.name")
    if not paper.buyer.is_business:
        return
    for name in ("street", "city"):
        if not getattr(paper.buyer, name).strip():
            yield Fault("OWN-ADDRESS", f"buyer.{name}")
    if paper.buyer.kind == "fr_business" and not paper.buyer.siren:
        yield Fault("OWN-NO-SIREN", "buyer.siren")


def _payment(paper: Paper) -> Iterator[Fault]:
    due = sums.of(paper).due_cents
    if paper.terms.iban and not iban_number.is_valid(paper.terms.iban):
        yield Fault("OWN-IBAN", "seller.iban")
    if paper.kind in ("invoice", "deposit") and due > 0 and paper.due_on is None:
        yield Fault("OWN-DUE", "due_on")
    if paper.kind != "quote" and due < 0:
        yield Fault("OWN-OVERPAID", "settled")


def _lines(paper: Paper) -> Iterator[Fault]:
    if not paper.lines:
        yield Fault("OWN-EMPTY", "lines")
    for number, line in enumerate(paper.lines, 1):
        if paper.terms.franchise and line.tax.category == "S":
            yield Fault("OWN-FRANCHISE", f"lines.{number}.tax")
        if line.gross_cents <= 0 or line.quantity <= 0 or line.net_cents < 0:
            yield Fault("OWN-AMOUNT", f"lines.{number}")
        if line.list_net_cents < line.net_cents:
            yield Fault("OWN-DISCOUNT", f"lines.{number}")
        if line.starts_on and line.ends_on and line.ends_on < line.starts_on:
            yield Fault("OWN-DAYS", f"lines.{number}")
