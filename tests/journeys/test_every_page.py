"""Every page, each role, both themes, light and dark: nothing breaks a rule, nothing complains.

The plain run loads each page once per theme at a desk's width, then looks at its colours in the
dark and at its width at 390 px without asking again. JOURNEYS=full (make journeys) looks at both
widths in both modes, in every role.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page

from scripts.house import House
from scripts.pg import ROOT
from tests.journeys import places
from tests.journeys.conftest import sign_in
from tests.journeys.hand import Hand

FULL = os.environ.get("JOURNEYS") == "full"
AXE = (ROOT / "tests/vendor/axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WHO = [
    ("moulin", "visitor", ""), ("quai12", "visitor", ""),
    ("moulin", "owner", "amira"), ("quai12", "owner", "malo"),
    ("moulin", "coworker", "maya"), ("quai12", "coworker", "hugo"),
    ("reseau", "operator", "noe"), ("reseau", "visitor", ""),
]  # fmt: skip
if FULL:
    WHO += [("moulin", "front_desk", "ines"), ("quai12", "front_desk", "jeanne"),
            ("moulin", "manager", "karim")]  # fmt: skip
COLOURS = ["color-contrast"]  # all that darkness can change
LOOKS = """() => ({
  title: document.title, lang: document.documentElement.lang,
  h1: document.querySelectorAll('h1').length,
  over: document.documentElement.scrollWidth - innerWidth,
})"""


@dataclass
class Watcher:
    """One page that remembers what it complained of."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen."""
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda m: self._console(m.type, m.text))

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and "status of 4" not in text:
            self.faults.append(text)

    def rules(self, where: str, rules: list[str] = RULES) -> None:
        """axe-core on what is shown now."""
        found = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules
        )["violations"]
        self.faults += [f"{where}: {v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]

    def look(self, url: str, path: str) -> None:
        """One page in every way it can be shown."""
        page = self.page
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="light")
        answer = page.goto(url)
        assert answer is not None
        if answer.status >= 500:
            self.faults.append(f"{path}: answers {answer.status}")
            return
        if "html" not in (answer.headers.get("content-type") or ""):
            return
        page.evaluate(AXE)
        facts = page.evaluate(LOOKS)
        if not facts["title"].strip(" ·") or facts["lang"] != "fr" or facts["h1"] != 1:
            self.faults.append(f"{path}: {facts}")
        self.rules(f"{path} light")
        page.emulate_media(color_scheme="dark")
        self.rules(f"{path} dark", RULES if FULL else COLOURS)
        page.set_viewport_size({"width": 390, "height": 844})
        if (over := page.evaluate(LOOKS)["over"]) > 0:
            self.faults.append(f"{path}: scrolls sideways by {over} px at 390 px")
        if FULL:
            self.rules(f"{path} dark 390")
            page.emulate_media(color_scheme="light")
            self.rules(f"{path} light 390")


@pytest.fixture
def watcher(browser: Browser) -> Iterator[Watcher]:
    context = browser.new_context(locale="fr-FR")
    context.set_default_timeout(30_000)
    yield Watcher(context.new_page())
    context.close()


@pytest.mark.parametrize(("host", "role", "word"), WHO, ids=[f"{h}-{r}" for h, r, _w in WHO])
def test_nothing_to_complain_of(
    house: House, watcher: Watcher, host: str, role: str, word: str
) -> None:
    if word:
        sign_in(Hand(watcher.page), house, host, word)
    values = places.samples(house, host if host != "reseau" else "quai12")
    found = [
        place
        for place in places.walk(places.application(house), values)
        if place.is_page and places.opens(place, role)
    ]
    assert len(found) > 4
    watcher.faults.clear()
    for place in found:
        watcher.look(house.url(host, place.path), place.path)
    assert not watcher.faults, "\n".join(watcher.faults)


def test_a_fault_would_be_seen(house: House, watcher: Watcher) -> None:
    """Control: a page without a name, a label or a proper width is complained of."""
    page = watcher.page
    page.goto(house.url("moulin", "/connexion"))
    page.evaluate(AXE)
    page.evaluate("document.querySelectorAll('label').forEach(e => e.remove())")
    watcher.rules("connexion")
    page.evaluate("console.error('boom')")
    assert any("label" in fault for fault in watcher.faults)
    assert "boom" in watcher.faults
