"""The optimiser's bench says what it measured, and says so when a target is missed."""

import pytest

from pricing import bench_optimise as bench
from pricing import gap
from pricing.instances import instance


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(bench, "instance", _small)
    monkeypatch.setattr(bench, "LOADS", (1.2,))
    monkeypatch.setattr(bench, "DESK_LOADS", (0.9,))
    monkeypatch.setattr(bench, "ROOMS", {3: (0.05,), 10: (0.05,)})
    monkeypatch.setattr(bench, "FINE", 200)
    season = bench._season
    monkeypatch.setattr(bench, "_season", lambda count, seed: season(max(1, count // 100), seed))


def _small(load, seed, **shape):
    return instance(load, seed, **({"slots": 8, "lengths": (1, 2, 4), "slot_minutes": 60} | shape))


def test_every_row_has_a_figure_and_a_reference(small):
    rows = [
        *bench.exactness((1,)),
        *bench.one_room_known((1,)),
        *bench.two_rooms((1,), paths=60),
        *bench.few_rooms((1,), paths=20),
        *bench.desks((1,), paths=8),
        *bench.fairness(200),
        *bench.price_tags((1,)),
    ]
    assert all(row.figure and row.reference and row.what for row in rows)
    by_id = {row.id: row for row in rows}
    assert by_id["T1a"].ok
    assert by_id["T1b"].ok
    assert by_id["T4 HiGHS"].ok
    assert all(row.ok for row in rows if row.id == "T11")


def test_speed_rows_measure_something(small):
    rows = bench.speed(quick=True)
    assert {row.id for row in rows} >= {"T9 rooms", "T9 type", "T9 quote", "T9 grid", "T9 growth"}


def test_a_wrong_programme_falls_short(monkeypatch):
    honest = gap.values
    monkeypatch.setattr(gap, "values", lambda *args: honest(*args) * 1.001)
    monkeypatch.setattr(bench, "LOADS", ())
    assert not bench.exactness((1,))[0].ok


def test_all_targets_in_one_list(monkeypatch):
    for name in ("exactness", "one_room_known", "speed", "fairness", "price_tags"):
        monkeypatch.setattr(bench, name, lambda _: [])
    for name in ("two_rooms", "few_rooms", "desks"):
        monkeypatch.setattr(bench, name, lambda _, paths: [paths])
    monkeypatch.setattr(bench, "selector_row", lambda: "selector")
    quick, full = bench.targets(quick=True), bench.targets(quick=False)
    assert len(quick) == len(full) == 4
    assert sum(quick[:3]) < sum(full[:3])


def test_the_selector_row(monkeypatch):
    monkeypatch.setattr(bench, "instance", _small)
    assert bench.selector_row().ok in {True, False}
