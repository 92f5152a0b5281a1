"""A document as Factur-X XML, profile EN 16931: a pure function of the frozen paper.

Names are those of the norm (BT-1, BG-25…); the order of elements is the schema's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from app.invoicing import law, sums
from app.invoicing.parts import UNITS, Line, Paper, Party, Reference
from app.invoicing.sums import Rate, Sums

RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
PREFIXES = {"rsm": RSM, "ram": RAM, "qdt": QDT, "udt": UDT}
PROFILE = "urn:cen.eu:en16931:2017"

TYPES = {"invoice": "380", "deposit": "386", "credit_note": "381"}
BAR = {"consumer": "B2C", "fr_business": "B2B", "eu_business": "B2BINT", "other": "B2BINT"}
MEANS = {"card": "48", "terminal": "48", "cash": "10", "sepa_debit": "59", "transfer": "58"}
ON_COLLECTION, ON_DEBIT = "72", "5"
DISCOUNT, ROUNDING = "95", "ZZZ"


def xml(paper: Paper) -> bytes:
    """The invoice as bytes. Refuses a quote, which is no fiscal document, and a paper without
    number or day."""
    if paper.kind not in TYPES or not paper.number or paper.issued_on is None:
        raise ValueError(f"{paper.kind} {paper.number!r} is not to be issued as XML")
    for prefix, space in PREFIXES.items():
        register_namespace(prefix, space)
    totals = sums.of(paper)
    root = Element(f"{{{RSM}}}CrossIndustryInvoice")
    _context(root, paper, totals)
    _heading(root, paper, paper.issued_on)
    deal = SubElement(root, f"{{{RSM}}}SupplyChainTradeTransaction")
    for number, line in enumerate(paper.lines, 1):
        _line(deal, number, line, paper.lang)
    _agreement(deal, paper)
    _add(deal, "ApplicableHeaderTradeDelivery")
    _settlement(deal, paper, totals, paper.issued_on)
    made: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return made


def framework(paper: Paper, totals: Sums) -> str:
    """BT-23: what is sold (services, goods, both), and whether it is paid, final or to pay."""
    natures = {line.tax.nature for line in paper.lines}
    letter = "M" if len(natures) > 1 else "B" if natures == {"goods"} else "S"
    if paper.kind == "credit_note" or paper.kind == "deposit":
        return f"{letter}1"
    if paper.deposits:
        return f"{letter}4"
    return f"{letter}2" if totals.due_cents == 0 else f"{letter}1"


def _add(parent: Element, path: str, text: object = None, **attributes: str) -> Element:
    """A child below `parent`, or a chain of them; an empty text adds nothing."""
    if text == "":
        return parent
    for name in path.split("/"):
        parent = SubElement(parent, f"{{{RAM}}}{name}")
    if text is not None:
        parent.text = str(text)
    parent.attrib.update(attributes)
    return parent


def _money(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2).quantize(Decimal("0.01")))


def _percent(bp: int) -> str:
    return str(Decimal(bp).scaleb(-2).quantize(Decimal("0.01")))


def _day(parent: Element, name: str, day: dt.date, *, formatted: bool = False) -> None:
    space = QDT if formatted else UDT
    inner = SubElement(_add(parent, name), f"{{{space}}}DateTimeString", {"format": "102"})
    inner.text = f"{day:%Y%m%d}"


def _context(root: Element, paper: Paper, totals: Sums) -> None:
    context = SubElement(root, f"{{{RSM}}}ExchangedDocumentContext")
    _add(context, "BusinessProcessSpecifiedDocumentContextParameter/ID", framework(paper, totals))
    _add(context, "GuidelineSpecifiedDocumentContextParameter/ID", PROFILE)


def _heading(root: Element, paper: Paper, day: dt.date) -> None:
    heading = SubElement(root, f"{{{RSM}}}ExchangedDocument")
    _add(heading, "ID", paper.number)
    _add(heading, "TypeCode", TYPES[paper.kind])
    _day(heading, "IssueDateTime", day)
    notes = [*law.notes(paper, day), ("BAR", BAR[paper.buyer.kind])]
    if paper.note:
        notes.append(("AAI", paper.note))
    for code, words in notes:
        note = _add(heading, "IncludedNote")
        _add(note, "Content", words)
        _add(note, "SubjectCode", code)


def unit_price(line: Line) -> Decimal:
    """BT-146: net, before the discount, with the six decimals that give the line back."""
    exact = Decimal(line.list_net_cents).scaleb(-2) / line.quantity
    return exact.quantize(Decimal("0.000001"))


def _line(deal: Element, number: int, line: Line, lang: str) -> None:
    item = _add(deal, "IncludedSupplyChainTradeLineItem")
    _add(item, "AssociatedDocumentLineDocument/LineID", number)
    product = _add(item, "SpecifiedTradeProduct")
    _add(product, "Name", line.label)
    _add(product, "Description", line.detail)
    price = _add(item, "SpecifiedLineTradeAgreement/NetPriceProductTradePrice")
    _add(price, "ChargeAmount", f"{unit_price(line):f}")
    quantity = f"{line.quantity.normalize():f}"
    _add(item, "SpecifiedLineTradeDelivery/BilledQuantity", quantity, unitCode=UNITS[line.unit])
    settled = _add(item, "SpecifiedLineTradeSettlement")
    tax = _add(settled, "ApplicableTradeTax")
    _add(tax, "TypeCode", "VAT")
    _add(tax, "CategoryCode", line.tax.category)
    if line.tax.category != "O":
        _add(tax, "RateApplicablePercent", _percent(line.tax.rate_bp))
    _period(settled, line.starts_on, line.ends_on)
    if off := line.list_net_cents - line.net_cents:
        reason = line.discount or {"en": "Discount"}.get(lang, "Remise")
        _allowance(settled, charge=False, cents=off, code=DISCOUNT, reason=reason)
    summed = "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"
    _add(settled, summed, _money(line.net_cents))


def _period(parent: Element, starts: dt.date | None, ends: dt.date | None) -> None:
    if starts is None:
        return
    period = _add(parent, "BillingSpecifiedPeriod")
    _day(period, "StartDateTime", starts)
    _day(period, "EndDateTime", ends or starts)


def _allowance(parent: Element, *, charge: bool, cents: int, code: str, reason: str) -> Element:
    found = _add(parent, "SpecifiedTradeAllowanceCharge")
    indicator = SubElement(_add(found, "ChargeIndicator"), f"{{{UDT}}}Indicator")
    indicator.text = "true" if charge else "false"
    _add(found, "ActualAmount", _money(cents))
    _add(found, "ReasonCode", code)
    _add(found, "Reason", reason)
    return found


def _agreement(deal: Element, paper: Paper) -> None:
    agreement = _add(deal, "ApplicableHeaderTradeAgreement")
    _add(agreement, "BuyerReference", paper.buyer.reference)
    seller, buyer = paper.seller, paper.buyer
    outside = any(line.tax.category == "O" for line in paper.lines)
    if outside:
        # BR-O-02: what is outside the scope names no VAT number; the page still says it
        seller, buyer = replace(seller, vat=""), replace(buyer, vat="")
    node = _add(agreement, "SellerTradeParty")
    _party(node, seller, legal=_legal_words(paper))
    if paper.terms.franchise and not outside:
        # BR-E-02: who has no VAT number is known to the tax office by its SIREN (BT-32)
        _add(node, "SpecifiedTaxRegistration/ID", seller.siren, schemeID="FC")
    _party(_add(agreement, "BuyerTradeParty"), buyer)
    if paper.order_number:
        _add(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID", paper.order_number)


def _legal_words(paper: Paper) -> str:
    """BT-33: legal form, capital and register, as the foot of the page says them."""
    terms = paper.terms
    return ", ".join(part for part in (terms.legal_form, terms.capital, terms.register) if part)


def _party(node: Element, party: Party, legal: str = "") -> None:
    _add(node, "GlobalID", party.siret, schemeID="0009")
    _add(node, "Name", party.name)
    _add(node, "Description", legal)
    if party.siren:
        _add(node, "SpecifiedLegalOrganization/ID", party.siren, schemeID="0002")
    if party.contact or party.phone or (party.email and party.is_business):
        contact = _add(node, "DefinedTradeContact")
        _add(contact, "PersonName", party.contact or party.name)
        if party.phone:
            _add(contact, "TelephoneUniversalCommunication/CompleteNumber", party.phone)
        if party.email:
            _add(contact, "EmailURIUniversalCommunication/URIID", party.email)
    _address(node, party)
    scheme, endpoint = electronic_address(party)
    if endpoint:
        _add(node, "URIUniversalCommunication/URIID", endpoint, schemeID=scheme)
    if party.vat:
        _add(node, "SpecifiedTaxRegistration/ID", party.vat, schemeID="VA")


def electronic_address(party: Party) -> tuple[str, str]:
    """BT-34 and BT-49: in the French directory by SIREN, anywhere else by e-mail."""
    if party.endpoint or party.siren:
        return "0225", party.endpoint or party.siren
    return "EM", party.email


def _address(node: Element, party: Party) -> None:
    address = _add(node, "PostalTradeAddress")
    _add(address, "PostcodeCode", party.postcode)
    _add(address, "LineOne", party.street)
    _add(address, "LineTwo", party.extra)
    _add(address, "CityName", party.city)
    _add(address, "CountryID", party.country)


def _settlement(deal: Element, paper: Paper, totals: Sums, day: dt.date) -> None:
    settlement = _add(deal, "ApplicableHeaderTradeSettlement")
    _add(settlement, "PaymentReference", paper.number)
    _add(settlement, "InvoiceCurrencyCode", paper.currency)
    _means(settlement, paper, totals)
    for rate in totals.rates:
        _tax(settlement, rate, paper, day)
    if span := paper.period:
        _period(settlement, *span)
    for rate in totals.rates:
        _rounding(settlement, rate, paper.lang)
    if paper.due_on:
        _day(_add(settlement, "SpecifiedTradePaymentTerms"), "DueDateDateTime", paper.due_on)
    _summation(settlement, paper, totals)
    for earlier in (*paper.refers_to, *paper.deposits):
        _earlier(settlement, earlier)


def _means(settlement: Element, paper: Paper, totals: Sums) -> None:
    """How it was paid when nothing is due, else by transfer to the seller's account."""
    paid = paper.settled[-1].method if paper.settled and totals.due_cents == 0 else ""
    code = MEANS.get(paid, "58" if paper.terms.iban else "1")
    means = _add(settlement, "SpecifiedTradeSettlementPaymentMeans")
    _add(means, "TypeCode", code)
    if code == MEANS["transfer"] and paper.terms.iban:
        _add(means, "PayeePartyCreditorFinancialAccount/IBANID", paper.terms.iban)
        if paper.terms.bic:
            _add(means, "PayeeSpecifiedCreditorFinancialInstitution/BICID", paper.terms.bic)


def _tax(settlement: Element, rate: Rate, paper: Paper, day: dt.date) -> None:
    tax = _add(settlement, "ApplicableTradeTax")
    _add(tax, "CalculatedAmount", _money(rate.vat_cents))
    _add(tax, "TypeCode", "VAT")
    said = law.text(rate.tax.reason, day) if rate.tax.reason else None
    if said:
        _add(tax, "ExemptionReason", said.said(paper.lang))
    _add(tax, "BasisAmount", _money(rate.net_cents))
    _add(tax, "CategoryCode", rate.tax.category)
    if code := rate.tax.code or (said.code if said else ""):
        _add(tax, "ExemptionReasonCode", code)
    _add(tax, "DueDateTypeCode", ON_DEBIT if paper.terms.debits else ON_COLLECTION)
    if rate.tax.category != "O":
        _add(tax, "RateApplicablePercent", _percent(rate.tax.rate_bp))


def _rounding(settlement: Element, rate: Rate, lang: str) -> None:
    """The visible rounding line of a rate, as a charge or an allowance."""
    if not rate.rounding_cents:
        return
    node = _allowance(
        settlement,
        charge=rate.rounding_cents > 0,
        cents=abs(rate.rounding_cents),
        code=ROUNDING if rate.rounding_cents > 0 else "",
        reason={"en": "Rounding"}.get(lang, "Arrondi"),
    )
    tax = _add(node, "CategoryTradeTax")
    _add(tax, "TypeCode", "VAT")
    _add(tax, "CategoryCode", rate.tax.category)
    if rate.tax.category != "O":
        _add(tax, "RateApplicablePercent", _percent(rate.tax.rate_bp))


def _summation(settlement: Element, paper: Paper, totals: Sums) -> None:
    node = _add(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    up = sum(rate.rounding_cents for rate in totals.rates if rate.rounding_cents > 0)
    down = -sum(rate.rounding_cents for rate in totals.rates if rate.rounding_cents < 0)
    _add(node, "LineTotalAmount", _money(totals.lines_cents))
    if up:
        _add(node, "ChargeTotalAmount", _money(up))
    if down:
        _add(node, "AllowanceTotalAmount", _money(down))
    _add(node, "TaxBasisTotalAmount", _money(totals.net_cents))
    _add(node, "TaxTotalAmount", _money(totals.vat_cents), currencyID=paper.currency)
    _add(node, "GrandTotalAmount", _money(totals.gross_cents))
    if totals.prepaid_cents:
        _add(node, "TotalPrepaidAmount", _money(totals.prepaid_cents))
    _add(node, "DuePayableAmount", _money(totals.due_cents))


def _earlier(settlement: Element, earlier: Reference) -> None:
    node = _add(settlement, "InvoiceReferencedDocument")
    _add(node, "IssuerAssignedID", earlier.number)
    _day(node, "FormattedIssueDateTime", earlier.issued_on, formatted=True)
