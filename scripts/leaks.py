"""Are there secrets in the tree, or with --history in anything that was ever committed?

`.secrets.baseline` names what a person looked at and found harmless, by its hash and its file.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from detect_secrets.core import scan
from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / ".secrets.baseline"
# Locks are full of hashes, and vendored or drawn files hold nothing of ours.
SKIPPED = re.compile(
    r"(^|/)(requirements.*\.txt|package-lock\.json|\.secrets\.baseline|vendor/.*"
    r"|[^/]*\.min\.js|[^/]*\.(svg|png|jpg|webp|woff2|ico|pdf|csv|po))$"
)

# Passwords in samples and tests open nothing; real keys are looked for there all the same.
SAMPLES = ("tests/", "app/demo/")


def git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, check=True, capture_output=True, text=True, errors="replace"
    ).stdout


def tracked() -> Iterator[tuple[str, Path]]:
    for name in git("ls-files", "-z").split("\0"):
        if name and not SKIPPED.search(name) and (ROOT / name).is_file():
            yield name, ROOT / name


def ever_committed(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each version of each file in the whole history, written out once."""
    for line in git("rev-list", "--objects", "--all").splitlines():
        blob, _, name = line.partition(" ")
        if not name or SKIPPED.search(name) or git("cat-file", "-t", blob).strip() != "blob":
            continue
        copy = folder / blob[:12] / Path(name).name
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(git("cat-file", "blob", blob))
        yield name, copy


def harmless() -> set[tuple[str, str]]:
    known = json.loads(BASELINE.read_text())["results"]
    return {(name, found["hashed_secret"]) for name, many in known.items() for found in many}


def leaks(files: Iterator[tuple[str, Path]]) -> list[tuple[str, PotentialSecret]]:
    reviewed = harmless()
    settings = {
        key: json.loads(BASELINE.read_text())[key] for key in ("plugins_used", "filters_used")
    }
    with transient_settings(settings):
        return [
            (name, found)
            for name, path in files
            for found in scan.scan_file(str(path))
            if (name, found.secret_hash) not in reviewed
            and not (found.type == "Secret Keyword" and name.startswith(SAMPLES))
        ]


def main() -> int:
    if "--history" in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            found = leaks(ever_committed(Path(folder)))
    else:
        found = leaks(tracked())
    for name, secret in found:
        print(f"{name}:{secret.line_number}: {secret.type}")
    if found:
        print("Remove each, or after a look: detect-secrets scan --baseline .secrets.baseline")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
