"""The selectors of the selection rule and the selection rate α."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from coreset_engine import selection
from coreset_engine.dashboard.controls import option_fields


def choose_rule(skip: Iterable[str] = ()) -> tuple[str, dict[str, Any]]:
    """Draw the rule with its options and return its name and the options that were given a value.

    Args:
        skip: options that are asked for elsewhere.
    """
    rules = selection.all_rules()
    rule = st.selectbox(
        "Rule",
        list(rules),
        key="rule",
        bind="query-params",
        help="How scores become a coreset: top takes the best-ranked, balanced the same share of every class, ccs drops the "
        "hardest and draws evenly from the rest; see Methods for all.",
    )
    return rule, option_fields.draw(rules[rule].options, rules[rule].function, "rule", skip)


def choose_rate() -> float:
    """Draw the selection rate, the same on every page, and return α."""
    return st.slider(
        "Selection rate α",
        0.01,
        1.0,
        0.1,
        0.01,
        format="percent",
        key="rate",
        bind="query-params",
        help="Share of samples kept.",
    )
