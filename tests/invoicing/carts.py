"""Random carts, and what they come to by a computation that shares nothing with ours: fractions and
decimals from the promised prices, nothing of app/invoicing or app/core/money."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from defusedxml.ElementTree import fromstring

from app.invoicing import facturx
from app.invoicing.facturx import RAM
from app.invoicing.parts import Paper, Reference, Settled, TaxRule
from tests.invoicing.papers import line, seven

RATES = (2000, 1000, 550, 210, 0)
CENT = Decimal("0.01")
NAMES = {"ram": RAM}


def rule(rate_bp: int) -> TaxRule:
    if rate_bp:
        return TaxRule(rate_bp=rate_bp)
    return TaxRule(rate_bp=0, category="E", reason="bare_premises")


def cart(seed: int) -> Paper:
    """1 to 30 lines over five rates, with discounts, deposits, part payments and credit notes."""
    chance = random.Random(seed)
    lines = []
    for n in range(chance.randint(1, 30)):
        price = chance.choice((chance.randint(1, 999), chance.randint(1, 80_000)))
        listed = price * chance.randint(101, 180) // 100 if chance.random() < 0.25 else 0
        lines.append(
            line(
                f"Ligne {n + 1}",
                price,
                rule(chance.choice(RATES)),
                day=chance.randint(1, 24),
                quantity=Decimal(chance.randint(1, 400)) / chance.choice((1, 2, 4, 10)),
                unit=chance.choice(("hour", "day", "piece", "person", "month")),
                list_cents=listed if listed > price else 0,
            )
        )
    kinds = seven(chance.choice(("moulin", "quai", "grange")), chance.choice(("fr", "en")))
    paper = replace(kinds["to pay"], lines=tuple(lines))
    gross = sum(one.gross_cents for one in lines)
    way = chance.random()
    if way < 0.25 and gross > 1:
        before = Reference(
            number="F-2026-0007", issued_on=dt.date(2026, 11, 2), amount_cents=gross // 2
        )
        return replace(paper, deposits=(before,))
    if way < 0.5:
        part = gross if way < 0.4 else max(1, gross // 3)
        paid = Settled(on=dt.date(2026, 11, 20), method="card", amount_cents=part)
        return replace(paper, settled=(paid,), due_on=paper.due_on if part < gross else paid.on)
    if way < 0.65:
        return replace(
            kinds["credit note"], lines=tuple(chance.sample(lines, chance.randint(1, len(lines))))
        )
    return paper


def expected(paper: Paper) -> dict[str, Decimal]:
    """Totals from the promised prices alone, in euros."""
    gross: dict[int, int] = defaultdict(int)
    for one in paper.lines:
        gross[one.tax.rate_bp] += one.gross_cents
    found = {"gross": Decimal(sum(gross.values())).scaleb(-2)}
    tax = Decimal(0)
    for rate, cents in gross.items():
        whole = Decimal(cents) / 100
        tax += (whole - whole / (1 + Decimal(rate) / 10_000)).quantize(CENT, ROUND_HALF_UP)
    prepaid = sum(one.amount_cents for one in (*paper.settled, *paper.deposits))
    found |= {"vat": tax, "net": found["gross"] - tax}
    return found | {"due": found["gross"] - Decimal(prepaid).scaleb(-2)}


def said(xml: bytes) -> dict[str, Decimal]:
    """The same totals, and sums of the parts, as the XML says them."""
    root = fromstring(xml)

    def every(path: str) -> list[Decimal]:
        return [Decimal(one.text or "0") for one in root.findall(path, NAMES)]

    summed = ".//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:"
    line_sum = ".//ram:SpecifiedTradeSettlementLineMonetarySummation/ram:"
    header = ".//ram:ApplicableHeaderTradeSettlement/ram:"
    ups = root.findall(f"{header}SpecifiedTradeAllowanceCharge", NAMES)
    rounding = Decimal(0)
    for one in ups:
        amount = Decimal(one.findtext("ram:ActualAmount", "0", NAMES))
        rounding += amount if "true" in (one[0][0].text or "") else -amount
    return {
        "gross": every(f"{summed}GrandTotalAmount")[0],
        "vat": every(f"{summed}TaxTotalAmount")[0],
        "net": every(f"{summed}TaxBasisTotalAmount")[0],
        "due": every(f"{summed}DuePayableAmount")[0],
        "lines": sum(every(f"{line_sum}LineTotalAmount")),
        "bases": sum(every(f"{header}ApplicableTradeTax/ram:BasisAmount")),
        "taxes": sum(every(f"{header}ApplicableTradeTax/ram:CalculatedAmount")),
        "rounding": rounding,
    }  # fmt: skip


def faults(seed: int) -> list[str]:
    """What does not agree for one cart; nothing when all does."""
    paper = cart(seed)
    want, have = expected(paper), said(facturx.xml(paper))
    found = [
        f"{seed} {name}: {want[name]} {have[name]}" for name in want if want[name] != have[name]
    ]
    if have["lines"] + have["rounding"] != have["net"] or have["bases"] != have["net"]:
        found.append(f"{seed}: lines {have['lines']} + {have['rounding']} are not {have['net']}")
    if have["taxes"] != have["vat"]:
        found.append(f"{seed}: taxes {have['taxes']} are not {have['vat']}")
    if abs(have["rounding"]) > CENT * len(paper.lines):
        found.append(f"{seed}: rounding of {have['rounding']}")
    for one in paper.lines:
        net = (facturx.unit_price(one) * one.quantity).quantize(CENT, ROUND_HALF_UP)
        if net != Decimal(one.list_net_cents).scaleb(-2):
            found.append(f"{seed}: {one.quantity} at {facturx.unit_price(one)} are not {net}")
    return found
