"""Fields are made of a function's signature and docstring alone."""

from typing import Literal

import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import scores, selection
from coreset_engine.dashboard.controls import option_fields


def example(
    request,
    *,
    share: float | None = None,
    parts: int = 50,
    seed: int = 0,
    by: str = "aum",
    form: Literal["a", "b"] = "a",
):
    """Return nothing; only its words count.

    Args:
        request: whatever.
        share: β, a share; None takes 0.3
            where *few* are kept.
        parts, seed: numbers.

    Returns:
        form: not an argument here.
    """


def page():
    import streamlit as st

    from coreset_engine import registry
    from coreset_engine.dashboard.controls.option_fields import draw
    from tests.dashboard.controls.test_option_fields import example

    given = draw(
        registry.options(example), example, "x", skip=["form"], seeds_may_stay_empty=st.query_params.get("mine") == "1"
    )
    st.text(repr(given))


def drawn(**query):
    test = AppTest.from_function(page)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def test_the_help_of_a_field_is_what_the_docstring_says_of_the_argument():
    assert option_fields.argument_texts(example) == {
        "request": "whatever.",
        "share": "β, a share; empty takes 0.3 where \\*few\\* are kept.",
        "parts": "numbers.",
        "seed": "numbers.",
    }


def test_a_function_that_says_nothing_of_its_arguments_has_fields_without_help():
    assert option_fields.argument_texts(lambda: None) == {}


def test_an_option_left_at_its_default_of_none_is_not_given():
    assert drawn().text[0].value == repr({"parts": 50, "seed": 0, "by": "aum"})


def test_a_value_in_the_link_fills_its_field():
    assert drawn(x_share="0.25", x_parts="7").text[0].value == repr({"share": 0.25, "parts": 7, "seed": 0, "by": "aum"})


def test_an_option_in_words_is_a_field_for_text_and_not_given_when_emptied():
    page = drawn()
    page.text_input(key="x_by").set_value(" el2n ").run()
    assert "'by': 'el2n'" in page.text[0].value
    page.text_input(key="x_by").set_value("").run()
    assert "'by'" not in page.text[0].value


def test_a_seed_may_stay_empty_so_that_every_training_takes_its_own():
    assert drawn(mine="1").text[0].value == repr({"parts": 50, "by": "aum"})


@pytest.mark.parametrize(
    ("owner", "name"),
    [("scores", name) for name in scores.all_scores()] + [("selection", name) for name in selection.all_rules()],
)
def test_every_option_of_every_method_and_rule_is_explained(owner, name):
    function = scores.get(name).compute if owner == "scores" else selection.get(name).choose
    assert set((scores if owner == "scores" else selection).get(name).options) <= set(
        option_fields.argument_texts(function)
    )
