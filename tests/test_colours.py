"""One colour per method: by its place in the registry, on light and dark pages, in charts and reports alike."""

import numpy as np
import pytest

from coreset_engine import methods
from coreset_engine.colours import DASHES, MARKERS, SHARED, look, looks, place_of
from coreset_engine.export import figures
from tests.dashboard.charts.test_theme import EYES, GROUNDS, contrast, linear, oklab


def test_every_method_has_a_place_of_its_own():
    given = [entry.colour for entry in methods.all_methods().values()]
    assert None not in given
    assert len(set(given)) == len(given)
    assert max(given) < 2 + len(SHARED) * len(MARKERS)  # beyond, colour and mark would come again


def test_random_is_grey_all_data_black_or_white_and_eva_the_accent():
    assert [look(name).colour for name in ("random", "full", "eva")] == ["#585858", "#000000", "#0072B2"]
    assert [look(name, True).colour for name in ("random", "full", "eva")] == ["#717171", "#FFFFFF", "#46A4F8"]


def test_no_two_methods_have_the_same_colour_and_mark():
    found = [(one.colour, one.marker) for one in map(look, methods.all_methods())]
    assert len(set(found)) == len(found)


def test_a_method_keeps_its_colour_and_mark_whatever_stands_beside_it():
    alone = look("aum")
    assert looks(["random", "eva", "el2n", "aum"])[3] == looks(["aum", "full"])[0] == alone


def test_lines_of_one_method_have_its_colour_and_differ_in_mark_and_line():
    found = looks(["eva", "el2n", "eva", "eva"])
    assert len({one.colour for one in found}) == 2
    own = [found[place] for place in (0, 2, 3)]
    assert len({one.marker for one in own}) == len({one.dash for one in own}) == 3
    assert own[0] == look("eva")


def test_a_method_that_is_not_here_has_the_colour_that_its_name_comes_to():
    assert look("someone's") == look("someone's")
    assert 2 <= place_of("someone's") < 2 + len(SHARED) * len(MARKERS)
    assert look("random").dash == DASHES[1]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("eye", EYES)
def test_the_colours_of_methods_are_seen_and_told_apart_by_any_eye(dark, eye):
    colours = sorted({look(name, dark).colour for name in ("full", *methods.all_methods())})
    assert len(colours) == 3 + len(SHARED)
    assert min(contrast(one, behind) for one in colours for behind in GROUNDS["dark" if dark else "light"]) >= 3
    seen = oklab(np.clip(linear(colours) @ EYES[eye].T, 0, 1))
    apart = np.linalg.norm(seen[:, None] - seen, axis=2)[np.triu_indices(len(seen), 1)]
    assert apart.min() >= (0.10 if eye == "usual" else 0.06)


def test_a_report_has_both_colours_of_a_method():
    (one,) = figures.colours_of(["eva"])
    assert one.colour == "light-dark(#0072B2, #46A4F8)"
