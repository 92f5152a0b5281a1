"""What a reading of the books found, in words: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _


@dataclass(frozen=True)
class Told:
    """One break for whoever keeps the accounts: what is said of it, what to do, and where it is in
    the database, for whoever is called to help."""

    said: str
    todo: str
    place: str


def _said() -> dict[str, str]:
    """What each word of `app.ledger.verify.Break` means."""
    return {
        "seal_gone": _("Le sceau d’une écriture a disparu : la chaîne saute un numéro."),
        "seal_changed": _("Le sceau d’une écriture n’est plus celui qui avait été posé."),
        "unknown_key": _("Une écriture est scellée avec une clé que cette installation n’a pas."),
        "entry_gone": _("Une écriture scellée a disparu."),
        "entry_changed": _("Une écriture a été modifiée après avoir été scellée."),
        "line_gone": _("Une ligne d’une écriture scellée a disparu."),
        "line_added": _("Une ligne a été ajoutée à une écriture scellée."),
        "line_changed": _("Une ligne d’une écriture a été modifiée après avoir été scellée."),
        "unsealed": _("Une écriture plus ancienne que les autres n’a jamais été scellée."),
        "cut_off": _("La fin manque : il y avait davantage quand l’ancre du jour a été posée."),
        "not_as_anchored": _(
            "Le contenu ne correspond plus à l’ancre gardée hors de la base : il a été réécrit"
            " depuis, ou la base a été restaurée d’une sauvegarde."
        ),
        "anchor_forged": _("L’ancre gardée hors de la base est illisible ou n’a pas notre sceau."),
        "closure_changed": _("Une clôture ne redonne plus les chiffres qui avaient été clos."),
    }


def _todo(what: str) -> str:
    if what == "unknown_key":
        return _("Remettez l’ancienne clé dans LEDGER_KEYS, à la fin de la liste, puis vérifiez.")
    if what == "anchor_forged":
        return _("Retrouvez le fichier de ce jour dans une copie des ancres, puis vérifiez.")
    if what in ("not_as_anchored", "cut_off"):
        return _(
            "Si une sauvegarde vient d’être restaurée, restaurez-en une plus récente ; sinon,"
            " gardez la base telle quelle et prévenez votre comptable et l’éditeur."
        )
    return _(
        "Gardez la base telle quelle, exportez l’archive de l’année, et prévenez votre comptable"
        " et l’éditeur : une sauvegarde dira ce qui était écrit."
    )


def told(found: Iterable[Mapping[str, Any]]) -> list[Told]:
    """Breaks as a page shows them. A word that nobody knows still says where to look."""
    known = _said()
    return [
        Told(
            known.get(one["what"], _("Un écart avec ce qui était scellé.")),
            _todo(one["what"]),
            place_of(one),
        )
        for one in found
    ]


def place_of(one: Mapping[str, Any]) -> str:
    """Where it is: a document by its number, an entry by its own, a row by its table."""
    table, row, number = str(one["table"]), one["row_id"], one["number"]
    if table.startswith("document"):
        return _("document %(name)s", name=table.removeprefix("document").strip() or row)
    if number and table.startswith("ledger_"):
        return _("écriture n° %(number)s (%(table)s %(row)s)", number=number, table=table, row=row)
    return f"{table} {row}"
