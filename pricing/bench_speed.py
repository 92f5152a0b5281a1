"""T9: how long it takes, as processor seconds, as ratios in one run and as fitted exponents."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence

import numpy as np

from . import exact, gap, programme
from .demand import DaySpec, Demand, grid
from .instances import instance
from .nightly import solve_day, solve_days
from .quote import quote, quote_grid, quote_grids
from .results import Row
from .table import Table

SEASONS = (128, 512)
"""Days to be solved in one go where memory is counted: two blocks, and eight."""


def _seconds(work: Callable[[], object], repeats: int = 1) -> float:
    """Return processor seconds of one call, all threads counted."""
    start = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - start) / repeats


def _exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the fitted exponent of growth."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def speed(quick: bool) -> list[Row]:
    """T9: rebuild and quote times, ratios to a linear programme and brute force, growth."""
    rows = [*_rebuild(), *_quotes(), *ratios()]
    slots = (12, 16, 24, 32) if quick else (12, 16, 24, 32, 48)
    by_slots = [_one_solve(size) for size in slots]
    days = (8, 16, 32)
    by_days = [_many(count) for count in days]
    rooms = (2, 4, 8)
    by_rooms = [_one_type(count) for count in rooms]
    grown = _exponent(slots, by_slots), _exponent(days, by_days), _exponent(rooms, by_rooms)
    rows.append(
        Row(
            "T9 growth",
            f"exponent in slots {slots[0]}-{slots[-1]} (lengths 1-6), in days, in alike rooms 2-8",
            ", ".join(f"{one:.2f}" for one in grown),
            "<= 4, 1, 2",
            grown[0] <= 4 and grown[1] <= 1.2 and grown[2] <= 2,
        )
    )
    rows.append(_memory())
    return rows


def _one_solve(slots: int) -> float:
    day, demand = instance(1.2, 1, slots=slots, lengths=(1, 2, 3, 4, 5, 6))
    solve_day(day, demand)
    return _seconds(lambda: solve_day(day, demand), 3)


def _one_type(rooms: int) -> float:
    day, demand = instance(1.2, 1, slots=16, lengths=(1, 2, 3, 4), units=rooms)
    solve_day(day, demand)
    return _seconds(lambda: solve_day(day, demand), 3)


def _memory() -> Row:
    """What solving takes at its peak beyond the tables that it gives back, for more days."""
    few, many = (_peak(count) for count in SEASONS)
    return Row(
        "T9 memory",
        f"at the peak beyond the tables, {SEASONS[0]} and {SEASONS[1]} days of 12 slots",
        f"{few / 1e6:.1f} and {many / 1e6:.1f} MB",
        "the same, within a quarter",
        many <= 1.25 * few,
    )


def _peak(count: int) -> int:
    small = [
        instance(0.6 + 0.02 * (place % 60), place, slots=12, lengths=(1, 2, 3, 4))
        for place in range(count)
    ]
    days, demands = [day for day, _ in small], [demand for _, demand in small]
    moments = [1440.0 * (place % 60) for place in range(count)]
    tracemalloc.start()
    tables = solve_days(days, demands, minutes_to_open=moments, workers=1)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del tables  # they were to live until the peak was read
    return peak - kept


def _season(count: int, seed: int) -> tuple[list[DaySpec], list[Demand]]:
    """Return distinct days of a room of 24 half hours, bookable up to 8 hours."""
    found = [
        instance(0.6 + 0.02 * (place % 60), seed + place, slots=24, lengths=range(1, 17))
        for place in range(count)
    ]
    return [day for day, _ in found], [demand for _, demand in found]


def _many(count: int) -> float:
    days, demands = _season(count, 1)
    return _seconds(lambda: solve_days(days, demands))


def _rebuild() -> list[Row]:
    """Rebuild 60 days of ten distinct rooms, and of one type: processor seconds over two cores."""
    days, demands = _season(600, 1)
    moments = [1440.0 * (place % 60) for place in range(len(days))]
    tables: list[Table] = []
    ten = _seconds(
        lambda: tables.extend(solve_days(days, demands, minutes_to_open=moments, workers=2))
    )
    alike = [
        instance(0.6 + 0.02 * n, n, units=3, lengths=range(1, 17))
        for n in range(max(len(days) // 10, 1))
    ]
    wants = [demand for _, demand in alike]
    one = _seconds(
        lambda: solve_days([day for day, _ in alike], wants, minutes_to_open=moments[: len(wants)])
    )
    size = float(np.mean([len(table.to_bytes()) for table in tables[::20]]))
    return [
        Row("T9 rooms", "60 days x 10 rooms, on 2 cores", f"{ten / 2:.1f} s", "20 s", ten <= 40),
        Row(
            "T9 type",
            "60 days x 1 type of 3 rooms, on 2 cores",
            f"{one / 2:.2f} s",
            "2 s",
            one <= 4,
        ),
        Row("T9 bytes", "table per space-day", f"{size / 1024:.1f} kB", "a few kB", size < 10_240),
    ]


def _quotes() -> list[Row]:
    days, demands = _season(1, 7)
    table = solve_day(days[0], demands[0], minutes_to_open=10_080, keep_minutes=2160)
    free = np.ones(24, dtype=np.bool_)
    free[8:12] = False
    times = []
    for start in (0, 2, 13, 20) * 50:
        begun = time.thread_time()
        quote(table, free=free, start=start, length=3, minutes_to_open=10_000.0)
        times.append(time.thread_time() - begun)
    slow = float(np.quantile(times, 0.99)) * 1000
    count = 350

    def grids() -> object:
        return quote_grids([table] * count, free=[free] * count, minutes_to_open=[1e4] * count)

    grids()
    each = _seconds(grids, 2) / count
    prices = int((quote_grid(table, free=free, minutes_to_open=1e4) >= 0).sum())
    return [
        Row("T9 quote", "one explained quote, p99, processor", f"{slow:.2f} ms", "5 ms", slow <= 5),
        Row(
            "T9 grid",
            f"a space-day of {prices} prices in a batch of {count}",
            f"{each * 1e6:.0f} us, {each / prices * 1e6:.2f} us a price",
            "8 us a price",
            each / prices <= 8e-6,
        ),
    ]


def ratios() -> list[Row]:
    """Compare one solve with HiGHS on the same day (24 slots) and with brute force (8 slots)."""
    day, demand = instance(1.2, 1, slots=24, lengths=range(1, 9))
    solve_day(day, demand)
    ours = _seconds(lambda: solve_day(day, demand), 5)
    highs = _seconds(lambda: programme.by_lp(day, demand, prices=20))
    small, wish = instance(1.2, 1, slots=8, lengths=(1, 2, 3, 4))
    season = grid(small, wish, 40)
    answer = gap.response(small, wish, season.level)
    gap.values(small, [season], [answer])
    fast = _seconds(lambda: gap.values(small, [season], [answer]), 5)
    brute = _seconds(lambda: exact.one_room(small, season, answer))
    return [
        Row(
            "T9 ratio",
            "one HiGHS programme (20 prices) / one full value table, 24 slots",
            f"{highs / ours:.1f}",
            "> 1 is faster",
            None,
        ),
        Row("T9 brute", "brute force / gap programme, 8 slots", f"{brute / fast:.1f}", "> 1", None),
    ]
