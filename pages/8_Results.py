"""Results: accuracy against selection rate, how sure it is, which classes pay for it, and what it costs."""

import streamlit as st

from coreset_engine import results
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.results import (
    accuracy,
    against_random,
    charts,
    code,
    comparison,
    costs,
    learning,
    recalls,
    retrainings,
)
from coreset_engine.dashboard.shell import beside, failing_gracefully, links, page_setup, saved_views
from coreset_engine.results import published

page_setup("Results", "What coresets reach, how sure that is, which classes pay for it, and what it costs.")

with failing_gracefully():
    table = cached.result_table()
if table.empty:
    st.info(
        "There is no result yet. The first row comes when a recording ends: the surrogate is the full-data reference."
    )
    links.draw("pages/7_Experiments.py", "Start retrainings", icon="replay")
    st.stop()

with beside():
    chosen = comparison.choose(table)
    counted = retrainings.unhidden(chosen.rows)
    rows = comparison.visible(counted, chosen)
    saved_views.save_here("Results", {})
if rows.empty:
    st.info("Every method is hidden. Take one out of *Hide* or *Hidden rows* in the sidebar.")
    st.stop()
figure = comparison.title_of(chosen.figure)
whole = comparison.with_intervals(results.summarise(rows))
summary = comparison.counted(whole, chosen.figure)
layer = published.layer(rows["dataset"].iloc[0], rows["architecture"].iloc[0], chosen.figure)
# hiding a method must not make the others look surer, so that the correction is for all
compared = comparison.visible(results.against_random(counted, chosen.figure), chosen)
st.markdown(against_random.verdict(compared))
bars, with_layer = comparison.choose_bars(bool(layer))
if without := comparison.lacking(rows, chosen.figure):
    st.info(without)

if summary["n"].any():
    accuracy.draw(summary, chosen.figure, figure, bars, layer if with_layer else (), rows)
    st.caption(comparison.remark(summary, chosen.figure, bars))
for sentence in comparison.warnings(summary):
    st.warning(sentence, icon=":material/warning:")

if compared["difference"].notna().any():
    st.markdown(f"## {against_random.heading(chosen.figure)}")
    accuracy.draw_difference(compared, chosen.figure, figure)
    with st.expander("Every comparison, with its interval and p"):
        st.dataframe(
            against_random.for_people(compared, charts.scale(chosen.figure)[0]),
            hide_index=True,
            key="results_compared",
            placeholder="–",
            column_config=against_random.columns(),
        )

st.markdown("## Class by class")
coreset = recalls.draw(rows, chosen.figure)

st.markdown("## What it costs")
costs.draw(rows)

st.markdown("## Learning curves")
curves = learning.draw(rows)

st.markdown("## Means over seeds")
st.dataframe(
    comparison.summary_table(whole),
    hide_index=True,
    key="results_summary",
    placeholder="–",
    column_config=comparison.summary_columns(),
)
st.markdown("## Every retraining")
words = retrainings.draw(rows)

st.markdown("## Take the tables away")
shown = code.Shown(
    chosen,
    hidden_rows=retrainings.hidden(chosen.rows, counted),
    compared=not compared.empty,
    coreset=coreset,
    priced=bool((rows["method"] != "full").any()),
    curves=curves,
    find=words,
)
code_tabs.draw(code.command(shown), code.python(shown))
st.caption("Research use only: not a medical device.")
