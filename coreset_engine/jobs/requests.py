"""What is asked: of a recording, stored as the run's `run.json`, and of one retraining."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from coreset_engine import paths, store
from coreset_engine.config import Recipe
from coreset_engine.errors import RunError


@dataclass(frozen=True)
class Recording:
    """What is asked of a recording; stored as the run's `run.json`."""

    run: str
    dataset: str
    architecture: str
    recipe: Recipe
    side: int | None = None
    seed: int = 0
    device: str = "auto"
    probabilities: str = "auto"  # "float32", "float16" or "none"; "auto" keeps what fits PROBABILITIES_BYTES

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        return asdict(self)

    @classmethod
    def of_run(cls, run: str) -> Recording:
        """Return what was asked of an existing run.

        Raises:
            RunError: there is no such run, or it was not recorded by the engine.
        """
        asked = store.read_request(paths.run_folder(run))
        if "recipe" not in asked or "dataset" not in asked:
            raise RunError(f"{run} was not recorded from a data set here, so it can't be resumed.")
        return cls(**{**asked, "recipe": Recipe.from_dict(asked["recipe"])})


@dataclass(frozen=True)
class Retraining:
    """What is asked of one retraining: one method, rate, architecture and seed on one run's data.

    `method="full"` trains on all samples. `epochs`, `batch_size` and `learning_rate` of None take the run's epochs, a
    batch that fits the coreset, and the architecture's learning rate.
    """

    run: str
    method: str
    rate: float
    seed: int
    architecture: str
    options: dict[str, Any] = field(default_factory=dict)
    rule: str = "top"
    average: tuple[str, ...] = ()
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    device: str = "auto"
