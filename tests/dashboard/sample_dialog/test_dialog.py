"""The look at a sample that a gallery opens: what it shows, and that it leaves the page alone."""

import re
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import load_run, score, select
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached

ASKED = CoresetSpec("tiny", "eva", {"early": 1, "late": 4, "length": 2}, rate=0.1)


def gallery_page():
    """A page whose button opens the second of three rows, as a gallery would."""
    import numpy as np
    import streamlit as st

    from coreset_engine.coreset import CoresetSpec
    from coreset_engine.dashboard.cached import coreset
    from coreset_engine.dashboard.sample_dialog.dialog import open_sample

    asked = CoresetSpec("tiny", "eva", {"early": 1, "late": 4, "length": 2}, rate=0.1)
    current = coreset(asked)
    rows = np.flatnonzero(current.kept)[:3].tolist()
    st.session_state["rows"] = rows
    st.number_input("Something", key="something", value=1, bind="query-params")
    if st.button("image", key="image"):
        open_sample("tiny", rows[1], rows, [current])


def bare_page():
    """A page that knows nothing but run and row."""
    from coreset_engine.dashboard.sample_dialog.dialog import open_sample

    open_sample("tiny", 5)


@pytest.fixture
def page(recorded):
    return AppTest.from_function(gallery_page, default_timeout=60).run()


def courses(page):
    return [one for one in page.get("bidi_component") if one.proto.component_name.endswith("coreset_course")]


def said(page):
    return "\n".join(text.value for text in [*page.markdown, *page.caption]).replace("\\", "")


def test_a_look_tells_label_state_rank_and_course_of_the_image_chosen(page):
    page.button(key="image").click().run()
    assert not page.exception
    row = page.session_state["rows"][1]
    run, images = load_run("tiny"), cached.images("tiny")
    assert row in select(run, method="eva", rate=0.1, **ASKED.options)
    text = said(page)
    assert f"**Row {row}** · 2 of 3 shown" in text
    assert f"Label: **{images.class_names[run.labels[row]]}**" in text
    assert "eva 1/4 K2, α = 10 %: **:blue[kept]**, rank " in text
    assert "of 5 epochs" in text
    assert len(courses(page)) == 1
    assert f"Row {row} of the train split" in page.get("html")[0].proto.body


def test_the_button_goes_to_the_next_image_and_leaves_the_page_as_it_is(page):
    page.button(key="image").click().run()
    rows = page.session_state["rows"]
    page.button(key="peek_next").click().run()
    assert page.session_state["peek_row"] == rows[2]
    assert page.session_state["something"] == 1


def test_the_next_run_of_the_page_does_not_open_it_again(page):
    page.button(key="image").click().run()
    assert "shown" in said(page)
    page.number_input(key="something").set_value(2).run()
    assert "shown" not in said(page)
    assert not courses(page)


def test_nothing_in_it_stands_in_the_address(page):
    page.button(key="image").click().run()
    assert dict(page.query_params) == {}


def test_a_page_that_knows_nothing_else_still_opens_a_sample(recorded):
    page = AppTest.from_function(bare_page, default_timeout=60).run()
    assert not page.exception
    text = said(page)
    assert "**Row 5**" in text
    assert "rank" not in text
    assert not page.button


def test_a_look_takes_less_than_300_ms(page):
    page.button(key="image").click().run()  # what is read once is read
    seconds = []
    for _ in range(5):
        start = time.process_time()
        page.button(key="image").click().run()
        seconds.append(time.process_time() - start)
    assert np.median(seconds) < 0.3


def compared_page():
    """A page that shows two selections side by side, a third of samples that a method picks."""
    from coreset_engine.coreset import CoresetSpec
    from coreset_engine.dashboard.cached import coreset
    from coreset_engine.dashboard.sample_dialog.dialog import open_sample

    asked = [CoresetSpec("tiny", name, rate=0.1) for name in ("aum", "variability", "k-center")]
    found = [coreset(one) for one in asked]
    row = int(found[0].ranking[0])
    open_sample("tiny", row, [row], found)


def test_where_selections_stand_side_by_side_a_look_tells_what_each_makes_of_the_sample(recorded):
    page = AppTest.from_function(compared_page, default_timeout=60).run()
    assert not page.exception
    text, run = said(page), load_run("tiny")
    row = int(re.search(r"\*\*Row (\d+)\*\*", text).group(1))
    assert "aum, α = 10 %: **:blue[kept]**, rank 1 of 200" in text
    spread = score(run, "variability")
    rank = 1 + int((spread > spread[row]).sum())
    state = "**:blue[kept]**" if row in select(run, method="variability", rate=0.1) else "**dropped**"
    assert f"variability, α = 10 %: {state}, rank {rank:,} of 200" in text
    assert "k-center, α = 10 %: " in text
    if row not in select(cached.sources("tiny"), method="k-center", rate=0.1):
        assert "k-center, α = 10 %: **dropped**, not picked" in text
