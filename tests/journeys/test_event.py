"""An organiser publishes an event from a phone; the public finds it, in the agenda and in feeds."""

from __future__ import annotations

import datetime as dt

from icalendar import Calendar
from playwright.sync_api import Page, expect

from scripts.house import House
from tests.journeys.conftest import Opener, sign_in

TITLE = "Réparer son vélo 🚲"


def plan(page: Page, house: House, title: str, space: str, days: int) -> None:
    """A workshop as a draft, so many days from now, further than anybody has booked."""
    page.goto(house.url("moulin", "/gestion/evenements"))
    page.get_by_role("link", name="Atelier", exact=True).click()
    page.get_by_label("Titre", exact=True).fill(title)
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
    page.get_by_label("Jour", exact=True).fill(day.isoformat())
    page.get_by_label(space).check()
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    expect(page.locator("#main")).to_contain_text("Personne ne le voit encore.")


def publish(page: Page) -> None:
    """What is a draft is seen."""
    page.get_by_role("button", name="Publier").click()
    expect(page.locator("#flashes")).to_contain_text("C’est publié.")


def test_an_organiser_publishes_and_the_public_finds_it(house: House, person: Opener) -> None:
    phone = person()
    sign_in(phone, house, "moulin", "karim")
    page = phone.page
    plan(page, house, TITLE, "Studio podcast", 40)
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0, "scrolls sideways"

    visitor = person().page
    visitor.goto(house.url("moulin", "/agenda"))
    expect(visitor.locator("#main")).not_to_contain_text(TITLE)
    publish(page)

    visitor.reload()
    visitor.get_by_role("link", name=TITLE).click()
    expect(visitor.locator("h1")).to_have_text(TITLE)
    expect(visitor.locator("#main")).to_contain_text("14:00 – 17:00")
    assert visitor.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    with visitor.expect_download() as taken:
        visitor.get_by_role("link", name="Ajouter à l’agenda").click()
    (entry,) = Calendar.from_ical(taken.value.path().read_bytes()).walk("VEVENT")
    assert str(entry["SUMMARY"]) == TITLE
    feed = house.fetch("moulin", "/agenda.ics")
    assert TITLE in [str(e["SUMMARY"]) for e in Calendar.from_ical(feed.body).walk("VEVENT")]
