"""Set a space up: what is typed is checked, what is sold keeps its place, hours are hours."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select, text

from app.core.db import db
from app.core.errors import Refused
from app.core.files import StoredFile, storage
from app.spaces import calendar, hours, rules
from app.spaces.models import Composition, DatedHours, Photo, Site, Space, Unit
from tests.at_desk import Colleague, set_clock
from tests.booking.test_desk_day import book, instant
from tests.world import World, space

Open = Callable[[str], FlaskClient]


@pytest.fixture
def alice(world: World, client: Open, monkeypatch: pytest.MonkeyPatch) -> Colleague:
    set_clock(monkeypatch, instant(9))
    return Colleague(client(world.a.host), "alice")


def facts(world: World, **more: str) -> dict[str, str]:
    return {
        "name": "Salle Hugo",
        "kind": "meeting_room",
        "site": str(world.a.site),
        "floor": "Étage",
        "capacity": "12",
        "units": "1",
        "step_minutes": "30",
        "min_minutes": "60",
        "max_minutes": "600",
        "lead_minutes": "0",
        "horizon_days": "90",
        "buffer_minutes": "15",
        "audience": "public",
        "pricing": "dynamic",
        "base": "22,50",
        "floor_percent": "70",
        "ceiling_percent": "150",
        "rounding": "1",
        "vat": "20",
        "nature": "equipped_space",
        "equipment": "écran,  tableau ",
        "wheelchair": "y",
        **more,
    }


def named(name: str) -> Space:
    db.session.expire_all()
    return db.session.scalars(select(Space).where(Space.name == name)).one()


def solves() -> int:
    """Solves that wait to be done."""
    return db.session.execute(
        text("select count(*) from procrastinate_jobs where task_name = 'rates.solve_space'")
    ).scalar_one()


def test_a_new_space_is_on_sale_with_its_units_and_a_solve(world: World, alice: Colleague) -> None:
    before = solves()
    answer = alice.post("/gestion/espaces/nouveau", **facts(world, units="3"))
    made = named("Salle Hugo")
    assert answer.location.endswith(f"/gestion/espaces/{made.id}")
    assert (made.base_cents, made.equipment) == (2250, ["écran", "tableau"])
    assert made.accessibility == {"wheelchair": True}
    assert rules.unit_counts()[made.id] == 3
    assert solves() == before + 1


def test_a_combined_space_shares_the_units_of_its_parts(world: World, alice: Colleague) -> None:
    alice.post(
        "/gestion/espaces/nouveau", **facts(world, name="Duo", parts=[world.a.room, world.a.half])
    )
    duo = named("Duo")
    assert duo.takes == "all"
    units = db.session.scalars(select(Composition.unit_id).where(Composition.space_id == duo.id))
    assert len(set(units)) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("capacity", "0"),
        ("base", "cher"),
        ("min_minutes", "45"),
        ("max_minutes", "30"),
        ("floor_percent", "0"),
        ("ceiling_percent", "90"),
        ("kind", "cave"),
    ],
)
def test_a_wrong_answer_is_told_and_the_rest_kept(
    world: World, alice: Colleague, field: str, value: str
) -> None:
    answer = alice.post("/gestion/espaces/nouveau", **facts(world, **{field: value}))
    assert answer.status_code == 422
    assert 'value="Étage"' in answer.text
    assert db.session.scalar(select(func.count()).where(Space.floor == "Étage")) == 0


def test_a_new_price_asks_for_a_solve_and_a_new_word_does_not(
    world: World, alice: Colleague
) -> None:
    alice.post("/gestion/espaces/nouveau", **facts(world))
    url = f"/gestion/espaces/{named('Salle Hugo').id}"
    db.session.execute(text("delete from procrastinate_jobs"))
    alice.post(url, **facts(world, words_fr="Claire"))
    assert solves() == 0
    alice.post(url, **facts(world, base="30"))
    assert solves() == 1
    assert named("Salle Hugo").base_cents == 3000


def test_units_leave_only_when_nobody_is_expected(world: World, alice: Colleague) -> None:
    pool = space(world.a.pool)
    book(world.a.pool, 14, people=7)
    with pytest.raises(Refused, match="prévues"):
        rules.change(pool, {}, units=5)
    db.session.rollback()
    rules.change(space(world.a.half), {}, units=1)


def test_a_pool_grows_and_shrinks(world: World, alice: Colleague) -> None:
    pool = space(world.a.pool)
    rules.change(pool, {}, units=9)
    db.session.flush()  # so that the count sees them
    assert rules.unit_counts()[pool.id] == 9
    rules.change(pool, {}, units=4)
    db.session.flush()  # so that the count sees them
    assert rules.unit_counts()[pool.id] == 4
    left = db.session.scalars(
        select(Unit.name)
        .join(Composition, Composition.unit_id == Unit.id)
        .where(Composition.space_id == pool.id, Unit.retired_at.is_(None))
    )
    assert len(set(left)) == 4


def test_a_space_retires_and_comes_back(world: World, alice: Colleague) -> None:
    url = f"/gestion/espaces/{world.a.room}"
    assert alice.post(f"{url}/retrait").status_code == 302
    assert space(world.a.room).retired_at is not None
    alice.post(f"{url}/retour")
    db.session.expire_all()
    assert space(world.a.room).retired_at is None


def test_a_space_with_bookings_to_come_does_not_retire(world: World, alice: Colleague) -> None:
    book(world.a.room, 14)
    assert alice.post(f"/gestion/espaces/{world.a.room}/retrait").status_code == 409
    db.session.expire_all()
    assert space(world.a.room).retired_at is None


def picture(**more) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (3000, 1500), "#005a42")
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    exif[0x8825] = {1: "N", 2: (45.0, 11.0, 0.0)}
    image.save(out, "JPEG", exif=exif, **more)
    return out.getvalue()


def test_a_photo_is_painted_anew_without_where_it_was_taken(
    world: World, alice: Colleague, app
) -> None:
    sent = picture()
    assert b"Camera of somebody" in sent
    answer = alice.post(
        f"/gestion/espaces/{world.a.room}/photos",
        photo=(io.BytesIO(sent), "moi.jpg"),
        alt="La salle vue de la porte",
    )
    assert answer.status_code == 302
    stored = db.session.scalars(select(StoredFile)).one()
    kept = storage(app.config["SETTINGS"].storage).get(stored.name)
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (2000, 1000)
        assert dict(image.getexif()) == {}
    assert b"Camera of somebody" not in kept
    assert "moi" not in stored.name


@pytest.mark.parametrize(
    ("content", "alt"), [(b"<svg onload=alert(1)>", "x"), (b"", "x"), (b"GIF89a", "x"), (None, "")]
)
def test_what_is_no_picture_or_has_no_words_is_refused(
    world: World, alice: Colleague, content: bytes | None, alt: str
) -> None:
    answer = alice.post(
        f"/gestion/espaces/{world.a.room}/photos",
        photo=(io.BytesIO(picture() if content is None else content), "x.jpg"),
        alt=alt,
    )
    assert answer.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Photo)) == 0


def test_a_photo_can_be_removed(world: World, alice: Colleague) -> None:
    url = f"/gestion/espaces/{world.a.room}/photos"
    alice.post(url, photo=(io.BytesIO(picture()), "a.jpg"), alt="Une salle")
    photo = db.session.scalars(select(Photo.id)).one()
    assert alice.post(f"{url}/{photo}/retrait").status_code == 302
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0


@pytest.mark.parametrize(
    ("typed", "pairs"),
    [
        ("8-20", [(480, 1200)]),
        ("8:00-12:00, 14:00-19:30", [(480, 720), (840, 1170)]),
        ("14h-19h30; 8h–12h", [(480, 720), (840, 1170)]),
        ("8 à 12 et 14 à 18", [(480, 720), (840, 1080)]),
        ("0-24", [(0, 1440)]),
        ("", []),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, pairs: list[tuple[int, int]]) -> None:
    assert hours.read(typed) == pairs
    assert hours.read(hours.write(pairs)) == pairs


@pytest.mark.parametrize("typed", ["20-8", "8-25", "8-12, 11-14", "matin", "8", "8:75-9:00"])
def test_hours_that_are_none_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        hours.read(typed)


def test_the_week_is_written_at_once_or_not_at_all(world: World, alice: Colleague) -> None:
    url = f"/gestion/espaces/horaires/{world.a.site}"
    week = {f"jour-{n}": "9:00-18:00" for n in range(5)} | {"jour-5": "", "jour-6": "10"}
    answer = alice.post(url, **week)
    assert answer.status_code == 422
    assert 'value="10"' in answer.text
    assert rules.weekly(world.a.site)[0] == [(480, 1200)]
    assert alice.post(url, **week | {"jour-6": ""}).status_code == 302
    assert rules.weekly(world.a.site)[0] == [(540, 1080)]
    assert rules.weekly(world.a.site)[5] == []


def test_an_exception_closes_a_day_and_can_be_taken_back(world: World, alice: Colleague) -> None:
    url = f"/gestion/espaces/horaires/{world.a.site}/exceptions"
    day = dt.date(2027, 3, 12)
    alice.post(url, date=str(day), heures="", raison="Inventaire", espace="")
    room = space(world.a.room)
    found = calendar.load([world.a.site], day, day)
    assert found.minutes(room, day) == []
    assert found.reason(room, day) == "Inventaire"
    assert "Inventaire" in alice.read(f"/gestion/espaces/horaires/{world.a.site}")
    alice.post(f"{url}/retrait", date=str(day))
    assert db.session.scalar(select(func.count()).select_from(DatedHours)) == 0


def test_holidays_have_names_in_the_language_of_the_page(world: World, alice: Colleague) -> None:
    url = f"/gestion/espaces/horaires/{world.a.site}"
    assert "Fête du Travail" in alice.read(url)
    assert "Labor Day" in alice.read(f"{url}?lang=en")


def test_the_front_desk_looks_but_does_not_touch(
    world: World, client: Open, alice: Colleague
) -> None:
    bob = Colleague(client(world.a.host), "bob")
    assert "disabled" in bob.read(f"/gestion/espaces/{world.a.room}")
    assert bob.post(f"/gestion/espaces/{world.a.room}", **facts(world)).status_code == 404
    assert bob.post(f"/gestion/espaces/{world.a.room}/retrait").status_code == 404


def test_another_venues_space_is_not_there(world: World, client: Open, alice: Colleague) -> None:
    dora = Colleague(client(world.b.host), "dora")
    for path in (f"/gestion/espaces/{world.a.room}", f"/gestion/espaces/horaires/{world.a.site}"):
        assert dora.get(path).status_code == 404


def test_what_an_import_called_step_free_stays_so(world: World, alice: Colleague) -> None:
    space(world.a.room).accessibility = {"step_free": True}
    db.session.commit()
    page = alice.get(f"/gestion/espaces/{world.a.room}").text
    assert re.search(r'name="wheelchair"[^>]*checked', page)


PLACE = {
    "name": "Annexe",
    "street": "3 rue Basse",
    "postcode": "97400",
    "city": "Saint-Denis",
    "country": "FR",
    "timezone": "Indian/Reunion",
    "access_fr": "Deuxième cour",
    "access_en": "",
}


def site_called(name: str) -> Site:
    db.session.expire_all()
    return db.session.scalars(select(Site).where(Site.name == name)).one()


def test_a_second_building_has_its_clock_and_its_hours(world: World, alice: Colleague) -> None:
    answer = alice.post("/gestion/espaces/sites/nouveau", **PLACE)
    made = site_called("Annexe")
    assert answer.location.endswith(f"/gestion/espaces/horaires/{made.id}")
    assert (made.timezone, made.access) == ("Indian/Reunion", {"fr": "Deuxième cour"})
    alice.post("/gestion/espaces/nouveau", **facts(world, site=str(made.id)))
    assert named("Salle Hugo").site_id == made.id


def test_a_building_changes_its_address_but_not_its_clock(world: World, alice: Colleague) -> None:
    path = f"/gestion/espaces/sites/{world.a.site}"
    before = db.session.get_one(Site, world.a.site).timezone
    alice.post(path, **(PLACE | {"country": "BE"}))
    changed = site_called("Annexe")
    assert (changed.street, changed.country, changed.timezone) == ("3 rue Basse", "BE", before)
    assert "Deuxième cour" in alice.get(path).text
    assert "3 rue Basse" in alice.get("/").text


def test_a_building_has_a_name(world: World, alice: Colleague) -> None:
    assert (
        alice.post("/gestion/espaces/sites/nouveau", **(PLACE | {"name": " "})).status_code == 422
    )


def test_the_front_desk_sees_a_building_and_changes_nothing(world: World, client: Open) -> None:
    bob = Colleague(client(world.a.host), "bob")
    assert bob.get(f"/gestion/espaces/sites/{world.a.site}").status_code == 200
    assert bob.post(f"/gestion/espaces/sites/{world.a.site}", **PLACE).status_code == 404
    assert bob.get("/gestion/espaces/sites/999999").status_code == 404


def test_a_venue_without_a_building_says_first_where_it_is(
    world: World, alice: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "sites", list)
    assert alice.get("/gestion/espaces/nouveau").location.endswith("/gestion/espaces/sites/nouveau")
