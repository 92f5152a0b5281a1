"""From one brand colour to every role, readable by construction (WCAG 2.2 AA).

Colours move in OKLCH, where lightness can change while the hue a venue chose stays. Formulas:
Björn Ottosson, "A perceptual color space for image processing"; WCAG 2.2 relative luminance.
Nothing is changed silently: `report` says what moved, from what to what, and why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from app.core.i18n import _

Mode = Literal["light", "dark"]
Roles = dict[str, str]
TEXT, MARK = 4.5, 3.0


def _pairs() -> tuple[tuple[str, str, float], ...]:
    grounds = ("bg", "surface", "surface2", "brand_tint")
    heats = ("heat1", "heat2", "heat4", "heat5")
    states = ("ok", "warn", "danger", "info")
    text = [("ink", g) for g in (*grounds, *heats, *(f"{s}_tint" for s in states))]
    text += [("ink2", g) for g in (*grounds, *heats)]
    text += [("brand_ink", g) for g in grounds]
    text += [(s, g) for s in states for g in ("surface", f"{s}_tint")]
    text += [("on_brand", "brand"), ("sel_ink", "sel"), ("on_accent", "accent")]
    text += [("surface", "danger")]
    marks = [("line_strong", "bg"), ("line_strong", "surface"), ("brand_line", "surface")]
    marks += [("focus", "surface"), ("sel_line", "surface")]
    return (*((a, b, TEXT) for a, b in text), *((a, b, MARK) for a, b in marks))


PAIRS = _pairs()
"""The 41 pairs (drawn, ground, minimum) that every theme and every seed must pass."""


@dataclass(frozen=True)
class Palette:
    """A theme's own colours, and which of them marks what is chosen."""

    light: Mapping[str, str]
    dark: Mapping[str, str]
    sel: Literal["brand", "accent"] = "brand"

    def of(self, mode: Mode) -> Mapping[str, str]:
        return self.light if mode == "light" else self.dark


@dataclass(frozen=True)
class Pair:
    drawn: str
    ground: str
    ratio: float
    minimum: float

    @property
    def passes(self) -> bool:
        return self.ratio >= self.minimum


@dataclass(frozen=True)
class Change:
    """A role that could not use the seed as it is, or whose ink had to be chosen."""

    role: str
    before: str
    after: str
    ratio_before: float
    ratio_after: float
    minimum: float

    @property
    def moved(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Report:
    pairs: tuple[Pair, ...]
    changes: tuple[Change, ...]

    @property
    def failing(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if not pair.passes)


def hex_colour(text: str) -> str:
    """`#RGB`, `#RRGGBB` or the same without `#`, as `#rrggbb`; refuses anything else."""
    found = re.fullmatch(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", text.strip())
    if found is None:
        raise ValueError(
            _("« %(colour)s » n’est pas une couleur : écrivez par exemple #005a42.", colour=text)
        )
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(c * 2 for c in digits))


def _linear(colour: str) -> tuple[float, float, float]:
    def channel(at: int) -> float:
        value = int(colour[at : at + 2], 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return channel(1), channel(3), channel(5)


def luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def to_oklch(colour: str) -> tuple[float, float, float]:
    """Lightness 0-1, chroma, hue in radians."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    light = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return light, math.hypot(a, b), math.atan2(b, a)


def _channels(light: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def from_oklch(light: float, chroma: float, hue: float) -> str:
    """The nearest sRGB colour of that lightness and hue: chroma gives way, hue never does."""
    low, high = 0.0, chroma
    if not _shown(light, chroma, hue):
        for _step in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if _shown(light, middle, hue) else (low, middle)
        chroma = low

    def eight_bit(value: float) -> int:
        value = min(max(value, 0.0), 1.0)
        curved = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
        return round(curved * 255)

    return "#{:02x}{:02x}{:02x}".format(*map(eight_bit, _channels(light, chroma, hue)))


def _shown(light: float, chroma: float, hue: float) -> bool:
    return all(-1e-4 <= value <= 1.0001 for value in _channels(light, chroma, hue))


def _worst(colour: str, grounds: Iterable[str]) -> float:
    return min(ratio(colour, ground) for ground in grounds)


def _settle(seed: str, grounds: Iterable[str], minimum: float, mode: Mode) -> str:
    """The seed, or the nearest lightness of the same hue that reads on every ground."""
    grounds = tuple(grounds)
    if _worst(seed, grounds) >= minimum:
        return seed
    light, chroma, hue = to_oklch(seed)
    step = -0.001 if mode == "light" else 0.001
    while 0 <= light <= 1:
        light += step
        colour = from_oklch(min(max(light, 0), 1), chroma, hue)
        if _worst(colour, grounds) >= minimum:
            return colour
    return "#000000" if mode == "light" else "#ffffff"


def _fill(seed: str, inks: tuple[str, ...]) -> tuple[str, str]:
    """A fill and the ink on it: the seed kept when an ink reaches 4.5, else moved the least."""
    light, chroma, hue = to_oklch(seed)
    for step in range(1001):
        for moved in (light - step / 1000, light + step / 1000):
            fill = seed if step == 0 else from_oklch(min(max(moved, 0), 1), chroma, hue)
            ink = next((ink for ink in inks if ratio(ink, fill) >= TEXT), None)
            if ink is not None:
                return fill, ink
    raise AssertionError("black and white inks cannot both fail")


def _tint(seed: str, mode: Mode) -> str:
    _lightness, chroma, hue = to_oklch(seed)
    if mode == "light":
        return from_oklch(0.9325, min(chroma * 0.35, 0.045), hue)
    return from_oklch(0.325, min(chroma * 0.45, 0.06), hue)


def _sel_line(sel: str, surface: str, mode: Mode) -> str:
    light, chroma, hue = to_oklch(sel)
    deeper = light - 0.12 if mode == "light" else light + 0.1
    return _settle(from_oklch(min(max(deeper, 0), 1), chroma, hue), [surface], MARK, mode)


def derive(brand: str | None, accent: str | None, palette: Palette, mode: Mode) -> Roles:
    """Every role of the theme for a venue's seeds; without a seed, the theme's own colours."""
    roles = dict(palette.of(mode))
    inks = ("#ffffff", palette.light["ink"])
    if brand is not None:
        seed = hex_colour(brand)
        roles["brand"], roles["on_brand"] = _fill(seed, inks)
        roles["brand_tint"] = _tint(seed, mode)
        grounds = [roles[name] for name in ("bg", "surface", "surface2", "brand_tint")]
        roles["brand_ink"] = _settle(seed, grounds, TEXT, mode)
        roles["brand_line"] = _settle(seed, grounds[:2], MARK, mode)
    if accent is not None:
        roles["accent"], roles["on_accent"] = _fill(hex_colour(accent), inks)
    if palette.sel == "brand" and brand is not None:
        roles["sel"], roles["sel_ink"] = roles["brand"], roles["on_brand"]
        roles["sel_line"] = _sel_line(roles["brand"], roles["surface"], mode)
    if palette.sel == "accent" and accent is not None:
        roles["sel"], roles["sel_ink"] = roles["accent"], roles["on_accent"]
    return roles


def measure(roles: Mapping[str, str]) -> tuple[Pair, ...]:
    return tuple(Pair(a, b, ratio(roles[a], roles[b]), least) for a, b, least in PAIRS)


def report(brand: str | None, accent: str | None, palette: Palette, mode: Mode) -> Report:
    """The 41 measured pairs, and for each role drawn from a seed the colour before and after."""
    roles = derive(brand, accent, palette, mode)
    changes = []
    if brand is not None:
        seed = hex_colour(brand)
        grounds = [roles[name] for name in ("bg", "surface", "surface2", "brand_tint")]
        for role, against, least in (
            ("brand", [roles["on_brand"]], TEXT),
            ("brand_ink", grounds, TEXT),
            ("brand_line", grounds[:2], MARK),
        ):
            before, after = _worst(seed, against), _worst(roles[role], against)
            changes.append(Change(role, seed, roles[role], before, after, least))
    if accent is not None:
        seed, ink = hex_colour(accent), roles["on_accent"]
        now = roles["accent"]
        changes.append(Change("accent", seed, now, ratio(seed, ink), ratio(now, ink), TEXT))
    return Report(measure(roles), tuple(changes))
