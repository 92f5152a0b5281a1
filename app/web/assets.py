"""Addresses of our own static files, changed by their content so that they may be kept for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment

STATIC = Path(__file__).parent / "static"


@lru_cache
def fingerprint(path: str) -> str:
    """Eight digits of the file's hash; a missing file fails the page, not the visitor's eye."""
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:8]


def install(env: Environment, root: str = "/static") -> None:
    """Give templates `asset("icons.svg")`."""

    def asset(path: str) -> str:
        return f"{root}/{path}?v={fingerprint(path)}"

    env.globals["asset"] = asset
