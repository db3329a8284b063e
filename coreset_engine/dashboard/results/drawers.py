"""How every part of the results is drawn: as a chart where there is one for it here, else as its table."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from coreset_engine import results
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.results import charts, class_changes, data
from coreset_engine.dashboard.results.computed import once
from coreset_engine.dashboard.results.data import Scope
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.widgets import tables
from coreset_engine.results import people
from coreset_engine.results.learning import with_curve
from coreset_engine.results.parts import Part, Question
from coreset_engine.results.references import class_names
from coreset_engine.results.verdict_table import ASSUMED

CARDS = 4  # before and after
CARD_WIDTH = 270  # px
HEIGHT = 320  # px of a chart of learning curves
COUNTED = (
    "Images × epochs count the forward and backward passes of the training; evaluation and the selection come on top. "
    "Seconds are comparable only on the same, equally busy machine."
)
CURVES = (
    "The weights of the best epoch are those of the metrics at the best val epoch. The train loss is the mean over the "
    "epoch's batches before each update, the val loss that of the weights the epoch ends with."
)


@dataclass(frozen=True)
class Answer:
    """The table of one part, with what it was asked and the rows behind it, those of hidden methods left out."""

    part: Part
    question: Question
    table: pd.DataFrame
    rows: pd.DataFrame
    scope: Scope

    def for_people(self) -> pd.DataFrame:
        """Return the table as people read it."""
        which = (self.question.coreset, self.question.keys)
        return once(
            f"{self.part.name} for people", self.scope, lambda: self.part.for_people(self.table, self.question), *which
        )


def draw(answer: Answer) -> None:
    """Draw one part of the results."""
    DRAWN.get(answer.part.name, _draw_table)(answer)


def names_of(rows: pd.DataFrame, count: int) -> tuple[str, ...]:
    """Return the names of so many classes."""
    return class_names(rows["dataset_sha256"].iloc[0], count, cached.info)


def _draw_table(answer: Answer) -> None:
    """Draw a part as the table that people read."""
    part = answer.part
    shown = answer.for_people()
    height = "content" if len(shown) <= tables.TALL else 35 * tables.TALL
    tables.draw(shown, people.written(part.columns, answer.question.metric), f"results_{part.name}", height=height)


def _draw_verdict(answer: Answer) -> None:
    """Draw the verdict on every method, and the differences with their intervals."""
    metric = answer.question.metric
    _draw_table(answer)
    st.caption("The spread is pooled over the lines, so that two seeds can tell.", help=ASSUMED)
    if answer.table["half"].notna().any():
        draw_chart(
            charts.difference(
                answer.table, metric, dict(zip(answer.rows["label"], answer.rows["method"], strict=True))
            ),
            height=360,
            key="results_difference",
            alt=f"Difference from Random in {people.title_of(metric)} against selection rate, with 95 % intervals",
        )


def _draw_random(answer: Answer) -> None:
    """Draw the differences from Random as each method's own seeds give them, folded away: the verdict is the answer."""
    with st.expander("Every comparison by its own seeds alone, with its interval and p"):
        _draw_table(answer)


def _draw_exclusions(answer: Answer) -> None:
    """Draw before and after as cards, the largest differences first, and all of them as a table."""
    shown = answer.for_people()
    first = shown.loc[shown["difference"].abs().sort_values(ascending=False, kind="stable").index].head(CARDS)
    lower = answer.question.metric in results.LOWER_IS_BETTER
    with st.container(horizontal=True):
        for line in first.to_dict("records"):
            st.metric(
                f"{markdown_safe(line['method'])}, {line['α']:.3g} %, without {markdown_safe(line['without'])}",
                f"{line['before']:.1f} → {line['after']:.1f}",
                f"{line['difference']:+.1f} (n = {line['n']})",
                delta_color="inverse" if lower else "normal",
                border=True,
                width=CARD_WIDTH,
            )
    st.caption(
        f"Paired by seed: {people.title_of(answer.question.metric)}.",
        help="The same coreset with all samples to choose from, and without the excluded ones. The table has the intervals.",
    )
    with st.expander("Every coreset with and without excluded samples"):
        _draw_table(answer)


def _draw_recalls(answer: Answer) -> None:
    """Draw the recalls of one coreset beside those of the full data."""
    label, rate = answer.question.coreset or class_changes.pairs_of(answer.table)[0]
    metric = answer.question.metric
    spec, height = charts.recalls(answer.rows, label, rate, metric, names_of(answer.rows, len(answer.table)))
    left, right = st.columns(2, gap="medium")
    with left:
        alt = f"Recall of every class on the full data and on {label} at α = {100 * rate:.3g} %, one dot per seed"
        draw_chart(spec, height=height, key="results_recall", alt=alt)
    with right:
        _draw_table(answer)
    st.caption(f"Recall on {class_changes.split_of(metric)}: one dot per seed; sd is the sample standard deviation.")


def _draw_confusion(answer: Answer) -> None:
    """Draw how much more often one class is taken for another on a coreset than on the full data."""
    label, rate = answer.question.coreset or ("", 0.0)
    metric = answer.question.metric
    change = results.confusion_change(answer.rows, label, rate, metric)
    if change is None:
        return
    names = names_of(answer.rows, len(change.points))
    words = class_changes.confusion_in_words(change, names)
    st.markdown(markdown_safe(words))
    spec, height = charts.confusion(change, names)
    alt = f"Change of the confusion on {label} at α = {100 * rate:.3g} % against the full data, in points. {words}"
    draw_chart(spec, height=height, key="results_confusion", alt=alt)
    few = f" Drawn: the {charts.MOST} of {len(names):,} classes that change most." if len(names) > charts.MOST else ""
    st.caption(
        f"On {class_changes.confusion_split_of(metric)}: change of the share of each true class, in points.{few}",
        help=f"Mean over the seeds of the coreset (n = {change.n}) less that of the full data (n = {change.full_n}). On the "
        "diagonal orange is good, beside it blue is.",
    )


def _draw_costs(answer: Answer) -> None:
    """Draw what every coreset costs beside the full data."""
    words = data.costs_in_words(answer.table) or "Without a recording nothing has to be earned back."
    st.caption(words, help=COUNTED + data.energy_in_words(answer.table))
    _draw_table(answer)


def _draw_modes(answer: Answer) -> None:
    """Draw what training modes used and reached beside the full data."""
    _draw_table(answer)
    st.caption(
        "Trainings on all images whose epochs take fewer of them: no coresets.",
        help="Used is the share of the samples of all epochs that the gradient steps took; the difference is from plain "
        "training on the full data, paired by seed, with its 95 % interval.",
    )


def _draw_curves(answer: Answer) -> None:
    """Draw loss and accuracy of the chosen retrainings over the epochs."""
    kept = with_curve(answer.rows[answer.rows["key"].isin(answer.question.keys)])
    named = list(zip(data.titles(kept), kept.to_dict("records"), strict=True))
    names = ", ".join(title for title, _ in named)
    left, right = st.columns(2, gap="medium")
    with left:
        alt = f"Train and val loss over the epochs of {names}; the best val epoch of each is marked"
        draw_chart(charts.losses(named), height=HEIGHT, key="results_losses", alt=alt)
    with right:
        alt = f"Val accuracy in percent over the epochs of {names}; the best val epoch of each is marked"
        draw_chart(charts.accuracies(named), height=HEIGHT, key="results_accuracies", alt=alt)
    st.caption("A large mark is the best epoch by val accuracy.", help=CURVES)


DRAWN: dict[str, Callable[[Answer], None]] = {  # of all others the table
    "verdict": _draw_verdict,
    "random": _draw_random,
    "exclusions": _draw_exclusions,
    "recalls": _draw_recalls,
    "confusion": _draw_confusion,
    "costs": _draw_costs,
    "modes": _draw_modes,
    "curves": _draw_curves,
}
