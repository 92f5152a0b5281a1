"""The figures at the foot of a paper: VAT per rate, the totals, what is to be paid and how."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import segno.helpers
from stdnum import iban as iban_number

from app.core.i18n import _
from app.invoicing import figures, names, sums
from app.invoicing.parts import Paper, Reference
from app.invoicing.sums import Rate, Sums

Data = dict[str, Any]


def owes(paper: Paper) -> bool:
    """Whether a day of payment means anything: not for a credit note, nor for what is free."""
    if paper.due_on is None or paper.kind == "credit_note":
        return False
    return bool(paper.settled or paper.deposits or sums.of(paper).due_cents)


def rates(totals: Sums) -> Data:
    """The table of VAT: each rate with its base, its tax and both."""
    return {
        "head": [_("Taux de TVA"), _("Base HT"), _("Montant TVA"), _("Total TTC")],
        "rows": [
            [
                _rate_name(rate),
                figures.figure(rate.net_cents),
                figures.figure(rate.vat_cents),
                figures.figure(rate.gross_cents),
            ]
            for rate in totals.rates
        ],
    }


def _rate_name(rate: Rate) -> str:
    if rate.tax.category == "S":
        return figures.percent(rate.tax.rate_bp)
    return {"AE": _("Autoliquidation"), "O": _("Hors champ")}.get(rate.tax.category, _("Exonéré"))


def rows(paper: Paper, totals: Sums) -> list[Data]:
    """From the lines to the total, then what was paid before."""
    money = paper.currency
    found: list[Data] = []
    if totals.rounding_cents:
        found.append(sum_row(_("Total des lignes HT"), totals.lines_cents, money))
        found.append(sum_row(_("Arrondi"), totals.rounding_cents, money))
    found += [
        sum_row(_("Total HT"), totals.net_cents, money),
        sum_row(_("TVA"), totals.vat_cents, money),
        sum_row(_("Total TTC"), totals.gross_cents, money) | {"strong": True},
    ]
    for one in paper.deposits:
        row = sum_row(_("Acompte %(number)s", number=one.number), -one.amount_cents, money)
        found.append(row | {"small": _deposit_words(one, money)})
    for paid in paper.settled:
        row = sum_row(names.method_name(paid.method), -paid.amount_cents, money)
        found.append(row | {"small": _("reçu le %(day)s", day=figures.day(paid.on, "d MMM y"))})
    return found


def sum_row(label: str, cents: int, currency: str) -> Data:
    """One line of the totals."""
    return {"label": label, "value": figures.amount(cents, currency), "strong": False, "small": ""}


def _deposit_words(one: Reference, currency: str) -> str:
    tax = _("dont TVA %(amount)s", amount=figures.amount(one.vat_cents, currency))
    if one.paid_on is None:
        return tax
    return _("réglé le %(day)s, %(tax)s", day=figures.day(one.paid_on, "d MMM y"), tax=tax)


def due(paper: Paper, totals: Sums) -> Data:
    """The one figure that the reader looks for, and until when."""
    label, small = _("Reste à payer"), ""
    if paper.kind == "credit_note":
        label = _("Total de l’avoir")
    elif paper.kind == "quote":
        label = _("Total TTC")
    elif totals.due_cents == 0:
        label = _("Réglé, rien à payer") if totals.prepaid_cents else _("Rien à payer")
    elif not totals.prepaid_cents:
        label = _("À payer")
    if paper.due_on and totals.due_cents and owes(paper):
        until = figures.day(paper.due_on, "d MMM y")
        small = _("avant le %(day)s", day=until)
        if paper.kind == "quote":
            small = _("valable jusqu’au %(day)s", day=until)
    return {
        "label": label,
        "small": small,
        "amount": figures.amount(totals.due_cents, paper.currency),
    }


def pay(paper: Paper, totals: Sums) -> Data | None:
    """How to pay by transfer, with the code that banking applications read."""
    terms = paper.terms
    if paper.kind not in ("invoice", "deposit") or totals.due_cents <= 0 or not terms.iban:
        return None
    lines = [f"IBAN {iban_number.format(terms.iban).replace(' ', figures.NBSP)}"]
    if terms.bic:
        lines.append(f"BIC {terms.bic}")
    if paper.number:
        lines.append(_("Référence %(number)s", number=paper.number))
    code = _code(paper, totals.due_cents)
    if code:
        lines.append(_("Ou scannez ce code avec votre banque."))
    return {"title": _("Payer par virement"), "lines": lines, "qr": code}


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
