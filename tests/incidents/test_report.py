"""Say that something does not work: from a code, with a picture, without losing a word."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import select

from app.core.db import db
from app.core.files import StoredFile, storage
from app.core.mail import Mail
from app.incidents.models import Asset, Incident, IncidentFollower, IncidentPolicy, Outage
from app.occupancy.models import Occupancy
from tests.at_desk import Colleague, token_in
from tests.incidents.conftest import Passer, last, picture
from tests.jobs import run_jobs
from tests.world import World

pytestmark = [  # what the test client spools is closed by the collector, some tests later
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def kept(app, stored: StoredFile) -> bytes:
    return storage(app.config["SETTINGS"].storage).get(stored.name)


def test_the_code_of_a_door_opens_the_form_with_its_place(passer: Passer) -> None:
    page = passer.client.get("/signaler/salle-curie").text
    assert "Salle Curie" in page
    assert "facultatif" in page


def test_nobody_needs_an_account_and_a_link_is_the_key(passer: Passer) -> None:
    link = passer.report(precisions="L’image saute.")
    page = passer.client.get(link).text
    assert "L’image saute." in page
    assert (last().priority, last().state) == ("high", "reported")
    assert passer.client.get("/signalement/" + "x" * 27).status_code == 404


def test_the_picture_is_painted_anew_without_where_it_was_taken(app, passer: Passer) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "SecretPhone", {1: "N", 2: (45.0, 11.0, 0.0)}
    link = passer.report(photo=(io.BytesIO(picture(exif=exif)), "../../etc/passwd.jpg"))
    stored = db.session.scalars(select(StoredFile).where(StoredFile.id == last().photo_id)).one()
    raw = kept(app, stored)
    assert b"SecretPhone" not in raw
    assert not Image.open(io.BytesIO(raw)).getexif()
    assert "passwd" not in stored.name
    shown = passer.client.get(f"{link}/photo")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]


def test_a_fault_loses_neither_words_nor_picture(app, passer: Passer) -> None:
    answer = passer.send(
        categorie="power", utilisable="partly", precisions="Une étincelle 😱",
        email="pas une adresse", photo=(io.BytesIO(picture()), "a.jpg"),
    )  # fmt: skip
    assert answer.status_code == 422
    assert "Une étincelle 😱" in answer.text
    assert "nom@exemple.fr" in answer.text
    ticket = answer.text.split('name="photo-gardee" value="')[1].split('"')[0]
    passer.report(**{"photo-gardee": ticket})
    assert last().photo_id is not None


def test_a_ticket_of_another_venue_is_no_ticket(passer: Passer) -> None:
    passer.report(**{"photo-gardee": "WzEsMV0.forged"})
    assert last().photo_id is None


def test_a_picture_that_is_too_heavy_is_told_beside_its_field(passer: Passer) -> None:
    answer = passer.send(
        categorie="power", utilisable="yes", precisions="Trop lourd",
        photo=(io.BytesIO(b"\xff\xd8" + b"0" * (13 * 1024 * 1024)), "a.jpg"),
    )  # fmt: skip
    assert answer.status_code == 422
    assert "10 Mo" in answer.text
    assert "Trop lourd" in answer.text


@pytest.mark.parametrize(
    ("name", "value"), [("categorie", "dragon"), ("utilisable", ""), ("precisions", "x" * 2001)]
)
def test_what_is_missing_is_said_and_nothing_written(passer: Passer, name, value) -> None:
    fields = {"categorie": "screen", "utilisable": "no"} | {name: value}
    assert passer.send(**fields).status_code == 422
    assert db.session.scalars(select(Incident)).all() == []


def test_names_of_every_script_are_kept_and_turn_nothing_around(passer: Passer) -> None:
    text = "مرحبا \u202eevil\u202c 👩‍🚒"
    page = passer.client.get(passer.report(precisions=text)).text
    assert last().description == "مرحبا evil 👩‍🚒"
    assert 'dir="auto"' in page


def test_others_who_saw_it_are_offered_to_follow(passer: Passer) -> None:
    passer.report()
    page = passer.client.get("/signaler/salle-curie").text
    assert "1 personne l’a signalé" in page
    again = passer.send(categorie="screen", utilisable="no", precisions="Encore noir")
    assert again.status_code == 409
    assert "Encore noir" in again.text
    code = last().code
    assert passer.send(f"/signaler/aussi/{code}", email="lea@example.org").status_code == 303
    assert "2 personnes l’ont signalé" in passer.client.get("/signaler/salle-curie").text
    seen = passer.send(categorie="screen", utilisable="yes", vus=code)
    assert seen.status_code == 303


def test_a_typed_address_opens_nobody_elses_page(passer: Passer) -> None:
    first = passer.report(email="lea@example.org")
    answer = passer.send(f"/signaler/aussi/{last().code}", email="lea@example.org")
    assert first not in answer.headers["Location"]
    addresses = db.session.scalars(select(IncidentFollower.email)).all()
    assert sorted(addresses) == ["", "lea@example.org"]


def test_a_venue_may_ask_who_reports(passer: Passer) -> None:
    db.session.add(IncidentPolicy(anonymous=False, targets={}))
    db.session.commit()
    assert "/connexion" in passer.client.get("/signaler/salle-curie").headers["Location"]


def test_the_seventh_report_of_a_quarter_of_an_hour_waits(passer: Passer) -> None:
    codes = [passer.send(categorie="x").status_code for _ in range(7)]
    assert codes == [422] * 6 + [429]


def test_a_phone_that_lost_the_answer_reports_once(passer: Passer) -> None:
    def send(text: str = "Encore", key: str = "one-of-a-phone"):
        fields = {"categorie": "screen", "utilisable": "no", "precisions": text, "vus": ""}
        fields["csrf_token"] = token_in(passer.client.get("/signaler/salle-curie").text)
        fields["photo"] = (io.BytesIO(picture()), "a.jpg")
        return passer.client.post("/signaler/salle-curie", data=fields,
                                  headers={"Idempotency-Key": key})  # fmt: skip

    first, again = send(), send()
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert len(db.session.scalars(select(Incident)).all()) == 1
    assert send("Autre chose").status_code == 422
    assert send(key="another").status_code == 409  # without the key it would be a second one


def test_a_stranger_takes_no_room_out_of_sale_the_team_does(
    morning: World, passer: Passer, bob: Colleague
) -> None:
    passer.report()
    assert db.session.scalars(select(Outage)).all() == []
    bob.post("/signaler/salle-curie", categorie="power", utilisable="no", vus=last().code)
    rows = db.session.scalars(select(Occupancy).where(Occupancy.source == "outage")).all()
    assert {(row.kind, row.space_id) for row in rows} == {("repair", morning.a.room)}
    assert last().priority == "urgent"


def test_a_machine_has_its_code_too_and_all_are_printed(
    morning: World, passer: Passer, bob: Colleague
) -> None:
    made = Asset(code="VP7K2F", site_id=morning.a.site, space_id=morning.a.room, name="Projecteur")
    db.session.add(made)
    db.session.commit()
    assert "Salle Curie, Projecteur" in passer.client.get("/signaler/machine/vp7k2f").text
    sheet = bob.read("/gestion/incidents/codes")
    assert sheet.count("<svg xmlns") >= 7
    assert "Projecteur" in sheet


def test_the_letter_has_the_link_and_no_other_name(passer: Passer) -> None:
    link = passer.report(email="lea@example.org")
    run_jobs(only="incidents.letter")
    mail = db.session.scalars(select(Mail).where(Mail.recipient == "lea@example.org")).one()
    assert link in mail.text
    assert "coulisse" not in (mail.html + mail.text + mail.subject).lower()


def test_another_venue_knows_nothing_of_it(morning: World, passer: Passer, client) -> None:
    link, mine = passer.report(), last().id
    there = client(morning.b.host)
    assert there.get(link).status_code == 404
    dora = Colleague(there, "dora")
    assert dora.get(f"/gestion/incidents/{mine}").status_code == 404
    assert dora.post(f"/gestion/incidents/{mine}/etats", etat="resolved").status_code == 404
