"""What a person does on a page, counted."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

VENUES = ZoneInfo("Europe/Paris")


@dataclass
class Hand:
    """A page and the taps, clicks or keys that were given to it so far."""

    page: Page
    moves: int = 0

    def tap(self, what: Locator) -> None:
        """One tap, or one click."""
        self.moves += 1
        what.click()

    def press(self, key: str) -> None:
        """One key."""
        self.moves += 1
        self.page.keyboard.press(key)

    def cells(self) -> list[str]:
        """The free starts of the grid, as its radios name them, once all of it has come."""
        self.page.locator("[data-grid]").wait_for()
        self.page.locator("footer").first.wait_for(state="attached")
        inputs = self.page.locator("[data-grid] input[type=radio]")
        return [inputs.nth(n).get_attribute("value") or "" for n in range(inputs.count())]

    def cell(self, value: str) -> Locator:
        """What one touches for a start."""
        return self.page.locator(f"[data-grid] label:has(input[value='{value}'])")

    def choose(self, value: str) -> None:
        """Tap a start of the grid and wait until the page speaks of it. When the day is over the
        page has chosen the next day's first start by itself, and a tap on it asks for nothing."""
        if self.page.locator(f"[data-grid] input[value='{value}']").is_checked():
            self.tap(self.cell(value))
        else:
            with self.page.expect_response(lambda answer: "creneau=" in answer.url):
                self.tap(self.cell(value))
        hour = value.split("T")[1][:5]
        expect(self.page.locator("#choix")).to_contain_text(f"{hour} –")


def later_starts(values: list[str]) -> list[str]:
    """Starts from tomorrow on, the nearest first: a Sunday may have two, a Monday ten."""
    today = dt.datetime.now(VENUES).date().isoformat()  # near midnight the machine has another day
    return sorted(v for v in values if v[:10] > today)


def next_days(values: list[str], first: int = 1) -> list[str]:
    """Starts of tomorrow, or of the first open day after it."""
    later = later_starts(values)
    days = sorted({v[:10] for v in later})
    return [v for v in later if v[:10] == days[min(first, len(days)) - 1]]


def euros(text: str) -> int:
    """The cents of the first amount in a text."""
    found = re.search(r"(\d[\d\s\u00a0\u202f]*)(?:,(\d\d))?[\s\u00a0\u202f]*€", text)
    assert found, text
    return int(re.sub(r"\D", "", found[1])) * 100 + int(found[2] or 0)


def pay_by_card(hand: Hand, number: str) -> None:
    """The bank's own page."""
    page = hand.page
    page.wait_for_url("**/c/pay/**")
    card = page.locator("form", has=page.locator("input[name=number]"))
    for name, text in (
        ("email", "lena@example.org"), ("number", number), ("expiry", "12/40"),
        ("cvc", "123"), ("name", "Léna Vogel"),
    ):  # fmt: skip
        card.locator(f"input[name={name}]").fill(text)
    card.get_by_role("button").click()


def reserved(hand: Hand) -> str:
    """Wait for the ticket; its token."""
    hand.page.wait_for_url(re.compile(r"/b/[^/]+$"))
    expect(hand.page.locator("h1")).to_have_text("C’est réservé")
    return hand.page.url.rsplit("/", 1)[1].split("?")[0]
