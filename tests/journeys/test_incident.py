"""A broken room: reported from its code on a phone, its people moved, one refunded, all seen."""

from __future__ import annotations

import io
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from scripts.house import House
from tests.journeys.conftest import Opener, sign_in

ROOM = """
    select s.slug, s.name, to_char(max(b.ends_at) at time zone 'Europe/Paris', 'YYYY-MM-DD')
      from space s join booking b on b.space_id = s.id and b.state = 'confirmed'
     where s.tenant_id = (select id from tenant where slug = 'moulin') and s.kind = 'meeting_room'
       and b.starts_at between now() + interval '1 day' and now() + interval '12 days'
       and b.price_cents > 0 and exists (select from space o where o.site_id = s.site_id
         and o.id <> s.id and o.kind = s.kind and o.retired_at is null
         and o.equipment @> s.equipment and o.capacity >= s.capacity)
     group by s.id having count(*) > 1 order by s.capacity, s.id limit 1
"""
FATE = """
    select b.token, s.name from outage_fate f join booking b on b.id = f.booking_id
      join space s on s.id = b.space_id where f.fate = %(fate)s order by f.id desc limit 1
"""

FOUND = """
    select i.photo_id is not null, count(*) from incident i where i.description = %(text)s
     group by 1
"""


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "#884422").save(out, "JPEG")
    return out.getvalue()


def shoot(page: Page) -> None:
    """Take a picture with the phone."""
    page.locator("#photo").set_input_files(
        {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )


def lost(route: Route) -> None:
    """It arrives; the answer does not."""
    asked = route.request
    if asked.method != "POST":
        route.fallback()
        return
    there = urlsplit(asked.url)  # not every resolver knows `*.localhost`
    headers = {**asked.headers, "host": there.netloc}
    url = there._replace(netloc=f"127.0.0.1:{there.port}").geturl()
    route.fetch(url=url, headers=headers, max_redirects=0)
    route.abort()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Its network may be away: what the browser says of that is no fault."""
    made = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True,
                               locale="fr-FR")  # fmt: skip
    yield made.new_page()
    made.close()


def test_a_report_outlives_the_network(house: House, phone: Page) -> None:
    """Typed in a cellar, kept over a reload, sent when the network is back, and written once
    though its first answer was lost."""
    page = phone
    page.goto(house.url("moulin", "/signaler/salle-lumiere"))
    page.locator("html[data-ready]").wait_for(state="attached")
    page.context.set_offline(True)
    shoot(page)
    page.locator("label.tile-choice", has_text="Mobilier").click()
    page.get_by_label("Précisions").fill("Le pied de la table 😱")
    expect(page.locator(".bottom-bar")).to_contain_text("1 photo jointe, sans réseau")
    page.wait_for_timeout(300)  # what is kept is kept a moment after it was typed
    page.reload()
    expect(page.get_by_label("Précisions")).to_have_value("Le pied de la table 😱")
    expect(page.locator("[data-shot]")).to_be_visible()
    page.locator("#utilisable label", has_text="En partie").click()
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("[data-queue]")).to_contain_text("Mobilier, porte, Salle Lumière, 1 photo")
    assert house.ask(FOUND, text="Le pied de la table 😱") == []
    page.route("**/signaler/**", lost)
    with page.expect_event("requestfailed", lambda request: request.method == "POST"):
        page.context.set_offline(False)
    assert house.ask(FOUND, text="Le pied de la table 😱") == [(True, 1)]
    page.unroute("**/signaler/**")
    page.get_by_role("button", name="Essayer maintenant").click()
    page.wait_for_url("**/signalement/**")
    expect(page.locator("#main")).to_contain_text("Le pied de la table 😱")
    assert house.ask(FOUND, text="Le pied de la table 😱") == [(True, 1)]


def test_a_broken_room_is_reported_mended_and_everybody_knows(house: House, person: Opener) -> None:
    slug, room, until = house.ask(ROOM)[0]
    phone = person()
    page = phone.page
    page.goto(house.url("moulin", f"/signaler/{slug}"))  # what the code on the door holds
    expect(page.locator("#main")).to_contain_text(room)
    phone.moves += 1
    shoot(page)
    phone.tap(page.locator("label.tile-choice", has_text="Écran, son"))
    phone.tap(page.locator("#utilisable label", has_text="Non"))
    phone.tap(page.get_by_role("button", name="Envoyer"))
    page.wait_for_url("**/signalement/**")
    assert phone.moves <= 4
    expect(page.locator("h1")).to_have_text("Merci, c’est noté")
    link = page.url

    desk = person(wide=True)
    sign_in(desk, house, "moulin", "ines")
    board = desk.page
    board.goto(house.url("moulin", "/gestion/incidents"))
    board.get_by_role("link", name=f"Écran, son, {room}").first.click()
    board.get_by_label("Jusqu’au").fill(until)
    board.get_by_label("Heure", exact=True).fill("23:00")
    board.get_by_role("button", name="Retirer de la vente").click()
    expect(board.locator("#solution")).to_have_text("Solution prête")
    fates = board.locator("select[name^='sort-']")
    movable = [n for n in range(fates.count())
               if fates.nth(n).locator("option[value^='space:']").count()]  # fmt: skip
    assert movable, "no equal space in the whole house"
    kept = movable[0]
    fates.nth(kept).select_option(index=0)
    fates.nth(next(n for n in range(fates.count()) if n != kept)).select_option("refund")
    board.get_by_role("button", name="Déplacer tout et prévenir").click()
    expect(board.locator("#pret")).to_contain_text("Plus aucune réservation n’est touchée.")
    board.get_by_role("button", name="Marquer résolu").click()
    expect(board.locator("#pret")).to_contain_text("est en vente")

    token, new_room = house.ask(FATE, fate="moved")[0]
    assert new_room != room
    page.goto(house.url("moulin", f"/b/{token}"))
    expect(page.locator("#main")).to_contain_text(new_room)
    gone = house.ask(FATE, fate="refunded")[0][0]
    page.goto(house.url("moulin", f"/b/{gone}"))
    expect(page.locator("#main")).to_contain_text("annul")
    page.goto(link)
    expect(page.locator("#main")).to_contain_text("Résolu")
