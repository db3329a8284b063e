"""A small run whose rows are known numbers, written epoch by epoch."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from coreset_engine import store

ORDER = ("error_norm", "target_probability", "margin", "entropy", "loss", "prediction")  # of the checksum
EPOCHS, SAMPLES, CLASSES = 4, 7, 3


@dataclass
class Small:
    """A run of 4 epochs, 7 samples, 3 classes and the rows written to it."""

    folder: Path
    labels: np.ndarray = field(default_factory=lambda: np.array([0, 1, 2, 2, 1, 0, 0]))
    rows: list[dict[str, np.ndarray]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "dynamics.h5"

    def info(self, **given) -> store.RunInfo:
        return store.RunInfo(**{"epochs": EPOCHS, "samples": SAMPLES, "classes": CLASSES, **given})

    def create(self, **given) -> store.RunWriter:
        return store.RunWriter(self.folder, self.info(**given), self.labels)

    def write(self, epochs: int = EPOCHS, **given) -> Path:
        """Write `epochs` epochs and return the file."""
        writer = self.create(**given)
        for epoch in range(1, epochs + 1):
            writer.write_epoch(epoch, self.rows[epoch - 1], {"val_accuracy": epoch / 10})
        writer.close()
        return self.file


@pytest.fixture
def small(cache):
    rng = np.random.default_rng(5)
    run = Small(cache / "runs" / "small")
    for _ in range(EPOCHS):
        rows = {name: rng.random(SAMPLES, dtype=np.float32) for name in ORDER[:5]}
        rows["prediction"] = rng.integers(0, CLASSES, SAMPLES).astype(np.uint8)
        rows["probabilities"] = rng.random((SAMPLES, CLASSES), dtype=np.float32)
        run.rows.append(rows)
    return run
