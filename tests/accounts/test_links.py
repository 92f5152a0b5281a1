"""R29: a link by e-mail serves once, ten minutes, in one browser, at one venue."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from app.accounts import links, rules, sessions
from app.accounts.jobs import letter
from app.accounts.models import Account, LoginLink
from app.core import clock, tenancy
from app.core.db import db
from app.core.mail import Mail

MINE = "the secret of my browser"


@pytest.fixture
def later(monkeypatch):
    """Move the clock."""

    def move(**by):
        moved = clock.now() + dt.timedelta(**by)
        monkeypatch.setattr(clock, "now", lambda: moved)

    return move


def _issue(browser: str = MINE) -> str:
    return links.issue("signin", "carla@example.org", browser=browser, locale="fr")[1]


def _outcomes(tries) -> list[bool]:
    found = []
    for attempt in tries:
        try:
            attempt()
            found.append(True)
        except links.DeadLink:
            found.append(False)
    return found


def test_serves_the_browser_that_asked(world):
    assert rules.prove(_issue(), MINE)[0].id == world.people["carla"]


def test_reuse_is_refused_50_times(world):
    secret = _issue()
    rules.prove(secret, MINE)
    assert not any(_outcomes([lambda: rules.prove(secret, MINE)] * 50))


def test_ten_minutes_and_a_second_is_too_late_50_times(world, later):
    secrets = [_issue() for _ in range(50)]
    later(minutes=10, seconds=1)
    assert not any(_outcomes(lambda s=s: rules.prove(s, MINE) for s in secrets))


def test_nine_minutes_is_in_time(world, later):
    secret = _issue()
    later(minutes=9, seconds=59)
    assert rules.prove(secret, MINE)


def test_another_browser_is_refused_50_times(world):
    secret = _issue()
    others = [None, "", MINE.upper(), *(f"browser {n}" for n in range(47))]
    assert not any(_outcomes(lambda b=b: rules.prove(secret, b) for b in others))
    assert rules.prove(secret, MINE)


def test_another_venue_or_network_is_refused_50_times(world):
    secrets = [_issue() for _ in range(50)]
    db.session.flush()  # written before other scopes look for it
    elsewhere = [
        world.b.entered,
        world.stranger.entered,
        lambda: tenancy.network(world.network_id),
        lambda: tenancy.network(world.other_network_id),
    ]

    def at(place, secret):
        with place():
            rules.prove(secret, MINE)

    tries = (lambda s=s, n=n: at(elsewhere[n % 4], s) for n, s in enumerate(secrets))
    assert not any(_outcomes(tries))


@pytest.mark.parametrize("guard", ["used_at", "expires_at", "browser", "tenant"])
def test_control_each_guard_off_lets_one_in(world, later, monkeypatch, guard):
    """Without its guard, the refusal of the tests above would not happen."""
    real = links._holding
    dropped = {"used_at": 2, "expires_at": 3, "tenant": 4, "browser": 5}[guard]

    def without(*args):
        tests = list(real(*args))
        del tests[dropped]
        return tuple(tests)

    monkeypatch.setattr(links, "_holding", without)
    secret = _issue()
    if guard == "used_at":
        rules.prove(secret, MINE)
    if guard == "expires_at":
        later(minutes=10, seconds=1)
    place = world.b.entered() if guard == "tenant" else world.a.entered()
    with place:
        assert rules.prove(secret, "another" if guard == "browser" else MINE)


def test_journey_by_letter(world, browser, letters):
    carla = browser()
    page = carla.post("/connexion/lien", email="carla@example.org")
    assert "carla@example.org" in page.get_data(as_text=True)
    path = letters()
    opened = carla.get(path)
    assert opened.status_code == 200
    assert not carla.is_in()  # opening the page uses nothing up
    assert browser().get(path).status_code == 410
    assert carla.post(path, page=path).status_code == 302
    assert carla.is_in()
    assert carla.get(path).status_code == 410


def test_letter_is_in_the_brand_and_leads_to_the_canonical_host(world, browser, letters):
    browser().post("/connexion/lien", email="carla@example.org")
    letters()
    mail = db.session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
    assert mail.sender_name == "Le Moulin Neuf"
    assert mail.recipient == "carla@example.org"
    assert "http://a.localhost/connexion/lien/" in mail.html
    assert "Coulisse" not in mail.html + mail.text


def test_english_letter_for_an_english_page(world, browser, letters):
    carla = browser()
    carla.get("/connexion?lang=en")
    carla.post("/connexion/lien", email="carla@example.org")
    letters()
    mail = db.session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
    assert mail.subject == "Your sign-in link"
    assert 'lang="en"' in mail.html


def test_unknown_address_gets_the_same_page_and_no_letter(world, browser, post_count):
    known, unknown = (
        browser().post("/connexion/lien", email=email).get_data(as_text=True).replace(email, "…")
        for email in ("carla@example.org", "nobody@example.org")
    )

    strip = re.compile(r'nonce="[^"]+"')
    assert strip.sub("", known) == strip.sub("", unknown)


def test_unknown_address_writes_no_mail(world, browser, post_count):
    browser().post("/connexion/lien", email="nobody@example.org")
    link_id = db.session.scalars(select(LoginLink.id)).one()
    letter(link_id=link_id)
    assert post_count() == 0


def test_letter_job_run_twice_keeps_the_first_secret(world, browser, letters):
    carla = browser()
    carla.post("/connexion/lien", email="carla@example.org")
    assert letters() == letters()


def test_reset_ends_every_session_and_the_old_password(world, browser, letters):
    old, new = browser(), browser()
    old.sign_in("carla")
    new.post("/mot-de-passe", email="carla@example.org")
    path = letters()
    weak = new.post(path, page=path, password="motdepasse2024")
    assert weak.status_code == 422
    assert new.post(path, page=path, password="quatre chevaux verts").status_code == 302
    assert new.is_in()
    assert not old.is_in()
    assert browser().sign_in("carla").status_code == 422
    assert browser().sign_in("carla", "quatre chevaux verts").status_code == 302


def test_password_laid_before_the_proof_is_dropped(world):
    account = db.session.get(Account, world.people["carla"])
    account.email_verified_at = None
    proved, _link = rules.prove(_issue(), MINE)
    assert proved.email_verified_at is not None
    assert proved.password_hash is None


def test_relay_serves_once_at_its_venue_within_a_minute(world, later):
    with tenancy.network(world.network_id):
        secret, late = (rules.relay(world.people["oscar"], world.a.id) for _ in range(2))
        db.session.flush()  # written before the venue looks for it
    with world.b.entered(), pytest.raises(links.DeadLink):
        rules.arrive(secret)
    with world.a.entered():
        assert rules.arrive(secret).id == world.people["oscar"]
        with pytest.raises(links.DeadLink):
            rules.arrive(secret)
        later(seconds=61)
        with pytest.raises(links.DeadLink):
            rules.arrive(late)


def test_secret_is_160_bits_and_only_its_hash_is_kept(world):
    link, secret = links.issue("signin", "carla@example.org", browser=MINE)
    assert len(secret) == 27
    assert link.token_hash == sessions.digest(secret) != secret
    assert MINE not in (link.browser_hash or "")


def test_stays_with_whoever_asked(world):
    with pytest.raises(ValueError, match="browser"):
        links.issue("signin", "carla@example.org")
