"""The till: what was counted beside what the books say, at both ends; no difference without a
reason, none without somebody who answers for it."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import select

from app.accounts.models import Account
from app.core.db import db
from app.core.errors import Refused
from app.ledger import rules as ledger
from app.ledger.models import LedgerEntry, LedgerLine
from app.payments import drawer, refunds, rules
from app.payments.models import TillClosing, TillMovement, TillSession
from app.payments.rules import Due
from app.spaces.models import Site
from tests.at_desk import Colleague
from tests.world import World

EUR = "EUR"


def cash(cents: int, source_id: int = 1) -> rules.Payment:
    return rules.record_at_desk(Due("test", source_id, cents), "cash", None)


def difference() -> int:
    rows = db.session.scalars(
        select(LedgerLine.amount_cents)
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerLine.account == "till_difference")
    )
    return sum(rows)


def counted(cents: int) -> dict[int, int]:
    """Any amount in the fewest pieces."""
    found = {}
    for piece in drawer.pieces(EUR):
        found[piece], cents = divmod(cents, piece)
    return found


def test_a_day_that_is_right_leaves_no_difference(world: World) -> None:
    session = drawer.open_with(15_000, EUR, by=1, origin="bank")
    payment = cash(3_900)
    refunds.request(payment.id, 900, "back")
    drawer.move(-1_250, "expense", "Piles pour la télécommande", EUR, by=1)
    found = drawer.summed(session, EUR)
    assert (found.received, found.given_back, found.moved, found.expected) == (
        3_900, 900, -1_250, 16_750,
    )  # fmt: skip
    closing = drawer.close(counted(16_750), EUR, by=2, banked_cents=6_750)
    assert (closing.by_account, closing.explanation) == (2, "")
    assert drawer.in_books(EUR) == 10_000
    assert difference() == 0
    assert ledger.balance("suspense", "till", session.id) == 1_250
    assert ledger.balance("bank", "till", session.id) == -15_000 + 6_750
    assert drawer.open_with(10_000, EUR, by=1).books_cents == 10_000, "as it was left"


@pytest.mark.parametrize("gap", [-500, 500])
def test_a_difference_is_explained_and_posted(world: World, gap: int) -> None:
    drawer.open_with(10_000, EUR, by=1, origin="bank")
    with pytest.raises(drawer.Unexplained) as refusal:
        drawer.close(counted(10_000 + gap), EUR, by=1)
    assert "105" in refusal.value.text or "95" in refusal.value.text
    assert drawer.current() is not None, "it is still open"
    drawer.close(counted(10_000 + gap), EUR, by=1, explanation="Rendu deux fois")
    assert difference() == -gap
    assert drawer.in_books(EUR) == 10_000 + gap


def test_what_is_missing_at_the_opening_is_said_too(world: World) -> None:
    cash(2_000)  # taken while it was closed
    with pytest.raises(drawer.Unexplained):
        drawer.open_with(1_500, EUR, by=1)
    with pytest.raises(drawer.Unexplained):
        drawer.open_with(1_500, EUR, by=1, origin="difference", reason=" ")
    drawer.open_with(1_500, EUR, by=1, origin="difference", reason="Billet introuvable")
    assert difference() == 500
    assert drawer.in_books(EUR) == 1_500


def test_what_cannot_be_is_refused(world: World) -> None:
    with pytest.raises(Refused):
        drawer.move(-100, "bank", "Dépôt", EUR, by=1)
    with pytest.raises(Refused):
        drawer.close({}, EUR, by=1)
    drawer.open_with(1_000, EUR, by=1, origin="bank")
    for cents, kind, reason in ((0, "bank", "x"), (5, "gift", "x"), (5, "bank", " "),
                                (-1_001, "bank", "trop")):  # fmt: skip
        with pytest.raises(Refused):
            drawer.move(cents, kind, reason, EUR, by=1)
    with pytest.raises(Refused):
        drawer.open_with(1_000, EUR, by=1)
    with pytest.raises(Refused):
        drawer.close(counted(1_000), EUR, by=1, banked_cents=1_001)
    with pytest.raises(Refused):
        drawer.close({500: -2}, EUR, by=1)


def test_the_front_desk_counts_and_answers_for_it(world: World, client) -> None:
    db.session.commit()
    bob = Colleague(client("a.localhost"), "bob")
    page = "/gestion/caisse"
    assert "jamais été ouverte" in bob.read(page)
    assert bob.post(f"{page}/ouverture", fond="abc").status_code == 422
    assert bob.post(f"{page}/ouverture", fond="100").status_code == 422, "out of nowhere"
    assert bob.post(f"{page}/ouverture", fond="100", origine="bank").status_code == 302
    key = re.search(r'name="idempotency_key" value="([^"]+)"', bob.read(page))
    assert key is not None
    moved = {"sens": "in", "somme": "0,50", "nature": "bank", "motif": "Monnaie"}
    for _again in range(2):
        bob.post(f"{page}/mouvements", idempotency_key=key[1], **moved)
    assert [one.amount_cents for one in db.session.scalars(select(TillMovement))] == [50], "once"
    moved |= {"sens": "out"}
    bob.post(f"{page}/mouvements", idempotency_key=key[1], **moved)
    assert len(db.session.scalars(select(TillMovement)).all()) == 1, "another wish, the same key"
    bob.post(f"{page}/mouvements", idempotency_key="another", **moved)
    wrong = bob.post(f"{page}/cloture", p5000="1", p2000="2", p500="1x")
    assert wrong.status_code == 422
    short = bob.post(f"{page}/cloture", p5000="1", p2000="2", p500="1")
    assert short.status_code == 422
    assert 'id="p5000" name="p5000" value="1"' in short.text, "the count is kept"
    assert "attendu 100\u00a0€" in short.text
    assert db.session.scalars(select(TillClosing)).all() == []
    done = bob.post(
        f"{page}/cloture", p5000="1", p2000="2", p500="1", explication="Un billet de 5 manque"
    )
    sheet = bob.read(done.headers["Location"])
    assert "Un billet de 5 manque" in sheet
    who = db.session.scalars(select(Account.name).where(Account.email == "bob@example.org")).one()
    assert who in sheet
    session = db.session.scalars(select(TillSession)).one()
    stranger = client("b.localhost")
    assert stranger.get(f"{page}/{session.id}").status_code in (302, 404)


def second(world: World) -> int:
    """Another building of the same venue."""
    other = Site(name="Le Quai", slug="le-quai", access={}, plan={})
    db.session.add(other)
    db.session.flush()  # id for its till
    return other.id


def test_each_site_has_its_own_till(world: World) -> None:
    """Cash lies where it was taken and goes back from there; what came before sites had their own
    is the first one's; together they are the account of the books."""
    here, there = world.a.site, second(world)
    cash(700)  # from before
    drawer.open_with(10_700, EUR, by=1, origin="bank", site_id=here)
    drawer.open_with(5_000, EUR, by=2, origin="bank", site_id=there)
    taken = rules.record_at_desk(Due("test", 2, 3_000), "cash", 2, there)
    rules.record_at_desk(Due("test", 3, 1_100), "cash", 1, here)
    rules.record_at_desk(Due("test", 4, 9_999), "terminal", 2, there)
    refunds.request(taken.id, 500, "back")
    assert (drawer.in_books(EUR, here), drawer.in_books(EUR, there)) == (11_800, 7_500)
    with pytest.raises(Refused, match="déjà ouverte"):
        drawer.open_with(0, EUR, by=1, site_id=there)
    drawer.move(-200, "expense", "Piles", EUR, by=2, site_id=there)
    with pytest.raises(Refused, match="pas tant"):
        drawer.move(-8_000, "bank", "Dépôt", EUR, by=2, site_id=there)
    found = drawer.summed(drawer.current(there), EUR)
    assert (found.received, found.given_back, found.moved, found.expected) == (
        3_000, 500, -200, 7_300,
    )  # fmt: skip
    with pytest.raises(drawer.Unexplained):
        drawer.close(counted(11_800), EUR, by=2, site_id=there)
    drawer.close(counted(7_300), EUR, by=2, banked_cents=2_300, site_id=there)
    assert drawer.current(there) is None
    assert drawer.current(here) is not None, "the other stays open"
    numbers = [one.number for one in db.session.scalars(select(TillSession))]
    assert sorted(numbers) == [1, 2], "one of each"
    whole = drawer.in_books(EUR, here) + drawer.in_books(EUR, there)
    assert whole == 11_800 + 5_000 == ledger_cash()
    with pytest.raises(Refused, match="de ce lieu"):
        drawer.in_books(EUR, 999_999)


def ledger_cash() -> int:
    return sum(
        db.session.scalars(select(LedgerLine.amount_cents).where(LedgerLine.account == "cash"))
    )


def test_a_colleague_stands_at_the_till_that_they_chose(client, world: World) -> None:
    there = second(world)
    db.session.commit()
    bob = Colleague(client("a.localhost"), "bob")
    page = bob.read("/gestion/caisse")
    assert "Le Quai" in page
    assert f'name="site" value="{world.a.site}"' in page
    page = bob.read(f"/gestion/caisse?site={there}")
    assert f'name="site" value="{there}"' in page
    assert f'name="site" value="{there}"' in bob.read("/gestion/caisse"), "kept"
    assert bob.post("/gestion/caisse/ouverture", fond="50", origine="bank", site=there)
    assert "ouverte" in bob.read("/gestion/caisse").lower()
    assert f'value="{there}"' in bob.read("/gestion/caisse?site=999999"), "no such till"
    bob.read(f"/gestion/caisse?site={world.a.site}")
    db.session.expire_all()
    assert drawer.current(there) is not None
    assert drawer.current(world.a.site) is None


def sessions(page: str) -> list[str]:
    return re.findall(r'<a class="link" href="/gestion/caisse/\d+">Session (\d+)</a>', page)


def test_the_past_of_a_till_is_searched_ordered_and_handed_out(client, world: World) -> None:
    """Three sessions: short of 5, right, and over by 2; the fourth is open."""
    amira = db.session.query(Account).filter_by(email="bob@example.org").one()
    for gap, why in ((-500, "Un billet manque"), (0, ""), (200, "=2+2 rendu en trop")):
        drawer.open_with(drawer.in_books(EUR) or 10_000, EUR, by=amira.id, origin="bank")
        drawer.move(-100, "expense", f"Piles {gap}", EUR, by=amira.id)
        left = drawer.in_books(EUR) + gap
        drawer.close(counted(left), EUR, by=amira.id, explanation=why, banked_cents=300 + gap // 2)
    drawer.open_with(drawer.in_books(EUR), EUR, by=amira.id)
    db.session.commit()
    bob, place = Colleague(client("a.localhost"), "bob"), "/gestion/caisse"
    assert sessions(bob.read(place)) == ["4", "3", "2", "1"]
    assert sessions(bob.read(f"{place}?tri=gap")) == ["1", "2", "3", "4"], "the open one last"
    assert sessions(bob.read(f"{place}?tri=-gap")) == ["3", "2", "1", "4"]
    assert sessions(bob.read(f"{place}?tri=-banked")) == ["3", "2", "1", "4"]
    for asked, found in (
        ("q=billet+manque", ["1"]), ("q=piles+200", ["3"]), ("q=n°2", ["2"]),
        ("ecart=any", ["3", "1"]),
        ("ecart=short", ["1"]), ("ecart=over", ["3"]), ("ecart=none", ["2"]), ("q=zzz", []),
        (f"q={amira.name}&ecart=any", ["3", "1"]), ("du=2099-01-01", []), ("au=2000-01-01", []),
    ):  # fmt: skip
        assert sessions(bob.read(f"{place}?{asked}")) == found, asked
    assert "Aucune session ne répond" in bob.read(f"{place}?q=zzz")
    assert re.search(r"écarts [−-]\s?3\s€, porté .* 7,50\s€", bob.read(place)), "of all of them"
    said = bob.get(f"{place}/sessions.csv?ecart=any&tri=number").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(said), delimiter=";"))
    assert [(row[0], row[8]) for row in rows[1:]] == [("1", "-5,00"), ("3", "2,00")]
    assert rows[2][10].startswith("'="), "no formula"
    said = bob.get(f"{place}/mouvements.csv?ecart=short").data.decode("utf-8-sig")
    assert [row.split(";")[4:6] for row in said.splitlines()[1:]] == [["Piles -500", "-1,00"]]
    for name in ("sessions", "mouvements"):
        assert bob.get(f"{place}/{name}.xlsx").data[:2] == b"PK"
