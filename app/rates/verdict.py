"""What the night decided and how far it is sure, in the manager's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.i18n import _, euros
from app.rates import halls
from app.rates.models import SolveRun
from app.spaces.models import Space

ENOUGH_DUE = 30
"""Bookings that were due, before what becomes of them is said as a figure."""
CARDS = ("list", "flat", "peak", "lengths")


def percent(value: float) -> str:
    """`+ 3,4 %`, `− 0,2 %`."""
    text = f"{abs(value):.1f}".replace(".", _(","))
    return f"{'−' if value < 0 else '+'}\u00a0{text}\u00a0%"


def learning(run: SolveRun | None) -> tuple[str, str]:
    """How far prices rest on this space's own past: a short state and a sentence."""
    said: Mapping[str, Any] = run.detail if run else {}
    count = int(said.get("requests", 0))
    status = said.get("status", "none")
    if status == "fitted":
        return _("Appris"), _(
            "Prix appris de %(n)d demandes, dont %(quotes)d prix vus.",
            n=count,
            quotes=int(said.get("quotes", 0)),
        )
    if status == "learning":
        return _("Apprentissage"), _(
            "%(n)d demandes connues ; la réponse de vos clients aux prix, pas encore.", n=count
        )
    if status == "prior":
        return _("Apprentissage"), _(
            "Prix calculés à partir d’hypothèses de départ : il n’y a pas encore assez"
            " d’historique pour apprendre."
        )
    return _("À calculer"), _("Pas encore calculés : les prix viennent d’hypothèses de départ.")


def decision(run: SolveRun | None, space: Space) -> str:
    """What is shipped, and what the trial says for it."""
    if space.pricing == "fixed":
        return _("Prix figés : votre grille est vendue telle quelle.")
    said: Mapping[str, Any] = run.detail if run else {}
    if "uplift" not in said:
        return ""
    mean, low, high = (percent(value) for value in said["uplift"])
    blanks = {"mean": mean, "low": low, "high": high}
    if said["dynamic"]:
        return _(
            "Prix mobiles retenus : %(mean)s de recette par rapport à la meilleure grille fixe,"
            " dans nos essais (entre %(low)s et %(high)s).",
            **blanks,
        )
    kept = (
        _("Votre grille est gardée")
        if said["policy"] == "list"
        else _("Une grille fixe, ajustée, est retenue")
    )
    return _(
        "%(kept)s : dans nos essais les prix mobiles ne font pas nettement mieux"
        " (%(mean)s, entre %(low)s et %(high)s).",
        kept=kept,
        **blanks,
    )


def policy_name(policy: str) -> str:
    """A candidate by its name."""
    names = {
        "list": _("Votre grille"),
        "flat": _("Votre grille, montée ou baissée d’un bloc"),
        "peak": _("Heures pleines et heures creuses"),
        "lengths": _("Un tarif par durée"),
        "gap": _("Prix mobiles, par trou libre"),
        "mean_field": _("Prix mobiles, place par place"),
        "layers": _("Prix mobiles, place par place"),
        "layers_light": _("Prix mobiles, place par place, plus doux"),
        "fluid": _("Prix mobiles, recalculés à chaque réservation"),
        "together": _("Prix mobiles, avec les espaces qui partagent ses murs"),
        "frozen": _("Grille figée"),
    }
    if policy.startswith("hybrid"):
        return _("Prix mobiles, mélange %(share)s", share=policy.removeprefix("hybrid_"))
    return names.get(policy, policy)


def notes(run: SolveRun | None) -> list[str]:
    """What went otherwise than usual, and what to do about it."""
    texts = {
        "empty_history": _("Personne n’a encore rien demandé : les prix partent de votre grille."),
        "nothing_on_offer": _(
            "Tout était toujours complet : on ne voit pas combien l’auraient pris."
        ),
        "prices_never_varied": _(
            "Beaucoup de prix vus, tous égaux : laissez-les varier un peu pour apprendre."
        ),
        "prior_conflict": _(
            "Vos clients répondent aux prix tout autrement que d’habitude : regardez votre tarif de"
            " base."
        ),
        "second_method": _("Le calcul habituel n’a pas abouti, un autre plus lent l’a fait."),
    }
    said: Mapping[str, Any] = run.detail if run else {}
    found = [texts[code] for code in said.get("notes", ()) if code in texts]
    return found + _walls(said) + _lost(said)


def _walls(said: Mapping[str, Any]) -> list[str]:
    """What became of the spaces that share its walls: solved together, or why not."""
    walls = said.get("walls")
    if not walls:
        return []
    names = ", ".join(walls["with"])
    if said.get("policy") == "together":
        worth = walls["worth"]
        more = percent(100 * (worth["together"] / max(worth["alone"], 1) - 1))
        return [
            _(
                "Mêmes murs que %(names)s : les prix sont calculés ensemble, %(more)s de recette"
                " par rapport à chacun pour soi, dans nos essais.",
                names=names,
                more=more,
            )
        ]
    reasons = {
        "several": _("plusieurs espaces entiers se recouvrent."),
        "units": _("chaque partie doit être un seul lieu, vendu seul."),
        "rules": _("le pas, les durées et le battement doivent être les mêmes partout."),
        "free": _("l’un d’eux est gratuit."),
        "failed": _("le calcul commun n’a pas abouti."),
    }
    why = reasons.get(walls.get("why", ""), _("ensemble ne rapporte pas nettement plus."))
    return [
        _(
            "Mêmes murs que %(names)s, mais les prix sont calculés chacun pour soi : %(why)s",
            names=names,
            why=why,
        )
    ]


def _lost(said: Mapping[str, Any]) -> list[str]:
    """How many bookings come to nothing, once enough of them were due."""
    if said.get("came", 0) < ENOUGH_DUE:
        return []
    return [
        _(
            "Sur 100 réservations faites une semaine avant, %(lost)d sont annulées ; de celles qui"
            " restent, %(absent)d sur 100 ne viennent pas.",
            lost=said["lost_of_100"],
            absent=said["absent_of_100"],
        )
    ]


def knowledge(run: SolveRun | None) -> str:
    """How well the answer to prices is known, and how far prices follow it."""
    said: Mapping[str, Any] = run.detail if run else {}
    if "slope_sd" not in said:
        return ""
    return _(
        "Réponse aux prix connue à %(sd)d %% près ; les prix font %(trust)d %% du chemin entre"
        " votre grille et le meilleur prix calculé.",
        sd=round(100 * said["slope_sd"]),
        trust=round(100 * said["trust"]),
    )


def outlook(expected: Mapping[str, Any], space: Space, now_cents: int | None) -> str:
    """What a day is expected to bring yet, with the range of nine days in ten."""
    if "hours" not in expected:
        return ""
    if round(expected["hours"][2]) == 0:
        return _("Nous n’attendons plus de vente pour ce jour.")
    figures = _figures(expected, space.vat_bp, now_cents)
    return " ".join(filter(None, (figures, shared_walls(space))))


def _figures(expected: Mapping[str, Any], vat_bp: int, now_cents: int | None) -> str:
    hours, low, high = (f"{round(n)}" for n in expected["hours"])
    gain, least, most = (_net(cents, vat_bp) for cents in expected["gain"])
    blanks = {"hours": hours, "low": low, "high": high, "gain": gain, "least": least, "most": most}
    if expected.get("beside") == "now" and expected.get("then") is not None:
        return _(
            "À %(price)s, nous attendons encore %(hours)s h vendues (entre %(low)s et %(high)s),"
            " soit %(gain)s HT par rapport à %(now)s (entre %(least)s et %(most)s).",
            price=euros(expected["then"]),
            now=euros(now_cents or expected.get("was") or 0),
            **blanks,
        )
    if not any(round(cents / 100) for cents in expected["gain"]):
        return _(
            "Nous attendons encore %(hours)s h vendues (entre %(low)s et %(high)s), pour la même"
            " recette qu’à votre grille, à un euro près.",
            **blanks,
        )
    return _(
        "Nous attendons encore %(hours)s h vendues (entre %(low)s et %(high)s), soit %(gain)s HT"
        " par rapport à votre grille (entre %(least)s et %(most)s).",
        **blanks,
    )


def shared_walls(space: Space) -> str:
    """What to bear in mind of figures about a hall or its part: each is expected to sell as if the
    others sold nothing more. Empty for a space with walls of its own."""
    if halls.of(space) is None:
        return ""
    return _(
        "Les ventes à venir des espaces qui partagent ses murs ne sont pas déduites : lisez ces"
        " chiffres comme un plafond."
    )


def _net(cents: int, vat_bp: int) -> str:
    """Without VAT, signed, in whole euros."""
    net = round(cents * 10_000 / (10_000 + vat_bp) / 100) * 100
    return euros(net, signed=True)
