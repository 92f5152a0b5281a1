"""The contrast solver against published figures, other people's code and every corner of sRGB."""

from __future__ import annotations

import itertools
import math

import pytest

from app.web import contrast, themes

STEPS = (0, 51, 102, 153, 204, 255)
SEEDS = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in itertools.product(STEPS, repeat=3)]
MODES = ("light", "dark")


@pytest.mark.parametrize("name", themes.available())
@pytest.mark.parametrize("mode", MODES)
def test_216_seeds_leave_no_pair_failing(name: str, mode: contrast.Mode) -> None:
    palette = themes.load(name).palette
    failing = {
        seed: pair for seed in SEEDS for pair in contrast.report(seed, seed, palette, mode).failing
    }
    assert failing == {}


@pytest.mark.parametrize("name", themes.available())
@pytest.mark.parametrize("mode", MODES)
def test_a_theme_passes_with_its_own_colours(name: str, mode: contrast.Mode) -> None:
    pairs = contrast.report(None, None, themes.load(name).palette, mode).pairs
    assert len(pairs) == 41
    assert [pair for pair in pairs if not pair.passes] == []


def test_the_guard_bites_when_a_seed_is_used_raw() -> None:
    palette = themes.load("etabli").palette
    raw = dict(palette.light) | dict.fromkeys(("brand_ink", "brand_line"), "#ffe600")
    failing = {(pair.drawn, pair.ground) for pair in contrast.measure(raw) if not pair.passes}
    assert {("brand_ink", "surface"), ("brand_line", "surface")} <= failing


def test_yellow_as_published_in_the_design_notes() -> None:
    roles = contrast.derive("#ffe600", None, themes.load("etabli").palette, "light")
    assert roles["brand"] == "#ffe600"
    assert roles["on_brand"] == "#0f231b"
    assert roles["brand_line"] == "#9e8e00"
    red, green, blue = (int(roles["brand_ink"][i : i + 2], 16) for i in (1, 3, 5))
    assert abs(red - 0x76) <= 1
    assert abs(green - 0x69) <= 1
    assert blue == 0


@pytest.mark.parametrize(
    ("one", "other", "known"),
    [  # WebAIM contrast checker, as published beside each example
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_ratio_against_known_values(one: str, other: str, known: float) -> None:
    assert contrast.ratio(one, other) == pytest.approx(known, abs=0.01)
    assert contrast.ratio(other, one) == contrast.ratio(one, other)


@pytest.mark.parametrize(
    ("colour", "light", "chroma", "degrees"),
    [  # CSS Color 4 sample conversions of the sRGB primaries
        ("#ff0000", 0.62796, 0.25768, 29.23),
        ("#00ff00", 0.86644, 0.29483, 142.50),
        ("#0000ff", 0.45201, 0.31321, 264.05),
        ("#ffff00", 0.96798, 0.21101, 109.77),
    ],
)
def test_oklch_against_known_values(
    colour: str, light: float, chroma: float, degrees: float
) -> None:
    found = contrast.to_oklch(colour)
    assert found[0] == pytest.approx(light, abs=2e-4)
    assert found[1] == pytest.approx(chroma, abs=2e-4)
    assert math.degrees(found[2]) % 360 == pytest.approx(degrees, abs=0.05)


def test_oklch_comes_back_to_the_same_colour() -> None:
    assert [seed for seed in SEEDS if contrast.from_oklch(*contrast.to_oklch(seed)) != seed] == []


@pytest.mark.parametrize("seed", ["#ffe600", "#00b4d8", "#e0aaff", "#9acd32"])
def test_links_keep_the_hue(seed: str) -> None:
    ink = contrast.derive(seed, None, themes.load("calque").palette, "light")["brand_ink"]
    turn = contrast.to_oklch(ink)[2] - contrast.to_oklch(seed)[2]
    assert abs(math.degrees(math.remainder(turn, math.tau))) < 4


def test_report_says_what_moved() -> None:
    report = contrast.report("#ffe600", None, themes.load("etabli").palette, "light")
    moved = {change.role: change for change in report.changes if change.moved}
    assert set(moved) == {"brand_ink", "brand_line"}
    assert moved["brand_ink"].before == "#ffe600"
    assert moved["brand_ink"].ratio_before < 4.5 <= moved["brand_ink"].ratio_after


@pytest.mark.parametrize("typed", ["", "red", "#12345", "#1234567", "#12g456", "url(x)", "#fff;}"])
def test_refuses_what_is_not_a_colour(typed: str) -> None:
    with pytest.raises(ValueError, match="couleur"):
        contrast.hex_colour(typed)


def test_accepts_short_and_bare_colours() -> None:
    assert contrast.hex_colour(" FE0 ") == "#ffee00"
    assert contrast.hex_colour("005A42") == "#005a42"
