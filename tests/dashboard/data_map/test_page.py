"""The Data map page without a browser."""

import base64
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import load_run, score, select
from coreset_engine.dashboard.cached import info
from coreset_engine.explorer.pack import unpacked
from coreset_engine.store import exclusions
from tests.browser import ROOT

WINDOWS = {"early": "1", "late": "4", "length": "2"}


@pytest.fixture
def foreign(cache):
    """Imported dynamics of 50 samples and three classes, the first of a hostile name; no images, no snapshot."""
    from coreset_engine import pipeline

    logits = np.random.default_rng(0).normal(size=(12, 50, 3)).astype(np.float32)
    cache.mkdir(exist_ok=True)
    np.savez(cache / "foreign.npz", logits=logits, labels=np.arange(50) % 3)
    return pipeline.import_dynamics(pipeline.ImportRequest(str(cache / "foreign.npz"), "foreign"))


def opened(**query):
    test = AppTest.from_file(str(ROOT / "pages/4_Data_map.py"), default_timeout=60)
    for name, value in query.items():
        test.query_params[name] = value
    page = test.run()
    assert not page.exception
    return page


def metrics(page):
    return {metric.label: metric.value for metric in page.metric}


def test_an_area_in_a_link_selects_the_samples_that_lie_in_it(recorded):
    page = opened(run="tiny", area="box_0.1_0.3_0.2_0.8", **WINDOWS)
    run = load_run("tiny")
    x, y = score(run, "variability"), score(run, "confidence")
    inside = (x >= 0.1) & (x <= 0.3) & (y >= 0.2) & (y <= 0.8)
    assert 0 < inside.sum() < 200
    assert metrics(page)["In the area"] == f"{inside.sum()} of 200"
    kept = select(run, method="eva", rate=0.1, early=1, late=4, length=2)
    assert metrics(page)["Of them in the coreset"] == f"{inside[kept].sum()} of 20"


def test_without_an_area_the_page_tells_how_to_draw_one_and_what_the_regions_hold(recorded):
    page = opened(run="tiny")
    assert "Draw a lasso or a box" in page.info[0].value
    assert page.dataframe[0].value["Region"].tolist() == ["easy to learn", "ambiguous", "hard to learn"]


@pytest.mark.parametrize("name", ["easy to learn", "ambiguous", "hard to learn"])
def test_a_region_is_one_press_away(name, recorded):
    page = opened(run="tiny")
    page.button(key=f"region_{name}").click().run()
    assert 60 <= int(metrics(page)["In the area"].split()[0]) <= 75
    page.button(key="clear").click().run()
    assert not page.metric


def test_an_area_that_can_not_be_read_is_a_sentence_beside_a_page_that_works(recorded):
    page = opened(run="tiny", area="box_1_2")
    assert "box_left_right_low_high" in page.error[0].value.replace("\\", "")
    page.text_input(key="area").set_value("box_-1_2_-1_2").run()
    assert not page.error
    assert metrics(page)["In the area"] == "200 of 200"


def test_the_map_can_be_zoomed_to_the_area_and_back(recorded):
    page = opened(run="tiny", area="box_0.1_0.3_0.2_0.6")
    page.button(key="zoom").click().run()
    left, right, low, high = map(float, page.text_input(key="view").value.split("_")[1:])
    np.testing.assert_allclose([left, right, low, high], [0.09, 0.31, 0.18, 0.62])
    assert any("samples lie outside" in caption.value for caption in page.caption)
    page.button(key="whole").click().run()
    assert page.text_input(key="view").value == ""


def test_other_axes_forget_the_area(recorded):
    page = opened(run="tiny", area="box_0_1_0_1")
    page.selectbox(key="y").set_value("aum").run()
    assert page.text_input(key="area").value == ""
    assert not page.exception


@pytest.mark.parametrize("x", ["eva", "forgetting", "moderate", "exp-dual", "random", "correctness"])
def test_any_score_can_be_an_axis(x, recorded):
    page = opened(run="tiny", x=x, y="aum", area="box_-100000_100000_-1_1", method="random")
    assert not page.error
    assert page.selectbox(key="x").value == x
    assert metrics(page)["In the area"] == "200 of 200"


def test_scores_of_the_setting_are_the_axis_of_the_same_name(recorded):
    values = score(load_run("tiny"), "eva", early=2, late=4, length=2)
    cut = round(float(np.median(values)), 6)
    page = opened(run="tiny", x="eva", y="aum", area=f"box_{cut}_1000_-1_1", early="2", late="4", length="2")
    assert metrics(page)["In the area"] == f"{(values >= cut).sum()} of 200"


def test_a_marked_row_is_shown_with_its_numbers_and_one_that_is_not_there_is_told(recorded):
    page = opened(run="tiny", mark="7")
    assert any(f"Variability {score(load_run('tiny'), 'variability')[7]:.4g}" in one.value for one in page.caption)
    page.number_input(key="mark").set_value(200).run()
    assert "rows of this run are 0 to 199" in page.warning[0].value


@pytest.mark.parametrize(
    ("how", "expected"),
    [("the area", lambda a, b: a), ("coreset + area", np.union1d), ("coreset − area", lambda a, b: np.setdiff1d(b, a))],
)
def test_the_size_shown_is_that_of_the_set_made_of_area_and_coreset(how, expected, recorded):
    page = opened(run="tiny", area="box_0.1_0.3_0.2_0.8", set=how, **WINDOWS)
    run = load_run("tiny")
    x, y = score(run, "variability"), score(run, "confidence")
    inside = np.flatnonzero((x >= 0.1) & (x <= 0.3) & (y >= 0.2) & (y <= 0.8))
    rows = expected(inside, select(run, method="eva", rate=0.1, early=1, late=4, length=2))
    assert any(f"{len(rows)} of 200 samples" in one.value for one in page.caption)


def components(page, name):
    """The data of the components of that name on a page, as their messages hold them."""
    return [one.proto for one in page.get("bidi_component") if one.proto.component_name.endswith(name)]


def images_sent(page):
    """Rows whose images the page sends for the points, and the name they have; None while the browser has not asked."""
    content = components(page, "data_map_images")[0].bytes
    if not content:
        return None
    head = json.loads(content[4 : 4 + int.from_bytes(content[:4], "little")])
    return head["rows"], head["name"]


def test_the_points_images_are_sent_when_asked_for_and_stay_the_same_with_another_colour_or_area(recorded):
    page = opened(run="tiny")
    name = json.loads(components(page, "data_map")[0].json)["images"]
    assert images_sent(page) is None
    page.session_state["data_map_images_wanted"] = name
    page.run()
    assert images_sent(page) == (list(range(200)), name)
    sent = components(page, "data_map_images")[0]
    page.segmented_control(key="colour").set_value("coreset").run()
    page.text_input(key="area").set_value("box_0.1_0.3_0.2_0.8").run()
    assert components(page, "data_map_images")[0] == sent
    page.text_input(key="view").set_value("box_0.1_0.3_0.2_0.8").run()
    assert images_sent(page) is None  # until the browser asks for those of the new points


def test_the_map_knows_of_every_point_whether_the_coreset_keeps_it(recorded):
    page = opened(run="tiny", **WINDOWS)
    packed = base64.b64decode(json.loads(components(page, "data_map")[0].json)["kept"])
    kept = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little", count=200)
    run = load_run("tiny")
    np.testing.assert_array_equal(np.flatnonzero(kept), select(run, method="eva", rate=0.1, early=1, late=4, length=2))


def test_the_counts_and_the_first_24_images_stand_beside_the_map_and_the_rest_below(recorded):
    page = opened(run="tiny", area="box_0_1_0_1")
    right = page.columns[1]
    assert [metric.label for metric in right.metric] == ["In the area", "Of them in the coreset"]
    assert len(json.loads(components(right, "tiles")[0].json)["rows"]) == 24
    assert not right.get("echarts_chart")


def leave_out(page):
    return page.button(key="data_map_leave")


def test_an_area_is_excluded_by_one_click_which_the_label_issues_page_knows_and_undone_by_another(recorded):
    page = opened(run="tiny", area="box_0.1_0.3_0.2_0.8")
    run = load_run("tiny")
    x, y = score(run, "variability"), score(run, "confidence")
    rows = np.flatnonzero((x >= 0.1) & (x <= 0.3) & (y >= 0.2) & (y <= 0.8)).tolist()
    assert leave_out(page).label == f"Leave {len(rows)} rows out"
    leave_out(page).click().run()
    assert leave_out(page).disabled
    assert any(f"{len(rows)} of {len(rows)} rows of the area are ticked" in one.value for one in page.caption)
    suspects = AppTest.from_file(str(ROOT / "pages/5_Label_issues.py"), default_timeout=60)
    suspects.query_params["run"] = "tiny"
    suspects.session_state["exclusion_changes"] = page.session_state["exclusion_changes"]
    suspects.run()
    assert any(f"**{len(rows)} rows ticked**" in one.value for one in suspects.markdown)
    page.button(key="data_map_undo").click().run()
    assert leave_out(page).label == f"Leave {len(rows)} rows out"
    assert not leave_out(page).disabled


def test_rows_of_a_saved_set_are_not_left_out_twice_and_stay_when_the_rest_is_undone(recorded):
    exclusions.save(
        "bad", np.array([0, 1]), dataset="tiny", dataset_sha256=info("tiny").dataset_sha256, samples=200, reasons={}
    )
    page = opened(run="tiny", area="box_-1_2_-1_2", exclude="bad")
    assert leave_out(page).label == "Leave 198 rows out"
    leave_out(page).click().run()
    page.button(key="data_map_undo").click().run()
    assert leave_out(page).label == "Leave 198 rows out"
    assert not page.error


def test_imported_dynamics_have_a_map_without_images(foreign):
    page = opened(run="foreign", area="box_0_1_0_1", mark="3")
    assert not page.error
    assert metrics(page)["In the area"] == "50 of 50"
    assert any("no images here" in info.value for info in page.info)
    assert not components(page, "data_map_images")
    leave_out(page).click().run()
    assert any("50 of 50 rows of the area are ticked" in one.value for one in page.caption)
    assert "moderate" not in page.selectbox(key="x").options


@pytest.mark.parametrize(
    "query", [{"x": "nonsense"}, {"colour": "blood"}, {"area_page": "99"}, {"view": "box_0_0_0_0"}]
)
def test_a_nonsense_link_falls_back_to_a_map_that_works(query, recorded):
    page = opened(run="tiny", area="box_0_1_0_1", **query)
    assert not page.error
    assert metrics(page)["In the area"] == "200 of 200"


FILTER = "confidence < p80 and class in (3, 4) and row < 100"


def filtered():
    """The rows that FILTER means."""
    run = load_run("tiny")
    confidence = score(run, "confidence")
    return np.flatnonzero(
        (confidence < np.quantile(confidence, 0.8)) & np.isin(run.labels, (3, 4)) & (np.arange(200) < 100)
    )


def test_a_filter_in_a_link_selects_the_samples_it_is_true_of(recorded):
    page = opened(run="tiny", filter=FILTER, colour="filter")
    rows = filtered()
    assert 0 < len(rows) < np.isin(load_run("tiny").labels, (3, 4)).sum()
    assert metrics(page)["Found"] == f"{len(rows)} of 200"
    assert page.segmented_control(key="colour").value == "filter"
    assert any(f"{len(rows)} of 200 samples" in one.value for one in page.caption)  # of the export
    assert any(one.value.startswith(f"{len(rows)} images") for one in page.caption)  # of the gallery
    page.text_input(key="filter").set_value("").run()
    assert not page.exception
    assert not page.metric


def test_a_filter_narrows_an_area(recorded):
    page = opened(run="tiny", filter=FILTER, area="box_0.1_0.3_0.2_0.8")
    x, y = score(load_run("tiny"), "variability")[filtered()], score(load_run("tiny"), "confidence")[filtered()]
    assert metrics(page)["Found"] == f"{((x >= 0.1) & (x <= 0.3) & (y >= 0.2) & (y <= 0.8)).sum()} of 200"


def test_what_a_filter_finds_is_saved_as_an_exclusion_on_the_same_page(recorded):
    page = opened(run="tiny", filter=FILTER)
    leave_out(page).click().run()
    page.text_input(key="exclusion_name").set_value("sure")
    page.button(key="exclusion_save_as").click().run()
    assert not page.exception
    saved = exclusions.load(load_run("tiny").dataset_sha256, "sure")
    assert list(saved.rows) == filtered().tolist()
    assert saved.reasons[saved.rows[0]] == f"found by {FILTER}"
    assert page.selectbox(key="exclude").value == "sure"


def test_a_filter_that_can_not_be_read_is_a_sentence_beside_a_page_that_works(recorded):
    page = opened(run="tiny", filter="aun > 3", colour="filter")
    assert "Filter, character 1: there is no value" in page.error[0].value.replace("\\", "")
    page.text_input(key="filter").set_value("row < 0").run()
    assert not page.error
    assert "No sample matches the filter" in page.info[0].value


def test_the_replay_sends_the_samples_once_and_the_coreset_beside_them_and_the_map_keeps_its_area(recorded):
    page = opened(run="tiny", show="Replay", area="box_0.1_0.3_0.2_0.8", x="aum", **WINDOWS)
    assert not page.warning
    pack = components(page, "coreset_replay_store")[0].bytes
    facts, arrays = unpacked(pack)
    assert arrays["rows"].tolist() == list(range(200))
    assert facts["snapshots"] == [5]
    np.testing.assert_allclose(arrays["target_probability"] / 65_535, load_run("tiny").target_probability, atol=1e-5)
    sent = json.loads(components(page, "coreset_replay")[0].json)
    bits = np.unpackbits(np.frombuffer(base64.b64decode(sent["kept"]), np.uint8), bitorder="little")[:200]
    kept = select(load_run("tiny"), method="eva", rate=0.1, early=1, late=4, length=2)
    assert (sent["name"], np.flatnonzero(bits).tolist()) == (facts["name"], kept.tolist())
    assert not page.metric
    page.segmented_control(key="show").set_value("Map").run()
    assert (page.text_input(key="area").value, page.selectbox(key="x").value) == ("box_0.1_0.3_0.2_0.8", "aum")
    page.segmented_control(key="show").set_value("Replay").run()
    page.segmented_control(key="show").set_value("Map").run()
    assert (page.text_input(key="area").value, page.selectbox(key="x").value) == ("box_0.1_0.3_0.2_0.8", "aum")
    assert metrics(page)["In the area"].endswith("of 200")


def test_imported_dynamics_are_replayed_without_features(foreign):
    facts, arrays = unpacked(components(opened(run="foreign", show="Replay"), "coreset_replay_store")[0].bytes)
    assert (facts["snapshots"], facts["errors"], len(arrays["rows"])) == ([], [0, 0], 50)
