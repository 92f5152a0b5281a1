"""How prices are steered: what they aim at, how far they go, tried before, undone after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit, clock
from app.core.errors import Refused
from app.core.i18n import _, _n, euros
from app.rates import choose, found, settings, steering, verdict
from app.rates.models import SolveRun, SteeringChange
from app.rates.settings import Wanted
from app.rates.steering import SocialHours, Steering
from app.spaces.models import Space
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("rates_steering", __name__, url_prefix="/gestion/tarifs/reglages")
STEPS = (0, 2, 5, 10, 20)
DAILY = (5, 10, 20, 0)
ROUNDINGS = (1, 10, 50, 100, 500)


@pages.get("")
@needs("rates.see")
def edit() -> Response:
    """The settings of a space, what they cost, and what the last nights made of them."""
    spaces = found.spaces()
    if not spaces:
        return navigation.page("rates/desk_none.html", "rates")
    wanted = request.args.get("espace", type=int)
    space = found.space(wanted) if wanted is not None else spaces[0]
    return _show(space, Wanted.of(space))


def _show(
    space: Space,
    wanted: Wanted,
    status: int = 200,
    fault: Refused | None = None,
    trial: SteeringChange | None = None,
) -> Response:
    good = found.last_run(space.id, good=True)
    state, sentence = verdict.learning(good)
    return navigation.page(
        "rates/desk_steering.html",
        "rates",
        status,
        space=space,
        spaces=[(s.id, s.name) for s in found.spaces()],
        wanted=wanted,
        typed=request.form,
        fault=fault,
        may_edit=actor().can("rates.edit"),
        run=found.last_run(space.id),
        state=state,
        learning=sentence,
        knowledge=verdict.knowledge(good),
        decision=verdict.decision(good, space),
        notes=verdict.notes(good),
        tried=_tried(good),
        curve=_curve(good, wanted.steering),
        options=_options(),
        social_words=[steering.social_words(hours) for hours in wanted.steering.social],
        history=[_told(change, space) for change in settings.history(space)],
        **_trial(trial),
    )


def _options() -> dict[str, list[tuple[Any, str]]]:
    """What the lists of the form offer."""
    return {
        "rounding": [(n, euros(n)) for n in ROUNDINGS],
        "step": [(n, _("%(n)d %% du tarif", n=n) if n else _("Aucun")) for n in STEPS],
        "daily": [(n, f"{n}\u00a0%" if n else _("Sans limite")) for n in DAILY],
        "days": [
            (0, _("lun.")), (1, _("mar.")), (2, _("mer.")), (3, _("jeu.")), (4, _("ven.")),
            (5, _("sam.")), (6, _("dim.")),
        ],
    }  # fmt: skip


def _tried(run: SolveRun | None) -> list[dict[str, Any]]:
    """Every candidate of the last night with what a day was worth, the best first."""
    said = run.detail if run else {}
    worth: dict[str, int] = said.get("worth", {})
    return [
        {
            "name": verdict.policy_name(name),
            "cents": cents // 100 * 100,
            "kept": name == said.get("policy"),
        }
        for name, cents in sorted(worth.items(), key=lambda pair: -pair[1])
    ]


def _curve(run: SolveRun | None, now: Steering) -> dict[str, Any] | None:
    """Revenue against occupancy of a usual day, drawn and as a table, with the point in force."""
    points = (run.detail if run else {}).get("curve") or []
    if len(points) < 2 or points[0]["cents"] <= 0:
        return None
    most = max(point["cents"] for point in points)
    low, high = _span([point["occupancy"] for point in points])

    def spot(point: dict[str, float]) -> tuple[float, float]:
        across = 100 * (point["occupancy"] - low) / (high - low)
        return round(across, 1), round(100 * point["cents"] / most, 1)

    reward = choose.wanted_reward(points, now)
    here = min(points, key=lambda point: abs(point["reward"] - reward))
    x, y = spot(here)
    drawn = sorted(spot(point) for point in points)
    text = _("aujourd’hui : %(n)s occupé", n=_percent(here["occupancy"]))
    return {
        "actual": [p for p in drawn if p[0] <= x],
        "forecast": [p for p in drawn if p[0] >= x],
        "notes": [{"x": min(x + 2, 55), "y": max(y - 14, 6), "strong": True, "text": text}],
        "x_labels": [(20 * n, _percent(low + n * (high - low) / 5)) for n in range(6)],
        "y_labels": [(n, _whole(most * n / 100)) for n in (0, 25, 50, 75, 100)],
        "reach": round(points[-1]["occupancy"]),
        **_curve_words(points, most),
    }


def _curve_words(points: list[dict[str, float]], most: float) -> dict[str, Any]:
    """The curve in one sentence and as a table."""
    rows = [
        [_percent(p["occupancy"]), _whole(p["cents"]), _percent(100 * p["cents"] / most)]
        for p in points
    ]
    return {
        "label": _(
            "Recette d’une journée ordinaire selon l’occupation visée : de %(most)s à %(least)s",
            most=_whole(points[0]["cents"]),
            least=_whole(points[-1]["cents"]),
        ),
        "table": {
            "head": [_("Occupation"), _("Recette du jour TTC"), _("Part du mieux")],
            "rows": rows,
        },
    }


def _whole(cents: float) -> str:
    """Whole euros: what is simulated is not known to the cent."""
    return euros(round(cents / 100) * 100)


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Round bounds around some percentages, never one point."""
    low, high = min(values) // 5 * 5, -(-max(values) // 5) * 5
    return low, max(high, low + 5)


def _percent(value: float) -> str:
    return f"{round(value)}\u00a0%"


def _told(change: SteeringChange, space: Space) -> dict[str, Any]:
    """A change in words, with the way back."""
    applied = change.applied_at or change.created_at
    return {
        "at": applied.astimezone(space.site.zone),
        "said": settings.differences(change.before, change.wanted),
        "undo": url_for("rates_steering.undo", change_id=change.id),
    }


def _trial(trial: SteeringChange | None) -> dict[str, Any]:
    """What a trial says so far."""
    if trial is None:
        return {"trial": None}
    return {
        "trial": trial,
        "result": trial.result,
        "late": settings.gone_since(trial, clock.now()),
        "differences": settings.differences(trial.before, trial.wanted),
        "policy_name": verdict.policy_name,
        "shared_walls": verdict.shared_walls(found.space(trial.space_id)),
        "poll": url_for("rates_steering.tried", change_id=trial.id),
    }


# ── what the form says ───────────────────────────────────────────────────────────────────────


def _number(name: str, otherwise: int) -> int:
    raw = request.form.get(name, "").strip()
    if not raw:
        return otherwise
    if not raw.isdecimal() or len(raw) > 6:
        raise Refused(_("Indiquez un nombre entier."), field=name)
    return int(raw)


def _minute(name: str) -> int:
    try:
        moment = dt.time.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        raise Refused(_("Indiquez une heure, par exemple 08:00."), field="sociales") from error
    return moment.hour * 60 + moment.minute


def _social(now: Sequence[SocialHours]) -> tuple[SocialHours, ...]:
    """The hours that are kept, and the ones that were added."""
    kept = set(request.form.getlist("garder"))
    hours = [one for n, one in enumerate(now) if str(n) in kept]
    days = tuple(sorted({int(raw) for raw in request.form.getlist("jours") if raw.isdigit()}))
    if days:
        percent = _number("part", 60)
        hours.append(SocialHours(days, _minute("de"), _minute("a"), percent))
    return tuple(hours)


def _wanted(space: Space) -> Wanted:
    """What the form asks for; refuses what no price could obey."""
    form, now = request.form, Wanted.of(space)
    return Wanted(
        Steering(
            goal=form.get("objectif", now.steering.goal),
            at_least=_number("occupation", now.steering.at_least),
            social=_social(now.steering.social),
            step=_number("pas", now.steering.step),
            daily=_number("par-jour", now.steering.daily),
            no_drop="sans-baisse" in form,
            explore="essai" in form,
            ask_first="demander" in form,
        ),
        _number("min", now.floor_percent),
        _number("max", now.ceiling_percent),
        _number("arrondi", now.rounding_cents),
        now.pricing,
    )


def _try(space_id: int, work: Callable[[], Response]) -> Response:
    try:
        return work()
    except Refused as error:
        space = found.space(space_id)
        return _show(space, Wanted.of(space), error.status, error)


@pages.post("/<int:space_id>")
@needs("rates.edit")
def save(space_id: int) -> Response:
    """Put the settings in force, for this space or for every one whose prices move."""
    space = found.space(space_id)

    def work() -> Response:
        wanted = _wanted(space)
        targets = [space]
        if "tous" in request.form:
            targets = [s for s in found.spaces() if s.pricing == space.pricing]
        made = edge.act(lambda: _noted(settings.apply(targets, wanted, by=actor().account_id)))
        _said(
            made,
            _n(
                "Réglages appliqués à %(num)s espace.",
                "Réglages appliqués à %(num)s espaces.",
                len(made),
            ),
        )
        return redirect(url_for("rates_steering.edit", espace=space_id))

    return _try(space_id, work)


def _noted(made: list[SteeringChange]) -> list[int]:
    """Write down who steered what; the ids of the changes."""
    for change in made:
        audit.note(
            "rates.steered",
            f"space:{change.space_id}",
            actor_id=actor().account_id,
            change=change.id,
        )
    return [change.id for change in made]


def _said(made: list[int], text: str) -> None:
    if not made:
        navigation.say(_("Rien n’a changé : ces réglages étaient déjà en place."), "warn")
        return
    navigation.say(text, undo=url_for("rates_steering.undo", change_id=made[0]))


@pages.post("/<int:space_id>/essai")
@needs("rates.edit")
def attempt(space_id: int) -> Response:
    """Ask what the settings would do; nothing changes."""
    space = found.space(space_id)

    def work() -> Response:
        wanted = _wanted(space)
        made = edge.act(lambda: settings.attempt(space, wanted, by=actor().account_id).id)
        return redirect(url_for("rates_steering.tried", change_id=made))

    return _try(space_id, work)


@pages.get("/essais/<int:change_id>")
@needs("rates.see")
def tried(change_id: int) -> Response:
    """What a trial says, beside the form that holds it; a fragment for the page that waits."""
    trial = _change(change_id)
    space = found.space(trial.space_id)
    if request.headers.get("HX-Request"):
        return navigation.page("rates/_desk_attempt.html", "rates", space=space, **_trial(trial))
    return _show(space, Wanted.read(trial.wanted), trial=trial)


def _change(change_id: int) -> SteeringChange:
    change = settings.find(change_id)
    if change is None:
        abort(404)
    return change


@pages.post("/essais/<int:change_id>/application")
@needs("rates.edit")
def adopt(change_id: int) -> Response:
    """Put in force what was tried."""
    trial = _change(change_id)
    space = found.space(trial.space_id)

    def work() -> Response:
        wanted = Wanted.read(trial.wanted)
        made = edge.act(lambda: _noted(settings.apply([space], wanted, by=actor().account_id)))
        _said(made, _("Les réglages essayés sont appliqués."))
        return redirect(url_for("rates_steering.edit", espace=space.id))

    return _try(space.id, work)


@pages.post("/<int:change_id>/retour")
@needs("rates.edit")
def undo(change_id: int) -> Response:
    """Go back to what was in force before a change."""
    change = _change(change_id)

    def work() -> Response:
        made = edge.act(lambda: _noted(settings.undo(change_id, by=actor().account_id)))
        _said(made, _("Les réglages d’avant sont de nouveau en place."))
        return redirect(url_for("rates_steering.edit", espace=change.space_id))

    return _try(change.space_id, work)


@pages.post("/<int:space_id>/gel")
@needs("rates.edit")
def freeze(space_id: int) -> Response:
    """Sell at the static card from this moment on: one space, or the whole venue."""
    return _frozen(space_id, frozen=True)


@pages.post("/<int:space_id>/degel")
@needs("rates.edit")
def thaw(space_id: int) -> Response:
    """Let prices move again."""
    return _frozen(space_id, frozen=False)


def _frozen(space_id: int, *, frozen: bool) -> Response:
    space = found.space(space_id)
    targets = list(found.spaces()) if "tous" in request.form else [space]
    made = edge.act(lambda: _noted(settings.freeze(targets, frozen=frozen, by=actor().account_id)))
    _said(
        made,
        _n(
            "%(num)s espace est vendu à la grille.",
            "%(num)s espaces sont vendus à la grille.",
            len(made),
        )
        if frozen
        else _n(
            "Les prix de %(num)s espace bougent de nouveau.",
            "Les prix de %(num)s espaces bougent de nouveau.",
            len(made),
        ),
    )
    return navigation.back(url_for("rates_steering.edit", espace=space_id))
