"""The import page: a trial, its faults, then the real thing."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.spaces.models import Space
from tests.jobs import run_jobs
from tests.world import PASSWORD, World

PAGE = "/gestion/import"


@pytest.fixture
def desk(world: World, client):
    """Alice, owner of A, signed in."""
    browser = client(world.a.host)
    html = browser.get("/connexion", follow_redirects=True).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)[1]
    data = {"csrf_token": token, "email": "alice@example.org", "password": PASSWORD}
    assert browser.post("/connexion", data=data).status_code in (302, 303)
    return browser


def send(desk, text: str, world: World):
    html = desk.get(PAGE).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)[1]
    upload = (io.BytesIO(text.encode()), "espaces.csv")
    form = {"csrf_token": token, "what": "spaces", "profile": "bookings", "file": upload}
    form["site"] = str(world.a.site)
    answer = desk.post(PAGE, data=form, content_type="multipart/form-data")
    return answer, token


def test_faults_are_shown_with_their_place(desk, world: World) -> None:
    answer, _token = send(desk, "name,kind,base_rate\nSalle,palace,12\n", world)
    assert answer.status_code == 303
    run_jobs(only="transfer.run")
    html = desk.get(PAGE).get_data(as_text=True)
    assert "espaces.csv:2: kind" in html


def test_a_trial_is_applied_by_a_second_click(desk, world: World) -> None:
    _answer, token = send(desk, "name,kind,base_rate\nSalle Zoé,meeting_room,12\n", world)
    run_jobs(only="transfer.run")
    before = db.session.scalar(select(func.count(Space.id)))
    html = desk.get(PAGE).get_data(as_text=True)
    action = re.search(r'action="(/gestion/import/\d+/application)"', html)[1]
    for _click in range(2):
        assert desk.post(action, data={"csrf_token": token}).status_code == 303
    run_jobs(only="transfer.run")
    assert db.session.scalar(select(func.count(Space.id))) == before + 1


def test_without_a_file_the_form_says_so(desk, world: World) -> None:
    html = desk.get(PAGE).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)[1]
    form = {"csrf_token": token, "what": "spaces", "profile": "bookings", "site": world.a.site}
    answer = desk.post(PAGE, data=form)
    assert answer.status_code == 422
    assert "Choisissez un fichier" in answer.get_data(as_text=True)


def test_the_front_desk_and_strangers_see_no_import(client, world: World) -> None:
    assert client(world.a.host).get(PAGE).status_code in (302, 303)
    assert client(world.b.host).post(PAGE).status_code in (400, 401)


def test_everything_can_be_taken_out(desk) -> None:
    with desk.get(f"{PAGE}/export/spaces.csv") as answer:
        assert answer.mimetype == "text/csv"
        assert b"Salle Curie" in answer.data
    with desk.get(f"{PAGE}/export/bookings.csv") as answer:
        assert answer.status_code == 200
    assert desk.get(f"{PAGE}/export/secrets.csv").status_code == 404
