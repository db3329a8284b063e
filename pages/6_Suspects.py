"""Suspects: labels that are likely wrong and images that are almost the same; what is ticked can be left out."""

from functools import partial

import streamlit as st

from coreset_engine.dashboard import (
    beside,
    controls,
    exclusion_panel,
    failing_gracefully,
    page_setup,
    readers,
    saved_views,
    suspect_parts,
    suspect_takeaway,
    suspects,
    view,
)
from coreset_engine.dashboard.sample import Seen, open_sample
from coreset_engine.export.suspects import (
    duplicate_quality_table,
    duplicate_table,
    label_quality_table,
    label_table,
    pair_table,
)

LABELS, ALIKE = "wrong labels", "near-duplicates"

page_setup(
    "Suspects", "Labels that are likely wrong, and images that are almost the same. Tick what is to be left out."
)

controls.stop_without_runs()
with beside():
    run = controls.choose_run()
    facts, dynamics = readers.info(run), readers.dynamics(run)
    name, _ = controls.choose_exclusion(facts.dataset_sha256)
    saved_views.save_here("Suspects", {"run": run})
with failing_gracefully():
    images = readers.images(run)
    work = exclusion_panel.open_work(run, facts, name)
names = facts.names
truth = images.truth if images else {}

st.caption(controls.run_line(run))
exclusion_panel.draw(work, dynamics.labels, names)
left, right = st.columns([7, 4], gap="medium")
with left:
    controls_row = st.container(horizontal=True, vertical_alignment="bottom")
with controls_row:
    look = st.segmented_control(
        "Look for",
        [LABELS, ALIKE],
        default=LABELS,
        required=True,
        key="look",
        bind="query-params",
        on_change=suspect_parts.first_page,
    )

if look == LABELS:
    with controls_row:
        rule, share = suspect_parts.choose_rule()
    with left, failing_gracefully():
        found, confused = readers.suspected(run, share), readers.confusions(run)
    with controls_row:
        label = suspect_parts.choose_class(names)
        pair = suspect_parts.choose_pair(suspects.pairs_by_text(confused, names))
    rows = suspects.rows_of(found[rule], dynamics.labels, label, pair)
    with left:
        suspect_parts.explain(rule, len(rows))
        shown = rows[suspect_parts.page_of(len(rows), suspect_parts.CARDS)].tolist()
        groups = suspects.suspect_groups(found, rule, dynamics, names, shown, readers.surest(run))
        reasons = suspects.suspect_reasons(found, rule, dynamics, names, rows.tolist())
        opened = suspect_parts.gallery(work, groups, images, reasons, [], rows.tolist())
    with right:
        suspect_parts.course(dynamics, names, shown)
        table = pair_table(confused, names, dynamics.labels, found[rule])
        suspect_parts.confusions(confused, names, table, pair)
        if "wrong_label" in truth:
            met = label_quality_table(found, truth["wrong_label"].astype(bool), suspect_parts.ticked_mask(work))
            suspect_parts.quality(met, "the planted wrong labels")
    listed, count = suspect_takeaway.wrong_labels(run, names, rule, share, label, pair), len(rows)
    listed = listed.beside(confused=bool(confused), quality="wrong_label" in truth, work=work)
    made = partial(label_table, found[rule], dynamics.labels, names, rows)
else:
    with controls_row:
        threshold, differ = suspect_parts.choose_likeness()
        label = suspect_parts.choose_class(names)
    with left, failing_gracefully():
        alike = suspect_parts.duplicates(run, images, threshold)
    sets = suspects.duplicate_rows(alike, dynamics.labels, label, differ)
    listed = suspect_takeaway.near_duplicates(run, names, threshold, label, differ)
    listed = listed.beside(quality="duplicate_of" in truth)
    count, made = sum(map(len, sets)), partial(duplicate_table, alike, sets, dynamics.labels, names)
    with left:
        st.caption(f"{len(sets):,} groups of images that are almost the same, the most alike first.")
        sets = sets[suspect_parts.page_of(len(sets), suspect_parts.GROUPS)]
        shown = [row for rows in sets for row in rows.tolist()]
        captions = dict(zip(shown, view.captions(dynamics, shown, names), strict=True))
        groups = suspects.duplicate_groups(alike, sets, captions)
        extra = [row for rows in sets for row in rows[1:].tolist()]
        opened = suspect_parts.gallery(work, groups, images, suspects.duplicate_reasons(alike, sets), extra)
    with right:
        suspect_parts.course(dynamics, names, shown)
        if "duplicate_of" in truth:
            met = duplicate_quality_table(alike, truth["duplicate_of"])
            suspect_parts.quality(met, "the planted near-duplicates")

suspect_takeaway.draw(listed, count, made)
if opened is not None:
    open_sample(run, opened, Seen(shown))
