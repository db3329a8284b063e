"""What the data map, the suspects and the search for near-duplicates cost, and what they find on the demo.

python benchmarks/data_map.py                     with the run `demo` of the cache; recorded first where it is missing
python benchmarks/data_map.py --images FILE.npz   counts near-duplicates of other images, too
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from coreset_engine import Dynamics, load_run, store
from coreset_engine.analysis import duplicates, label_issues, samples
from coreset_engine.dashboard.data_map import thumbnails
from coreset_engine.data_map import density, geometry
from coreset_engine.datasets import library
from coreset_engine.pipeline import demo
from coreset_engine.sources import Sources

SIZES = (35_000, 1_000_000)
EIGHT = np.ones((1, 8, 8), np.uint8)  # enlarges an image of 28 pixels to 224
THRESHOLDS = (0.9, 0.95, 0.97, 0.98, 0.99)


def told(what: str, call: Callable[[], Any], times: int = 7) -> Any:
    """Print the medians of the time that passed and of the processor's, in milliseconds, and return the last result."""
    passed, used = [], []
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        result = call()
        passed.append(time.perf_counter() - wall)
        used.append(time.process_time() - processor)
    median = [1e3 * statistics.median(values) for values in (passed, used)]
    print(f"{what:<66} {median[0]:9.1f} ms  processor {median[1]:9.1f} ms", flush=True)
    return result


def maps(count: int) -> None:
    """Measure map, points, box and a lasso of 60 corners around seven of ten samples."""
    draws = np.random.default_rng(0)
    x, y = draws.normal(size=count), draws.random(count)
    turns, reach = np.linspace(0, 2 * np.pi, 60, endpoint=False), 1 + 0.3 * draws.random(60)
    px, py = 1.5 * reach * np.cos(turns), 0.5 + 0.38 * reach * np.sin(turns)
    told(f"map of 200 x 150 cells, N {count:,}", lambda: density.raster(x, y))
    told(f"np.histogram2d, N {count:,}", lambda: np.histogram2d(x, y, (200, 150)))
    told(f"3,000 points, N {count:,}", lambda: density.sample_points(x, y))
    told(f"box, N {count:,}", lambda: geometry.inside_box(x, y, -1, 1, 0.2, 0.8))
    told(f"lasso of 60 corners, N {count:,}", lambda: geometry.inside_polygon(x, y, px, py))


def pictures() -> None:
    """Measure the images of 3,000 points: grey ones of 28 pixels, colour ones, large ones."""
    from coreset_engine.datasets.demo import generate

    grey = generate(0, (6000, 11, 11))["train_images"]
    draws = np.random.default_rng(0)
    x, y = draws.random((2, len(grey)))
    rows = np.sort(draws.permutation(len(grey))[:3000])
    for what, images in (
        ("28 x 28", grey),
        ("28 x 28 x 3", np.stack([grey] * 3, 3)),
        ("224 x 224", np.kron(grey, EIGHT)),
    ):
        chosen = thumbnails.chosen(images, rows, x, y)
        sent = told(
            f"{len(chosen):,} images of {what} as a PNG", lambda i=images, r=chosen: thumbnails.packed(i, r, ""), 3
        )
        print(f"  {len(sent):,} bytes")


def rules(count: int, epochs: int) -> None:
    """Measure suspects and confused classes on random dynamics of 11 classes."""
    draws = np.random.default_rng(0)
    own = draws.random((epochs, count), np.float32)
    predicted = draws.integers(0, 11, (epochs, count), np.uint8)
    signals = {"target_probability": own, "margin": 2 * own - 1, "prediction": predicted}
    run = Dynamics(draws.integers(0, 11, count), signals, 11, epochs)
    told(f"suspects by all rules, N {count:,}, T {epochs}", lambda: label_issues.find(run), 3)
    told(f"confused classes, N {count:,}, T {epochs}", lambda: label_issues.confused_pairs(run), 3)


def alike() -> None:
    """Measure the neighbours of one sample among 35,000 of 512 features, and near-duplicates among 35,000 phantoms."""
    features = np.random.default_rng(0).normal(size=(35_000, 512)).astype(np.float32)
    for metric in ("cosine", "euclidean"):
        told(
            f"10 neighbours of a sample, N 35,000, D 512, {metric}",
            lambda m=metric: duplicates.nearest(features, 7, 10, m),
        )
    from coreset_engine.datasets.demo import generate

    images = generate(1, (35_000, 11, 11))["train_images"]
    for threshold in (0.95, 0.97):
        found = told(
            f"near-duplicates, N 35,000, threshold {threshold}",
            lambda t=threshold: duplicates.near_duplicates(images, threshold=t),
            1,
        )
        print(f"  {len(found.pairs):,} pairs in {len(found.groups):,} groups")


def on_demo() -> None:
    """Print what the rules and the search find of the errors planted into the demo, and what all ranks cost."""
    if demo.RUN not in store.run_names():
        next(demo.make(lambda *_: None, lambda: False))
    run, images = load_run(demo.RUN), library.load("demo")
    wrong, true, copy = (images.truth[name] for name in ("wrong_label", "true_label", "duplicate_of"))
    print(
        f"wrong labels of the demo: {wrong.sum()} of {len(wrong):,}; precision, recall, F1, average precision, proposals"
    )
    for rule in label_issues.RULES:
        for share in (None, 0.02, 0.04):
            found = label_issues.find(run, rule, share=share)
            quality, hits = label_issues.quality(found.mask, wrong), found.mask & wrong
            right = (found.proposed[hits] == true[hits]).mean()
            precision, recall, f1, n = quality
            average = average_precision_score(wrong, found.scores)
            print(
                f"  {rule:<20} share {share}: n {n}  {precision:.3f} {recall:.3f} {f1:.3f}  {average:.3f}  {right:.3f}"
            )
    original = np.where(copy >= 0, copy, np.arange(len(copy)))
    for threshold in THRESHOLDS:
        a, b = duplicates.near_duplicates(images.images["train"], threshold=threshold).pairs.T
        planted, same = np.bincount(original), original[a] == original[b]
        recall = same.sum() / (planted * (planted - 1) // 2).sum()
        print(
            f"near-duplicates of the demo from {threshold}: {len(a)} pairs, precision {same.mean():.3f}, recall {recall:.3f}"
        )
    told("ranks under every scoring method on the demo", lambda: samples.standings(Sources.of_run(demo.RUN)), 1)


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    on_demo()
    for path in given.images:
        train = np.load(path)["train_images"]
        for threshold in THRESHOLDS[1:]:
            found = told(
                f"near-duplicates of {path.stem} {train.shape} from {threshold}",
                lambda i=train, t=threshold: duplicates.near_duplicates(i, threshold=t),
                1,
            )
            print(f"  {len(found.pairs):,} pairs in {len(found.groups):,} groups")
    for count in SIZES:
        maps(count)
    pictures()
    rules(35_000, 200)
    rules(1_000_000, 30)
    alike()


if __name__ == "__main__":
    main()
