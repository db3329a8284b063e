"""What the Sample page shows, as the command and the Python that give it again."""

from coreset_engine import argv, methods
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.sample.data import NEAREST, THRESHOLD, Sections


def command(spec: CoresetSpec, row: int, sections: Sections) -> str:
    """Return the command that prints a sample's trajectory, its score and rank, and what is near it."""
    words = ["--neighbours", str(NEAREST)] if sections.near else []
    words += ["--near-duplicates", str(THRESHOLD)] if sections.twins else []
    run, *coreset = spec.to_argv()
    return argv.command("sample", run, str(row), *coreset, *words, "--ranks", "all" if sections.slow_too else "fast")


def python(spec: CoresetSpec, row: int, sections: Sections) -> str:
    """Return lines of Python that define what is shown of a sample: `told`, its trajectory, `score`, `kept`, `rank`, ...

    Args:
        spec: the coreset.
        row: of the train split.
        sections: what else is shown.
    """
    run = spec.run
    imports = ["from coreset_engine import CoresetSpec, coreset_of", "from coreset_engine.analysis import samples"]
    imports += ["from coreset_engine.sources import Sources", "from coreset_engine.selection import coreset_size"]
    picks = " if kept else None" if methods.is_greedy(spec.method) else ""  # what isn't picked has no rank
    lines = [
        f"spec = {spec.to_python()}",
        "sources = Sources.of_run(spec.run)",
        f"told = samples.timeline(sources.dynamics[0], {row})  # label, prediction and every signal, epoch by epoch",
        "coreset = coreset_of(spec, sources)",
        f"score, kept = coreset.scores[{row}], bool(coreset.kept[{row}])",
        f"rank = int(coreset.places[{row}]){picks}",
    ]
    if sections.injected:
        imports.append("from coreset_engine.export.label_issues import class_names, planted_truth")
        lines.append(f"injected = samples.injected(planted_truth({run!r}), {row}, class_names({run!r}))")
    if sections.near or sections.twins:
        imports.append("from coreset_engine.analysis import duplicates")
    if sections.near:
        lines.append(f"near = duplicates.nearest(sources.snapshots[0].features, {row}, {NEAREST})")
        lines.append("near_kept = coreset.kept[near.rows].tolist()")
    if sections.twins:
        imports.append("from coreset_engine.export.label_issues import train_images")
        lines += [
            f"alike = duplicates.near_duplicates(train_images({run!r}), threshold={THRESHOLD})",
            f"twins = duplicates.partners(alike, {row})",
            "twins_kept = coreset.kept[twins.rows].tolist()",
        ]
    if spec.exclusion:
        imports.append("from coreset_engine.api import excluded_by")
    unless = f" and {row} not in excluded_by(spec)[1]" if spec.exclusion else ""
    lines += [
        f"standings = samples.standings(sources{'' if sections.slow_too else ', samples.scoring_methods(slow_too=False)'})",
        "standings = samples.under_options(standings, sources, spec.method, spec.options)",
        f"ranks = samples.ranks_of(standings, {row})",
        f"kept_by = [one.method for one in ranks if 0 < one.rank <= coreset_size(spec.rate, one.of){unless}]",
    ]
    return "\n".join([*sorted(imports), "", *lines])
