"""Asked from outside, held, quoted, accepted, paid ahead, made an event, billed."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text

from app.core import outbox
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.mail import Mail
from app.core.signals import publish
from app.core.slots import Interval
from app.events.models import Event
from app.events.taking import InTheWay
from app.invoicing import crediting, doors
from app.invoicing import issue as issuing
from app.invoicing.models import Document, DocumentDoor, Draft
from app.members.facts import PersonErased
from app.occupancy import rules as occupancy
from app.occupancy.models import Occupancy
from app.occupancy.rules import Taking
from app.rates import group
from app.requests import jobs, least, offers, policy, read, rules
from app.requests.models import RequestStep, SpaceRequest
from app.spaces.models import Space
from tests.at_desk import Colleague, set_clock, token_in
from tests.invoicing import office
from tests.jobs import run_jobs
from tests.requests.conftest import DAY, END, START, UNTIL, instant
from tests.world import World

Ask = Callable[..., SpaceRequest]
FORM = {
    "titre": "Séminaire d’équipe 🎉🦊", "personnes": "20", "espace": "", "jour": "2026-12-03",
    "debut": "14:00", "fin": "18:00", "nom": "Maya 🦊 مايا", "email": "maya@roux.example",
    "organisation": "Atelier Roux SARL", "options": ["lunch", "sound"], "message": "Avec <vue>",
}  # fmt: skip


def hall(world: World) -> Space:
    return db.session.get_one(Space, world.a.hall)


def rows(one: SpaceRequest) -> list[Occupancy]:
    return occupancy.rows_of("request", one.id)


def book(world: World, start: dt.datetime, end: dt.datetime) -> list[int]:
    """What a booking of the hall does to the table."""
    place = occupancy.place_of(hall(world))
    return occupancy.take(place, Interval(start, end), 1, Taking("booking", "booking", 990_001))


# ── the least ─────────────────────────────────────────────────────────────────────────────────


def test_the_least_is_rounded_up() -> None:
    assert least.ask(21_400, 20, 1000) == 26_000, "the figures of the product's own sentence"
    assert least.ask(25_000, 20, 1000) == 30_000, "a round figure stays"
    assert least.ask(1, 0, 1000) == 1000
    assert least.ask(0, 20, 1000) == 0
    assert least.with_vat(26_000, 2000) == 31_200


def test_displacement_is_the_engines_own(world: World, asked: Ask, alice: Colleague) -> None:
    one = asked()
    space = hall(world)
    said = group.displaced(
        space,
        Interval(START, END + dt.timedelta(minutes=space.buffer_minutes)),
        now=instant(9),
    ).net_cents
    assert said > 0
    offer = next(o for o in offers.fitting(one, policy.policy()) if o.space.id == space.id)
    assert offer.least.displaced_cents == said
    assert offer.least.net_cents == least.ask(said, 20, 1000)
    db.session.commit()
    page = alice.read(f"/gestion/demandes/{one.id}").replace("\u202f", " ").replace("\xa0", " ")
    assert f"demandez au moins {offer.least.net_cents // 100} € HT" in page
    assert f"Votre tarif pour cette durée : {offer.listed_cents // 100}" in page
    assert offer.opening_cents == max(offer.listed_cents, offer.least.gross_cents) > 0
    rules.hold(one.id, space, UNTIL)
    assert one.displaced_cents == said, "kept: the time is not free any more"


# ── the hold ──────────────────────────────────────────────────────────────────────────────────


def test_a_hold_keeps_others_out_until_its_time(
    world: World, asked: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = asked()
    rules.hold(one.id, hall(world), UNTIL, setup_minutes=60, clear_minutes=60)
    assert {(r.kind, r.starts_at) for r in rows(one)} == {
        ("hold", START), ("hold", START - dt.timedelta(hours=1)),
    }  # fmt: skip
    for start, end in ((START, END), (START - dt.timedelta(minutes=30), START),
                       (END, END + dt.timedelta(minutes=30))):  # fmt: skip
        with pytest.raises(Taken), db.session.begin_nested():
            book(world, start, end)
    set_clock(monkeypatch, UNTIL - dt.timedelta(seconds=1))
    assert one.state_at(UNTIL - dt.timedelta(seconds=1)) == "held"
    with pytest.raises(Taken), db.session.begin_nested():
        book(world, START, END)
    set_clock(monkeypatch, UNTIL)  # no job has run
    assert one.state_at(UNTIL) == "lapsed"
    book(world, START, END)


def test_lapse_is_written_once_with_its_letters(
    world: World, asked: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = asked()
    rules.hold(one.id, hall(world), UNTIL)
    run_jobs()
    set_clock(monkeypatch, UNTIL - dt.timedelta(hours=40))
    jobs.watch()
    jobs.watch()
    letters = select(Mail).where(Mail.entity.startswith(f"request:{one.id}:warn"))
    assert len(db.session.scalars(letters).all()) == 1
    set_clock(monkeypatch, UNTIL)
    run_jobs()
    jobs.watch()
    assert rows(one) == []
    assert one.state == "lapsed"
    steps = db.session.scalars(select(RequestStep.state).filter_by(request_id=one.id)).all()
    assert steps == ["received", "held", "lapsed"]
    rules.hold(one.id, hall(world), UNTIL + DAY)  # they ask again, and it is still free
    assert one.state == "held"


def test_holding_is_refused_with_words(world: World, asked: Ask) -> None:
    one, space = asked(), hall(world)
    for until in (instant(9), START + DAY):
        with pytest.raises(Refused, match="avant la date"):
            rules.hold(one.id, space, until)
    with pytest.raises(Refused, match="accueille au plus"):
        rules.hold(one.id, db.session.get_one(Space, world.a.room), UNTIL)
    book(world, START, END)
    with pytest.raises(InTheWay), db.session.begin_nested():
        rules.hold(one.id, space, UNTIL)
    assert one.state == "received"
    fitting = offers.fitting(one, policy.policy())
    assert not fitting[0].is_free
    near = offers.nearest(one, fitting)
    assert near
    to = replace(near[0])
    rules.reschedule(one.id, to, None)
    assert one.starts_at == to.interval.start
    rules.hold(one.id, db.session.get_one(Space, one.space_id), UNTIL)


def test_another_hold_gives_the_first_back(world: World, asked: Ask) -> None:
    one = asked(people=10)
    rules.hold(one.id, hall(world), UNTIL)
    rules.hold(one.id, db.session.get_one(Space, world.a.half), UNTIL + DAY)
    assert len(rows(one)) == 1
    rules.release(one.id)
    assert rows(one) == []
    with pytest.raises(Refused, match="Aucune option"):
        rules.release(one.id)


# ── the whole way ─────────────────────────────────────────────────────────────────────────────


def send(client, **more: object) -> tuple[object, object]:
    browser = client("a.localhost")
    token = token_in(browser.get("/demande").text)
    return browser, browser.post("/demande", data={"csrf_token": token} | FORM | more)


def issue(alice: Colleague) -> None:
    db.session.commit()
    run_jobs()
    db.session.expire_all()
    for draft in db.session.scalars(select(Draft)):
        assert draft.state == "issued", draft.faults


def test_from_a_form_to_an_event_and_its_invoice(world: World, alice: Colleague, client) -> None:
    visitor, sent = send(client)
    assert sent.status_code == 303, sent.text[:800]
    link = sent.headers["Location"].partition("?")[0]
    assert "Merci" in visitor.get(sent.headers["Location"]).text
    one = db.session.scalars(select(SpaceRequest)).one()
    desk = f"/gestion/demandes/{one.id}"
    assert "Séminaire d’équipe" in alice.read("/gestion/demandes?etat=received&q=roux")
    page = alice.read(desk)
    assert "مايا" in page
    assert "Avec &lt;vue&gt;" in page
    held = alice.post(f"{desk}/option", espace=str(world.a.hall), jusquau="2026-11-29",
                      heure="12:00", montage="60", rangement="30")  # fmt: skip
    assert held.status_code == 303, held.text[:900]
    quote = {
        "espace": str(world.a.hall), "name": "Atelier Roux SARL", "kind": "fr_business",
        "email": "maya@roux.example", "siren": "552 100 554", "street": "8 rue des Tanneurs",
        "postcode": "69003", "city": "Lyon", "libelle1": "La salle", "quantite1": "1",
        "prix1": "600", "nature1": "equipped_space", "libelle2": "Déjeuner", "quantite2": "20",
        "prix2": "22", "nature2": "meal", "libelle3": "Sono", "prix3": "",
    }  # fmt: skip
    wrong = alice.post(f"{desk}/devis", **quote | {"prix2": "22,123"})
    assert wrong.status_code == 422
    assert "La salle" in wrong.text
    for bad in ({"libelle2": " "}, {"quantite2": "0"}, {"quantite2": "1e9"}, {"prix2": "0"}):
        sent = alice.post(f"{desk}/devis", **quote | bad)
        assert sent.status_code == 422
        assert "Ligne 2" in sent.text
    assert alice.post(f"{desk}/devis", **quote | {"prix1": "", "prix2": ""}).status_code == 422
    assert db.session.scalars(select(Draft)).all() == []
    assert alice.post(f"{desk}/devis", **quote).status_code == 303
    issue(alice)
    paper = db.session.scalars(select(Document)).one()
    assert (paper.kind, paper.gross_cents) == ("quote", 104_000)
    assert len({line.tax.rate_bp for line in paper.paper.lines}) == 2
    db.session.refresh(one)
    assert one.state == "quoted"
    assert {r.kind for r in rows(one)} == {"hold"}, "the hold stands"
    for path in ("evenement", "facture"):
        assert alice.post(f"{desk}/{path}").status_code == 422, "nobody accepted it yet"
    assert alice.post(f"{desk}/contrat").status_code == 303
    frozen = visitor.get(f"{link}/contrat").data
    words = PdfReader(io.BytesIO(frozen)).pages[0].extract_text()
    assert "Atelier Roux" in words
    assert paper.name in words
    assert "oulisse" not in words
    space = hall(world)
    space.name = "Rebaptisée"
    db.session.commit()
    assert visitor.get(f"{link}/contrat").data == frozen
    assert alice.post(f"{desk}/contrat").status_code == 422, "one contract for one quote"
    with (
        pytest.raises(Exception, match=r"append-only|permission denied"),
        db.session.begin_nested(),
    ):
        db.session.execute(text("update request_contract set sha256 = 'x'"))
    answer(visitor, paper, reponse="accepted", nom="Maya Roux")
    db.session.expire_all()
    assert one.state == "accepted"
    assert {r.kind for r in rows(one)} == {"event", "buffer"}
    assert all(r.expires_at is None for r in rows(one))
    issue(alice)
    deposit = db.session.scalars(select(Document).filter_by(kind="deposit")).one()
    assert deposit.gross_cents == 31_200
    assert alice.post(f"{desk}/facture").status_code == 422, "the deposit is not paid"
    office.pay(deposit.id, 31_200, source="document")
    slots = {(r.unit_id, r.starts_at, r.during.upper) for r in rows(one)}
    assert alice.post(f"{desk}/evenement").status_code == 303
    db.session.expire_all()
    event = db.session.scalars(select(Event)).one()
    taken = occupancy.rows_of("event", event.id)
    assert {(r.unit_id, r.starts_at, r.during.upper) for r in taken} == slots
    assert rows(one) == []
    assert (one.state, one.event_id) == ("converted", event.id)
    assert alice.post(f"{desk}/evenement").status_code == 422, "once"
    assert alice.post(f"{desk}/facture").status_code == 303
    issue(alice)
    final = db.session.scalars(select(Document).filter_by(kind="invoice")).one()
    assert [d.number for d in final.paper.deposits] == [deposit.name]
    assert final.due_cents == 104_000 - 31_200
    assert final.name in alice.read(desk)
    assert alice.post(f"{desk}/facture").status_code == 422, "once"
    mine = visitor.get(link).text
    assert final.name in mine
    states = db.session.scalars(select(RequestStep.state).filter_by(request_id=one.id)).all()
    assert states == ["received", "held", "quoted", "accepted", "converted"]


def answer(visitor, paper: Document, **typed: str):
    place = f"/document/{doors.token_of(paper.id)}"
    db.session.commit()
    data = {"csrf_token": token_in(visitor.get(place).text), **typed}
    return visitor.post(f"{place}/reponse", data=data)


def quoted(world: World, alice: Colleague, one: SpaceRequest) -> Document:
    db.session.commit()
    sent = alice.post(
        f"/gestion/demandes/{one.id}/devis", espace=str(world.a.hall), name="Maya Roux",
        kind="consumer", email="maya@roux.example", libelle1="La salle", prix1="600",
        nature1="equipped_space", street="8 rue des Tanneurs", postcode="69003", city="Lyon",
    )  # fmt: skip
    assert sent.status_code == 303, sent.text[:500]
    issue(alice)
    return db.session.scalars(select(Document)).one()


def test_the_papers_on_the_customer_s_page_open(
    world: World, alice: Colleague, asked: Ask, client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document that nobody was shown yet: an address made while a page is read outlasts it."""
    one = asked()
    rules.hold(one.id, hall(world), UNTIL)
    monkeypatch.setattr(issuing, "doors", SimpleNamespace(token_of=lambda _document_id: ""))
    monkeypatch.setattr(doors, "send_issued", lambda _document: None)
    paper = quoted(world, alice, one)
    assert db.session.scalars(select(DocumentDoor.document_id)).all() == []
    visitor = client(world.a.host)
    shown = visitor.get(f"/demande/{one.token}").text
    [place] = set(re.findall(r"/document/[\w-]+", shown))
    assert paper.name in visitor.get(place).text


def test_accepting_what_somebody_else_took_is_undone(
    world: World, alice: Colleague, asked: Ask, client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = asked()
    rules.hold(one.id, hall(world), UNTIL)
    paper = quoted(world, alice, one)
    set_clock(monkeypatch, UNTIL)
    book(world, START, END)
    late = answer(client("a.localhost"), paper, reponse="accepted", nom="Maya")
    assert late.status_code in (409, 422)
    assert "n’est plus libre" in late.text
    db.session.expire_all()
    assert doors.history(paper.id)[-1].what != "accepted"
    assert one.state_at(UNTIL) == "lapsed"


def test_declining_gives_the_room_back(world: World, alice: Colleague, asked: Ask, client) -> None:
    one = asked()
    rules.hold(one.id, hall(world), UNTIL)
    paper = quoted(world, alice, one)
    assert answer(client("a.localhost"), paper, reponse="declined", nom="M").status_code == 303
    db.session.expire_all()
    assert (one.state, rows(one)) == ("refused", [])


def test_a_deposit_of_what_is_refused_later_stands_before_the_team(
    world: World, alice: Colleague, asked: Ask, client
) -> None:
    one = asked()
    paper = quoted(world, alice, one)
    answer(client("a.localhost"), paper, reponse="accepted", nom="Maya")
    issue(alice)
    stands = "Cet acompte reste facturé"
    assert stands not in alice.read(f"/gestion/demandes/{one.id}")
    assert alice.post(f"/gestion/demandes/{one.id}/refus", raison="Dégât").status_code == 303
    assert stands in alice.read(f"/gestion/demandes/{one.id}")
    deposit = db.session.scalars(select(Document).filter_by(kind="deposit")).one()
    given = crediting.draft(deposit, crediting.left(deposit), by=None)
    given.state = "queued"
    outbox.defer("invoicing.issue", draft_id=given.id, by=None)
    issue(alice)
    assert stands not in alice.read(f"/gestion/demandes/{one.id}"), "a credit note settles it"


def test_whoever_is_forgotten_leaves_no_word(world: World, asked: Ask) -> None:
    one = asked(organisation="", message="Chez Maya Roux")
    other = asked(email="other@roux.example", people=10, space_id=world.a.half,
                  starts_at=START + DAY, ends_at=END + DAY)  # fmt: skip
    rules.hold(one.id, hall(world), UNTIL)
    token = one.token
    publish(PersonErased(0, "maya@roux.example", "Maya Roux"))
    db.session.expire_all()
    said = f"{one.name}{one.email}{one.title}{one.message}{one.search}{rows(one)[0].label}"
    assert "maya" not in said.lower()
    assert "Roux" not in said
    assert one.token != token
    assert {r.kind for r in rows(one)} == {"hold"}, "the room is still held"
    assert other.name == "Maya Roux"


# ── bad input ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"titre": "  "}, "Dites ce que vous organisez"),
        ({"personnes": "-3"}, "Indiquez un nombre"),
        ({"personnes": "9" * 40}, "Indiquez un nombre"),
        ({"jour": "2026-11-25"}, "Cette date est passée"),
        ({"jour": "2036-11-25"}, "à l’avance au plus"),
        ({"jour": "demain"}, "Indiquez un jour"),
        ({"fin": "13:00"}, "La fin vient après le début"),
        ({"jour": "2027-03-28", "debut": "02:30", "fin": "05:00"}, "l’horloge avance"),
        ({"jour-fin": "2027-01-30"}, "Deux semaines"),
        ({"espace": "999999"}, "Choisissez un espace"),
        ({"email": "maya"}, "e-mail"),
        ({"nom": "\u200b\ufeff"}, "Indiquez votre nom"),
        ({"titre": "\u200b\u200d"}, "Dites ce que vous organisez"),
        ({"nom": "\u202e"}, "Indiquez votre nom"),
        ({"message": "x" * 4001}, "4000 caractères"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed(
    world: World, client, bad: dict[str, str], words: str
) -> None:
    _visitor, sent = send(client, **bad)
    assert sent.status_code == 422
    assert words in sent.text
    assert "Atelier Roux SARL" in sent.text
    assert 'value="lunch" checked' in sent.text
    assert db.session.scalars(select(SpaceRequest)).all() == []


def test_too_many_are_refused_and_a_closed_venue_says_so(world: World, client) -> None:
    for _n in range(6):
        assert send(client)[1].status_code == 303
    assert send(client)[1].status_code == 429
    kept = policy.policy()
    kept.is_open = False
    db.session.add(kept)
    db.session.commit()
    browser = client("a.localhost")
    assert "pas de demandes en ligne" in browser.get("/demande").text


def test_the_rule_is_a_setting_in_words(world: World, alice: Colleague) -> None:
    place = "/gestion/reglages/demandes"
    good = {"ouvert": "1", "surplus": "50", "pas": "20", "option": "5", "rappel": "24",
            "acompte": "0", "conditions-fr": "Rendre les clés.", "conditions-en": ""}  # fmt: skip
    for bad in ({"surplus": "-1"}, {"pas": "0,001"}, {"option": "400"}, {"acompte": "101"}):
        sent = alice.post(place, **good | bad)
        assert sent.status_code == 422
        assert "Rendre les clés." in sent.text
    assert alice.post(place, **good).status_code == 302
    page = alice.read(place).replace("\xa0", " ")
    assert "plus 50 %, arrondi aux 20 € supérieurs" in page


def test_a_stranger_sees_nothing(world: World, asked: Ask, client) -> None:
    one = asked()
    db.session.commit()
    assert client("b.localhost").get(f"/demande/{one.token}").status_code == 404
    dora = Colleague(client("b.localhost"), "dora")
    assert dora.get(f"/gestion/demandes/{one.id}").status_code == 404
    with world.b.entered():
        assert read.request(one.id) is None
