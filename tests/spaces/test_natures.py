"""F14: the table of docs/money.md and the rule say the same in all 144 cells."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from app.invoicing import law
from app.spaces.natures import (
    CUSTOMERS,
    EXIGIBILITY,
    NATURES,
    WITHDRAWAL,
    Nature,
    Tax,
    rate_on,
    reason,
    tax,
    vat_on,
)

DOC = Path(__file__).resolve().parents[2] / "docs" / "money.md"
CELL = re.compile(r"(\d+(?:\.\d)?) (S|AE|E|O) (\S+) \[([a-i])(\??)\]")
DAY = dt.date(2026, 11, 27)


def table() -> dict[tuple[str, str, str], tuple[Tax, str, bool]]:
    """What the document says: each cell, its source and whether it waits for an accountant."""
    found = {}
    for mode in EXIGIBILITY:
        part = DOC.read_text().split(f"### {mode}:")[1].split("\n###")[0].split("\nSources")[0]
        lines = [line for line in part.splitlines() if line.startswith("| ")]
        heads = [head.strip() for head in lines[0].strip("|").split("|")][1:]
        for line in lines[1:]:
            nature, *cells = [cell.strip() for cell in line.strip("|").split("|")]
            for customer, cell in zip(heads, cells, strict=True):
                match = CELL.fullmatch(cell)
                assert match, (nature, customer, cell)
                rate, category, word, source, asks = match.groups()
                is_due = category == "S"
                said = Tax(
                    round(float(rate) * 100), category, "" if is_due else word,
                    word if is_due else "",
                )  # fmt: skip
                found[nature, customer, mode] = (said, source, bool(asks))
    return found


def test_f14_the_table_has_144_cells_each_with_a_source() -> None:
    found = table()
    assert len(found) == 144 == len(NATURES) * len(CUSTOMERS) * len(EXIGIBILITY)
    sources = DOC.read_text().split("Sources. ")[1]
    for _tax, source, _asks in found.values():
        assert f"**{source}** " in sources


def test_f14_the_rule_says_what_the_table_says() -> None:
    wrong = {
        key: (said, tax(*key, DAY)) for key, (said, *_more) in table().items()
        if said != tax(*key, DAY)
    }  # fmt: skip
    assert wrong == {}


def test_f14_what_no_source_settles_asks_an_accountant() -> None:
    """A building abroad's business, exemptions and rates of events: never claimed as settled."""
    asked = {key[0] for key, (_tax, _source, asks) in table().items() if asks}
    assert {"bare_space", "bike", "training", "show", "equipped_space"} <= asked
    assert not any(asks for key, (_t, _s, asks) in table().items() if key[0] == "service"
                   and key[1] != "eu_unchecked")  # fmt: skip


def test_f14_a_changed_cell_is_seen() -> None:
    """Control: the test reads the document, not the code."""
    said = table()["meal", "consumer", "collection"][0]
    assert said == Tax(1000, "S", "", "72")
    assert said != tax("alcohol", "consumer", "collection", DAY)


def test_rates_have_dates() -> None:
    assert rate_on("equipped_space", DAY) == 2000
    with pytest.raises(LookupError):
        rate_on("equipped_space", dt.date(2013, 12, 31))
    with pytest.raises(LookupError):
        tax("meal", "martian", "collection", DAY)


def test_every_nature_has_a_withdrawal_class() -> None:
    assert {nature.withdrawal for nature in NATURES.values()} <= set(WITHDRAWAL)
    exempt = {name for name, nature in NATURES.items() if nature.withdrawal != "eligible"}
    assert exempt == {"meal", "alcohol", "show", "admission"}


def test_a_rate_that_the_law_changes_is_charged_from_its_day_on(monkeypatch) -> None:
    """Who charges the nature's rate follows; who has a rate of its own keeps it."""
    rates = ((dt.date(2014, 1, 1), 2000), (dt.date(2027, 7, 1), 2100))
    monkeypatch.setitem(NATURES, "equipped_space", Nature(rates))
    last, first = dt.date(2027, 6, 30), dt.date(2027, 7, 1)
    assert [vat_on("equipped_space", 2000, day) for day in (last, first)] == [2000, 2100]
    assert [vat_on("equipped_space", own, first) for own in (0, 850)] == [0, 850]


@pytest.mark.parametrize("nature", NATURES)
def test_what_is_sold_without_vat_names_a_text_that_is_written(nature: str) -> None:
    category, text = reason(nature, 0)
    assert law.is_known(text)
    assert category in ("E", "O")
    assert reason(nature, 2000) == ("S", "")
    assert reason("training", 0) == ("E", "training")
