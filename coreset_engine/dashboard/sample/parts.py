"""The parts of the Sample page."""

import streamlit as st

from coreset_engine import selection
from coreset_engine.analysis import duplicates, samples
from coreset_engine.analysis.classes import captions
from coreset_engine.dashboard import cached, cached_duplicates, cached_standings
from coreset_engine.dashboard.controls import exclusion_panel, exclusions
from coreset_engine.dashboard.coresets import code_tabs, gallery, reasoned
from coreset_engine.dashboard.coresets.gallery_data import Group, Keys
from coreset_engine.dashboard.sample import code, data
from coreset_engine.dashboard.sample.data import NEAREST, THRESHOLD, Sample, Sections
from coreset_engine.dashboard.sample_dialog import slices, texts
from coreset_engine.dashboard.sample_dialog.dialog import KEY
from coreset_engine.dashboard.shell.frame import failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.widgets import replay, tables
from coreset_engine.errors import EngineError
from coreset_engine.explorer.course import course
from coreset_engine.results.people import Column


def choose_row(count: int) -> int:
    """Draw the field for the row and return what stands there, which may lie outside the run.

    Args:
        count: N.
    """
    return st.number_input(f"Row of the train split, 0 to {count - 1:,}", value=0, step=1, key=KEY, bind="query-params")


def go_to(row: int) -> None:
    """Show another sample; a callback."""
    st.session_state[KEY] = row


def steps(sample: Sample) -> None:
    """Draw the rank and the buttons to the samples ranked next to this one."""
    place = data.place(sample.coreset.ranking, sample.row)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, target, key in (("Ranked before", place.before, "Left"), ("Ranked after", place.after, "Right")):
            of_button = f"sample_{name.split()[1]}"
            st.button(name, key=of_button, shortcut=key, disabled=target is None, on_click=go_to, args=(target,))
        rank = "Not picked" if sample.rank is None else f"Rank {sample.rank:,} of {len(sample.coreset.ranking):,}"
        st.caption(f"{rank} by {sample.spec.method}")


def picture(sample: Sample) -> None:
    """Draw the image at several sizes, or say that there is none."""
    if sample.images is None:
        st.info(gallery.NO_IMAGES)
        return
    image = slices.chosen(sample.images.images["train"], sample.row, "sample")
    stretch = st.toggle(
        "Stretch contrast", key="stretch", bind="query-params", help="Off: the values shown are those of the file."
    )
    st.html(texts.pictures(texts.stretched(image) if stretch else image, f"Row {sample.row} of the train split"))
    st.caption(texts.grey_range(image, stretch))


def facts(sample: Sample) -> None:
    """Draw label, state, how often the prediction was right, and what was injected."""
    row, spec = sample.row, sample.spec
    state = "**:blue[kept]**" if sample.is_kept else "**excluded**" if sample.is_excluded else "**dropped**"
    label = captions(sample.dynamics, [row], sample.names)[0]
    learnt = texts.learnt(sample.timeline, sample.names, sample.dynamics.multi_label)
    for name, text in (
        ("Label", f"**{markdown_safe(label)}**"),
        ("Coreset", f"{state} at α = {100 * spec.rate:g} % by {spec.method}, rule {spec.rule}"),
        ("Score", f"{sample.coreset.scores[row]:.4g}"),
        *((name, markdown_safe(text)) for name, text in learnt),
    ):
        st.markdown(f"{name}: {text}")
    with failing_gracefully():
        reasoned.draw(row, [(spec.method, sample.coreset)], "sample_why")
    for sentence in samples.injected(sample.images.truth, row, sample.names) if sample.images else []:
        st.markdown(f":material/science: {markdown_safe(sentence)}")


def exclusion(sample: Sample) -> None:
    """Draw the tick that leaves the sample out from now on, where it is known of which images it is."""
    info = cached.info(sample.spec.run)
    if info.dataset_sha256:
        with failing_gracefully():
            work = exclusions.open_work(sample.spec.run, info, sample.spec.exclusion)
            exclusion_panel.draw_one(work, sample.row)


def over_epochs(sample: Sample) -> None:
    """Draw the classes predicted and every signal over the epochs."""
    found, multi_label = sample.timeline, sample.dynamics.multi_label
    replay.draw_course(course(found, sample.names, multi_label, sample.spec.windows), "sample_course")
    words = markdown_safe(texts.stretch_text(found.stretches, sample.names, multi_label))
    st.caption(
        f"Class predicted by epoch: {words}.", help="Blue: as labelled, orange: another class. Windows are shaded."
    )


def near(sample: Sample) -> bool:
    """Draw the samples whose features are nearest; return whether there are features."""
    try:
        found = duplicates.nearest(cached.sources(sample.spec.run).snapshots[0].features, sample.row, NEAREST)
    except EngineError as error:
        st.info(f"Neighbours need the features of the architecture. {markdown_safe(str(error))}")
        return False
    labels = sample.dynamics.strata_labels
    alike = int((labels[found.rows] == labels[sample.row]).sum())
    order = f"{alike} of the same label, by the cosine of the features after the last epoch"
    _neighbours(sample, found, "Cosine", order, "sample_near")
    return True


def twins(sample: Sample) -> bool:
    """Draw the images that are almost the same, where there are images; return whether they could be compared."""
    if sample.images is None:
        st.info("Near-duplicates are found by comparing pixels, and this run has no images here.")
        return False
    if not cached_duplicates.is_wanted(sample.dynamics.n_samples, "sample_twins_wanted"):
        return False
    try:
        with st.spinner("Comparing all images …"):
            found = duplicates.partners(cached_duplicates.near_duplicates(sample.spec.run, THRESHOLD), sample.row)
    except EngineError as error:
        st.info(markdown_safe(str(error)))
        return False
    order = f"correlation of the pixels {THRESHOLD} or more"
    if len(found.rows):
        _neighbours(sample, found, "Correlation", order, "sample_twins")
    else:
        st.caption(f"No other train image: {order}.")
    return True


def _neighbours(sample: Sample, found: duplicates.Nearest, value: str, order: str, key: str) -> None:
    """Draw neighbours as images and as a table of their labels; a chosen image becomes the page's sample."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        group, keys = Group(key, lambda: found.rows, order), Keys(key, f"{key}_page")
        gallery.draw(sample.coreset, [group], keys, size=NEAREST, action="see all of it", on_choice=go_to)
    with right:
        labels = captions(sample.dynamics, found.rows.tolist(), sample.names)
        table = data.neighbour_table(found, labels, sample.coreset.kept, value)
        columns = {value: Column(format="%.3f"), "Class": Column(width="medium")}
        tables.draw(table, columns, f"{key}_table", height="content")


def every_method(sample: Sample) -> bool:
    """Draw score and rank under every method that scores; return whether the slow ones are among them."""
    spec, count = sample.spec, sample.dynamics.n_samples
    slow_too = count <= data.MANY or st.toggle(
        f"Also {', '.join(samples.SLOW)}: seconds to a minute", key="sample_slow"
    )
    with st.spinner("Computing scores of every method; kept for the next sample …", show_time=True):
        found = cached_standings.standings(spec, tuple(samples.scoring_methods(slow_too)))
    ranks = samples.ranks_of(found, sample.row)
    number = st.column_config.NumberColumn
    columns = {"Score": number(format="%.4g"), "Rank": number(f"Rank of {count:,}", format="localized")}
    columns["Options"] = st.column_config.TextColumn(width="medium")
    table = data.rank_table(ranks, [each.options for each in found], spec.rate, sample.is_excluded)
    st.dataframe(table, hide_index=True, key="sample_ranks", column_config=columns, height="content", placeholder="–")
    size = selection.coreset_size(spec.rate, count)
    st.caption(
        f"Kept: among the first {size:,} by rank (rule top, α = {100 * spec.rate:g} %).",
        help=f"{spec.method} has the options chosen, methods of two windows have the windows chosen, all others their "
        "defaults.",
    )
    for sentence in data.failures(ranks):
        st.caption(markdown_safe(f"No score of {sentence}"))
    return slow_too


def export_sample(sample: Sample, sections: Sections) -> None:
    """Draw the command and the Python that tell the sample's trajectory, score, rank, and what is near it."""
    given = (sample.spec, sample.row, sections)
    code_tabs.draw(code.command(*given), code.python(*given))
