"""Do the migrations build just what the models say? Asked on an empty database of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from psycopg import sql

from scripts import pg

SCRATCH = "coulisse_schema_check"


def alembic(*words: str, url: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        cwd=pg.ROOT,
        env=os.environ | {"OWNER_DATABASE_URL": url},
        check=False,
    ).returncode


def main() -> int:
    cluster = pg.Cluster(pg.ROOT / ".pg-test", fast=True)
    found_running = cluster.answers()
    pg.start(cluster)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(SCRATCH))
    create = sql.SQL("CREATE DATABASE {} OWNER {}").format(
        sql.Identifier(SCRATCH), sql.Identifier(pg.OWNER)
    )
    url = cluster.url(pg.OWNER).removesuffix(pg.DATABASE) + SCRATCH
    try:
        with cluster.connect() as connection:
            connection.execute(drop)
            connection.execute(create)
        return alembic("upgrade", "head", url=url) or alembic("check", url=url)
    finally:
        with cluster.connect() as connection:
            connection.execute(drop)
        if not found_running:
            pg.stop(cluster)


if __name__ == "__main__":
    sys.exit(main())
