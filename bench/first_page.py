"""From a fresh clone to the first page with a price: `scripts.first_page`, as a visitor does it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

from bench.table import Row, at_most
from scripts.first_page import TARGET
from scripts.pg import ROOT


def figures() -> Iterator[Row]:
    """The seconds that it says."""
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.first_page"],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as measuring:
        try:
            said = measuring.communicate(timeout=380)[0]
        finally:
            measuring.terminate()  # it stops its demo
    found = re.search(r"first priced page: ([\d.]+) s", said)
    if found is None:
        raise RuntimeError(said[-300:])
    yield at_most("clone to first priced page", float(found[1]), TARGET, "s")
