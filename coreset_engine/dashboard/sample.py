"""One sample's page: the way to it from any gallery, and which sample it shows."""

import streamlit as st

PAGE = "pages/5_Sample.py"
# What a link to a sample takes along, so that the sample is shown under the setting that led to it.
SHARED = ("method", "rate", "rule", "early", "late", "length", "start", "width")
OWN_OPTIONS = ("rule_",)  # and those of the method: see `fields.draw`


def open_sample(run: str, row: int) -> None:
    """Go to the page of one sample of a run, under the method, windows, rate and rule of the URL; does not return.

    To be called while the page runs, not in a callback: with the row that `tiles.draw` has just returned.

    Args:
        run: its name.
        row: of the train split.
    """
    st.switch_page(PAGE, query_params=link(run, row, st.query_params.to_dict()))


def link(run: str, row: int, query: dict[str, str]) -> dict[str, str]:
    """Return the values of the URL that show one sample under the setting of another page's URL.

    Args:
        run: its name.
        row: of the train split.
        query: what the URL holds now.
    """
    prefixes = (*OWN_OPTIONS, f"{query.get('method', 'eva')}_")
    kept = {name: value for name, value in query.items() if name in SHARED or name.startswith(prefixes)}
    return kept | {"run": run, "sample": str(row)}
