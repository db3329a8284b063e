"""What cheap proxies say of the coresets that the study trained on, and how far both forms of EVA choose the same samples.

python benchmarks/study_proxies.py --data FOLDER --cache CACHE [--sets …] [--of coresets|noise|gaps]

Nothing is trained on a coreset, but two networks on half the train split each. The coresets of
benchmarks/study/SET_ARCHITECTURE.csv are selected again from the recording of benchmarks/study.py; what is missing is
recorded and trained. Rows go to benchmarks/study/proxies and benchmarks/study/forms. With `--of noise` those of
benchmarks/study/noise are selected, and how many of their labels are wrong goes to benchmarks/study/wrong; with `--of gaps`
what EVA chooses where last batches are not recorded goes to benchmarks/study/gaps.
"""

import argparse
import csv
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import study
import study_halves
import yaml
from numpy.typing import NDArray

from coreset_engine import pipeline, store
from coreset_engine.kernels import ridge
from coreset_engine.snapshot import Snapshot
from coreset_engine.sources import Sources, load_snapshot

ARCHITECTURE, RECORDING = "lenet", 0
RATES = (0.02, 0.05, 0.1)
PROXIES = ("head_val", "head_train", "neighbour_val", "cover", "balance", "ease",
           "unseen_head", "unseen_neighbour", "seen_head", "seen_neighbour")  # fmt: skip
COLUMNS = ("set", "architecture", "recording", "line", "rate", "selection_seed", "samples", *PROXIES)
FORMS = ("set", "architecture", "recording", "windows", "rate", "samples", "shared")
WRONG = (*COLUMNS[:7], "wrong")
GAPS = (*FORMS, "gaps", "gaps_in_all")
HEIGHT = 2048  # rows of distances at a time


def proxies(snapshot: Snapshot, aum: NDArray[np.float64], kept: NDArray[np.int64]) -> dict[str, float]:
    """Return what each proxy says of the rows of a coreset; higher is better.

    `head_val` and `neighbour_val`: see `on_val`. `head_train`: the same head on all of the train split. `cover`: less the
    mean distance of train samples to the coreset. `balance`: entropy of the class counts by its largest. `ease`: mean AUM.

    Args:
        snapshot: of the recording, with val.
        aum: (N,).
        kept: rows of the coreset.
    """
    inputs, counts = ridge.Inputs.standardised(snapshot.features), np.bincount(snapshot.labels[kept])
    shares = counts[counts > 0] / len(kept)
    return on_val(snapshot, kept) | {
        "head_train": _judged(_head(snapshot, inputs, kept), inputs, snapshot.labels),
        "cover": -float(_nearest(inputs.take(slice(None)), inputs.take(kept))[1].mean()),
        "balance": float(-(shares * np.log(shares)).sum() / np.log(snapshot.classes)),
        "ease": float(aum[kept].mean()),
    }


def on_val(snapshot: Snapshot, kept: NDArray[np.int64]) -> dict[str, float]:
    """Return the balanced accuracy on val of what is fitted on some rows.

    `head_val`: a ridge head (λ = 1, standardised features, each class weighs the same). `neighbour_val`: the nearest row.
    """
    val = snapshot.validation
    if val is None:
        raise SystemExit(f"{snapshot.name} has no features of val: remove the recording, so that it is recorded again.")
    inputs = ridge.Inputs.standardised(snapshot.features)
    asked = inputs.of(val.features)
    nearest, _ = _nearest(asked.take(slice(None)), inputs.take(kept))
    told = np.eye(snapshot.classes)[snapshot.labels[kept][nearest]]
    return {
        "head_val": _judged(_head(snapshot, inputs, kept), asked, val.labels),
        "neighbour_val": ridge.accuracy(told, val.labels, balanced=True),
    }


def crossed(half: NDArray[np.int64], found: Sequence[Snapshot], kept: NDArray[np.int64]) -> dict[str, float]:
    """Return what networks of one half each say of the rows of a coreset, the mean of both, see `on_val`.

    `unseen_head` and `unseen_neighbour`: each network is asked about the rows that it was not trained on. `seen_head` and
    `seen_neighbour`: about its own, so that nothing else differs. A half without rows has no say.

    Args:
        half: (N,) the half of every train sample.
        found: of each half's network, the snapshot of all train samples.
        kept: rows of the coreset.
    """
    told: dict[str, list[float]] = {}
    for network, snapshot in enumerate(found):
        for word, which in (("seen", half == network), ("unseen", half != network)):
            rows = np.flatnonzero(which)
            own = np.flatnonzero(np.isin(rows, kept))
            for name, value in on_val(snapshot.take(rows), own).items() if len(own) else ():
                told.setdefault(f"{word}_{name.removesuffix('_val')}", []).append(value)
    return {name: float(np.mean(values)) for name, values in told.items()}


def _head(snapshot: Snapshot, inputs: ridge.Inputs, kept: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the ridge head of some rows, each class of which weighs the same."""
    own = snapshot.labels[kept]
    counts = np.bincount(own, minlength=snapshot.classes)
    weights = np.zeros(snapshot.n_samples)
    weights[kept] = len(kept) / (np.count_nonzero(counts) * counts[own])
    return ridge.heads(inputs, np.eye(snapshot.classes)[snapshot.labels], weights, [kept], 1.0)


def _judged(head: NDArray[np.float64], inputs: ridge.Inputs, labels: NDArray[np.integer]) -> float:
    """Return a head's balanced accuracy."""
    return ridge.accuracy(ridge.outputs_of(head, inputs, np.arange(len(labels)))[0], labels, balanced=True)


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
    half, found = study_halves.halves(run)
    same = {"set": name, "architecture": ARCHITECTURE, "recording": RECORDING}
    rows = [
        same
        | {"line": line, "rate": rate, "selection_seed": seed, "samples": len(kept)}
        | proxies(snapshot, aum, kept)
        | crossed(half, found, kept)
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
