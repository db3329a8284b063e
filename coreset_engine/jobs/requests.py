"""What is asked: of a recording, stored as the run's `run.json`, and of one retraining."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from coreset_engine import paths, store
from coreset_engine.config import Recipe, check_seed
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.errors import ConfigError, RunError


@dataclass(frozen=True)
class Recording:
    """What is asked of a recording; stored as the run's `run.json`.

    Attributes:
        mode: what is recorded: "train", each batch's forward pass before its update; "eval", an extra eval-mode pass over
            the clean train split at the end of every epoch.
        snapshots: epochs, from 1, after which features, logits and head are kept, besides the last one's.
        corruption: wrong labels and spoiled images planted into the train split first.
    """

    run: str
    dataset: str
    architecture: str
    recipe: Recipe
    side: int | None = None
    seed: int = 0
    device: str = "auto"
    probabilities: str = "auto"  # "float32", "float16" or "none"; "auto" keeps what fits PROBABILITIES_BYTES
    mode: Literal["train", "eval"] = "train"
    snapshots: tuple[int, ...] = ()
    corruption: Corruption = field(default_factory=Corruption)

    def __post_init__(self) -> None:
        """Refuse what can't be recorded.

        Raises:
            ConfigError: the mode is unknown, the seed is impossible, or a snapshot is asked for after an epoch that does not
                exist.
        """
        check_seed(self.seed)
        if self.mode not in ("train", "eval"):
            raise ConfigError(f"mode={self.mode!r} is not possible: give train or eval.")
        wrong = [epoch for epoch in self.snapshots if not 1 <= epoch <= self.recipe.epochs]
        if wrong:
            raise ConfigError(
                f"A snapshot after epoch {wrong[0]} is not possible: the recording has epochs 1 to {self.recipe.epochs}."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        return asdict(self)

    @classmethod
    def of_run(cls, run: str) -> Recording:
        """Return what was asked of an existing run.

        Raises:
            RunError: there is no such run, it was not recorded by the engine, or its `run.json` is damaged.
        """
        folder = paths.run_folder(run)
        asked = store.read_request(folder)
        if "recipe" not in asked or "dataset" not in asked:
            raise RunError(f"{run} was not recorded from a data set here, so it can't be resumed.")
        unknown = set(asked) - {known.name for known in fields(cls)}
        try:
            if unknown:
                raise ValueError(f"unknown field {', '.join(sorted(unknown))}")
            snapshots = tuple(int(epoch) for epoch in asked.get("snapshots", ()))
            parts = {"recipe": Recipe.from_dict(asked["recipe"]), "snapshots": snapshots}
            parts["corruption"] = Corruption.from_dict(asked.get("corruption", {}))
            return cls(**{**asked, **parts})
        except (TypeError, ValueError, ConfigError) as error:
            raise RunError(
                f"{folder / 'run.json'} does not say what was asked ({error}). Record the run again under a new name."
            ) from None


@dataclass(frozen=True)
class Retraining:
    """What is asked of one retraining: one method, rate, architecture and seed on one run's data.

    `method="full"` trains on all samples. `epochs`, `warmup` and `augment` of None take those of the run, `batch_size` of
    None a batch that fits the coreset, `learning_rate` of None the architecture's.

    Attributes:
        weighting: how the method's weights enter the loss, see `training.losses.weighted_loss`.
        snapshot: the epoch whose snapshot is read, by methods that read one; None takes the last.
        exclude: rows that are never kept.
        exclude_name: of the saved set that these rows are, "" for none; it names the result row and decides nothing.
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
    warmup: float | None = None
    augment: bool | None = None
    device: str = "auto"
    weighting: str = "none"
    snapshot: int | None = None
    exclude: tuple[int, ...] = ()
    exclude_name: str = ""

    def __post_init__(self) -> None:
        """Refuse a seed that can't be.

        Raises:
            ConfigError: it is negative or too large.
        """
        check_seed(self.seed)
