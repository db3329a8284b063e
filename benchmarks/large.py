"""Time and peak memory as sets grow: training from the disk, dynamics of ImageNet's size, selections on features.

python benchmarks/large.py limit                      # a set of 6 GiB, by processes that may take 2 GiB
python benchmarks/large.py training 10000 100000      # an epoch with the images in memory and with them on the disk
python benchmarks/large.py pace                       # recordings and retrainings from memory and from a map
python benchmarks/large.py dynamics 10000 1281167     # windows and packs of runs of 90 epochs
python benchmarks/large.py selection 10000 100000     # herding, k-center and graph cover on features
python benchmarks/large.py costs 8000                 # every method once: the constants of `selection_costs`
python benchmarks/large.py pages 1281167              # every page at ImageNet's size, see `large_pages.py`

Every measurement is a process of its own, and a line of JSON in `benchmarks/large.jsonl`.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

FOUND = Path(__file__).with_suffix(".jsonl")
LIMIT, SET_BYTES, BUDGET = 2 * 2**30, 6 * 2**30, "512 MiB"
MOST_PAIRS = 100_000  # samples: the graph of more takes hours
SIDE, EPOCHS, CLASSES, WIDTH, RATE = 224, 90, 10, 512, 0.1
SELECTIONS = ("herding", "k-center", "graph-cover")


def main(what: str, *sizes: str) -> None:
    """Measure one kind for every size, each in a process of its own, and write the lines."""
    from benchmarks import large_pace, large_pages

    kinds = {"limit": ["load", "record", "retrain"], "training": ["held", "on-disk"], "selection": list(SELECTIONS)}
    kinds |= {"pages": list(large_pages.PAGES), "pace": list(large_pace.KINDS)}
    kept = os.environ.get("LARGE_KEPT")
    temporary = tempfile.TemporaryDirectory(prefix="large-", dir=os.environ.get("LARGE_AT"))
    with nullcontext(kept) if kept else temporary as folder:
        for size in sizes or ("0",):
            for kind in kinds.get(what, [what]):
                if kind == "graph-cover" and int(size) > MOST_PAIRS:
                    continue
                measured = measure([what, kind, size], folder)
                line = json.dumps({"what": what, "kind": kind, "samples": int(size)} | measured)
                print(line, flush=True)
                with FOUND.open("a") as file:
                    file.write(line + "\n")


def measure(words: list[str], folder: str) -> dict[str, Any]:
    """Return what a process of its own says of one measurement."""
    limited = (lambda: resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))) if words[0] == "limit" else None
    environment = os.environ | {"CORESET_CACHE": f"{folder}/cache", "PYTHONPATH": str(Path.cwd())}
    ended = subprocess.run(
        [sys.executable, __file__, "--own", *words, folder],
        preexec_fn=limited,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        return {"failed": ended.stderr.strip().splitlines()[-1:]}
    return json.loads(ended.stdout.splitlines()[-1])


def own(what: str, kind: str, size: str, folder: str) -> None:
    """Do one measurement in this process and print it."""
    from benchmarks import large_pace, large_pages

    work = {"limit": limit, "training": training, "dynamics": dynamics, "selection": selection, "costs": costs}
    work |= {"pages": large_pages.page, "pace": large_pace.pace}
    prepared = work[what](kind, int(size), Path(folder))
    with Peak() as peak:
        started, busy = time.perf_counter(), time.process_time()
        more = prepared() or {}
        taken = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - busy}
    taken = {name: round(value, 3) for name, value in taken.items()}
    print(json.dumps(taken | {"peak_mib": peak.mib, "before_mib": peak.before} | more))


class Peak:
    """Watches how much memory of its own (RssAnon; maps of files can be dropped) this process takes at most."""

    def __enter__(self) -> "Peak":
        """Begin to look, every 5 ms."""
        self.before = self.mib = anonymous()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def _look(self) -> None:
        """Keep the highest value."""
        while not self._over.wait(0.005):
            self.mib = max(self.mib, anonymous())

    def __exit__(self, *_: object) -> None:
        """End looking."""
        self._over.set()
        self._thread.join()


def anonymous() -> int:
    """Return this process's own memory in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) // 1024


def limit(kind: str, _: int, folder: Path) -> Callable[[], Any]:
    """Return a step with the set of 6 GiB, by processes whose own memory the kernel limits to 2 GiB."""
    from coreset_engine import pipeline
    from coreset_engine.config import Recipe
    from coreset_engine.datasets import library

    os.environ["CORESET_MEMORY"] = BUDGET
    add_pooled()
    path = folder / "large.npz"
    if kind == "load":
        write_images(path, SET_BYTES // (SIDE * SIDE * 3), (SIDE, SIDE, 3))
        return lambda: {"samples": len(library.load(str(path)).labels["train"])}
    recipe = Recipe(epochs=1, batch_size=64, learning_rate=0.001)
    if kind == "record":
        asked = pipeline.RecordingRequest("large", str(path), "pooled", recipe, device="cpu")
        return lambda: pipeline.record(asked) and None
    wanted = pipeline.RetrainingRequest(
        "large", ("random",), (0.3,), architectures=("pooled",), seeds=(0,), epochs=1, device="cpu"
    )
    return lambda: list(pipeline.retrain(wanted)) and None


def add_pooled() -> None:
    """Make a small network on pooled pixels known to this process: what is measured is how images come to it."""
    from torch import nn

    from coreset_engine import architectures

    def pooled(channels: int, outputs: int, side: int) -> nn.Module:
        parts = channels * (side // 16) ** 2
        return nn.Sequential(nn.AvgPool2d(16), nn.Flatten(), nn.Linear(parts, 64), nn.ReLU(), nn.Linear(64, outputs))

    entry = architectures.Architecture("pooled", "Pooled", pooled, "none", learning_rate=0.001, speed=1, order=99)
    architectures.all_architectures()["pooled"] = entry


def write_images(path: Path, count: int, shape: tuple[int, ...]) -> None:
    """Write a `.npz` of noise whose brightness tells the class, block by block."""
    draws = np.random.default_rng(0)
    block = draws.integers(0, 100, (256, *shape), np.uint8)
    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        for split, share in (("train", 1.0), ("val", 0.01), ("test", 0.01)):
            rows = int(count * share)
            labels = np.arange(rows) % CLASSES
            with archive.open(f"{split}_images.npy", "w", force_zip64=True) as member:
                header = {"descr": "|u1", "fortran_order": False, "shape": (rows, *shape)}
                np.lib.format.write_array_header_2_0(member, header)
                for start in range(0, rows, len(block)):
                    part = labels[start : start + len(block)]
                    bright = (15 * part).astype(np.uint8).reshape(-1, *[1] * len(shape))
                    member.write((np.roll(block, start % 251, 0)[: len(part)] + bright).tobytes())
            with archive.open(f"{split}_labels.npy", "w") as member:
                np.lib.format.write_array(member, labels[:, None])


def training(kind: str, size: int, folder: Path) -> Callable[[], Any]:
    """Return an epoch of LeNet on images of 28 px, held in memory or read ahead from the disk, whose file is warm."""
    import torch

    from coreset_engine import architectures
    from coreset_engine.config import Recipe
    from coreset_engine.training import batches
    from coreset_engine.training.trainer import Trainer

    path = folder / f"images-{size}.npy"
    if not path.exists():
        np.save(path, np.random.default_rng(0).integers(0, 256, (size, 28, 28), np.uint8))
    images, labels = np.load(path, mmap_mode="r"), np.arange(size) % CLASSES
    images.max()  # warm
    os.environ["CORESET_MEMORY"] = "1 TiB" if kind == "held" else "1 MiB"
    few = batches.put_on(torch.device("cpu"), np.array(images[:500]), labels[:500])
    recipe = Recipe(epochs=1, batch_size=256, learning_rate=0.001)

    def epoch() -> None:
        """Put the images where they are to be and train."""
        split = batches.put_on(torch.device("cpu"), images, labels)
        assert split.is_held == (kind == "held")
        Trainer(lambda: architectures.build("lenet", 1, CLASSES, 28), recipe, 0, split, few).run()

    return epoch


def dynamics(_: str, size: int, folder: Path) -> Callable[[], Any]:
    """Return readings of a run of 90 epochs, whose file is warm."""
    from coreset_engine import load_run, paths, score, store
    from coreset_engine.explorer.run_pack import run_pack

    name = f"run-{size}"
    if not (paths.runs_folder() / name).exists():
        write_run(name, size)

    def read() -> dict[str, float]:
        """Time what pages ask, each of dynamics opened anew."""
        found, taken, busy = {}, [], []
        store.RunFile(paths.run_folder(name)).damaged_epochs()  # warm, and how long checking all takes
        started = time.perf_counter()
        run = load_run(name)
        score(run, "eva", early=1, late=41, length=10)
        found["first_window_ms"] = 1e3 * (time.perf_counter() - started)
        for start in range(1, 60, 4):
            started, used = time.perf_counter(), time.process_time()
            score(run, "eva", early=start, late=start + 15, length=10)
            taken.append(time.perf_counter() - started)
            busy.append(time.process_time() - used)
        found["window_ms_median"] = 1e3 * float(np.median(taken))
        found["window_cpu_ms_median"] = 1e3 * float(np.median(busy))
        found["window_ms_p95"] = 1e3 * float(np.quantile(taken, 0.95))
        started = time.perf_counter()
        pack = run_pack(run, [f"class {c}" for c in range(CLASSES)], {})
        found |= {"pack_ms": 1e3 * (time.perf_counter() - started), "pack_mb": len(pack) / 1e6}
        return {key: round(value, 1) for key, value in found.items()}

    return read


def write_run(name: str, size: int) -> None:
    """Write a run epoch by epoch through the recorder, and how much memory that takes."""
    from coreset_engine import Recorder

    draws = np.random.default_rng(0)
    labels = np.arange(size) % CLASSES
    logits = draws.normal(0, 3, (size, CLASSES)).astype(np.float32)
    rows = np.arange(size)
    with Recorder(name, labels=labels, classes=CLASSES, epochs=EPOCHS) as recorder:
        for epoch in range(1, EPOCHS + 1):
            logits[rows, labels] += 0.05
            for start in range(0, size, 4096):
                recorder.record(epoch, rows[start : start + 4096], logits[start : start + 4096])
            recorder.end_epoch(epoch)


def selection(kind: str, size: int, folder: Path) -> Callable[[], Any]:
    """Return a selection of 10 % within classes of 1,000 samples, D = 512, whose features are a map of a file."""
    from coreset_engine import Snapshot, select

    draws = np.random.default_rng(0)
    classes = max(2, size // 1000)
    path = folder / f"features-{size}.npy"
    if not path.exists():
        features = np.lib.format.open_memmap(path, "w+", np.float32, (size, WIDTH))
        for start in range(0, size, 10_000):
            features[start : start + 10_000] = draws.standard_normal((10_000, WIDTH), np.float32)
        features.flush()
    given = {"features": np.load(path, mmap_mode="r"), "logits": np.zeros((size, classes), np.float32)}
    snapshot = Snapshot.from_arrays(**given, labels=np.arange(size) % classes)
    return lambda: {"chosen": len(select(snapshot, method=kind, rate=RATE))}


def costs(_: str, size: int, __: Path) -> Callable[[], Any]:
    """Return one selection by every method, T = 60, C = 10, D = 256, which gave the constants of `selection_costs`."""
    import tracemalloc

    from coreset_engine import Dynamics, Snapshot, greedy, scores, select

    draws = np.random.default_rng(0)
    labels = np.arange(size) % CLASSES
    logits = draws.normal(0, 2, (60, size, CLASSES)).astype(np.float32)
    run = Dynamics.from_logits(logits, labels, val_loss=draws.random((60, CLASSES)))
    given = {"features": draws.normal(0, 1, (size, 256)), "logits": logits[-1], "labels": labels}
    snapshot = Snapshot.from_arrays(**given, head_weight=draws.normal(0, 1, (CLASSES, 256)))

    def each() -> dict[str, tuple[float, int]]:
        """Time every method, then trace its memory."""
        found = {}
        for name, entry in (scores.all_scores() | greedy.all_greedy()).items():
            windows = {"pair": {"early": 1, "late": 31}}.get(entry.windows, {})
            asked = {"snapshot": snapshot, "method": name, "rate": RATE} | windows
            busy = time.process_time()
            select(run, **asked)
            busy = time.process_time() - busy
            tracemalloc.start()
            select(run, **asked)
            found[name] = round(busy, 4), tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    return each


if __name__ == "__main__":
    own(*sys.argv[2:]) if sys.argv[1] == "--own" else main(*sys.argv[1:])
