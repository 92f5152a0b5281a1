"""The record of a price: from what it was reckoned, and that the same comes out again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, jsonify, request, url_for
from werkzeug.wrappers import Response

from app.core.i18n import _
from app.rates import found, replay, rules, words
from app.rates.models import Quote
from app.rates.replay import Replayed
from app.spaces.models import Space
from app.spaces.rules import space as any_space
from app.web import navigation
from app.web.policy import needs

pages = Blueprint("rates_audit", __name__, url_prefix="/gestion/tarifs/prix")


@pages.get("/<quote>")
@needs("rates.see")
def replayed(quote: str) -> Response:
    """A stored price reckoned again: a page, or JSON where that is asked for."""
    said = rules.find(quote)
    space = any_space(said.space_id) if said else None
    if said is None or space is None:
        abort(404)
    done = replay.again(said, space)
    if request.args.get("format") == "json":
        return jsonify(done.as_json())
    return navigation.page(
        "rates/desk_quote.html",
        "rates",
        quote=said,
        space=space,
        done=done,
        verdict=_verdict(done),
        zone=space.site.zone,
        lines=[
            (line.label, line.cents)
            for line in words.lines(said.steps, space, _minutes(said), said.quantity)
        ],
        facts=_facts(said, space),
        why=words.why(said),
        month=found.here(space, said.starts_at.astimezone(space.site.zone).date()),
        json_url=url_for("rates_audit.replayed", quote=quote, format="json"),
    )


def _minutes(quote: Quote) -> int:
    return int((quote.ends_at - quote.starts_at).total_seconds() // 60)


def _verdict(done: Replayed) -> tuple[str, str, str]:
    """What came out: kind, icon, sentence."""
    return {
        "same": ("ok", "check", _("Rejoué : le même prix, au centime près.")),
        "other": ("danger", "triangle-alert", _("Rejoué : un autre prix est sorti.")),
        "said": ("info", "info", _("Ce prix n’a pas été calculé : il a été dit tel quel.")),
        "swept": (
            "warn",
            "info",
            _("La table dont ce prix est venu n’est plus gardée : il ne peut plus être rejoué."),
        ),
    }[done.outcome]


def _facts(quote: Quote, space: Space) -> list[tuple[str, str]]:
    """What the price was reckoned from, in words; nothing of it is about who asked."""
    inputs: dict[str, Any] = quote.inputs
    facts = quote.evidence
    local = quote.created_at.astimezone(space.site.zone)
    listed = [(_("Dit le"), f"{local:%d.%m.%Y %H:%M:%S}")]
    if "lead_hours" in facts:
        listed.append((_("Avant le début"), _("%(n)d h", n=round(facts["lead_hours"]))))
    if "units" in facts:
        listed.append(
            (
                _("Libre à ce moment"),
                _("%(free)d sur %(units)d", free=facts["units_free"], units=facts["units"]),
            )
        )
    if "accept_share" in facts:
        share = round(100 * facts["accept_share"])
        listed.append((_("Part qui accepterait ce prix"), f"{share}\u00a0%"))
    if "policy" in inputs:
        listed.append((_("Règle de prix"), str(inputs["policy"])))
    return [
        *listed,
        (_("Modèle"), quote.model_version),
        (_("Table"), quote.table_version or "–"),
    ]
