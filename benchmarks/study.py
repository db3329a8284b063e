"""The study: which selection beats Random, on real sets, as benchmarks/study.yaml fixes it. Goes on where it was ended.

python benchmarks/study.py --data FOLDER --cache CACHE [--sets … --architectures … --recordings … --rates … --lines …]

FOLDER holds NAME.npz of every set in MedMNIST's format. A part is one set, architecture and recording; after each part all
its rows stand in benchmarks/study/SET_ARCHITECTURE.csv. With --label-noise 0.2 a fifth of the train labels is wrong while
recording and while training on coresets; those rows stand in benchmarks/study/noise.
"""

import argparse
import csv
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import yaml

from coreset_engine import architectures, paths, pipeline, store
from coreset_engine.config import Recipe
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.errors import EngineError
from coreset_engine.pipeline.requests import RecordingRequest, Retraining, SweepRequest
from coreset_engine.sweep import driver
from coreset_engine.sweep.plan import plan

PLAN = Path(__file__).with_name("study.yaml")
FOLDER = Path(__file__).with_name("study")
FIGURES = ("test_bal_acc_last", "test_bal_acc_best_val", "test_acc_last", "test_acc_best_val", "val_bal_acc_last",
           "val_acc_last", "collapsed", "seconds")  # fmt: skip
COLUMNS = ("set", "architecture", "recording", "line", "rate", "samples", "selection_seed", "training_seed", *FIGURES)
MANY = ("method", "rule", "class_budget", "hard_cutoff", "windows")
FIELDS = {"method": "methods", "rule": "rules", "class_budget": "class_budgets", "hard_cutoff": "hard_cutoffs"}


def run_of(name: str, architecture: str, seed: int, noise: float = 0.0) -> str:
    """Return the name of a recording."""
    return f"study_{name}_{architecture}_{seed}" + (f"_noise{100 * noise:g}" if noise else "")


def record(name: str, architecture: str, seed: int, file: Path, epochs: int, noise: float = 0.0) -> str:
    """Record a surrogate where it is not recorded yet, and return its run."""
    run = run_of(name, architecture, seed, noise)
    kept = store.RunFile(paths.run_folder(run)) if run in store.run_names() else None
    if kept is None or kept.done() < kept.info.epochs:
        recipe = Recipe(epochs=epochs, batch_size=256, learning_rate=architectures.get(architecture).learning_rate)
        request = RecordingRequest(
            run, str(file), architecture, recipe, seed=seed, device="cpu", corruption=Corruption(label_noise=noise)
        )
        pipeline.record(request, resume=kept is not None)
    return run


def request_of(run: str, line: dict[str, Any], wanted: dict[str, Any]) -> SweepRequest:
    """Return the sweep that trains one line of the plan on a recording."""
    many = {FIELDS.get(name, name): (value,) for name, value in line.items()}
    draws = {"selection_seeds": tuple(wanted["selection_seeds"])} if line["method"] != "full" else {}
    return SweepRequest(
        run, many.pop("methods"), tuple(wanted["rates"]), training_seeds=tuple(wanted["training_seeds"]),
        epochs=wanted["epochs"], device="cpu", **draws, **many,
    )  # fmt: skip


def part(run: str, lines: dict[str, dict[str, Any]], wanted: dict[str, Any], slots: int) -> dict[Retraining, str]:
    """Train what a recording's lines lack, and return every cell with its line; a line that can't be selected is told."""
    found: dict[Retraining, str] = {}
    for name, line in lines.items():
        request = replace(request_of(run, line, wanted), slots=slots)
        try:
            planned = plan(request)
        except EngineError as error:
            print(f"{run}: {name} is left out: {error}", flush=True)
            continue
        for outcome in driver.train(request, planned):
            if outcome.error:
                print(f"{run}: {name}: {outcome.error}", flush=True)
        found |= {cell.item: name for cell in (*planned.existing, *planned.to_train)}
    return found


def write(name: str, architecture: str, seed: int, cells: dict[Retraining, str], noise: float = 0.0) -> None:
    """Write the rows of a part into its table, over those of the same recording and lines at the same rates."""
    file = (FOLDER / "noise" if noise else FOLDER) / f"{name}_{architecture}.csv"
    made = {(str(seed), line, str(cell.spec.rate)) for cell, line in cells.items()}
    old = [row for row in _read(file) if (row["recording"], row["line"], row["rate"]) not in made]
    run = run_of(name, architecture, seed, noise)
    known = {cell.key: cell for cell in pipeline.Bench(run, "cpu").plan(list(cells), on="numpy")}
    from coreset_engine import results

    new = [
        {"set": name, "architecture": architecture, "recording": seed, "line": cells[known[row["key"]].item],
         "selection_seed": {**row["rule_options"], **row["options"]}.get("seed", ""), "training_seed": row["seed"],
         **{key: row[key] for key in ("rate", "samples", *FIGURES)}}
        for row in results.rows() if row["key"] in known
    ]  # fmt: skip
    file.parent.mkdir(exist_ok=True)
    with file.with_suffix(".part").open("w", newline="") as target:
        table = csv.DictWriter(target, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(sorted([*old, *new], key=lambda row: [str(row[column]) for column in COLUMNS]))
    file.with_suffix(".part").replace(file)


def _read(file: Path) -> list[dict[str, str]]:
    """Return the rows of a table, none where there is no file."""
    if not file.is_file():
        return []
    with file.open(newline="") as source:
        return list(csv.DictReader(source))


def main() -> None:
    """Train what is missing, part by part."""
    wanted = yaml.safe_load(PLAN.read_text())
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--slots", type=int, default=None)
    parser.add_argument("--label-noise", type=float, default=0.0)
    for name, kind in (("sets", str), ("architectures", str), ("recordings", int), ("rates", float), ("lines", str)):
        parser.add_argument(f"--{name}", nargs="+", type=kind, default=list(wanted[name]))
    given = parser.parse_args()
    os.environ["CORESET_CACHE"] = str(given.cache.resolve())
    wanted["rates"] = given.rates
    lines = {name: wanted["lines"][name] for name in given.lines}
    for architecture in given.architectures:
        for seed in given.recordings:
            for name in given.sets:
                file, noise = given.data / f"{name}.npz", given.label_noise
                run = record(name, architecture, seed, file, wanted["epochs"], noise)
                write(name, architecture, seed, part(run, lines, wanted, given.slots), noise)
                print(f"{run}: done", flush=True)


if __name__ == "__main__":
    main()
