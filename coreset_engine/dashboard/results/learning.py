"""Learning curves of single retrainings: loss and accuracy over the epochs, the best epoch marked."""

import pandas as pd
import streamlit as st

from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.results import charts, retrainings
from coreset_engine.results.learning import with_curve

KEY = "curves_of"
HEIGHT = 320  # px of a chart
FIRST = 3  # retrainings shown before somebody chooses


def first_shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn before somebody chooses: the newest retraining of a few methods, on all data and Random first.

    Args:
        rows: what `with_curve` returns.
    """
    newest = rows.drop_duplicates("label")
    rank = newest["method"].map({"full": 0, "random": 1}).fillna(2)
    return newest.loc[rank.sort_values(kind="stable").index].head(FIRST)


def draw(rows: pd.DataFrame) -> list[str]:
    """Draw the choice of retrainings and their curves, and return the keys of those shown.

    Args:
        rows: as `results.frame` gives them.
    """
    kept = with_curve(rows)
    if kept.empty:
        st.info("None of these rows holds its curves. Those of a training from this version on do.")
        return []
    names = retrainings.titles(kept)
    chosen = st.multiselect(
        "Retrainings",
        names,
        retrainings.titles(first_shown(kept)),
        key=KEY,
        bind="query-params",
        placeholder="Choose retrainings, here or in the table below",
    )
    shown = kept[[name in chosen for name in names]]
    if shown.empty:
        return []
    left, right = st.columns(2, gap="medium")
    said, named = ", ".join(chosen), list(zip(retrainings.titles(shown), shown.to_dict("records"), strict=True))
    with left:
        alt = f"Train and val loss in nats over the epochs of {said}; the best val epoch of each is marked"
        draw_chart(charts.losses(named), height=HEIGHT, key="results_losses", alt=alt)
    with right:
        alt = f"Val accuracy in percent over the epochs of {said}; the best val epoch of each is marked"
        draw_chart(charts.accuracies(named), height=HEIGHT, key="results_accuracies", alt=alt)
    st.caption(
        "A diamond marks the best epoch by val accuracy, whose weights the figures at the best val epoch are of. The train "
        "loss is the mean over the epoch's batches before each update, the val loss that of the weights the epoch ends with."
    )
    return shown["key"].tolist()
