"""An operator inside a venue: told, timed, looking only; and out again."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from app.accounts.models import SupportVisit
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.mail import Mail
from app.members.models import Person
from tests.network.test_console import token
from tests.tenants.test_appearance import signed_in

MESSAGE = "Vos prix de décembre semblent bloqués : je regarde."


@pytest.fixture
def oscar(world, client):
    return signed_in(client(world.network_host), "oscar")


def ask(world, oscar, **changed):
    form = {"reason": "alert", "message": MESSAGE, "rights": "read", **changed}
    path = f"/reseau/lieux/{world.a.id}/support"
    mark = token(oscar.get(path).text)
    return oscar.post(path, data={"csrf_token": mark, **form})


def inside(world, oscar, client, **changed):
    """The operator's browser on the venue's host, past the threshold."""
    path = urlsplit(ask(world, oscar, **changed).location).path
    there = client("a.localhost")
    page = there.get(path)
    entered = there.post(path, data={"csrf_token": token(page.text)})
    assert entered.location == "/gestion"
    return there


def visit() -> SupportVisit:
    db.session.expire_all()
    return db.session.scalars(select(SupportVisit)).one()


def test_it_needs_a_reason_that_the_venue_can_read(world, oscar):
    assert ask(world, oscar, reason="").status_code == 422
    kept = ask(world, oscar, message="ok")
    assert kept.status_code == 422
    assert "en une phrase" in kept.text
    assert db.session.scalars(select(SupportVisit)).all() == []


def test_the_owner_is_told_and_the_journal_too(world, oscar):
    ask(world, oscar)
    mail = db.session.scalars(select(Mail).where(Mail.template == "network/mail_support")).one()
    assert mail.recipient == "alice@example.org"
    assert MESSAGE in mail.text
    acts = db.session.scalars(select(AuditEntry.action)).all()
    assert "support.entered" in acts
    assert "entre en support" in oscar.get("/reseau/journal").text


def test_the_address_alone_signs_nobody_in_and_works_once(world, oscar, client):
    path = urlsplit(ask(world, oscar).location).path
    there = client("a.localhost")
    there.get(path)
    assert there.get("/gestion").status_code == 302
    mark = token(there.get(path).text)
    assert there.post(path, data={"csrf_token": mark}).status_code == 302
    late = client("a.localhost")
    mark = token(late.get(path).text)
    assert late.post(path, data={"csrf_token": mark}).status_code == 410


def test_the_threshold_lets_browsers_say_where_they_come_from(world, oscar, client):
    """Under `no-referrer` a browser's form says `Origin: null`, which is refused as forged."""
    page = client("a.localhost").get(urlsplit(ask(world, oscar).location).path)
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_the_secret_opens_no_other_venue(world, oscar, client):
    path = urlsplit(ask(world, oscar).location).path
    there = client("b.localhost")
    mark = token(there.get(path).text)
    assert there.post(path, data={"csrf_token": mark}).status_code == 410


def test_inside_it_is_said_on_every_page_and_written_down(world, oscar, client):
    there = inside(world, oscar, client)
    page = there.get("/gestion")
    assert page.status_code == 200
    assert "Visite de support" in page.text
    pages = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "support.page")).all()
    assert any(entry.detail["said"] == "GET /gestion" for entry in pages)


def test_looking_is_not_changing(world, oscar, client):
    there = inside(world, oscar, client)
    for path in ("/gestion/apparence", "/gestion/reglages"):
        assert there.get(path).status_code == 404


def test_more_rights_only_when_they_were_asked_for(world, oscar, client):
    there = inside(world, oscar, client, rights="write")
    assert there.get("/gestion/apparence").status_code == 200
    assert not visit().read_only


def test_it_ends_on_time(world, oscar, client):
    there = inside(world, oscar, client)
    row = visit()
    assert row.ends_at - row.started_at == dt.timedelta(minutes=30)
    row.ends_at = clock.now() - dt.timedelta(seconds=1)
    db.session.commit()
    assert there.get("/gestion").status_code == 404
    assert "Visite de support" not in there.get("/").text


def test_it_ends_when_one_leaves(world, oscar, client):
    there = inside(world, oscar, client)
    mark = token(there.get("/gestion").text)
    gone = there.post("/support/sortie", data={"csrf_token": mark})
    assert gone.location == f"http://{world.network_host}/reseau"
    assert visit().left_at is not None
    assert there.get("/gestion").status_code == 302


def test_an_operator_is_no_customer_of_the_venue(world, oscar, client):
    inside(world, oscar, client)
    assert re.search("oscar", str(db.session.scalars(select(Person.email)).all())) is None


def test_without_a_visit_an_operator_is_nobody_there(world, client):
    assert signed_in(client("a.localhost"), "oscar").get("/gestion").status_code == 404


def test_another_venue_learns_nothing_of_it(world, oscar):
    ask(world, oscar)
    with world.b.entered():
        assert db.session.scalars(select(SupportVisit)).all() == []
        assert db.session.scalars(select(AuditEntry)).all() == []
