"""What tests of window maps share: runs that look recorded on phantoms, and result rows as retrainings leave them."""

import numpy as np

from coreset_engine import Recorder, results
from coreset_engine.config import Recipe
from coreset_engine.datasets import demo, library
from coreset_engine.store import RunFile

LENGTH, RATE = 4, 0.1


def record(cache, name="mapped", seed=0, epochs=24, samples=300):
    """Record random outputs that learn most labels at paces of their own, and a few never, on cached phantom images."""
    file = cache.parent / f"phantoms{samples}.npz"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, **demo.generate(sizes=(samples, 22, 22)))
    images = library.load(str(file))
    labels, draws = images.labels["train"], np.random.default_rng(seed)
    pace = np.random.default_rng(9).uniform(-0.5, 4, samples).astype(np.float32)
    info = {
        "dataset": images.name,
        "dataset_sha256": images.sha256,
        "class_names": list(images.class_names),
        "architecture": "lenet",
        "recipe": Recipe(epochs=epochs).to_dict(),
        "seed": seed,
        "origin": "recorded",
    }
    with Recorder(name, labels=labels, classes=images.classes, epochs=epochs, info=info) as recorder:
        for epoch in range(1, epochs + 1):
            logits = draws.normal(size=(samples, images.classes)).astype(np.float32)
            logits[np.arange(samples), labels] += pace * 8 * epoch / epochs
            recorder.record(epoch, np.arange(samples), logits)
            recorder.end_epoch(epoch, seconds=0.6)
    return name


def state(cache, run):
    """What a result row says of a run's dynamics."""
    file = RunFile(cache / "runs" / run)
    return f"{file.info.uuid} {file.done()}/{file.info.epochs}"


def add_result(cache, run, early, late, accuracy, seed, /, **changes):
    """Add a result row of EVA as a retraining on the run writes it; `changes` of its configuration or its figures."""
    facts = RunFile(cache / "runs" / run).info
    config = {
        "run": run,
        "average": [],
        "dynamics": [state(cache, run)],
        "dataset": facts.dataset,
        "dataset_sha256": facts.dataset_sha256,
        "method": "eva",
        "options": {"early": early, "late": late, "length": LENGTH, "combine": "sum"},
        "rule": "top",
        "rule_options": {},
        "rate": RATE,
        "samples": 30,
        "architecture": "lenet",
        "recipe": Recipe(epochs=24).to_dict(),
        "seed": seed,
    }
    figures = dict.fromkeys(results.FIGURES, accuracy) | {"collapsed": False, "device": "cpu", "synthetic": False}
    figures |= {"best_epoch": 3, "batch_size": 16, "seconds": 1.0} | {
        k: changes.pop(k) for k in figures if k in changes
    }
    results.append(config | changes, figures)


def unpacked(layout, words):
    """A set given as words of bits as (N,) by row."""
    return np.unpackbits(words.view(np.uint8)).astype(bool)[layout.place]
