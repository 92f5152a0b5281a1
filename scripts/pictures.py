"""Pictures of the product for its README, taken from the sample venues.

python -m scripts.pictures        writes docs/pictures/*.png (needs a Chromium)
"""

from __future__ import annotations

import datetime as dt
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.core import clock
from app.demo.cast import PASSWORD
from scripts import house as houses
from scripts import pg
from scripts.house import House

OUT = pg.ROOT / "docs" / "pictures"
LARGEST = 200_000
DAYS = 90
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Shot:
    """One picture: where, as whom, how."""

    name: str
    host: str
    path: str
    who: str = ""
    mode: str = "light"
    phone: bool = False


SHOTS = (
    Shot("home", "moulin", "/"),
    Shot("booking-etabli", "moulin", "/reserver"),
    Shot("booking-calque", "quai12", "/reserver", phone=True),
    Shot("day-etabli", "moulin", "/gestion", "amira"),
    Shot("day-calque", "quai12", "/gestion", "malo", "dark"),
    Shot("rates", "moulin", "/gestion/tarifs?mois={next_month}", "amira"),
    Shot("appearance", "quai12", "/gestion/apparence", "malo"),
    Shot("network", "reseau", "/reseau", "noe"),
)


def keep(name: str, raw: bytes) -> Path:
    """Write a picture with as many colours as fit; refuses one that stays too heavy."""
    picture = Image.open(io.BytesIO(raw)).convert("RGB")
    path = OUT / f"{name}.png"
    for colours in (256, 128, 64):
        picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < LARGEST:
            return path
    raise SystemExit(f"{path.name} stays over {LARGEST} bytes")


def next_month() -> str:
    """The first day of the coming month, whose prices are all still to be asked."""
    return ((clock.now().date().replace(day=1) + dt.timedelta(days=32)).replace(day=1)).isoformat()


def sign_in(page: Page, house: House, host: str, who: str) -> None:
    page.goto(house.url(host, "/connexion"))
    page.fill("input[name=email]", f"{who}@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "connexion" not in url)


def settled(page: Page) -> bytes:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    return page.screenshot()


def take(browser: Browser, house: House, shot: Shot) -> None:
    context = browser.new_context(
        viewport=PHONE if shot.phone else WIDE,  # type: ignore[arg-type]
        color_scheme="dark" if shot.mode == "dark" else "light",
        locale="fr-FR",
    )
    page = context.new_page()
    if shot.who:
        sign_in(page, house, shot.host, shot.who)
    page.goto(house.url(shot.host, shot.path.format(next_month=next_month())))
    print(keep(shot.name, settled(page)).relative_to(pg.ROOT), flush=True)
    context.close()


def buy(browser: Browser, house: House) -> None:
    """The checkout and the confirmation, by buying one."""
    context = browser.new_context(viewport=PHONE, locale="fr-FR")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(house.url("moulin", "/reserver"))
    page.locator(".bottom-bar button").click()
    page.wait_for_url("**/commande/*")
    page.fill("input[name=email]", "maya@example.org")
    page.fill("input[name=nom]", "Maya Roux")
    keep("checkout", settled(page))
    page.locator("input[name=moyen][value=desk]").check()
    page.locator("input[name=cgv]").check()
    page.locator(".bottom-bar button").click()
    page.wait_for_url("**/b/*")
    keep("confirmation", settled(page))
    context.close()


def main() -> int:
    """Open the house, take them all."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = houses.chromium()
    if not path:
        print("pictures: no Chromium was found", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        houses.opened(Path(folder), houses.server(), DAYS) as house,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=houses.CALM)
        for shot in SHOTS:
            take(browser, house, shot)
        buy(browser, house)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
