"""The Sample page without a browser."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import Recorder, load_run, score, select
from coreset_engine.dashboard import cached, cached_duplicates
from tests.browser import ROOT

WINDOWS = {"early": "1", "late": "4", "length": "2"}


@pytest.fixture
def foreign(cache):
    """Dynamics of another program: 40 samples, 12 epochs, two classes with hostile names; no images, no snapshot."""
    labels, draws = np.arange(40) % 2, np.random.default_rng(0)
    info = {"class_names": ["![x](http://example.invalid/p.png)", "<b>y</b>"]}
    with Recorder("foreign", labels=labels, classes=2, epochs=12, info=info) as recorder:
        for epoch in range(1, 13):
            recorder.record(epoch, np.arange(40), draws.normal(size=(40, 2)).astype(np.float32))
            recorder.end_epoch(epoch)
    return "foreign"


def opened(**query):
    test = AppTest.from_file(str(ROOT / "pages/10_Sample.py"), default_timeout=60)
    for name, value in query.items():
        test.query_params[name] = value
    page = test.run()
    assert not page.exception
    return page


def said(page):
    """All that stands on the page outside the sidebar, as people read it."""
    texts = [text.value for text in [*page.main.markdown, *page.main.caption, *page.main.info]]
    return "\n".join(texts).replace("\\", "")


def test_a_wrong_label_that_was_planted_is_told_with_the_class_that_the_image_shows(recorded):
    images = cached.images("tiny")
    row = int(np.flatnonzero(images.truth["wrong_label"])[0])
    text = said(opened(run="tiny", sample=str(row), **WINDOWS))
    assert f"Label: **{images.class_names[images.labels['train'][row]]}**" in text
    assert f"the image shows {images.class_names[images.truth['true_label'][row]]}." in text


@pytest.mark.parametrize(("place", "state"), [(0, "kept"), (19, "kept"), (20, "dropped"), (199, "dropped")])
def test_rank_and_state_are_those_of_the_method_and_windows_in_the_link(place, state, recorded):
    values = score(load_run("tiny"), "eva", early=1, late=4, length=2)
    row = int(np.argsort(-values, kind="stable")[place])
    page = opened(run="tiny", sample=str(row), rate="0.1", **WINDOWS)  # 20 of 200 are kept
    text, shown = said(page), ":blue[kept]" if state == "kept" else state
    assert f"Rank {place + 1} of 200 by eva" in text
    assert f"Coreset: **{shown}** at α = 10 % by eva" in text
    table = page.dataframe[-1].value.set_index("Method")
    assert (table.loc["eva", "Rank"], table.loc["eva", "State"]) == (place + 1, state)


def test_a_rule_other_than_top_decides_what_is_kept(recorded):
    run = load_run("tiny")
    given = {"early": 1, "late": 4, "length": 2}
    kept = select(run, method="eva", rate=0.1, rule="balanced", **given)
    lost = np.setdiff1d(kept, select(run, method="eva", rate=0.1, **given))
    text = said(opened(run="tiny", sample=str(lost[0]), rate="0.1", rule="balanced", **WINDOWS))
    assert "**:blue[kept]** at α = 10 % by eva, rule balanced" in text


def test_the_buttons_lead_through_the_ranking_and_end_where_it_ends(recorded):
    order = np.argsort(-score(load_run("tiny"), "eva", early=1, late=4, length=2), kind="stable").tolist()
    page = opened(run="tiny", sample=str(order[1]), **WINDOWS)
    page.button(key="sample_after").click().run()
    assert page.number_input(key="sample").value == order[2]
    page.button(key="sample_before").click().run()
    page.button(key="sample_before").click().run()
    assert page.number_input(key="sample").value == order[0]
    assert page.button(key="sample_before").disabled
    assert not page.button(key="sample_after").disabled


@pytest.mark.parametrize("row", ["200", "-1"])
def test_a_row_that_does_not_exist_is_a_sentence_that_tells_which_do(row, recorded):
    page = opened(run="tiny", sample=row, **WINDOWS)
    assert f"There is no sample {row}: the rows run from 0 to 199." in page.error[0].value.replace("\\", "")


def test_contrast_is_only_stretched_when_asked_for_and_then_says_so(recorded):
    page = opened(run="tiny", sample="3", **WINDOWS)
    assert "as in the file" in said(page)
    assert "Contrast stretched" not in said(page)
    page.toggle(key="stretch").set_value(True).run()
    assert "Contrast stretched" in said(page)


def test_the_neighbours_are_the_nearest_by_the_features_of_the_run(recorded):
    features = cached.sources("tiny").snapshots[0].features.astype(np.float64)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosine = unit @ unit[3]
    cosine[3] = -1
    table = opened(run="tiny", sample="3", **WINDOWS).dataframe[0].value
    assert table["Row"].tolist() == np.argsort(-cosine)[:12].tolist()
    np.testing.assert_allclose(table["Cosine"], np.sort(cosine)[::-1][:12], atol=1e-6)


def test_many_images_are_compared_when_that_is_asked_for_and_how_long_it_takes_is_said_before(recorded, monkeypatch):
    count = cached.info("tiny").samples
    monkeypatch.setattr(cached_duplicates, "MANY", count / 20)
    page, answer = opened(run="tiny", sample="3", **WINDOWS), "correlation of the pixels"
    assert answer not in said(page)
    toggle = page.toggle(key="sample_twins_wanted")
    assert toggle.label == f"Compare all {count:,} images: about 2.0 h of one core"  # 20² times 18 s
    assert answer in said(toggle.set_value(True).run())


def test_a_sample_that_a_greedy_method_leaves_out_has_no_rank(recorded):
    picked = select(cached.sources("tiny"), method="k-center", rate=0.1)
    left = np.setdiff1d(np.arange(200), picked)[0]
    assert "Not picked by k-center" in said(opened(run="tiny", sample=str(left), method="k-center", rate="0.1"))
    assert "of 200 by k-center" in said(opened(run="tiny", sample=str(picked[0]), method="k-center", rate="0.1"))


def test_without_images_and_snapshot_the_page_shows_the_rest_and_says_what_is_missing(foreign):
    page = opened(run=foreign, sample="7")
    assert not page.error
    text = said(page)
    assert "no images here" in text
    assert "Neighbours need the features" in text
    assert "No score of least-confidence, margin" in text
    assert "Predicted as labelled" in text
    assert page.dataframe[0].value.set_index("Method").loc["eva", "Rank"] >= 1


def test_hostile_class_names_are_shown_as_text(foreign):
    page = opened(run=foreign, sample="0")
    texts = [text.value for text in [*page.main.markdown, *page.main.caption]]
    assert any("example.invalid" in text for text in texts)
    assert not any("![x](" in text or "<b>" in text for text in texts)
