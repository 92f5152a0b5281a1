"""F01: seven documents, three sellers, two languages: no rule broken, and the rules did fire."""

from __future__ import annotations

import json

import pytest
from defusedxml.ElementTree import fromstring

from app.invoicing import checks, facturx, sums
from app.invoicing.court import AT_LEAST
from app.invoicing.facturx import RAM, RSM
from app.invoicing.parts import Paper, freeze, thaw
from tests.invoicing.papers import GOODS, LINES, SELLERS, line, seven

NAMES = tuple(seven())


def says(xml: bytes, path: str) -> list[str | None]:
    found = fromstring(xml).findall(
        path.replace("ram:", f"{{{RAM}}}").replace("rsm:", f"{{{RSM}}}")
    )
    return [one.text for one in found]


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("seller", SELLERS)
@pytest.mark.parametrize("name", NAMES)
def test_f01_no_rule_is_broken(name: str, seller: str, lang: str, court) -> None:
    paper = seven(seller, lang)[name]
    verdict = court.judge(facturx.xml(paper))
    assert not verdict.faults
    assert not checks.faults(paper)
    assert verdict.fired["en16931"] >= AT_LEAST["en16931"] == 80
    assert verdict.fired["french"] >= AT_LEAST["french"] == 55


@pytest.mark.parametrize(
    ("name", "type_code", "framework"),
    [
        ("to pay", "380", "S1"),
        ("paid by card", "380", "S2"),
        ("deposit", "386", "S1"),
        ("final after deposit", "380", "S4"),
        ("credit note", "381", "S1"),
        ("EU reverse charge", "380", "S1"),
        ("consumer", "380", "S2"),
    ],
)
def test_type_and_framework_are_those_of_the_table(
    name: str, type_code: str, framework: str
) -> None:
    xml = facturx.xml(seven()[name])
    assert says(xml, ".//rsm:ExchangedDocument/ram:TypeCode") == [type_code]
    assert says(xml, ".//ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID") == [
        framework
    ]


def test_goods_and_a_mix_have_their_own_letters() -> None:
    paper = seven()["to pay"]
    goods = Paper(**(vars(paper) | {"lines": (line("Livre", 2000, GOODS),)}))
    mixed = Paper(**(vars(paper) | {"lines": (line("Livre", 2000, GOODS), line("Salle", 100))}))
    assert [facturx.framework(one, sums.of(one)) for one in (goods, mixed)] == ["B1", "M1"]


def test_vat_is_due_on_collection_or_on_debit_as_the_seller_chose() -> None:
    for seller, code in (("moulin", "72"), ("quai", "5")):
        xml = facturx.xml(seven(seller)["to pay"])
        assert set(says(xml, ".//ram:DueDateTypeCode")) == {code}


def test_notes_stand_once_each_with_the_kind_of_customer() -> None:
    for name, bar in (("to pay", "B2B"), ("EU reverse charge", "B2BINT"), ("consumer", "B2C")):
        xml = facturx.xml(seven()[name])
        codes = says(xml, ".//ram:IncludedNote/ram:SubjectCode")
        assert sorted(code or "" for code in codes) == ["AAB", "BAR", "PMD", "PMT"]
        assert bar in says(xml, ".//ram:IncludedNote/ram:Content")


def test_a_deposit_is_cited_with_number_and_day_and_deducted() -> None:
    xml = facturx.xml(seven()["final after deposit"])
    assert says(xml, ".//ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == ["F-2026-1104"]
    assert says(xml, ".//ram:TotalPrepaidAmount") == ["300.00"]


def test_rounding_is_a_line_that_all_can_see() -> None:
    """Three desks at 9,99 are 8,32 net each; their VAT together is 4,99 or 5,00: 24,97 or 24,98."""
    paper = Paper(**(vars(seven()["to pay"]) | {"lines": LINES[2:5]}))
    totals = sums.of(paper)
    assert [one.net_cents for one in LINES[2:5]] == [832, 832, 832]
    assert (totals.lines_cents, totals.rounding_cents, totals.net_cents) == (2496, 1, 2497)
    assert totals.gross_cents == 3 * 999
    assert says(facturx.xml(paper), ".//ram:ChargeTotalAmount") == ["0.01"]


def test_what_was_frozen_thaws_to_the_same() -> None:
    for paper in seven("grange", "en").values():
        assert thaw(Paper, json.loads(json.dumps(freeze(paper)))) == paper


def test_a_name_that_this_version_does_not_know_is_refused() -> None:
    stored = freeze(seven()["to pay"]) | {"surprise": 1}
    with pytest.raises((KeyError, TypeError)):
        thaw(Paper, stored)


def test_a_quote_and_a_draft_have_no_xml() -> None:
    for more in ({"kind": "quote"}, {"number": ""}, {"issued_on": None}):
        with pytest.raises(ValueError, match="not to be issued"):
            facturx.xml(Paper(**(vars(seven()["to pay"]) | more)))


def test_unit_price_gives_the_line_back() -> None:
    for one in LINES:
        whole = facturx.unit_price(one) * one.quantity * 100
        assert round(whole) == one.list_net_cents
