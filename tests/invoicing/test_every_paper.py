"""F05: whatever scripts/papers.py draws and a venue may issue passes every rule, and each figure of
its paper is the one of its XML: lines, unit prices, VAT per rate, totals, what is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from flask import Flask
from flask_babel import force_locale

from app.core import i18n
from app.invoicing import checks, facturx, sheet
from app.invoicing.court import AT_LEAST
from app.invoicing.facturx import RAM
from app.invoicing.parts import Paper, TaxRule
from scripts.papers import documents
from tests.invoicing.papers import BELGIAN, CONSUMER, line, seven

NAMES = {"ram": RAM}
REFUSED = {"nothing": "OWN-AMOUNT"}
HEADS = {
    "fr": ("Total HT", "TVA", "Total TTC"),
    "en": ("Total excl. VAT", "VAT", "Total incl. VAT"),
}
AMOUNTS = ("TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount")
SMALL = TaxRule(rate_bp=0, category="E", reason="franchise")
ABROAD = TaxRule(rate_bp=0, category="O", reason="outside_france")


def papers(lang: str) -> Iterator[tuple[str, Paper]]:
    """All that may become XML: those that are looked at, and a few that no picture needs."""
    for name, paper in documents(lang):
        longer = name.endswith(("-18", "-23")) or (lang == "en" and name.endswith("-60"))
        if paper.kind != "quote" and paper.number and not longer:
            yield name, paper
    usual = seven("moulin", lang)["to pay"]
    yield "EU firm taxed here", replace(usual, buyer=BELGIAN)
    yield "franchise", small(usual)
    outside = replace(usual.buyer, kind="other", siren="", vat="", country="GB")
    yield "outside", replace(usual, buyer=outside, lines=(line("Conseil", 24000, ABROAD),))
    cents = tuple(line("Impression", n, quantity=Decimal(7)) for n in (1, 100, 1_000_000_00))
    yield "cents and millions", replace(usual, lines=cents)
    yield "credit to a person", replace(seven("moulin", lang)["credit note"], buyer=CONSUMER)


def small(usual: Paper) -> Paper:
    """An invoice of a venue that charges no VAT."""
    return replace(
        usual,
        seller=replace(usual.seller, vat=""),
        terms=replace(usual.terms, franchise=True),
        lines=(line("Bureau", 12_000, SMALL),),
    )


def number(shown: str, lang: str) -> Decimal:
    """A figure as it is printed."""
    bare = shown.replace("\u00a0", "").replace("€", "").replace("−", "-")
    return Decimal(bare.replace(",", ".") if lang == "fr" else bare.replace(",", ""))


def text(root: Element, path: str) -> Decimal:
    return Decimal(root.findtext(path, namespaces=NAMES) or "nothing")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_paper_passes_the_rules_and_shows_the_figures_of_its_xml(lang: str, court) -> None:
    app = Flask("papers")
    i18n.install(app)
    judged = 0
    for name, paper in papers(lang):
        if rule := REFUSED.get(name):
            assert rule in [one.rule for one in checks.faults(paper)]
            continue
        xml = facturx.xml(paper)
        verdict = court.judge(xml)
        assert not [*checks.faults(paper), *verdict.faults], name
        assert all(verdict.fired[rules] >= least for rules, least in AT_LEAST.items()), name
        with app.app_context(), force_locale(lang):
            said = sheet.data(paper)
        root = fromstring(xml)
        same_lines(said, root, paper, name)
        same_totals(said, root, lang, name)
        judged += 1
    assert judged >= 20


def same_lines(said: sheet.Data, root: Element, paper: Paper, name: str) -> None:
    """A consumer reads prices with VAT, which no line of the XML says: their sum is the total."""
    items = root.findall(".//ram:IncludedSupplyChainTradeLineItem", NAMES)
    assert len(items) == len(said["lines"])
    if not paper.buyer.is_business:
        totals = [number(one["total"], paper.lang) for one in said["lines"]]
        assert sum(totals) == text(root, ".//ram:GrandTotalAmount"), name
        return
    for shown, item in zip(said["lines"], items, strict=True):
        assert number(shown["total"], paper.lang) == text(item, ".//ram:LineTotalAmount"), name
        price = text(item, ".//ram:ChargeAmount")
        assert abs(number(shown["price"], paper.lang) - price) <= Decimal("0.00005"), name


def same_totals(said: sheet.Data, root: Element, lang: str, name: str) -> None:
    shown = {row["label"]: number(row["value"], lang) for row in said["sums"]}
    for head, tag in zip(HEADS[lang], AMOUNTS, strict=True):
        assert shown[head] == text(root, f".//ram:{tag}"), (name, head)
    assert number(said["due"]["amount"], lang) == text(root, ".//ram:DuePayableAmount"), name
    settled = root.findall(".//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax", NAMES)
    rates = [(text(one, "ram:BasisAmount"), text(one, "ram:CalculatedAmount")) for one in settled]
    printed = [(number(row[1], lang), number(row[2], lang)) for row in said["rates"]["rows"]]
    assert printed == rates, name


def test_a_venue_in_franchise_is_known_by_its_siren_and_never_charges_vat() -> None:
    usual = seven()["to pay"]
    registered = fromstring(facturx.xml(small(usual))).findall(
        ".//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID", NAMES
    )
    assert [(one.get("schemeID"), one.text) for one in registered] == [("FC", "732829320")]
    taxed = replace(small(usual), lines=usual.lines[:1])
    assert [(one.rule, one.field) for one in checks.faults(taxed)] == [
        ("OWN-FRANCHISE", "lines.1.tax")
    ]
