"""The one gallery: what it draws of what a page asks for, and which rows it gives back."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import load_run, score

EVA = {"early": 1, "late": 4, "length": 2}


def gallery_page():
    """A page with a gallery of two groups, classes, two orders and a file."""
    import numpy as np
    import streamlit as st

    from coreset_engine.coreset import CoresetSpec
    from coreset_engine.dashboard.cached import coreset
    from coreset_engine.dashboard.coresets import gallery
    from coreset_engine.dashboard.coresets.gallery_data import Group, Keys

    found = coreset(CoresetSpec("tiny", "eva", {"early": 1, "late": 4, "length": 2}, rate=0.1))
    groups = [
        Group("best", lambda: found.ranking, "best-ranked first"),
        Group("even", lambda: np.arange(0, 200, 2), "by row"),
    ]
    keys = Keys("tiles", "page", group="group", classes="class", order="order", csv="csv")
    orders = {"as it is": lambda rows: rows, "backwards": lambda rows: rows[::-1]}
    st.session_state["drawn"] = gallery.draw(found, groups, keys, size=30, orders=orders)


def bare_page():
    """A page with nothing but images of the rows 5 and 3."""
    import numpy as np

    from coreset_engine.coreset import CoresetSpec
    from coreset_engine.dashboard.cached import coreset
    from coreset_engine.dashboard.coresets import gallery
    from coreset_engine.dashboard.coresets.gallery_data import Group, Keys

    found = coreset(CoresetSpec("tiny", "aum", rate=0.1))
    gallery.draw(found, [Group("two", lambda: np.array([5, 3]), "of two")], Keys("tiles", "page"))


@pytest.fixture
def page(recorded):
    return AppTest.from_function(gallery_page, default_timeout=60).run()


def told(page):
    """What the component is told."""
    (drawn,) = [one.proto for one in page.get("bidi_component") if one.proto.component_name.endswith("tiles")]
    return json.loads(drawn.json)


def tiles(page):
    """The images of the gallery as the component is told of them."""
    given = told(page)
    labels, states = (
        [different[place] for place in places] for different, places in (given["labels"], given["states"])
    )
    each = zip(given["rows"], labels, states, strict=True)
    return [{"row": row, "label": label, "state": state} for row, label, state in each]


def best():
    """The rows by their EVA scores, the highest first."""
    return np.argsort(-score(load_run("tiny"), "eva", **EVA), kind="stable")


def test_the_first_group_is_shown_at_first_in_its_own_order_and_its_rows_are_given_back(page):
    assert not page.exception
    assert [tile["row"] for tile in tiles(page)] == best()[:30].tolist()
    assert page.session_state["drawn"] == (best()[:30].tolist(), None)
    assert page.caption[0].value == "200 images, best-ranked first."


def test_group_class_and_order_decide_together_what_is_shown(page):
    labels = load_run("tiny").labels
    names = page.selectbox(key="class").options
    page.segmented_control(key="group").set_value("even").run()
    page.selectbox(key="class").select(names[1]).run()
    page.selectbox(key="order").select("backwards").run()
    assert not page.exception
    wanted = [row for row in range(198, -1, -2) if labels[row] == 0]
    assert [tile["row"] for tile in tiles(page)] == wanted[:30]
    assert page.caption[0].value == f"{len(wanted)} images, backwards."


def test_the_class_stands_below_each_image_where_it_is_asked_for(page):
    assert not told(page)["names"]
    page.toggle(key="tile_classes").set_value(True).run()
    assert not page.exception
    names = page.selectbox(key="class").options[1:]
    labels = load_run("tiny").labels
    assert told(page)["names"]
    assert [tile["label"] for tile in tiles(page)] == [names[labels[tile["row"]]] for tile in tiles(page)]


def test_a_tile_says_whether_its_sample_is_kept(page):
    kept = set(best()[:20].tolist())
    assert all((tile["state"] == "kept") == (tile["row"] in kept) for tile in tiles(page))


def test_without_keys_there_are_images_and_nothing_to_choose(recorded):
    page = AppTest.from_function(bare_page, default_timeout=60).run()
    assert not page.exception
    assert [tile["row"] for tile in tiles(page)] == [5, 3]
    assert not page.selectbox
    assert not page.get("download_button")
