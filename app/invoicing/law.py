"""Legal texts by date and language: data in law.toml, never strings in code.

A document is given the texts of its day when it is issued and keeps them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.invoicing.parts import Paper

FILE = Path(__file__).with_name("law.toml")
LEGAL = "legal"
"""What terms hold instead of words when penalties follow the legal interest."""
ALWAYS = ("PMD", "PMT", "AAB")


class NoText(LookupError):
    """Nothing is written for this key on this day: a fault of our data, never of a person."""


@dataclass(frozen=True)
class Text:
    """One wording, said from one day to another."""

    key: str
    fr: str
    en: str
    code: str
    since: dt.date
    until: dt.date | None

    def said(self, lang: str) -> str:
        """In a language; French stands for those that we do not write."""
        return self.en if lang == "en" else self.fr


@cache
def texts() -> tuple[Text, ...]:
    """Every wording there is."""
    raw = tomllib.loads(FILE.read_text("utf-8"))["text"]
    return tuple(
        Text(one["key"], one["fr"], one["en"], one.get("code", ""), one["from"], one.get("until"))
        for one in raw
    )


@cache
def version() -> str:
    """Which texts these are, written on each document."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]


def text(key: str, day: dt.date) -> Text:
    """The wording of a day; refuses a day for which there is none."""
    for one in texts():
        if one.key == key and one.since <= day and (one.until is None or day <= one.until):
            return one
    raise NoText(f"{key} on {day}")


@cache
def _figures() -> tuple[tuple[str, dt.date, dt.date | None, int], ...]:
    raw = tomllib.loads(FILE.read_text("utf-8"))["figure"]
    return tuple((one["key"], one["from"], one.get("until"), one["value"]) for one in raw)


def figure(key: str, day: dt.date) -> int:
    """A figure of a day; the oldest that is written stands for the days before it."""
    known = sorted((since, until, value) for name, since, until, value in _figures() if name == key)
    for since, until, value in reversed(known):
        if since <= day and (until is None or day <= until):
            return value
    if known and day < known[0][0]:
        return known[0][2]
    raise NoText(f"{key} on {day}")


def is_confirmed(key: str, day: dt.date) -> bool:
    """Whether the figure of a day was read for that day, and not carried over from before."""
    for one in tomllib.loads(FILE.read_text("utf-8"))["figure"]:
        ends = min(one.get("until", dt.date.max), one.get("confirmed_until", dt.date.max))
        if one["key"] == key and one["from"] <= day <= ends:
            return True
    return False


def is_known(key: str) -> bool:
    """Whether a tax rule may name this text."""
    return any(one.key == key for one in texts())


def notes(paper: Paper, day: dt.date) -> list[tuple[str, str]]:
    """Subject code and words of what a document must say: penalties, recovery costs and discount
    once each, then the option for debits."""
    suffix = "" if paper.buyer.is_business else "_consumer"
    rate = paper.terms.penalty_rate or text("penalty_default", day).said(paper.lang)
    if rate == LEGAL:
        rate = text("penalty_legal", day).said(paper.lang)
    found = []
    for code in ALWAYS:
        key = f"{code}{suffix}" if code != "AAB" else code
        said = text(key, day).said(paper.lang)
        found.append((code, said % {"rate": rate} if "%(rate)s" in said else said))
    if paper.terms.debits and not paper.terms.franchise:
        found.append(("", text("debits", day).said(paper.lang)))
    return found
