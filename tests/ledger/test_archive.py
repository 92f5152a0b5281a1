"""F08: the archive is read again on a machine without the product, and a changed one is not."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.db import db
from app.core.files import Folder
from app.ledger import anchor, archive, closing, journal
from app.ledger.chain import canonical
from app.ledger.journal import Span
from app.ledger.seal import LAST as LAST_SEAL
from tests.conftest import undone
from tests.ledger.books import KEYS, write
from tests.ledger.test_closures import PARIS, Life
from tests.world import World

FIRST, LAST = dt.date(2026, 2, 1), dt.date(2026, 3, 31)


@pytest.fixture(scope="module")
def made(app, lasting_world: World, tmp_path_factory) -> Iterator[bytes]:
    store = Folder(str(tmp_path_factory.mktemp("anchors")))
    tenant = lasting_world.a.id
    with undone(app), lasting_world.a.entered():
        life = Life(3)
        for n in range(-40, (LAST - FIRST).days + 1):
            life.live(FIRST + dt.timedelta(days=n))
        write(life.entries)
        closing.close_due(dt.datetime(2026, 4, 1, 4, tzinfo=PARIS), KEYS)
        span = Span(FIRST, LAST, PARIS)
        end = db.session.execute(LAST_SEAL, {"tenant": tenant}).one()
        anchor.write(store, anchor.Anchor(tenant, LAST, end.number, end.digest), KEYS)
        papers = {"tenant": tenant, "day": str(LAST), "series": {}}
        signed = canonical(papers | {"key": KEYS.current, "mac": KEYS.mac(papers)})
        store.put(f"{tenant}/anchors/documents-{LAST}.json", signed, anchor.MEDIA_TYPE)
        rows = list(journal.rows(db.session.connection(), lasting_world.a.id, span, {}))
        paper = (journal.file_name("732829320", LAST), journal.content(rows))
        first = archive.build(span, KEYS, store, paper)
        assert archive.build(span, KEYS, store, paper) == first, "the same days, the same bytes"
        yield first


def read(content: bytes, folder: Path, *, key: bytes | None = None) -> tuple[int, str]:
    """Run the archive's own reader with nothing of ours in reach."""
    (folder / "archive.zip").write_bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        (folder / "verify.py").write_bytes(zipped.read("verify.py"))
    words = [sys.executable, "-I", "-S", "verify.py", "archive.zip"]
    if key is not None:
        (folder / "key").write_bytes(key + b"\n")
        words += ["--key-file", "key"]
    done = subprocess.run(
        words, cwd=folder, env={}, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


KEY = next(iter(KEYS.known.values()))


def test_f08_it_is_read_without_the_product(made: bytes, tmp_path: Path) -> None:
    code, said = read(made, tmp_path)
    assert code == 0, said
    assert "no key given" in said
    code, said = read(made, tmp_path, key=KEY)
    assert code == 0, said
    assert " 0 faults; digests checked" in said


def test_f08_both_anchors_travel_along_as_they_lie(made: bytes, tmp_path: Path) -> None:
    """Whoever rebuilt the chain of an archive meets what was said outside the database."""
    names = [f"anchors/{LAST}.json", f"anchors/documents-{LAST}.json"]
    with zipfile.ZipFile(io.BytesIO(made)) as zipped:
        assert set(names) <= set(zipped.namelist())
    for name in names:

        def lie(rows: list[dict]) -> None:
            rows[0]["digest" if "digest" in rows[0] else "day"] = "0" * 64

        spoiled = change(made, name, lie, sums=True)
        assert "not signed by the ledger's key" in read(spoiled, tmp_path, key=KEY)[1]
        if name == names[0]:
            assert "is not as it was anchored" in read(spoiled, tmp_path)[1]


def test_f08_another_key_does_not_fit(made: bytes, tmp_path: Path) -> None:
    code, said = read(made, tmp_path, key=b"another key that is as long as a key")
    assert code == 1
    assert "key that was not given" in said


def change(content: bytes, name: str, edit: Callable[[list[dict]], None], *, sums: bool) -> bytes:
    """The archive with one file changed, its sum in the manifest too when `sums`."""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        files = {one: zipped.read(one) for one in zipped.namelist()}
    rows = [json.loads(line) for line in files[name].decode().splitlines()]
    edit(rows)
    files[name] = archive._jsonl(rows)
    if sums:
        manifest = json.loads(files["manifest.json"])
        manifest["files"][name] = archive.hashlib.sha256(files[name]).hexdigest()
        files["manifest.json"] = json.dumps(manifest).encode()
    return archive._zipped(files)


def less(rows: list[dict]) -> None:
    """One receipt smaller on both sides: still balanced."""
    entry = next(row for row in rows if row["event"].startswith("captured"))
    lines = entry["lines"]
    lines[0][3] -= 100
    next(line for line in lines if line[1] == "receivable")[3] += 100


def gone(rows: list[dict]) -> None:
    del rows[5]


def memo(rows: list[dict]) -> None:
    rows[5]["memo"] = "rien"


def total(rows: list[dict]) -> None:
    row = next(r for r in rows if json.loads(r["content"])["number"] > 50)
    content = json.loads(row["content"])
    content["perpetual"]["EUR"]["in"] -= 100
    row["content"] = json.dumps(content)


CASES = [
    ("entries.jsonl", less, "its money is not that of its entries"),
    ("entries.jsonl", gone, "is missing"),
    ("closures.jsonl", total, "grand total"),
]


@pytest.mark.parametrize(("name", "edit", "says"), CASES)
def test_f08_a_changed_archive_is_seen_even_without_the_key(
    made: bytes, tmp_path: Path, name: str, edit, says: str
) -> None:
    code, said = read(change(made, name, edit, sums=False), tmp_path)
    assert (code, "not the file that was archived" in said) == (1, True)
    code, said = read(change(made, name, edit, sums=True), tmp_path)
    assert (code, says in said) == (1, True), said


def test_f08_a_word_that_changes_no_sum_is_seen_with_the_key(made: bytes, tmp_path: Path) -> None:
    spoiled = change(made, "entries.jsonl", memo, sums=True)
    code, said = read(spoiled, tmp_path, key=KEY)
    assert code == 1
    assert "not those that were sealed" in said
    assert "manifest: not signed" in said
