"""The study: which selection beats Random, on real sets, as benchmarks/study.yaml fixes it. Goes on where it was ended.

python benchmarks/study.py --data FOLDER --cache CACHE [--sets … --architectures … --recordings … --rates … --lines …]
                           [--variant NAME]

FOLDER holds NAME.npz of every set in MedMNIST's format. A part is one set, architecture and recording; after each part all
its rows stand in benchmarks/study/SET_ARCHITECTURE.csv. A variant records or trains otherwise than the plan, in one thing;
its rows stand in benchmarks/study/VARIANT.
"""

import argparse
import csv
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import yaml

from coreset_engine import architectures, paths, pipeline, store
from coreset_engine.config import Recipe
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.errors import EngineError
from coreset_engine.pipeline.requests import RecordingRequest, Retraining, SweepRequest
from coreset_engine.store.layout import row_types
from coreset_engine.sweep import driver
from coreset_engine.sweep.plan import Plan, plan

PLAN = Path(__file__).with_name("study.yaml")
FOLDER = Path(__file__).with_name("study")
FIGURES = ("test_bal_acc_last", "test_bal_acc_best_val", "test_acc_last", "test_acc_best_val", "val_bal_acc_last",
           "val_acc_last", "collapsed", "seconds")  # fmt: skip
COLUMNS = ("set", "architecture", "recording", "line", "rate", "samples", "selection_seed", "training_seed", *FIGURES)
FOUND = ("set", "architecture", "recording", "line", "rate", "windows", "val_bal_acc_last", "trainings", "grid")
FIELDS = {"method": "methods", "rule": "rules", "class_budget": "class_budgets", "hard_cutoff": "hard_cutoffs"}
SEARCHED = "searched"  # in place of a line's windows: they are found on val, for each rate by itself
PLAIN: Mapping[str, Any] = MappingProxyType({})  # what a variant changes: nothing
BATCH = 256


def run_of(name: str, architecture: str, seed: int, how: Mapping[str, Any] = PLAIN) -> str:
    """Return the name of a recording; `how` is what a variant says of it."""
    ends = {"label_noise": f"_noise{100 * how.get('label_noise', 0):g}", "drop_last": "_dropped",
            "folds": f"_folds{how.get('folds')}"}  # fmt: skip
    return f"study_{name}_{architecture}_{seed}{''.join(ends[one] for one in how)}"


def record(name: str, architecture: str, seed: int, file: Path, epochs: int, how: Mapping[str, Any] = PLAIN) -> str:
    """Record a surrogate where it is not recorded yet, and return its run."""
    if how.get("drop_last"):
        return without_last_batches(
            record(name, architecture, seed, file, epochs), run_of(name, architecture, seed, how)
        )
    run = run_of(name, architecture, seed, how)
    kept = store.RunFile(paths.run_folder(run)) if run in store.run_names() else None
    if kept is None or kept.done() < kept.info.epochs:
        recipe = Recipe(epochs=epochs, batch_size=BATCH, learning_rate=architectures.get(architecture).learning_rate)
        errors = Corruption(label_noise=how.get("label_noise", 0.0))
        request = RecordingRequest(
            run, str(file), architecture, recipe,
            seed=seed, device="cpu", corruption=errors, folds=how.get("folds", 0),
        )  # fmt: skip
        pipeline.record(request, resume=kept is not None)
    return run


def without_last_batches(whole: str, run: str) -> str:
    """Return a run as EVA's released code records it: the last batch of an epoch is left out, and its samples count 0.

    Each epoch's order is the recording's own. Only what EVA reads changes; the network has seen those samples.
    """
    if run in store.run_names():
        return run
    source, target = paths.run_folder(whole), paths.run_folder(run)
    file = store.RunFile(source)
    rows = {name: file.read(f"epochs/{name}").copy() for name in row_types(file.info)}
    metrics, n = file.metrics(), file.info.samples
    whole_batches = n // file.info.recipe["batch_size"] * file.info.recipe["batch_size"]
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("dynamics.h5", "snapshot.h5"))
    info = replace(file.info, uuid=store.new_uuid())
    with closing(store.RunWriter(target, info, file.read("labels"))) as writer:
        for epoch in range(1, info.epochs + 1):
            order = np.random.default_rng([info.seed, epoch]).permutation(n)
            rows["error_norm"][epoch - 1, order[whole_batches:]] = 0
            own = ({name: values[epoch - 1] for name, values in found.items()} for found in (rows, metrics))
            writer.write_epoch(epoch, *own)
    return run


def request_of(run: str, line: dict[str, Any], wanted: dict[str, Any]) -> SweepRequest:
    """Return the sweep that trains one line of the plan on a recording, or the search for its windows."""
    many = {FIELDS.get(name, name): (value,) for name, value in line.items()}
    draws = {"selection_seeds": tuple(wanted["selection_seeds"])} if line["method"] != "full" else {}
    request = SweepRequest(
        run, many.pop("methods"), tuple(wanted["rates"]), training_seeds=tuple(wanted["training_seeds"]),
        epochs=wanted["epochs"], device="cpu", **draws, **many | ({"windows": ()} if _is_searched(line) else {}),
    )  # fmt: skip
    return replace(request, **wanted["search"]) if _is_searched(line) else request


def _is_searched(line: dict[str, Any]) -> bool:
    """Return whether a line's windows are found by a search."""
    return bool(line.get("windows") == SEARCHED)


def fixed(request: SweepRequest, wanted: dict[str, Any], found: list[dict[str, Any]]) -> list[SweepRequest]:
    """Return a sweep as it is, or of a search one per rate with the windows found, with seeds that have not chosen.

    Args:
        request: the sweep.
        wanted: the plan.
        found: takes what a search found, rate by rate.
    """
    if not request.search:
        return [request]
    plain, sweeps = SweepRequest(request.run, ("random",), (1.0,)), []
    for state in driver.find_best(request):
        if state.test is None:
            continue  # the search goes on
        windows = "/".join(str(window.start) for window in state.best.windows)
        found.append({"rate": state.best.rate, "windows": windows, "val_bal_acc_last": state.val.mean,
                      "trainings": state.spent, "grid": state.grid})  # fmt: skip
        sweeps.append(replace(
            request, rates=(state.best.rate,), **{name: getattr(plain, name) for name in wanted["search"]}
            | {"windows": (windows,), "training_seeds": tuple(wanted["training_seeds"])},
        ))  # fmt: skip
    return sweeps


def part(
    run: str, lines: dict[str, dict[str, Any]], wanted: dict[str, Any], train: Mapping[str, Any]
) -> tuple[list[tuple[Retraining, str]], list[dict[str, Any]]]:
    """Train what a recording's lines lack, and return every cell with its line, and what searches found.

    A line that can't be selected is told. `train` holds fields of the sweeps that are not the plan's.
    """
    cells: list[tuple[Retraining, str]] = []
    searched: list[dict[str, Any]] = []
    plans: list[tuple[SweepRequest, Plan]] = []
    for name, line in lines.items():
        found: list[dict[str, Any]] = []
        try:
            requests = fixed(replace(request_of(run, line, wanted), **train), wanted, found)
            own = [(request, plan(request)) for request in requests]
        except EngineError as error:
            print(f"{run}: {name} is left out: {error}", flush=True)
            continue
        plans += own
        cells += [(cell.item, name) for _, one in own for cell in (*one.existing, *one.to_train)]
        searched += [{"line": name} | one for one in found]
    missing = {cell.key: cell for _, one in plans for cell in one.to_train}
    if missing:  # all at once: workers take as long to start as some lines to train
        for outcome in driver.train(plans[0][0], replace(plans[0][1], to_train=tuple(missing.values()))):
            if outcome.error:
                print(f"{run}: {outcome.item.spec.label}: {outcome.error}", flush=True)
    return cells, searched


def write(same: dict[str, Any], run: str, cells: list[tuple[Retraining, str]], folder: Path) -> None:
    """Write the rows of a part into its table, over those of the same recording and lines at the same rates.

    Args:
        same: set, architecture and recording.
        run: the recording's name.
        cells: with the line of each.
        folder: of the table.
    """
    from coreset_engine import results

    known = {row["key"]: row for row in results.rows()}
    planned = pipeline.Bench(run, "cpu").plan([item for item, _ in cells], on="numpy")
    trained = [(line, known[cell.key]) for (_, line), cell in zip(cells, planned, strict=True) if cell.key in known]
    rows = [
        same | {"line": line, "training_seed": row["seed"],
                "selection_seed": {**row["rule_options"], **row["options"]}.get("seed", ""),
                **{key: row[key] for key in ("rate", "samples", *FIGURES)}}
        for line, row in trained
    ]  # fmt: skip
    merge(folder, same, COLUMNS, rows, {(line, str(item.spec.rate)) for item, line in cells})


def merge(
    folder: Path, same: dict[str, Any], columns: tuple[str, ...], new: list[dict[str, Any]], made: set[tuple[str, str]]
) -> None:
    """Write rows into the table of a set and architecture, in place of those of the same recording, lines and rates."""
    file = folder / f"{same['set']}_{same['architecture']}.csv"
    seed = str(same["recording"])
    old = [row for row in read(file) if row["recording"] != seed or (row["line"], row["rate"]) not in made]
    file.parent.mkdir(exist_ok=True)
    with file.with_suffix(".part").open("w", newline="") as target:
        table = csv.DictWriter(target, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(sorted([*old, *new], key=lambda row: [str(row[column]) for column in columns]))
    file.with_suffix(".part").replace(file)


def read(file: Path) -> list[dict[str, str]]:
    """Return the rows of a table, none where there is no file."""
    if not file.is_file():
        return []
    with file.open(newline="") as source:
        return list(csv.DictReader(source))


def arguments(wanted: dict[str, Any]) -> argparse.Namespace:
    """Return what the command line asks for; what it leaves out is the variant's or the plan's."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--slots", type=int, default=None)
    parser.add_argument("--variant", choices=list(wanted["variants"]), default="")
    for name, kind in (("sets", str), ("architectures", str), ("recordings", int), ("rates", float), ("lines", str)):
        parser.add_argument(f"--{name}", nargs="+", type=kind)
    given = parser.parse_args()
    variant = wanted["variants"].get(given.variant, {})
    for name in ("sets", "architectures", "recordings", "rates", "lines"):
        if getattr(given, name) is None:
            setattr(given, name, list(variant.get(name, wanted[name])))
    return given


def by_draws(wanted: dict[str, Any], architecture: str) -> list[dict[str, Any]]:
    """Return the plan once for the rates with the usual draws, and once for those where a network has more of them."""
    more = wanted["more_draws"].get(architecture, {"rates": [], "selection_seeds": []})
    usual, own = ([rate for rate in wanted["rates"] if (rate in more["rates"]) is many] for many in (False, True))
    return [
        wanted | {"rates": rates, "selection_seeds": seeds}
        for rates, seeds in ((usual, wanted["selection_seeds"]), (own, more["selection_seeds"]))
        if rates
    ]


def main() -> None:
    """Train what is missing, part by part."""
    wanted = yaml.safe_load(PLAN.read_text())
    given = arguments(wanted)
    os.environ["CORESET_CACHE"] = str(given.cache.resolve())
    wanted["rates"] = given.rates
    variant = wanted["variants"].get(given.variant, {})
    train = {
        name: tuple(value) if isinstance(value, list) else value for name, value in variant.get("train", {}).items()
    }
    trained = train.get("architectures", ("",))[0]
    lines = {name: wanted["lines"][name] for name in given.lines}
    for architecture in given.architectures:
        for seed in given.recordings:
            for name in given.sets:
                how = variant.get("record", {})
                run = record(name, architecture, seed, given.data / f"{name}.npz", wanted["epochs"], how)
                same = {"set": name, "architecture": trained or architecture, "recording": seed}
                for drawn in by_draws(wanted, architecture if not given.variant else ""):
                    cells, found = part(run, lines, drawn, train | {"slots": given.slots})
                    write(same, run, cells, FOLDER / given.variant)
                    if found:
                        made = {(one["line"], str(one["rate"])) for one in found}
                        merge(FOLDER / SEARCHED, same, FOUND, [same | one for one in found], made)
                print(f"{run}{' ' + given.variant if given.variant else ''}: done", flush=True)


if __name__ == "__main__":
    main()
