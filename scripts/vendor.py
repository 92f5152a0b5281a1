"""Copy the few npm files the product serves into the tree, with their licences.

Run by `make vendor` after `npm ci`, which checks each package against the hash in
package-lock.json. Served files are committed: a clone needs neither Node nor a network.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "app/web/static/vendor"

# Titles have one weight, so one static file; the text keeps its whole range in one file.
FONTS = {
    "etabli": (("bricolage-grotesque", "700"), ("figtree", "wght")),
    "calque": (("familjen-grotesk", "600"), ("public-sans", "wght")),
}

ICONS = """
    accessibility armchair arrow-right arrow-right-left bell building-2 calendar-days
    calendar-plus camera chart-line check chevron-down chevron-left chevron-right circle-alert
    circle-check circle-question-mark circle-user-round clock coins copy credit-card door-open
    download ellipsis external-link eye gauge history hourglass info key-round life-buoy lock
    log-in log-out mail map map-pin menu message-square minus monitor moon palette pencil phone
    plus printer projector receipt-text rotate-ccw save scan-qr-code scroll-text search send
    settings sliders-horizontal smartphone store sun ticket trash-2 triangle-alert undo-2 upload
    users wallet wifi wrench x
""".split()


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def sprite() -> str:
    """One SVG file with a <symbol> per icon, drawn with the colour and width of its user."""
    symbols = []
    for name in ICONS:
        text = (MODULES / f"lucide-static/icons/{name}.svg").read_text("utf-8")
        drawing = "".join(re.findall(r"<(?!svg|/svg|!--)[^>]+>", text))
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>')
    head = "<!-- lucide-static, ISC licence, see vendor/lucide.LICENSE -->\n"
    return head + '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def paper_font(woff2: Path, family: str, weight: int, target: Path) -> None:
    """One static cut as TrueType beside the theme's papers: Typst reads neither WOFF2 nor axes."""
    font = TTFont(woff2)
    if "fvar" in font:
        font = instancer.instantiateVariableFont(font, {"wght": weight})
    style = {400: "Regular", 600: "SemiBold", 700: "Bold"}[weight]
    said = {1: family, 2: style, 4: f"{family} {style}", 6: f"{family}-{style}".replace(" ", "")}
    for record in list(font["name"].names):
        if record.nameID in (*said, 3, 16, 17, 21, 22, 25):
            font["name"].removeNames(nameID=record.nameID)
    for name, text in said.items():
        font["name"].setName(text, name, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x61) | (0x40 if weight == 400 else 0)
    font.flavor = None
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)


def paper_fonts() -> None:
    """Cuts of every face of every theme for its papers; names from the east of the continent have
    a family of their own, since one file holds one subset."""
    for theme, families in FONTS.items():
        for family, weight in families:
            name = family.replace("-", " ").title()
            scope = "@fontsource-variable" if weight == "wght" else "@fontsource"
            for subset, suffix in (("latin", ""), ("latin-ext", " Ext")):
                file = f"{scope}/{family}/files/{family}-{subset}-{weight}-normal.woff2"
                for cut in (400, 600, 700) if weight == "wght" else (int(weight),):
                    stem = f"{family}{suffix.strip().lower()}-{cut}".replace("ext-", "-ext-")
                    target = ROOT / f"themes/{theme}/pdf/{stem}.ttf"
                    paper_font(MODULES / file, f"{name}{suffix}", cut, target)


def main() -> None:
    for theme, families in FONTS.items():
        for family, weight in families:
            scope = "@fontsource-variable" if weight == "wght" else "@fontsource"
            package = MODULES / scope / family
            copy(
                package / f"files/{family}-latin-{weight}-normal.woff2",
                ROOT / f"themes/{theme}/static/{family}.woff2",
            )
            copy(package / "LICENSE", ROOT / f"themes/{theme}/static/{family}.LICENSE")
    paper_fonts()
    copy(MODULES / "htmx.org/dist/htmx.min.js", VENDOR / "htmx.min.js")
    copy(MODULES / "htmx.org/LICENSE", VENDOR / "htmx.LICENSE")
    copy(MODULES / "jsqr/dist/jsQR.js", VENDOR / "jsqr.js")
    copy(MODULES / "jsqr/LICENSE", VENDOR / "jsqr.LICENSE")
    copy(MODULES / "lucide-static/LICENSE", VENDOR / "lucide.LICENSE")
    copy(MODULES / "axe-core/axe.min.js", ROOT / "tests/vendor/axe.min.js")
    copy(MODULES / "axe-core/LICENSE", ROOT / "tests/vendor/axe.LICENSE")
    (ROOT / "app/web/static/icons.svg").write_text(sprite(), "utf-8")


if __name__ == "__main__":
    main()
