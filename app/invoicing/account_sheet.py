"""The statement of an account on paper: the same head, panels and foot as a document, a table of
movements, and what is owed after the last one. It is no document: no number, nothing is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from stdnum import iban as iban_number

from app.core.i18n import _, lang
from app.invoicing import figures, sheet, totals
from app.invoicing.figures import NBSP
from app.invoicing.parts import Paper, Party, Terms
from app.invoicing.statement import Movement, Statement


@dataclass(frozen=True, kw_only=True)
class AccountPaper:
    """Whose account it is, kept by whom, between which days; without them, all of it."""

    seller: Party
    terms: Terms
    holder: Party
    found: Statement
    made_on: dt.date
    since: dt.date | None = None
    until: dt.date | None = None
    currency: str = "EUR"


def title() -> str:
    """What it is called."""
    return _("Relevé de compte")


def data(paper: AccountPaper) -> dict[str, Any]:
    """All that it shows, in the language of the moment."""
    bare = Paper(
        kind="invoice", seller=paper.seller, buyer=paper.holder, lines=(), terms=paper.terms,
        lang=lang(), currency=paper.currency,
    )  # fmt: skip
    brand = paper.terms.brand or paper.seller.name
    return {
        "lang": lang(),
        "draft": "",
        "title": title(),
        "number": "",
        "name": title(),
        "brand": brand,
        "head": sheet.head(paper.seller),
        "client": sheet.client(bare),
        "facts": _facts(paper),
        "block": [{"label": _("Établi le"), "value": figures.day(paper.made_on, "d MMM y")}],
        "account": _table(paper),
        "sums": _sums(paper),
        "due": _due(paper),
        "pay": _pay(paper),
        "notes": _notes(paper),
        "sign": [],
        "foot": sheet.foot(bare, electronic=False),
        "page": [_("Page"), _("sur")],
    }


def _facts(paper: AccountPaper) -> list[dict[str, str]]:
    """When it was made, and which days it covers."""
    first, last = paper.since, paper.until
    if first is None and paper.found.movements:
        first = paper.found.movements[0].on
    last = last or paper.made_on
    said = _("jusqu’au %(day)s", day=figures.day(last))
    if first is not None and first <= last:
        said = figures.span(first, last)
    found = [
        (_("Établi le"), figures.day(paper.made_on)),
        (_("Période"), said),
        (_("Compte client"), paper.holder.reference),
    ]
    return [{"label": label, "value": value} for label, value in found if value]


def _table(paper: AccountPaper) -> dict[str, Any]:
    """Oldest first, with the balance that was brought forward."""
    before = ["", _("Solde précédent"), "", "", "", figures.figure(paper.found.before_cents)]
    rows = [before, *(_row(one) for one in paper.found.movements)]
    head = [_("Date"), _("Libellé"), _("Document"), _("Débit"), _("Crédit"), _("Solde")]
    return {"head": head, "rows": rows}


def _row(one: Movement) -> list[str]:
    return [
        figures.short_day(one.on),
        one.what,
        one.document.name,
        figures.figure(one.debit) if one.debit else "",
        figures.figure(one.credit) if one.credit else "",
        figures.figure(one.balance_cents),
    ]


def _sums(paper: AccountPaper) -> list[dict[str, Any]]:
    found, money = paper.found, paper.currency
    rows = [
        (_("Solde précédent"), found.before_cents),
        (_("Total des débits"), sum(one.debit for one in found.movements)),
        (_("Total des crédits"), -sum(one.credit for one in found.movements)),
    ]
    return [totals.sum_row(label, cents, money) for label, cents in rows]


def _due(paper: AccountPaper) -> dict[str, str]:
    cents = paper.found.after_cents
    label = _("Reste à payer") if cents > 0 else _("À vous rembourser")
    if cents == 0:
        label = _("Rien à payer")
    small = _("au %(day)s", day=figures.day(paper.until or paper.made_on, "d MMM y"))
    return {"label": label, "small": small, "amount": figures.amount(abs(cents), paper.currency)}


def _pay(paper: AccountPaper) -> dict[str, Any] | None:
    """Where to send it; without a code, which would name one amount for several invoices."""
    if paper.found.after_cents <= 0 or not paper.terms.iban:
        return None
    lines = [f"IBAN {iban_number.format(paper.terms.iban).replace(' ', NBSP)}"]
    if paper.terms.bic:
        lines.append(f"BIC {paper.terms.bic}")
    lines.append(_("Indiquez les numéros des factures que vous réglez."))
    return {"title": _("Payer par virement"), "lines": lines, "qr": ""}


def _notes(paper: AccountPaper) -> list[dict[str, str]]:
    said = [_("Ce relevé n’est pas une facture : il reprend celles qui ont été émises.")]
    if paper.found.unbilled_cents > 0:
        coming = figures.amount(paper.found.unbilled_cents, paper.currency)
        said.append(_("À venir sur la prochaine facture : %(amount)s TTC.", amount=coming))
    return [{"title": "", "text": words} for words in said]
