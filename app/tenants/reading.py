"""What a brand colour will look like and how well it reads, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.core.i18n import _, lang
from app.tenants.models import Appearance
from app.web import contrast, themes


@dataclass(frozen=True)
class Reading:
    """The rows of the report, the sentence above them, how many of the pairs read."""

    rows: list[dict[str, Any]]
    sentence: str
    passing: int
    total: int
    moved: int
    pairs: list[dict[str, Any]]


def figure(ratio: float) -> str:
    """One decimal, rounded down: 4.49 never reads as 4.5."""
    text = f"{int(ratio * 10) / 10:.1f}"
    return text.replace(".", ",") if lang() == "fr" else text


def read(looks: Appearance) -> Reading:
    """The report of a draft, in light and in dark."""
    palette = themes.load(looks.theme).palette
    rows: list[dict[str, Any]] = []
    moved = 0
    pairs = []
    for mode in contrast.Mode.__args__:  # type: ignore[attr-defined]  # the two words of a Literal
        report = contrast.report(looks.brand, looks.accent, palette, mode)
        roles = contrast.derive(looks.brand, looks.accent, palette, mode)
        moved += sum(change.moved for change in report.changes)
        rows += [_row(change, roles, mode) for change in report.changes]
        pairs += [_pair(pair, mode) for pair in report.pairs]
    passing = sum(pair["passes"] for pair in pairs)
    return Reading(rows, _sentence(rows), passing, len(pairs), moved, pairs)


def _sentence(rows: list[dict[str, Any]]) -> str:
    links = next((row for row in rows if row["role"] == "brand_ink" and row["moved"]), None)
    if links is None:
        return _("Votre couleur se lit partout telle quelle.")
    return _(
        "Votre couleur reste sur les boutons ; les liens utilisent %(colour)s.",
        colour=links["after"],
    )


def _row(change: contrast.Change, roles: contrast.Roles, mode: contrast.Mode) -> dict[str, Any]:
    fill = change.role in ("brand", "accent")
    ground = roles["surface"]
    pairs = [(roles[f"on_{change.role}"], change.after)] if fill else [(change.after, ground)]
    if change.moved and not fill:
        pairs.insert(0, (change.before, ground))
    return {
        "role": change.role,
        "moved": change.moved,
        "after": change.after,
        "title": _title(change.role, mode),
        "text": _words(change),
        "pairs": pairs,
        "ratio": figure(change.ratio_after),
        "before": figure(change.ratio_before) if change.moved else None,
        "minimum": figure(change.minimum),
        "mark": change.role == "brand_line",
    }


def _title(role: str, mode: contrast.Mode) -> str:
    title = {
        "brand": _("Boutons"),
        "brand_ink": _("Liens et titres"),
        "brand_line": _("Traits et contours"),
        "accent": _("Couleur d’accent"),
    }[role]
    return title if mode == "light" else _("%(title)s, mode sombre", title=title)


def _words(change: contrast.Change) -> str:
    if not change.moved:
        return _("votre couleur, telle quelle")
    if change.role == "brand_line":
        return _("%(colour)s, pour qu’on voie le bord des boutons", colour=change.after)
    if change.role == "brand_ink":
        return _("%(colour)s, même teinte. Tel quel, il ne se lit pas", colour=change.after)
    return _("%(colour)s, la teinte la plus proche qui porte un texte", colour=change.after)


def _pair(pair: contrast.Pair, mode: str) -> dict[str, Any]:
    return {
        "name": f"{pair.drawn} / {pair.ground}",
        "mode": _("clair") if mode == "light" else _("sombre"),
        "ratio": figure(pair.ratio),
        "minimum": figure(pair.minimum),
        "passes": pair.passes,
    }
