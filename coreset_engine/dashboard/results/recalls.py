"""How the recall of every class reads: a mean can stay while a class is lost."""

from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.results import charts, confusions
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.results import class_recalls, confusion_change
from coreset_engine.results.recalls import rule_of
from coreset_engine.results.references import class_names

FALL = 0.10  # of a class's recall, and of the accuracy, beyond which it is told, 0..1
TALL = 20  # classes that the table shows without scrolling
SHOWN = 3  # warnings before the rest is folded away
NAMES = {"test_last": "test, last epoch", "test_best_val": "test, best val epoch"}
NAMES |= {"val_last": "val, last epoch", "val_best": "val, its best epoch"}


class Told(NamedTuple):
    """The coreset whose recalls are shown: its label and rate, and whether its confusion is shown, too."""

    label: str
    rate: float
    confused: bool


def title_of(figure: str) -> str:
    """Return split and epoch rule of a figure in words."""
    return NAMES["_".join(rule_of(figure))]


def warnings(table: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    """Return a sentence for every coreset on which a class falls by more than 10 points though the accuracy does not.

    Args:
        table: what `class_recalls` gives.
        names: of the classes.
    """
    lost = table[(table["fall"] > FALL) & (table["mean_fall"] <= FALL)]
    found = []
    for (label, rate), group in lost.groupby(["label", "rate"], sort=True):
        worst = group.sort_values("fall", ascending=False)
        told = ", ".join(
            f"{markdown_safe(names[row['class']])} by {100 * row['fall']:.0f} points"
            for row in worst.head(3).to_dict("records")
        )
        more = f" and {len(worst) - 3} more" if len(worst) > 3 else ""
        mean = 100 * group["mean_fall"].iloc[0]
        moves = f"falls by {mean:.1f} points only" if mean >= 0 else f"rises by {-mean:.1f} points"
        found.append(
            f"{markdown_safe(label)} at α = {100 * rate:.3g} %: the accuracy {moves}, but recall falls in {told}"
            f"{more} (n = {group['n'].iloc[0]})."
        )
    return found


def fallen(table: pd.DataFrame) -> str:
    """Return the coresets on which a class falls by more than 10 points, and the accuracy, too.

    Args:
        table: what `class_recalls` gives.
    """
    lost = table[(table["fall"] > FALL) & (table["mean_fall"] > FALL)]
    return "; ".join(by_text(list(dict.fromkeys(zip(lost["label"], lost["rate"], strict=True)))))


def by_text(coresets: list[tuple[str, float]]) -> dict[str, tuple[str, float]]:
    """Return coresets, label and rate, by how they read in a list: with as many digits as tell them apart."""
    for digits in (3, 6, 17):
        found = {f"{label}, {100 * rate:.{digits}g} %": (label, rate) for label, rate in coresets}
        if len(found) == len(coresets):
            break
    return found


def worst(table: pd.DataFrame) -> tuple[str, float]:
    """Return label and rate of the coreset on which a class falls furthest, first of those that `warnings` tells of.

    Args:
        table: what `class_recalls` gives, not empty.
    """
    lost = table[(table["fall"] > FALL) & (table["mean_fall"] <= FALL)]
    falls = (table if lost.empty else lost)["fall"].dropna()
    row = table.loc[falls.idxmax() if len(falls) else table.index[0]]
    return row["label"], row["rate"]


def for_people(table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the recalls of one coreset as shown, the largest fall first, in percent."""
    ordered = table.sort_values("fall", ascending=False)
    return pd.DataFrame(
        {
            "class": [names[number] for number in ordered["class"]],
            "change": -100 * ordered["fall"],
            "coreset": 100 * ordered["recall"],
            "all data": 100 * ordered["full"],
            "sd coreset": 100 * ordered["sd"],
            "sd all data": 100 * ordered["full_sd"],
            "n": [f"{n} / {full}" for n, full in zip(ordered["n"], ordered["full_n"], strict=True)],
        }
    )


def columns() -> dict[str, Any]:
    """Return how the columns of `for_people` are drawn."""
    shares = ("all data", "sd all data", "coreset", "sd coreset")
    found = {name: st.column_config.NumberColumn(f"{name} (%)", format="%.1f") for name in shares}
    found["change"] = st.column_config.NumberColumn("change (points)", format="%+.1f")
    return found | {"n": st.column_config.TextColumn("n (coreset / all data)")}


def draw(rows: pd.DataFrame, figure: str) -> Told | None:
    """Draw the warnings, and the recalls and confusions of one coreset beside those on all data; return which one.

    Args:
        rows: as for `class_recalls`.
        figure: whose split and epoch rule count.
    """
    table = class_recalls(rows, figure)
    if table.empty:
        st.info("Recall is compared with that on all data. Retrain on the full data and on a coreset to see it.")
        return None
    names = class_names(rows["dataset_sha256"].iloc[0], int(table["class"].max()) + 1, cached.info)
    found = warnings(table, names)
    for sentence in found[:SHOWN]:
        st.warning(sentence, icon=":material/warning:")
    if len(found) > SHOWN:
        with st.expander(f"{len(found) - SHOWN} more of these"):
            for sentence in found[SHOWN:]:
                st.markdown(sentence)
    if quiet := fallen(table):
        st.caption(
            f"Not warned of, since the accuracy itself falls by more than {100 * FALL:.0f} points: {markdown_safe(quiet)}. "
            "Choose one to see its classes."
        )
    pairs = by_text(list(dict.fromkeys(zip(table["label"], table["rate"], strict=True))))
    first = list(pairs.values()).index(worst(table))
    label, rate = pairs[st.selectbox("Coreset", list(pairs), first, key="recall_of", bind="query-params")]
    spec, height = charts.recalls(rows, label, rate, figure, names)
    left, right = st.columns(2, gap="medium")
    with left:
        alt = f"Recall of every class on all data and on {label} at α = {100 * rate:.3g} %, one dot a seed"
        draw_chart(spec, height=height, key="results_recall", alt=alt)
    with right:
        one = table[(table["label"] == label) & (table["rate"] == rate)]
        st.dataframe(
            for_people(one, names),
            hide_index=True,
            key="results_recalls",
            placeholder="–",
            column_config=columns(),
            height="content" if len(one) <= TALL else 35 * TALL,
        )
    st.caption(f"Recall on {title_of(figure)}: one dot a seed; sd is the sample standard deviation.")
    return Told(label, rate, _draw_confusion(rows, label, rate, figure, names))


def _draw_confusion(rows: pd.DataFrame, label: str, rate: float, figure: str, names: tuple[str, ...]) -> bool:
    """Draw how much more often one class is taken for another on a coreset than on all data; return whether it is known."""
    st.markdown("### Which class is taken for which")
    found = confusion_change(rows, label, rate, figure)
    if found is None:
        st.info(
            "Not known of these rows: the confusion is kept for data of one label an image, of trainings from this version "
            "on. Delete the rows of this coreset and of the full data below and train them again to see it."
        )
        return False
    told = confusions.sentence(found, names)
    st.markdown(markdown_safe(told))
    spec, height = charts.confusion(found, names)
    alt = f"Change of the confusion on {label} at α = {100 * rate:.3g} % against all data, in points. {told}"
    draw_chart(spec, height=height, key="results_confusion", alt=alt)
    st.caption(
        f"On {confusions.title_of(figure)}: share of each true class, mean over the seeds of the coreset (n = {found.n}) "
        f"less that of all data (n = {found.full_n}), in points. On the diagonal orange is good, beside it blue is."
    )
    return True
