"""A company is who it says by its numbers; its people spend within a month's budget, never past it;
VIES is asked and never in the way (F15)."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.booking import budget, confirm, hold
from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.slots import Interval
from app.invoicing.models import Charge
from app.members import companies, numbers, vies
from app.members.models import Company, Person, VatCheck
from app.members.rules import person_by_email
from app.rates import rules as rates
from app.spaces.natures import tax
from tests.at_desk import Colleague, token_in
from tests.jobs import run_jobs
from tests.members.test_numbers import a_siren
from tests.world import World, space, tomorrow

BELGIAN = {"kind": "eu_business", "name": "Brel NV", "vat": "BE 0428 759 497"}
FRENCH = {"kind": "fr_business", "name": "Ada & Cie", "siren": a_siren(Random(1))}


def made(**facts: str) -> Company:
    return companies.describe(Company(), FRENCH | facts)


@pytest.mark.parametrize(
    ("facts", "field_name"),
    [
        ({"name": " "}, "name"),
        ({"kind": "martian"}, "kind"),
        ({"siren": ""}, "siren"),
        ({"siren": "123456789"}, "siren"),
        ({"siret": "55210055400013"}, "siret"),
        ({"vat": BELGIAN["vat"]}, "vat"),
        ({"kind": "eu_business", "vat": ""}, "vat"),
        ({"kind": "other", "country": "BE"}, "country"),
        ({"kind": "other", "country": ""}, "country"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(
    world: World, facts: dict, field_name: str
) -> None:
    with pytest.raises(Refused) as refusal:
        made(**facts)
    assert refusal.value.detail["field"] == field_name


def test_numbers_are_kept_in_one_spelling(world: World) -> None:
    one = made(siren=" ".join(FRENCH["siren"][n : n + 3] for n in (0, 3, 6)))
    assert (one.siren, one.country) == (FRENCH["siren"], "FR")
    assert companies.describe(Company(), BELGIAN).vat == "BE" + "0428759497"
    one.vat = numbers.vat_of_siren(one.siren)
    assert companies.describe(one, FRENCH | {"vat": one.vat}).vat == one.vat


def test_one_siren_is_one_company_while_it_is_open(world: World) -> None:
    first = made()
    with pytest.raises(IntegrityError), db.session.begin_nested():
        made(name="Encore")
    companies.close(first)
    db.session.flush()
    assert made(name="Encore").id


# ── seats and budget ──────────────────────────────────────────────────────────────────────────


def lena() -> Person:
    return person_by_email("lena@example.org", "Léna Vogel")


def held(world: World, hour: int, days: int = 3) -> Booking:
    start = tomorrow(hour, days=days)
    asked = rates.Asked(space(world.a.room), Interval(start, start + dt.timedelta(hours=1)))
    booking = hold.hold(rates.ask(asked), hold.Terms())
    booking.person_id = lena().id
    return booking


def charged(world: World, one: Company, hour: int) -> Booking:
    booking = held(world, hour)
    budget.charge(booking, space(world.a.room), one.id, lena().id)
    booking.payment_way = "on_account"
    assert confirm.confirm(booking.id)
    return booking


def test_who_has_no_seat_or_may_not_spend_is_refused(world: World) -> None:
    one = made()
    for give in (None, False):
        if give is not None:
            companies.give_seat(one.id, lena(), may_spend=give)
        with pytest.raises(Refused, match="ne réservez plus"):
            charged(world, one, 10 + bool(give is not None))
    companies.give_seat(one.id, lena())
    assert [c.id for c in companies.paying_for(lena().id)] == [one.id]
    assert charged(world, one, 12).company_id == one.id


def test_the_budget_is_never_passed(world: World) -> None:
    one = made()
    companies.give_seat(one.id, lena())
    first = charged(world, one, 10)
    one.budget_cents = first.price_cents * 2
    second = charged(world, one, 11)
    with pytest.raises(budget.OverBudget, match="il reste"):
        charged(world, one, 12)
    second.state = "cancelled"  # a place that is given back is money that is there again
    assert charged(world, one, 13)


def test_a_company_is_billed_as_what_it_is(world: World) -> None:
    one = made(street="1 rue X", postcode="38000", city="Grenoble", email="compta@example.org")
    companies.give_seat(one.id, lena())
    booking = charged(world, one, 10)
    charge = db.session.scalars(select(Charge).where(Charge.source_id == booking.id)).one()
    assert charge.customer == f"company:{one.id}"
    assert charge.buyer["siren"] == one.siren
    assert (charge.buyer["city"], charge.buyer["email"]) == ("Grenoble", "compta@example.org")


# ── VIES ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Register:
    """A VIES that answers as it is told, over real HTTP."""

    mode: str = "valid"
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        assert request.path == vies.PATH
        self.asked.append(request.get_json())
        if self.mode == "slow":
            threading.Event().wait(0.6)
        answers = {
            "valid": (200, {"valid": True, "name": "BREL NV", "address": "---",
                            "requestIdentifier": "WAPIAAAAX1", "requestDate": "2026-11-27"}),
            "invalid": (200, {"valid": False, "name": "---", "requestIdentifier": ""}),
            "down": (500, {}),
            "busy": (200, {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}),
            "slow": (200, {"valid": True}),
            "nonsense": (200, ["?"]),
        }  # fmt: skip
        status, body = answers[self.mode]
        return Response(json.dumps(body), status, mimetype="application/json")(
            environ, start_response
        )


@pytest.fixture
def register(app, world: World, monkeypatch) -> Iterator[Register]:
    made = Register()
    server = make_server("127.0.0.1", 0, made, threaded=True)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(kept, vies_url=made.url)
    monkeypatch.setattr(vies, "SECONDS", 0.3)
    monkeypatch.setattr(vies.ask, "__kwdefaults__", vies.ask.__kwdefaults__ | {"seconds": 0.3})
    yield made
    app.config["SETTINGS"] = kept
    server.shutdown()
    server.server_close()
    thread.join()


def belgian() -> Company:
    one = companies.describe(Company(), BELGIAN)
    companies.give_seat(one.id, lena())
    return one


def test_f15_a_valid_number_is_proved_and_the_proof_is_kept(register: Register) -> None:
    one = belgian()
    assert companies.tax_kind(one) == "eu_unchecked"
    run_jobs(only="members.ask_vies")
    proof = db.session.scalars(select(VatCheck)).one()
    assert (proof.answer, proof.consultation, proof.name) == ("valid", "WAPIAAAAX1", "BREL NV")
    assert proof.said["requestDate"] == "2026-11-27"
    assert proof.address == ""
    assert register.asked == [{"countryCode": "BE", "vatNumber": one.vat[2:]}]
    assert companies.tax_kind(one) == "eu_business"
    for change in ("update vat_check set answer = 'invalid'", "delete from vat_check"):
        with pytest.raises(DBAPIError, match="permission denied"), db.session.begin_nested():
            db.session.execute(text(change))


@pytest.mark.parametrize("mode", ["down", "busy", "slow", "nonsense"])
def test_f15_what_is_no_clear_answer_proves_nothing_and_is_asked_again(
    register: Register, mode: str
) -> None:
    register.mode = mode
    one = belgian()
    run_jobs(only="members.ask_vies", until=clock.now() + dt.timedelta(hours=26))
    rows = db.session.scalars(select(VatCheck).order_by(VatCheck.id)).all()
    assert {row.answer for row in rows} == {"unavailable"}
    assert len(rows) == 6
    waiting = text("select count(*) from procrastinate_jobs where status = 'todo'"
                   " and task_name = 'members.ask_vies'")  # fmt: skip
    assert db.session.scalar(waiting) == 0
    assert companies.tax_kind(one) == "eu_unchecked"
    register.mode = "valid"
    one.vat = ""
    companies.describe(one, BELGIAN)
    run_jobs(only="members.ask_vies")
    assert companies.tax_kind(one) == "eu_business"


@pytest.mark.parametrize("mode", ["down", "invalid", "slow"])
def test_f15_fifty_orders_go_through_whatever_it_says(
    register: Register, world: World, mode: str
) -> None:
    """Down, invalid, timing out: 50 orders each; the venue's rule decides on the invoice alone."""
    register.mode = mode
    one = belgian()
    room, done = space(world.a.pool), 0
    for n in range(50):
        start = tomorrow(9 + n % 10, days=3 + n // 10)
        asked = rates.Asked(room, Interval(start, start + dt.timedelta(hours=1)))
        booking = hold.hold(rates.ask(asked), hold.Terms())
        booking.person_id = lena().id
        budget.charge(booking, room, one.id, lena().id)
        booking.payment_way = "on_account"
        done += confirm.confirm(booking.id)
    assert done == 50
    run_jobs(only="members.ask_vies", most=400)
    assert db.session.scalars(select(VatCheck)).first() is not None
    known = mode == "invalid"
    assert companies.may_invoice(one, "sell")
    assert companies.may_invoice(one, "hold") is known
    charged_tax = tax("service", companies.tax_kind(one), "collection", clock.now().date())
    assert (charged_tax.rate_bp, charged_tax.category) == (2000, "S")


# ── pages ─────────────────────────────────────────────────────────────────────────────────────


def test_a_company_is_made_seated_and_watched_at_the_desk(client, world: World) -> None:
    alice = Colleague(client("a.localhost"), "alice")
    answer = alice.post("/gestion/entreprises/nouvelle", **FRENCH, budget="250,50", due_days="30")
    assert answer.status_code == 302, answer.text
    here = answer.headers["Location"]
    assert "250,50" in alice.read(here)
    assert alice.post("/gestion/entreprises/nouvelle", **FRENCH).status_code == 409
    answer = alice.post("/gestion/entreprises/nouvelle", **FRENCH | {"siren": "1"}, budget="x")
    assert (answer.status_code, "ne tombe pas juste" in answer.text) == (422, True)
    assert alice.post(f"{here}/membres", email="carla@example.org", nom="Carla Roux",
                      depense="1", places="1").status_code == 302  # fmt: skip
    assert "gère les places" in alice.read(here)
    assert "Ada &amp; Cie" in alice.read("/gestion/entreprises?q=ada")
    assert "Aucune entreprise" in alice.read("/gestion/entreprises?q=personne-de-ce-nom")
    bob = Colleague(client("a.localhost"), "bob")
    assert bob.post(here, **FRENCH).status_code == 404
    assert bob.get(here).status_code == 200


def test_who_keeps_the_seats_sees_their_company_and_nobody_else(client, world: World) -> None:
    carla = Colleague(client("a.localhost"), "carla")
    assert carla.get("/moi/entreprise").status_code == 404
    with world.a.entered():
        one = made(name="Chez Carla")
        one.budget_cents = 100_000
        me = db.session.get_one(Person, world.carla_person)
        companies.give_seat(one.id, me, keeps_seats=True)
        db.session.commit()
    page = carla.read("/moi/entreprise")
    assert "Chez Carla" in page
    this = clock.now().date().replace(day=1)
    before = f"{this - dt.timedelta(days=1):%Y-%m}"
    assert f"mois={before}" in page
    assert "Mois suivant" not in page
    earlier = carla.read(f"/moi/entreprise?mois={before}")
    assert f"mois={this:%Y-%m}" in earlier
    table = carla.read(f"/moi/entreprise/depenses.csv?mois={this:%Y-%m}")
    assert "Nom;E-mail;Peut dépenser;Réservations;Total TTC" in table
    assert f"{me.name};{me.email};oui;0;0,00" in table
    assert carla.get("/moi/entreprise/depenses.xlsx").data[:2] == b"PK"
    assert Colleague(client("a.localhost"), "bob").get(
        "/moi/entreprise/depenses.csv"
    ).status_code == 404  # fmt: skip
    for odd in ("2026-13", "x", "0001-01", "9999-12"):
        assert "Mois suivant" not in carla.read(f"/moi/entreprise?mois={odd}")
    assert "/moi/entreprise" in carla.read("/moi")
    fields = {"email": "new@example.org", "nom": "Nouvelle", "depense": "1"}
    assert carla.client.post("/moi/entreprise/membres", data=fields).status_code == 403
    assert _send(carla, "/moi/entreprise/membres", **fields).status_code == 303
    with world.a.entered():
        db.session.expire_all()
        newcomer = person_by_email("new@example.org", "x")
        assert [c.name for c in companies.paying_for(newcomer.id)] == ["Chez Carla"]
    gone = f"/moi/entreprise/membres/{newcomer.id}/retrait"
    assert _send(carla, gone).status_code == 303
    assert _send(carla, gone).status_code == 404
    assert _send(carla, f"/moi/entreprise/membres/{world.carla_person}/retrait").status_code == 422


def _send(person: Colleague, path: str, **fields: str):
    page = person.client.get("/moi/entreprise").get_data(as_text=True)
    return person.client.post(path, data={"csrf_token": token_in(page), **fields})


@pytest.mark.parametrize("asked", ["", "999999", "x"])
def test_who_buys_for_two_firms_says_for_which(world: World, asked: str) -> None:
    """Nobody guesses: one firm needs no word, two do, and a firm that is not theirs is none."""
    person = person_by_email("deux@example.org", "Deux")
    firms = []
    for name in ("Atelier", "Bureau", "Cabinet"):
        one = Company(kind="fr_business", name=name, search=name.lower())
        db.session.add(one)
        db.session.flush()
        firms.append(one)
    with pytest.raises(Refused, match="aucune entreprise"):
        companies.chosen(person.id, asked)
    companies.give_seat(firms[1].id, person)
    db.session.flush()
    assert companies.chosen(person.id, asked) is firms[1]
    assert companies.choices(person.email) == []
    companies.give_seat(firms[0].id, person)
    db.session.flush()
    with pytest.raises(Refused, match="laquelle"):
        companies.chosen(person.id, asked)
    with pytest.raises(Refused, match="laquelle"):
        companies.chosen(person.id, str(firms[2].id))
    assert companies.chosen(person.id, str(firms[1].id)) is firms[1]
    assert [name for _id, name in companies.choices(person.email)] == ["Atelier", "Bureau"]
    assert companies.choices("") == companies.choices("x@example.org") == []
