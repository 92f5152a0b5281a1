"""F07 (the ledger's half), I6, R16: what was posted cannot be changed, and a change is told to the
row, whoever made it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.db import db
from app.core.files import Folder
from app.ledger import anchor, rules
from app.ledger.anchor import Anchor, Forged
from app.ledger.chain import GENESIS, Keys
from app.ledger.rules import Cause, Line, Unbalanced
from app.ledger.seal import seal
from app.ledger.verify import breaks
from tests.ledger.books import KEYS, NOW, Books, opened
from tests.world import World

DAY = dt.date(2026, 11, 27)


@pytest.fixture
def books(settings, lasting_world: World) -> Iterator[Books]:
    with opened(settings, lasting_world.stranger.id) as found:
        for cents in (3900, 1250, 8000, 999, 12_000, 4_500):
            found.sell(cents)
        assert found.seal() == 12
        assert found.breaks() == []
        disarm(found)
        yield found


def disarm(books: Books) -> None:
    """The owner of the tables asks no trigger and no key for leave; taken back with the rest."""
    for table in ("ledger_entry", "ledger_line", "ledger_seal"):
        books.do(f"alter table {table} disable trigger user")
    books.do("alter table ledger_line drop constraint fk_ledger_line_tenant_id_entry_id")
    books.do("alter table ledger_seal drop constraint fk_ledger_seal_tenant_id_entry_id")


def arm(books: Books) -> None:
    for table in ("ledger_entry", "ledger_line", "ledger_seal"):
        books.do(f"alter table {table} enable trigger user")


def test_f07_numbers_are_gapless_and_in_order(books: Books) -> None:
    books.sell(100)
    assert books.seal() == 2
    assert books.seal() == 0
    numbers = [n for (n,) in books.ask("select number from ledger_seal where tenant_id = :t"
                                       " order by number", t=books.tenant)]  # fmt: skip
    assert numbers == list(range(1, 15))


def test_f07_what_may_still_commit_waits_for_the_next_run(books: Books) -> None:
    books.sell(100)
    assert seal(books.connection, books.tenant, KEYS) == 0
    books.sell(100, at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=3))
    assert seal(books.connection, books.tenant, KEYS) == 2


# ── twenty edits ──────────────────────────────────────────────────────────────────────────────


def entry(books: Books, number: int) -> int:
    return books.ask(
        "select entry_id from ledger_seal where tenant_id = :t and number = :n",
        t=books.tenant, n=number,
    )[0][0]  # fmt: skip


def lines(books: Books, number: int) -> list[int]:
    return [
        one
        for (one,) in books.ask(
            "select id from ledger_line where entry_id = :e order by id", e=entry(books, number)
        )
    ]


Where = tuple[str, str, int | None, int]


def in_entry(column: str, value: str) -> Callable[[Books], Where]:
    def edit(books: Books) -> Where:
        books.do(f"update ledger_entry set {column} = {value} where id = :e", e=entry(books, 5))
        return "entry_changed", "ledger_entry", entry(books, 5), 5

    return edit


def in_line(column: str, value: str) -> Callable[[Books], Where]:
    def edit(books: Books) -> Where:
        line = lines(books, 7)[1]
        books.do(f"update ledger_line set {column} = {value} where id = :l", l=line)
        return "line_changed", "ledger_line", line, 7

    return edit


def in_seal(column: str, value: str) -> Callable[[Books], Where]:
    def edit(books: Books) -> Where:
        where = "tenant_id = :t and number = 8"
        books.do(f"update ledger_seal set {column} = {value} where {where}", t=books.tenant)
        found = books.ask(f"select id from ledger_seal where {where}", t=books.tenant)
        return "seal_changed", "ledger_seal", found[0][0], 8

    return edit


def line_moved_to_another_entry(books: Books) -> Where:
    line = lines(books, 4)[0]
    books.do("update ledger_line set entry_id = :e where id = :l", e=entry(books, 6), l=line)
    return "line_gone", "ledger_line", line, 4


def line_deleted(books: Books) -> Where:
    line = lines(books, 9)[2]
    books.do("delete from ledger_line where id = :l", l=line)
    return "line_gone", "ledger_line", line, 9


def line_added(books: Books) -> Where:
    books.do(
        "insert into ledger_line (tenant_id, entry_id, account, amount_cents)"
        " values (:t, :e, 'cash', 500)", t=books.tenant, e=entry(books, 3),
    )  # fmt: skip
    return "line_added", "ledger_line", lines(books, 3)[-1], 3


def both_sides_raised(books: Books) -> Where:
    """Still balanced, and still found."""
    first, second = lines(books, 1)[:2]
    books.do("update ledger_line set amount_cents = amount_cents + 100 where id = :l", l=first)
    books.do("update ledger_line set amount_cents = amount_cents - 100 where id = :l", l=second)
    return "line_changed", "ledger_line", first, 1


def two_sales_swapped(books: Books) -> Where:
    one, other = entry(books, 1), entry(books, 3)
    for old, new in ((one, -1), (other, one), (-1, other)):
        books.do("update ledger_entry set id = :new where id = :old", new=new, old=old)
    return "entry_changed", "ledger_entry", one, 1


def entry_deleted(books: Books) -> Where:
    gone = entry(books, 6)
    books.do("delete from ledger_line where entry_id = :e", e=gone)
    books.do("delete from ledger_entry where id = :e", e=gone)
    return "entry_gone", "ledger_entry", gone, 6


def seal_deleted(books: Books) -> Where:
    after = books.ask("select id from ledger_seal where tenant_id = :t and number = 7",
                      t=books.tenant)[0][0]  # fmt: skip
    books.do("delete from ledger_seal where tenant_id = :t and number = 6", t=books.tenant)
    return "seal_gone", "ledger_seal", after, 6


def renumbered_over_a_gap(books: Books) -> Where:
    gone = entry(books, 6)
    books.do("delete from ledger_seal where entry_id = :e", e=gone)
    books.do("delete from ledger_line where entry_id = :e", e=gone)
    books.do("delete from ledger_entry where id = :e", e=gone)
    for number in range(7, 13):
        books.do("update ledger_seal set number = :n - 1 where tenant_id = :t and number = :n",
                 t=books.tenant, n=number)  # fmt: skip
    found = books.ask("select id from ledger_seal where tenant_id = :t and number = 6",
                      t=books.tenant)  # fmt: skip
    return "seal_changed", "ledger_seal", found[0][0], 6


def rebuild(books: Books, keys: Keys, *, key_id: str) -> None:
    """What somebody who can write every table does: change a sale, then chain all of it anew."""
    books.do("update ledger_line set amount_cents = amount_cents - 1000 where id = :l",
             l=lines(books, 5)[0])  # fmt: skip
    books.do("update ledger_line set amount_cents = amount_cents + 1000 where id = :l",
             l=lines(books, 5)[1])  # fmt: skip
    books.do("delete from ledger_seal where tenant_id = :t", t=books.tenant)
    seal(books.connection, books.tenant, keys, settle=NOW)
    books.do("update ledger_seal set key_id = :k where tenant_id = :t", t=books.tenant, k=key_id)


def rebuilt_without_the_key(books: Books) -> Where:
    """A plain hash chain would verify: anybody can compute it."""
    rebuild(books, Keys.of(["a guess of the key that is not the key of this ledger"]),
            key_id=KEYS.current)  # fmt: skip
    return "entry_changed", "ledger_entry", entry(books, 1), 1


def rebuilt_under_a_key_of_their_own(books: Books) -> Where:
    theirs = Keys.of(["a key of their own, as long as a key has to be"])
    rebuild(books, theirs, key_id=theirs.current)
    first = books.ask("select id from ledger_seal where tenant_id = :t and number = 1",
                      t=books.tenant)  # fmt: skip
    return "unknown_key", "ledger_seal", first[0][0], 1


def rebuilt_with_plain_sha(books: Books) -> Where:
    """The public trick: SHA-256 over the same words, link by link."""
    before = GENESIS
    for number, digest in books.ask(
        "select number, rows::text from ledger_seal where tenant_id = :t and number >= 4"
        " order by number", t=books.tenant,
    ):  # fmt: skip
        before = hashlib.sha256(json.dumps([before, digest]).encode()).hexdigest()
        books.do("update ledger_seal set digest = :d where tenant_id = :t and number = :n",
                 d=before, t=books.tenant, n=number)  # fmt: skip
    found = books.ask("select id from ledger_seal where tenant_id = :t and number = 4",
                      t=books.tenant)  # fmt: skip
    return "seal_changed", "ledger_seal", found[0][0], 4


def posted_by_hand_and_never_sealed(books: Books) -> Where:
    made = books.post("sold", [Line("cash", 100), Line("sales", -100)], source_id=1,
                      at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=2))  # fmt: skip
    return "unsealed", "ledger_entry", made, 0


EDITS: dict[str, Callable[[Books], Where]] = {
    "posted_at": in_entry("posted_at", "posted_at - interval '1 microsecond'"),
    "event": in_entry("event", "'captured:2'"),
    "source_id": in_entry("source_id", "source_id + 50"),
    "memo": in_entry("memo", "memo || ' '"),
    "currency": in_entry("currency", "'CHF'"),
    "amount": in_line("amount_cents", "amount_cents - 1"),
    "account": in_line("account", "'suspense'"),
    "rate": in_line("vat_bp", "1000"),
    "digest": in_seal("digest", "reverse(digest)"),
    "rows": in_seal("rows", "jsonb_set(rows, '{entry}', '\"0000000000000000\"')"),
    **{
        edit.__name__: edit
        for edit in (
            line_moved_to_another_entry, line_deleted, line_added, both_sides_raised,
            two_sales_swapped, entry_deleted, seal_deleted, renumbered_over_a_gap,
            rebuilt_without_the_key, rebuilt_under_a_key_of_their_own, rebuilt_with_plain_sha,
            posted_by_hand_and_never_sealed,
        )
    },
}  # fmt: skip


def test_f07_there_are_twenty_edits_or_more() -> None:
    assert len(EDITS) >= 20


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_f07_a_planted_edit_is_told_to_the_row(books: Books, edit) -> None:
    expected = edit(books)
    found = books.breaks()
    assert found
    first = found[0]
    assert (first.what, first.table, first.row_id, first.number) == expected


def test_f07_an_edit_elsewhere_is_not_blamed_on_the_rest(books: Books) -> None:
    in_line("amount_cents", "amount_cents - 1")(books)
    assert len(books.breaks()) == 1


# ── anchors ───────────────────────────────────────────────────────────────────────────────────


def anchored(books: Books, tmp_path: Path, day: dt.date = DAY) -> list[Anchor]:
    number, digest = books.ask(
        "select number, digest from ledger_seal where tenant_id = :t order by number desc limit 1",
        t=books.tenant,
    )[0]  # fmt: skip
    store = Folder(str(tmp_path))
    assert anchor.write(store, Anchor(books.tenant, day, number, digest), KEYS)
    return list(anchor.between(store, books.tenant, day, day + dt.timedelta(days=2), KEYS))


def test_f07_a_cut_end_contradicts_the_anchor(books: Books, tmp_path: Path) -> None:
    found = anchored(books, tmp_path)
    assert books.breaks(anchors=found) == []
    last = [entry(books, 11), entry(books, 12)]
    books.do("delete from ledger_seal where entry_id = any(:ids)", ids=last)
    books.do("delete from ledger_line where entry_id = any(:ids)", ids=last)
    books.do("delete from ledger_entry where id = any(:ids)", ids=last)
    assert books.breaks() == [], "without anchors nobody could tell"
    assert [(b.what, b.number) for b in books.breaks(anchors=found)] == [("cut_off", 12)]


def test_f07_a_chain_rebuilt_with_the_stolen_key_contradicts_the_anchor(
    books: Books, tmp_path: Path
) -> None:
    found = anchored(books, tmp_path)
    rebuild(books, KEYS, key_id=KEYS.current)
    assert books.breaks() == [], "the key is all that the chain has"
    assert {b.what for b in books.breaks(anchors=found)} == {"not_as_anchored"}


def test_f07_an_anchor_is_written_once(books: Books, tmp_path: Path) -> None:
    store = Folder(str(tmp_path))
    first = anchored(books, tmp_path)[0]
    assert not anchor.write(store, Anchor(books.tenant, DAY, 99, "f" * 64), KEYS)
    assert anchor.read(store, books.tenant, DAY, KEYS) == first


@pytest.mark.parametrize("change", ['"number":12', '"mac":"', '"key":"', "{"])
def test_f07_a_false_anchor_is_refused(books: Books, tmp_path: Path, change: str) -> None:
    anchored(books, tmp_path)
    path = tmp_path / anchor.name_of(books.tenant, DAY)
    path.write_text(path.read_text().replace(change, change.replace('"n', '"x') + "1", 1))
    with pytest.raises(Forged):
        anchor.read(Folder(str(tmp_path)), books.tenant, DAY, KEYS)


def test_f07_an_older_key_still_verifies(books: Books) -> None:
    newer = Keys.of(
        ["the newer key of the tests, long enough", next(iter(KEYS.known.values())).decode()]
    )
    books.sell(700)
    assert seal(books.connection, books.tenant, newer, settle=NOW) == 2
    assert list(breaks(books.connection, books.tenant, newer)) == []
    assert {b.what for b in books.breaks()} == {"unknown_key"}


# ── what the application may not do ───────────────────────────────────────────────────────────

TAMPER = [
    f"{act} {table} {rest}"
    for table in ("ledger_entry", "ledger_line", "ledger_seal", "ledger_closure")
    for act, rest in (("update", "set id = id"), ("delete from", ""), ("truncate", ""))
]  # fmt: skip


@pytest.mark.parametrize("statement", TAMPER)
def test_f07_the_application_changes_nothing(world: World, statement: str) -> None:
    rules.post(Cause("test", 1, "sold"), "EUR", [Line("cash", 100), Line("sales", -100)])
    with pytest.raises(DBAPIError, match="permission denied"):
        db.session.execute(text(statement))


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_line", "ledger_seal"])
def test_f07_not_even_the_owner_does_by_mistake(books: Books, table: str) -> None:
    arm(books)
    with pytest.raises(DBAPIError, match="append-only"):
        books.do(f"delete from {table} where tenant_id = :t", t=books.tenant)
    books.connection.rollback()


def test_f07_a_sealed_entry_takes_no_more_lines(books: Books) -> None:
    arm(books)
    with pytest.raises(DBAPIError, match="sealed"):
        books.do(
            "insert into ledger_line (tenant_id, entry_id, account, amount_cents)"
            " values (:t, :e, 'cash', 5), (:t, :e, 'sales', -5)",
            t=books.tenant, e=entry(books, 3),
        )  # fmt: skip
    books.connection.rollback()


def test_f07_an_entry_that_does_not_balance_is_refused_twice(books: Books) -> None:
    with pytest.raises(Unbalanced):
        rules.post(Cause("test", 1, "sold"), "EUR", [Line("cash", 100), Line("sales", -99)])
    arm(books)
    with pytest.raises(DBAPIError, match="sum to zero"):
        books.post("sold", [Line("cash", 100), Line("sales", -99)], source_id=5)
    books.connection.rollback()
