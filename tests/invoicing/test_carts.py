"""F04: random carts come to what an independent computation says, to the cent, and stand before
the judge. `make carts` runs 10,000 of them, each judged."""

from __future__ import annotations

import os

from app.invoicing import checks, facturx
from tests.invoicing import carts

COUNT = int(os.environ.get("CARTS", "200"))
JUDGED = int(os.environ.get("CARTS", "25"))


def test_f04_totals_are_those_of_an_independent_computation() -> None:
    found = [fault for seed in range(COUNT) for fault in carts.faults(seed)]
    assert not found, found[:10]


def test_f04_each_stands_before_the_judge(court) -> None:
    for seed in range(JUDGED):
        paper = carts.cart(seed)
        verdict = court.judge(facturx.xml(paper))
        assert not verdict.faults, (seed, verdict.faults)
        assert not checks.faults(paper), seed


def test_f04_the_carts_are_of_every_kind() -> None:
    papers = [carts.cart(seed) for seed in range(200)]
    assert {paper.kind for paper in papers} == {"invoice", "credit_note"}
    assert any(paper.deposits for paper in papers)
    assert {one.tax.rate_bp for paper in papers for one in paper.lines} == set(carts.RATES)
    assert max(len(paper.lines) for paper in papers) >= 29
    assert any(one.list_cents for paper in papers for one in paper.lines)
