"""A broken room: reported from its code on a phone, its people moved, one refunded, all seen."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import expect

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
      join space s on s.id = b.space_id where f.fate = %(fate)s order by f.id limit 1
"""


def test_a_broken_room_is_reported_mended_and_everybody_knows(house: House, person: Opener) -> None:
    slug, room, until = house.ask(ROOM)[0]
    phone = person()
    page = phone.page
    page.goto(house.url("moulin", f"/signaler/{slug}"))  # what the code on the door holds
    expect(page.locator("#main")).to_contain_text(room)
    picture = io.BytesIO()
    Image.new("RGB", (400, 300), "#884422").save(picture, "JPEG")
    phone.moves += 1
    page.locator("#photo").set_input_files(
        {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    )
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
