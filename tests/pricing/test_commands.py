"""The commands print what they promise, and tell when a file is missing."""

import gzip
from pathlib import Path

import pytest

from pricing import __main__, bench, bench_learn, hotel, pictures
from pricing.instances import instance
from pricing.results import Row


@pytest.mark.parametrize(
    ("command", "content", "told"),
    [
        ("backtest", None, "No such file"),
        ("topaloglu", None, "no instance in"),
        ("backtest", b"a,b\n1,2\n", "gzipped file"),
        ("backtest", gzip.compress(b"a,b\n1,2\n"), "hotel, row 0"),
        ("backtest", gzip.compress(b"\xff\xfe\n1,2\n"), "can't decode"),
    ],
)
def test_what_cannot_be_read_is_told(capsys, tmp_path, command, content, told):
    path = tmp_path / "some.csv.gz"
    if content is not None:
        path.write_bytes(content)
    assert __main__.main([command, str(path)]) == 1
    assert told in capsys.readouterr().err


def test_the_folder_of_the_data_will_do(capsys, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("pricing.backtest.run", lambda path: asked.append(path.name) or [])
    monkeypatch.setattr("pricing.topaloglu.run", lambda path: asked.append(path.name) or [])
    monkeypatch.setattr("pricing.topaloglu.report", lambda _: "")
    (tmp_path / hotel.FILE).write_bytes(b"")
    (tmp_path / "topaloglu").mkdir()
    assert __main__.main(["backtest", str(tmp_path)]) == 0
    assert __main__.main(["topaloglu", str(tmp_path)]) == 0
    assert asked == [hotel.FILE, "topaloglu"]


def test_the_table_aligns_and_says_pass_or_falls_short():
    rows = [Row("T5", "a", "1", "2", ok=True), Row("T10", "b", "1", "2", ok=False)]
    rows.append(Row("T7", "c", "-", "-", None))
    text = bench.table(rows)
    assert "pass" in text
    assert "falls short" in text
    assert len(text.splitlines()) == 5


def test_absent_data_make_a_visible_line_without_a_verdict(tmp_path):
    rows = [*bench_learn.forecast(tmp_path), *bench_learn.network(tmp_path, quick=True)]
    assert [row.ok for row in rows] == [None, None]
    assert all(row.figure == "not run" for row in rows)


def test_printed_tables_are_met_to_their_digits():
    assert all(row.ok for row in bench_learn.printed_tables())


def test_the_exponential_optimum_is_gallego_and_van_ryzins():
    assert bench_learn.exponential_optimum(10, 20 * 2.718281828459045) == pytest.approx(
        15.4729, abs=5e-5
    )


def test_backtest_prints_a_table(capsys, tmp_path, monkeypatch):
    path = tmp_path / "hotel.csv.gz"
    with gzip.open(path, "wt") as out:
        out.write("x\n")
    monkeypatch.setattr("pricing.backtest.run", lambda _: [])
    assert __main__.main(["backtest", str(path)]) == 0
    assert "best simple" in capsys.readouterr().out


def test_pictures_are_drawn(capsys, tmp_path, monkeypatch):
    short = {"slots": 8, "lengths": (1, 2, 4), "slot_minutes": 60}
    monkeypatch.setattr(pictures, "instance", lambda load, seed: instance(load, seed, **short))
    assert __main__.main(["pictures", str(tmp_path)]) == 0
    drawn = capsys.readouterr().out.split()
    assert len(drawn) == 4
    assert all("<svg" in Path(path).read_text(encoding="utf-8") for path in drawn)
