"""The lock holds what is asked for, by hash, and names no registry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("requirements", "requirements-dev", "requirements-uv")


def wanted(name: str) -> set[str]:
    """Packages of an .in file and of those it includes, in the spelling of locks."""
    found: set[str] = set()
    for line in (ROOT / f"{name}.in").read_text().splitlines():
        if line.startswith("-r "):
            found |= wanted(line.removeprefix("-r ").removesuffix(".in"))
        elif match := re.match(r"[A-Za-z0-9._-]+", line):
            found.add(re.sub(r"[-_.]+", "-", match.group()).lower())
    return found


def locked(name: str) -> dict[str, int]:
    """Each package of a lock with its number of hashes."""
    text = (ROOT / f"{name}.txt").read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    return {
        match.group(1): entry.count("--hash=sha256:")
        for entry in entries
        if (match := re.match(r"([a-z0-9-]+)(?:\[[a-z,]+\])?==", entry))
    }


@pytest.mark.parametrize("name", LISTS)
def test_what_is_asked_for_is_locked(name: str) -> None:
    assert wanted(name) - set(locked(name)) == set(), "run make lock"


@pytest.mark.parametrize("name", LISTS)
def test_every_version_has_its_hashes(name: str) -> None:
    assert locked(name)
    assert all(locked(name).values())


@pytest.mark.parametrize("name", LISTS)
def test_no_registry_is_named(name: str) -> None:
    assert "://" not in (ROOT / f"{name}.txt").read_text()


def test_the_product_and_its_tools_agree_on_versions() -> None:
    pins = re.compile(r"^([a-z0-9-]+(?:\[[a-z,]+\])?==\S+)", re.MULTILINE)
    product = set(pins.findall((ROOT / "requirements.txt").read_text()))
    assert product
    assert product <= set(pins.findall((ROOT / "requirements-dev.txt").read_text()))
