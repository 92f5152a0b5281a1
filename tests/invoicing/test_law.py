"""F17: legal texts are dated data; a document says those of its day."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import replace
from itertools import pairwise

import pytest

from app.invoicing import facturx, law
from app.invoicing.parts import TaxRule
from tests.invoicing.papers import EXEMPT, line, seven

LAST, FIRST = dt.date(2027, 12, 31), dt.date(2028, 1, 1)
TAXES = ("reverse_charge", "franchise", "bare_premises", "training")


@pytest.mark.parametrize("key", TAXES)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_f17_the_old_code_is_cited_until_2027_and_the_new_one_after(key: str, lang: str) -> None:
    old, new = law.text(key, LAST).said(lang), law.text(key, FIRST).said(lang)
    assert "CGI" in old
    assert "CIBS" not in old
    assert "CIBS" in new
    assert "CGI" not in new
    assert law.text(key, LAST).code == law.text(key, FIRST).code


def test_f17_invoices_on_both_sides_of_the_year_stand_before_the_judge(court) -> None:
    base = replace(seven()["to pay"], lines=(line("Bureau nu", 90000, EXEMPT),))
    for day, code in ((LAST, "CGI"), (FIRST, "CIBS")):
        paper = replace(base, issued_on=day, due_on=day + dt.timedelta(days=30))
        xml = facturx.xml(paper)
        assert f"du {code}".encode() in xml or f"livre II du {code}".encode() in xml
        assert not court.judge(xml).faults


def test_each_text_has_one_wording_on_each_day() -> None:
    """No gap and no overlap from the first day on."""
    for key in {one.key for one in law.texts()}:
        dated = sorted((one for one in law.texts() if one.key == key), key=lambda one: one.since)
        assert dated[-1].until is None, key
        for before, after in pairwise(dated):
            assert before.until == after.since - dt.timedelta(days=1), key
        for one in dated:
            assert one.fr != one.en


def test_a_day_or_a_key_without_text_is_refused() -> None:
    for key, day in (("PMD", dt.date(1999, 1, 1)), ("nonsense", LAST)):
        with pytest.raises(law.NoText):
            law.text(key, day)
    unknown = TaxRule(rate_bp=0, category="E", reason="nonsense")
    with pytest.raises(law.NoText):
        facturx.xml(replace(seven()["to pay"], lines=(line("Rien", 100, unknown),)))


def test_no_law_is_written_in_code() -> None:
    """An article number in a module would be a text without its days."""
    raw = tomllib.loads(law.FILE.read_text())["text"]
    assert len(raw) == len(law.texts())
    for module in law.FILE.parent.glob("*.py"):
        assert "art. " not in module.read_text(), module.name


def test_a_consumer_is_not_threatened_with_forty_euros() -> None:
    said = dict(law.notes(seven()["consumer"], dt.date(2026, 11, 25)))
    assert "40 €" not in said["PMT"]
    firm = dict(law.notes(seven("quai")["to pay"], dt.date(2026, 11, 25)))
    assert "40 €" in firm["PMT"]
    assert "12 % par an" in firm["PMD"]
    assert "débits" in firm[""]
