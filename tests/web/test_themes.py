"""Theme packages keep their contract, and nothing a venue types reaches a stylesheet unchecked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from jinja2 import Environment, StrictUndefined, TemplateNotFound

from app.web import themes

NAMES = themes.available()


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of theme packages of our own; `load` forgets what it knew on both sides."""
    for name in ("base", "etabli"):
        folder = tmp_path / name
        folder.mkdir()
        for file in ("theme.toml", "tokens.toml"):
            source = themes.PACKAGES / name / file
            (folder / file).write_text(source.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(themes, "PACKAGES", tmp_path)
    themes.load.cache_clear()
    yield tmp_path
    themes.load.cache_clear()


def test_both_starter_themes_are_there() -> None:
    assert {"etabli", "calque"} <= set(NAMES)
    assert "base" not in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_stylesheet_holds_every_layer_in_order(name: str) -> None:
    css, sha = themes.stylesheet(themes.load(name))
    layers = re.findall(r"@layer (\w+)\{", css)
    assert layers == ["reset", "tokens", "base", "components", "screens", "theme", "tenant"]
    assert re.fullmatch(r"[0-9a-f]{12}", sha)
    assert css.count("{") == css.count("}")


@pytest.mark.parametrize("sheet", ["public", "desk"])
@pytest.mark.parametrize("name", NAMES)
def test_stylesheet_stays_within_12_kb_brotli(name: str, sheet: themes.Sheet) -> None:
    seeds = themes.Seeds(
        brand="#8e2b6e", accent="#ffe600", fonts="calque", radius=4, density="tight"
    )
    packed = themes.packed_stylesheet(themes.load(name), seeds, sheet, "br")
    assert (
        brotli.decompress(packed).decode() == themes.stylesheet(themes.load(name), seeds, sheet)[0]
    )
    assert len(packed) <= 12 * 1024


def test_seeds_change_the_sheet_and_its_hash() -> None:
    theme = themes.load("etabli")
    plain, plain_sha = themes.stylesheet(theme)
    yellow, yellow_sha = themes.stylesheet(theme, themes.Seeds(brand="#ffe600", radius=0))
    assert plain_sha != yellow_sha
    tenant = yellow.split("@layer tenant{")[1]
    assert "--brand:#ffe600" in tenant
    assert "--radius-m:0px" in tenant
    assert "--brand:" not in plain.split("@layer tenant{")[1]


def test_a_font_pair_of_another_theme() -> None:
    css, _ = themes.stylesheet(themes.load("etabli"), themes.Seeds(fonts="calque"))
    assert 'font-family:"Public Sans"' in css
    assert "figtree.woff2" not in css
    files = re.findall(r"/themes/(\w+)/[\w-]+\.woff2", css)
    assert files == ["calque", "calque"]


@pytest.mark.parametrize(
    "typed",
    [
        {"brand": "red;} body{display:none"},
        {"accent": "url(//x)"},
        {"fonts": "comic"},
        {"fonts": "../etabli"},
        {"radius": 21},
        {"radius": -1},
        {"density": "huge"},
    ],
)
def test_seeds_refuse_what_a_theme_cannot_bear(typed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        themes.Seeds(**typed)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["base", "nothing", "../etabli", "Etabli", ""])
def test_load_refuses_unknown_names(name: str) -> None:
    with pytest.raises(themes.UnusableTheme):
        themes.load(name)


@pytest.mark.parametrize("name", NAMES)
def test_theme_css_keeps_the_rules(name: str) -> None:
    css = themes.load(name).css
    assert len(css.encode()) <= 6 * 1024
    assert "!important" not in css
    assert "url(" not in css
    assert "@layer" not in css
    assert "data-protected" not in css


@pytest.mark.parametrize("part", ["reset", "base", "components", "public", "desk", "media"])
def test_core_css_uses_no_raw_colour(part: str) -> None:
    css = (themes.CORE / f"css/{part}.css").read_text("utf-8")
    allowed = r"\.qr[^}]*\}|--m-[a-z]+: #\w+|@media print \{.*?\n\}"
    css = re.sub(allowed, "", css, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", css) == []
    assert "!important" not in css


@pytest.mark.parametrize("name", NAMES)
def test_price_font_has_tabular_figures(name: str) -> None:
    theme = themes.load(name)
    for face in theme.fonts.faces:
        font = TTFont(theme.folder / "static" / face.file)
        features = {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
        assert "tnum" in features, face.family
        assert (theme.folder / "static" / face.file.replace(".woff2", ".LICENSE")).exists()


@pytest.mark.parametrize("name", NAMES)
def test_two_fonts_weigh_65_kb_at_most(name: str) -> None:
    theme = themes.load(name)
    weights = [(theme.folder / "static" / f.file).stat().st_size for f in theme.fonts.faces]
    assert len(weights) == 2
    assert sum(weights) <= 65 * 1024


def test_assets_are_fonts_and_pictures_of_a_theme_only() -> None:
    assert themes.asset("etabli", "figtree.woff2") is not None
    for name, file in (
        ("etabli", "../theme.toml"),
        ("etabli", "figtree.LICENSE"),
        ("base", "figtree.woff2"),
        ("..", "x.svg"),
        ("etabli", "missing.woff2"),
    ):
        assert themes.asset(name, file) is None


def test_a_theme_extends_a_core_template_under_its_own_name(packages: Path) -> None:
    about = packages / "etabli/theme.toml"
    about.write_text(
        about.read_text("utf-8").replace("slots = []", 'slots = ["public/_footer.html"]'), "utf-8"
    )
    folder = packages / "etabli/templates/public"
    folder.mkdir(parents=True)
    (folder / "_footer.html").write_text("ours, then {% include 'core/public/_footer.html' %}")
    env = Environment(loader=themes.loader("etabli"), autoescape=True, undefined=StrictUndefined)
    env.globals["_"] = str
    text = env.get_template("public/_footer.html").render(brand={"name": "Le Lieu"})
    assert text.startswith("ours, then")
    assert "Le Lieu" in text


@pytest.mark.parametrize("slot", ["macros/prices.html", "error.html", "shell.html"])
def test_protected_templates_cannot_be_replaced(packages: Path, slot: str) -> None:
    file = packages / "etabli/templates" / slot
    file.parent.mkdir(parents=True)
    file.write_text("")
    with pytest.raises(themes.UnusableTheme, match="may not replace"):
        themes.load("etabli")


def test_an_override_must_be_declared(packages: Path) -> None:
    file = packages / "etabli/templates/public/_footer.html"
    file.parent.mkdir(parents=True)
    file.write_text("")
    with pytest.raises(themes.UnusableTheme, match="slots must name"):
        themes.load("etabli")


def test_another_api_version_is_refused(packages: Path) -> None:
    about = packages / "etabli/theme.toml"
    about.write_text(about.read_text("utf-8").replace("api = 1", "api = 2"), "utf-8")
    with pytest.raises(themes.UnusableTheme, match="theme API 2"):
        themes.load("etabli")


def test_features_bring_their_screens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "feature/static").mkdir(parents=True)
    for name in ("screens", "public", "desk"):
        (tmp_path / f"feature/static/{name}.css").write_text(
            f".for-{name} {{ color: var(--ink); }}"
        )
    monkeypatch.setattr(themes, "APP", tmp_path)
    seen = {}
    for sheet in ("public", "desk"):
        css, _ = themes.stylesheet(themes.load("etabli"), themes.Seeds(brand="#123456"), sheet)
        screens = css.split("@layer screens{")[1].split("@layer theme{")[0]
        seen[sheet] = set(re.findall(r"\.for-(\w+)", screens))
    assert seen == {"public": {"screens", "public"}, "desk": {"screens", "desk"}}
    themes.forget()


def test_the_visitors_sheet_is_lighter_than_the_desks() -> None:
    sizes = {}
    for sheet in ("public", "desk"):
        sizes[sheet] = len(
            themes.packed_stylesheet(themes.load("etabli"), themes.Seeds(), sheet, "br")
        )
    assert sizes["public"] < 0.85 * sizes["desk"]


def average(font: TTFont, words: str) -> float:
    """The mean width of a letter of these words, as a share of the size."""
    letters, widths = font.getBestCmap(), font["hmtx"]
    found = [widths[letters[ord(letter)]][0] for letter in words]
    return sum(found) / len(found) / font["head"].unitsPerEm


@pytest.mark.parametrize("name", NAMES)
def test_the_stand_ins_are_as_wide_as_what_they_stand_for(name: str) -> None:
    """DejaVu is the one of them whose widths can be had here; pages jump when this is off."""
    words = "Choisissez une heure : nous vous proposons la salle la moins chère, 14:00 demain."
    for face in themes.load(name).fonts.faces:
        bold = face.fallback["bold"]
        local = Path(f"/usr/share/fonts/truetype/dejavu/DejaVuSans{'-Bold' if bold else ''}.ttf")
        if not local.exists():
            pytest.skip("no DejaVu here to measure")
        ours = TTFont(themes.PACKAGES / name / "static" / face.file)
        if "fvar" in ours:
            ours = instantiateVariableFont(ours, {"wght": 400})
        if face.strong:
            heavy = TTFont(local.with_name("DejaVuSans-Bold.ttf"))
            real = TTFont(themes.PACKAGES / name / "static" / face.file)
            real = instantiateVariableFont(real, {"wght": 600})
            width = average(heavy, words) * face.strong["dejavu"][0] / 100
            assert width == pytest.approx(average(real, words), rel=0.02)
        size, ascent, _descent = face.fallback["dejavu"]
        assert average(TTFont(local), words) * size / 100 == pytest.approx(
            average(ours, words), rel=0.02
        )
        tall = ours["hhea"].ascent / ours["head"].unitsPerEm
        assert ascent * size / 10_000 == pytest.approx(tall, rel=0.01)


def test_every_theme_names_31_colours_twice() -> None:
    for name in NAMES:
        tokens = tomllib.loads((themes.PACKAGES / name / "tokens.toml").read_text("utf-8"))
        assert set(tokens["light"]) == set(tokens["dark"])
        assert len(tokens["light"]) == 31


def test_the_loader_knows_no_other_template() -> None:
    env = Environment(loader=themes.loader("etabli"), autoescape=True)
    with pytest.raises(TemplateNotFound):
        env.get_template("../../../theme.toml")
