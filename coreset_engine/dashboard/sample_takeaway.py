"""What the Sample page shows, as the command and the Python that give it again."""

import shlex

from coreset_engine import methods
from coreset_engine.dashboard import copying, readers, takeaway
from coreset_engine.dashboard.pinned import Pinned
from coreset_engine.dashboard.sample import Shown


def draw(shown: Shown, exclusion: str) -> None:
    """Draw the command and the Python that tell the sample's course, score and rank.

    Args:
        shown: the sample.
        exclusion: name of the saved set that is never kept, "" for none.
    """
    setting = shown.setting
    options = setting.options | setting.rule_options
    now = Pinned(shown.run, setting.method, options, setting.rule, setting.rate, (), exclusion)
    copying.draw(command(now, shown.row), python(now, shown.row, readers.info(shown.run).dataset_sha256))


def command(now: Pinned, row: int) -> str:
    """Return the command that prints a sample's course, and its score and rank under a selection."""
    return shlex.join(["python", "-m", "coreset_engine", "sample", now.run, str(row), *takeaway.words(now)])


def python(now: Pinned, row: int, dataset_sha256: str) -> str:
    """Return lines of Python that define what is shown of a sample: `told`, its course, `score`, `kept` and `rank`.

    Args:
        now: the selection.
        row: of the train split.
        dataset_sha256: of its run's images, under which exclusions are saved.
    """
    imports, lines = takeaway.opened(now, dataset_sha256)
    imports = ["from coreset_engine.api import choose", *imports, "from coreset_engine.insight.samples import timeline"]
    picks = " if kept else None" if methods.is_greedy(now.method) else ""  # what isn't picked has no rank
    lines += [
        f"told = timeline(sources.dynamics[0], {row})  # label, prediction and every signal, epoch by epoch",
        f"choice = choose(sources, {takeaway.given(now)})",
        f"score, kept = choice.scores[{row}], {row} in choice.rows",
        f"rank = 1 + choice.ranking.tolist().index({row}){picks}",
    ]
    return "\n".join([*sorted(imports), "", *lines])
