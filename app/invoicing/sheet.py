"""The words and figures of a document as its paper shows them, in the language of the paper.

A firm reads net prices, a consumer prices with VAT. Everything handed out is plain data for Typst.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import accumulate
from typing import Any

from babel import Locale, dates

from app.core.i18n import _, lang
from app.invoicing import figures, law, sums, totals
from app.invoicing.parts import Line, Paper, Party, Reference

Data = dict[str, Any]
TOGETHER = re.compile(r"(?<=\bart\.) | (?=\d)|(?<=\d) (?=points?\b|€)")
"""Blanks where a line never breaks: in the name of an article, between a figure and its unit."""


def title(paper: Paper) -> str:
    """What kind of document it is."""
    return {
        "quote": _("Devis"),
        "deposit": _("Facture d’acompte"),
        "invoice": _("Facture"),
        "credit_note": _("Avoir"),
    }[paper.kind]


def data(paper: Paper, *, draft: bool = False) -> Data:
    """All that the paper shows."""
    summed = sums.of(paper)
    name = f"{title(paper)} {paper.number}".strip()
    return {
        "lang": lang(),
        "draft": _("Brouillon") if draft else "",
        "title": title(paper),
        "number": paper.number,
        "name": name,
        "brand": paper.terms.brand or paper.seller.name,
        "head": head(paper.seller),
        "client": client(paper),
        "facts": _facts(paper),
        "block": _block(paper),
        "columns": _columns(paper),
        "lines": _lines(paper),
        "carried": [_("À reporter"), _("Report")],
        "rates": totals.rates(summed),
        "sums": totals.rows(paper, summed),
        "due": totals.due(paper, summed),
        "pay": totals.pay(paper, summed),
        "notes": _notes(paper),
        "sign": _sign(paper),
        "foot": foot(paper),
        "page": [_("Page"), _("sur")],
    }


def head(seller: Party) -> list[str]:
    """Where the seller is, and how to reach it."""
    place = f"{seller.postcode} {seller.city}".strip()
    return [
        ", ".join(part for part in (seller.street, seller.extra, place) if part),
        " · ".join(part for part in (seller.email, seller.phone) if part),
    ]


def client(paper: Paper) -> Data:
    """Who pays, as the panel shows them."""
    buyer = paper.buyer
    place = f"{buyer.postcode} {buyer.city}".strip()
    country = "" if buyer.country == "FR" else _country(buyer.country)
    numbers_ = [buyer.siren and f"SIREN{figures.NBSP}{figures.spaced(buyer.siren)}"]
    numbers_.append(buyer.vat and _("TVA %(number)s", number=buyer.vat))
    where = (" ".join(part.split()) for part in (buyer.street, buyer.extra, place, country))
    lines = [", ".join(part for part in where if part)]
    lines.append(", ".join(part for part in numbers_ if part))
    if buyer.kind == "fr_business" and (buyer.endpoint or buyer.siren):
        address = f"0225:{buyer.endpoint or buyer.siren}"
        lines.append(_("Adresse de facturation électronique %(address)s", address=address))
    return {"label": _("Client"), "name": buyer.name, "lines": [line for line in lines if line]}


def _country(code: str) -> str:
    from_babel = Locale.parse(figures.locale()).territories.get(code)
    return str(from_babel or code)


def _until(paper: Paper) -> str:
    if paper.kind == "quote":
        return _("Valable jusqu’au")
    return _("À payer avant le") if sums.of(paper).due_cents else _("Payé le")


def _facts(paper: Paper) -> list[Data]:
    natures = {line.tax.nature for line in paper.lines}
    nature = _("prestations de services")
    if "goods" in natures:
        nature = _("biens et services") if len(natures) > 1 else _("livraisons de biens")
    buyer = paper.buyer
    account = ", ".join(part for part in (buyer.reference, buyer.contact) if part)
    found = [
        (_("Émis le"), figures.day(paper.issued_on) if paper.issued_on else ""),
        (_("Prestations"), figures.span(*paper.period) if paper.period else ""),
        (_until(paper), figures.day(paper.due_on) if paper.due_on and totals.owes(paper) else ""),
        (_("Nature"), nature),
        (_("Votre commande"), paper.order_number),
        (_("Compte client"), account),
        *((_("Document d’origine"), _earlier(one)) for one in paper.refers_to),
        *((_("Acompte déduit"), _earlier(one)) for one in paper.deposits),
    ]
    return [{"label": label, "value": value} for label, value in found if value]


def _earlier(one: Reference) -> str:
    return f"{one.number}, {figures.day(one.issued_on, 'd MMM y')}"


def _block(paper: Paper) -> list[Data]:
    """The cells of a title block."""
    found = []
    if paper.issued_on:
        found.append((_("Émis le"), figures.day(paper.issued_on, "d MMM y")))
    if paper.due_on and totals.owes(paper):
        found.append((_until(paper), figures.day(paper.due_on, "d MMM y")))
    return [{"label": label, "value": value} for label, value in found]


def _columns(paper: Paper) -> Data:
    firm = paper.buyer.is_business
    return {
        "date": _("Date"),
        "label": _("Désignation"),
        "quantity": _("Quantité"),
        "price": _("Prix unit. HT") if firm else _("Prix unit. TTC"),
        "discount": _("Remise") if any(_off(line) for line in paper.lines) else "",
        "tax": _("TVA"),
        "total": _("Total HT") if firm else _("Total TTC"),
    }


def _off(line: Line) -> int:
    return line.list_net_cents - line.net_cents


def _lines(paper: Paper) -> list[Data]:
    """Each line, with what all until it come to: a table that goes on overleaf carries it over."""
    firm = paper.buyer.is_business
    totals = accumulate(line.net_cents if firm else line.gross_cents for line in paper.lines)
    return [
        _line(line, paper) | {"so_far": figures.amount(total, paper.currency)}
        for line, total in zip(paper.lines, totals, strict=True)
    ]


def _line(line: Line, paper: Paper) -> Data:
    firm = paper.buyer.is_business
    whole = line.list_net_cents if firm else (line.list_cents or line.gross_cents)
    off = ""
    if _off(line):
        share = Decimal(_off(line)) * 10_000 / line.list_net_cents
        off = f"−{figures.NBSP}{figures.percent(int(share.quantize(Decimal(1))))}"
    return {
        "date": _days(line),
        "label": line.label,
        "detail": _detail(line),
        "quantity": figures.quantity(line.quantity, line.unit),
        "price": figures.price(Decimal(whole).scaleb(-2) / line.quantity),
        "discount": off,
        "tax": figures.percent(line.tax.rate_bp) if line.tax.category == "S" else "–",
        "total": figures.figure(line.net_cents if firm else line.gross_cents),
    }


def _detail(line: Line) -> str:
    """What else there is to say, and why it costs less: a discount is named where it is taken."""
    why = _("remise « %(name)s »", name=line.discount) if line.discount and _off(line) else ""
    return ", ".join(part for part in (line.detail, why) if part)


def _days(line: Line) -> str:
    if line.starts_on is None:
        return ""
    first = dates.format_date(line.starts_on, "dd/MM", locale="fr")
    if line.ends_on is None or line.ends_on == line.starts_on:
        return first
    return f"{first}{figures.NBSP}– {dates.format_date(line.ends_on, 'dd/MM', locale='fr')}"


def _notes(paper: Paper) -> list[Data]:
    """What the law wants said, then what the seller adds."""
    today = paper.issued_on
    if today is None or paper.kind == "quote":
        return [{"title": "", "text": paper.note}] if paper.note else []
    titles = {
        "PMD": _("Retard de paiement."),
        "PMT": _("Frais de recouvrement."),
        "AAB": _("Escompte."),
        "": _("TVA."),
    }
    found = [
        {"title": titles[code], "text": _without_title(words)}
        for code, words in law.notes(paper, today)
    ]
    found += [
        {"title": _("TVA."), "text": law.text(rate.tax.reason, today).said(paper.lang)}
        for rate in sums.of(paper).rates
        if rate.tax.reason
    ]
    return [*found, {"title": "", "text": paper.note}] if paper.note else found


def _without_title(words: str) -> str:
    """The law's words after their own heading, which the paper prints apart."""
    head, colon, rest = words.partition(" : ")
    if not colon:
        head, colon, rest = words.partition(": ")
    said = rest[:1].upper() + rest[1:] if colon and len(head) < 50 else words
    return TOGETHER.sub(figures.NBSP, said)


def _sign(paper: Paper) -> list[str]:
    if paper.kind != "quote":
        return []
    return [_("Bon pour accord"), _("Date, nom et signature")]


def foot(paper: Paper, *, electronic: bool = True) -> str:
    """What the law wants said of the seller on every page."""
    seller, terms = paper.seller, paper.terms
    parts = [f"{seller.name}, {terms.legal_form}" if terms.legal_form else seller.name]
    if terms.capital:
        parts[0] += _(", capital de %(capital)s", capital=terms.capital)
    parts.append(terms.register)
    parts.append(
        seller.siret and f"SIRET {figures.spaced(seller.siret[:9])}{figures.NBSP}{seller.siret[9:]}"
    )
    parts.append(seller.vat and _("TVA intracommunautaire %(number)s", number=seller.vat))
    if electronic and paper.kind != "quote":
        parts.append(_("Facture électronique Factur-X jointe à ce PDF"))
    return ". ".join(part for part in parts if part) + "."
