"""Suspects: labels that are likely wrong and images that are almost the same; what is ticked can be left out."""

from functools import partial

import streamlit as st

from coreset_engine.analysis.classes import captions
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import exclusion_panel, exclusions, run_and_method
from coreset_engine.dashboard.controls.exclusion import choose_exclusion
from coreset_engine.dashboard.label_issues import code, data, parts
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup, saved_views
from coreset_engine.export.label_issues import (
    duplicate_quality_table,
    duplicate_table,
    label_quality_table,
    label_table,
    pair_table,
)

LABELS, ALIKE = "wrong labels", "near-duplicates"

page_setup(
    "Label issues", "Labels that are likely wrong, and images that are almost the same. Tick what is to be left out."
)

run_and_method.stop_without_runs()
with beside():
    run = run_and_method.choose_run()
    facts, dynamics = cached.info(run), cached.dynamics(run)
    name, _ = choose_exclusion(facts.dataset_sha256)
    saved_views.save_here("Label_issues", {"run": run})
with failing_gracefully():
    images = cached.images(run)
    work = exclusions.open_work(run, facts, name)
names = facts.names
truth = images.truth if images else {}

st.caption(run_and_method.run_line(run))
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
        on_change=parts.first_page,
    )

if look == LABELS:
    with controls_row:
        rule, share = parts.choose_rule()
    with left, failing_gracefully():
        found, confused = cached.suspected(run, share), cached.confusions(run)
    with controls_row:
        label = parts.choose_class(names)
        pair = parts.choose_pair(data.pairs_by_text(confused, names))
    rows = data.rows_of(found[rule], dynamics.labels, label, pair)
    with left:
        parts.explain(rule, len(rows))
        shown = rows[parts.page_of(len(rows), parts.CARDS)].tolist()
        groups = data.suspect_groups(found, rule, dynamics, names, shown, cached.surest(run))
        reasons = data.suspect_reasons(found, rule, dynamics, names, rows.tolist())
        opened = parts.gallery(work, groups, images, reasons, [], rows.tolist())
    with right:
        parts.course(dynamics, names, shown)
        table = pair_table(confused, names, dynamics.labels, found[rule])
        parts.confusions(confused, names, table, pair)
        if "wrong_label" in truth:
            met = label_quality_table(found, truth["wrong_label"].astype(bool), parts.ticked_mask(work))
            parts.quality(met, "the planted wrong labels")
    listed, count = code.wrong_labels(run, names, rule, share, label, pair), len(rows)
    listed = listed.beside(confused=bool(confused), quality="wrong_label" in truth, work=work)
    made = partial(label_table, found[rule], dynamics.labels, names, rows)
else:
    with controls_row:
        threshold, differ = parts.choose_likeness()
        label = parts.choose_class(names)
    with left, failing_gracefully():
        alike = parts.duplicates(run, images, threshold)
    sets = data.duplicate_rows(alike, dynamics.labels, label, differ)
    listed = code.near_duplicates(run, names, threshold, label, differ)
    listed = listed.beside(quality="duplicate_of" in truth)
    count, made = sum(map(len, sets)), partial(duplicate_table, alike, sets, dynamics.labels, names)
    with left:
        st.caption(f"{len(sets):,} groups of images that are almost the same, the most alike first.")
        sets = sets[parts.page_of(len(sets), parts.GROUPS)]
        shown = [row for rows in sets for row in rows.tolist()]
        texts = dict(zip(shown, captions(dynamics, shown, names), strict=True))
        groups = data.duplicate_groups(alike, sets, texts)
        extra = [row for rows in sets for row in rows[1:].tolist()]
        opened = parts.gallery(work, groups, images, data.duplicate_reasons(alike, sets), extra)
    with right:
        parts.course(dynamics, names, shown)
        if "duplicate_of" in truth:
            met = duplicate_quality_table(alike, truth["duplicate_of"])
            parts.quality(met, "the planted near-duplicates")

code.draw(listed, count, made)
if opened is not None:
    open_sample(run, opened, shown)
