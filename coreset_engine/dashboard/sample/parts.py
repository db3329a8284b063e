"""The parts of the Sample page."""

from dataclasses import dataclass

import streamlit as st

from coreset_engine import methods, selection
from coreset_engine.analysis import duplicates, samples
from coreset_engine.analysis.classes import captions
from coreset_engine.analysis.samples import Timeline, timeline
from coreset_engine.coreset import Coreset, CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.coresets.gallery import draw as draw_gallery
from coreset_engine.dashboard.coresets.gallery_data import Group, Keys
from coreset_engine.dashboard.sample_dialog import texts, trajectory
from coreset_engine.dashboard.sample_dialog.dialog import KEY
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import EngineError

NEAREST = 12
THRESHOLD = 0.97  # correlation from which images count as near-duplicates


@dataclass(frozen=True)
class Shown:
    """One sample of a run under one setting.

    Attributes:
        run: its name.
        row: of the train split.
        spec: which coreset is meant.
        dynamics: of the run.
        images: or None where the cache has none.
        names: of the classes.
        told: the sample's course.
        current: that coreset, with scores and ranks.
        excluded: whether it is never kept.
    """

    run: str
    row: int
    spec: CoresetSpec
    dynamics: Dynamics
    images: ImageSet | None
    names: tuple[str, ...]
    told: Timeline
    current: Coreset
    excluded: bool


def choose_row(samples_there: int) -> int:
    """Draw the field for the row and return what stands there, which may lie outside the run.

    Args:
        samples_there: N.
    """
    return st.number_input(
        f"Row of the train split, 0 to {samples_there - 1:,}", value=0, step=1, key=KEY, bind="query-params"
    )


def look_up(spec: CoresetSpec, row: int) -> Shown:
    """Return one sample of a run beside a coreset.

    Raises:
        EngineError: the run is missing or damaged, has no such row, or the coreset can't be made.
    """
    run = spec.run
    dynamics, facts = cached.dynamics(run), cached.info(run)
    told = timeline(dynamics, row)
    excluded = bool((cached.excluded(spec) == row).any())
    return Shown(run, row, spec, dynamics, cached.images(run), facts.names, told, cached.coreset(spec), excluded)


def go_to(row: int) -> None:
    """Show another sample; called before the page runs again."""
    st.session_state[KEY] = row


def steps(shown: Shown) -> None:
    """Draw the rank and the buttons to the samples ranked next to this one."""
    found = texts.place(shown.current.ranking, shown.row)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, target, pressed in (("Ranked before", found.before, "Left"), ("Ranked after", found.after, "Right")):
            key = f"sample_{name.split()[1]}"
            st.button(name, key=key, shortcut=pressed, disabled=target is None, on_click=go_to, args=(target,))
        unpicked = methods.is_greedy(shown.spec.method) and not shown.current.kept[shown.row]
        rank = "Not picked" if unpicked else f"Rank {found.rank:,} of {len(shown.current.ranking):,}"
        st.caption(f"{rank} by {shown.spec.method}")


def picture(shown: Shown) -> None:
    """Draw the image at several sizes, or say that there is none."""
    if shown.images is None:
        st.info("This run has no images here (imported, or the image cache was removed). All else works.")
        return
    image = shown.images.thumbnail(shown.row)
    stretch = st.toggle(
        "Stretch contrast", key="stretch", bind="query-params", help="Off: the values shown are those of the file."
    )
    st.html(texts.pictures(texts.stretched(image) if stretch else image, f"Row {shown.row} of the train split"))
    st.caption(texts.grey_range(image, stretch))


def facts(shown: Shown) -> None:
    """Draw label, state, how often the prediction was right, and what was planted."""
    row, spec = shown.row, shown.spec
    state = "**:blue[kept]**" if shown.current.kept[row] else "**excluded**" if shown.excluded else "**dropped**"
    label = captions(shown.dynamics, [row], shown.names)[0]
    learnt = texts.learnt(shown.told, shown.names, shown.dynamics.multi_label)
    for name, text in (
        ("Label", f"**{markdown_safe(label)}**"),
        ("Coreset", f"{state} at α = {100 * spec.rate:g} % by {spec.method}, rule {spec.rule}"),
        ("Score", f"{shown.current.scores[row]:.4g}"),
        *((name, markdown_safe(text)) for name, text in learnt),
    ):
        st.markdown(f"{name}: {text}")
    for sentence in samples.planted(shown.images.truth, row, shown.names) if shown.images else []:
        st.markdown(f":material/science: {markdown_safe(sentence)}")


def over_epochs(shown: Shown) -> None:
    """Draw the classes predicted and every signal over the epochs."""
    told, multi_label = shown.told, shown.dynamics.multi_label
    spec, height = trajectory.chart(told, shown.names, multi_label, shown.spec.windows)
    alt = f"Class predicted and signals of row {told.row} over {len(told.epochs)} epochs"
    draw_chart(spec, height=height, key="sample_course", alt=alt)
    words = markdown_safe(texts.told(told.stretches, shown.names, multi_label))
    st.caption(f"Class predicted by epoch: {words}. Blue: as labelled, orange: another class. Windows are shaded.")


def near(shown: Shown) -> bool:
    """Draw the samples whose features are nearest; return whether there are features."""
    try:
        found = duplicates.nearest(cached.sources(shown.run).snapshots[0].features, shown.row, NEAREST)
    except EngineError as error:
        st.info(f"Neighbours need the features of the network. {markdown_safe(str(error))}")
        return False
    groups = shown.dynamics.strata_labels
    alike = int((groups[found.rows] == groups[shown.row]).sum())
    order = f"{alike} of the same label, by the cosine of the features after the last epoch"
    _neighbours(shown, found, "Cosine", order, "sample_near")
    return True


def twins(shown: Shown) -> bool:
    """Draw the images that are almost the same, where there are images; return whether they could be compared."""
    if shown.images is None:
        st.info("Near-duplicates are found by comparing pixels, and this run has no images here.")
        return False
    try:
        with st.spinner("Comparing all images …"):
            found = duplicates.partners(cached.near_duplicates(shown.run, THRESHOLD), shown.row)
    except EngineError as error:
        st.info(markdown_safe(str(error)))
        return False
    order = f"correlation of the pixels {THRESHOLD} or more"
    if len(found.rows):
        _neighbours(shown, found, "Correlation", order, "sample_twins")
    else:
        st.caption(f"No other train image: {order}.")
    return True


def _neighbours(shown: Shown, found: duplicates.Nearest, value: str, order: str, key: str) -> None:
    """Draw neighbours as images and as a table of their labels; a chosen image becomes the page's sample."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        group, keys = Group(key, lambda: found.rows, order), Keys(key, f"{key}_page")
        draw_gallery(shown.current, [group], keys, size=NEAREST, action="see all of it", on_choice=go_to)
    with right:
        labels = captions(shown.dynamics, found.rows, shown.names)
        table = texts.neighbour_table(found, labels, shown.current.kept, value)
        columns = {value: st.column_config.NumberColumn(format="%.3f")}
        st.dataframe(table, hide_index=True, key=f"{key}_table", column_config=columns, height="content")


def every_method(shown: Shown) -> bool:
    """Draw score and rank under every method that scores; return whether the slow ones are among them."""
    asked, count = shown.spec, shown.dynamics.n_samples
    slow = count > texts.MANY and st.toggle(
        f"Also {', '.join(samples.SLOW)}: compares all samples with all, about a minute", key="sample_slow"
    )
    with st.spinner("Every method at work; kept for the next sample …", show_time=True):
        found = cached.standings(shown.run, tuple(samples.scoring_methods(slow or count <= texts.MANY)))
        sources = cached.sources(shown.run)
        found = samples.under_options(found, sources, asked.method, asked.options)
    ranks = samples.ranks_of(found, shown.row)
    number = st.column_config.NumberColumn
    columns = {"Score": number(format="%.4g"), "Rank": number(f"Rank of {count:,}", format="localized")}
    columns["Options"] = st.column_config.TextColumn(width="medium")
    st.dataframe(
        texts.rank_table(ranks, [each.options for each in found], asked.rate, shown.excluded),
        hide_index=True,
        key="sample_ranks",
        column_config=columns,
        height="content",
        placeholder="–",
    )
    size = selection.coreset_size(asked.rate, count)
    st.caption(
        f"Kept: among the first {size:,} by rank (rule top, α = {100 * asked.rate:g} %). {asked.method} has the options "
        "chosen, methods of two windows have the windows chosen, all others their defaults."
    )
    for sentence in texts.failures(ranks):
        st.caption(markdown_safe(f"No score of {sentence}"))
    return slow or count <= texts.MANY
