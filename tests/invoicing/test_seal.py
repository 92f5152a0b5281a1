"""F07: whoever writes the tables behind our back is found, at the row, also when a chain without
the key is built anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool

from app.booking import todo
from app.core import clock, tenancy
from app.core.db import db
from app.core.files import storage
from app.invoicing import anchoring, numbering, seal
from app.ledger import nightly
from app.ledger.chain import GENESIS, Keys
from app.reporting import invariants
from tests.invoicing import office
from tests.invoicing.office import KEYS, invoice, sell

AROUND = ("document_door", "document_event", "reminder")
PLANTED = [
    ("update document set buyer_name = 'Autre' where number = 2", "content"),
    ("update document set gross_cents = gross_cents + 1, net_cents = net_cents + 1"
     " where number = 2", "content"),
    ("update document set issued_on = issued_on - 1 where number = 2", "content"),
    ("update document set due_on = null where number = 2", "content"),
    ("update document set content = content - 'buyer' where number = 2", "content"),
    ("update document set pdf_sha256 = repeat('0', 64) where number = 2", "content"),
    ("update document set issued_by = 7 where number = 2", "content"),
    ("update document set key_id = 'lost' where number = 2", "content"),
    ("update document set seal = repeat('0', 64) where number = 2", "content"),
    ("update document set previous = repeat('0', 64) where number = 2", "chain"),
    ("update document set number = 9, name = 'F-9' where number = 3", "gap"),
    ("update document_file set content = 'x' where format = 'pdf'", "pdf file"),
    ("update document_file set content = 'x' where format = 'xml'", "xml file"),
    ("delete from document_file where format = 'pdf'", "pdf file"),
    ("delete from document_file where document_id = (select id from document where number = 3);"
     " delete from charge; delete from draft; delete from document_door;"
     " delete from document where number = 3", "cut off"),
    ("delete from document_file where document_id = (select id from document where number = 2);"
     " delete from charge; delete from draft; delete from document_door;"
     " delete from document where number = 2", "gap"),
    ("update document d set seal = encode(sha256(convert_to(d.content::text, 'UTF8')), 'hex'),"
     " buyer_name = 'rebuilt'", "content"),
]  # fmt: skip


@pytest.fixture
def thief(app, settings, lasting_world) -> Iterator[int]:
    """Three documents, and the owner of the tables at work: no role, no trigger, no row security
    is in the way. All of it is taken back."""
    engine = create_engine(settings.owner_database_url, poolclass=NullPool)
    venue = lasting_world.a
    with app.app_context():
        mine = db._app_engines[app][None]
        connection = engine.connect()
        outer = connection.begin()
        factory = db.session.session_factory
        db.session.remove()
        db._app_engines[app][None] = connection
        factory.configure(join_transaction_mode="create_savepoint")
        try:
            with tenancy.tenant(venue.id, venue.network_id):
                for table in ("document", "document_file", "document_link", "charge", *AROUND):
                    db.session.execute(text(f"alter table {table} disable trigger user"))
                parts = ("document_link", "document_file", "charge", "draft", "document")
                for table in (*AROUND, *parts):
                    # what other tests keep for good: the owner would see it, and chain on to it
                    db.session.execute(text(f"delete from {table} where tenant_id <> {venue.id}"))
                office.complete(venue.id)
                for cents in (100, 200, 300):
                    sell(cents)
                    invoice(venue.id)
                db.session.flush()
                yield venue.id
        finally:
            db.session.remove()
            db._app_engines[app][None] = mine
            factory.configure(join_transaction_mode="conditional_savepoint")
            outer.rollback()
            connection.close()


def found() -> list[seal.Break]:
    db.session.expire_all()
    return list(seal.breaks(KEYS, numbering.FISCAL))


def test_nothing_is_found_before(thief: int) -> None:
    assert found() == []


@pytest.mark.parametrize(("planted", "what"), PLANTED)
def test_f07_a_planted_edit_is_found_at_its_row(thief: int, planted: str, what: str) -> None:
    for one in planted.split(";"):
        db.session.execute(text(one))
    breaks = found()
    assert what in {one.what for one in breaks}, breaks
    if "where number = 2" in planted and what == "content":
        assert {one.name[-4:] for one in breaks if one.what == "content"} == {"0002"}


def rebuilt(keys: Keys) -> None:
    """The whole chain once more, as somebody with these keys would write it."""
    connection, before = db.session.connection(), GENESIS
    for number in connection.execute(text("select number from document order by number")).scalars():
        connection.execute(
            text("update document set previous = :p, key_id = :k where number = :n"),
            {"p": before, "k": KEYS.current, "n": number},
        )
        row = connection.execute(
            select(seal.DOCUMENT).where(seal.DOCUMENT.c.number == number)
        ).one()
        forged = dict(row._mapping) | {"key_id": keys.current}
        before = seal.mac(keys, SimpleNamespace(**forged), row.tenant_id)
        connection.execute(
            text("update document set seal = :s where number = :n"), {"s": before, "n": number}
        )


@pytest.mark.parametrize("keyed", [True, False])
def test_r05_without_a_secret_key_a_rebuilt_chain_is_not_seen(thief: int, keyed: bool) -> None:
    """R05: the guard is the key. A thief who must guess it is found; were it known, as a plain
    chain of hashes is to all, the forged document would stand."""
    db.session.execute(text("update document set buyer_name = 'Autre' where number = 2"))
    guess = Keys.of(["what a thief takes for the key of the books"])
    rebuilt(guess if keyed else KEYS)
    assert bool(found()) is keyed


def test_what_lies_outside_finds_even_who_has_the_key(
    thief: int, tmp_path: Path, monkeypatch
) -> None:
    """The anchor of yesterday: rebuilt with the true key, or cut off with its counter."""
    store = storage(str(tmp_path))
    day = clock.now().date()  # the doctor reads the anchors since the documents were sealed
    monkeypatch.setattr(nightly, "anchors", lambda: store)
    monkeypatch.setattr(nightly, "keys", lambda: KEYS)
    assert anchoring.nightly(store, day, KEYS) == []
    assert not anchoring.lay(store, day, KEYS), "never written over"
    point = db.session.begin_nested()
    db.session.execute(text("update document set buyer_name = 'Autre' where number = 2"))
    rebuilt(KEYS)
    assert found() == []
    told = anchoring.nightly(store, day + dt.timedelta(days=1), KEYS)
    assert [(one.what, one.name) for one in told] == [
        ("not_as_anchored", f"{office.today():%Y}-0003")
    ]
    check = nightly.check(thief, day + dt.timedelta(days=1))
    assert [one["what"] for one in check.found] == ["not_as_anchored"], "kept, and shown to staff"
    assert invariants.unsealed_documents in {one.query for one in invariants.INVARIANTS}
    doctor = invariants.unsealed_documents(db.session.connection(), KEYS, store)
    assert [row[1] for row in doctor] == ["not_as_anchored"]
    db.session.flush()  # the desk reads it
    assert [one.icon for one in todo.books()] == ["triangle-alert"]
    point.rollback()
    assert todo.books() == []
    lies = tmp_path / anchoring.name_of(thief, day)
    lies.write_bytes(lies.read_bytes().replace(b'"number":3', b'"number":2'))
    assert [one.what for one in anchoring.contradictions(store, day, KEYS)] == ["anchor_forged"]
