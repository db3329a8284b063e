"""Snapshot: what one trained network makes of every sample: features, logits, and the head between them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import signals
from coreset_engine.alike import Facts
from coreset_engine.errors import DynamicsError

if TYPE_CHECKING:
    import torch
    from torch import nn

_BLOCK = 2**14  # samples that are checked at a time


@dataclass(frozen=True)
class Snapshot:
    """The eval-mode outputs of a network at the end of one epoch.

    Attributes:
        features: (N, D) float32, the input of the head.
        logits: (N, C) float32, before softmax.
        labels: (N,) int64 classes, or (N, L) uint8 of a multi-label task.
        head_weight: (C, D) of the last linear layer, or None where the logits are not a linear map of the features.
        name: the run's name, for messages.
        epochs: the epoch after which it was taken; 0 when unknown.
        network: returns the network and its inputs (N, ...) as tensors, for methods that need gradients with respect to
            images; None where only arrays are known.
        read_as: one sentence for each thing that reading took for something.
        validation: the same of the val split, for methods that judge there; None where it was not kept.
        dataset_sha256: hash of the train arrays that the network was trained on, "" when unknown.
        mode: of the forward pass that its run recorded, "" when unknown; the snapshot itself is of eval mode.
        architecture, recipe: the network, and how it was trained; empty when unknown.
        seed: of its run, None when unknown.
    """

    features: NDArray[np.float32]
    logits: NDArray[np.float32]
    labels: NDArray[np.integer]
    head_weight: NDArray[np.float32] | None = None
    name: str = "snapshot"
    epochs: int = 0
    network: Callable[[], tuple[nn.Module, torch.Tensor]] | None = None
    read_as: tuple[str, ...] = ()
    validation: Snapshot | None = None
    dataset_sha256: str = ""
    mode: str = ""
    architecture: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict, compare=False)
    seed: int | None = None

    def __post_init__(self) -> None:
        """Refuse a val split that another network or task made.

        Raises:
            DynamicsError: its features, outputs or labels are of another kind.
        """
        if self.validation is None:
            return
        own, other = ((one.features.shape[1], one.logits.shape[1], one.labels.ndim) for one in (self, self.validation))
        if own != other:
            raise DynamicsError(
                f"The validation of {self.name} has {other[0]} features, {other[1]} outputs and labels of {other[2]} "
                f"dimensions, but the train split {own[0]}, {own[1]} and {own[2]}. Give both of one network."
            )

    @classmethod
    def from_arrays(
        cls,
        *,
        features: NDArray,
        logits: NDArray,
        labels: NDArray,
        head_weight: NDArray | None = None,
        name: str = "snapshot",
        epochs: int = 0,
        network: Callable[[], tuple[nn.Module, torch.Tensor]] | None = None,
        validation: Snapshot | None = None,
    ) -> Snapshot:
        """Return a snapshot of plain arrays, checked.

        Args:
            features: (N, D) of any network.
            logits: (N, C), before softmax.
            labels: (N,) classes from 0, or (N, C) zeros and ones; one-hot rows are classes, which is warned of.
            head_weight: (C, D) of the layer between features and logits.
            name: for messages.
            epochs: the epoch it was taken after.
            network: see the class.
            validation: the snapshot of the val split by the same network.

        Raises:
            DynamicsError: shapes disagree, a value is not finite, or a label is out of range.
        """
        arrays = {"features": np.asarray(features), "logits": np.asarray(logits)}
        for what, values in arrays.items():
            if values.ndim != 2 or not values.size or values.dtype.kind not in "fiu":
                raise DynamicsError(f"{what} of {name} must be numbers of shape (samples, n); they are {values.shape}.")
            blocks = [values[start : start + _BLOCK] for start in range(0, len(values), _BLOCK)]  # they may be a map
            bad = np.concatenate([np.count_nonzero(~np.isfinite(block), axis=1) for block in blocks])
            if bad.any():
                raise DynamicsError(
                    f"{what} of {name} are NaN or infinite for {bad.sum():,} values (first: sample {bad.nonzero()[0][0]})."
                )
        samples, outputs = arrays["logits"].shape
        known, said = signals.read_labels(labels, outputs)
        if not samples == len(arrays["features"]) == len(known):
            raise DynamicsError(
                f"{name} has {len(arrays['features']):,} rows of features, {samples:,} of logits and {len(known):,} labels; "
                "they must be as many."
            )
        if head_weight is not None and np.shape(head_weight) != (outputs, arrays["features"].shape[1]):
            raise DynamicsError(
                f"head_weight of {name} has shape {np.shape(head_weight)}; with these features and logits it must be "
                f"{(outputs, arrays['features'].shape[1])}."
            )
        weight = None if head_weight is None else np.asarray(head_weight, np.float32)
        plain = {what: np.ascontiguousarray(values, np.float32) for what, values in arrays.items()}
        for sentence in said:
            warnings.warn(f"{name}: {sentence}", stacklevel=2)
        features, logits = (plain[what] for what in ("features", "logits"))
        return cls(features, logits, known, weight, name, epochs, network, said, validation)

    @property
    def facts(self) -> Facts:
        """Return what made it, as far as runs that are averaged must agree in it; networks of folds leave no snapshot."""
        return Facts(self.epochs, self.dataset_sha256, self.architecture, self.recipe, mode=self.mode, seed=self.seed)

    @property
    def n_samples(self) -> int:
        """Return N."""
        return len(self.labels)

    @property
    def classes(self) -> int:
        """Return C."""
        return self.logits.shape[1]

    @property
    def multi_label(self) -> bool:
        """Return whether a sample can have several labels at once."""
        return self.labels.ndim == 2

    @cached_property
    def strata_labels(self) -> NDArray[np.integer]:
        """Return (N,) classes for class-balanced selections; multi-label rows are grouped by their exact label set."""
        return signals.strata_of(self.labels)

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Return (N, C) float64 softmax of the logits, or the sigmoid of each for a multi-label task."""
        z = self.logits.astype(np.float64)
        if self.multi_label:
            return 1 / (1 + np.exp(-z))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    @cached_property
    def error_vectors(self) -> NDArray[np.float64]:
        """Return (N, C) float64 p - onehot(y): the gradient of a sample's loss with respect to its logits."""
        errors = self.probabilities.copy()
        if self.multi_label:
            return errors - self.labels
        errors[np.arange(self.n_samples), self.labels] -= 1
        return errors

    def take(self, rows: NDArray[np.int64]) -> Snapshot:
        """Return the snapshot of some samples only; row i of it is row `rows[i]` of this one."""
        network = self.network
        parted = None if network is None else lambda: _rows_of(network, rows)
        return replace(
            self, features=self.features[rows], logits=self.logits[rows], labels=self.labels[rows], network=parted
        )


def _rows_of(
    network: Callable[[], tuple[nn.Module, torch.Tensor]], rows: NDArray[np.int64]
) -> tuple[nn.Module, torch.Tensor]:
    """Return a network with some rows of its inputs."""
    model, inputs = network()
    return model, inputs[rows.tolist()]
