"""Every paper that a venue hands out, as pictures to look at.

python -m scripts.papers [words]    writes var/papers/*.png (those whose name holds every word)

Each kind with one line and with sixty, in each theme and both languages, and the hard ones: long
names, signs that our fonts lack, five rates, nothing to pay. The directory is not kept by git.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from flask import Flask
from flask_babel import force_locale

from app.core import i18n
from app.core.i18n import _
from app.invoicing import account_sheet, pdf, sheet
from app.invoicing.account_sheet import AccountPaper
from app.invoicing.faults import Rejected
from app.invoicing.models import Document
from app.invoicing.parts import Line, Paper, TaxRule
from app.invoicing.statement import Movement, Statement
from app.web import themes
from scripts import pg
from scripts.papers_desk import desk
from tests.invoicing import papers

OUT = pg.ROOT / "var" / "papers"
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
    '<circle cx="20" cy="20" r="20" fill="#005a42"/>'
    '<path d="M20 6v28M6 20h28M10 10l20 20M30 10L10 30" stroke="#fff" stroke-width="3"/></svg>'
)
RATES = [TaxRule(rate_bp=bp) for bp in (2000, 1000, 850, 550, 210)]
ABROAD = replace(
    papers.FIRM, kind="other", name="Acme & Daughters Ltd", siren="", vat="",
    street="1 High Street", postcode="E1 6AN", city="London", country="GB",
)  # fmt: skip
DESK = ("receipt", "ticket", "contract")
ROOMS = ("Salle Curie", "Plateau", "Studio podcast", "Déjeuner", "Impressions A3", "Cabine B")


@dataclass(frozen=True)
class Made:
    """One paper, under the name of its pictures."""

    name: str
    pages: list[bytes]


def many(count: int, rates: list[TaxRule] | None = None) -> tuple[Line, ...]:
    """So many lines, of a month."""
    rates = rates or [papers.S20, papers.S10]
    return tuple(
        papers.line(
            ROOMS[n % len(ROOMS)],
            999 + 137 * n,
            rates[n % len(rates)],
            1 + n % 28,
            quantity=Decimal(1 + n % 4),
            unit=("hour", "day", "piece", "person")[n % 4],
            detail="9:00 – 12:00" if n % 3 == 0 else "",
        )
        for n in range(count)
    )


def _hard(lang: str) -> dict[str, Paper]:
    """What breaks layouts: each is one that a customer will send us."""
    usual = papers.seven("moulin", lang)["to pay"]
    long = "Coopérative d’activités et d’emploi des métiers du bâtiment et de la rénovation "
    named = replace(
        papers.FIRM,
        name=long * 2,
        street="Zone artisanale des Grands Communaux " * 2,
        contact="Anne-Sophie de La Rochefoucauld-Montmorency",
        reference="C-" * 20,
    )
    words = replace(usual.lines[0], label=long + "x" * 70, detail="14:00 – 16:00, " * 8)
    free = replace(papers.line("Visite offerte", 0), quantity=Decimal(1))
    return {
        "long-names": replace(usual, buyer=named, lines=(words, *usual.lines[1:])),
        "right-to-left": replace(usual, buyer=replace(papers.FIRM, name="شركة الورشة الحمراء")),
        "emoji": replace(usual, buyer=replace(papers.FIRM, name="Café 🦊 & Cie")),
        "accents": replace(
            usual, buyer=replace(papers.FIRM, name="Ðặng Žižek & Łódź, Ελλάς, Київ")
        ),
        "five-rates": replace(usual, lines=many(12, RATES)),
        "nothing": replace(usual, lines=(free,)),
        "note": replace(usual, note="Merci de votre visite. " * 30),
        "draft": replace(usual, number="", issued_on=None),
    } | _people(usual)


def _people(usual: Paper) -> dict[str, Paper]:
    """Large amounts, and who is not a firm next door."""
    return {
        "large": replace(
            usual,
            lines=tuple(
                papers.line("Location à l’année", 1_000_000_00 * n, quantity=Decimal(n), unit="day")
                for n in (1, 3, 7)
            ),
        ),
        "outside-union": replace(usual, buyer=ABROAD),
        "consumer-60": replace(
            usual, buyer=replace(papers.CONSUMER, street="3 rue Bât-d’Argent", postcode="69001",
                                 city="Lyon"), lines=many(60), order_number="",
        ),
        "five-lines": replace(
            usual,
            buyer=replace(
                papers.FIRM, street="Bâtiment Horizon, escalier C, 3e étage, porte 312",
                extra="Zone industrielle Nord, lieu-dit Les Grands Champs", postcode="97200",
                city="Fort-de-France Cedex", contact="Service comptabilité fournisseurs",
            ),
        ),
    }  # fmt: skip


def documents(lang: str) -> Iterator[tuple[str, Paper]]:
    """The kinds of documents, short and long, then the hard ones."""
    for name, paper in papers.seven("moulin", lang).items():
        word = name.replace(" ", "-")
        yield word, paper
        if name == "to pay":
            for kind in ("invoice", "quote"):
                asked = replace(
                    paper, kind=kind, number={"quote": "D-2026-0007"}.get(kind, paper.number)
                )
                for count in (1, 18, 23, 60):
                    yield f"{kind}-{count}", replace(asked, lines=many(count))
        elif name in ("final after deposit", "credit note", "deposit"):
            yield f"{word}-60", replace(paper, lines=many(60))
    yield from _hard(lang).items()


def account(count: int) -> AccountPaper:
    """The statement of a firm with so many movements."""
    seller, terms = papers.SELLERS["moulin"]
    found, balance = [], 12_000
    for n in range(count):
        paid = n % 3 == 2
        cents = -(4_000 + 311 * n) if paid else 9_000 + 257 * n
        balance += cents
        named = Document(name=f"F-2026-{1000 + n}", kind="invoice")
        on = dt.date(2026, 1, 5) + dt.timedelta(days=5 * n)
        what = _("Règlement reçu") if paid else _("Facture")
        order = (dt.datetime.combine(on, dt.time(), dt.UTC), n)
        found.append(Movement(on, order, what, cents, named, balance))
    return AccountPaper(
        seller=seller, terms=terms, holder=papers.FIRM, made_on=papers.DAY,
        found=Statement(12_000, found, balance, 4_200), since=dt.date(2026, 1, 1),
    )  # fmt: skip


def made() -> Iterator[Made]:
    """Each paper in each theme and language; one that is refused is named instead."""
    for theme in themes.available():
        looks = pdf.Looks(theme, themes.Seeds(), LOGO)
        for lang in i18n.LOCALES:
            start = f"{theme}-{lang}"
            for name, paper in documents(lang):
                if wanted(f"{start}-{name}"):
                    with force_locale(lang):
                        said = sheet.data(paper, draft=name == "draft")
                    yield from printed(f"{start}-{name}", said, looks)
            yield from _desk(start, looks, lang)
            for count in (0, 1, 60):
                if wanted(whole := f"{start}-statement-{count}"):
                    with force_locale(lang):
                        said = account_sheet.data(account(count))
                    yield from printed(whole, said, looks)


def _desk(start: str, looks: pdf.Looks, lang: str) -> Iterator[Made]:
    """Receipts, tickets and contracts, when one of them is wanted."""
    names = [f"{start}-{name}-{count}" for name in DESK for count in (1, 60)]
    if any(map(wanted, names)):
        for name, pages in desk(looks, lang, {count: many(count) for count in (1, 60)}):
            if wanted(f"{start}-{name}"):
                yield Made(f"{start}-{name}", pages)


def printed(name: str, said: sheet.Data, looks: pdf.Looks) -> Iterator[Made]:
    """As pictures, once it is sure that it can be issued."""
    try:
        pdf.compiled(said, looks)
    except Rejected as refusal:
        print(f"{name}: refused, {refusal.faults[0]}", flush=True)
    else:
        yield Made(name, pdf.pictures(said, looks))


def wanted(name: str) -> bool:
    """Whether every word that was asked for is in the name."""
    return all(word in name for word in sys.argv[1:])


def main() -> int:
    """Make them all, a picture for each page."""
    OUT.mkdir(parents=True, exist_ok=True)
    app = Flask("papers")
    i18n.install(app)
    count = 0
    with app.app_context():
        for one in made():
            for old in OUT.glob(f"{one.name}-p*.png"):
                old.unlink()  # it may have been longer
            for number, picture in enumerate(one.pages, 1):
                (OUT / f"{one.name}-p{number}.png").write_bytes(picture)
                count += 1
    print(f"{count} pages in {OUT.relative_to(pg.ROOT)}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
