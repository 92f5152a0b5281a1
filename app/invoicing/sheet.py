"""The words and figures of a document as its paper shows them, in the language of the paper.

A firm reads net prices, a consumer prices with VAT. Everything handed out is plain data for Typst.
"""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import segno.helpers
from babel import Locale, dates, numbers
from stdnum import iban as iban_number

from app.core.i18n import _, lang
from app.invoicing import law, sums
from app.invoicing.parts import Line, Paper, Party, Reference
from app.invoicing.sums import Rate, Sums

Data = dict[str, Any]
NBSP = "\u00a0"


def _locale() -> str:
    return "fr_FR" if lang() == "fr" else "en_IE"


def figure(cents: int) -> str:
    """`1 165,70`: two decimals, no currency; the fonts of papers have no narrow blank."""
    text = numbers.format_decimal(Decimal(cents) / 100, "#,##0.00", locale=_locale())
    return text.replace("\u202f", NBSP)


def amount(cents: int, currency: str) -> str:
    """`1 165,70 €`."""
    symbol = numbers.get_currency_symbol(currency, _locale())
    sign = f"−{NBSP}" if cents < 0 else ""
    if lang() == "fr":
        return f"{sign}{figure(abs(cents))}{NBSP}{symbol}"
    return f"{sign}{symbol}{figure(abs(cents))}"


def percent(bp: int) -> str:
    """`5,5 %`."""
    text = f"{Decimal(bp) / 100:f}".rstrip("0").rstrip(".") if bp % 100 else str(bp // 100)
    return text.replace(".", ",") + f"{NBSP}%" if lang() == "fr" else f"{text}%"


def day(day: dt.date, form: str = "d MMMM y") -> str:
    """`25 novembre 2026`; the first is `1er`."""
    text = dates.format_date(day, form, locale=lang())
    return f"1er{text[1:]}" if lang() == "fr" and form[0] == "d" and day.day == 1 else text


def short_day(day: dt.date) -> str:
    """`25/11/2026`, for tables whose rows may be years apart."""
    return dates.format_date(day, "dd/MM/y", locale="fr")


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
    totals = sums.of(paper)
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
        "lines": [_line(line, paper) for line in paper.lines],
        "rates": _rates(paper, totals),
        "sums": _sums(paper, totals),
        "due": _due(paper, totals),
        "pay": _pay(paper, totals),
        "notes": _notes(paper),
        "sign": _sign(paper),
        "foot": foot(paper),
        "page": [_("Page"), _("sur")],
    }


def head(seller: Party) -> list[str]:
    """Where the seller is, and how to reach it."""
    place = f"{seller.postcode} {seller.city}".strip()
    return [
        ", ".join(part for part in (seller.street, place) if part),
        " · ".join(part for part in (seller.email, seller.phone) if part),
    ]


def client(paper: Paper) -> Data:
    """Who pays, as the panel shows them."""
    buyer = paper.buyer
    place = f"{buyer.postcode} {buyer.city}".strip()
    country = "" if buyer.country == "FR" else _country(buyer.country)
    numbers_ = [buyer.siren and f"SIREN {_spaced(buyer.siren)}"]
    numbers_.append(buyer.vat and _("TVA %(number)s", number=buyer.vat))
    lines = [", ".join(part for part in (buyer.street, buyer.extra, place, country) if part)]
    lines.append(", ".join(part for part in numbers_ if part))
    if buyer.kind == "fr_business" and (buyer.endpoint or buyer.siren):
        address = f"0225:{buyer.endpoint or buyer.siren}"
        lines.append(_("Adresse de facturation électronique %(address)s", address=address))
    return {"label": _("Client"), "name": buyer.name, "lines": [line for line in lines if line]}


def _country(code: str) -> str:
    from_babel = Locale.parse(_locale()).territories.get(code)
    return str(from_babel or code)


def _spaced(siren: str) -> str:
    return NBSP.join(siren[i : i + 3] for i in range(0, len(siren), 3))


def span(first: dt.date, last: dt.date) -> str:
    """`du 3 au 25 novembre 2026`: what both days share is said once."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        start = _("1er") if first.day == 1 and lang() == "fr" else str(first.day)
    else:
        start = day(first, "d MMMM" if first.year == last.year else "d MMMM y")
    return _("du %(first)s au %(last)s", first=start, last=day(last))


def _until(paper: Paper) -> str:
    if paper.kind == "quote":
        return _("Valable jusqu’au")
    return _("À payer avant le") if sums.of(paper).due_cents else _("Payé le")


def _owes(paper: Paper) -> bool:
    """Whether a day of payment means anything: not for a credit note, nor for what is free."""
    if paper.due_on is None or paper.kind == "credit_note":
        return False
    return bool(paper.settled or paper.deposits or sums.of(paper).due_cents)


def _facts(paper: Paper) -> list[Data]:
    natures = {line.tax.nature for line in paper.lines}
    nature = _("prestations de services")
    if "goods" in natures:
        nature = _("biens et services") if len(natures) > 1 else _("livraisons de biens")
    buyer = paper.buyer
    account = ", ".join(part for part in (buyer.reference, buyer.contact) if part)
    found = [
        (_("Émis le"), day(paper.issued_on) if paper.issued_on else ""),
        (_("Prestations"), span(*paper.period) if paper.period else ""),
        (_until(paper), day(paper.due_on) if paper.due_on and _owes(paper) else ""),
        (_("Nature"), nature),
        (_("Votre commande"), paper.order_number),
        (_("Compte client"), account),
        *((_("Document d’origine"), _earlier(one)) for one in paper.refers_to),
        *((_("Acompte déduit"), _earlier(one)) for one in paper.deposits),
    ]
    return [{"label": label, "value": value} for label, value in found if value]


def _earlier(one: Reference) -> str:
    return f"{one.number}, {day(one.issued_on, 'd MMM y')}"


def _block(paper: Paper) -> list[Data]:
    """The cells of a title block."""
    found = []
    if paper.issued_on:
        found.append((_("Émis le"), day(paper.issued_on, "d MMM y")))
    if paper.due_on and _owes(paper):
        found.append((_until(paper), day(paper.due_on, "d MMM y")))
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


def _line(line: Line, paper: Paper) -> Data:
    firm = paper.buyer.is_business
    whole = line.list_net_cents if firm else (line.list_cents or line.gross_cents)
    unit = int((Decimal(whole) / line.quantity).quantize(Decimal(1)))
    off = ""
    if _off(line):
        share = Decimal(_off(line)) * 10_000 / line.list_net_cents
        off = f"−{NBSP}{percent(int(share.quantize(Decimal(1))))}"
    return {
        "date": _days(line),
        "label": line.label,
        "detail": line.detail,
        "quantity": quantity(line.quantity, line.unit),
        "price": figure(unit),
        "discount": off,
        "tax": percent(line.tax.rate_bp) if line.tax.category == "S" else "–",
        "total": figure(line.net_cents if firm else line.gross_cents),
    }


def _days(line: Line) -> str:
    if line.starts_on is None:
        return ""
    first = dates.format_date(line.starts_on, "dd/MM", locale="fr")
    if line.ends_on is None or line.ends_on == line.starts_on:
        return first
    return f"{first}{NBSP}– {dates.format_date(line.ends_on, 'dd/MM', locale='fr')}"


def quantity(count: Decimal, unit: str) -> str:
    """`2 h`, `1,5 j`, `12 pers.`; a piece needs no word."""
    text = f"{count.normalize():f}"
    words = {
        "hour": _("h"),
        "day": _("j"),
        "month": _("mois"),
        "person": _("pers."),
        "piece": "",
    }
    said = text.replace(".", ",") if lang() == "fr" else text
    return f"{said}{NBSP}{words[unit]}" if words[unit] else said


def _rates(paper: Paper, totals: Sums) -> Data:
    return {
        "head": [_("Taux de TVA"), _("Base HT"), _("Montant TVA"), _("Total TTC")],
        "rows": [
            [
                _rate_name(rate, paper),
                figure(rate.net_cents),
                figure(rate.vat_cents),
                figure(rate.gross_cents),
            ]
            for rate in totals.rates
        ],
    }


def _rate_name(rate: Rate, _paper: Paper) -> str:
    if rate.tax.category == "S":
        return percent(rate.tax.rate_bp)
    return {"AE": _("Autoliquidation"), "O": _("Hors champ")}.get(rate.tax.category, _("Exonéré"))


def _sums(paper: Paper, totals: Sums) -> list[Data]:
    money = paper.currency
    rows: list[Data] = []
    if totals.rounding_cents:
        rows.append(sum_row(_("Total des lignes HT"), totals.lines_cents, money))
        rows.append(sum_row(_("Arrondi"), totals.rounding_cents, money))
    rows += [
        sum_row(_("Total HT"), totals.net_cents, money),
        sum_row(_("TVA"), totals.vat_cents, money),
        sum_row(_("Total TTC"), totals.gross_cents, money) | {"strong": True},
    ]
    for one in paper.deposits:
        row = sum_row(_("Acompte %(number)s", number=one.number), -one.amount_cents, money)
        rows.append(row | {"small": _deposit_words(one, money)})
    for paid in paper.settled:
        row = sum_row(method_name(paid.method), -paid.amount_cents, money)
        rows.append(row | {"small": _("reçu le %(day)s", day=day(paid.on, "d MMM y"))})
    return rows


def sum_row(label: str, cents: int, currency: str) -> Data:
    """One line of the totals."""
    return {"label": label, "value": amount(cents, currency), "strong": False, "small": ""}


def _deposit_words(one: Reference, currency: str) -> str:
    tax = _("dont TVA %(amount)s", amount=amount(one.vat_cents, currency))
    if one.paid_on is None:
        return tax
    return _("réglé le %(day)s, %(tax)s", day=day(one.paid_on, "d MMM y"), tax=tax)


def method_name(method: str) -> str:
    """A means of payment in words."""
    return {
        "card": _("Carte bancaire"),
        "sepa_debit": _("Prélèvement SEPA"),
        "cash": _("Espèces"),
        "terminal": _("Carte, sur place"),
        "transfer": _("Virement"),
    }.get(method, _("Déjà réglé"))


def _due(paper: Paper, totals: Sums) -> Data:
    label, small = _("Reste à payer"), ""
    if paper.kind == "credit_note":
        label = _("Total de l’avoir")
    elif paper.kind == "quote":
        label = _("Total TTC")
    elif totals.due_cents == 0:
        label = _("Réglé, rien à payer") if totals.prepaid_cents else _("Rien à payer")
    elif not totals.prepaid_cents:
        label = _("À payer")
    if paper.due_on and totals.due_cents and _owes(paper):
        until = day(paper.due_on, "d MMM y")
        small = _("avant le %(day)s", day=until)
        if paper.kind == "quote":
            small = _("valable jusqu’au %(day)s", day=until)
    return {"label": label, "small": small, "amount": amount(totals.due_cents, paper.currency)}


def _pay(paper: Paper, totals: Sums) -> Data | None:
    """How to pay by transfer, with the code that banking applications read."""
    terms = paper.terms
    if paper.kind not in ("invoice", "deposit") or totals.due_cents <= 0 or not terms.iban:
        return None
    lines = [f"IBAN {iban_number.format(terms.iban).replace(' ', NBSP)}"]
    if terms.bic:
        lines.append(f"BIC {terms.bic}")
    if paper.number:
        lines.append(_("Référence %(number)s", number=paper.number))
    lines.append(_("Ou scannez ce code avec votre banque."))
    return {"title": _("Payer par virement"), "lines": lines, "qr": _code(paper, totals.due_cents)}


def _code(paper: Paper, due_cents: int) -> str:
    if paper.currency != "EUR" or not paper.number:
        return ""
    code = segno.helpers.make_epc_qr(
        name=paper.seller.name[:70],
        iban=paper.terms.iban,
        amount=Decimal(due_cents) / 100,
        text=paper.number,
        bic=paper.terms.bic or None,
    )
    out = io.BytesIO()
    code.save(out, kind="svg", scale=4, border=0)
    return out.getvalue().decode()


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
    return rest[:1].upper() + rest[1:] if colon and len(head) < 50 else words


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
    parts.append(seller.siret and f"SIRET {_spaced(seller.siret[:9])}{NBSP}{seller.siret[9:]}")
    parts.append(seller.vat and _("TVA intracommunautaire %(number)s", number=seller.vat))
    if electronic and paper.kind != "quote":
        parts.append(_("Facture électronique Factur-X jointe à ce PDF"))
    return ". ".join(part for part in parts if part) + "."
