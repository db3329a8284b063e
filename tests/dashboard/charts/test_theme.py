"""The colours of charts: seen on a light and on a dark page, and told apart by any eye."""

import ast
import tomllib
from pathlib import Path

import numpy as np
import pytest

from coreset_engine.dashboard.charts import theme
from coreset_engine.dashboard.charts.spec import readable
from coreset_engine.dashboard.widgets import tiles

ROOT = Path(__file__).parents[3]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
GROUNDS = {
    name: [THEME[name]["backgroundColor"], THEME[name]["secondaryBackgroundColor"]] for name in ("light", "dark")
}
PALETTES = {"light": theme.LIGHT, "dark": theme.DARK}
# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def linear(colours):
    """Linear RGB (K, 3) of hexadecimal colours."""
    values = np.array([[int(colour[place : place + 2], 16) for place in (1, 3, 5)] for colour in colours]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """The contrast ratio of two colours as WCAG 2 defines it."""
    dark, light = sorted(0.05 + linear([one, other]) @ [0.2126, 0.7152, 0.0722])
    return light / dark


def oklab(rgb):
    """OKLab (K, 3) of linear RGB; a distance of 0.02 is just seen."""
    cones = np.cbrt(
        rgb
        @ np.array(
            [
                [0.4122214708, 0.2119034982, 0.0883024619],
                [0.5363325363, 0.6806995451, 0.2817188376],
                [0.0514459929, 0.1073969566, 0.6299787005],
            ]
        )
    )
    return cones @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


@pytest.mark.parametrize("ground", PALETTES)
def test_every_colour_has_three_to_one_against_the_backgrounds_of_its_theme(ground):
    shared = [theme.KEPT, theme.ALL, theme.CUT, *theme.RIGHT]
    shared += [colour for colour in tiles.MARKS.values() if colour != "transparent"]
    for colour in (*PALETTES[ground], *shared):
        assert min(contrast(colour, behind) for behind in GROUNDS[ground]) >= 3, colour


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("ground", PALETTES)
def test_classes_are_told_apart_by_any_eye(ground, eye):
    seen = oklab(np.clip(linear(PALETTES[ground]) @ EYES[eye].T, 0, 1))
    apart = np.linalg.norm(seen[:, None] - seen, axis=2)[np.triu_indices(len(seen), 1)]
    assert apart.min() >= (0.10 if eye == "usual" else 0.06)


def test_a_class_has_one_hue_on_light_and_dark_pages():
    light, dark = (oklab(linear(colours)) for colours in PALETTES.values())
    coloured = np.hypot(light[:, 1], light[:, 2]) > 0.02  # grey has no hue
    turn = np.angle(np.exp(1j * (np.arctan2(light[:, 2], light[:, 1]) - np.arctan2(dark[:, 2], dark[:, 1]))), deg=True)
    assert coloured.sum() == 13
    assert np.abs(turn[coloured]).max() < 15


@pytest.mark.parametrize("dark", [False, True])
def test_ink_and_palette_follow_the_theme(dark, monkeypatch):
    monkeypatch.setattr(theme, "_is_dark", lambda: dark)
    assert theme.ink() == THEME["dark" if dark else "light"]["textColor"]
    assert theme.palette() == (theme.DARK if dark else theme.LIGHT)


def test_a_page_says_which_theme_it_has(monkeypatch):
    monkeypatch.setitem(theme._theme, "dark", lambda: False)
    assert theme.palette() == theme.LIGHT
    theme.follow(lambda: True)
    assert theme.palette() == theme.DARK


def test_streamlit_s_own_charts_have_the_same_colours():
    assert {name: tuple(THEME[name]["chartCategoricalColors"]) for name in PALETTES} == PALETTES


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_much_stands_out_from_the_page_and_words_on_every_shade_can_be_read(dark, monkeypatch):
    monkeypatch.setattr(theme, "_is_dark", lambda: dark)
    assert theme.page() == THEME["dark" if dark else "light"]["backgroundColor"]
    for shades in (theme.ramp(), theme.warm_ramp()):
        seen = [contrast(shade, theme.page()) for shade in shades]
        assert seen == sorted(seen)
        assert seen[-1] > 7
    less, *_, more = theme.diverging()
    assert (
        min(contrast(end, theme.page()) for end in (less, more)) > 3 > 2 > contrast(theme.diverging()[2], theme.page())
    )
    for shades in (theme.ramp(), theme.warm_ramp(), theme.diverging()):
        for place, shade in enumerate(shades):
            assert contrast(theme.words_on(shades, place / (len(shades) - 1)), shade) > 4.5


def drawn(*kinds):
    """File, line and words of every call in the app that draws one of these kinds."""
    files = [ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("coreset_engine/dashboard/**/*.py")]
    return [
        (path.name, call)
        for path in files
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in kinds
    ]


def test_every_chart_and_picture_has_a_text_for_those_who_can_not_see_it():
    found = drawn("draw_chart", "image")
    assert len(found) > 15
    assert [name for name, call in found if not {word.arg for word in call.keywords} & {"alt", "caption"}] == []


def test_words_in_charts_have_the_theme_s_colour_where_they_have_none_of_their_own():
    assert [(name, ast.unparse(call).count("readable(")) for name, call in drawn("echarts_chart")] == [("draw.py", 1)]
    spec = readable({"xAxis": [{"name": "epoch"}], "legend": {"textStyle": {"color": "red"}}, "series": []})
    assert spec == {
        "xAxis": [{"name": "epoch", "axisLabel": {"color": theme.ink()}, "nameTextStyle": {"color": theme.ink()}}],
        "legend": {"textStyle": {"color": "red"}},
        "series": [],
    }
    assert contrast(THEME["light"]["textColor"], THEME["light"]["secondaryBackgroundColor"]) > 4.5
    assert contrast(THEME["dark"]["textColor"], THEME["dark"]["secondaryBackgroundColor"]) > 4.5
