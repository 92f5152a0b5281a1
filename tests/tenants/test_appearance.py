"""Looks are prepared in a draft, published when they read, and never erased."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from PIL import Image
from sqlalchemy import select

from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.members.models import Person
from app.tenants import appearance, brand, jobs
from app.tenants.models import Appearance, Network, Tenant
from app.web import contrast
from tests.tenants.test_logo import png
from tests.world import PASSWORD

STUDIO = "/gestion/apparence"


@pytest.fixture
def draft(world):
    return appearance.draft(world.people["alice"])


@pytest.fixture
def alice(world, client):
    return signed_in(client("a.localhost"), "alice")


def signed_in(browser, name):
    browser.post(
        "/connexion",
        data={"email": f"{name}@example.org", "password": PASSWORD, "csrf_token": token(browser)},
    )
    return browser


def token(browser) -> str:
    page = browser.get("/connexion").text
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def send(browser, path, **data):
    page = browser.get(STUDIO).text
    mark = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    return browser.post(path, data={"csrf_token": mark, **data}, content_type="multipart/form-data")


def online(world) -> Appearance:
    return brand.published(world.a.id)


def test_a_draft_is_a_copy_and_there_is_one(world, draft):
    assert (draft.version, draft.brand) == (online(world).version + 1, online(world).brand)
    assert appearance.draft(None) is draft


def test_a_draft_changes_nothing_online(world, draft):
    appearance.change(draft, {"brand": "#ffe600"})
    assert online(world).brand == "#005a42"
    assert appearance.changes(draft) == 1


def test_publishing_is_a_new_version_and_going_back_another(world, draft):
    first = online(world).version
    appearance.change(draft, {"brand": "#ffe600", "theme": "calque"})
    appearance.publish(draft, None)
    assert (online(world).version, online(world).brand) == (first + 1, "#ffe600")
    appearance.restore(first, None)
    db.session.flush()
    assert (online(world).version, online(world).brand) == (first + 2, "#005a42")
    assert len(appearance.versions()) == 3


def test_a_draft_older_than_a_restored_version_still_wins_when_published(world, draft):
    appearance.restore(online(world).version, None)
    appearance.change(draft, {"brand": "#ffe600"})
    appearance.publish(draft, None)
    db.session.flush()
    assert online(world).brand == "#ffe600"


@pytest.mark.parametrize(
    ("field", "wish"),
    [
        ("brand", "red;}body{display:none"),
        ("brand", "url(//evil.example)"),
        ("accent", "#12"),
        ("radius", 21),
        ("radius", -1),
        ("density", "huge"),
        ("font_pair", "../../etc"),
        ("theme", "nobody"),
        ("mode", "neon"),
        ("booking_title", "x" * 49),
        ("voice", "ils"),
    ],
)
def test_what_no_theme_could_bear_is_refused_by_its_field(draft, field, wish):
    with pytest.raises(appearance.Unfit) as refusal:
        appearance.change(draft, {field: wish})
    assert refusal.value.detail["field"] == field


def test_what_the_network_locked_stays(world, draft):
    db.session.scalars(select(Network)).one().settings = {"locked": ["theme"]}
    db.session.flush()
    appearance.change(draft, {"theme": draft.theme, "brand": "#222222"})
    with pytest.raises(appearance.Unfit):
        appearance.change(draft, {"theme": "calque"})


def test_colours_below_the_minimum_are_not_published(draft, monkeypatch):
    stern = tuple((a, b, 22.0) for a, b, _least in contrast.PAIRS)
    monkeypatch.setattr(contrast, "PAIRS", stern)
    with pytest.raises(appearance.Unreadable):
        appearance.publish(draft, None)
    assert draft.published_at is None


def test_a_scheduled_draft_goes_online_when_its_time_has_come(world, draft):
    appearance.change(draft, {"brand": "#ffe600"})
    appearance.schedule(draft, clock.now() + dt.timedelta(hours=1), None)
    jobs.publish(draft.id, None)
    assert online(world).brand == "#005a42"
    draft.publish_at = clock.now() - dt.timedelta(seconds=1)
    db.session.flush()
    jobs.publish(draft.id, None)
    assert online(world).brand == "#ffe600"


def test_a_change_calls_the_schedule_off(draft):
    appearance.schedule(draft, clock.now() + dt.timedelta(hours=1), None)
    appearance.change(draft, {"brand": "#222222"})
    assert draft.publish_at is None
    assert not appearance.publish_due(draft.id, None)


def test_another_venue_sees_no_version(world, draft):
    with world.b.entered():
        assert [v.tenant_id for v in appearance.versions()] == [world.b.id]
        assert appearance.waiting() is None


def test_the_page_writes_a_draft_and_publishes_it(world, alice):
    answer = send(alice, STUDIO, brand="#7a2e5d", radius="4", voice="tu")
    assert answer.status_code == 302
    assert "7a2e5d" in alice.get(STUDIO).text
    assert online(world).brand == "#005a42"
    assert send(alice, f"{STUDIO}/publication").status_code == 302
    db.session.expire_all()
    assert (online(world).brand, online(world).radius) == ("#7a2e5d", 4)


def test_a_fault_keeps_what_was_typed(world, alice):
    answer = send(alice, STUDIO, brand="marron")
    assert answer.status_code == 422
    assert "marron" in answer.text
    assert "couleur" in answer.text


def test_a_logo_of_the_draft_is_not_public_before_it_is_published(world, alice, client):
    picture = (io.BytesIO(png()), "logo.png")
    assert send(alice, STUDIO, logo=picture).status_code == 302
    version = appearance.waiting().version
    assert alice.get(f"{STUDIO}/logo/clair").status_code == 200
    stranger = client("a.localhost")
    assert stranger.get(f"/logo/{version}").status_code == 404
    send(alice, f"{STUDIO}/publication")
    shown = stranger.get(f"/logo/{version}")
    assert shown.status_code == 200
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_the_draft_stylesheet_is_for_who_was_given_its_address(world, alice, client):
    send(alice, STUDIO, brand="#ffe600")
    preview = alice.get(f"{STUDIO}/apercu/accueil")
    assert "frame-ancestors 'self'" in preview.headers["Content-Security-Policy"]
    address = preview.text.split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]
    assert "/brouillon/" in address
    assert "#ffe600" in alice.get(address).text
    assert client("a.localhost").get(address).status_code == 302
    assert signed_in(client("b.localhost"), "dora").get(address).status_code == 404
    assert alice.get(address.replace(".css", "x.css")).status_code == 404


def test_a_publication_is_scheduled_on_the_clock_of_the_venue(world, alice):
    db.session.get_one(Tenant, world.a.id).books_timezone = "Indian/Reunion"
    db.session.commit()
    send(alice, STUDIO, brand="#ffe600")
    day = clock.now().date() + dt.timedelta(days=3)
    send(alice, f"{STUDIO}/publication", publish_at=f"{day}T08:00")
    assert appearance.waiting().publish_at == dt.datetime.combine(day, dt.time(4), dt.UTC)
    assert f"{day.year}, 08:00" in alice.get(STUDIO).text


@pytest.mark.parametrize("page", ["reserver", "accueil", "courriel", "jour"])
def test_each_page_of_the_preview_wears_the_draft(world, alice, page):
    room, start = world.a.room, clock.now() + dt.timedelta(days=1)
    person = Person(email="x@example.org", name="Camille Perrin", search="camille")
    db.session.add(person)
    db.session.flush()
    row = {"space_id": room, "person_id": person.id, "state": "confirmed", "price_cents": 3900}
    stay = {"starts_at": start, "ends_at": start + dt.timedelta(hours=1), "confirmed_at": start}
    named = {"code": "ABC234", "token": "t" * 27, "vat_bp": 2000, "organisation": {}}
    db.session.add(Booking(**named, **row, **stay))
    db.session.flush()
    send(alice, STUDIO, brand="#ffe600")
    shown = alice.get(f"{STUDIO}/apercu/{page}")
    assert shown.status_code == 200
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    assert "<script" not in shown.text
    seen = shown.text
    if page != "courriel":
        address = seen.split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]
        assert ("/desk/" in address) == (page == "jour")
        seen = alice.get(address).text
    assert "#ffe600" in seen


def test_only_who_may_edit_looks_sees_the_page(world, client):
    assert client("a.localhost").get(STUDIO).status_code == 302
    for name in ("bob", "carla", "dora", "oscar"):
        assert signed_in(client("a.localhost"), name).get(STUDIO).status_code == 404


def test_an_svg_logo_is_drawn_on_the_icons_of_a_phone(world, alice, client):
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    drawing += b'<rect width="10" height="10" fill="#c00000"/></svg>'
    letters = client("a.localhost").get("/icone-192.png").data
    send(alice, STUDIO, logo=(io.BytesIO(drawing), "logo.svg"))
    send(alice, f"{STUDIO}/publication")
    stranger = client("a.localhost")
    for path, size in (("/icone-192.png", 192), ("/icone-512.png", 512), ("/favicon.ico", 48)):
        icon = Image.open(io.BytesIO(stranger.get(path).data)).convert("RGB")
        assert icon.size == (size, size)
        assert icon.getpixel((size // 2, size // 2)) == (192, 0, 0)
        assert icon.getpixel((1, 1)) == (255, 255, 255)
    assert stranger.get("/icone-192.png").data != letters
    page = stranger.get("/").text
    assert re.search(r'<link rel="icon" href="/logo/\d+">', page)
