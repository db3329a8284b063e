"""The commands and the Python that give what the Overview page shows."""

from dataclasses import asdict, astuple

import pandas as pd

from coreset_engine import argv, results
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.overview.charts import FIGURE
from coreset_engine.dashboard.overview.data import SHOWN
from coreset_engine.windows import Windows


def command(runs: bool, rows: pd.DataFrame, run: str, pair: Windows | None) -> str:
    """Return the commands that print what is shown, each under a comment.

    Args:
        runs: whether there is a run.
        rows: retrainings of the chart, of one data set, architecture and number of epochs; none where there is no chart.
        run: whose images are shown at both ends.
        pair: the windows by which they are ranked, None where none are shown.
    """
    found = {"jobs": ["jobs"]} | ({"runs": ["runs"]} if runs else {})
    if len(rows):
        data, network, epochs = _place(rows)
        of = ["--dataset", data, "--architecture", network, "--epochs", str(epochs)]
        found["what coresets reach"] = ["results", *of]
    if pair:
        early, late, length = map(str, astuple(pair))
        spans = ["--early", early, "--late", late, "--length", length]
        found["the scores by which EVA keeps and drops"] = ["score", run, "--method", "eva", *spans, "--out", "eva.csv"]
    return "\n".join(f"# {name}\n{argv.command(*words)}" for name, words in found.items())


def python(runs: bool, rows: pd.DataFrame, run: str, pair: Windows | None) -> str:
    """Return lines of Python that define `jobs`, `runs`, `means`, and the rows kept and dropped first."""
    engine, imports, lines = [], ["from coreset_engine.executors import queue"], ["jobs = queue.all_jobs()"]
    if runs:
        engine.append("store")
        lines.append("runs = [store.run_summary(name) for name in store.run_names()]")
    if len(rows):
        engine.append("results")
        data, network, epochs = _place(rows)
        lines += [
            "rows = results.frame()",
            f"rows = rows[results.data_names(rows) == {data!r}]",
            f'rows = rows[(rows["architecture"] == {network!r}) & (rows["epochs"] == {epochs})]',
            'rows = rows[rows["collapsed"] == 0]',
            f'means = results.summarise(rows)[["label", "rate", "{FIGURE}", "{FIGURE}_n"]]',
        ]
    if pair:
        engine += ["CoresetSpec", "coreset_of"]
        spec = CoresetSpec(run, "eva", asdict(pair), rate=0.1).to_python()
        lines += [
            f"ranking = coreset_of({spec}).ranking",
            f"first_kept, first_dropped = ranking[:{SHOWN}], ranking[:{-SHOWN - 1}:-1]",
        ]
    engine = [f"from coreset_engine import {', '.join(sorted(engine))}"] if engine else []
    return "\n".join([*engine, *sorted(imports), "", *lines])


def _place(rows: pd.DataFrame) -> tuple[str, str, int]:
    """Return data set, with the beginning of its hash, network and epochs of retrainings that share them."""
    return results.data_names(rows).iloc[0], rows["architecture"].iloc[0], int(rows["epochs"].iloc[0])
