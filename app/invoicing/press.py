"""Everything that must hold before a document is issued, on the very bytes that will be kept.

For the job worker: what is loaded here is heavy.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.invoicing import checks, facturx, pdf
from app.invoicing.court import Court
from app.invoicing.faults import Fault, Rejected
from app.invoicing.parts import Paper
from app.invoicing.pdf import Looks


@dataclass(frozen=True)
class Printed:
    """The bytes to keep, and how many rules they passed."""

    pdf: bytes
    xml: bytes
    fired: dict[str, int]


def printed(paper: Paper, looks: Looks, court: Court) -> Printed:
    """The document as bytes. `Rejected` with every broken rule, `NoJudge` when nobody can tell.

    The page is laid out while the judge, a process of its own, reads the XML: what one of them
    finds never hides what the other does, and nothing leaves before the verdict.
    """
    broken = checks.faults(paper)
    if paper.kind == "quote":
        page, broken = _page(paper, looks, broken)
        if broken:
            raise Rejected(broken)
        return Printed(page, b"", {})
    xml = facturx.xml(paper)
    hearing = court.hearing(xml)
    made = b""
    try:
        page, broken = _page(paper, looks, broken)
        made = b"" if broken else pdf.embed(page, xml, paper)
    finally:  # whatever became of the page, broken rules are told first
        verdict = hearing.result()
        if broken or verdict.faults:
            raise Rejected([*broken, *verdict.faults])
    return Printed(made, xml, verdict.fired)


def _page(paper: Paper, looks: Looks, broken: list[Fault]) -> tuple[bytes, list[Fault]]:
    """The page, and all that is known to be wrong: a sign that cannot be printed is told along
    with what else is broken, and a sum that cannot be drawn is among that."""
    try:
        return pdf.lay_out(paper, looks), broken
    except Rejected as refusal:
        return b"", [*broken, *refusal.faults]
    except (ValueError, ArithmeticError):
        if not broken:
            raise
        return b"", broken
