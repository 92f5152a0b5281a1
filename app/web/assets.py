"""Static files, packed once as small as they get, at addresses that change with their content so
that they may be kept for ever."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal

import brotli
from flask import Flask, Response, abort, request
from jinja2 import Environment
from werkzeug.security import safe_join

from app.web.policy import ANYWHERE, needs

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"
Coding = Literal["br", "gzip", "identity"]


def pack(content: bytes, coding: Coding) -> bytes:
    """As small as the coding makes it. Takes its time: keep the answer."""
    if coding == "br":
        return bytes(brotli.compress(content, quality=11))
    if coding == "gzip":
        return gzip.compress(content, 9, mtime=0)
    return content


def packed_answer(packed: Callable[[Coding], bytes], mimetype: str) -> Response:
    """What `packed` gives for the smallest coding that this browser reads."""
    found = request.accept_encodings.best_match(("br", "gzip"))
    coding: Coding = "br" if found == "br" else "gzip" if found == "gzip" else "identity"
    answer = Response(packed(coding), mimetype=mimetype)
    answer.vary.add("Accept-Encoding")
    if coding != "identity":
        answer.headers["Content-Encoding"] = coding
    return answer


@lru_cache
def fingerprint(path: str) -> str:
    """Eight digits of the file's hash; a missing file fails the page, not the visitor's eye."""
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:8]


@lru_cache(maxsize=128)
def _packed_file(path: str, coding: Coding) -> bytes:
    return pack((STATIC / path).read_bytes(), coding)


@needs(ANYWHERE)
def static(filename: str) -> Response:
    """One of our own files; kept for ever under the address that `asset` gives."""
    path = safe_join(str(STATIC), filename)
    if path is None or not Path(path).is_file():
        abort(404)
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    answer = packed_answer(lambda coding: _packed_file(filename, coding), kind)
    named = request.args.get("v") == fingerprint(filename)
    answer.headers["Cache-Control"] = FOREVER if named else AN_HOUR
    return answer


def install(env: Environment, root: str = "/static") -> None:
    """Give templates `asset("icons.svg")`."""

    def asset(path: str) -> str:
        return f"{root}/{path}?v={fingerprint(path)}"

    env.globals["asset"] = asset


def serve(app: Flask, root: str = "/static") -> None:
    """Answer for these files."""
    app.add_url_rule(f"{root}/<path:filename>", "static", static)
    install(app.jinja_env, root)
