"""Every page on a cache of ImageNet's size: 1,281,167 samples, 90 epochs, 1,000 classes, with small images and results.

python benchmarks/large.py pages 1281167                       # the cache, 2.9 GB, in a folder that goes, and all pages
LARGE_KEPT=FOLDER python benchmarks/large.py pages 1281167     # in a folder that stays: made by the first call only

The dynamics are made up: samples of every class learn at a pace of their own, some never. Each page is run without a
browser, in a process that has opened nothing yet: the first run is told apart from reruns after a control was moved, each
to a value that no cache has seen.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAME, EPOCHS, CLASSES, SIDE = "imagenet-like", 90, 1000, 16
SAMPLES = 1_281_167
# page -> what is moved there: a kind of widget, its key, values
Moves = tuple[tuple[str, str, tuple[Any, ...]], ...]
RATES, LATE = (0.05, 0.2, 0.15, 0.3), (71, 61, 51, 41, 31)
PAGES: dict[str, Moves] = {
    "Overview": (),
    "Record": (("number_input", "epochs", (50, 40, 30)),),
    "Explore": (("slider", "late", LATE), ("slider", "rate", RATES), ("selectbox", "class", ("object 7", "object 8"))),
    "Windows": (("slider", "late", LATE), ("slider", "rate", RATES)),
    "Data_map": (("slider", "late", LATE), ("slider", "rate", RATES), ("number_input", "mark", (7, 70_000))),
    "Label_issues": (
        ("selectbox", "class", ("object 7", "object 8")),
        ("selectbox", "evidence", ("low-aum", "never-learned")),
        ("selectbox", "top", ("top 1 %", "top 10 %")),
    ),
    "Compare": (
        ("slider", "late", LATE),
        ("slider", "rate", RATES),
        ("selectbox", "only_class", ("object 7", "object 8")),
    ),
    "Experiments": (("number_input", "seeds", (3, 4)), ("slider", "late", LATE)),
    "Results": (),
    "Methods": (("selectbox", "family", ("geometry", "graph")),),
    "Sample": (("number_input", "sample", (7, 70_000, 700_000)), ("slider", "late", LATE)),
}
PLAIN_RERUNS = 5


def make(cache: Path, samples: int = SAMPLES) -> None:
    """Make the cache: images, dynamics and result rows; what is there stays."""
    os.environ["CORESET_CACHE"] = str(cache)
    from coreset_engine import paths

    if (paths.runs_folder() / NAME / "whole").exists():
        return
    labels = np.random.default_rng(1).permutation(np.arange(samples) % CLASSES)
    images = _images(labels)
    for seed in (0, 1):
        _results(images.sha256, seed)
    _run(labels, images.name, images.sha256)
    (paths.runs_folder() / NAME / "whole").touch()


def _images(labels: NDArray[np.int64]) -> Any:
    """Keep images of 16 px, whose noise is the same every 1,009 rows, and return them as read back."""
    from coreset_engine.datasets import checked, disk

    draws = np.random.default_rng(2)
    few = draws.integers(0, 256, (1009, SIDE, SIDE), np.uint8)
    train = few[np.arange(len(labels)) % 1009]
    train[np.arange(len(labels)), 0, 0] = labels % 256
    train[:, 1, :4] = np.arange(len(labels), dtype=np.uint32).view(np.uint8).reshape(-1, 4)
    names = tuple(f"object {c}" for c in range(CLASSES))
    small = np.arange(5 * CLASSES) % CLASSES
    arrays = {"train": train, **dict.fromkeys(("val", "test"), few[small % 1009])}
    given = {"task": "multi-class", "class_names": names, "synthetic": True}
    found = checked(
        name=NAME, title="Made up", images=arrays, labels={"train": labels, "val": small, "test": small}, **given
    )
    return disk.keep(found, "", "")


def _run(labels: NDArray[np.int64], dataset: str, sha256: str) -> None:
    """Write the dynamics, epoch by epoch."""
    from coreset_engine import paths
    from coreset_engine.store.layout import RunInfo
    from coreset_engine.store.writer import RunWriter

    samples, draws = len(labels), np.random.default_rng(3)
    info = RunInfo(EPOCHS, samples, CLASSES, dataset=dataset, dataset_sha256=sha256, architecture="resnet18")
    info.class_names.extend(f"object {c}" for c in range(CLASSES))
    info.recipe.update(epochs=EPOCHS, batch_size=256, learning_rate=0.1)
    info = RunInfo(**{**vars(info), "created": "2026-01-01T00:00:00+00:00", "val_loss_per_class": True})
    pace = draws.uniform(2, 60, samples).astype(np.float32)
    wrong = draws.random(samples) < 0.03
    other = ((labels + draws.integers(1, 4, samples)) % CLASSES).astype(np.uint16)
    writer = RunWriter(paths.runs_folder() / NAME, info, labels)
    for epoch in range(1, EPOCHS + 1):
        rows = _epoch(epoch, labels, pace, wrong, other, draws)
        right = float((rows["prediction"] == labels).mean())
        metrics = {"train_loss": float(rows["loss"].mean()), "train_accuracy": right, "val_loss": 2.0, "seconds": 1.0}
        per_class = draws.random(CLASSES) + 3 / epoch
        writer.write_epoch(epoch, rows, metrics | {"val_accuracy": 0.9 * right, "val_loss_per_class": per_class})
    writer.close()


def _epoch(
    epoch: int, labels: NDArray, pace: NDArray, wrong: NDArray, other: NDArray, draws: np.random.Generator
) -> dict[str, NDArray]:
    """Return one epoch's signals: the label's probability grows past a sample's pace, that of a wrong label falls."""
    z = draws.standard_normal(len(labels), np.float32) + (epoch - pace) / np.float32(8)
    p = 1 / (1 + np.exp(np.where(wrong, z, -z) - np.float32(0.5)))
    rest, share = 1 - p, np.float32(0.6)
    return {
        "error_norm": rest * np.float32(np.sqrt(1 + share**2)),
        "target_probability": p,
        "margin": p - share * rest,
        "entropy": -p * np.log(p + np.float32(1e-7)) - rest * np.log(rest + np.float32(1e-7)) + rest * 3,
        "loss": -np.log(p + np.float32(1e-7)),
        "prediction": np.where(p > share * rest, labels, other).astype(np.uint16),
    }


def _results(sha256: str, seed: int) -> None:
    """Add rows of EVA, Random and the full data, with confusions of 1,000 classes."""
    from coreset_engine import results

    draws = np.random.default_rng(seed)
    recipe = {"epochs": 30, "batch_size": 256, "learning_rate": 0.02, "momentum": 0.9, "weight_decay": 0.0005}
    recipe |= {"warmup": 0.05, "augment": False, "precision": "auto"}
    eva = {"early": 1, "late": 41, "length": 10}
    for method, rate, options in (
        ("full", 1.0, {}), ("random", 0.1, {}), ("random", 0.3, {}), ("eva", 0.1, eva), ("eva", 0.3, eva)
    ):  # fmt: skip
        config = {"run": NAME if method == "eva" else "", "average": [], "dynamics": [], "dataset": NAME}
        config |= {"dataset_sha256": sha256, "method": method, "options": options}
        config["rule"] = "" if method == "full" else "top"
        config |= {"rule_options": {}, "rate": rate, "samples": int(rate * SAMPLES), "architecture": "resnet18"}
        accuracy = float(0.5 + 0.3 * rate + 0.01 * draws.random())
        results.append(config | {"recipe": recipe, "seed": seed}, _metrics(accuracy, draws))


def _metrics(accuracy: float, draws: np.random.Generator) -> dict[str, Any]:
    """Return what a retraining measures, on 5 test images of every class."""
    from coreset_engine import results

    recall = draws.binomial(5, accuracy, CLASSES) / 5
    confusion = np.zeros((CLASSES, CLASSES), int)
    own = (5 * recall).round().astype(int)
    confusion[np.arange(CLASSES), np.arange(CLASSES)] = own
    confusion[np.arange(CLASSES), (np.arange(CLASSES) + 1) % CLASSES] = 5 - own
    found: dict[str, Any] = {"best_epoch": 20, "collapsed": False, "device": "cpu", "seconds": 100.0, "synthetic": True}
    found |= {"curve": {name: [2.0] * 30 for name in ("train_loss", "val_loss", "val_accuracy")}}
    found |= {"energy_joules": None, "energy_of": "", "versions": {"torch": "2"}}
    for split, ends in (("val", ("last", "best")), ("test", ("last", "best_val"))):
        for end in ends:
            found |= {f"{split}_{name}_{end}": accuracy for name in ("acc", "auc", "bal_acc")}
            found |= {f"{split}_ece_{end}": 0.05, f"{split}_recall_{end}": recall.tolist()}
            if split == "test":
                found[f"test_confusion_{end}"] = results.stored_confusion(confusion.tolist())
    return found


def page(kind: str, size: int, folder: Path) -> Callable[[], Any]:
    """Return the opening of one page and its reruns, on a cache that is made when it is not there."""
    make(folder / "cache", size)
    from streamlit.testing.v1 import AppTest

    root = Path(__file__).parent.parent
    file = next(iter(root.glob(f"pages/*_{kind}.py")), root / "app.py")
    opened = AppTest.from_file(str(file), default_timeout=600)
    opened.query_params["run"] = NAME

    def visit() -> dict[str, Any]:
        """Open the page and move what can be moved."""
        found: dict[str, Any] = {"first_cpu_ms": _timed(opened.run)[0]}
        taken = {f"rerun {number}": _timed(opened.run) for number in range(PLAIN_RERUNS)}
        for sort, key, values in PAGES[kind]:
            for value in values:
                widget = getattr(opened, sort)(key=key)
                taken[f"{key} {value}"] = _timed(widget.set_value(value).run)
        _refuse_errors(opened)
        busy = np.array([cpu for cpu, _ in taken.values()])
        slowest = max(taken, key=lambda name: taken[name][0])
        found |= {"reruns": len(taken), "cpu_ms_median": np.median(busy), "cpu_ms_p95": np.quantile(busy, 0.95)}
        found["ms_p95"] = np.quantile([wall for _, wall in taken.values()], 0.95)
        return {name: round(float(value), 1) for name, value in found.items()} | {"slowest": slowest}

    return visit


def _timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Return how long one run of a page takes: milliseconds of the processor, of all threads, and of the clock."""
    started, busy = time.perf_counter(), time.process_time()
    run()
    return 1e3 * (time.process_time() - busy), 1e3 * (time.perf_counter() - started)


def _refuse_errors(opened: Any) -> None:
    """Raise where the page shows an error."""
    told = [one.value for one in opened.error] + [one.message for one in opened.exception]
    if told:
        raise RuntimeError(told[0])
