"""Where a page may send somebody next: inside this very site, nowhere else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import request


def own_path(raw: str | None, otherwise: str = "/") -> str:
    """The path of `raw` when it stays on the asked host; `otherwise` for anything else.

    Browsers read backslashes as slashes, skip tabs and line ends, and take `//x` and `/\\x` for
    another host: whatever is not plainly a path of ours is refused, never repaired.
    """
    if not raw or len(raw) > 2000 or re.search(r"[\x00-\x20\x7f-\x9f\\]", raw):
        return otherwise
    if not re.match(r"/(?!/)|https?://", raw):
        return otherwise
    try:
        parts = urlsplit(raw)
    except ValueError:
        return otherwise
    ours = parts.scheme in ("http", "https") and parts.netloc == request.host
    if (parts.scheme or parts.netloc) and not ours:
        return otherwise
    path = parts.path or "/"
    if not path.startswith("/") or path.startswith("//"):
        return otherwise
    return f"{path}?{parts.query}" if parts.query else path
