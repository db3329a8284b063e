"""The options of `sweep`, by the fields of a `SweepRequest` that they set; flags are those of `retrain`, too."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from coreset_engine.config import IN_WORDS, whole
from coreset_engine.errors import ConfigError

SEARCHES = ("halving", "racing", "model")
KAPPAS = ("val_kappa_best", "val_kappa_last")  # of classes that are grades
METRICS = (
    "val_acc_best",
    "val_acc_last",
    "val_bal_acc_best",
    "val_bal_acc_last",
    *KAPPAS,
)  # by which windows may be chosen

MANY = {"--method": "methods", "--rate": "rates", "--windows": "windows", "--length": "lengths", "--rule": "rules"}
MANY |= {"--architecture": "architectures", "--selection-seeds": "selection_seeds", "--average": "average"}
MANY |= {"--training-seeds": "training_seeds", "--reference": "references", "--slurm": "slurm"}
MANY |= {"--mode": "modes", "--class-budget": "class_budgets", "--group-budget": "group_budgets"}
MANY |= {"--hard-cutoff": "hard_cutoffs", "--hard-cutoff-by": "hard_cutoffs_by"}
ONE = {"--step": "step", "--exclude": "exclusion", "--snapshot": "snapshot", "--weighting": "weighting"}
ONE |= {"--weights": "weights"} | {f"--{name}": name for name in IN_WORDS}
ONE |= {"--epochs": "epochs", "--batch-size": "batch_size", "--lr": "learning_rate", "--warmup": "warmup"}
ONE |= {"--device": "device", "--search": "search", "--budget": "budget", "--metric": "metric"}
ONE |= {"--executor": "executor", "--address": "address"}
ONE |= {"--slots": "slots", "--slots-per-device": "slots_per_device"}
SWITCHES = {"--drop-last": "drop_last", "--test-every-epoch": "test_every_epoch"}
TOGGLES = ("augment", "nesterov")  # None where nothing is said of them
FLAGS = (*(f"--{no}{name}" for name in TOGGLES for no in ("", "no-")), *SWITCHES)

TEXTS: tuple[str, ...] = ("methods", "windows", "rules", "architectures", "references", "average", "slurm", "modes")
TEXTS += ("class_budgets", "hard_cutoffs_by", "group_budgets")
NUMBERS = ("lengths", "selection_seeds", "training_seeds")
WHOLE = (*NUMBERS, "step", "snapshot", "epochs", "batch_size", "budget", "slots", "slots_per_device")
BROKEN = ("rates", "hard_cutoffs", "learning_rate", "warmup")
WORDS = ("run", "exclusion", "weights")  # fields of one text each that nothing else checks


def typed(asked: Any) -> dict[str, tuple[Any, ...]]:
    """Return the fields of a sweep that list something, as tuples of their types; YAML and Python give others, too.

    Raises:
        ConfigError: a field is no list, no text, no whole number or no mapping where it has to be one.
    """
    for name in WORDS:
        if not isinstance(getattr(asked, name), str):
            raise ConfigError(f"{name}={getattr(asked, name)!r} is not possible: give text, in YAML with quotes.")
    for name in ("step", "snapshot", "budget"):
        if getattr(asked, name) is not None:
            whole(name, getattr(asked, name))
    if not isinstance(asked.options, Mapping):
        raise ConfigError(f"options={asked.options!r} is not possible: give names with their values.")
    found: dict[str, tuple[Any, ...]] = {}
    for name in (*TEXTS, *NUMBERS, "rates", "hard_cutoffs"):
        given = getattr(asked, name)
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise ConfigError(f"{name} is a list; given was {given!r}.")
        found[name] = tuple(_typed(name, value) for value in given)
    return found


def _typed(name: str, value: Any) -> Any:
    """Return one value of a list, of its type.

    Raises:
        ConfigError: it can't be of that type.
    """
    if name in TEXTS:
        return str(value)
    if name in NUMBERS:
        return whole(name, value)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ConfigError(f"{name}={value!r} is not possible: give numbers.") from None


def flags_of(asked: Any) -> list[str]:
    """Return the flags that mean what a request of sweeps or retrainings says."""
    told = {name: getattr(asked, name) for name in TOGGLES}
    words = [f"--{name}" if is_set else f"--no-{name}" for name, is_set in told.items() if is_set is not None]
    return words + [option for option, name in SWITCHES.items() if getattr(asked, name)]


def of_flags(found: Container[str]) -> dict[str, bool | None]:
    """Return the fields that flags set; those of `TOGGLES` are None where nothing is said of them."""
    told = {name: True if f"--{name}" in found else False if f"--no-{name}" in found else None for name in TOGGLES}
    return told | {name: option in found for option, name in SWITCHES.items()}
