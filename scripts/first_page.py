"""How long from a fresh clone to the first page with a price?  python -m scripts.first_page

Clones this repository to a temporary folder, runs `make demo` there as a visitor would, and asks
the venues' home pages until one shows a price. Prints the seconds; fails past the target.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from scripts.pg import ROOT

TARGET = 60.0
PATIENCE = 300.0
ADDRESS = re.compile(r"http://([a-z0-9.-]+\.localhost):(\d+)")
PRICE = re.compile(r"\d[\d\s\u202f]*(?:,\d\d)?\s*€")


def has_price(host: str, port: str) -> bool:
    """Does the home page of that venue show a price? (`*.localhost` is not in every resolver.)"""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": f"{host}:{port}"})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return bool(PRICE.search(answer.read().decode()))
    except (urllib.error.URLError, OSError):
        return False


def measured(clone: Path) -> tuple[float, str]:
    """Seconds to the first price, and where it was seen."""
    began = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    log = clone.with_suffix(".log")
    clean = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    with (
        log.open("wb") as out,
        subprocess.Popen(["make", "demo"], cwd=clone, stdout=out, stderr=out, env=clean) as demo,
    ):
        try:
            while demo.poll() is None and time.monotonic() - began < PATIENCE:
                for host, port in ADDRESS.findall(log.read_text(errors="replace")):
                    if has_price(host, port):
                        return time.monotonic() - began, host
                time.sleep(0.2)
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait()
            subprocess.run(["make", "--silent", "clean"], cwd=clone, check=True, env=clean)
    waited = time.monotonic() - began
    raise SystemExit(f"no price after {waited:.0f} s:\n{log.read_text(errors='replace')[-3000:]}")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        seconds, host = measured(Path(folder) / "clone")
        print((Path(folder) / "clone.log").read_text(errors="replace"))
    print(f"clone to first priced page: {seconds:.1f} s on {host} (target {TARGET:.0f} s)")
    return 0 if seconds <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
