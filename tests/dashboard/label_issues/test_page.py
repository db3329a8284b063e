"""The Label issues page on a tiny run, without a browser."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import Dynamics, Recorder, load_run
from coreset_engine.analysis import label_issues
from coreset_engine.store import exclusions
from tests.browser import ROOT

WORST = {"evidence": "low-aum", "top": "top 5 %"}


def opened(file="pages/5_Label_issues.py", **query):
    test = AppTest.from_file(str(ROOT / file), default_timeout=60)
    for name, value in ({"run": "tiny"} | query).items():
        test.query_params[name] = value
    return test.run()


def saved(name="wrong", rows=(3, 4)):
    sha256 = load_run("tiny").dataset_sha256
    return exclusions.save(name, list(rows), dataset="phantom", dataset_sha256=sha256, samples=200)


def names():
    return exclusions.names(load_run("tiny").dataset_sha256)


def ticked(page):
    """What the panel says of ticked rows."""
    return next(text.value for text in page.markdown if "ticked" in text.value)


def worst():
    """The rows that a page of WORST shows."""
    return label_issues.find(load_run("tiny"), "low-aum", share=0.05).rows.tolist()


@pytest.fixture
def named(recorded):
    """A page on which all ten worst rows are ticked and a name is given."""
    page = opened(**WORST)
    page.button(key="suspects_Tick all shown").click().run()
    page.text_input(key="exclusion_name").set_value("wrong-labels")
    return page


def test_all_shown_can_be_ticked_and_saved_under_a_name_which_then_is_the_one_chosen(named):
    assert ticked(named) == "**10 rows ticked**, 10 changes not saved yet"
    named.button(key="exclusion_save_as").click().run()
    assert not named.exception
    found = exclusions.load(load_run("tiny").dataset_sha256, "wrong-labels")
    assert list(found.rows) == sorted(worst())
    assert found.reasons[worst()[0]].startswith("suspected label (low-aum): ")
    assert named.selectbox(key="exclude").value == "wrong-labels"
    assert ticked(named) == "**10 rows ticked** in **wrong-labels**"


def test_a_set_loaded_by_its_link_is_extended(recorded):
    saved(rows=[worst()[0], 7])
    page = opened(exclude="wrong", **WORST)
    page.button(key="suspects_Tick all shown").click().run()
    page.button(key="exclusion_save").click().run()
    found = exclusions.load(load_run("tiny").dataset_sha256, "wrong")
    assert set(found.rows) == {*worst(), 7}


def test_changes_stay_with_their_set_while_another_one_is_chosen(recorded):
    saved("a", [1])
    saved("b", [2])
    page = opened(exclude="a", **WORST)
    page.button(key="suspects_Tick all shown").click().run()
    before = ticked(page)
    page.selectbox(key="exclude").set_value("b").run()
    assert ticked(page) == "**1 row ticked** in **b**"
    page.selectbox(key="exclude").set_value("a").run()
    assert ticked(page) == before
    page.button(key="exclusion_forget").click().run()
    assert ticked(page) == "**1 row ticked** in **a**"


def test_a_set_is_renamed_and_the_new_name_is_the_one_chosen(recorded):
    saved()
    page = opened(exclude="wrong")
    page.text_input(key="exclusion_new_name").set_value("looked-at")
    page.button(key="exclusion_rename").click().run()
    assert names() == ["looked-at"]
    assert page.selectbox(key="exclude").value == "looked-at"


def test_a_set_is_deleted_and_nothing_is_excluded_then(recorded):
    saved()
    page = opened(exclude="wrong")
    page.button(key="exclusion_delete").click().run()
    assert not page.exception
    assert names() == []
    assert page.selectbox(key="exclude").value == "none"


def test_ticks_saving_renaming_and_deleting_are_undone_one_after_the_other(recorded):
    saved()
    page = opened(exclude="wrong", **WORST)
    page.button(key="suspects_Tick all shown").click().run()
    page.button(key="exclusion_save").click().run()
    page.text_input(key="exclusion_new_name").set_value("new")
    page.button(key="exclusion_rename").click().run()
    page.button(key="exclusion_delete").click().run()
    assert names() == []
    for chosen, rows in (("new", {3, 4, *worst()}), ("wrong", {3, 4, *worst()}), ("wrong", {3, 4})):
        page.button(key="exclusion_undo").click().run()
        assert not page.exception
        assert (names(), page.selectbox(key="exclude").value) == ([chosen], chosen)
        assert set(exclusions.load(load_run("tiny").dataset_sha256, chosen).rows) == rows
    assert "not saved yet" in ticked(page)  # the save was undone, the ticks are there
    page.button(key="exclusion_undo").click().run()
    assert ticked(page) == "**2 rows ticked** in **wrong**"
    assert "exclusion_undo" not in [button.key for button in page.button]


def test_what_was_saved_elsewhere_since_is_not_undone(recorded):
    saved()
    page = opened(exclude="wrong")
    page.button(key="exclusion_delete").click().run()
    saved(rows=[9])  # another tab
    page.button(key="exclusion_undo").click().run()
    assert "was changed since" in page.error[0].value
    assert exclusions.load(load_run("tiny").dataset_sha256, "wrong").rows == (9,)


def test_what_is_shown_as_ticked_is_saved_where_its_set_was_deleted_elsewhere_since(recorded):
    saved()
    page = opened(exclude="wrong", **WORST)
    page.button(key="suspects_Tick all shown").click().run()
    exclusions.delete(load_run("tiny").dataset_sha256, "wrong")  # another tab
    page.button(key="exclusion_save").click().run()
    assert not page.exception
    assert set(exclusions.load(load_run("tiny").dataset_sha256, "wrong").rows) == {3, 4, *worst()}


@pytest.mark.parametrize("name", ["../up", "none", "A b"])
def test_a_name_that_is_not_possible_is_a_sentence_and_the_ticks_stay(named, name):
    named.text_input(key="exclusion_name").set_value(name)
    named.button(key="exclusion_save_as").click().run()
    assert not named.exception
    assert len(named.error) == 1
    assert ticked(named).startswith("**10 rows ticked**")
    assert names() == []


def test_planted_wrong_labels_are_counted_for_every_rule_and_for_the_ticks(named, recorded):
    table = named.dataframe[-1].value
    assert table["suspected_by"].tolist() == [*label_issues.RULES, "ticked"]
    assert table["n"].tolist() == [10] * 5


def test_a_pair_in_the_link_filters_and_a_pair_without_suspects_says_so(recorded):
    dynamics = load_run("tiny")
    found = label_issues.find(dynamics)
    pairs = label_issues.confused_pairs(dynamics)
    empty = next(
        one
        for one in pairs
        if not ((dynamics.labels == one.label) & (found.proposed == one.predicted) & found.mask).any()
    )
    page = opened()
    page.selectbox(key="pair").set_value(page.selectbox(key="pair").options[1 + pairs.index(empty)]).run()
    assert any("Nothing is suspected here" in info.value for info in page.info)


def test_near_duplicates_are_compared_with_the_planted_ones_and_their_copies_ticked(recorded):
    page = opened(look="near-duplicates", alike="0.95")
    assert not page.exception
    row = page.dataframe[-1].value.iloc[0]
    assert row["n"] > 0
    assert row["precision"] > 0.9
    page.button(key="suspects_Tick all but the first of each").click().run()
    shown = int(ticked(page).split()[0].strip("*"))
    assert 0 < shown <= 12 * 2


@pytest.fixture
def foreign(cache):
    """Imported dynamics, without images or anything that says which they were, and with hostile class names."""
    logits = np.random.default_rng(0).normal(size=(6, 30, 2)).astype(np.float32)
    info = {"class_names": ["![x](http://a.invalid)", "<b>"], "origin": "imported"}
    with Recorder("tiny", labels=np.arange(30) % 2, classes=2, epochs=6, info=info) as recorder:
        for epoch in range(1, 7):
            recorder.record(epoch, np.arange(30), logits[epoch - 1])
            recorder.end_epoch(epoch)
    assert isinstance(load_run("tiny"), Dynamics)


def test_imported_dynamics_can_be_ticked_and_exported_but_not_saved_and_the_page_says_why(foreign):
    page = opened(evidence="low-aum", top="top 10 %")
    page.button(key="suspects_Tick all shown").click().run()
    assert not page.exception
    assert ticked(page).startswith("**3 rows ticked**")
    assert any("not known which images" in caption.value for caption in page.caption)
    assert "exclude" not in [box.key for box in page.selectbox]


def test_near_duplicates_of_a_run_without_images_are_a_sentence(foreign):
    page = opened(look="near-duplicates")
    assert not page.exception
    assert "has no images here" in page.error[0].value


def test_a_chosen_set_is_part_of_the_commands_that_retrain_shows(recorded):
    saved()
    page = opened("pages/7_Experiments.py", exclude="wrong")
    assert not page.exception
    assert all("--exclude wrong" in line for line in page.code[0].value.splitlines())


def sample_page():
    """A page with nothing but the box of one sample."""
    from coreset_engine.dashboard import cached
    from coreset_engine.dashboard.controls import exclusion_panel, exclusions
    from coreset_engine.dashboard.controls.exclusion import choose_exclusion

    facts = cached.info("tiny")
    name, _ = choose_exclusion(facts.dataset_sha256)
    exclusion_panel.draw_one(exclusions.open_work("tiny", facts, name), 5)


def test_one_sample_is_ticked_on_its_own_page_and_saved_into_the_set_chosen(recorded):
    saved()
    page = AppTest.from_function(sample_page)
    page.query_params["exclude"] = "wrong"
    page.run()
    page.checkbox[0].check().run()
    page.button(key="exclusion_save").click().run()
    assert not page.exception
    assert exclusions.load(load_run("tiny").dataset_sha256, "wrong").rows == (3, 4, 5)
    assert page.checkbox[0].value
    page.button(key="exclusion_undo").click().run()
    page.button(key="exclusion_undo").click().run()
    assert exclusions.load(load_run("tiny").dataset_sha256, "wrong").rows == (3, 4)
    assert not page.checkbox[0].value


def test_one_sample_ticked_without_a_set_is_told_to_be_unsaved(recorded):
    page = AppTest.from_function(sample_page).run()
    page.checkbox[0].check().run()
    assert any("Not saved yet" in caption.value for caption in page.caption)
    assert names() == []


def test_all_suspects_of_all_pages_can_be_ticked_at_once(recorded):
    every = label_issues.find(load_run("tiny"), "low-aum").rows
    page = opened(evidence="low-aum")
    assert len(every) > 24  # so that there are several pages
    page.button(key="suspects_every").click().run()
    assert not page.exception
    assert ticked(page).startswith(f"**{len(every):,} rows ticked**")


@pytest.mark.parametrize("folds", [0, 4])
def test_the_caption_says_whether_the_evidence_is_out_of_sample(folds, tiny_logits, tiny_labels):
    facts = {"folds": folds, "mode": "eval"}
    with Recorder("scored", labels=tiny_labels, classes=3, epochs=12, info=facts) as recorder:
        for epoch, logits in enumerate(tiny_logits, 1):
            recorder.record(epoch, np.arange(8), logits)
            recorder.end_epoch(epoch)
    page = opened(run="scored")
    assert not page.exception
    (caption,) = [text.value for text in page.caption if "of the three rules agree" in text.value]
    assert ("; out of sample (4 folds)." in caption) == (folds == 4)
