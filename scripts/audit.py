"""Known holes in what we depend on, and secrets in our whole history.

Advisories come from outside. Out of reach, they are said to be UNCHECKED, loudly, and not to be
clean; the exit code is 1 only for something found.
"""

from __future__ import annotations

import json
import subprocess
import sys

from scripts import leaks
from scripts.pg import ROOT

GRAVE = ("high", "critical")


def asked(*command: str) -> tuple[dict[str, object] | None, str]:
    """The tool's answer as JSON, or None and its words."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    words = done.stderr.strip().split("\n")
    reason = next((line for line in words if "rror" in line or "405" in line), words[0])
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return None, reason
    return (answer if isinstance(answer, dict) else None), reason


def unchecked(what: str, why: str) -> int:
    print(f"  UNCHECKED  {what}: the advisory service is out of reach ({why or 'no answer'})")
    return 0


def python_holes(listed: str) -> int:
    """Findings in one lock; any severity counts, the service gives none."""
    tool = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"]
    answer, words = asked(*tool, "-r", listed, "--format", "json", "--progress-spinner", "off")
    packages = answer.get("dependencies", []) if answer else []
    if not isinstance(packages, list) or not packages:
        return unchecked(listed, words)
    skipped = [package for package in packages if "skip_reason" in package]
    if len(skipped) == len(packages):
        return unchecked(listed, str(skipped[0]["skip_reason"]).split(":")[0])
    holes = [(package, hole) for package in packages for hole in package.get("vulns", [])]
    for package, hole in holes:
        fixed = ", ".join(hole["fix_versions"]) or "no version"
        print(f"  HOLE  {package['name']} {package['version']}: {hole['id']}, fixed in {fixed}")
    asked_of = len(packages) - len(skipped)
    print(f"  asked      {listed}: {asked_of} of {len(packages)} packages, {len(holes)} holes")
    return len(holes)


def node_holes() -> int:
    """High and critical findings in the vendored npm packages."""
    try:
        answer, words = asked("npm", "audit", "--json")
    except FileNotFoundError:
        return unchecked("package-lock.json", "npm is not installed")
    if not answer or "vulnerabilities" not in answer:
        return unchecked("package-lock.json", words)
    found = answer["vulnerabilities"]
    holes = found.values() if isinstance(found, dict) else []
    grave = [hole for hole in holes if hole["severity"] in GRAVE]
    for hole in grave:
        print(f"  HOLE  {hole['name']}: {hole['severity']}")
    print(f"  asked      package-lock.json: {len(grave)} high or critical")
    return len(grave)


def main() -> int:
    found = python_holes("requirements.txt") + python_holes("requirements-dev.txt") + node_holes()
    sys.argv.append("--history")
    found += leaks.main()
    print("  searched   the whole history for secrets")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
