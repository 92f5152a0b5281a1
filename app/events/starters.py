"""What an event may start from: the usual hours and words, to be changed at will."""

from __future__ import annotations

from app.core.i18n import _


def starters() -> dict[str, dict[str, str]]:
    """What the form says before anybody typed, by model."""
    return {
        "afterwork": _hours("18:00", "20:30", "30", "40")
        | {
            "titre": _("Afterwork"),
            "chapo-fr": _("Un verre après le travail, pour se rencontrer sans ordre du jour."),
            "programme-fr": _("18:00 Accueil\n18:30 Un membre raconte\n19:00 Un verre"),
            "public": "members",
        },
        "workshop": _hours("14:00", "17:00", "45", "8")
        | {
            "titre": _("Atelier"),
            "chapo-fr": _("On apprend en faisant, en petit groupe, le matériel est sur place."),
            "programme-fr": _("14:00 Accueil et sécurité\n14:20 On fait\n16:45 On range"),
            "rappel": "48",
        },
        "open_day": _hours("10:00", "17:00", "60", "120")
        | {
            "titre": _("Portes ouvertes"),
            "chapo-fr": _(
                "Visitez, essayez, posez vos questions : l’équipe et les membres sont là."
            ),
            "programme-fr": _("10:00 Ouverture\n11:00 Visite guidée\n15:00 Visite guidée"),
        },
    }


def _hours(start: str, end: str, work: str, places: str) -> dict[str, str]:
    """From when to when, minutes of set-up and clear-down, how many."""
    return {
        "debut": start,
        "fin": end,
        "montage": work,
        "rangement": work,
        "places": places,
        "public": "public",
        "rappel": "24",
    }
