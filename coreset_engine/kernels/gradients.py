"""Last-layer gradients in factored form: never an array of N x C (D + 1)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coreset_engine import compute
from coreset_engine.snapshot import Snapshot


@dataclass(frozen=True)
class Gradients:
    """The gradient of every sample's loss with respect to the head, [e ; e ⊗ h], as its two factors.

    With e = p - onehot(y) and h the features, the weight's part is e ⊗ h and the bias's part is e, so that
    <g_i, g_j> = <e_i, e_j> (1 + <h_i, h_j>): N (C + D) numbers stand for N C (D + 1).

    Attributes:
        errors: (N, C) float32 e, on the device of `compute`.
        features: (N, D) float32 h, there as well.
    """

    errors: Any
    features: Any

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Gradients":
        """Return the gradients of a snapshot's samples, unscaled: not divided by a batch size."""
        return cls(compute.place(snapshot.error_vectors.astype(np.float32)), compute.place(snapshot.features))

    def __len__(self) -> int:
        """Return N."""
        return len(self.errors)

    def squared_norms(self) -> Any:
        """Return (N,) ||g||^2."""
        return (self.errors**2).sum(axis=1) * (1 + (self.features**2).sum(axis=1))

    def inner(self, rows: Any, others: Any = slice(None)) -> Any:
        """Return (len(rows), len(others)) inner products of some samples' gradients with others'."""
        of_errors = self.errors[rows] @ self.errors[others].T
        of_features = self.features[rows] @ self.features[others].T
        of_features += 1
        of_features *= of_errors
        return of_features
