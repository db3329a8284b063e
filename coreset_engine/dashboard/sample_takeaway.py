"""What the Sample page shows, as the command and the Python that give it again."""

import shlex
from typing import NamedTuple

from coreset_engine import methods
from coreset_engine.dashboard import copying, readers, takeaway
from coreset_engine.dashboard.pinned import Pinned
from coreset_engine.dashboard.sample import NEAREST, THRESHOLD, Shown


class Shows(NamedTuple):
    """What the page shows beside the sample itself.

    Attributes:
        near: whether there are neighbours in feature space.
        twins: whether images could be compared.
        planted: whether it is known what was planted into the images.
        slow_too: whether methods that compare all samples with all are among those that rank it.
    """

    near: bool
    twins: bool
    planted: bool
    slow_too: bool


def draw(shown: Shown, exclusion: str, beside: Shows) -> None:
    """Draw the command and the Python that tell the sample's course, score, rank, and what is near it.

    Args:
        shown: the sample.
        exclusion: name of the saved set that is never kept, "" for none.
        beside: what else is shown.
    """
    setting = shown.setting
    options = setting.options | setting.rule_options
    now = Pinned(shown.run, setting.method, options, setting.rule, setting.rate, (), exclusion)
    sha256 = readers.info(shown.run).dataset_sha256
    copying.draw(command(now, shown.row, beside), python(now, shown.row, sha256, beside, setting.options))


def command(now: Pinned, row: int, beside: Shows) -> str:
    """Return the command that prints a sample's course, its score and rank, and what is near it."""
    words = ["--neighbours", str(NEAREST)] if beside.near else []
    words += ["--near-duplicates", str(THRESHOLD)] if beside.twins else []
    words += ["--ranks", "all" if beside.slow_too else "fast"]
    return shlex.join(["python", "-m", "coreset_engine", "sample", now.run, str(row), *takeaway.words(now), *words])


def python(now: Pinned, row: int, dataset_sha256: str, beside: Shows, of_method: dict) -> str:
    """Return lines of Python that define what is shown of a sample: `told`, its course, `score`, `kept`, `rank`, ...

    Args:
        now: the selection.
        row: of the train split.
        dataset_sha256: of its run's images, under which exclusions are saved.
        beside: what else is shown: `near`, `twins` and `ranks`.
        of_method: the options of the method alone.
    """
    imports, lines = takeaway.opened(now, dataset_sha256)
    imports = ["from coreset_engine.api import choose", *imports]
    imports.append("from coreset_engine.insight import samples")
    picks = " if kept else None" if methods.is_greedy(now.method) else ""  # what isn't picked has no rank
    lines += [
        f"told = samples.timeline(sources.dynamics[0], {row})  # label, prediction and every signal, epoch by epoch",
        f"choice = choose(sources, {takeaway.given(now)})",
        f"score, kept = choice.scores[{row}], {row} in choice.rows",
        f"rank = 1 + choice.ranking.tolist().index({row}){picks}",
    ]
    if beside.planted:
        imports.append("from coreset_engine.export.suspects import class_names, planted_truth")
        names = f"planted_truth({now.run!r}), {row}, class_names({now.run!r})"
        lines.append(f"planted = samples.planted({names})")
    if beside.near or beside.twins:
        imports.append("from coreset_engine.insight import neighbours")
    if beside.near:
        lines.append(f"near = neighbours.nearest(sources.snapshots[0].features, {row}, {NEAREST})")
        lines.append("near_kept = [row in choice.rows for row in near.rows]")
    if beside.twins:
        imports.append("from coreset_engine.export.suspects import train_images")
        lines += [
            f"alike = neighbours.near_duplicates(train_images({now.run!r}), threshold={THRESHOLD})",
            f"twins = neighbours.partners(alike, {row})",
            "twins_kept = [row in choice.rows for row in twins.rows]",
        ]
    named = "" if beside.slow_too else ", samples.scoring_methods(slow_too=False)"
    unless = f" and {row} not in excluded" if now.exclusion else ""
    lines += [
        f"standings = samples.standings(sources{named})",
        f"standings = samples.under_options(standings, sources, {now.method!r}, {of_method!r})",
        f"ranks = samples.ranks_of(standings, {row})",
        f"kept_by = [one.method for one in ranks if 0 < one.rank <= coreset_size({now.rate!r}, one.of){unless}]",
    ]
    imports.append("from coreset_engine.selection import coreset_size")
    return "\n".join([*sorted(imports), "", *lines])
