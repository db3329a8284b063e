"""The selector of saved exclusions, which every page that keeps samples shows."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine.store import exclusions

FIRST, SECOND = "ab" * 32, "cd" * 32


def page():
    """A page with nothing but the selector; a radio says whose images they are."""
    import streamlit as st

    from coreset_engine.dashboard.controls.exclusion import choose_exclusion
    from coreset_engine.dashboard.shell import failing_gracefully

    sha = st.radio("Images", ["ab" * 32, "cd" * 32, ""], key="images")
    with failing_gracefully():
        name, rows = choose_exclusion(sha)
    st.text(f"{name}|{rows.tolist()}|{rows.dtype}")


@pytest.fixture(autouse=True)
def saved():
    for name, rows in (("wrong", [7, 2]), ("none", [1])):
        exclusions.save(name, np.array(rows), dataset="blood", dataset_sha256=FIRST, samples=9)


def opened(**query):
    test = AppTest.from_function(page)
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def test_nothing_is_excluded_unless_it_is_asked_for():
    assert opened().text[0].value == "|[]|int64"


def test_the_set_that_a_link_names_is_loaded_and_said():
    shown = opened(exclude="wrong")
    assert shown.text[0].value == "wrong|[2, 7]|int64"
    assert shown.caption[0].value == "wrong: 2 rows are never kept."


def test_a_set_called_none_is_not_mistaken_for_nothing():
    assert opened().selectbox(key="exclude").options == ["none", "wrong"]


def test_a_name_that_nobody_saved_is_a_sentence_once_and_then_forgotten():
    shown = opened(exclude="<b>gone</b>")
    assert "no saved exclusion" in shown.warning[0].value
    assert "<b>" not in shown.warning[0].value
    assert shown.text[0].value == "|[]|int64"
    assert not shown.run().warning


@pytest.mark.parametrize("images", [SECOND, ""])
def test_the_set_of_other_images_is_left_with_a_sentence_when_the_run_changes(images):
    shown = opened(exclude="wrong")
    shown.radio(key="images").set_value(images).run()
    assert "no saved exclusion 'wrong'" in shown.warning[0].value
    assert shown.text[0].value == "|[]|int64"


def test_a_damaged_set_is_a_sentence_and_another_can_be_chosen(cache):
    (cache / "exclusions" / FIRST[:16] / "bad.json").write_text("{")
    shown = opened(exclude="bad")
    assert "Delete it and save" in shown.error[0].value
    assert not shown.text
    assert shown.selectbox(key="exclude").set_value("none").run().text[0].value == "|[]|int64"
