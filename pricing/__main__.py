"""The engine's commands: `python -m pricing bench|backtest|topaloglu|pictures`."""

import argparse
import sys
from pathlib import Path

from . import backtest, topaloglu
from .data import BadInput
from .hotel import FILE

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
    hotel.add_argument("path", type=Path, help="the file, or the folder of the open data sets")
    network = commands.add_parser("topaloglu", help="policies on the public network instances")
    network.add_argument("path", type=Path, help="folder of the instances, or the one around it")
    pictures = commands.add_parser("pictures", help="draw the pictures of pricing/README.md")
    pictures.add_argument(
        "folder", type=Path, nargs="?", default=Path(__file__).parent / "pictures"
    )
    return root


def _inside(path: Path, name: str) -> Path:
    """Return what was named, or what stands under its usual name in a folder of data sets."""
    return path / name if (path / name).exists() else path


def _written(asked: argparse.Namespace) -> str:
    """Return what a command has to say."""
    if asked.command == "bench":
        from . import bench  # noqa: PLC0415 - its peers are development packages

        return bench.run(quick=not asked.full, data=asked.data)[0]
    if asked.command == "pictures":
        from . import pictures  # noqa: PLC0415 - needs the whole engine

        return "\n".join(str(path) for path in pictures.draw(asked.folder))
    if asked.command == "backtest":
        return backtest.report(backtest.run(_inside(asked.path, FILE)))
    return topaloglu.report(topaloglu.run(_inside(asked.path, "topaloglu")))


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it did its work, 1 when it could not read what it was given."""
    asked = parser().parse_args(arguments)
    try:
        text = _written(asked)
    except (OSError, UnicodeDecodeError, BadInput) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
