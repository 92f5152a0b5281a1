"""The worker process: any number, on any machine. `python -m app.worker`"""

from __future__ import annotations

import asyncio
import os

import procrastinate
from flask import Flask

from app import create_app
from app.core import outbox

BEHIND = 10
"""How much nicer than the web a worker is."""


def runner(app: Flask, concurrency: int) -> procrastinate.App:
    """The queue with every job of the features, each run inside an application context."""
    settings = app.config["SETTINGS"]
    conninfo = settings.database_url.replace("postgresql+psycopg://", "postgresql://")
    connector = procrastinate.PsycopgConnector(
        conninfo=conninfo, min_size=1, max_size=concurrency + 2
    )
    queue = procrastinate.App(connector=connector)
    for name in outbox.functions:
        _register(queue, app, name)
    return queue


def _register(queue: procrastinate.App, app: Flask, name: str) -> None:
    @queue.task(name=name, retry=outbox.RETRY)
    def run(*, scope: list[int | None], **arguments: object) -> None:
        with app.app_context():
            outbox.perform(name, scope, arguments)


async def serve(queue: procrastinate.App, concurrency: int) -> None:
    """Work until told to stop; what is running is finished first."""
    async with queue.open_async():
        await queue.run_worker_async(
            concurrency=concurrency,
            wait=True,
            fetch_job_polling_interval=2.0,
            shutdown_graceful_timeout=20,
            delete_jobs="successful",
        )


def main() -> None:
    """Run with two lanes of work, behind the web in the queue for processors: a night of prices
    computes for minutes, and a visitor must not feel it."""
    os.nice(BEHIND)
    app = create_app()
    asyncio.run(serve(runner(app, 2), 2))


if __name__ == "__main__":
    main()
