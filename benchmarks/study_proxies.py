"""What cheap proxies say of the coresets that the study trained on, and how far both forms of EVA choose the same samples.

python benchmarks/study_proxies.py --data FOLDER --cache CACHE [--sets …] [--of coresets|noise|gaps]

Nothing is trained on a coreset. The coresets of benchmarks/study/SET_ARCHITECTURE.csv are selected again from the recording
of benchmarks/study.py, which is made where it is missing; rows go to benchmarks/study/proxies and benchmarks/study/forms.
With `--of noise` those of benchmarks/study/noise are, and how many of their labels are wrong goes to benchmarks/study/wrong;
with `--of gaps` what EVA chooses where last batches are not recorded goes to benchmarks/study/gaps.
"""

import argparse
import csv
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import study
import yaml
from numpy.typing import NDArray

from coreset_engine import pipeline, store
from coreset_engine.kernels import ridge
from coreset_engine.snapshot import Snapshot
from coreset_engine.sources import Sources, load_snapshot

ARCHITECTURE, RECORDING = "lenet", 0
RATES = (0.02, 0.05, 0.1)
PROXIES = ("head_val", "head_train", "neighbour_val", "cover", "balance", "ease")
COLUMNS = ("set", "architecture", "recording", "line", "rate", "selection_seed", "samples", *PROXIES)
FORMS = ("set", "architecture", "recording", "windows", "rate", "samples", "shared")
WRONG = (*COLUMNS[:7], "wrong")
GAPS = (*FORMS, "gaps", "gaps_in_all")
HEIGHT = 2048  # rows of distances at a time


def proxies(snapshot: Snapshot, aum: NDArray[np.float64], kept: NDArray[np.int64]) -> dict[str, float]:
    """Return what each proxy says of the rows of a coreset; higher is better.

    `head_val`: balanced accuracy on val of a ridge head (λ = 1, standardised features, each class weighs the same) fitted on
    the coreset. `head_train`: the same head on all of the train split. `neighbour_val`: balanced accuracy on val of the
    nearest sample of the coreset. `cover`: less the mean distance of train samples to it. `balance`: entropy of the class
    counts by its largest. `ease`: mean AUM.

    Args:
        snapshot: of the recording, with val.
        aum: (N,).
        kept: rows of the coreset.
    """
    val = snapshot.validation
    if val is None:
        raise SystemExit(f"{snapshot.name} has no features of val: remove the recording, so that it is recorded again.")
    inputs = ridge.Inputs.standardised(snapshot.features)
    own = snapshot.labels[kept]
    counts = np.bincount(own, minlength=snapshot.classes)
    weights = np.zeros(snapshot.n_samples)
    weights[kept] = len(kept) / (np.count_nonzero(counts) * counts[own])
    found = ridge.heads(inputs, np.eye(snapshot.classes)[snapshot.labels], weights, [kept], 1.0)
    judged = {"head_val": (inputs.of(val.features), val.labels), "head_train": (inputs, snapshot.labels)}
    told = {
        name: ridge.accuracy(ridge.outputs_of(found, what, np.arange(len(labels)))[0], labels, balanced=True)
        for name, (what, labels) in judged.items()
    }
    chosen = inputs.take(kept)
    nearest, _ = _nearest(inputs.of(val.features).take(slice(None)), chosen)
    shares = counts[counts > 0] / len(kept)
    return told | {
        "neighbour_val": ridge.accuracy(np.eye(snapshot.classes)[own[nearest]], val.labels, balanced=True),
        "cover": -float(_nearest(inputs.take(slice(None)), chosen)[1].mean()),
        "balance": float(-(shares * np.log(shares)).sum() / np.log(snapshot.classes)),
        "ease": float(aum[kept].mean()),
    }


def _nearest(points: NDArray[np.float64], chosen: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the place of the nearest chosen point to each, and its distance."""
    places, far = [], []
    for start in range(0, len(points), HEIGHT):
        part = points[start : start + HEIGHT]
        squares = (part**2).sum(axis=1)[:, None] - 2 * part @ chosen.T + (chosen**2).sum(axis=1)
        places.append(squares.argmin(axis=1))
        far.append(np.sqrt(np.maximum(squares.min(axis=1), 0)))
    return np.concatenate(places), np.concatenate(far)


def coresets(run: str, trained: set[tuple[str, str, str]], wanted: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield line, rate, selection seed and rows of every coreset that was trained on."""
    bench = pipeline.Bench(run, "cpu")
    for line in sorted({key[0] for key in trained}):
        for cell in bench.plan(study.request_of(run, wanted["lines"][line], wanted).cells(), on="numpy"):
            options = cell.item.spec.all_options
            key = (line, str(cell.item.spec.rate), str(options.get("seed", "")))
            if cell.item.seed == wanted["training_seeds"][0] and key in trained:
                yield (*key, cell.part.rows)


def forms(run: str, wanted: dict[str, Any]) -> Iterator[tuple[str, float, int, float]]:
    """Yield windows, rate, samples and the share of them that EVA chooses by Eq. 6 and by the released form."""
    bench = pipeline.Bench(run, "cpu")
    for windows in ("1/21", "21/31"):
        found: list[list[NDArray[np.int64]]] = []
        for method in ("eva", "eva:combine=normalized"):
            asked = study.request_of(run, {"method": method, "windows": windows}, wanted).cells()
            cells = bench.plan([item for item in asked if item.seed == wanted["training_seeds"][0]], on="numpy")
            found.append([cell.part.rows for cell in cells])
        for rate, one, other in zip(wanted["rates"], *found, strict=True):
            yield windows, rate, len(one), len(np.intersect1d(one, other)) / len(one)


def gaps(run: str, name: str, file: Path, wanted: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what EVA chooses where the last batch of each epoch is not recorded, by windows and rate.

    `shared` is the share that it chooses with all batches, too; `gaps` that of its choice that lacks an epoch of a window,
    `gaps_in_all` that of all samples.
    """
    without = study.record(name, ARCHITECTURE, RECORDING, file, wanted["epochs"], {"drop_last": True})
    norms = [store.load_run(one).error_norms for one in (run, without)]
    for windows in ("1/21", "21/31"):
        early, late = (int(start) - 1 for start in windows.split("/"))
        read = np.r_[early : early + 10, late : late + 10]
        lacking = (norms[0][read] != norms[1][read]).any(axis=0)
        found = []
        for one in (run, without):
            asked = study.request_of(one, {"method": "eva", "windows": windows}, wanted).cells()
            cells = [item for item in asked if item.seed == wanted["training_seeds"][0]]
            found.append([cell.part.rows for cell in pipeline.Bench(one, "cpu").plan(cells, on="numpy")])
        for rate, whole, kept in zip(wanted["rates"], *found, strict=True):
            yield {"windows": windows, "rate": rate, "samples": len(kept), "gaps_in_all": lacking.mean(),
                   "shared": len(np.intersect1d(whole, kept)) / len(kept), "gaps": lacking[kept].mean()}  # fmt: skip


def write(folder: str, name: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    """Write rows of a set into a folder of the study."""
    file = study.FOLDER / folder / f"{name}_{ARCHITECTURE}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as target:
        table = csv.DictWriter(target, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def trained_on(folder: Path, name: str) -> set[tuple[str, str, str]]:
    """Return line, rate and draw of every coreset of a set that was trained on."""
    with (folder / f"{name}_{ARCHITECTURE}.csv").open(newline="") as source:
        rows = [row for row in csv.DictReader(source) if row["recording"] == str(RECORDING)]
    found = {(row["line"], row["rate"], row["selection_seed"]) for row in rows if study.SEARCHED not in row["line"]}
    return {key for key in found if float(key[1]) in RATES}


def count_wrong(name: str, run: str, wanted: dict[str, Any]) -> None:
    """Write how many labels of each coreset of a noisy recording are wrong."""
    wrong = pipeline.Bench(run, "cpu").images.truth["wrong_label"].astype(bool)
    same = {"set": name, "architecture": ARCHITECTURE, "recording": RECORDING}
    rows = [
        same
        | {"line": line, "rate": rate, "selection_seed": seed, "samples": len(kept), "wrong": int(wrong[kept].sum())}
        for line, rate, seed, kept in coresets(run, trained_on(study.FOLDER / "noise", name), wanted)
    ]
    write("wrong", name, WRONG, rows)


def measure(name: str, run: str, wanted: dict[str, Any]) -> None:
    """Write the rows of one set."""
    trained = trained_on(study.FOLDER, name)
    snapshot, aum = load_snapshot(run), Sources.of_run(run).score("aum", {})
    same = {"set": name, "architecture": ARCHITECTURE, "recording": RECORDING}
    rows = [
        same | {"line": line, "rate": rate, "selection_seed": seed, "samples": len(kept)} | proxies(snapshot, aum, kept)
        for line, rate, seed, kept in coresets(run, trained, wanted)
    ]
    if len(rows) != len(trained):
        raise SystemExit(f"{name}: {len(trained)} coresets were trained on, but {len(rows)} were selected again.")
    write("proxies", name, COLUMNS, rows)
    both = [same | dict(zip(FORMS[3:], one, strict=True)) for one in forms(run, wanted)]
    write("forms", name, FORMS, both)
    print(f"{run}: {len(rows)} coresets", flush=True)


def main() -> None:
    """Measure set by set."""
    wanted = yaml.safe_load(study.PLAN.read_text()) | {"rates": list(RATES)}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", default=wanted["sets"])
    parser.add_argument("--of", choices=("coresets", "noise", "gaps"), default="coresets")
    given = parser.parse_args()
    os.environ["CORESET_CACHE"] = str(given.cache.resolve())
    for name in given.sets:
        file = given.data / f"{name}.npz"
        how = wanted["variants"]["noise"]["record"] if given.of == "noise" else {}
        run = study.record(name, ARCHITECTURE, RECORDING, file, wanted["epochs"], how)
        if given.of == "gaps":
            same = {"set": name, "architecture": ARCHITECTURE, "recording": RECORDING}
            write("gaps", name, GAPS, [same | one for one in gaps(run, name, file, wanted)])
        else:
            (count_wrong if given.of == "noise" else measure)(name, run, wanted)


if __name__ == "__main__":
    main()
