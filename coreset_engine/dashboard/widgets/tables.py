"""Tables that say themselves how their columns are shown."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine.results.people import Column

TALL = 20  # lines shown without scrolling
WIDEST = 420  # px of a column that long texts stretch
LETTER, MARGIN = 6.6, 18  # px of a letter and of both margins
SEEN = 27  # letters of a text in a "medium" column of 200 px


def draw(table: pd.DataFrame, columns: Mapping[str, Column], key: str, **more: Any) -> Any:
    """Draw a table without its index and return what `st.dataframe` does.

    Args:
        table: as people read it.
        columns: how its columns are shown; of those it has not nothing is.
        key: widget key.
        more: for `st.dataframe`.
    """
    return st.dataframe(table, hide_index=True, key=key, placeholder="–", column_config=_config(table, columns), **more)


def _config(table: pd.DataFrame, columns: Mapping[str, Column]) -> dict[str, Any]:
    """Return the columns as Streamlit is told of them."""
    return {
        name: st.column_config.NumberColumn(one.title or None, format=one.format or None, help=one.help or None)
        if one.format or pd.api.types.is_numeric_dtype(table[name])
        else st.column_config.TextColumn(one.title or None, help=one.help or None, width=_width(table[name], one.width))
        for name, one in columns.items()
        if name in table
    }


def _width(texts: pd.Series, width: str) -> Any:
    """Return a column's width; a "medium" one is no wider than short texts need, and grows where cut off they look alike."""
    if width != "medium":
        return width or None
    different = {str(text) for text in texts.dropna()}
    longest = max(map(len, different), default=0)
    if longest <= SEEN:
        return None
    return (
        int(min(WIDEST, LETTER * longest + MARGIN))
        if len({text[:SEEN] for text in different}) < len(different)
        else width
    )
