"""F02: one thing is made wrong in a right document, and the document is refused: by the official
rules where they see it, by ours where they do not."""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest
from defusedxml.ElementTree import fromstring
from flask import Flask
from flask_babel import force_locale

from app.core import i18n
from app.invoicing import checks, facturx, faults, pdf, press
from app.invoicing.facturx import QDT, RAM, RSM, UDT
from app.invoicing.faults import Fault, Rejected
from app.invoicing.parts import Paper
from app.invoicing.pdf import Looks
from tests.invoicing.papers import LINES, S20, line, seven

SPACES = {"ram": RAM, "rsm": RSM, "udt": UDT, "qdt": QDT}
SELLER, BUYER = ".//ram:SellerTradeParty", ".//ram:BuyerTradeParty"
SUM = ".//ram:SpecifiedTradeSettlementHeaderMonetarySummation"
TAX = ".//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"
LINE = ".//ram:IncludedSupplyChainTradeLineItem"
HEAD = "./rsm:ExchangedDocument"
EARLIER = ".//ram:InvoiceReferencedDocument"
Change = Callable[[Element], None]


@cache
def right(name: str) -> bytes:
    return facturx.xml(seven()[name])


def put(path: str, text: str, **attributes: str) -> Change:
    """Another text, or another attribute."""

    def change(root: Element) -> None:
        found = root.find(path, SPACES)
        assert found is not None, path
        found.text = text or None
        found.attrib.update(attributes)

    return change


def drop(path: str) -> Change:
    """Every element of this path goes."""

    def change(root: Element) -> None:
        gone = root.findall(path, SPACES)
        assert gone, path
        for parent in root.iter():
            for child in list(parent):
                if child in gone:
                    parent.remove(child)

    return change


def twice(path: str) -> Change:
    """The element of this path stands there again."""

    def change(root: Element) -> None:
        found = root.find(path, SPACES)
        assert found is not None, path
        for parent in root.iter():
            if found in list(parent):
                parent.insert(list(parent).index(found), copy.deepcopy(found))
                return

    return change


def note(code: str, words: str) -> Change:
    def change(root: Element) -> None:
        heading = root.find(HEAD, SPACES)
        assert heading is not None
        made = SubElement(heading, f"{{{RAM}}}IncludedNote")
        SubElement(made, f"{{{RAM}}}Content").text = words
        SubElement(made, f"{{{RAM}}}SubjectCode").text = code

    return change


def drop_note(code: str) -> Change:
    def change(root: Element) -> None:
        heading = root.find(HEAD, SPACES)
        assert heading is not None
        for one in heading.findall("ram:IncludedNote", SPACES):
            if one.findtext("ram:SubjectCode", "", SPACES) == code:
                heading.remove(one)

    return change


# Each is a name, the document that it spoils, and how.
OFFICIAL: dict[str, tuple[str, Change]] = {
    # the heading
    "no number": ("to pay", put(f"{HEAD}/ram:ID", "")),
    "number of 36": ("to pay", put(f"{HEAD}/ram:ID", "F" * 36)),
    "number with a blank": ("to pay", put(f"{HEAD}/ram:ID", "F 2026 1")),
    "number with a dot": ("to pay", put(f"{HEAD}/ram:ID", "F.2026.1")),
    "number with an accent": ("to pay", put(f"{HEAD}/ram:ID", "Fé1")),
    "number is gone": ("to pay", drop(f"{HEAD}/ram:ID")),
    "type 325": ("to pay", put(f"{HEAD}/ram:TypeCode", "325")),
    "type unknown": ("to pay", put(f"{HEAD}/ram:TypeCode", "999")),
    "type is gone": ("to pay", drop(f"{HEAD}/ram:TypeCode")),
    "day of 1999": ("to pay", put(f"{HEAD}//udt:DateTimeString", "19991231")),
    "day with dashes": ("to pay", put(f"{HEAD}//udt:DateTimeString", "2026-11-25")),
    "the 31st of November": ("to pay", put(f"{HEAD}//udt:DateTimeString", "20261131")),
    "day in format 203": ("to pay", put(f"{HEAD}//udt:DateTimeString", "20261125", format="203")),
    "day is gone": ("to pay", drop(f"{HEAD}/ram:IssueDateTime")),
    "no framework": ("to pay", drop(".//ram:BusinessProcessSpecifiedDocumentContextParameter")),
    "framework X9": (
        "to pay",
        put(".//ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID", "X9"),
    ),
    "framework paid, and it is not": (
        "to pay",
        put(".//ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID", "S2"),
    ),
    "deposit that is final": (
        "deposit",
        put(".//ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID", "S4"),
    ),
    "profile minimum": (
        "to pay",
        put(
            ".//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID",
            "urn:factur-x.eu:1p0:minimum",
        ),
    ),
    "no profile": ("to pay", drop(".//ram:GuidelineSpecifiedDocumentContextParameter")),
    # notes
    "no PMD": ("to pay", drop_note("PMD")),
    "no PMT": ("to pay", drop_note("PMT")),
    "no AAB": ("to pay", drop_note("AAB")),
    "PMD twice": ("to pay", note("PMD", "Encore.")),
    "PMT twice": ("to pay", note("PMT", "Encore.")),
    "AAB twice": ("to pay", note("AAB", "Encore.")),
    "BAR unknown": ("consumer", note("BAR", "B2X")),
    "BAR twice": ("to pay", note("BAR", "B2C")),
    "subject unknown": ("to pay", note("QQQ", "Rien.")),
    "a business that is a consumer": ("consumer", note("BAR", "B2B")),
    # the seller
    "no seller name": ("to pay", put(f"{SELLER}/ram:Name", "")),
    "no seller": ("to pay", drop(SELLER)),
    "no seller SIREN": ("to pay", drop(f"{SELLER}/ram:SpecifiedLegalOrganization")),
    "seller SIREN of 8": (
        "to pay",
        put(f"{SELLER}/ram:SpecifiedLegalOrganization/ram:ID", "73282932"),
    ),
    "seller SIREN with letters": (
        "to pay",
        put(f"{SELLER}/ram:SpecifiedLegalOrganization/ram:ID", "73282932A"),
    ),
    "SIRET of another firm": ("to pay", put(f"{SELLER}/ram:GlobalID", "40483304800022")),
    "SIRET of 13": ("to pay", put(f"{SELLER}/ram:GlobalID", "7328293200007")),
    "SIRET without scheme": ("to pay", lambda root: _unscheme(root, f"{SELLER}/ram:GlobalID")),
    "SIRET scheme twice": ("to pay", twice(f"{SELLER}/ram:GlobalID")),
    "no seller country": ("to pay", drop(f"{SELLER}//ram:CountryID")),
    "seller country ZZ": ("to pay", put(f"{SELLER}//ram:CountryID", "ZZ")),
    "seller country fr": ("to pay", put(f"{SELLER}//ram:CountryID", "fr")),
    "no seller address": ("to pay", drop(f"{SELLER}/ram:PostalTradeAddress")),
    "no seller VAT number": ("to pay", drop(f"{SELLER}/ram:SpecifiedTaxRegistration")),
    "seller VAT without country": (
        "to pay",
        put(f"{SELLER}/ram:SpecifiedTaxRegistration/ram:ID", "44732829320"),
    ),
    "no seller e-address": ("to pay", drop(f"{SELLER}/ram:URIUniversalCommunication")),
    "seller e-address with a colon": (
        "to pay",
        put(f"{SELLER}/ram:URIUniversalCommunication/ram:URIID", "732829320:x"),
    ),
    "seller e-address without scheme": (
        "to pay",
        lambda root: _unscheme(root, f"{SELLER}/ram:URIUniversalCommunication/ram:URIID"),
    ),
    "seller e-address in an unknown scheme": (
        "to pay",
        put(f"{SELLER}/ram:URIUniversalCommunication/ram:URIID", "732829320", schemeID="9999"),
    ),
    # the buyer
    "no buyer name": ("to pay", put(f"{BUYER}/ram:Name", "")),
    "no buyer": ("to pay", drop(BUYER)),
    "no buyer SIREN": ("to pay", drop(f"{BUYER}/ram:SpecifiedLegalOrganization")),
    "buyer SIREN of 10": (
        "to pay",
        put(f"{BUYER}/ram:SpecifiedLegalOrganization/ram:ID", "5521005540"),
    ),
    "no buyer e-address": ("to pay", drop(f"{BUYER}/ram:URIUniversalCommunication")),
    "buyer e-address of another firm": (
        "to pay",
        put(f"{BUYER}/ram:URIUniversalCommunication/ram:URIID", "404833048"),
    ),
    "buyer e-address by e-mail, in France": (
        "to pay",
        put(f"{BUYER}/ram:URIUniversalCommunication/ram:URIID", "a@b.fr", schemeID="EM"),
    ),
    "buyer e-address of 126": (
        "to pay",
        put(f"{BUYER}/ram:URIUniversalCommunication/ram:URIID", "552100554" + "x" * 117),
    ),
    "no buyer country": ("to pay", drop(f"{BUYER}//ram:CountryID")),
    "no buyer address": ("to pay", drop(f"{BUYER}/ram:PostalTradeAddress")),
    "reverse charge without the buyer's number": (
        "EU reverse charge",
        drop(f"{BUYER}/ram:SpecifiedTaxRegistration"),
    ),
    "buyer VAT of country XX": (
        "EU reverse charge",
        put(f"{BUYER}/ram:SpecifiedTaxRegistration/ram:ID", "XX0403170701"),
    ),
    # sums
    "line total off by a cent": ("to pay", put(f"{SUM}/ram:LineTotalAmount", "357.99")),
    "net off by a cent": ("to pay", put(f"{SUM}/ram:TaxBasisTotalAmount", "360.00")),
    "VAT off by a cent": ("to pay", put(f"{SUM}/ram:TaxTotalAmount", "62.01")),
    "gross off by a cent": ("to pay", put(f"{SUM}/ram:GrandTotalAmount", "420.00")),
    "due off by a cent": ("to pay", put(f"{SUM}/ram:DuePayableAmount", "419.98")),
    "prepaid not deducted": ("final after deposit", drop(f"{SUM}/ram:TotalPrepaidAmount")),
    "no gross": ("to pay", drop(f"{SUM}/ram:GrandTotalAmount")),
    "no due": ("to pay", drop(f"{SUM}/ram:DuePayableAmount")),
    "no net": ("to pay", drop(f"{SUM}/ram:TaxBasisTotalAmount")),
    "three decimals": ("to pay", put(f"{SUM}/ram:DuePayableAmount", "419.990")),
    "a comma": ("to pay", put(f"{SUM}/ram:DuePayableAmount", "419,99")),
    "words for an amount": ("to pay", put(f"{SUM}/ram:DuePayableAmount", "much")),
    "VAT in dollars": ("to pay", put(f"{SUM}/ram:TaxTotalAmount", "62.00", currencyID="USD")),
    "paid, and something is due": ("paid by card", put(f"{SUM}/ram:DuePayableAmount", "1.00")),
    "currency XXZ": ("to pay", put(".//ram:InvoiceCurrencyCode", "XXZ")),
    "dollars without euros": ("to pay", put(".//ram:InvoiceCurrencyCode", "USD")),
    "no currency": ("to pay", drop(".//ram:InvoiceCurrencyCode")),
    "rounding forgotten": (
        "to pay",
        drop(".//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge"),
    ),
    # tax
    "no VAT table": ("to pay", drop(TAX)),
    "rate of 19.6 in words": ("to pay", put(f"{TAX}/ram:RateApplicablePercent", "vingt")),
    "rate of 17": ("to pay", put(f"{TAX}/ram:RateApplicablePercent", "17.00")),
    "rate below zero": ("to pay", put(f"{TAX}/ram:RateApplicablePercent", "-20.00")),
    "rate of a line of 21": ("to pay", put(f"{LINE}//ram:RateApplicablePercent", "21.00")),
    "category L": ("to pay", put(f"{LINE}//ram:CategoryCode", "L")),
    "category Q": ("to pay", put(f"{TAX}/ram:CategoryCode", "Q")),
    "base off by a euro": ("to pay", put(f"{TAX}/ram:BasisAmount", "243.00")),
    "tax off by two euros": ("to pay", put(f"{TAX}/ram:CalculatedAmount", "45.00")),
    "tax that is gone": ("to pay", drop(f"{TAX}/ram:CalculatedAmount")),
    "no reason for reverse charge": (
        "EU reverse charge",
        lambda root: [drop(f"{TAX}/ram:ExemptionReason{end}")(root) for end in ("", "Code")],
    ),
    "reverse charge at 20": (
        "EU reverse charge",
        put(f"{TAX}/ram:RateApplicablePercent", "20.00"),
    ),
    "tax on reverse charge": ("EU reverse charge", put(f"{TAX}/ram:CalculatedAmount", "48.00")),
    "an unknown reason": ("EU reverse charge", put(f"{TAX}/ram:ExemptionReasonCode", "VATEX-ZZ")),
    "standard rate of nought": (
        "to pay",
        lambda root: [
            put(f"{path}", "0.00")(root)
            for path in (f"{TAX}/ram:RateApplicablePercent", f"{LINE}//ram:RateApplicablePercent")
        ],
    ),
    "VAT due at 99": ("to pay", put(f"{TAX}/ram:DueDateTypeCode", "99")),
    # lines
    "no line": ("to pay", drop(LINE)),
    "line without name": ("to pay", put(f"{LINE}//ram:SpecifiedTradeProduct/ram:Name", "")),
    "line without number": ("to pay", drop(f"{LINE}//ram:LineID")),
    "line without quantity": ("to pay", drop(f"{LINE}//ram:BilledQuantity")),
    "line without unit": (
        "to pay",
        lambda root: _unscheme(root, f"{LINE}//ram:BilledQuantity", "unitCode"),
    ),
    "unit unknown": ("to pay", put(f"{LINE}//ram:BilledQuantity", "2", unitCode="QQ")),
    "five decimals of a quantity": ("to pay", put(f"{LINE}//ram:BilledQuantity", "2.00001")),
    "price below zero": ("to pay", put(f"{LINE}//ram:ChargeAmount", "-16.25")),
    "seven decimals of a price": ("to pay", put(f"{LINE}//ram:ChargeAmount", "16.2500001")),
    "no price": ("to pay", drop(f"{LINE}//ram:NetPriceProductTradePrice")),
    "line ends before it starts": (
        "to pay",
        put(f"{LINE}//ram:EndDateTime/udt:DateTimeString", "20261101"),
    ),
    "discount without reason": (
        "to pay",
        lambda root: [
            drop(f"{LINE}//ram:SpecifiedTradeAllowanceCharge/ram:Reason{end}")(root)
            for end in ("", "Code")
        ],
    ),
    "discount without amount": (
        "to pay",
        drop(f"{LINE}//ram:SpecifiedTradeAllowanceCharge/ram:ActualAmount"),
    ),
    # how it is paid, and what it cites
    "means unknown": (
        "to pay",
        put(".//ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode", "999"),
    ),
    "transfer to nowhere": ("to pay", drop(".//ram:PayeePartyCreditorFinancialAccount")),
    "due before it is issued": (
        "to pay",
        put(".//ram:DueDateDateTime/udt:DateTimeString", "20261124"),
    ),
    "due on no day": ("to pay", put(".//ram:DueDateDateTime/udt:DateTimeString", "20261301")),
    "paid, no day of it": ("paid by card", drop(".//ram:SpecifiedTradePaymentTerms")),
    "credit note of nothing": ("credit note", drop(EARLIER)),
    "credit note without the day": ("credit note", drop(f"{EARLIER}/ram:FormattedIssueDateTime")),
    "cited number of 36": ("credit note", put(f"{EARLIER}/ram:IssuerAssignedID", "F" * 36)),
    "cited number with a blank": ("credit note", put(f"{EARLIER}/ram:IssuerAssignedID", "F 1")),
    "period that ends before it starts": (
        "to pay",
        put(
            ".//ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod"
            "/ram:EndDateTime/udt:DateTimeString",
            "20261101",
        ),
    ),
    # the file itself
    "an element of our own": (
        "to pay",
        lambda root: SubElement(root, f"{{{RAM}}}Surprise").__setattr__("text", "x"),
    ),
}  # fmt: skip


# Spoiled in no field of the document: nothing is to be mended but the file.
OWN_FILE = {"an element of our own", "a comma", "words for an amount", "rate of 19.6 in words"}


def _unscheme(root: Element, path: str, name: str = "schemeID") -> None:
    found = root.find(path, SPACES)
    assert found is not None
    del found.attrib[name]


def changed(name: str) -> bytes:
    base, change = OFFICIAL[name]
    root = fromstring(right(base))
    change(root)
    return tostring(root, encoding="UTF-8", xml_declaration=True)


@pytest.fixture(scope="module")
def found_in(court) -> Callable[[str], list[Fault]]:
    """What the judge finds in a mutant, asked once."""
    return cache(lambda name: court.judge(changed(name)).faults)


@pytest.mark.parametrize("name", OFFICIAL)
def test_f02_the_official_rules_refuse(name: str, found_in) -> None:
    assert found_in(name)


def test_f02_every_broken_rule_is_said_in_plain_words(found_in, app: Flask) -> None:
    """In both languages: a sentence, what to mend, and no name of an element anywhere."""
    with app.app_context():
        for name in OFFICIAL:
            kept = [fault.as_row() for fault in found_in(name)]
            with force_locale("fr"):
                french = faults.rows(kept)
            with force_locale("en"):
                english = faults.rows(kept)
            for ours, theirs in zip(french, english, strict=True):
                shown = " ".join([ours["name"], ours["text"], ours["words"], theirs["words"]])
                assert not re.search(r"\b(ram|udt|rsm|qdt):|/\*|\{|urn:|xs:", shown), (name, shown)
                assert ours["name"]
                assert ours["text"]
                assert ours["text"] != theirs["text"], (name, ours["rule"], "has no English")
            assert name in OWN_FILE or any(one["field"] for one in french), name


def test_a_rule_that_nobody_knows_speaks_for_itself(app: Flask) -> None:
    with app.app_context(), force_locale("fr"):
        said = "BR-FR-99/BT-31 : Le numéro (ram:ID) manque. Voir ram:SpecifiedTaxRegistration."
        (row,) = faults.rows([faults.from_rule("BR-FR-99_BT-31", "/x", said).as_row()])
    assert (row["name"], row["words"]) == ("Numéro de TVA du lieu", "Le numéro manque. Voir.")


@pytest.mark.parametrize(
    "bytes_", [b"", b"<", b"<a/>", right("to pay")[:-20], right("to pay") + b"<more/>"]
)
def test_what_is_no_invoice_is_refused(bytes_: bytes, court) -> None:
    assert court.judge(bytes_).faults


def _buyer(**more: Any) -> Paper:
    paper = seven()["to pay"]
    return replace(paper, buyer=replace(paper.buyer, **more))


def _seller(**more: Any) -> Paper:
    paper = seven()["to pay"]
    return replace(paper, seller=replace(paper.seller, **more))


def _lines(*lines: Any) -> Paper:
    return replace(seven()["to pay"], lines=lines)


# Each is a name, a paper, and the rule and field that are named.
OWN: dict[str, tuple[Paper, str, str]] = {
    "buyer SIREN key": (_buyer(siren="552100555", vat=""), "OWN-SIREN", "buyer.siren"),
    "seller SIREN key": (_seller(siren="732829321"), "OWN-SIREN", "seller.siren"),
    "seller SIRET key": (_seller(siret="73282932000075"), "OWN-SIRET", "seller.siret"),
    "buyer VAT key": (_buyer(vat="FR97552100554"), "OWN-VAT", "buyer.vat"),
    "seller VAT key": (_seller(vat="FR45732829320"), "OWN-VAT", "seller.vat"),
    "Belgian VAT key": (
        _buyer(kind="eu_business", vat="BE0403170702", siren=""), "OWN-VAT", "buyer.vat",
    ),
    "IBAN key": (
        replace(
            seven()["to pay"],
            terms=replace(seven()["to pay"].terms, iban="FR1520041010050500013M02606"),
        ),
        "OWN-IBAN", "seller.iban",
    ),
    "amount due without a day": (replace(seven()["to pay"], due_on=None), "OWN-DUE", "due_on"),
    "deposit without a day": (replace(seven()["deposit"], due_on=None), "OWN-DUE", "due_on"),
    "firm without street": (_buyer(street=" "), "OWN-ADDRESS", "buyer.street"),
    "firm without city": (_buyer(city=""), "OWN-ADDRESS", "buyer.city"),
    "firm without SIREN": (_buyer(siren="", vat=""), "OWN-NO-SIREN", "buyer.siren"),
    "nobody": (_buyer(name="  "), "OWN-NAME", "buyer.name"),
    "no lines": (_lines(), "OWN-EMPTY", "lines"),
    "line of nought": (_lines(line("Rien", 0)), "OWN-AMOUNT", "lines.1"),
    "line below zero": (_lines(LINES[0], line("Retour", -100)), "OWN-AMOUNT", "lines.2"),
    "no quantity": (_lines(line("Rien", 100, quantity=Decimal(-1))), "OWN-AMOUNT", "lines.1"),
    "discount that adds": (_lines(line("Plus", 1000, list_cents=900)), "OWN-DISCOUNT", "lines.1"),
    "line that ends before it starts": (
        _lines(line("Hier", 100, S20, 3, ends_on=dt.date(2026, 11, 2))), "OWN-DAYS", "lines.1",
    ),
    "paid more than asked": (
        replace(
            seven()["paid by card"],
            settled=(replace(seven()["paid by card"].settled[0], amount_cents=10**6),),
        ),
        "OWN-OVERPAID", "settled",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_f02_our_checks_refuse_what_the_rules_let_pass(name: str, court) -> None:
    paper, rule, field = OWN[name]
    found = checks.faults(paper)
    assert [(one.rule, one.field) for one in found] == [(rule, field)], found


@pytest.mark.parametrize(
    "name", ["buyer SIREN key", "buyer VAT key", "IBAN key", "amount due without a day"]
)
def test_the_rules_do_let_these_four_pass(name: str, court) -> None:
    """Else our check would be in the way, not in the gap."""
    assert not court.judge(facturx.xml(OWN[name][0])).faults


def test_f02_enough_mutants() -> None:
    assert len(OFFICIAL) + len(OWN) >= 120


def test_a_rejection_names_every_fault_with_its_field(app: Flask, court) -> None:
    paper = replace(_buyer(siren="552100555", street="", city="Lyon 🎪"), due_on=None)
    with app.app_context(), pytest.raises(Rejected) as refusal:
        press.printed(replace(paper, number="F 2026"), Looks(), court)
    found = {(one.rule, one.field) for one in refusal.value.faults}
    assert {
        ("OWN-SIREN", "buyer.siren"),
        ("OWN-ADDRESS", "buyer.street"),
        ("OWN-DUE", "due_on"),
        ("BR-FR-02_BT-1", "number"),
        ("OWN-GLYPH", "buyer.city"),
    } <= found
    none_of_it = replace(paper, lines=(replace(paper.lines[0], quantity=Decimal(0)),))
    with app.app_context(), pytest.raises(Rejected) as refusal:
        press.printed(replace(none_of_it, kind="quote", number="D-1"), Looks(), court)
    assert "OWN-AMOUNT" in [one.rule for one in refusal.value.faults]


def test_each_fault_is_said_in_plain_words(found_in) -> None:
    """Both languages; no code of a rule in the sentence; the field has a name."""
    app = Flask("words")
    i18n.install(app)
    found = {one.rule: one for name in OFFICIAL for one in found_in(name)}
    found |= {rule: Fault(rule, field) for _paper, rule, field in OWN.values()}
    for lang in ("fr", "en"):
        with app.test_request_context(f"/?lang={lang}"):
            for fault in found.values():
                said = f"{faults.field_name(fault.field)} : {faults.sentence(fault)}"
                assert "BR-" not in said
                assert "OWN-" not in said
                assert said.endswith(".")
    bare = {one.rule for one in found.values() if not one.field}
    assert bare <= {"XML", "XSD", "en16931", "french", "BR-01"}, bare


def test_a_sign_nobody_can_print_hides_no_broken_rule(app: Flask, court) -> None:
    """The page is laid out while the judge reads: each says what it finds."""
    strange = replace(_buyer(name="Salon 🎪"), number="F 2026")
    with app.app_context(), pytest.raises(Rejected) as refusal:
        press.printed(strange, Looks(), court)
    found = {(one.rule, one.field) for one in refusal.value.faults}
    assert {("OWN-GLYPH", "buyer.name"), ("BR-FR-02_BT-1", "number")} <= found


def test_a_verdict_that_nobody_waited_for_is_not_the_next_papers(
    app: Flask, court, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_of: Any) -> bytes:
        raise OSError("no fonts")

    with app.app_context():
        with monkeypatch.context() as torn:
            torn.setattr(pdf, "lay_out", broken)
            with pytest.raises(Rejected):  # the page failed, and the rule is told all the same
                press.printed(replace(seven()["to pay"], number="F 2026"), Looks(), court)
            with pytest.raises(OSError, match="no fonts"):
                press.printed(seven()["to pay"], Looks(), court)
        court.hearing(changed(next(iter(OFFICIAL))))  # left alone
        made = press.printed(seven()["to pay"], Looks(), court)
    assert made.pdf.startswith(b"%PDF")
    assert made.xml == facturx.xml(seven()["to pay"])
