"""The platform's command line: `python -m app …`. Each feature brings its commands in `cli.py`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click

from app import FEATURES


@click.group()
def main() -> None:
    """Networks, venues, imports, checks: what whoever runs the platform does by hand."""


for feature in FEATURES:
    if find_spec(f"app.{feature}") and find_spec(f"app.{feature}.cli"):
        for command in import_module(f"app.{feature}.cli").commands:
            main.add_command(command)

if __name__ == "__main__":
    main(prog_name="python -m app")
