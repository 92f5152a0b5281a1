"""The house, once per session; a browser; phones and desks that complain aloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright

from app.demo.cast import PASSWORD
from scripts import house as houses
from tests.journeys.hand import Hand

DAYS = 21


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of it on one worker: there is one house."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.xdist_group("house"))
            item.add_marker(pytest.mark.timeout(600))


def chromium() -> str:
    """A browser's path, or a loud skip."""
    found = houses.chromium()
    if not found:
        pytest.skip("NO BROWSER: the journeys were NOT made (apt install chromium, or CHROMIUM=…)")
    return found


@pytest.fixture(scope="session")
def browser(drive: Playwright) -> Iterator[Browser]:
    """One Chromium for all journeys."""
    running = drive.chromium.launch(executable_path=chromium(), args=houses.CALM)
    yield running
    running.close()


@pytest.fixture(scope="session")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[houses.House]:
    """The whole product with the sample venues; not opened when there is no browser."""
    with houses.opened(tmp_path_factory.mktemp("house"), houses.server(), DAYS) as opened:
        yield opened


Opener = Callable[..., Hand]


@pytest.fixture
def person(browser: Browser) -> Iterator[Opener]:
    """`person()` holds a phone, `person(wide=True)` sits at a desk; a page's complaint fails."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_hand(*, wide: bool = False, **options: object) -> Hand:
        size = {"width": 1440, "height": 900} if wide else {"width": 390, "height": 844}
        context = browser.new_context(
            viewport=size,
            has_touch=not wide,
            locale="fr-FR",
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        return Hand(page)

    yield open_hand
    for context in contexts:
        for page in context.pages:
            print(page.url, page.locator("#main").all_inner_texts()[:1])  # shown when it fails
        context.close()
    assert [c for c in complaints if "status of 4" not in c] == []


def sign_in(hand: Hand, house: houses.House, host: str, word: str) -> None:
    """Come in by password, as a person does once per device."""
    hand.page.goto(house.url(host, "/connexion"))
    hand.page.get_by_label("Adresse e-mail").fill(f"{word}@example.org")
    hand.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    hand.page.get_by_role("button", name="Se connecter", exact=True).click()
    hand.page.wait_for_url(lambda url: "connexion" not in url)
    hand.moves = 0
