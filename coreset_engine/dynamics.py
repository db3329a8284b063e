"""Dynamics: what every sample did in every epoch of one run, checked when it is used."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coreset_engine import signals
from coreset_engine.alike import Facts
from coreset_engine.errors import DynamicsError
from coreset_engine.names import counted


@dataclass(frozen=True)
class Dynamics:
    """The history of one training run over N samples and T epochs; row t-1 of an array is epoch t.

    Attributes:
        labels: (N,) int64 classes, or (N, L) uint8 of a multi-label task.
        signals: arrays by name, each (T, N): those of `signals.SIGNALS` and `prediction`; `probabilities` (T, N, C)
            where they were kept. The mapping may read a file on first use.
        classes: C, the number of classes (labels L for a multi-label task).
        epochs: T.
        name: the run's name, for messages and exports.
        dataset_sha256: hash of the train arrays the run was recorded on, empty when unknown.
        read_as: one sentence for each thing that reading took for something: what people must know before they trust the
            numbers.
        val_loss: (T, C) float64 mean cross-entropy of the validation samples of every class after each epoch, NaN where
            there are none of it; None where the run does not say. Of single-label tasks only.
        folds: K where each sample was scored by one of K networks that had not seen it, 0 where it was seen.
        mode: the forward pass that was recorded, "train" or "eval", "" when unknown.
        architecture, recipe: the network, and how it was trained; empty when unknown.
        seed: of the recording, None when unknown.
    """

    labels: NDArray[np.integer]
    signals: Mapping[str, NDArray]
    classes: int
    epochs: int
    name: str = "dynamics"
    dataset_sha256: str = ""
    read_as: tuple[str, ...] = ()
    val_loss: NDArray[np.float64] | None = field(default=None, repr=False, compare=False)
    folds: int = 0
    mode: str = ""
    architecture: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict, compare=False)
    seed: int | None = None
    _checked: set[str] = field(default_factory=set, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check what can be checked without reading a signal.

        Raises:
            DynamicsError: no epoch, or labels or validation losses that do not fit.
        """
        if self.epochs < 1:
            raise DynamicsError(
                f"{self.name} has no finished epoch yet. Wait for the first one, or resume the recording."
            )
        object.__setattr__(self, "labels", signals.check_labels(self.labels, self.classes))
        if self.val_loss is not None:
            object.__setattr__(self, "val_loss", self._checked_val_loss(self.val_loss))

    def _checked_val_loss(self, given: ArrayLike) -> NDArray[np.float64]:
        """Return validation losses as float64, (T, C).

        Raises:
            DynamicsError: they are no numbers, their shape is another, or a sample can have several labels.
        """
        values = np.asarray(given)
        if values.dtype.kind not in "iuf" or self.multi_label or values.shape != (self.epochs, self.classes):
            raise DynamicsError(
                f"val_loss of {self.name} must be numbers of shape (epochs, classes) = ({self.epochs}, {self.classes}), of "
                f"a task with one label per sample; it is {values.dtype} of shape {values.shape}"
                f"{', of several labels per sample' if self.multi_label else ''}."
            )
        return values.astype(np.float64)

    @classmethod
    def from_logits(
        cls, logits: NDArray, labels: NDArray, name: str = "dynamics", *, val_loss: ArrayLike | None = None
    ) -> "Dynamics":
        """Return the dynamics of recorded outputs; what was taken for something is in `read_as`, and warned of.

        Args:
            logits: (T, N, C), row t-1 is epoch t, before softmax (before the sigmoid for (N, L) labels); (T, N, 1) of a
                sigmoid has two classes.
            labels: (N,) classes from 0, or (N, L) zeros and ones; one-hot rows are classes.
            name: for messages and exports.
            val_loss: (T, C), see the class.

        Raises:
            DynamicsError: shapes disagree, a value is not finite, a label is out of range.
        """
        return cls.of_outputs(logits, labels, name, are_logits=True, val_loss=val_loss)._warned()

    @classmethod
    def from_probabilities(
        cls, probabilities: NDArray, labels: NDArray, name: str = "dynamics", *, val_loss: ArrayLike | None = None
    ) -> "Dynamics":
        """Return the dynamics of recorded class probabilities (T, N, C); see `from_logits`."""
        return cls.of_outputs(probabilities, labels, name, are_logits=False, val_loss=val_loss)._warned()

    @classmethod
    def of_outputs(
        cls, outputs: NDArray, labels: NDArray, name: str, *, are_logits: bool, val_loss: ArrayLike | None = None
    ) -> "Dynamics":
        """Return the dynamics of (T, N, C) logits or probabilities, turned into signals epoch by epoch.

        Raises:
            DynamicsError: as `from_logits` says.
        """
        given = np.asarray(outputs)
        if given.ndim != 3 or given.dtype.kind != "f":
            raise DynamicsError(
                f"Outputs must be floating-point numbers of shape (epochs, samples, classes); these are {given.dtype} "
                f"of shape {given.shape}.{' Give one epoch alone as outputs[None].' if given.ndim == 2 else ''}"
            )
        if not given.size:
            missing = ("epoch", "sample", "class")[given.shape.index(0)]
            raise DynamicsError(
                f"The outputs hold no {missing}: their shape is {given.shape}, (epochs, samples, classes). Give one or more."
            )
        _refuse_non_finite(given)
        outputs, single = signals.read_outputs(given, are_logits)
        epochs, samples, classes = outputs.shape
        known, one_hot = signals.read_labels(labels, classes)
        if len(known) != samples:
            raise DynamicsError(
                f"There {'is' if len(known) == 1 else 'are'} {counted(len(known), '{label|labels}')} but outputs of "
                f"{counted(samples, '{sample|samples}')}: their shape, (epochs, samples, classes), is {given.shape}. Give "
                "both of the same samples, the outputs with their axes in this order."
            )
        doubt = signals.doubt_about_logits(given, known.ndim == 2) if are_logits else ()
        convert = signals.from_logits if are_logits else signals.from_probabilities
        rows = [convert(outputs[t], known) for t in range(epochs)]
        arrays = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
        arrays["probabilities"] = (
            signals.probabilities(outputs, known.ndim == 2) if are_logits else outputs.astype(np.float32)
        )
        said = (*one_hot, *single, *doubt)
        losses = None if val_loss is None else np.asarray(val_loss)
        made = cls(known, arrays, classes, epochs, name, read_as=said, val_loss=losses)
        refuse_no_losses(f"val_loss of {name}", made.val_loss)
        return made

    def _warned(self) -> "Dynamics":
        """Return itself after a warning for each sentence of `read_as`, which nobody sees otherwise in Python."""
        for sentence in self.read_as:
            warnings.warn(f"{self.name}: {sentence}", stacklevel=3)
        return self

    @property
    def n_samples(self) -> int:
        """Return N."""
        return len(self.labels)

    @property
    def multi_label(self) -> bool:
        """Return whether a sample can have several labels at once."""
        return self.labels.ndim == 2

    @property
    def strata_labels(self) -> NDArray[np.integer]:
        """Return (N,) classes for class-balanced rules; multi-label rows are grouped by their exact label set."""
        return signals.strata_of(self.labels)

    def signal(self, name: str) -> NDArray:
        """Return one signal, (T, N), read-only and checked.

        Raises:
            DynamicsError: the run does not hold it, its shape is wrong, or a value is not finite.
        """
        if name not in self.signals:
            raise DynamicsError(f"{self.name} holds no {name}: it has {', '.join(self.signals)}.")
        values = self.signals[name]
        if name not in self._checked:
            self._check(name, values)
            self._checked.add(name)
        return values

    def _check(self, name: str, values: NDArray) -> None:
        """Raise a DynamicsError unless `values` is (T, N[, C]) and finite."""
        if values.shape[:2] != (self.epochs, self.n_samples):
            raise DynamicsError(
                f"{name} of {self.name} has shape {values.shape}, but the run has {counted(self.epochs, '{epoch|epochs}')} "
                f"and {counted(self.n_samples, '{sample|samples}')}. Record or import the run again."
            )
        for epoch, row in enumerate(values if values.dtype.kind == "f" else ()):  # one by one: a run may be a map
            if np.isfinite(row).all():
                continue
            sample = np.argwhere(~np.isfinite(row))[0][0]
            raise DynamicsError(
                f"{name} of {self.name} is NaN or infinite for sample {sample} in epoch {epoch + 1}. A sample was not "
                "recorded or the training diverged: record the run again with every sample in every epoch."
            )

    @property
    def facts(self) -> Facts:
        """Return what made it, as far as runs that are averaged must agree in it."""
        return Facts(self.epochs, self.dataset_sha256, self.architecture, self.recipe, self.mode, self.folds, self.seed)

    @property
    def trajectory_name(self) -> str:
        """Return the signal whose trajectory stands for a sample: the error norm, or the first where that is not held."""
        return "error_norm" if "error_norm" in self.signals else next(iter(self.signals))

    @property
    def error_norms(self) -> NDArray[np.float32]:
        """Return (T, N) ||p - onehot(y)||_2."""
        return self.signal("error_norm")

    @property
    def target_probability(self) -> NDArray[np.float32]:
        """Return (T, N) p_y."""
        return self.signal("target_probability")

    @property
    def margin(self) -> NDArray[np.float32]:
        """Return (T, N) p_y minus the largest other probability."""
        return self.signal("margin")

    @property
    def entropy(self) -> NDArray[np.float32]:
        """Return (T, N) entropy in nats."""
        return self.signal("entropy")

    @property
    def loss(self) -> NDArray[np.float32]:
        """Return (T, N) -ln p_y."""
        return self.signal("loss")

    @property
    def prediction(self) -> NDArray[np.unsignedinteger]:
        """Return (T, N) predicted classes."""
        return self.signal("prediction")

    @property
    def probabilities(self) -> NDArray[np.floating]:
        """Return (T, N, C) class probabilities, where they were kept."""
        return self.signal("probabilities")

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Return (T, N): the prediction equals the label."""
        return self.correct_in(slice(None))

    def correct_in(self, part: slice | NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return (T, n): the prediction equals the label, of some samples."""
        labels = signals.packed_labels(self.labels[part])
        # of the type of the predictions, which is the smallest: else all of them are widened to compare
        return self.prediction[:, part] == (labels if self.multi_label else labels.astype(self.prediction.dtype))


def _refuse_non_finite(outputs: NDArray) -> None:
    """Raise a DynamicsError where an output (T, N, C) is NaN, infinite or beyond float32; it names the first place."""
    for epoch, values in enumerate(outputs, 1):
        with np.errstate(over="ignore"):
            bad = ~np.isfinite(values.astype(np.float32, copy=False)).all(axis=1)
        if bad.any():
            raise DynamicsError(
                f"The outputs of {bad.sum():,} of {len(bad):,} samples are NaN or infinite in float32 in epoch {epoch} "
                f"(first: sample {np.flatnonzero(bad)[0]}). Leave out the epochs in which it diverged, or record it again."
            )


def refuse_no_losses(what: str, values: NDArray[np.float64] | None, first: int = 1) -> None:
    """Raise a DynamicsError where a loss of a class from outside, (T, C) from epoch `first`, is negative or infinite.

    What a training here recorded before it diverged is not asked: it stays readable.
    """
    if values is None:
        return
    bad = np.argwhere((values < 0) | np.isinf(values))
    if len(bad):
        row, c = bad[0]
        raise DynamicsError(
            f"{what} is {values[row, c]:g} for class {c} in epoch {first + row}: a mean cross-entropy is finite and not "
            "below 0. Leave out the epochs in which it diverged, and give NaN for a class that validation has no samples of."
        )
