"""Which random worlds were tuned on, and which are reported. They never meet.

Defaults of the optimiser (blends, leans, steps) were chosen on `TUNE`, those of learning on
`LEARN_TUNE`, those of the forecast on the hotel file before `backtest.HELD_OUT`. The bench reports
`REPORT` and `LEARN_REPORT`.
"""

TUNE = range(101, 200)
REPORT = (1, 2, 3, 4, 5, 6)
LEARN_TUNE = range(1000)
LEARN_REPORT = range(9000, 9400)


def fitting(seed: int) -> int:
    """Return the seed of the requests that cards and choices are fitted on, for a judging seed."""
    return seed + 50_000
