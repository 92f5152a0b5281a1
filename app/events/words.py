"""What audiences, states and models are called; the words of an event in the page's language."""

from __future__ import annotations

import re

from app.core.i18n import _, lang
from app.core.slots import local_day
from app.core.words import fold
from app.events.models import Event
from app.spaces.models import Site

KINDS = {"draft": "warn", "published": "ok", "cancelled": "danger"}
ICONS = {"draft": "pencil", "published": "circle-check", "cancelled": "x"}
LINE = re.compile(r"^(\d{1,2})\s*[:hH]\s*(\d{2})?\s*[-–,:]?\s*(.*)$")


def audiences() -> dict[str, str]:
    """Who sees it."""
    return {
        "public": _("Tout le monde"),
        "members": _("Les membres"),
        "companies": _("Des entreprises invitées"),
    }


def states() -> dict[str, str]:
    """Where it stands."""
    return {"draft": _("Brouillon"), "published": _("Publié"), "cancelled": _("Annulé")}


def models() -> dict[str, str]:
    """What an event may start from."""
    return {
        "afterwork": _("Afterwork"),
        "workshop": _("Atelier"),
        "open_day": _("Portes ouvertes"),
    }


def text(event: Event, name: str, language: str | None = None) -> str:
    """`title`, `lead`, … in a language, else in the other one."""
    first = language or lang()
    other = "en" if first == "fr" else "fr"
    return str(getattr(event, f"{name}_{first}") or getattr(event, f"{name}_{other}"))


def spoken(event: Event) -> dict[str, str]:
    """The language that each text of a page is really in: screen readers must not guess."""
    here = lang()
    other = "en" if here == "fr" else "fr"
    names = ("title", "lead", "description", "programme", "access")
    return {name: here if getattr(event, f"{name}_{here}") else other for name in names}


def title(event: Event, language: str | None = None) -> str:
    """What it is called."""
    return text(event, "title", language)


def programme(event: Event) -> list[tuple[str, str, str]]:
    """The lines that were typed: hour, what, where or with whom (after a bar)."""
    found = []
    for raw in text(event, "programme").splitlines():
        line = raw.strip()
        if not line:
            continue
        matched = LINE.match(line)
        hour = f"{int(matched[1]):02d}:{matched[2] or '00'}" if matched else ""
        what, _bar, more = (matched[3] if matched else line).partition("|")
        found.append((hour, what.strip(), more.strip()))
    return found


def paragraphs(event: Event, name: str) -> list[str]:
    """A longer text, cut where a line was left empty."""
    parts = re.split(r"\n\s*\n", text(event, name).replace("\r\n", "\n"))
    return [part.strip() for part in parts if part.strip()]


def searchable(text_: str) -> list[str]:
    """The words of a search."""
    return fold(text_).split()


def is_one_day(event: Event, site: Site) -> bool:
    """Whether it begins and ends on one day of the venue's calendar."""
    return local_day(event.starts_at, site.zone) == local_day(event.ends_at, site.zone)
