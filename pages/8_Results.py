"""Results: accuracy against selection rate, with its spread over seeds."""

import streamlit as st

from coreset_engine import results
from coreset_engine.dashboard import accuracy, charts, comparison, failing_gracefully, page_setup, readers
from coreset_engine.dashboard.frame import page_link

page_setup(
    "Results",
    "Accuracy against selection rate α: means over seeds; bars, and the band around all data, are one standard deviation.",
)

with failing_gracefully():
    table = readers.result_table()
if table.empty:
    st.info(
        "There is no result yet. The first row comes when a recording ends: the surrogate is the full-data reference."
    )
    page_link("pages/7_Retrain.py", "Start retrainings", ":material/replay:")
    st.stop()

with st.sidebar:
    chosen = comparison.choose(table)
if chosen.rows.empty:
    st.info("Every method is hidden. Take one out of *Hide* in the sidebar.")
    st.stop()
figure = comparison.FIGURES[chosen.figure]
summary = results.summarise(chosen.rows)

st.plotly_chart(
    accuracy.by_rate(summary, chosen.figure, figure),
    key="results_chart",
    config=charts.CONFIG,
    alt=f"{figure} against selection rate, one line a method",
)
st.caption(comparison.remark(summary, chosen.figure))
for sentence in comparison.warnings(summary):
    st.warning(sentence, icon=":material/warning:")

st.markdown("#### Means over seeds")
st.dataframe(
    comparison.summary_table(summary),
    hide_index=True,
    key="results_summary",
    column_config=comparison.summary_columns(),
)
st.markdown("#### Every retraining")
st.dataframe(
    comparison.row_table(chosen.rows), hide_index=True, key="results_rows", column_config=comparison.row_columns()
)
with st.container(horizontal=True):
    st.download_button(
        "These rows as CSV",
        data=lambda: chosen.rows.to_csv(index=False).encode(),
        file_name="results.csv",
        mime="text/csv",
        key="results_csv",
        on_click="ignore",
        icon=":material/download:",
    )
st.caption("Research use only: not a medical device.")
