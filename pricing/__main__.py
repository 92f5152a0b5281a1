"""The engine's commands: `python -m pricing bench|backtest|topaloglu|pictures`."""

import argparse
import sys
from pathlib import Path

from . import backtest, topaloglu

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    root = argparse.ArgumentParser(prog="python -m pricing", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)
    bench = commands.add_parser("bench", help="every target, its figure and its reference")
    length = bench.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="under two minutes (the default)")
    length.add_argument("--full", action="store_true", help="under an hour, smaller errors")
    bench.add_argument("--data", type=Path, default=DATA, help="folder of the open data sets")
    hotel = commands.add_parser("backtest", help="forecast table on the open hotel file")
    hotel.add_argument("path", type=Path)
    network = commands.add_parser("topaloglu", help="policies on the public network instances")
    network.add_argument("folder", type=Path)
    pictures = commands.add_parser("pictures", help="draw the pictures of pricing/README.md")
    pictures.add_argument(
        "folder", type=Path, nargs="?", default=Path(__file__).parent / "pictures"
    )
    return root


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it did its work, 1 when a file was missing."""
    asked = parser().parse_args(arguments)
    if asked.command == "bench":
        from . import bench  # noqa: PLC0415 - its peers are development packages

        text, _ = bench.run(quick=not asked.full, data=asked.data)
    elif asked.command == "pictures":
        from . import pictures  # noqa: PLC0415 - needs the whole engine

        text = "\n".join(str(path) for path in pictures.draw(asked.folder))
    else:
        path = asked.path if asked.command == "backtest" else asked.folder
        if not path.exists():
            sys.stderr.write(f"{path}: no such file\n")
            return 1
        text = (
            backtest.report(backtest.run(path))
            if asked.command == "backtest"
            else topaloglu.report(topaloglu.run(path))
        )
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
