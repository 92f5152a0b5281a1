"""Nights that take a second: fewer days, fewer simulated customers, the same road."""

from __future__ import annotations

import pytest

from app.rates import choose, nightly


@pytest.fixture(autouse=True)
def short_nights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "DAYS", 15)
    monkeypatch.setattr(nightly, "PATHS", 6)
    monkeypatch.setattr(choose, "PATHS", {"rooms": 300, "pool": 60})
    monkeypatch.setattr(choose, "CURVE_PATHS", 60)
    nightly._learnt.clear()
