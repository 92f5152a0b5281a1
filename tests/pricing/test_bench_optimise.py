"""The optimiser's bench says what it measured, and says so when a target is missed."""

import pytest

from pricing import bench, bench_learn, bench_play, bench_rooms, bench_speed, gap, peers, seeds
from pricing import bench_optimise as optimise
from pricing.instances import instance
from pricing.results import Row


@pytest.fixture
def small(monkeypatch):
    for module in (optimise, bench_rooms, bench_speed):
        monkeypatch.setattr(module, "instance", _small)
    monkeypatch.setattr(optimise, "LOADS", (1.2,))
    monkeypatch.setattr(bench_rooms, "LOADS", (1.2,))
    monkeypatch.setattr(bench_rooms, "ROOMS", {3: (0.05,), 10: (0.05,)})
    monkeypatch.setattr(optimise, "FINE", 200)
    season = bench_speed._season
    few = lambda count, seed: season(max(1, count // 100), seed)  # noqa: E731 - one line, one use
    monkeypatch.setattr(bench_speed, "_season", few)
    monkeypatch.setattr(bench_speed, "SEASONS", (2, 4))


def _small(load, seed, **shape):
    shape = {"slots": 8, "slot_minutes": 60} | shape
    shape["lengths"] = [k for k in shape.get("lengths", (1, 2, 4)) if k <= shape["slots"]]
    return instance(load, seed, **shape)


def test_every_row_has_a_figure_and_a_reference(small):
    rows = [
        *optimise.exactness((1,)),
        *optimise.one_room_known((1,)),
        *optimise.one_room_peers((1,), paths=20),
        *bench_rooms.two_rooms((1,), paths=60),
        bench_rooms.few_rooms(3, 1.2, (1,), paths=20),
        bench_rooms.few_rooms(10, 1.2, (1,), paths=20),
        bench_rooms.desks(0.9, (1,), paths=8),
        bench_rooms.highs(1),
        *optimise.fairness(200),
        *optimise.price_tags((1,)),
    ]
    assert all(row.figure and row.reference and row.what for row in rows)
    by_id = {row.id: row for row in rows}
    assert by_id["T1a"].ok
    assert by_id["T1b"].ok
    assert by_id["T4 HiGHS"].ok
    assert all(row.ok for row in rows if row.id == "T11")


def test_speed_rows_measure_something(small):
    rows = bench_speed.speed(quick=True)
    wanted = "rooms type quote grid growth memory".split()
    assert {row.id for row in rows} >= {f"T9 {name}" for name in wanted}


def test_a_wrong_programme_falls_short(monkeypatch):
    honest = gap.values
    monkeypatch.setattr(gap, "values", lambda *args: honest(*args) * 1.001)
    monkeypatch.setattr(optimise, "LOADS", ())
    assert not optimise.exactness((1,))[0].ok


def test_full_asks_for_more_than_quick():
    quick, full = optimise.tasks(quick=True), optimise.tasks(quick=False)
    assert len(full) == len(quick) + len(bench_play.VENUES)  # the price tags of remedies
    paths = [sum(part.keywords.get("paths", 0) for part in some) for some in (quick, full)]
    assert paths[0] < paths[1]


def test_one_table_of_all_parts(monkeypatch, tmp_path):
    row = Row("T3", "a", "1", "2", ok=False)
    monkeypatch.setattr(optimise, "tasks", lambda quick: [])
    monkeypatch.setattr(bench_learn, "tasks", lambda quick, data: [])
    monkeypatch.setattr(bench_speed, "speed", lambda quick: [row])
    text, good = bench.run(quick=True, data=tmp_path)
    assert not good
    assert "0 pass, 1 fall short" in text


def test_the_selector_row(monkeypatch):
    monkeypatch.setattr(optimise, "instance", _small)
    assert optimise.selector_row().ok in {True, False}


def test_nothing_reported_was_tuned_on():
    assert not set(seeds.REPORT) & set(seeds.TUNE)
    assert not set(seeds.LEARN_REPORT) & set(seeds.LEARN_TUNE)
    assert not {seeds.fitting(seed) for seed in seeds.REPORT} & set(seeds.REPORT)


def test_bid_prices_of_the_peer_rise_where_demand_does():
    quiet, busy = (peers.bid_prices(*instance(load, 3), _card(load)) for load in (0.2, 4.0))
    assert quiet.sum() < busy.sum()
    assert (busy >= 0).all()


def _card(load):
    return instance(load, 3)[0].card
