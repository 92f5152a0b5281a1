"""What a web process leaves unloaded, so that it stays light."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "boto3", "scipy.optimize", "scipy.stats", "highspy", "pricing.estimation", "apscheduler",
    "saxonche", "facturx", "lxml",
)  # fmt: skip
ASK = """
import sys
from app import create_app
from app.config import Settings
create_app(Settings(database_url="postgresql+psycopg://nobody@localhost/none", secret_key="s" * 64))
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Modules of a process that made the application and answered nothing yet."""
    told = subprocess.run(
        [sys.executable, "-c", ASK], check=True, capture_output=True, text=True, timeout=120
    )
    return set(told.stdout.split())


@pytest.mark.parametrize("name", HEAVY)
def test_a_web_process_does_without(name: str, loaded: set[str]) -> None:
    assert "app.rates.view" in loaded
    assert name not in loaded
