"""The data map: what is drawn of all samples, what an area is compared with, and what is taken away of it."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from coreset_engine import CoresetSpec, Dynamics
from coreset_engine.dashboard.charts.theme import LIGHT
from coreset_engine.dashboard.data_map import charts, data
from coreset_engine.dashboard.data_map.data import Axis
from coreset_engine.dashboard.widgets import bits
from coreset_engine.data_map import areas
from coreset_engine.errors import WindowError
from coreset_engine.windows import Window

DRAWS = np.random.default_rng(0)
EVA = CoresetSpec("tiny", "eva", {"early": 2, "late": 8, "length": 3, "combine": "sum"}, rate=0.1)
RANDOM = CoresetSpec("tiny", "random", {"seed": 4}, rate=0.1)
FEW = Axis("variability", "Variability", "highest", {}, np.array([0.1, 0.4, 0.1, 0.2, 0.3, 0.0]))
OTHER = Axis("confidence", "Confidence", "lowest", {}, np.array([0.9, 0.5, 0.1, 0.2, 0.6, 1.0]))


def unpacked(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


def test_methods_that_read_features_are_axes_only_where_there_is_a_snapshot(recorded):
    with_snapshot = data.axis_names("tiny")
    (recorded / "snapshot.h5").unlink()
    without = data.axis_names("tiny")
    assert {"confidence", "variability", "eva"} <= set(without) < set(with_snapshot)
    assert "moderate" in set(with_snapshot) - set(without)


def test_an_axis_has_the_options_that_are_chosen_for_its_method():
    assert data.axis_options("eva", 12, EVA) == EVA.options
    assert data.axis_options("random", 12, RANDOM) == {"seed": 4}
    assert data.axis_options("confidence", 12, EVA) == {}


def test_an_axis_that_needs_windows_takes_those_chosen_for_another_method_or_both_ends_of_the_run():
    assert data.axis_options("exp-dual", 12, EVA) == {"early": 2, "late": 8, "length": 3}
    assert data.axis_options("eva", 40, RANDOM) == {"early": 1, "late": 31, "length": 10}
    with pytest.raises(WindowError, match="Record more epochs"):
        data.axis_options("eva", 3, RANDOM)


def test_a_zoomed_map_counts_and_draws_the_samples_within_it_only():
    x, y = DRAWS.random((2, 5000))
    x[:10] = np.nan
    shown = data.field(x, y, ((0.2, 0.6), (0.5, 1.0)))
    within = (x >= 0.2) & (x <= 0.6) & (y >= 0.5) & (y <= 1.0)
    assert shown.cells.counts.sum() == within.sum() == 5000 - shown.outside
    np.testing.assert_array_equal(shown.rows, np.flatnonzero(within))


def test_no_more_points_are_drawn_than_a_browser_bears():
    x, y = DRAWS.random((2, 20_000))
    shown = data.field(x, y, areas.limits_of(x, y))
    assert len(shown.rows) == 3000
    assert shown.cells.counts.sum() == 20_000
    assert shown.outside == 0


def test_the_browser_gets_the_place_row_and_caption_of_every_point():
    x, y = np.array([0.0, 1.0, 4.0]), np.array([-2.0, 0.0, 2.0])
    shown = data.field(x, y, ((0.0, 4.0), (-2.0, 2.0)))
    coloured = data.Colours(np.array([2, 0, 1], np.uint8), [("a", "#111111"), ("b", "#222222"), ("c", "#333333")])
    plain = data.constant_part(shown, x, y, coloured, ["liver", "heart", "liver"])
    np.testing.assert_allclose(unpacked(plain["x"], "<u2") / 65535 * 4, x, atol=1e-4)
    np.testing.assert_allclose(unpacked(plain["y"], "<u2") / 65535 * 4 - 2, y, atol=1e-4)
    assert unpacked(plain["rows"], "<u4").tolist() == [0, 1, 2]
    assert [plain["texts"][n] for n in unpacked(plain["caption"], "<u2")] == ["liver", "heart", "liver"]
    assert [plain["legend"][n][0] for n in unpacked(plain["colour"], "<u2")] == ["c", "a", "b"]
    json.dumps(plain)


def test_whether_a_point_is_kept_is_a_bit_for_the_browser():
    packed = unpacked(bits.as_text(np.array([1, 0, 0, 0, 0, 0, 0, 1, 0, 1], bool)), "u1")
    assert [int(packed[n >> 3] >> (n & 7) & 1) for n in range(10)] == [1, 0, 0, 0, 0, 0, 0, 1, 0, 1]


def test_maps_that_differ_have_different_names():
    x, y = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    limits = ((0.0, 1.0), (0.0, 1.0))
    shown = data.field(x, y, limits)
    made = []
    for place in (0, 1, 1):
        coloured = data.Colours(np.array([0, place], np.uint8), [("a", "#111111")] * 2)
        made.append(data.constant_part(shown, x, y, coloured, ["", ""])["name"])
    assert made[0] != made[1] == made[2]


def test_the_picture_is_clear_where_nothing_lies_and_strongest_where_most_lies_with_high_values_above():
    x = np.array([0.05] * 50 + [0.95])
    y = np.array([0.05] * 50 + [0.95])
    shown = data.field(x, y, ((0.0, 1.0), (0.0, 1.0)))
    content = base64.b64decode(data.picture(shown.cells).partition(",")[2])
    pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGBA")).astype(int)
    height, width = pixels.shape[:2]
    assert (width, height) == data.CELLS
    assert (pixels[..., 3] > 0).sum() == 2
    low, high = pixels[int(0.95 * height), int(0.05 * width)], pixels[int(0.05 * height), int(0.95 * width)]
    assert 0 < high[3] < low[3]


def coloured(by, truth=None, kept=None):
    """The legend text of each of three samples; the second is right in 1 of 4 epochs, the others always and never."""
    logits = np.zeros((4, 3, 2), np.float32)
    logits[:, 0, 0] = logits[:1, 1, 1] = logits[1:, 1, 0] = logits[:, 2, 0] = 3
    run = Dynamics.from_logits(logits, np.array([0, 1, 1]))
    found = data.colours(by, np.arange(3), run, ("cat", "dog"), np.array([True, False, True]), truth or {})
    return [found.legend[place][0] for place in found.of_point]


def test_points_are_coloured_by_class_correctness_coreset_or_what_was_planted():
    assert coloured("class") == ["cat", "dog", "dog"]
    assert coloured("correctness") == ["80–100 % right", "20–40 % right", "0–20 % of epochs right"]
    assert coloured("coreset") == ["in the coreset", "not in the coreset", "in the coreset"]
    truth = {"wrong_label": np.array([0, 1, 0]), "duplicate_of": np.array([-1, -1, 0])}
    assert coloured("injected", truth) == ["as it should be", "label error", "near-duplicate"]
    assert coloured("injected", {"corrupted": np.array([0, 0, 3])})[2] == "corrupted"
    both = {"corrupted": np.array([0, 2, 3]), "wrong_label": np.array([0, 1, 0], bool)}
    overlap = "corrupted (overlaps: 1 drawn as label error)"
    assert coloured("injected", both) == ["as it should be", "label error", overlap]


def test_the_legend_names_what_was_planted_only():
    run = Dynamics(np.array([0, 1]), {}, 2, 1)
    truth = {"corrupted": np.zeros(2), "wrong_label": np.array([False, True])}
    found = data.colours("injected", np.arange(1), run, ("cat", "dog"), np.ones(2, bool), truth)
    assert [text for text, _ in found.legend] == ["as it should be", "label error"]


def test_a_class_far_beyond_the_palette_has_an_entry_of_its_own_in_the_colour_of_its_number():
    names = tuple(f"class {c}" for c in range(400))
    run = Dynamics(np.array([3, 399]), {}, 400, 1)
    found = data.colours("class", np.arange(2), run, names, np.ones(2, bool), {})
    assert [found.legend[place] for place in found.of_point] == [("class 3", LIGHT[3]), ("class 399", LIGHT[399 % 14])]


def test_what_a_run_lacks_is_not_offered_as_a_colour():
    single = Dynamics(np.array([0, 1]), {}, 2, 1)
    multi = Dynamics(np.array([[0, 1], [1, 1]]), {}, 2, 1)
    assert data.colourings(single, {}) == ["class", "correctness", "coreset"]
    assert data.colourings(single, {}, filtered=True) == ["class", "correctness", "coreset", "filter"]
    assert data.colourings(multi, {"wrong_label": np.zeros(2)}) == ["correctness", "coreset", "injected"]


def test_the_course_is_the_mean_of_the_area_and_of_the_rest():
    signal = np.array([[1, 2, 3, 6], [0, 0.5, 1, 1]], np.float32)
    means = data.mean_trajectories(signal, np.array([True, False, True, False]))
    np.testing.assert_allclose(means, [[2, 4], [0.5, 0.75]])
    everything = data.mean_trajectories(signal, np.ones(4, bool))
    np.testing.assert_allclose(everything[:, 0], [3, 0.625])
    assert np.isnan(everything[:, 1]).all()


def test_a_side_without_samples_has_no_line():
    full = charts.trajectories(np.array([[1.0, np.nan], [0.5, np.nan]]), [Window(1, 1), Window(2, 1)])
    assert [line["name"] for line in full["series"]] == ["area"]
    assert full["series"][0]["data"] == [[1, 1.0], [2, 0.5]]
    json.dumps(full, allow_nan=False)


def test_class_shares_are_percentages_of_each_group():
    spec, _ = charts.classes(np.array([[30, 1], [70, 3]]), ("a", "b"))
    assert [bars["data"] for bars in spec["series"]] == [[30, 70], [25, 75]]


def test_the_gallery_is_ordered_by_either_axis_with_ties_by_row():
    rows = np.array([0, 2, 3, 5])
    assert data.ordered(rows, "row", FEW.values, OTHER.values).tolist() == [0, 2, 3, 5]
    assert data.ordered(rows, "x ↑", FEW.values, OTHER.values).tolist() == [5, 0, 2, 3]
    assert data.ordered(rows, "y ↓", FEW.values, OTHER.values).tolist() == [5, 0, 3, 2]


def test_regions_are_counted_with_what_the_coreset_keeps_and_what_is_planted():
    regions = {"low": areas.Shape("box", (0.0, 0.5), (0.0, 0.5))}
    kept = np.array([True, True, True, False, False, False])
    wrong = {"wrong_label": np.array([1, 0, 1, 1, 0, 0])}
    assert data.region_table(regions, FEW, OTHER, kept, wrong) == [
        {"Region": "low", "Samples": 3, "In the coreset": 2, "Injected label errors": 2}
    ]
    assert "Injected label errors" not in data.region_table(regions, FEW, OTHER, kept, {})[0]
