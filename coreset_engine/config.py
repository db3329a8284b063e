"""What a training is asked to do: the recipe, and the versions of what carried it out."""

import importlib.metadata
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, Literal, get_args

from coreset_engine.errors import ConfigError

Precision = Literal["auto", "float32", "bfloat16"]
Augmentation = Literal["crop-flip", "crop", "flip", "reflect-flip", "resized-crop-flip"]
Weighting = Literal["none", "batch", "per-sample", "normalised"]
Loss = Literal["cross-entropy", "ordinal"]
Normalisation = Literal["none", "channels"]
View = Literal["whole", "centre"]
LOSSES: tuple[Loss, ...] = get_args(Loss)
WEIGHTINGS: tuple[Weighting, ...] = get_args(Weighting)
AUGMENTATIONS: tuple[Augmentation, ...] = get_args(Augmentation)
NORMALISATIONS: tuple[Normalisation, ...] = get_args(Normalisation)
VIEWS: tuple[View, ...] = get_args(View)
# fields of a recipe that are one of some words
CHOICES: dict[str, tuple[str, ...]] = {
    "augmentation": AUGMENTATIONS,
    "loss": LOSSES,
    "normalisation": NORMALISATIONS,
    "view": VIEWS,
}
COSINE, CONSTANT, COSINE_FULL, COSINE_EPOCHS = "cosine", "constant", "cosine-full", "cosine-epochs"
# of a recipe, what a request of retrainings can ask for in place of the run's
ASKED = (
    "epochs", "batch_size", "learning_rate", "warmup", "augment", "augmentation", "schedule", "loss", "drop_last",
    "normalisation", "nesterov", "view",
)  # fmt: skip
IN_WORDS = ("augmentation", "schedule", "loss", "normalisation", "view")  # fields of a recipe that are words
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: SGD with momentum (Nesterov's) and, unless `schedule` says otherwise, a cosine per step.

    The papers' recipe (Hong et al. 2024, Sec. 4.1 and released code) is `Recipe(epochs=200, warmup=0.0)`. The default
    adds a linear warm-up over the first 5 % of the steps: without it small coresets sometimes collapse to one class.
    """

    epochs: int = 200
    batch_size: int = 256
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warmup: float = 0.05  # share of all steps in which the learning rate rises from 0
    augment: bool = False  # as `augmentation` says; never on medical images by default
    precision: Precision = "auto"  # bfloat16 autocast on GPUs that have it, float32 elsewhere
    # what `augment` does: crops move by up to 4 px and show zeros beyond the edge, "reflect-flip" what lies within it, as
    # released code has it; "resized-crop-flip" enlarges a random part, as usual on ImageNet
    augmentation: Augmentation = "crop-flip"
    # "constant", "cosine" down to 0, or "cosine:0.0001" down to that rate; "cosine-epochs" falls from epoch to epoch only,
    # "cosine-full" spans the steps that all the data would take, so that a coreset's training ends before its end
    schedule: str = COSINE
    loss: Loss = "cross-entropy"  # "ordinal" for classes that are grades, see `training.losses.squared_distances`
    drop_last: bool = False  # leave out an epoch's last batch where it is not full; never while recording
    normalisation: Normalisation = "none"  # "channels" brings those of the train split to mean 0 and deviation 1
    nesterov: bool = True  # False for plain momentum
    view: View = "whole"  # "centre" shows images that are not augmented by their middle 7/8, enlarged to the full size

    def __post_init__(self) -> None:
        """Refuse values that can't train.

        Raises:
            ConfigError: a field lies outside its range or is of another type, or there is no such loss.
        """
        ranges: dict[str, tuple[float, float]] = {
            "epochs": (1, 100_000),
            "batch_size": (1, 1_000_000),
            "learning_rate": (0, 100),
            "momentum": (0, 1),
        }
        ranges |= {"weight_decay": (0, 1), "warmup": (0, 0.9)}
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if name in ("epochs", "batch_size"):
                whole(name, value)
            elif isinstance(value, bool) or not isinstance(value, Real):
                raise ConfigError(f"{name}={value!r} is not possible: give a number.")
            if not low <= value <= high or not math.isfinite(value):
                raise ConfigError(f"{name}={value} is not possible: give a value from {low} to {high}.")
        if self.learning_rate == 0:
            raise ConfigError("learning_rate=0 trains nothing: give a positive value.")
        for name, known in CHOICES.items():
            check_choice(name, getattr(self, name), known)
        for name in ("augment", "drop_last", "nesterov"):
            check_switch(name, getattr(self, name))
        lowest_rate(self.schedule)

    def rate_at(self, step: int, steps: int, span: float | None = None) -> float:
        """Return the learning rate of `step` (from 0) of `steps`: linear warm-up, then as the schedule says.

        Args:
            step: how many were made before.
            steps: of the whole training.
            span: steps from the highest to the lowest rate, warm-up included, where they are not those of the training.
        """
        rising = math.ceil(self.warmup * steps)
        if step < rising:
            return self.learning_rate * (step + 1) / (rising + 1)
        if self.schedule == CONSTANT:
            return self.learning_rate
        done, lowest = (step - rising) / max(1, (span or steps) - rising), lowest_rate(self.schedule)
        return lowest + (self.learning_rate - lowest) * 0.5 * (1 + math.cos(math.pi * done))

    def for_samples(self, samples: int) -> "Recipe":
        """Return the recipe with a batch that still gives about 8 steps an epoch on few samples.

        256 of 279 samples would be one step an epoch. The batch is the power of two next below samples / 8, at least
        16 and never above the batch asked for.
        """
        fitting = 2 ** int(math.log2(max(16, samples / 8)))
        return replace(self, batch_size=min(self.batch_size, fitting))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON; those of `USUAL` are left out where they are the usual ones.

        So what is known by its recipe, as rows and checkpoints are, keeps the name that it had before there were others.
        """
        return {name: value for name, value in asdict(self).items() if name not in USUAL or value != USUAL[name]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Recipe":
        """Return the recipe that `to_dict` described.

        Raises:
            ConfigError: a field is unknown or out of range.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ConfigError(f"A recipe has no field {', '.join(sorted(unknown))}.")
        return cls(**values)


# of a recipe, what those do not name that were written before it could be chosen
USUAL: dict[str, Any] = {
    name: getattr(Recipe, name)
    for name in ("augmentation", "schedule", "loss", "drop_last", "normalisation", "nesterov", "view")
}


def images_per_epoch(samples: int, recipe: Mapping[str, Any]) -> int:
    """Return how many of some samples an epoch trains on: all, but for the last batch where a recipe drops it.

    Args:
        samples: that there are.
        recipe: with `batch_size`, and `drop_last` where it is not the usual one.
    """
    return samples - samples % recipe["batch_size"] if recipe.get("drop_last") else samples


def lowest_rate(schedule: str) -> float:
    """Return the learning rate that a schedule ends at, 0 where it says none.

    Raises:
        ConfigError: it is none.
    """
    kind, _, text = str(schedule).partition(":")  # YAML gives numbers, too
    try:
        lowest = float(text or 0)
    except ValueError:
        lowest = math.nan
    falls = kind in (COSINE, COSINE_FULL, COSINE_EPOCHS) and (schedule == kind or 0 < lowest < 100)
    if not falls and schedule != CONSTANT:
        raise ConfigError(
            f"schedule={schedule!r} is not possible: give cosine, cosine-epochs, cosine-full, constant, or one of the "
            "cosines with the rate that it ends at, such as cosine:0.0001."
        )
    return lowest


def whole(name: str, value: object) -> int:
    """Return a whole number as an int; 2.5 is refused rather than rounded, and so are true, "ten" and [2].

    Raises:
        ConfigError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ConfigError(f"{name}={value!r} is not possible: give a whole number.")
    return int(value)


def check_seed(seed: int) -> None:
    """Refuse a seed that the generators of numpy and torch do not take.

    Raises:
        ConfigError: it is negative, too large or no whole number.
    """
    if not 0 <= whole("seed", seed) < 2**32:
        raise ConfigError(f"seed={seed} is not possible: give a whole number from 0 to {2**32 - 1}.")


def check_folds(folds: int) -> None:
    """Refuse a number of folds that leaves no network to score with.

    Raises:
        ConfigError: it is 1, negative or no whole number.
    """
    if type(folds) is not int or folds == 1 or folds < 0:
        raise ConfigError(
            f"folds={folds} is not possible: give 2 or more, or 0 for one network trained on all samples."
        )


def check_choice(name: str, value: object, known: Sequence[str]) -> None:
    """Refuse a value that is none of those known.

    Raises:
        ConfigError: it is not.
    """
    if value not in known:
        raise ConfigError(f"{name}={value!r} is not possible: give {' or '.join(known)}.")


def check_switch(name: str, value: object) -> None:
    """Refuse a value that is neither true nor false: 1 or "no" would be taken for true, under a key of its own.

    Raises:
        ConfigError: it is not.
    """
    if not isinstance(value, bool):
        raise ConfigError(f"{name}={value!r} is not possible: give true or false.")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide numbers."""
    found = {"python": platform.python_version()}
    for package in ("torch", "torchvision", "numpy", "h5py", "medmnist"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # not installed, hence not used
    return found
