"""The living page in a real browser: every drawn screen, each look, light and dark, both widths."""

from __future__ import annotations

import functools
import gzip
import http.server
import itertools
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from playwright.sync_api import Browser, Page, Playwright

from app.web import themes
from app.web.kit import __main__ as kit
from app.web.kit import data, desk, network

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "tests/vendor/axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = [p for p in data.pages() | desk.pages() | network.pages() if p != "mail"]
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self';"
    " font-src 'self'; connect-src 'self'; frame-src 'self'"
)
WAYS = [
    *itertools.product(("etabli", "calque"), ("light", "dark"), (1440, 390)),
    ("jaune", "light", 1440),
    ("prune", "dark", 390),
]
FULL = os.environ.get("JOURNEYS") == "full"
# Each screen once, another way each time; `make journeys` looks at every screen in every way.
SPOTS = [(*way, SCREENS if FULL else SCREENS[n :: len(WAYS)]) for n, way in enumerate(WAYS)]
CALM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kit")
    kit.main(folder)
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(out: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(out))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _chromium() -> str:
    """The suite has looked already when CHROMIUM is set, be it empty; nobody looks twice."""
    found = os.environ.get("CHROMIUM")
    if found is None:
        said = subprocess.run(
            [ROOT / "scripts/browser"], capture_output=True, text=True, check=False
        )
        found = said.stdout.strip()
    if not found:
        pytest.skip("no Chromium: the living page was not looked at")
    return found


@pytest.fixture(scope="module")
def browser(drive: Playwright) -> Iterator[Browser]:
    running = drive.chromium.launch(executable_path=_chromium(), args=CALM)
    yield running
    running.close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def _sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.journey
@pytest.mark.parametrize(("look", "mode", "width", "screens"), SPOTS)
def test_no_violation_and_no_complaint(
    browser: Browser, site: str, look: str, mode: str, width: int, screens: list[str]
) -> None:
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": 844}, color_scheme=mode
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    for screen in screens:
        page.goto(f"/{look}/{screen}.html")
        page.evaluate(AXE)
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
        faults += [f"{screen}: {v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]
        if (over := _sideways(page)) > 0:
            faults.append(f"{screen}: scrolls sideways by {over} px")
    context.close()
    assert [fault for fault in faults if "favicon" not in fault and "404" not in fault] == []


@pytest.mark.journey
def test_axe_bites(page: Page) -> None:
    page.goto("/etabli/booking.html")
    page.evaluate("document.querySelector('.prices input').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('.prices label span').remove()")
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    assert found


@pytest.mark.journey
@pytest.mark.parametrize("look", ["etabli", "calque"])
def test_reflows_at_320_px_and_at_twice_the_text(page: Page, look: str) -> None:
    for screen in SCREENS if FULL else SCREENS[look == "calque" :: 2]:
        page.set_viewport_size({"width": 320, "height": 800})
        page.goto(f"/{look}/{screen}.html")
        assert _sideways(page) <= 0, f"{screen} at 320 px"
        page.set_viewport_size({"width": 1280, "height": 800})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert _sideways(page) <= 0, f"{screen} with text at 200 %"


@pytest.mark.journey
def test_grid_walks_in_two_axes(page: Page) -> None:
    page.goto("/etabli/booking.html")
    value = "document.activeElement.value"
    page.locator(".prices input:checked").focus()
    assert page.evaluate(value) == "1-14"
    for key, expected in (
        ("ArrowDown", "1-16"),  # over the full hour
        ("ArrowUp", "1-14"),
        ("ArrowRight", "5-14"),  # over full and closed days
        ("ArrowDown", "5-15"),
        ("End", "6-15"),
        ("Home", "0-15"),
        ("Control+Home", "1-8"),
        ("Control+End", "6-18"),
    ):
        page.keyboard.press(key)
        assert page.evaluate(value) == expected, key
    assert page.locator(".prices input:checked").count() == 1


@pytest.mark.journey
def test_chosen_block_covers_its_hours_without_script(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/etabli/booking.html")
    page.locator("label:has(input[value='2-15'])").click()
    page.locator("label:has(input[value='2-16'])").click()  # under the block of 15:00, still ours
    assert page.locator(".prices input:checked").get_attribute("value") == "2-16"
    context.close()
    page = browser.new_page(base_url=site)
    page.goto("/etabli/booking.html")
    label = page.locator(".prices label:has(:checked)")
    row = label.bounding_box()
    tall = label.evaluate("e => parseFloat(getComputedStyle(e, '::after').height)")
    assert row is not None
    assert 2 * row["height"] < tall < 2.5 * row["height"]
    page.context.close()


@pytest.mark.journey
def test_forced_colours_outline_what_is_chosen(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, forced_colors="active")
    page = context.new_page()
    page.goto("/calque/booking.html")
    chosen = page.locator(".prices label:has(:checked)")
    assert chosen.evaluate("e => getComputedStyle(e, '::after').outlineStyle") == "solid"
    page.goto("/calque/day.html")
    slot = page.locator(".slot").first
    assert slot.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"
    context.close()


@pytest.mark.journey
def test_timeline_has_one_tab_stop_a_room_and_arrows(page: Page) -> None:
    page.goto("/etabli/day.html")
    rooms = page.locator(".day-room").count()
    assert page.locator("[data-timeline] a[tabindex='0']").count() == rooms
    assert page.locator("[data-timeline] a[tabindex='-1']").count() > rooms
    name = "document.activeElement.textContent"
    page.locator(".day-name a").first.focus()
    for key, expected in (
        ("ArrowRight", "Conseil de quartier"),
        ("ArrowRight", "Formation Greta"),
        ("ArrowDown", "Cabinet Lys"),
        ("End", "A. Petit"),
        ("Home", "Salle Curie"),
        ("ArrowDown", "Salle Hugo"),
    ):
        page.keyboard.press(key)
        assert expected in page.evaluate(name), key


@pytest.mark.journey
def test_keys_reach_search_and_the_main_action(page: Page) -> None:
    page.goto("/etabli/day.html")
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("n")
    assert page.locator("input[name=q]").input_value() == "n"
    page.locator("#main").focus()
    page.evaluate("document.querySelector('[data-key=n]').href = '#walk-in'")
    page.keyboard.press("n")
    assert page.url.endswith("#walk-in")


@pytest.mark.journey
def test_dialog_opens_and_closes(page: Page) -> None:
    page.goto("/etabli/parts.html")
    dialog = page.locator("#export")
    assert not dialog.is_visible()
    page.locator("[data-opens=export]").click()
    assert dialog.is_visible()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


@pytest.mark.journey
def test_a_forced_mode_wins_over_the_device(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, color_scheme="dark")
    page = context.new_page()
    page.goto("/etabli/booking.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(13, 24, 19)"
    page.evaluate("document.documentElement.dataset.mode = 'light'")
    assert page.evaluate(ground) == "rgb(241, 245, 240)"
    context.close()


@pytest.mark.journey
def test_paper_is_light_and_without_navigation(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, color_scheme="dark")
    page = context.new_page()
    page.goto("/calque/day.html")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(12, 26, 77)"
    for hidden in (".rail", ".tabs", ".deskbar", ".btn"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator(".slot").first.is_visible()
    context.close()


@pytest.mark.journey
def test_price_lines_say_the_same_in_every_look(page: Page) -> None:
    said = {}
    for look in kit.LOOKS:
        for screen in ("booking", "checkout", "confirmation"):
            page.goto(f"/{look}/{screen}.html")
            protected = page.locator("[data-protected]")
            assert protected.count() > 0
            assert all(protected.nth(i).is_visible() for i in range(protected.count()))
            said.setdefault(screen, set()).add(protected.all_inner_texts()[0])
    assert all(len(texts) == 1 for texts in said.values())


def test_pages_hold_no_inline_style_script_or_handler(out: Path) -> None:
    for file in out.glob("*/*.html"):
        if file.name == "mail.html":  # mail readers know nothing else
            continue
        html = file.read_text("utf-8")
        assert re.findall(r"<[^>]+\s(?:style|on\w+|hx-on[^=]*)=", html) == [], file.name
        assert re.findall(r"<script(?![^>]*\ssrc=)", html) == [], file.name
        assert "<style" not in html
        assert re.findall(r"(?:src|href)=\"(?:https?:)?//", html) == [], file.name


@pytest.mark.parametrize("look", ["etabli", "calque"])
def test_first_view_stays_within_its_budget(out: Path, look: str) -> None:
    html = (out / look / "booking.html").read_bytes()
    css = (out / look / "public.css").read_bytes()
    scripts = [out / "static" / f for f in ("vendor/htmx.min.js", "js/app.js")]
    theme = themes.load(look)
    fonts = sum((theme.folder / "static" / f.file).stat().st_size for f in theme.fonts.faces)
    page = len(brotli.compress(html))
    code = sum(len(gzip.compress(f.read_bytes())) for f in scripts)
    icons = len(gzip.compress((out / "static/icons.svg").read_bytes()))
    assert page <= 12 * 1024
    assert len(gzip.compress((out / look / "day.html").read_bytes())) <= 25 * 1024
    assert code <= 20 * 1024
    assert html.count(b"<") / 2 < 1500
    total = page + len(brotli.compress(css)) + code + fonts
    assert total + icons <= 90 * 1024, (page, code, fonts, icons)
