"""Links say every control's value as Streamlit itself writes it."""

from coreset_engine.dashboard.shell import links


def test_values_are_written_as_streamlit_does_and_what_is_empty_clears_its_control():
    controls = {"rate": 0.1, "early": 4, "average": ["a b", "c&d"], "rule_seed": None, "differ": True, "sets": []}
    assert links.texts(controls) == {
        "rate": ["0.1"], "early": ["4"], "average": ["a b", "c&d"], "rule_seed": [""], "differ": ["true"], "sets": [""]
    }  # fmt: skip
