"""From a paper to PDF/A-3: Typst lays it out in the venue's theme, the library embeds the XML.

The bytes carry the time of their making: they are stored, never made again.
"""

from __future__ import annotations

import base64
import io
import json
import re
import threading
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, cast

import typst
from flask_babel import force_locale

from app.invoicing import sheet
from app.invoicing.faults import Fault, Rejected
from app.invoicing.parts import Paper
from app.web import themes

COLOURS = ("ink", "ink2", "line", "line_strong", "surface2", "brand", "on_brand", "brand_ink",
           "brand_tint", "accent", "on_accent")  # fmt: skip
UNPRINTABLE = re.compile(r"the text [`\"“]+(.)")
BUYER = ("name", "street", "extra", "postcode", "city", "contact", "reference")
MOST_SIGNS = 30
_lock = threading.Lock()


@dataclass(frozen=True)
class Looks:
    """What the venue's papers wear: theme, colours, fonts, logo as SVG."""

    theme: str = "etabli"
    seeds: themes.Seeds = field(default_factory=themes.Seeds)
    logo: str = ""

    def as_data(self) -> dict[str, Any]:
        """For the template."""
        theme = themes.load(self.theme)
        colours = themes.colours(theme, self.seeds, "light")
        fonts = themes.load(self.seeds.fonts).fonts if self.seeds.fonts else theme.fonts
        return {
            "colours": {name: colours[name] for name in COLOURS},
            "title_font": [fonts.title, f"{fonts.title} Ext", fonts.text, f"{fonts.text} Ext"],
            "text_font": [fonts.text, f"{fonts.text} Ext"],
            "logo": self.logo,
        }


def as_svg(content: bytes, media_type: str) -> str:
    """A logo as the one format that a template takes as text; a picture is put inside one."""
    if media_type == "image/svg+xml":
        return content.decode()
    kept = base64.b64encode(content).decode()
    width, height = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:{media_type};base64,{kept}"/></svg>'
    )


@cache
def _compiler() -> typst.Compiler:
    """One for the process: it keeps the fonts that it found."""
    folders = sorted(str(folder) for folder in themes.PACKAGES.glob("*/pdf"))
    return typst.Compiler(
        input=str(themes.PACKAGES / "base/pdf/document.typ"),
        root=str(themes.PACKAGES),
        font_paths=folders,
    )


def _template(theme: str) -> str:
    """The theme's own document, else its nearest parent's."""
    for name in (theme, *themes.load(theme).parents):
        file = themes.PACKAGES / name / "pdf/document.typ"
        if file.exists():
            return str(file)
    raise FileNotFoundError("base/pdf/document.typ")


def lay_out(paper: Paper, looks: Looks, *, draft: bool = False) -> bytes:
    """The paper as PDF/A-3b, in its own language, or `Rejected`."""
    with force_locale(paper.lang):
        said = sheet.data(paper, draft=draft)
    try:
        return compiled(said, looks)
    except Rejected as refusal:
        found = [Fault(one.rule, _field_of(paper, one.words), one.words) for one in refusal.faults]
        raise Rejected(found) from refusal


def _field_of(paper: Paper, sign: str) -> str:
    """Where a sign stands that cannot be printed: the field to mend; none when it is elsewhere."""
    for name in BUYER:
        if sign in getattr(paper.buyer, name):
            return f"buyer.{name}"
    for number, line in enumerate(paper.lines, 1):
        if sign in line.label + line.detail:
            return f"lines.{number}.label"
    return next((name for name in ("note", "order_number") if sign in getattr(paper, name)), "")


def compiled(said: sheet.Data, looks: Looks) -> bytes:
    """What a paper says as PDF/A-3b, in the document of the venue's theme. Refuses a sign that no
    font of ours can print."""
    try:
        return bytes(cast("bytes", _print(said, looks, pdf_standards=["a-3b"])))
    except typst.TypstError as error:
        if found := UNPRINTABLE.search(str(error)):
            raise Rejected([Fault("OWN-GLYPH", "", found[1])]) from error
        raise


def compiled_anyway(said: sheet.Data, looks: Looks) -> bytes:
    """For a paper that nobody issues: a sign that no font of ours can print is left out."""
    for _try in range(MOST_SIGNS):
        try:
            return compiled(said, looks)
        except Rejected as refusal:
            kept = json.dumps(said, ensure_ascii=False).replace(refusal.faults[0].words, "")
            said = json.loads(kept)
    return compiled(said, looks)


def pictures(said: sheet.Data, looks: Looks, ppi: float = 100) -> list[bytes]:
    """The pages of the same paper as PNG, to be looked at."""
    made = _print(said, looks, format="png", ppi=ppi)
    return [bytes(one) for one in made] if isinstance(made, list) else [bytes(cast("bytes", made))]


def _print(said: sheet.Data, looks: Looks, **form: Any) -> object:
    """One at a time: the compiler is not for two threads."""
    with _lock:
        return _compiler().compile(
            input=_template(looks.theme),
            sys_inputs={"data": json.dumps(said | looks.as_data())},
            **form,
        )


def embed(pdf: bytes, xml: bytes, paper: Paper) -> bytes:
    """The same PDF with its XML inside, as Factur-X wants it. The library loads much: it is asked
    for by the worker alone."""
    library = import_module("facturx")
    with force_locale(paper.lang):
        title = f"{sheet.title(paper)} {paper.number}"
    file = io.BytesIO(pdf)  # the library's own way is a file on disk, half as slow again
    library.generate_from_file(
        file,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        lang="en-GB" if paper.lang == "en" else "fr-FR",
        pdf_metadata={
            "author": paper.seller.name,
            "keywords": "Factur-X",
            "title": f"{title}, {paper.terms.brand or paper.seller.name}",
            "subject": f"{title}, {paper.issued_on}",
        },
        xmp_compression=False,
    )
    return file.getvalue()
