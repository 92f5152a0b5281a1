"""F05: what is issued is PDF/A-3 with its XML inside, byte for byte, and says the same figures."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import page
import pytest
from flask import Flask
from pypdf import PdfReader

from app.core import i18n
from app.invoicing import facturx, figures, pdf
from app.invoicing.faults import Rejected
from app.invoicing.parts import Paper
from app.invoicing.pdf import Looks
from app.web import themes
from tests.invoicing import carts
from tests.invoicing.papers import LINES, seven

THEMES = themes.available()
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
)
# Bytes of a stream may end in a carriage return; the checker alone minds (alpha, known).
FALSE_ALARM = "6.1.7.1"


@pytest.fixture(scope="module")
def words() -> Flask:
    app = Flask("words")
    i18n.install(app)
    return app


@pytest.fixture(scope="module")
def issued(words: Flask) -> Callable[..., tuple[bytes, bytes]]:
    """PDF and XML of one of the seven, made once."""

    @cache
    def make(name: str, theme: str = "etabli", lang: str = "fr") -> tuple[bytes, bytes]:
        paper = seven("moulin", lang)[name]
        xml = facturx.xml(paper)
        with words.app_context():
            laid_out = pdf.lay_out(paper, Looks(theme, themes.Seeds(), LOGO))
            return pdf.embed(laid_out, xml, paper), xml

    return make


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("theme", THEMES)
def test_f05_it_is_pdf_a_3_with_the_xml_byte_for_byte(theme: str, lang: str, issued) -> None:
    made, xml = issued("to pay", theme, lang)
    report = page.validate_pdf_bytes(made, profile="PDF/A-3b")
    wrong = [one for one in report.failures if not one.rule_id.startswith(FALSE_ALARM)]
    assert not wrong, [(one.rule_id, one.message) for one in wrong]
    assert nine_points(made, xml, lang) == []


@pytest.mark.parametrize("name", tuple(seven()))
def test_f05_each_of_the_seven_is_well_made(name: str, issued) -> None:
    made, xml = issued(name)
    assert nine_points(made, xml, "fr") == []


def nine_points(made: bytes, xml: bytes, lang: str) -> list[str]:
    """What a reader of Factur-X looks for; the names of what is missing."""
    reader = PdfReader(io.BytesIO(made))
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    files = root["/AF"]
    points = {
        "one associated file": len(files) == 1,
        "its relationship": files[0].get_object()["/AFRelationship"] == "/Data",
        "its name": list(reader.attachments) == ["factur-x.xml"],
        "its bytes": reader.attachments["factur-x.xml"] == [xml],
        "level B of part 3": "pdfaid:part>3<" in metadata and "pdfaid:conformance>B<" in metadata,
        "the profile": "ConformanceLevel>EN 16931<" in metadata,
        "colours": bool(root.get("/OutputIntents")),
        "fonts inside": all(embedded(one.get_object()) for one in fonts(reader)),
        "language, title, tags": str(root.get("/Lang")).startswith(lang)
        and bool(reader.metadata and reader.metadata.title)
        and root["/MarkInfo"]["/Marked"],
    }
    return [name for name, held in points.items() if not held]


def fonts(reader: PdfReader) -> list:
    return [font for one in reader.pages for font in one["/Resources"]["/Font"].values()]


def embedded(font) -> bool:
    below = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    described = below["/FontDescriptor"].get_object()
    return any(name in described for name in ("/FontFile", "/FontFile2", "/FontFile3"))


def text_of(made: bytes) -> str:
    pages = PdfReader(io.BytesIO(made)).pages
    return " ".join(" ".join(one.extract_text() for one in pages).split())


def test_f05_visible_totals_are_those_of_the_xml(words: Flask) -> None:
    """The amount due, the net and the VAT of twelve carts, as a reader of the paper finds them."""
    for seed in range(12):
        paper = replace(carts.cart(seed), lang="fr")
        totals = carts.said(facturx.xml(paper))
        with words.app_context():
            shown = text_of(pdf.lay_out(paper, Looks()))
        for name in ("gross", "vat", "net", "due"):
            figure = f"{totals[name]:,.2f}".replace(",", " ").replace(".", ",")
            assert figure.replace(" ", "") in shown.replace(" ", ""), (seed, name, figure)


def test_a_consumer_reads_prices_with_vat_and_a_firm_without(issued) -> None:
    firm, consumer = (text_of(issued(name)[0]) for name in ("to pay", "consumer"))
    assert "Prix unit. HT" in firm
    assert "Prix unit. TTC" not in firm
    assert "Prix unit. TTC" in consumer
    assert "19,50" in consumer
    assert "Prix unit. HT" not in consumer


@pytest.mark.parametrize("theme", THEMES)
def test_one_line_and_sixty_lines_number_their_pages(theme: str, words: Flask) -> None:
    base = seven()["to pay"]
    for count in (1, 60):
        lines = tuple(replace(LINES[n % 7], label=f"Objet {n + 1}") for n in range(count))
        with words.app_context():
            made = pdf.lay_out(replace(base, lines=lines), Looks(theme))
        pages = PdfReader(io.BytesIO(made)).pages
        text = text_of(made)
        assert f"Objet {count}" in text
        assert f"Page {len(pages)} sur {len(pages)}" in text
        assert (len(pages) > 1) == (count == 60)
        assert text.count("Désignation") >= min(len(pages), 2)


def test_every_word_of_the_law_is_on_the_paper(issued) -> None:
    text = text_of(issued("to pay")[0])
    for words in (
        "Atelier Roux SARL", "552 100 554", "FR96552100554", "0225:552100554", "BC-2026-88",
        "25 novembre 2026", "du 3 au 20 novembre 2026", "25 décembre 2026",
        "prestations de services",
        "BCE majoré de 10 points", "40 €", "Aucun escompte", "48 200 €", "RCS Lyon 732 829 320",
        "732 829 320 00074", "FR44732829320", "FR14 2004 1010 0505 0001 3M02 606",
    ):  # fmt: skip
        assert words in text, words
    assert "autoliquidation" in text_of(issued("EU reverse charge")[0]).lower()


def test_a_draft_says_so_and_bears_no_number(words: Flask) -> None:
    paper = replace(seven()["to pay"], number="", issued_on=None)
    with words.app_context():
        text = text_of(pdf.lay_out(paper, Looks(), draft=True))
    assert "Brouillon" in text
    assert "F-2026" not in text


def test_a_sign_that_cannot_be_printed_is_named(words: Flask) -> None:
    base = seven()["to pay"]
    strange = replace(base, buyer=replace(base.buyer, name="Salon 🎪"))
    with words.app_context(), pytest.raises(Rejected) as refusal:
        pdf.lay_out(strange, Looks())
    assert [(one.rule, one.field, one.words) for one in refusal.value.faults] == [
        ("OWN-GLYPH", "buyer.name", "🎪")
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_totals_and_mentions_never_stand_alone_on_the_last_page(words: Flask, theme: str) -> None:
    base = seven()["to pay"]
    for count in (1, 22, 23, 24, 25, 26, 58, 60, 62):
        lines = tuple(replace(LINES[2], label=f"Ligne{n:02}") for n in range(count))
        with words.app_context():
            made = pdf.lay_out(replace(base, lines=lines), Looks(theme))
        pages = [one.extract_text() for one in PdfReader(io.BytesIO(made)).pages]
        for said in ("Total TTC", "Payer par virement", "Escompte"):
            assert said in pages[-1], (count, said)
        assert f"Ligne{count - 1:02}" in pages[-1], count
        assert all("Désignation" in one for one in pages), count


@pytest.mark.parametrize("theme", THEMES)
def test_what_goes_on_overleaf_is_carried_over(words: Flask, theme: str) -> None:
    """The sum at the foot of a page is the one at the head of the next, and that of its lines."""
    lines = tuple(replace(LINES[0], label=f"Ligne{n:02}") for n in range(60))
    with words.app_context():
        made = pdf.lay_out(replace(seven()["to pay"], lines=lines), Looks(theme))
    pages = [" ".join(one.extract_text().split()) for one in PdfReader(io.BytesIO(made)).pages]
    assert len(pages) > 1
    seen = 0
    for number, text in enumerate(pages, 1):
        seen += text.count("Ligne")
        carried = figures_after("À reporter", text)
        assert (carried is None) == (number == len(pages))
        if carried is not None:
            assert carried == Decimal(seen * LINES[0].net_cents) / 100
            assert figures_after("Report", pages[number]) == carried
    assert "Report" not in pages[0]


def figures_after(word: str, text: str) -> Decimal | None:
    """The amount that stands after a word."""
    found = re.search(rf"{word} ([\d ]+,\d\d) €", text)
    return Decimal(found[1].replace(" ", "").replace(",", ".")) if found else None


def test_a_price_that_cents_cannot_say_shows_more_decimals(words: Flask) -> None:
    base = seven()["to pay"]
    three = replace(LINES[0], quantity=Decimal(3), list_cents=0, gross_cents=1200, vat_cents=200)
    with words.app_context():
        text = text_of(pdf.lay_out(replace(base, lines=(three, LINES[5])), Looks()))
    assert "3,3333" in text
    assert "26,00" in text
    assert "remise « Grandes journées »" in text


def test_a_draft_has_no_code_to_scan(words: Flask) -> None:
    base = seven()["to pay"]
    with words.app_context():
        issued_text = text_of(pdf.lay_out(base, Looks()))
        draft = text_of(pdf.lay_out(replace(base, number="", issued_on=None), Looks(), draft=True))
    assert "scannez ce code" in issued_text
    assert "scannez ce code" not in draft
    assert "FR14 2004" in draft


def test_names_of_the_whole_continent_are_printed_in_our_fonts(words: Flask) -> None:
    base = seven()["to pay"]
    name = "Łukasz Čapek, Ştefan Ærø, Ñuño, Őrsi, Ğül"
    with words.app_context():
        for theme in THEMES:
            made = pdf.lay_out(replace(base, buyer=replace(base.buyer, name=name)), Looks(theme))
            used = {
                str(one.get_object()["/BaseFont"]) for one in fonts(PdfReader(io.BytesIO(made)))
            }
            ours = ("Figtree", "Public", "Bricolage", "Familjen")
            assert all(any(word in font for word in ours) for font in used), used


def test_a_picture_as_logo_is_put_inside_a_drawing() -> None:
    png = (Path(themes.PACKAGES).parent / "docs/pictures/home.png").read_bytes()
    drawn = pdf.as_svg(png, "image/png")
    assert 'viewBox="0 0 ' in drawn
    assert "data:image/png;base64," in drawn
    assert pdf.as_svg(LOGO.encode(), "image/svg+xml") == LOGO


def test_amounts_are_written_as_each_language_does(words: Flask) -> None:
    for lang, said in (("fr", "1\u00a0165,70\u00a0€"), ("en", "€1,165.70")):
        with words.test_request_context(f"/?lang={lang}"):
            assert figures.amount(116570, "EUR") == said
    with words.test_request_context("/?lang=fr"):
        assert figures.percent(550) == "5,5\u00a0%"
        assert figures.quantity(Decimal("1.50"), "day") == "1,5\u00a0j"


def test_the_paper_of_a_quote_asks_for_a_signature(words: Flask) -> None:
    paper: Paper = replace(seven()["to pay"], kind="quote", number="D-2026-0001")
    with words.app_context():
        text = text_of(pdf.lay_out(paper, Looks()))
    assert "Devis" in text
    assert "Bon pour accord" in text
    assert "Factur-X" not in text
