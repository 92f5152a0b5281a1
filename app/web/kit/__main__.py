"""`python -m app.web.kit OUT_DIR`: every drawn screen in every theme, as static pages."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from app.core.i18n import clock_range, day_name, euros, hours, typed_amount
from app.web import assets, themes
from app.web.kit import data, desk, network

HERE = Path(__file__).parent
LOOKS = {
    "etabli": ("etabli", themes.Seeds()),
    "calque": ("calque", themes.Seeds()),
    "jaune": ("etabli", themes.Seeds(brand="#ffe600")),
    "prune": ("calque", themes.Seeds(brand="#8e2b6e", radius=10, density="tight", fonts="etabli")),
}


def environment(theme: str) -> Environment:
    """The templates as the application sees them, without the application."""
    own = FileSystemLoader(HERE / "templates")
    env = Environment(
        loader=ChoiceLoader([themes.loader(theme), own]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(
        euros=euros,
        typed_amount=typed_amount,
        day_name=day_name,
        clock_range=clock_range,
        hours=hours,
    )
    assets.install(env)
    return env


def render(look: str, out: Path) -> None:
    """All pages of one look, its stylesheet beside them."""
    name, seeds = LOOKS[look]
    theme = themes.load(name)
    (out / look).mkdir(parents=True, exist_ok=True)
    brand = dict(data.BRANDS[name])
    sheets: dict[str, themes.Sheet] = {"css_url": "public", "desk_css_url": "desk"}
    for key, sheet in sheets.items():
        css, _sha = themes.stylesheet(theme, seeds, sheet)
        (out / look / f"{sheet}.css").write_text(css, "utf-8")
        brand[key] = f"/{look}/{sheet}.css"
    env = environment(name)
    shared: dict[str, Any] = {
        "brand": brand,
        "colours": themes.colours(theme, seeds, "light"),
        "corner": themes.shape(theme, seeds)["button_radius"],
    }
    for page, context in (data.pages() | desk.pages() | network.pages()).items():
        html = env.get_template(f"{page}.html").render(**(shared | context))
        (out / look / f"{page}.html").write_text(html, "utf-8")


def main(out: Path) -> None:
    """Write the pages and the files that they name."""
    shutil.copytree(assets.STATIC, out / "static", dirs_exist_ok=True)
    for name in themes.available():
        shutil.copytree(
            themes.PACKAGES / name / "static", out / "themes" / name, dirs_exist_ok=True
        )
    for look in LOOKS:
        render(look, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
