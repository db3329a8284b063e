"""Last-layer gradients in factored form: never an array of N x C (D + 1)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from coreset_engine import compute
from coreset_engine.errors import DynamicsError
from coreset_engine.snapshot import Snapshot


@dataclass(frozen=True)
class Gradients:
    """The gradient of every sample's loss with respect to the head, e ⊗ [h, 1], as its two factors.

    With e = p - onehot(y) and h the features, the weight's part is e ⊗ h and the bias's part is e, so that
    <g_i, g_j> = <e_i, e_j> (1 + <h_i, h_j>): N (C + D + 1) numbers stand for N C (D + 1). A sum of gradients is a
    (C, D + 1) matrix, the bias's part in its last column.

    Attributes:
        errors: (N, C) e, on the device of `compute`.
        inputs: (N, D + 1) h and a column of ones, there as well, of the same type.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Snapshot
        >>> from coreset_engine.kernels.gradients import Gradients
        >>> two = Snapshot.from_arrays(features=np.array([[1], [3]]), logits=np.zeros((2, 2)), labels=np.array([0, 1]))
        >>> gradients = Gradients.of(two)  # e = (-1/2, 1/2) and (1/2, -1/2)
        >>> gradients.squared_norms().tolist()  # ½ (1 + 1) and ½ (1 + 9)
        [1.0, 5.0]
        >>> gradients.inner([0], [1]).tolist()  # -½ (1 + 3)
        [[-2.0]]
    """

    errors: Any
    inputs: Any

    @classmethod
    def of(cls, snapshot: Snapshot, dtype: DTypeLike = np.float32) -> "Gradients":
        """Return the gradients of a snapshot's samples, unscaled: not divided by a batch size.

        Raises:
            DynamicsError: features are so large that the length of a gradient is no number of type `dtype`.
        """
        features = snapshot.features.astype(dtype, copy=False)
        with np.errstate(over="ignore"):
            lengths = np.einsum("ij,ij->i", features, features)
        if not np.isfinite(lengths * len(lengths)).all():
            row = int(np.argmax(lengths))
            raise DynamicsError(
                f"The features of {snapshot.name} are too large to multiply (sample {row} reaches "
                f"{np.abs(features[row]).max():.3g}). Scale them down, or train the network again."
            )
        inputs = np.concatenate([features, np.ones((len(features), 1), dtype)], axis=1)
        return cls(compute.place(snapshot.error_vectors.astype(dtype)), compute.place(inputs))

    def __len__(self) -> int:
        """Return N."""
        return len(self.errors)

    def squared_norms(self) -> Any:
        """Return (N,) ||g||^2."""
        return (self.errors**2).sum(axis=1) * (self.inputs**2).sum(axis=1)

    def unit(self) -> "Gradients":
        """Return the gradients at length 1; one of length 0 stays 0."""
        xp = compute.namespace(self.errors)
        largest = xp.amax(xp.abs(self.errors), axis=1)[:, None]  # squares of errors of 1e-30 would be 0
        errors = self.errors / xp.where(largest > 0, largest, xp.ones_like(largest))
        length = (errors**2).sum(axis=1)[:, None] ** 0.5
        errors = errors / xp.where(length > 0, length, xp.ones_like(length))
        return Gradients(errors, self.inputs / xp.einsum("nd,nd->n", self.inputs, self.inputs)[:, None] ** 0.5)

    def inner(self, rows: Any, others: Any = slice(None), scratch: tuple[Any, Any] | None = None) -> Any:
        """Return (len(rows), len(others)) inner products of some samples' gradients with others'.

        Where `scratch` is given, two flat arrays of enough numbers, the products are made there, the result in the first:
        for many blocks one after another, new memory would cost a third of their time.
        """
        left, right = self.inputs[rows], self.inputs[others].T
        if scratch is None:
            products = left @ right
            products *= self.errors[rows] @ self.errors[others].T
            return products
        xp, shape = compute.namespace(left), (len(left), right.shape[1])
        products, factors = (part[: shape[0] * shape[1]].reshape(shape) for part in scratch)
        xp.matmul(left, right, out=products)
        products *= xp.matmul(self.errors[rows], self.errors[others].T, out=factors)
        return products

    def inner_with(self, row: int) -> Any:
        """Return (N,) inner products of all gradients with that of one sample: a matrix-vector product."""
        products = self.inputs @ self.inputs[row]
        products *= self.errors @ self.errors[row]
        return products

    def total(self, weights: Any | None = None) -> Any:
        """Return (C, D + 1) the sum of all gradients, each times its weight (N,)."""
        errors = self.errors if weights is None else self.errors * weights[:, None]
        return errors.T @ self.inputs

    def along(self, direction: Any) -> Any:
        """Return (N,) inner products of the gradients with a (C, D + 1) direction."""
        return ((self.inputs @ direction.T) * self.errors).sum(axis=1)

    def take(self, rows: Any) -> "Gradients":
        """Return the gradients of some samples."""
        return Gradients(self.errors[rows], self.inputs[rows])

    def double(self) -> "Gradients":
        """Return the gradients in float64."""
        if isinstance(self.errors, np.ndarray):
            return Gradients(self.errors.astype(np.float64), self.inputs.astype(np.float64))
        return Gradients(self.errors.double(), self.inputs.double())
