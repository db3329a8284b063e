"""How wide the columns of tables are."""

import pandas as pd

from coreset_engine.dashboard.widgets import tables
from coreset_engine.results.people import Column

BUDGETS = "random, tempered budgets τ=0.5, hard cut-off β=0.3"


def width(*texts):
    """The width of a column of long names."""
    return tables._config(pd.DataFrame({"method": texts}), {"method": Column(width="medium")})["method"]["width"]


def test_a_column_is_wide_where_its_texts_would_look_alike_cut_off_and_no_wider_than_short_ones_need():
    assert width("eva 1/21 K10", BUDGETS) == "medium"
    assert width(BUDGETS, BUDGETS) == "medium"
    assert 200 < width(BUDGETS, f"{BUDGETS} by aum, global") <= tables.WIDEST
    assert width("random", None, "el2n") is None
    assert width(None) is None
