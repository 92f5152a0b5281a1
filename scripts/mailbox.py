"""Catch every mail that the demo sends and show it in the browser. Nothing is passed on.

python -m scripts.mailbox --smtp 1025 --web 8025 --keep .demo/mail
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

KEPT = 500
# A mail is a stranger's page: no script, no form, no request; its links open in a tab of their own.
SANDBOX = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' data:; style-src 'unsafe-inline'; font-src data:"
)
OURS = "default-src 'none'; frame-src 'self'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.5rem;vertical-align:top;
border-bottom:1px solid #ccc}iframe{width:100%;height:70vh;border:1px solid #ccc;background:#fff}
pre{white-space:pre-wrap;background:#f4f4f4;color:#111;padding:1rem}:root{color-scheme:light dark}
"""


@dataclass(frozen=True)
class Box:
    """A folder of .eml files, the newest last by name."""

    folder: Path

    def keep(self, raw: bytes) -> None:
        name = f"{time.time_ns():020d}-{secrets.token_hex(3)}"
        (self.folder / f"{name}.part").write_bytes(raw)
        (self.folder / f"{name}.part").rename(self.folder / f"{name}.eml")
        for old in sorted(self.folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)

    def newest_first(self) -> Iterator[tuple[str, EmailMessage]]:
        for path in sorted(self.folder.glob("*.eml"), reverse=True):
            yield path.stem, self.read(path.stem)

    def read(self, name: str) -> EmailMessage:
        """The mail of that name; KeyError when there is none."""
        path = self.folder / f"{name}.eml"
        if not re.fullmatch(r"\d{20}-[0-9a-f]{6}", name) or not path.exists():
            raise KeyError(name)
        return message_from_bytes(path.read_bytes(), policy=policy.default)


class Catcher:
    """What aiosmtpd calls for each message."""

    def __init__(self, box: Box) -> None:
        self.box = box

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd's names
        self.box.keep(envelope.original_content or b"")
        return "250 Kept"


# ── pages ────────────────────────────────────────────────────────────────────────────────────


def page(title: str, body: str) -> bytes:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<main>{body}</main></html>"
    ).encode()


def when(mail: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(str(mail["Date"])).strftime("%Y-%m-%d %H:%M:%S %Z")
    except (TypeError, ValueError):
        return ""


def text_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part else ""


def listing(box: Box) -> bytes:
    rows = "".join(
        f"<tr><td>{escape(when(mail))}<td>{escape(str(mail['To']))}<td>{escape(str(mail['From']))}"
        f'<td><a href="/{name}">{escape(str(mail["Subject"]) or "(no subject)")}</a>'
        for name, mail in box.newest_first()
    )
    empty = "<p>No mail yet: book a room, sign up, or ask for a new password."
    table = f"<table><tr><th>Sent<th>To<th>From<th>Subject{rows}</table>"
    return page("Mail of the demo", f"<h1>Mail of the demo</h1>{table if rows else empty}")


def reading(name: str, mail: EmailMessage) -> bytes:
    heads = "".join(
        f"<tr><th>{label}<td>{escape(str(mail[label]))}"
        for label in ("From", "Reply-To", "To", "Subject", "Date")
        if mail[label]
    )
    files = "".join(
        f'<li><a href="/{name}/file/{number}" download>{escape(part.get_filename() or "file")}</a>'
        f" ({escape(part.get_content_type())})"
        for number, part in enumerate(mail.iter_attachments())
    )
    shown = (
        f'<iframe title="HTML version" src="/{name}/html"'
        ' sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )
    return page(
        str(mail["Subject"]),
        f'<p><a href="/">All mail</a><table>{heads}</table><ul>{files}</ul>'
        f"{shown if text_of(mail, 'html') else ''}<h2>Text version</h2>"
        f"<pre>{escape(text_of(mail, 'plain'))}</pre>"
        f'<p><a href="/{name}/source">Source</a>',
    )


def as_html(name: str, mail: EmailMessage) -> bytes:
    """The HTML version; pictures sent along are served from here, links open in a new tab."""
    body = re.sub(r'(["\'(])cid:([^"\')]+)', rf"\1/{name}/cid/\2", text_of(mail, "html"))
    return f'<base target="_blank">{body}'.encode()


def as_json(box: Box) -> bytes:
    """For the journeys: what was sent to whom, newest first."""
    return json.dumps(
        [
            {
                "id": name,
                "to": str(mail["To"]),
                "subject": str(mail["Subject"]),
                "text": text_of(mail, "plain"),
                "html": text_of(mail, "html"),
            }
            for name, mail in box.newest_first()
        ]
    ).encode()


def piece(mail: EmailMessage, kind: str, which: str) -> tuple[str, bytes]:
    """An attachment by its number or an inner picture by its Content-ID; KeyError when absent."""
    if kind == "file":
        parts = [
            part for number, part in enumerate(mail.iter_attachments()) if str(number) == which
        ]
    else:
        parts = [part for part in mail.walk() if part["Content-ID"] == f"<{which}>"]
    if not parts:
        raise KeyError(which)
    content = parts[0].get_payload(decode=True)
    return parts[0].get_content_type(), content if isinstance(content, bytes) else b""


def answer(box: Box, path: str) -> tuple[str, str, bytes]:
    """Type, policy and body for a path; KeyError when nothing is there."""
    name, _, rest = path.strip("/").partition("/")
    if not name:
        return "text/html; charset=utf-8", OURS, listing(box)
    if name == "messages.json":
        return "application/json", OURS, as_json(box)
    mail = box.read(name)
    kind, _, which = rest.partition("/")
    if not kind:
        return "text/html; charset=utf-8", OURS, reading(name, mail)
    if kind == "html":
        return "text/html; charset=utf-8", SANDBOX, as_html(name, mail)
    if kind == "source":
        return "text/plain; charset=utf-8", OURS, mail.as_bytes()
    content_type, content = piece(mail, kind, which)
    return content_type, SANDBOX, content


def handler(box: Box) -> type[BaseHTTPRequestHandler]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                content_type, rules, body = answer(box, self.path.partition("?")[0])
            except KeyError:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Security-Policy", rules)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Say nothing: the log is for what goes wrong."""

    return Page


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp", type=int, default=1025)
    parser.add_argument("--web", type=int, default=8025)
    parser.add_argument("--keep", type=Path, default=Path(".demo/mail"))
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    box = Box(options.keep)
    catcher = Controller(Catcher(box), hostname="127.0.0.1", port=options.smtp)
    web = ThreadingHTTPServer(("127.0.0.1", options.web), handler(box))
    catcher.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=web.shutdown).start())
    web.serve_forever()
    catcher.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
