"""The selector of runs, where a link names one that is not there."""

import shutil

from streamlit.testing.v1 import AppTest


def page():
    """A page with nothing but the selector."""
    import streamlit as st

    from coreset_engine.dashboard.controls import run_and_method

    run_and_method.stop_without_runs()
    st.text(run_and_method.choose_run())


def opened(**query):
    test = AppTest.from_function(page)
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def test_a_run_that_is_not_there_is_a_sentence_once_and_another_is_shown(recorded):
    shown = opened(run="<b>gone</b>")
    assert "There is no run '\\<b\\>gone" in shown.warning[0].value
    assert "Shown is tiny." in shown.warning[0].value
    assert shown.text[0].value == "tiny"
    assert not shown.run().warning


def test_a_run_deleted_while_it_is_shown_is_told_too(recorded):
    shutil.copytree(recorded, recorded.parent / "other")
    shown = opened(run="tiny")
    assert not shown.warning
    shutil.rmtree(recorded)
    shown.run()
    assert "There is no run 'tiny' in this cache" in shown.warning[0].value
    assert shown.text[0].value == "other"


def test_the_run_of_a_link_is_shown_without_a_word(recorded):
    shown = opened(run="tiny")
    assert shown.text[0].value == "tiny"
    assert not shown.warning
