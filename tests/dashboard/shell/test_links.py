"""Links say every control's value as Streamlit itself writes it."""

from coreset_engine.dashboard.shell import frame, links
from tests.browser import ROOT


def test_values_are_written_as_streamlit_does_and_what_is_empty_clears_its_control():
    controls = {"rate": 0.1, "early": 4, "average": ["a b", "c&d"], "rule_seed": None, "differ": True, "sets": []}
    assert links.texts(controls) == {
        "rate": ["0.1"], "early": ["4"], "average": ["a b", "c&d"], "rule_seed": [""], "differ": ["true"], "sets": [""]
    }  # fmt: skip


def test_the_menu_names_every_page_and_every_page_of_a_kind_exists():
    files = {"app.py"} | {f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
    assert {path for path, _, _ in frame.PAGES} == files
    assert files > set(links.KIND_OF)
    assert set(links.KIND_OF.values()) < set(links.KINDS)
