"""Everything that must hold before a document is issued, on the very bytes that will be kept.

For the job worker: what is loaded here is heavy.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.invoicing import checks, facturx, pdf
from app.invoicing.court import Court
from app.invoicing.faults import Rejected
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
        if broken:
            raise Rejected(broken)
        return Printed(pdf.lay_out(paper, looks), b"", {})
    xml = facturx.xml(paper)
    hearing = court.hearing(xml)
    made = b""
    try:
        made = b"" if broken else pdf.embed(pdf.lay_out(paper, looks), xml, paper)
    except Rejected as refusal:
        broken = refusal.faults
    finally:  # whatever became of the page, broken rules are told first
        verdict = hearing.result()
        if broken or verdict.faults:
            raise Rejected([*broken, *verdict.faults])
    return Printed(made, xml, verdict.fired)
