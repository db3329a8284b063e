"""The figures of docs/demo.md, from a cache with the demo: python docs/talk.py prints them as JSON, --write keeps them.

The test of the talk holds the text against what is kept in docs/demo.json, and `-m hard` a demo made anew against that.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from coreset_engine import CoresetSpec, config, coreset_of, load_run, paths, results, store
from coreset_engine.analysis import label_issues
from coreset_engine.datasets import library

KEPT = Path(__file__).with_name("demo.json")
RUN, RATE, EPOCHS = "demo", 0.1, 30
PAIR = {"early": 1, "late": 21, "length": 10}
SPECS = {
    "random": CoresetSpec(RUN, "random", {"seed": 0}, rate=RATE),
    "eva": CoresetSpec(RUN, "eva", PAIR, rate=RATE),
    "eva_later": CoresetSpec(RUN, "eva", PAIR | {"early": 2}, rate=RATE),
    "el2n": CoresetSpec(RUN, "el2n", rate=RATE),
    "el2n_without": CoresetSpec(RUN, "el2n", rate=RATE, exclusion="lowest-aum"),
    "auto": CoresetSpec(RUN, "auto", {"seed": 0}, rate=RATE),
}
# how results label the trainings on them; a set of excluded rows has its hash behind its name
LABELS = {
    "random": "random",
    "eva": "eva 1/21 K10",
    "eva_later": "eva 2/21 K10",
    "el2n": "el2n",
    "el2n_without": "el2n without",
    "auto": "random, tempered budgets τ=0.5, hard cut-off β=0.3",
    "full": "full",
}


def figures() -> dict[str, Any]:
    """Return what the talk tells: samples, label errors kept, rows that suspects finds, and test accuracies seed by seed.

    Raises:
        EngineError: the cache does not hold the demo.
    """
    info = store.RunFile(paths.run_folder(RUN)).info
    wrong = library.cached(info.dataset, info.dataset_sha256).truth["wrong_label"].astype(bool)
    rows = {name: coreset_of(spec).rows for name, spec in SPECS.items()}
    found = label_issues.find(load_run(RUN), "low-aum").mask
    return {
        "samples": len(wrong),
        "errors": int(wrong.sum()),
        "epochs": info.epochs,
        "kept": len(rows["el2n"]),
        "errors_kept": {name: int(wrong[of].sum()) for name, of in rows.items()},
        "shared": len(np.intersect1d(rows["eva"], rows["eva_later"])),
        "suspects": int(found.sum()),
        "suspects_wrong": int((found & wrong).sum()),
        "accuracies": {name: _accuracies(name, info.dataset_sha256) for name in LABELS},
    }


def _accuracies(name: str, sha256: str) -> list[float]:
    """Return the test accuracies at the best val epoch of one line, seed by seed."""
    table = results.frame()
    rate, label = (1.0 if name == "full" else RATE), LABELS[name]
    named = table["label"].str.startswith(f"{label} ") if name == "el2n_without" else table["label"] == label
    same = named & (table["rate"] == rate) & (table["epochs"] == EPOCHS) & (table["dataset_sha256"] == sha256)
    return [round(float(value), 4) for value in table[same].sort_values("seed")["test_acc_best_val"]]


def main(words: list[str]) -> None:
    """Print the figures, or keep them."""
    text = json.dumps(figures() | {"versions": config.versions()}, indent=1) + "\n"
    if "--write" in words:
        KEPT.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
