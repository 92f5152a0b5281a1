"""Eighty hostile files and more at every door through which a file comes in, over HTTP: each is
refused in words or kept as ours, no page breaks, no name of theirs is used, nothing of theirs is
kept. A commit throws a fifth of them at each door, another fifth at the next; FULL=1 throws all.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from app.accounts import limits
from app.core.db import db
from app.core.files import StoredFile, storage
from app.events.models import Event
from app.incidents.models import Incident
from app.spaces.models import Space
from app.transfer.models import ImportRun
from app.upkeep import rules as upkeep
from app.upkeep.models import Proof
from scripts.pg import ROOT
from tests.at_desk import Colleague, token_in
from tests.core import hostile
from tests.jobs import run_jobs
from tests.world import World

pytestmark = [  # what the test client spools is closed by the collector, some tests later
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
FILES = [*hostile.documents(), *hostile.pictures()]
FILES += [(f"name {n}", hostile.drawn("JPEG")) for n in range(len(hostile.NAMES))]
ALL = bool(os.environ.get("FULL"))


def thrown(at: int) -> list[tuple[str, bytes]]:
    """What the door with this number gets."""
    return FILES if ALL else FILES[at % 5 :: 5]


@dataclass(frozen=True)
class Door:
    """A form that takes a file, and what stands beside the file in it."""

    path: str
    field: str
    more: dict[str, str]


def report(world: World) -> Door:
    return Door(
        "/signaler/salle-curie",
        "photo",
        {"categorie": "", "utilisable": "yes", "vus": ""},
    )


def event(world: World) -> Door:
    return Door("/gestion/evenements/nouveau", "photo", {"titre": ""})


def space(world: World) -> Door:
    return Door(f"/gestion/espaces/{world.a.room}/photos", "photo", {"alt": "La table"})


def looks(world: World) -> Door:
    return Door("/gestion/apparence", "logo", {})


def proof(world: World) -> Door:
    facts = {"nom": "Extincteurs", "genre": "legal", "lieu": f"b{world.a.site}", "jours": "365",
             "echeance": "2026-12-01"}  # fmt: skip
    plan = upkeep.schedule(facts)
    db.session.commit()
    return Door(f"/gestion/entretien/{plan.id}/visites", "preuve", {"resultat": "ok"})


DOORS = (report, event, space, looks, proof)


class Sender(Colleague):
    """Somebody who sends many forms with one token."""

    def __init__(self, client: FlaskClient, name: str) -> None:
        super().__init__(client, name)
        self.token = token_in(self.read("/gestion/plus"))

    def post(self, path: str, **fields) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **fields})


@pytest.fixture
def alice(world: World, client: Callable[[str], FlaskClient], monkeypatch) -> Sender:
    monkeypatch.setattr(limits, "allow", lambda *_args, **_more: True)  # all of them from one phone
    return Sender(client(world.a.host), "alice")


def is_ours(content: bytes, media_type: str) -> None:
    """A picture that we drew, a drawing without a word of theirs, or a PDF that does nothing."""
    for word in (b"EVIL", b"<script", b"onload", b"<?php", b"PK\x03\x04", b"<html"):
        assert word not in content, (word, media_type)
    if media_type == "image/svg+xml":
        assert b"<!" not in content
    elif media_type == "application/pdf":
        root = PdfReader(io.BytesIO(content)).trailer["/Root"]
        assert not {"/OpenAction", "/AA", "/Names", "/AcroForm"} & set(root)
    else:
        picture = Image.open(io.BytesIO(content))
        assert picture.format == {"image/jpeg": "JPEG", "image/png": "PNG"}[media_type]
        assert not picture.getexif()
        assert not {"comment", "icc_profile", "xmp"} & picture.info.keys()


@pytest.mark.parametrize("door", DOORS, ids=[one.__name__ for one in DOORS])
def test_every_door_refuses_or_cleans(
    app, world: World, alice: Sender, door: Callable[[World], Door]
) -> None:
    there = door(world)
    for name, content in thrown(DOORS.index(door)):
        called = hostile.NAMES[int(name[5:])] if name.startswith("name ") else f"{name}.jpg"
        sent = (io.BytesIO(content), called.replace("\r\n", ""))
        answer = alice.post(there.path, **there.more, **{there.field: sent})
        assert answer.status_code in (302, 303, 422), (name, answer.status_code)
        assert b"EVIL" not in answer.data, name
    kept = db.session.scalars(select(StoredFile)).all()
    assert kept, "good pictures with bad names are kept"
    for row in kept:
        assert re.fullmatch(rf"{world.a.id}/[\w/-]+\.(jpg|png|svg|pdf)", row.name), row.name
        is_ours(storage(app.config["SETTINGS"].storage).get(row.name), row.media_type)
    proofs = db.session.scalars(select(Proof.name)).all()
    assert all(name in ("Extincteurs.jpg", "Extincteurs.pdf") for name in proofs)
    assert db.session.scalars(select(Incident)).all() == []
    assert db.session.scalars(select(Event)).all() == []


def test_no_import_swallows_what_is_no_table(world: World, alice: Sender) -> None:
    """Read behind the page: each ends in a sentence, no space is made of it."""
    before = len(db.session.scalars(select(Space)).all())
    more = {"what": "spaces", "profile": "bookings", "site": str(world.a.site)}
    for name, content in thrown(4):
        answer = alice.post("/gestion/import", **more, file=(io.BytesIO(content), f"{name}.csv"))
        assert answer.status_code in (303, 413, 422), (name, answer.status_code)
        run_jobs(only="transfer.run")
        run = db.session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(1)).first()
        if run is not None:
            assert run.state == "failed" or run.report.get("faults"), (name, run.state)
            assert "<script>" not in alice.read("/gestion/import").split("<main")[1], name
        db.session.execute(delete(ImportRun))
        db.session.commit()
    assert len(db.session.scalars(select(Space)).all()) == before


def test_there_are_eighty() -> None:
    assert len(FILES) >= 80
    assert {name for at in range(5) for name, _content in FILES[at::5]} == {n for n, _c in FILES}


def test_no_other_door_takes_a_file() -> None:
    """A new one fails here until it stands above."""
    found = subprocess.run(
        ["git", "grep", "-lE", r"request\.files|FileField\(", "--", "app"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(found.stdout.split()) == {
        "app/events/composing.py", "app/incidents/views.py", "app/spaces/desk.py",
        "app/tenants/studio.py", "app/transfer/desk.py", "app/upkeep/desk.py",
    }  # fmt: skip
