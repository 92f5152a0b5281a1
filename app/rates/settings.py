"""Change how a space is steered: tried first, undone later, always written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core import clock, outbox, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.rates import steering
from app.rates.models import SteeringChange, ValueTable
from app.rates.steering import ON_SPACE, Steering
from app.spaces.models import Space
from app.spaces.rules import solve_later

SHOWN = 8


@dataclass(frozen=True)
class Wanted:
    """All that the manager may set for a space."""

    steering: Steering
    floor_percent: int
    ceiling_percent: int
    rounding_cents: int
    pricing: str

    def __post_init__(self) -> None:
        """Refuse a minimum above the base or the maximum, and what no price could be rounded to."""
        for field, value, low, high in (
            ("min", self.floor_percent, 1, 100),
            ("max", self.ceiling_percent, 100, 1000),
        ):
            if not low <= value <= high:
                raise Refused(
                    _("Un nombre entier de %(low)d à %(high)d.", low=low, high=high), field=field
                )
        if self.rounding_cents not in (1, 10, 50, 100, 500):
            raise Refused(_("Cet arrondi n’existe pas."), field="arrondi")
        if self.pricing not in ("dynamic", "fixed"):
            raise Refused(_("Cet objectif n’existe pas."), field="objectif")

    @classmethod
    def of(cls, space: Space) -> Wanted:
        """What is in force."""
        return cls.read(steering.in_force(space))

    @classmethod
    def read(cls, said: dict[str, Any]) -> Wanted:
        """What was kept, back."""
        return cls(steering.read(said["steering"]), *(said[name] for name in ON_SPACE))

    def as_json(self) -> dict[str, Any]:
        """To be kept."""
        return {"steering": self.steering.as_json()} | {n: getattr(self, n) for n in ON_SPACE}

    def put_on(self, space: Space) -> None:
        """Write it on the space."""
        space.steering = self.steering.as_json()
        for name in ON_SPACE:
            setattr(space, name, getattr(self, name))


def apply(
    spaces: Sequence[Space], wanted: Wanted, *, by: int | None, batch: str = ""
) -> list[SteeringChange]:
    """Put settings in force for some spaces; what was before is kept, to go back to.

    Bounds, steps and a freeze hold at once; prices follow their new goal as soon as the job has
    solved them. A space that is already steered so is left alone.
    """
    made, batch = [], batch or words.token()
    for space in spaces:
        before = steering.in_force(space)
        if Wanted.read(before) == wanted:
            continue
        change = SteeringChange(
            space_id=space.id,
            state="applied",
            batch=batch,
            before=before,
            wanted=wanted.as_json(),
            set_by=by,
            applied_at=clock.now(),
        )
        wanted.put_on(space)
        _answer_proposals(space)
        solve_later(space.id)
        db.session.add(change)
        made.append(change)
    db.session.flush()  # ids to go back to
    return made


def _answer_proposals(space: Space) -> None:
    """What was proposed under other settings is proposed no more."""
    for table in db.session.scalars(
        select(ValueTable).where(ValueTable.space_id == space.id, ValueTable.state == "proposed")
    ):
        db.session.delete(table)


def freeze(spaces: Sequence[Space], *, frozen: bool, by: int | None) -> list[SteeringChange]:
    """Sell at the static card from this moment on, or let prices move again."""
    made: list[SteeringChange] = []
    batch = words.token()
    for space in spaces:
        now = Wanted.of(space)
        pricing = "fixed" if frozen else "dynamic"
        wanted = Wanted(
            now.steering, now.floor_percent, now.ceiling_percent, now.rounding_cents, pricing
        )
        made += apply([space], wanted, by=by, batch=batch)
    return made


def undo(change_id: int, *, by: int | None) -> list[SteeringChange]:
    """Go back to what was before a change, for all spaces that it was made for; the way back is a
    change like any other. Refuses one that was never applied."""
    one = find(change_id)
    if one is None or one.state != "applied":
        raise Refused(_("Ces réglages n’ont pas été appliqués."))
    together = db.session.scalars(
        select(SteeringChange).where(
            SteeringChange.batch == one.batch, SteeringChange.state == "applied"
        )
    ).all()
    made: list[SteeringChange] = []
    batch = words.token()
    for change in together:
        space = db.session.scalars(select(Space).where(Space.id == change.space_id)).one()
        made += apply([space], Wanted.read(change.before), by=by, batch=batch)
    return made


def attempt(space: Space, wanted: Wanted, *, by: int | None) -> SteeringChange:
    """Ask what settings would do, and change nothing: a job answers."""
    trial = SteeringChange(
        space_id=space.id,
        batch=words.token(),
        before=steering.in_force(space),
        wanted=wanted.as_json(),
        set_by=by,
        created_at=clock.now(),
    )
    db.session.add(trial)
    db.session.flush()  # id for the job
    outbox.defer("rates.attempt", change_id=trial.id, once=f"attempt:{trial.id}")
    return trial


def find(change_id: int) -> SteeringChange | None:
    """A change of this venue."""
    return db.session.scalars(
        select(SteeringChange).where(SteeringChange.id == change_id)
    ).one_or_none()


def history(space: Space) -> Sequence[SteeringChange]:
    """The last changes that were put in force, newest first."""
    return db.session.scalars(
        select(SteeringChange)
        .where(SteeringChange.space_id == space.id, SteeringChange.state == "applied")
        .order_by(SteeringChange.id.desc())
        .limit(SHOWN)
    ).all()


def differences(before: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """What a change changed, in words."""
    old, new = Wanted.read(before), Wanted.read(wanted)
    said = []
    if old.pricing != new.pricing:
        said.append(_("prix figés sur la grille") if new.pricing == "fixed" else _("prix mobiles"))
    if (old.floor_percent, old.ceiling_percent) != (new.floor_percent, new.ceiling_percent):
        said.append(
            _(
                "de %(low)d à %(high)d %% du tarif de base",
                low=new.floor_percent,
                high=new.ceiling_percent,
            )
        )
    if old.rounding_cents != new.rounding_cents:
        said.append(_("arrondi à %(n)d c", n=new.rounding_cents))
    return said + _steered(old.steering, new.steering)


def _steered(old: Steering, new: Steering) -> list[str]:
    said = []
    if (old.goal, old.at_least) != (new.goal, new.at_least):
        said.append(steering.goal_words(new))
    if old.step != new.step:
        said.append(_("pas de %(n)d %%", n=new.step) if new.step else _("sans pas"))
    if old.daily != new.daily:
        limit = _("au plus %(n)d %% par jour", n=new.daily)
        said.append(limit if new.daily else _("sans limite par jour"))
    for before, now, on, off in (
        (old.no_drop, new.no_drop, _("pas de baisse à 24 h"), _("baisse permise à 24 h")),
        (old.explore, new.explore, _("variation d’essai"), _("sans variation d’essai")),
        (old.ask_first, new.ask_first, _("prix à accepter"), _("prix appliqués seuls")),
    ):
        if before != now:
            said.append(on if now else off)
    if old.social != new.social:
        said.append(", ".join(map(steering.social_words, new.social)) or _("sans heures sociales"))
    return said


def gone_since(trial: SteeringChange, now: dt.datetime) -> bool:
    """Whether a trial has waited so long for its answer that nobody works."""
    return not trial.result and now - trial.created_at > dt.timedelta(minutes=2)
