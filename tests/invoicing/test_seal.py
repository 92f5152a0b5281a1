"""F07: whoever writes the tables behind our back is found, at the row, also when a chain without
the key is built anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app.core import tenancy
from app.core.db import db
from app.invoicing import numbering, seal
from tests.invoicing import office
from tests.invoicing.office import KEYS, invoice, sell

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
     " delete from charge; delete from draft; delete from document where number = 3", "cut off"),
    ("delete from document_file where document_id = (select id from document where number = 2);"
     " delete from charge; delete from draft; delete from document where number = 2", "gap"),
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
                for table in ("document", "document_file", "document_link"):
                    db.session.execute(text(f"alter table {table} disable trigger user"))
                for table in ("document_link", "document_file", "charge", "draft", "document"):
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
def test_a_planted_edit_is_found_at_its_row(thief: int, planted: str, what: str) -> None:
    for one in planted.split(";"):
        db.session.execute(text(one))
    breaks = found()
    assert what in {one.what for one in breaks}, breaks
    if "where number = 2" in planted and what == "content":
        assert {one.name[-4:] for one in breaks if one.what == "content"} == {"0002"}
