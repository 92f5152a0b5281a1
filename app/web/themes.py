"""Theme packages and the one stylesheet a venue is served.

A package is deployer code: `theme.toml`, `tokens.toml`, `theme.css`, `templates/`, `static/`.
A venue brings seeds only, never CSS; each is checked here before it reaches a stylesheet.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader

from app.core.i18n import _
from app.web import assets, contrast

APP = Path(__file__).resolve().parents[1]
PACKAGES = APP.parent / "themes"
CORE = APP / "web"
ASSETS = "/themes"
"""Where the application serves `themes/<name>/static/`; see `asset`."""

LAYERS = "@layer reset, tokens, base, components, screens, theme, tenant;"
OVERRIDABLE = frozenset(
    {"public/_header.html", "public/_footer.html", "public/_hero.html", "macros/empty.html"}
)
"""The only core templates a theme may replace: price, tax, terms, pay and errors are not here."""

Density = Literal["airy", "tight"]
Sheet = Literal["public", "desk"]
"""Who reads a page: visitors and coworkers, or the people behind the desk and the operator."""

# Fonts that a device has already, by the name its stand-in carries: Apple and Microsoft have
# Arial, Android has Roboto, a bare Linux has DejaVu. Plain and bold.
LOCAL_FONTS = {
    "arial": (("Arial", "Liberation Sans"), ("Arial Bold", "Liberation Sans Bold")),
    "roboto": (("Roboto",), ("Roboto Bold",)),
    "dejavu": (("DejaVu Sans",), ("DejaVu Sans Bold",)),
}


class UnusableTheme(ValueError):
    """A theme package that breaks the contract of its API version."""


@dataclass(frozen=True)
class Face:
    family: str
    file: str
    weight: str
    fallback: MappingProxyType[str, Any]
    strong: MappingProxyType[str, Any]


@dataclass(frozen=True)
class Fonts:
    label: str
    title: str
    text: str
    faces: tuple[Face, ...]


@dataclass(frozen=True, eq=False)
class Theme:
    """One theme package, read and checked."""

    name: str
    title: str
    version: str
    folder: Path
    parents: tuple[str, ...]
    palette: contrast.Palette
    shape: MappingProxyType[str, str]
    fonts: Fonts
    slots: frozenset[str]
    radius: tuple[int, int]

    @property
    def css(self) -> str:
        file = self.folder / "theme.css"
        return file.read_text("utf-8") if file.exists() else ""


@dataclass(frozen=True)
class Seeds:
    """What a venue chooses. None means: as the theme has it. Refuses what a theme cannot bear."""

    brand: str | None = None
    accent: str | None = None
    fonts: str | None = None
    radius: int | None = None
    density: Density | None = None

    def __post_init__(self) -> None:
        for name in ("brand", "accent"):
            if (colour := getattr(self, name)) is not None:
                object.__setattr__(self, name, contrast.hex_colour(colour))
        if self.fonts is not None and self.fonts not in available():
            raise ValueError(_("Police inconnue : %(name)s.", name=self.fonts))
        if self.radius is not None and not 0 <= int(self.radius) <= 20:
            raise ValueError(_("L’arrondi va de 0 à 20 px."))
        if self.density not in (None, "airy", "tight"):
            raise ValueError(_("Densité inconnue : %(name)s.", name=self.density))


def available() -> tuple[str, ...]:
    """Names of the themes a venue may choose."""
    files = sorted(PACKAGES.glob("*/theme.toml"))
    return tuple(f.parent.name for f in files if not _toml(f).get("abstract", False))


@lru_cache
def load(name: str) -> Theme:
    """The theme of that name; refuses an unknown one and one that breaks the contract."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name not in available():
        raise UnusableTheme(f"unknown theme: {name!r}")
    about = _toml(PACKAGES / name / "theme.toml")
    if about.get("api") != 1:
        raise UnusableTheme(f"{name}: written for theme API {about.get('api')}, this is 1")
    parents = _parents(about)
    tokens = [_tokens(parent) for parent in (*reversed(parents), name)]
    shape = {key: value for part in tokens for key, value in part["shape"].items()}
    own = tokens[-1]
    slots = frozenset(about.get("slots", ()))
    _check(name, slots)
    palette = contrast.Palette(own["light"], own["dark"], about["derive"]["sel"])
    low, high = about["settings"]["radius"]
    return Theme(
        name,
        about["title"],
        about["version"],
        PACKAGES / name,
        parents,
        palette,
        MappingProxyType(shape),
        _fonts(about["fonts"]),
        slots,
        (low, high),
    )


def stylesheet(theme: Theme, seeds: Seeds = Seeds(), sheet: Sheet = "public") -> tuple[str, str]:
    """The whole CSS of a venue's pages of that kind, and its hash (12 hex digits) for an
    immutable address. A page needs one of them, never both."""
    return _stylesheet(theme, seeds, sheet)


def packed_stylesheet(theme: Theme, seeds: Seeds, sheet: Sheet, coding: assets.Coding) -> bytes:
    """The same, as it travels."""
    return _packed_stylesheet(theme, seeds, sheet, coding)


def asset(name: str, file: str) -> Path | None:
    """The file behind `/themes/<name>/<file>`, or None. Fonts and pictures only, no way out."""
    if name not in available() or not re.fullmatch(r"[\w-]+\.(woff2|svg|png|webp)", file):
        return None
    path = PACKAGES / name / "static" / file
    return path if path.is_file() else None


def loader(name: str) -> BaseLoader:
    """Templates of the theme, then of its parents, then the core ones (also as `core/…`)."""
    theme = load(name)
    core = FileSystemLoader(CORE / "templates")
    own = [FileSystemLoader(PACKAGES / n / "templates") for n in (theme.name, *theme.parents)]
    return ChoiceLoader([*own, core, PrefixLoader({"core": core})])


def colours(theme: Theme, seeds: Seeds, mode: contrast.Mode) -> contrast.Roles:
    """The 31 colours of a venue as hex, for mails, PDF and the web manifest."""
    return contrast.derive(seeds.brand, seeds.accent, theme.palette, mode)


def shape(theme: Theme, seeds: Seeds) -> dict[str, str]:
    """Corners and spaces of a venue, for mails, which know no variables."""
    return {**theme.shape, **_own_shape(theme, seeds)}


def forget() -> None:
    """Read packages and sheets again; for work on a theme, and for tests."""
    load.cache_clear()
    _stylesheet.cache_clear()
    _packed_stylesheet.cache_clear()


@lru_cache(maxsize=512)
def _packed_stylesheet(theme: Theme, seeds: Seeds, sheet: Sheet, coding: assets.Coding) -> bytes:
    return assets.pack(_stylesheet(theme, seeds, sheet)[0].encode(), coding)


@lru_cache(maxsize=512)
def _stylesheet(theme: Theme, seeds: Seeds, sheet: Sheet) -> tuple[str, str]:
    screens = [CORE / f"css/{sheet}.css", *sorted(APP.glob("*/static/screens.css"))]
    screens += [*sorted(APP.glob(f"*/static/{sheet}.css")), CORE / "css/media.css"]
    quarters = _quarters() if sheet == "desk" else ""
    parts = [
        LAYERS,
        _layer("reset", _core("reset")),
        _layer("tokens", _tokens_css(theme)),
        _layer("base", _core("base")),
        _layer("components", _core("components")),
        _layer("screens", "\n".join(file.read_text("utf-8") for file in screens) + quarters),
        _layer("theme", theme.css),
        _layer("tenant", _tenant_css(theme, seeds)),
    ]
    css = _font_faces(load(seeds.fonts) if seeds.fonts else theme) + _small("\n".join(parts))
    return css, hashlib.sha256(css.encode()).hexdigest()[:12]


def _quarters() -> str:
    """Where things stand on the day: start and length in quarter hours, hours shown. Classes,
    because a strict policy lets no page place things by itself."""
    starts = (f".x{n}{{grid-column-start:{n + 1}}}" for n in range(97))
    spans = (f".w{n}{{grid-column-end:span {n}}}" for n in range(1, 97))
    hours = (f".hours-{n}{{--q:{n * 4}}}" for n in range(1, 25))
    return "".join((*starts, *spans, *hours))


def _toml(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


def _parents(about: dict[str, Any]) -> tuple[str, ...]:
    chain: list[str] = []
    while (parent := about.get("extends")) is not None:
        if parent in chain or not (PACKAGES / parent / "theme.toml").exists():
            raise UnusableTheme(f"{about['name']}: cannot extend {parent!r}")
        chain.append(parent)
        about = _toml(PACKAGES / parent / "theme.toml")
    return tuple(chain)


def _tokens(name: str) -> dict[str, dict[str, str]]:
    raw = _toml(PACKAGES / name / "tokens.toml")
    shape = {**raw.get("shape", {}), **raw.get("type", {}), **raw.get("space", {})}
    return {"light": raw.get("light", {}), "dark": raw.get("dark", {}), "shape": shape}


def _fonts(raw: dict[str, Any]) -> Fonts:
    faces = (
        Face(
            f["family"],
            f["file"],
            f["weight"],
            MappingProxyType(f["fallback"]),
            MappingProxyType(f.get("strong", {})),
        )
        for f in raw["faces"]
    )
    return Fonts(raw["label"], raw["title"], raw["text"], tuple(faces))


def _check(name: str, slots: frozenset[str]) -> None:
    templates = PACKAGES / name / "templates"
    found = {str(f.relative_to(templates)) for f in templates.rglob("*.html")}
    if protected := (found | slots) - OVERRIDABLE:
        raise UnusableTheme(f"{name}: may not replace {', '.join(sorted(protected))}")
    if undeclared := found - slots:
        raise UnusableTheme(f"{name}: slots must name {', '.join(sorted(undeclared))}")


def _core(part: str) -> str:
    return (CORE / f"css/{part}.css").read_text("utf-8")


def _layer(name: str, css: str) -> str:
    return f"@layer {name} {{\n{css}\n}}"


def _small(css: str) -> str:
    """Without comments and idle blanks; the sources stay readable."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r"\s*([{};])\s*", r"\1", css).replace(";}", "}").strip() + "\n"


def _variables(values: dict[str, str] | MappingProxyType[str, str]) -> str:
    return "".join(f"--{key.replace('_', '-')}:{value};" for key, value in values.items())


def _modes(light: dict[str, str], dark: dict[str, str]) -> str:
    """Light, dark by preference, either one forced by `data-mode`; paper is always light."""
    night = f"color-scheme:dark;{_variables(dark)}"
    return (
        f":root,[data-mode=light]{{color-scheme:light;{_variables(light)}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-mode=light]){{{night}}}}}"
        f"@media screen{{[data-mode=dark]{{{night}}}}}"
    )


def _stack(fonts: Fonts) -> str:
    """Each family, then its stand-ins, then whatever there is. `plain` is for those who asked to
    save data: nothing is fetched for it."""
    css = ""
    for use, family in (("title", fonts.title), ("text", fonts.text)):
        plain = ",".join((*(f'"{family} {name}"' for name in LOCAL_FONTS), "system-ui,sans-serif"))
        css += f'--font-plain-{use}:{plain};--font-{use}:"{family}",var(--font-plain-{use});'
    return css


def _tokens_css(theme: Theme) -> str:
    root = f":root{{{_variables(theme.shape)}{_stack(theme.fonts)}}}"
    return root + _modes(dict(theme.palette.light), dict(theme.palette.dark))


def _own_shape(theme: Theme, seeds: Seeds) -> dict[str, str]:
    shape: dict[str, str] = {}
    if seeds.radius is not None:
        pill = theme.shape["button_radius"] == "999px" and seeds.radius >= 8
        shape = {
            "radius_s": f"{round(seeds.radius * 9 / 13)}px",
            "radius_m": f"{seeds.radius}px",
            "radius_l": f"{round(seeds.radius * 20 / 13)}px",
            "button_radius": "999px" if pill else f"{seeds.radius}px",
        }
    if seeds.density == "tight":
        shape |= {"pad": "1rem", "gap": "1rem"}
    return shape


def _tenant_css(theme: Theme, seeds: Seeds) -> str:
    shape = _own_shape(theme, seeds)
    css = f":root{{{_variables(shape)}}}" if shape else ""
    if seeds.fonts:
        css += f":root{{{_stack(load(seeds.fonts).fonts)}}}"
    css += "[data-plain]{--font-title:var(--font-plain-title);--font-text:var(--font-plain-text)}"
    if seeds.brand or seeds.accent:
        light, dark = (_changed(theme, seeds, mode) for mode in contrast.Mode.__args__)  # type: ignore[attr-defined]
        css += _modes(light, dark)
    return css


def _changed(theme: Theme, seeds: Seeds, mode: contrast.Mode) -> dict[str, str]:
    own = theme.palette.of(mode)
    return {k: v for k, v in colours(theme, seeds, mode).items() if own[k] != v}


def _asset_url(theme: Theme, file: str) -> str:
    data = (theme.folder / "static" / file).read_bytes()
    return f"{ASSETS}/{theme.name}/{file}?v={hashlib.sha256(data).hexdigest()[:8]}"


def _font_faces(theme: Theme) -> str:
    css = ""
    for face in theme.fonts.faces:
        css += (
            f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};'
            f'font-display:swap;src:url("{_asset_url(theme, face.file)}") format("woff2")}}'
        )
        css += "".join(_stand_in(face, name) for name in LOCAL_FONTS)
    return css + "\n"


def _stand_in(face: Face, name: str) -> str:
    """A local font stretched to the widths of a face; twice when the face is also set in bold."""
    plain, bold = LOCAL_FONTS[name]
    found = [(bold if face.fallback["bold"] else plain, face.fallback[name], "")]
    if face.strong:
        found.append((bold, face.strong[name], "font-weight:500 900;"))
    css = ""
    for local, (size, ascent, descent), weight in found:
        sources = ",".join(f'local("{it}")' for it in local)
        css += (
            f'@font-face{{font-family:"{face.family} {name}";{weight}src:{sources};'
            f"size-adjust:{size}%;ascent-override:{ascent}%;"
            f"descent-override:{descent}%;line-gap-override:0%}}"
        )
    return css
