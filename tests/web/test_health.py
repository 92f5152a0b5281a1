"""What a scraper reads: the platform's host alone, and one count whichever process answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
COUNT_ONE = """
from app.web import health
health.REQUESTS.labels("GET", "/somewhere", 200).inc()
"""
READ = """
from prometheus_client import generate_latest
from app.web import health
print(generate_latest(health.counted()).decode())
"""


def run(code: str, folder: Path) -> str:
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    return done.stdout


def test_processes_count_together(tmp_path: Path) -> None:
    for _ in range(2):
        run(COUNT_ONE, tmp_path)
    told = run(READ, tmp_path)
    assert 'http_requests_total{method="GET",rule="/somewhere",status="200"} 2.0' in told


def test_counts_are_for_the_platform_alone(world: World, client) -> None:
    venue, platform = client(world.a.host), client("plateforme.localhost")
    venue.get("/healthz")
    assert venue.get("/metrics").status_code == 404
    told = platform.get("/metrics")
    assert told.status_code == 200
    assert 'rule="/healthz"' in told.text
