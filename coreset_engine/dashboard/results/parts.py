"""What the Results page draws: its filters, accuracy against the selection rate, and every part of the results."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from coreset_engine import results, store
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts import theme
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.results import charts, class_changes, code, data, drawers, retrainings
from coreset_engine.dashboard.results.computed import once
from coreset_engine.dashboard.results.data import SPREADS, Scope
from coreset_engine.dashboard.results.drawers import Answer
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.widgets import tables
from coreset_engine.errors import EngineError
from coreset_engine.names import counted
from coreset_engine.results import people, published, result_rows
from coreset_engine.results.parts import NoTableError, Part, Question, all_parts
from coreset_engine.results.verdict_table import ASSUMED, COLUMNS

OURS, PAPERS = "Retrainings", "Papers"
TAB = "tab"  # in the address


def choose_tab(keys: tuple[str, ...]) -> str:
    """Draw the choice of what the page shows and return it; an address that asks for a paper's table opens its tab.

    Args:
        keys: beginnings of names in the address by which the tab of the papers is meant.
    """
    if (
        TAB not in st.session_state
        and TAB not in st.query_params
        and any(name.startswith(keys) for name in st.query_params)
    ):
        st.query_params[TAB] = PAPERS
        st.rerun()  # a control takes its value from the address when a run begins
    return st.segmented_control(
        "Show",
        [OURS, PAPERS],
        default=OURS,
        required=True,
        key=TAB,
        bind="query-params",
        label_visibility="collapsed",
        help="Retrainings: what was measured here. Papers: what was published, beside it.",
    )


def draw_nothing() -> None:
    """Draw how a first result comes about."""
    st.info(
        "There is no result yet. The first row comes when a recording ends: the surrogate is the full-data reference."
    )
    links.draw("pages/7_Experiments.py", "Start retrainings", icon="replay")


def choose(table: pd.DataFrame) -> Scope:
    """Draw the filters and return what they leave; data set, architecture and epochs are never mixed."""
    names = results.data_names(table)
    _begin_with(names[table["dataset_sha256"] == _images_of(links.carried("run"))])
    name = st.selectbox("Data set", list(reversed(names.unique())), key="data", bind="query-params")
    rows = table[names == name]
    architecture = st.selectbox("Architecture", list(rows["architecture"].unique()), key="network", bind="query-params")
    every = rows[rows["architecture"] == architecture]
    rows = _with_searches(every)
    lengths = sorted(rows["epochs"].unique().tolist())
    usual = lengths.index(result_rows.usual_epochs(rows))
    epochs = st.selectbox("Epochs", lengths, usual, key="trained_epochs", bind="query-params")
    every, rows = (part[part["epochs"] == epochs] for part in (every, rows))
    metrics = {
        title: metric
        for metric, title in results.FIGURES.items()
        if "_kappa_" not in metric or every[metric].notna().any()
    }
    metric = metrics[st.selectbox("Metric", list(metrics), key="figure", bind="query-params")]
    excluded = _choose_exclusion(rows)
    hidden = st.multiselect("Hide", sorted(rows["label"].unique()), key="hide", bind="query-params")
    unshown = dict.fromkeys([*hidden, *data.labels_beside(rows, excluded)])
    left = retrainings.unhidden(rows)
    keys = tuple(key[: results.SHORT_KEY] for key in every["key"] if key not in set(left["key"]))
    return Scope(left, metric, name, architecture, int(epochs), tuple(unshown), keys, excluded)


def _choose_exclusion(rows: pd.DataFrame) -> str:
    """Draw which rows are shown by the samples that were taken out, where some rows were trained without, and return it."""
    choices = data.exclusions(rows)
    if not choices:
        return data.EVERY
    return st.selectbox(
        "Excluded samples",
        choices,
        key="taken_out",
        bind="query-params",
        help="Rows of coresets that were selected from all samples, or without some. What is not shown still counts where "
        "comparisons are corrected for their number. Both are set side by side while all rows are shown.",
    )


def _images_of(run: str) -> str | None:
    """Return the hash of a run's images; None where there is no such run, or it is damaged, which its own pages tell."""
    try:
        return cached.info(run).dataset_sha256 if run in store.run_names() else None
    except EngineError:
        return None


def _begin_with(names: pd.Series) -> None:
    """Let a page that was opened from a run begin with that run's data set, unless its address says another."""
    if len(names) and "data" not in st.session_state and "data" not in st.query_params:
        st.query_params["data"] = names.iloc[0]
        st.rerun()  # a control takes its value from the address when a run begins


def _with_searches(rows: pd.DataFrame) -> pd.DataFrame:
    """Draw whether the trainings of searches are shown, where there are some, and return the rows to show."""
    plain = data.without_searches(rows)
    if plain.empty or len(plain) == len(rows):
        return rows
    shown = st.toggle(
        "Trainings of searches",
        key="searches",
        bind="query-params",
        help=f"{counted(len(rows) - len(plain), '{row|rows}')} that a search trained to choose among; its confirmation is "
        "always shown.",
    )
    return rows if shown else plain


def choose_bars(can_publish: bool) -> tuple[str, bool]:
    """Draw what the bars are and whether published numbers are shown; return the bars' column ending, and that."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        bars = st.segmented_control(
            "Bars", list(SPREADS), default="95 % interval", required=True, key="bars", bind="query-params"
        )
        shown = st.toggle(
            "Published numbers",
            key="published",
            bind="query-params",
            disabled=not can_publish,
            help="What papers report for this data set and architecture with 200 epochs (Graph-A2: 1,000), as a layer of "
            "its own. EVA's are best val accuracies and shown beside val accuracy at its best epoch only; those of TDDS and "
            "DeepCore beside test, those of Graph-A2 beside test balanced accuracy at the last epoch."
            if can_publish
            else "No paper at hand reports this data set, architecture and metric.",
        )
    return SPREADS[bars], shown and can_publish


def draw_accuracy(scope: Scope) -> pd.DataFrame:
    """Draw the verdict and the metric against the selection rate; return the means over seeds."""
    rows = scope.coresets()
    means = once("means", scope, lambda: data.with_intervals(results.summarise(scope.visible())))
    summary = data.counted(means[means["label"].isin(rows["label"])], scope.metric)
    layer = published.layer(scope.rows["dataset"].iloc[0], scope.architecture, scope.metric)
    part, question = all_parts()["verdict"], Question(metric=scope.metric)
    found = once(part.name, scope, lambda: _table_of(part, scope, question), None)
    st.markdown(data.verdict(pd.DataFrame(columns=COLUMNS) if isinstance(found, str) else found), help=ASSUMED)
    bars, with_layer = choose_bars(bool(layer))
    if without := data.lacking(rows, scope.metric):
        st.info(without)
    modes = once("modes", scope, lambda: results.modes(scope.visible(), scope.metric))
    if summary["n"].any() or modes["n"].any():
        title = people.title_of(scope.metric)
        given = (summary, scope.metric, title, bars, layer if with_layer else (), rows)
        draw_chart(
            once("accuracy chart", scope, lambda: charts.accuracy(*given, modes), bars, with_layer, theme.page()),
            height=440,
            key="results_chart",
            alt=f"{title} against selection rate, one line per method",
        )
        st.caption(data.remark(summary, bars), help=data.explanation(summary, scope.metric, bars))
    for sentence in data.collapses(summary):
        st.warning(sentence, icon=":material/warning:")
    return means


def tell_problems() -> None:
    """Draw one sentence for rows that are left out since they are damaged."""
    for sentence in cached.result_problems():
        st.warning(markdown_safe(sentence), icon=":material/warning:")


def draw_parts(scope: Scope) -> dict[str, Question]:
    """Draw every part of the results and return what each was asked, by its name; those without a table are left out."""
    asked: dict[str, Question] = {}
    question = Question(metric=scope.metric, info=cached.info)
    for part in all_parts().values():
        rows = scope.visible() if part.modes else scope.coresets()
        if part.name == "modes" and results.modes_only(rows).empty:
            continue  # a heading for what few people train would stand on everybody's page
        if part.name == "exclusions" and scope.excluded != data.EVERY:
            continue  # of pairs one side is not shown
        st.markdown(f"## {part.heading(scope.metric)}")
        if part.coreset != "never" and question.coreset is None:
            question = replace(question, coreset=_choose_coreset(scope))
        try:
            answer = _answer(part, scope, question, rows)
        except NoTableError as error:
            st.info(markdown_safe(str(error)))
            continue
        if len(answer.table):
            drawers.draw(answer)
            asked[part.name] = answer.question
    return asked


def _answer(part: Part, scope: Scope, question: Question, rows: pd.DataFrame) -> Answer:
    """Return what a part shows; nothing where it is of single retrainings and none is chosen.

    Raises:
        NoTableError: it has no table of these rows.
    """
    if part.coreset == "always" and question.coreset is None:
        raise NoTableError(part.missing(question))
    question = question if part.coreset != "never" else replace(question, coreset=None)
    found = once(part.name, scope, lambda: _table_of(part, scope, question), question.coreset)
    if isinstance(found, str):
        raise NoTableError(found)
    table = found
    if part.single:
        question = replace(question, keys=_choose_retrainings(part, rows, table))
        table = table[table["key"].isin(question.keys)]
    return Answer(part, question, table, rows, scope)


def _table_of(part: Part, scope: Scope, question: Question) -> pd.DataFrame | str:
    """Return the table of a part, or why it has none."""
    try:
        return part.answer(scope.rows, question, scope.hidden)
    except NoTableError as error:
        return str(error)


def _choose_retrainings(part: Part, rows: pd.DataFrame, table: pd.DataFrame) -> tuple[str, ...]:
    """Draw the choice of the retrainings that a part is of and return their keys."""
    offered = rows[rows["key"].isin(table["key"])].iloc[::-1]
    names = data.titles(offered)
    chosen = st.multiselect(
        "Retrainings",
        names,
        data.titles(data.first_shown(offered)),
        key=f"{part.name}_of",
        bind="query-params",
        placeholder="Choose retrainings, here or in the table below",
    )
    return tuple(key for key, name in zip(offered["key"], names, strict=True) if name in chosen)


def _choose_coreset(scope: Scope) -> tuple[str, float] | None:
    """Draw which classes are lost, and the choice of the coreset that parts are of; None where there is none."""
    rows = scope.coresets()
    table = once("class recalls", scope, lambda: results.class_recalls(rows, scope.metric))
    if table.empty:
        return None
    names = drawers.names_of(rows, int(table["class"].max()) + 1)
    _draw_losses(once("lost classes", scope, lambda: class_changes.warnings(table, names), names))
    pairs = class_changes.by_text(class_changes.pairs_of(table))
    first = list(pairs.values()).index(class_changes.worst(table))
    return pairs[st.selectbox("Coreset", list(pairs), first, key="recall_of", bind="query-params")]


def _draw_losses(found: Sequence[str]) -> None:
    """Draw in red every coreset on which a class is lost, whatever its accuracy does."""
    for sentence in found[: class_changes.SHOWN]:
        st.markdown(f":red[{sentence}]")
    if rest := found[class_changes.SHOWN :]:
        with st.expander(f":red[{counted(len(rest), 'more {coreset that loses|coresets that lose}')} a class]"):
            for sentence in rest:
                st.markdown(f":red[{sentence}]")


def draw_means(scope: Scope, means: pd.DataFrame) -> None:
    """Draw the means over seeds of every method and rate."""
    st.markdown("## Means over seeds")
    table = once("table of means", scope, lambda: people.mean_table(means))
    tables.draw(table, people.MEAN_COLUMNS, "results_summary")


def draw_code(scope: Scope, asked: Mapping[str, Question], find: str) -> None:
    """Draw the commands and the Python of the tables shown; the arguments are those of `code.command`."""
    st.markdown("## Export tables")
    code_tabs.draw(code.command(scope, asked, find), code.python(scope, asked, find))
