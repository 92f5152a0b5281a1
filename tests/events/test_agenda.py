"""What the public sees of events, what feeds carry, and what never leaves the house."""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import re
from collections.abc import Callable, Iterator

import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from icalendar import Calendar
from PIL import Image
from sqlalchemy import select, text

from app.core.db import db
from app.core.mail import Mail
from app.core.slots import Interval
from app.events import jobs, opinions, rules, seams
from app.events.models import Event, EventOpinion
from app.events.seams import Guest, Offer
from app.members.models import Company, Person, Seat
from tests.at_desk import Colleague, set_clock, token_in
from tests.events.conftest import DAY, instant
from tests.world import World

Plan = Callable[..., Event]
Opener = Callable[[str], FlaskClient]
# Everything that the world may read without an account; `{slug}` is the event's.
OUTSIDE = (
    "/agenda", "/agenda?page=2", "/agenda.ics", "/agenda.rss", "/agenda/cadre", "/agenda/{slug}",
    "/agenda/{slug}/agenda.ics", "/agenda/{slug}/carte.png", "/agenda/{slug}/image",
)  # fmt: skip
SECRET = "Comité très secret"


@pytest.fixture
def visitor(world: World, client: Opener) -> FlaskClient:
    return client(world.a.host)


def calendar(answer: object) -> list[dict[str, object]]:
    parsed = Calendar.from_ical(answer.get_data())  # type: ignore[attr-defined]
    return [dict(one) for one in parsed.walk("VEVENT")]


@pytest.mark.parametrize("audience", ["members", "companies", "draft", "dropped"])
def test_nothing_of_it_leaves_the_house(
    world: World, client: Opener, visitor: FlaskClient, planned: Plan, audience: str
) -> None:
    company = Company(kind="other", name="Numa", search="numa", country="FR")
    db.session.add(company)
    db.session.flush()
    more = (
        {"audience": audience, "company_ids": (company.id,)} if audience in rules.AUDIENCES else {}
    )
    one = planned(publish=audience in rules.AUDIENCES, title_fr=SECRET, lead_fr=SECRET, **more)
    if audience == "dropped":
        rules.cancel(one.id)
    db.session.commit()
    outside = (visitor, client(world.network_host), client(world.b.host))
    for host, browser in enumerate(outside):
        for path in (*OUTSIDE, "/lieux/agenda", "/lieux/agenda.ics", "/lieux/agenda.rss", "/"):
            answer = browser.get(path.format(slug=one.slug))
            assert SECRET not in html.unescape(
                answer.text if answer.mimetype != "image/png" else ""
            )
            assert "{slug}" not in path or answer.status_code == 404, (host, path)


def test_members_and_invited_people_see_theirs(world: World, client: Opener, planned: Plan) -> None:
    carla = db.session.get_one(Person, world.carla_person)
    company = Company(kind="other", name="Numa", search="numa", country="FR")
    db.session.add(company)
    db.session.flush()
    invited = planned(publish=True, title_fr="Chez Numa", audience="companies",
                      company_ids=(company.id,), space_ids=(world.a.room,))  # fmt: skip
    inner = planned(publish=True, title_fr="Entre nous", audience="members")
    db.session.commit()
    browser = Colleague(client(world.a.host), "carla")
    page = browser.read("/agenda")
    assert "Entre nous" in page
    assert "Chez Numa" not in page
    assert browser.get(f"/agenda/{invited.slug}").status_code == 404
    assert "noindex" in browser.read(f"/agenda/{inner.slug}")
    assert "og:image" not in browser.read(f"/agenda/{inner.slug}")
    answer = browser.get(f"/agenda/{inner.slug}/agenda.ics")
    assert answer.headers["Cache-Control"] == "private, no-store"
    db.session.add(Seat(company_id=company.id, person_id=carla.id))
    carla.standing = "guest"
    db.session.commit()
    page = browser.read("/agenda")
    assert "Chez Numa" in page
    assert "Entre nous" not in page


def test_a_company_may_be_invited_with_the_members(
    world: World, client: Opener, planned: Plan
) -> None:
    company = Company(kind="other", name="Numa", search="numa", country="FR")
    db.session.add(company)
    db.session.flush()
    one = planned(publish=True, audience="members", company_ids=(company.id,))
    db.session.get_one(Person, world.carla_person).standing = "guest"
    db.session.commit()
    browser = Colleague(client(world.a.host), "carla")
    assert browser.get(f"/agenda/{one.slug}").status_code == 404
    db.session.add(Seat(company_id=company.id, person_id=world.carla_person))
    db.session.commit()
    assert one.title_fr in browser.read(f"/agenda/{one.slug}")


def test_calendars_learn_moves_and_cancellations(
    world: World, visitor: FlaskClient, planned: Plan
) -> None:
    one = planned(publish=True, title_fr="Nuit; des, ateliers 🎉 \\ fin")
    db.session.commit()
    (first,) = calendar(visitor.get("/agenda.ics"))
    assert str(first["SUMMARY"]) == "Nuit; des, ateliers 🎉 \\ fin"
    assert (int(first["SEQUENCE"]), str(first["STATUS"])) == (0, "CONFIRMED")
    assert first["DTSTART"].dt == one.starts_at
    rules.move(one.id, Interval(one.starts_at + DAY, one.ends_at + DAY))
    db.session.commit()
    (second,) = calendar(visitor.get("/agenda.ics"))
    assert str(second["UID"]) == str(first["UID"])
    assert int(second["SEQUENCE"]) == 1
    rules.cancel(one.id)
    db.session.commit()
    (third,) = calendar(visitor.get(f"/agenda/{one.slug}/agenda.ics"))
    assert (str(third["UID"]), int(third["SEQUENCE"])) == (str(first["UID"]), 2)
    assert str(third["STATUS"]) == "CANCELLED"
    assert "Annulé" in visitor.get("/agenda").text
    assert "EventCancelled" in visitor.get(f"/agenda/{one.slug}").text


def test_readers_get_well_formed_rss(world: World, visitor: FlaskClient, planned: Plan) -> None:
    planned(publish=True, title_fr="A & B <i> \x0b\x00 “ok” شمس")
    db.session.commit()
    answer = visitor.get("/agenda.rss")
    assert answer.mimetype == "application/rss+xml"
    root = fromstring(answer.get_data())
    (item,) = root.findall("channel/item")
    assert item.findtext("title") == "A & B <i> “ok” شمس"
    assert (item.findtext("link") or "").startswith("http://a.localhost/agenda/")
    assert (item.findtext("guid") or "").endswith("@agenda")
    assert "jeudi 3 décembre" in (item.findtext("description") or "")
    assert "Thursday 3 December" in visitor.get("/agenda.rss?lang=en").text


def test_a_page_says_which_language_each_text_is_in(
    world: World, visitor: FlaskClient, planned: Plan
) -> None:
    one = planned(publish=True, title_en="Night", lead_fr="Seulement en français")
    db.session.commit()
    page = visitor.get(f"/agenda/{one.slug}?lang=en").text
    assert '<h1 class="h1--hero" lang="en" dir="auto">Night</h1>' in page
    assert '<p class="lead" lang="fr" dir="auto">Seulement' in page


def test_search_engines_read_the_event_with_its_offers(
    world: World, visitor: FlaskClient, planned: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seams, "OFFERS", [lambda _one: [Offer("Plein tarif", 1250, 0)]])
    one = planned(publish=True, title_fr="</script><script>alert(1)</script>")
    db.session.commit()
    page = visitor.get(f"/agenda/{one.slug}").text
    assert "<script>alert" not in page
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    said = json.loads(found[1])
    assert said["@type"] == "Event"
    assert said["startDate"] == "2026-12-03T18:00:00+01:00"
    assert said["offers"][0]["price"] == "12.50"
    assert said["offers"][0]["availability"].endswith("SoldOut")
    assert said["image"][0].startswith("http://a.localhost/agenda/")


def test_the_share_picture_is_drawn_once_and_again_when_it_changes(
    world: World, visitor: FlaskClient, planned: Plan
) -> None:
    one = planned(publish=True, title_fr="Emoji 🎉 et שלום, très long " * 3)
    db.session.commit()
    answer = visitor.get(f"/agenda/{one.slug}/carte.png")
    assert Image.open(io.BytesIO(answer.data)).size == (1200, 630)
    db.session.expire_all()
    kept = one.card_id
    assert visitor.get(f"/agenda/{one.slug}/carte.png").data == answer.data
    db.session.expire_all()
    assert one.card_id == kept
    rules.move(one.id, Interval(one.starts_at + DAY, one.ends_at + DAY))
    db.session.commit()
    assert visitor.get(f"/agenda/{one.slug}/carte.png").data != answer.data
    files = db.session.scalar(text("select count(*) from stored_file where purpose = 'event card'"))
    assert files == 1


def test_only_named_sites_may_frame_the_agenda(
    world: World, client: Opener, visitor: FlaskClient, planned: Plan
) -> None:
    planned(publish=True)
    db.session.commit()

    def ancestors(path: str) -> str:
        policy = visitor.get(path).headers["Content-Security-Policy"]
        return policy.partition("frame-ancestors ")[2]

    assert ancestors("/agenda/cadre") == "'none'"
    alice = Colleague(client(world.a.host), "alice")
    share = "/gestion/evenements/partage"
    for bad in ("mairie.fr", "https://*", "https://a.fr/chemin", "https://a.fr; script-src *",
                "javascript:alert(1)", "http://mairie.fr"):  # fmt: skip
        assert alice.post(share, sites=bad).status_code == 422, bad
    assert (
        alice.post(share, sites="https://www.mairie.fr/\nhttps://blog.example.org:8443").status_code
        == 303
    )
    assert ancestors("/agenda/cadre") == "https://www.mairie.fr https://blog.example.org:8443"
    assert ancestors("/agenda") == "'none'"
    assert "La nuit des ateliers" in visitor.get("/agenda/cadre").text
    assert "&lt;iframe src=" in alice.read(share)


@pytest.fixture
def holders(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Guest]]:
    found = [
        Guest("maya@example.org", "Maya", "fr", "/billets/x"),
        Guest("zoe@example.org", "Zoé", "en"),
        Guest("Maya@example.org", "Maya", "fr"),
    ]
    monkeypatch.setattr(seams, "HOLDERS", [lambda _one: found])
    return found


def letters(template: str) -> list[Mail]:
    query = select(Mail).where(Mail.template == template).order_by(Mail.id)
    return list(db.session.scalars(query))


def test_holders_are_reminded_once_and_again_after_a_move(
    world: World, planned: Plan, holders: list[Guest], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = planned(publish=True, reminder_hours=24)
    jobs.letters()
    assert not letters("events/mail_reminder")
    set_clock(monkeypatch, one.starts_at - dt.timedelta(hours=23))
    jobs.letters()
    jobs.letters()
    assert [m.recipient for m in letters("events/mail_reminder")] == [
        "maya@example.org",
        "zoe@example.org",
    ]
    french, english = letters("events/mail_reminder")
    assert "http://a.localhost/billets/x" in french.text
    assert "c’est bientôt" in french.text
    assert "it is soon" in english.text
    assert "coulisse" not in f"{french.html}{english.html}".lower()
    rules.move(one.id, Interval(one.starts_at + DAY, one.ends_at + DAY))
    set_clock(monkeypatch, one.starts_at - dt.timedelta(hours=2))
    jobs.letters()
    assert len(letters("events/mail_reminder")) == 4


def test_each_says_once_how_it_was(
    world: World, client: Opener, planned: Plan, holders: list[Guest],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    one = planned(publish=True)
    db.session.commit()
    set_clock(monkeypatch, one.ends_at + dt.timedelta(hours=3))
    jobs.letters()
    jobs.letters()
    asked = letters("events/mail_opinion")
    assert len(asked) == 2
    link = re.search(r"http://a\.localhost(/avis/\S+)", asked[0].text)
    assert link
    db.session.commit()
    browser = client(world.a.host)
    token = token_in(browser.get(link[1]).text)
    bare = browser.post(link[1], data={"csrf_token": token, "mot": "Bien <b>"})
    assert bare.status_code == 422
    assert "Bien &lt;b&gt;" in bare.text
    sent = {"csrf_token": token, "etoiles": "5", "revenir": "yes", "mot": "Super <b>"}
    assert browser.post(link[1], data=sent).status_code == 303
    assert browser.post(link[1], data=sent | {"etoiles": "1"}).status_code == 303
    rows = db.session.scalars(select(EventOpinion)).all()
    assert [(row.stars, row.text) for row in rows] == [(5, "Super <b>")]
    assert "Merci" in browser.get(link[1]).text
    assert client(world.b.host).get(link[1]).status_code == 404
    assert browser.get(link[1] + "x").status_code == 404
    results = Colleague(client(world.a.host), "bob").read(f"/gestion/evenements/{one.id}/avis")
    assert "5.0 / 5" in results
    assert "Super &lt;b&gt;" in results
    assert opinions.summary(one.id).again == {"yes": 1}


def test_an_opinion_waits_for_the_event(world: World, client: Opener, planned: Plan) -> None:
    one = planned(publish=True)
    db.session.commit()
    secret = client(world.a.host).application.config["SECRET_KEY"]
    page = client(world.a.host).get(f"/avis/{opinions.link(secret, one, 'a@example.org')}")
    assert "On ne peut pas donner d’avis maintenant" in page.text


def test_the_network_gathers_the_public_events_of_its_venues(
    world: World, client: Opener, planned: Plan
) -> None:
    planned(publish=True, title_fr="Au moulin")
    planned(publish=True, title_fr="Entre nous", audience="members", space_ids=(world.a.room,))
    db.session.commit()
    network = client(world.network_host)
    page = network.get("/lieux/agenda").text
    assert "Au moulin" in page
    assert "Le Moulin Neuf" in page
    assert "http://a.localhost/agenda/au-moulin-2026-12-03" in page
    assert network.get("/agenda").headers["Location"].endswith("/lieux/agenda")
    (one,) = calendar(network.get("/lieux/agenda.ics"))
    (same,) = calendar(client(world.a.host).get("/agenda.ics"))
    assert str(one["UID"]) == str(same["UID"])
    (item,) = fromstring(network.get("/lieux/agenda.rss").get_data()).findall("channel/item")
    assert item.findtext("category") == "Le Moulin Neuf"
    assert client(world.stranger.host).get("/lieux/agenda").status_code == 404


def test_no_name_of_ours_on_what_a_venue_shows(
    world: World, client: Opener, visitor: FlaskClient, planned: Plan
) -> None:
    one = planned(publish=True)
    db.session.commit()
    alice = Colleague(client(world.a.host), "alice")
    staff = ("", "/nouveau", f"/{one.id}", f"/{one.id}/modifier", "/partage", f"/{one.id}/avis")
    pages = [visitor.get(path.format(slug=one.slug)) for path in OUTSIDE]
    pages += [alice.get(f"/gestion/evenements{path}") for path in staff]
    for answer in pages:
        said = answer.get_data().lower() + str(answer.headers).lower().encode()
        assert b"coulisse" not in said, answer.request.path
    assert instant(9) < one.starts_at
