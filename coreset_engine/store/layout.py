"""The layout of `dynamics.h5`, format version 2: what lies in it, what an attribute says, and the sums over both.

Version 1 has sums over the rows of an epoch only. Its files are read and resumed as they are.
"""

import json
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import names
from coreset_engine.config import Recipe
from coreset_engine.errors import RunError, newer_file
from coreset_engine.signals import SIGNALS, prediction_dtype

FORMAT = "coreset-dynamics"
VERSION = 2
FILE_NAME = "dynamics.h5"
CLASS_LOSS = "val_loss_per_class"  # one number per class and epoch, where a run was made to hold it
METRICS = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
MAX_EPOCHS = 100_000
MAX_SAMPLES = 100_000_000
_SOME = ("signals", "channel_mean", "channel_deviation")  # attributes that stand in files only where they say something
_LATER = {
    "mode",
    "uuid",
    "val_loss_per_class",
    "folds",
    *_SOME,
}  # attributes that early files lack: they have the default
LABELS_SUM, ATTRIBUTES_SUM = "labels_crc32", "attributes_crc32"  # attributes of version 2
_NAMESPACE = uuid.UUID("8f2d1c5e-6c0b-5d2a-9b5a-3c1f0e7a4d11")  # of runs from before files held an identity


@dataclass(frozen=True)
class RunInfo:
    """Everything about a run that is no array: the attributes of its file.

    Attributes:
        epochs, samples, classes: T, N, C (labels L for a multi-label task).
        multi_label: whether `labels` is (N, L).
        probabilities: type of the kept probabilities, "" when none are kept.
        mode: what was recorded: "train", each batch's forward pass before its update; "eval", an extra eval-mode pass over
            the clean train split at the end of the epoch; "" where nobody knows, as for an import.
        val_loss_per_class: whether the file holds the mean validation loss of every class after each epoch; of single-label
            tasks only.
        folds: K where each sample was scored by one of K networks that had not seen it; 0 where one network saw all.
        signals: of `signals.SIGNALS`, those that the file holds; [] for all of them, with the predictions.
        channel_mean, channel_deviation: of the train split's pixels from 0 to 1, one number per channel, where the recipe
            normalised channels; else [].
        recipe, versions: plain values; `created` is UTC in ISO 8601.
        uuid: tells the run from any other, also of its name; made when it is recorded or imported, derived from `created`
            for files that hold none.
    """

    epochs: int
    samples: int
    classes: int
    multi_label: bool = False
    probabilities: str = ""
    dataset: str = ""
    dataset_sha256: str = ""
    class_names: list[str] = field(default_factory=list)
    architecture: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    device: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    created: str = ""
    origin: str = "recorded"  # "recorded" by the engine, "recorder" in a foreign loop, "imported" from a file
    mode: str = "train"
    uuid: str = ""
    val_loss_per_class: bool = False
    folds: int = 0
    signals: list[str] = field(default_factory=list)
    channel_mean: list[float] = field(default_factory=list)
    channel_deviation: list[float] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the classes; numbered ones where none are known."""
        return tuple(self.class_names) or tuple(f"class {number}" for number in range(self.classes))

    @property
    def loss(self) -> str:
        """Return the loss that it was trained with; a recipe that names none has cross-entropy."""
        return str(self.recipe.get("loss", Recipe.loss))

    @property
    def file_bytes(self) -> int:
        """Return how many bytes the arrays of its file take."""
        return sum(int(np.prod(shape)) * dtype.itemsize for shape, dtype in array_types(self).values())

    def version(self, done: int) -> "RunVersion":
        """Return which state of the run `done` whole epochs are."""
        return RunVersion(self.uuid or legacy_uuid(self.created), done, self.epochs, "" if self.uuid else self.created)

    def attributes(self) -> dict[str, Any]:
        """Return the fields as HDF5 attributes: numbers, or fixed-length bytes (JSON for lists and dicts)."""
        texts = {}
        for name, value in asdict(self).items():
            if name in _SOME and not value:
                continue  # so that files stay as they were before there were these
            text = value if isinstance(value, str) else json.dumps(value)
            texts[name] = value if isinstance(value, (bool, int)) else np.bytes_(text.encode() or b" ")
        return {"format": np.bytes_(FORMAT.encode()), "version": VERSION, **texts}

    @classmethod
    def from_attributes(cls, attributes: dict[str, Any], where: str) -> "RunInfo":
        """Return what `attributes` say.

        Raises:
            RunError: the file has another format or version, or an attribute is missing or unreadable.
        """
        try:
            format_, version = attributes["format"].decode(), int(attributes["version"])
            if format_ == FORMAT and version > VERSION:
                raise RunError(newer_file(where, version, VERSION))
            if format_ != FORMAT or not 1 <= version <= VERSION:
                raise ValueError(f"format {attributes['format']!r} version {attributes['version']}")
            values: dict[str, Any] = {}
            for known in fields(cls):
                if known.name in _LATER and known.name not in attributes:
                    continue
                raw = attributes[known.name]
                if known.type in ("bool", bool, "int", int):
                    values[known.name] = bool(raw) if known.type in ("bool", bool) else int(raw)
                else:
                    text = raw.decode().strip()
                    values[known.name] = text if known.type in ("str", str) else json.loads(text)
                    factory: Any = known.default_factory
                    if factory is not MISSING and type(values[known.name]) is not factory:
                        raise ValueError(f"{known.name} is {text[:40]}")
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise RunError(
                f"{where} is no {FORMAT} file of version 1 to {VERSION} ({error}). Record the run again, or use "
                "`import` for dynamics of another origin."
            ) from None
        return cls(**values)

    def check_size(self, where: str) -> None:
        """Refuse sizes and types that no run has, before anything is allocated for them.

        Raises:
            RunError: a size or a channel's number lies outside its range, the mode or the type of the probabilities is
                unknown, a text is none that people can read, or losses per class are asked for where there can be none.
        """
        limits = {"epochs": MAX_EPOCHS, "samples": MAX_SAMPLES, "classes": 65_536}
        for name, limit in limits.items():
            if not 1 <= getattr(self, name) <= limit:
                raise RunError(f"{where}: {name} is {getattr(self, name):,}; 1 to {limit:,} are possible.")
        if self.probabilities not in ("", "float32", "float16"):
            raise RunError(f"{where}: probabilities are {self.probabilities!r}; float32 and float16 are possible.")
        if self.mode not in ("", "train", "eval"):
            raise RunError(f"{where}: mode is {self.mode!r}; train and eval are possible.")
        if self.val_loss_per_class and self.multi_label:
            raise RunError(f"{where}: validation losses per class are those of a task with one label per sample only.")
        if self.folds and not 2 <= self.folds <= self.samples:
            raise RunError(f"{where}: folds are {self.folds:,}; 2 to {self.samples:,} are possible, or 0 for none.")
        strange = [name for name in self.signals if name not in SIGNALS]
        if strange or len(set(self.signals)) < len(self.signals) or (self.signals and self.probabilities):
            raise RunError(
                f"{where}: signals are {self.signals}; some of {', '.join(SIGNALS)} are possible, each once."
            )
        self._check_channels(where)
        self._check_texts(where)

    def _check_channels(self, where: str) -> None:
        """Refuse numbers of channels that images can't be normalised by."""
        pairs = [self.channel_mean, self.channel_deviation]
        known = all(type(value) is float and 0 <= value <= 1 for values in pairs for value in values)
        if not known or len(pairs[0]) != len(pairs[1]) or 0.0 in self.channel_deviation:
            raise RunError(f"{where}: mean and deviation of channels are {pairs}; numbers from 0 to 1 are possible.")

    def _check_texts(self, where: str) -> None:
        """Refuse names that people can't read, or that hide something, and such as are no text.

        Raises:
            RunError: one is.
        """
        for name in ("dataset", "architecture", "device", "dataset_sha256", "created", "origin", "uuid"):
            text = getattr(self, name)
            if text:
                names.check(text, f"{where}: {name}", RunError)
        if not all(isinstance(name, str) for name in self.class_names):
            raise RunError(f"{where}: class_names must be texts. Record the run again.")
        if len(self.class_names) not in (0, self.classes):
            given = names.counted(len(self.class_names), "{class name was|class names were} given")
            raise RunError(f"{where}: {given} for {names.counted(self.classes, '{class|classes}')}.")
        names.check_all(self.class_names, f"{where}: the name of class", RunError)
        for name, text in self.versions.items():
            names.check(f"{name} {text}", f"{where}: a version", RunError)


@dataclass(frozen=True)
class RunVersion:
    """Which run, and how much of it: what a result row says of the dynamics that it came from.

    Attributes:
        uuid: of the run.
        done: epochs that were whole.
        epochs: T.
        created: of a run from before files held an identity, "" for others: such a run is written as it always was, so
            that rows which exist are found again.
    """

    uuid: str
    done: int
    epochs: int
    created: str = field(default="", compare=False)

    def to_text(self) -> str:
        """Return it as result rows hold it."""
        return f"{self.created or self.uuid} {self.done}/{self.epochs}"

    @classmethod
    def from_text(cls, text: str) -> "RunVersion":
        """Return what `to_text` wrote.

        Raises:
            RunError: it is no such text.
        """
        try:
            name, _, share = text.rpartition(" ")
            done, _, epochs = share.partition("/")
            counts = int(done), int(epochs)
        except ValueError:
            raise RunError(f"{text!r} names no state of a run. Was the results file changed by hand?") from None
        try:
            return cls(str(uuid.UUID(name)), *counts)
        except ValueError:
            return cls(legacy_uuid(name), *counts, name)


def legacy_uuid(created: str) -> str:
    """Return the identity of a run whose file holds none, always the same for the same run."""
    return str(uuid.uuid5(_NAMESPACE, created))


def new_uuid() -> str:
    """Return the identity of a run that is being made."""
    return str(uuid.uuid4())


def row_types(info: RunInfo) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """Return shape and type of one epoch's row of every per-sample array, in the order of their checksum."""
    rows: dict[str, tuple[tuple[int, ...], np.dtype]] = {
        name: ((info.samples,), np.dtype("<f4")) for name in info.signals or SIGNALS
    }
    if info.signals:
        return rows
    rows["prediction"] = ((info.samples,), prediction_dtype(info.classes, info.multi_label).newbyteorder("<"))
    if info.probabilities:
        rows["probabilities"] = ((info.samples, info.classes), np.dtype(info.probabilities).newbyteorder("<"))
    return rows


def metric_types(info: RunInfo, version: int = VERSION) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """Return shape and type of one epoch's entry of every metric, in the order of their checksum."""
    figures: dict[str, tuple[tuple[int, ...], np.dtype]] = {name: ((), np.dtype("<f8")) for name in METRICS}
    if info.val_loss_per_class:
        figures[CLASS_LOSS] = ((info.classes,), np.dtype("<f8"))
    return figures


def array_types(info: RunInfo, version: int = VERSION) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """Return shape and type of every dataset of a file of a format version, by its path."""
    arrays: dict[str, tuple[tuple[int, ...], np.dtype]] = {"labels": ((info.samples,), np.dtype("<i8"))}
    if info.multi_label:
        arrays["labels"] = ((info.samples, info.classes), np.dtype("u1"))
    arrays["epochs/done"] = ((info.epochs,), np.dtype("u1"))
    arrays["epochs/crc32"] = ((info.epochs,), np.dtype("<u4"))
    if version > 1:
        arrays["epochs/metrics_crc32"] = ((info.epochs,), np.dtype("<u4"))
    for name, (shape, dtype) in (row_types(info) | metric_types(info, version)).items():
        arrays[f"epochs/{name}"] = ((info.epochs, *shape), dtype)
    return arrays


def sealed(attributes: dict[str, Any], labels: NDArray) -> dict[str, Any]:
    """Return attributes with the sums over the labels, as they lie in the file, and over all other attributes."""
    summed = attributes | {LABELS_SUM: zlib.crc32(labels.tobytes())}
    return summed | {ATTRIBUTES_SUM: attributes_sum(summed)}


def attributes_sum(attributes: Mapping[str, Any]) -> int:
    """Return the CRC-32 over names, kinds and values of all attributes but the one that holds it, by name."""
    crc = 0
    for name in sorted(set(attributes) - {ATTRIBUTES_SUM}):
        value = np.asarray(attributes[name])
        content = value.tobytes().rstrip(b"\0") if value.dtype.kind == "S" else repr(value.tolist()).encode()
        crc = zlib.crc32(f"{name}\0{value.dtype.kind}{value.shape}\0".encode() + content + b"\0", crc)
    return crc
