"""What the study's recordings say of themselves: how hard a set was for its surrogate, in one table.

python benchmarks/study_recordings.py --cache CACHE

Reads the recordings of benchmarks/study.py in CACHE, and writes them into benchmarks/study/recordings/all.csv; rows of
recordings that CACHE lacks stay.
"""

import argparse
import csv
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import study
import yaml

from coreset_engine import paths, store

SAME = ("set", "architecture", "recording", "variant")
COLUMNS = (*SAME, "val_error", "negative_aum", "never_learned")
FILE = study.FOLDER / "recordings" / "all.csv"


def figures(run: str) -> dict[str, float]:
    """Return what a recording says: shares of val that its last epoch gets wrong, and of train samples by all epochs.

    `negative_aum` is the share of train samples whose mean margin is below 0, `never_learned` of those that no epoch gets
    right.
    """
    dynamics = store.load_run(run)
    wrong = dynamics.prediction != dynamics.labels
    return {
        "val_error": 1 - float(store.RunFile(paths.run_folder(run)).metrics()["val_accuracy"][-1]),
        "negative_aum": float((dynamics.margin.mean(axis=0) < 0).mean()),
        "never_learned": float(wrong.all(axis=0).mean()),
    }


def main() -> None:
    """Write a row per whole recording that the cache holds, over those of before."""
    plan = yaml.safe_load(study.PLAN.read_text())
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True)
    os.environ["CORESET_CACHE"] = str(parser.parse_args().cache.resolve())
    files = {run: store.RunFile(paths.run_folder(run)) for run in store.run_names()}
    whole = {run for run, file in files.items() if file.done() == file.info.epochs}
    known = {tuple(row[name] for name in SAME): row for row in study.read(FILE)}
    rows: list[dict[str, Any]] = []
    variants: dict[str, dict[str, Any]] = {"": {}, **plan["variants"]}
    for variant, given in variants.items():
        if (variant and not {"record", "sets"} & set(given)) or "drop_last" in given.get("record", {}):
            continue  # recorded as the plan says
        for name in given.get("sets", plan["sets"]):
            for architecture in given.get("architectures", plan["architectures"]):
                for seed in given.get("recordings", plan["recordings"]):
                    run = study.run_of(name, architecture, seed, given.get("record", {}))
                    same = (name, architecture, str(seed), variant)
                    if run in whole:
                        rows.append(dict(zip(SAME, same, strict=True)) | figures(run))
                    elif same in known:
                        rows.append(known[same])
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("w", newline="") as target:
        table = csv.DictWriter(target, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    main()
