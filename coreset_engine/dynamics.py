"""Dynamics: what every sample did in every epoch of one run, checked when it is used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import signals
from coreset_engine.errors import DynamicsError


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
    """

    labels: NDArray[np.integer]
    signals: Mapping[str, NDArray]
    classes: int
    epochs: int
    name: str = "dynamics"
    dataset_sha256: str = ""
    _checked: set[str] = field(default_factory=set, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check what can be checked without reading a signal.

        Raises:
            DynamicsError: no epoch, or labels that do not fit.
        """
        if self.epochs < 1:
            raise DynamicsError(
                f"{self.name} has no finished epoch yet. Wait for the first one, or resume the recording."
            )
        object.__setattr__(self, "labels", signals.check_labels(self.labels, self.classes))

    @classmethod
    def from_logits(cls, logits: NDArray, labels: NDArray, name: str = "dynamics") -> "Dynamics":
        """Return the dynamics of recorded outputs.

        Args:
            logits: (T, N, C), row t-1 is epoch t, before softmax (before the sigmoid for (N, L) labels).
            labels: (N,) classes from 0, or (N, L) zeros and ones.
            name: for messages and exports.

        Raises:
            DynamicsError: shapes disagree, a value is not finite, a label is out of range.
        """
        return cls._from_outputs(logits, labels, name, signals.from_logits)

    @classmethod
    def from_probabilities(cls, probabilities: NDArray, labels: NDArray, name: str = "dynamics") -> "Dynamics":
        """Return the dynamics of recorded class probabilities (T, N, C); see `from_logits`."""
        return cls._from_outputs(probabilities, labels, name, signals.from_probabilities)

    @classmethod
    def _from_outputs(
        cls, outputs: NDArray, labels: NDArray, name: str, convert: Callable[..., dict[str, Any]]
    ) -> "Dynamics":
        """Return the dynamics of (T, N, C) outputs that `convert` turns into signals, epoch by epoch."""
        outputs = np.asarray(outputs)
        if outputs.ndim != 3 or outputs.dtype.kind != "f" or not outputs.size:
            raise DynamicsError(
                f"Outputs must be floating-point numbers of shape (epochs, samples, classes); these are {outputs.dtype} "
                f"of shape {outputs.shape}."
            )
        epochs, samples, classes = outputs.shape
        labels = signals.check_labels(labels, classes)
        if len(labels) != samples:
            raise DynamicsError(f"There are {len(labels):,} labels but outputs of {samples:,} samples.")
        rows = [convert(outputs[t], labels) for t in range(epochs)]
        arrays = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
        logits = convert is signals.from_logits
        arrays["probabilities"] = (
            signals.probabilities(outputs, labels.ndim == 2) if logits else outputs.astype(np.float32)
        )
        return cls(labels, arrays, classes, epochs, name)

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
                f"{name} of {self.name} has shape {values.shape}, but the run has {self.epochs} epochs and "
                f"{self.n_samples:,} samples. Record or import the run again."
            )
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            epoch, sample = np.argwhere(~np.isfinite(values))[0][:2]
            raise DynamicsError(
                f"{name} of {self.name} is NaN or infinite for sample {sample} in epoch {epoch + 1}. A sample was not "
                "recorded or the training diverged: record the run again with every sample in every epoch."
            )

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
        return self.prediction == signals.packed_labels(self.labels)
