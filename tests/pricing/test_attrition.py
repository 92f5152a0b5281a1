"""Cancellations and no-shows: planted shares come back, priors hold while nothing is known."""

from datetime import date

import numpy as np
import pytest

import pricing
from pricing import attrition, simulate
from pricing.attrition import ABSENT, EDGES, LOST, Attrition, learn
from pricing.data import BadInput, Bookings

NOTHING = Attrition(np.zeros(len(LOST)), np.zeros(len(LOST)), 0, 0)
NOW = np.datetime64("2026-06-01T12:00")


def books(rows):
    """Bookings from (day, start, made_at, cancelled_at or None, no_show)."""
    day, start, made, gone, away = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    n = len(rows)
    return Bookings(
        [0] * n, np.array(day, "datetime64[D]"), start, [60] * n, np.array(made, "datetime64[m]"),
        [10.0] * n, [1] * n, np.array([g or "NaT" for g in gone], "datetime64[m]"), list(away),
    )  # fmt: skip


def test_nothing_known_is_the_prior():
    assert learn(books([]), NOW).stands(30 * 1440.0) == pytest.approx(NOTHING.stands(30 * 1440.0))
    assert NOTHING.stands(0.0) == 1
    assert 1 - NOTHING.stands(30 * 1440.0) == pytest.approx(1 - np.exp(-LOST[:-1].sum()))
    assert NOTHING.no_show == pytest.approx(ABSENT)


def test_losses_and_time_at_risk_are_those_of_paper():
    rows = [
        ("2026-05-20", 600, "2026-05-10T10:00", None, False),  # 10 days at risk, then came
        ("2026-05-20", 600, "2026-05-10T10:00", "2026-05-18T10:00", False),  # lost 2 days before
        ("2026-06-06", 720, "2026-05-31T12:00", None, False),  # seen from 6 to 5 days before
        ("2026-05-21", 600, "2026-05-21T09:00", None, True),  # an hour, nobody came
        ("2026-05-22", 600, "2026-06-01T13:00", None, False),  # made after now: unknown
    ]
    found = learn(books(rows), NOW)
    days = found.at_risk / 1440
    assert days == pytest.approx([1 + 1 / 24, 2 + 1, 4 + 4 + 1, 3 + 3, 0, 0])
    assert found.lost.tolist() == [0, 1, 0, 0, 0, 0]
    assert (found.absent, found.due) == (1, 2)


def test_planted_shares_come_back():
    rng = np.random.default_rng(4)
    rate = np.array([0.08, 0.05, 0.03, 0.02, 0.01, 0.0]) / np.diff(EDGES)
    rows = []
    for n in range(4000):
        lead = float(rng.uniform(0, 30 * 1440))
        begins = np.datetime64("2026-03-01T10:00") + np.timedelta64(n % 60, "D")
        at, lost = lead, None
        while at > 0:
            place = int(np.searchsorted(EDGES, at, side="left")) - 1
            wait = rng.exponential(1 / max(rate[place], 1e-12))
            if at - wait > EDGES[place]:
                lost = at - wait
                break
            at = EDGES[place]
        gone = None if lost is None else str(begins - np.timedelta64(int(lost), "m"))
        made = str(begins - np.timedelta64(int(lead), "m"))
        away = lost is None and rng.random() < 0.1
        rows.append((str(begins.astype("datetime64[D]")), 600, made, gone, away))
    found = learn(books(rows), NOW)
    wanted = np.exp(-(rate * np.diff(EDGES))[:5].sum())
    assert found.stands(30 * 1440.0) == pytest.approx(wanted, abs=0.02)
    low, high = found.no_show_interval()
    assert low < 0.1 < high
    assert found.no_show == pytest.approx(0.1, abs=0.02)


def test_what_is_on_the_books_is_expected_as_it_turns_out():
    venue = simulate.VenueSpec(
        spaces=(simulate.SpaceSpec(name="r", units=3, demand=12.0),), cancels=0.2
    )
    past = pricing.history(venue, date(2025, 1, 1), date(2026, 1, 1), 5)
    half = np.datetime64("2025-07-01T08:00")
    found = learn(past, half)
    begins = past.day.astype("datetime64[m]") + past.start
    gone = past.is_cancelled & (past.cancelled_at <= half)
    on_books = (past.made_at <= half) & (begins > half) & ~gone
    leads = (begins - half)[on_books].astype(np.float64)
    mean, sd = found.comes(leads)
    came = int((on_books & ~past.is_cancelled & ~past.no_show).sum())
    assert len(leads) > 15
    assert abs(came - mean) < 3 * sd + 1
    assert mean < len(leads)


@pytest.mark.parametrize("lead", [np.nan, np.inf])
def test_a_lead_that_is_none_is_refused(lead):
    with pytest.raises(BadInput, match="lead"):
        NOTHING.stands(lead)


def test_who_stands_longer_has_less_to_fear():
    chance = attrition.learn(books([]), NOW).stands(np.linspace(0, 400 * 1440, 50))
    assert (np.diff(chance) < 0).all()
