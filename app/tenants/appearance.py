"""The looks of a venue: a draft, what it will read like, versions that are never erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select

from app.core import audit, clock, outbox, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.tenants import brand
from app.tenants.models import Appearance, Network, Tenant
from app.web import contrast, themes

FACTS = ("theme", "brand", "accent", "radius", "density", "font_pair", "mode")
FILES = ("logo_file", "logo_dark_file")
TEXTS = {"booking_title": 48}
VOICES = ("vous", "tu")
MODES = ("auto", "light", "dark")
SOONEST = dt.timedelta(minutes=5)


class Unfit(Refused):
    """A choice that no page could bear; `field` says which."""

    code = "unfit_looks"


class Unreadable(Refused):
    """Some colours would not be readable: nothing below the legal contrast is published."""

    code = "unreadable"


def locked_keys() -> frozenset[str]:
    """What the network decides for its venues."""
    settings = db.session.scalars(
        select(Network.settings).where(Network.id == tenancy.current().network_id)
    ).one()
    return frozenset(settings.get("locked", ()))


def versions(limit: int = 12) -> Sequence[Appearance]:
    """What was published, the latest first."""
    return db.session.scalars(
        select(Appearance)
        .where(Appearance.published_at.is_not(None))
        .order_by(Appearance.version.desc())
        .limit(limit)
    ).all()


def waiting() -> Appearance | None:
    """The draft, if somebody began one."""
    return db.session.scalars(
        select(Appearance).where(Appearance.published_at.is_(None))
    ).one_or_none()


def draft(by: int | None) -> Appearance:
    """The draft: the one that waits, else a copy of what is online."""
    _lock()
    if (found := waiting()) is not None:
        return found
    online = brand.published(tenancy.tenant_id())
    made = _copy(online, by) if online else blank(by)
    db.session.add(made)
    db.session.flush()  # id and defaults for the preview
    return made


def _lock() -> None:
    """One writer of looks at a time: two versions never get one number.

    Not against those who only point to the tenant: a booking or a solve never waits for looks.
    """
    row = select(Tenant.id).where(Tenant.id == tenancy.tenant_id())
    db.session.execute(row.with_for_update(key_share=True))


def _next() -> int:
    return (db.session.scalar(select(func.max(Appearance.version))) or 0) + 1


def blank(by: int | None = None) -> Appearance:
    """The first theme as it comes, for a venue that never chose."""
    return Appearance(
        version=_next(),
        created_by=by,
        created_at=clock.now(),
        theme="etabli",
        brand=themes.load("etabli").palette.light["brand"],
        density="airy",
        mode="auto",
        texts={},
    )


def _copy(source: Appearance, by: int | None) -> Appearance:
    made = Appearance(version=_next(), created_by=by, created_at=clock.now())
    for name in (*FACTS, *FILES):
        setattr(made, name, getattr(source, name))
    made.texts = dict(source.texts)
    return made


def change(looks: Appearance, wishes: Mapping[str, Any]) -> None:
    """Write wishes into a draft; refuses what a theme cannot bear and what the network locked."""
    locked = locked_keys()
    for name, value in wishes.items():
        if name in locked and value != _held(looks, name):
            raise Unfit(_("Ce réglage est fixé par le réseau."), field=name)
    for name in FACTS:
        if name in wishes:
            setattr(looks, name, wishes[name])
    _check(looks)
    texts = dict(looks.texts)
    for name, longest in TEXTS.items():
        text = " ".join(str(wishes.get(name, texts.get(name, ""))).split())
        if len(text) > longest:
            raise Unfit(_("Ce texte compte au plus %(n)d signes.", n=longest), field=name)
        texts[name] = text
    if wishes.get("voice", "vous") not in VOICES:
        raise Unfit(_("On s’adresse aux clients en « vous » ou en « tu »."), field="voice")
    texts["voice"] = wishes.get("voice", texts.get("voice", "vous"))
    looks.texts = texts
    looks.publish_at = None  # what was to be published is no longer this


def _held(looks: Appearance, name: str) -> Any:
    return looks.texts.get(name) if name in (*TEXTS, "voice") else getattr(looks, name)


def _check(looks: Appearance) -> None:
    """Each seed is checked where it enters; the first that is refused names its field."""
    if looks.theme not in themes.available():
        raise Unfit(_("Ce thème n’existe pas."), field="theme")
    if looks.mode not in MODES:
        raise Unfit(_("Ce mode n’existe pas."), field="mode")
    fields = {"brand": "brand", "accent": "accent", "fonts": "font_pair"}
    fields |= {"radius": "radius", "density": "density"}
    for seed, field in fields.items():
        try:
            checked = themes.Seeds(**{seed: getattr(looks, field)})
        except (ValueError, TypeError) as error:
            raise Unfit(str(error), field=field) from None
        setattr(looks, field, getattr(checked, seed))


def changes(looks: Appearance) -> int:
    """How many things differ from what is online."""
    online = brand.published(tenancy.tenant_id())
    if online is None:
        return len(FACTS)
    facts = [n for n in (*FACTS, *FILES) if getattr(looks, n) != getattr(online, n)]
    here, there = ({"voice": "vous", **look.texts} for look in (looks, online))
    words = [k for k in {*here, *there} if (here.get(k) or "") != (there.get(k) or "")]
    return len(facts) + len(words)


def reports(looks: Appearance) -> dict[contrast.Mode, contrast.Report]:
    """The measured pairs in light and in dark."""
    palette = themes.load(looks.theme).palette
    return {
        mode: contrast.report(looks.brand, looks.accent, palette, mode)
        for mode in ("light", "dark")
    }


def discard() -> None:
    """Forget the draft; what is online stays."""
    _lock()
    db.session.execute(delete(Appearance).where(Appearance.published_at.is_(None)))


def publish(looks: Appearance, by: int | None) -> Appearance:
    """Put a draft online as the next version. Refuses colours that cannot be read."""
    _lock()
    if looks.published_at is not None:
        return looks
    failing = [pair for report in reports(looks).values() for pair in report.failing]
    if failing:
        raise Unreadable(
            _("Certaines couleurs ne se liraient pas : choisissez-en une autre."),
            pairs=[f"{pair.drawn}/{pair.ground}" for pair in failing],
        )
    highest = db.session.scalar(
        select(func.max(Appearance.version)).where(Appearance.published_at.is_not(None))
    )
    looks.version = max(looks.version, (highest or 0) + 1)
    looks.published_at, looks.publish_at = clock.now(), None
    audit.note("appearance.published", f"appearance:{looks.version}", actor_id=by)
    return looks


def schedule(looks: Appearance, at: dt.datetime, by: int | None) -> None:
    """Let a draft go online by itself later; a change of the draft calls it off."""
    if at < clock.now() + SOONEST:
        raise Unfit(_("Choisissez un moment à venir."), field="publish_at")
    looks.publish_at = at
    audit.note("appearance.scheduled", f"appearance:{looks.version}", actor_id=by)
    outbox.defer("tenants.publish", at=at, appearance_id=looks.id, by=by)


def publish_due(appearance_id: int, by: int | None) -> bool:
    """Publish a scheduled draft whose time has come; False when it was called off or changed."""
    _lock()
    looks = db.session.scalars(
        select(Appearance).where(
            Appearance.id == appearance_id, Appearance.publish_at <= clock.now()
        )
    ).one_or_none()
    if looks is None:
        return False
    publish(looks, by)
    return True


def restore(version: int, by: int | None) -> Appearance:
    """Put an earlier version online again, as a new one; nothing is erased."""
    _lock()
    former = db.session.scalars(
        select(Appearance).where(
            Appearance.version == version, Appearance.published_at.is_not(None)
        )
    ).one_or_none()
    if former is None:
        raise Refused(_("Cette version n’existe pas."))
    made = _copy(former, by)
    db.session.add(made)
    made.published_at = clock.now()  # before it is written: only one draft may wait
    audit.note("appearance.restored", f"appearance:{made.version}", actor_id=by, former=version)
    db.session.flush()  # its number is taken from now on
    return made
