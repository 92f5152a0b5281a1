"""Words as people search for them: without case or accents, so that no database extension is."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Collection

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U: read aloud and typed by hand


def fold(text: str) -> str:
    """Lower case, no accents, single blanks."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in bare if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", kept).strip()


JOINERS = "\u200c\u200d"  # inside Persian words, and inside one emoji of several


def one_line(text: str, most: int) -> str:
    """What was typed into a line, without what no reader sees: breaks, controls, marks that turn
    the direction of all that follows. What joins letters or emojis stays between them."""
    kept = ("".join(c for c in word if c.isprintable() or c in JOINERS) for word in text.split())
    return " ".join(filter(None, kept))[:most].strip(f"{JOINERS} ")


def slug(text: str) -> str:
    """A name as a part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-") or "x"


def free_slug(text: str, taken: Collection[str]) -> str:
    """The same, numbered when others have it."""
    wanted, number = slug(text), 2
    free = wanted
    while free in taken:
        free, number = f"{wanted}-{number}", number + 1
    return free


def short_code(length: int = 6) -> str:
    """A code that people can read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def token() -> str:
    """A secret for an address: 160 bits, URL-safe."""
    return secrets.token_urlsafe(20)
