"""A smooth surface over the coresets of a search, fitted to what trainings reached: what is expected where, how surely.

Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, equations 2.25, 2.26, 2.30 and 4.17
(Matérn, ν = 5/2); expected improvement: Jones, Schonlau and Welch 1998, J. Global Optimization 13, equation 15.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LENGTHS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # over which values change, in shares of an axis
NOISES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # variance over seeds in shares of the surface's own
_SWEEPS = 3  # over all axes and the noise, each time one is fitted while the others stand
_MOST = 400  # values that a surface is fitted to; of more, the best half and some of the others, evenly


def squares(places: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Return squared differences (axes, places, others): 1 from end to end of an axis of numbers, 1 for another word.

    An axis on which all others agree is left out. From None, where an axis does not apply, all values are 1 apart.

    Args:
        places: values by axis.
        others: all places that there are, among them the first ones; they say how long an axis is.
    """
    found = []
    for name in others[0]:
        left, right = [place[name] for place in places], [other[name] for other in others]
        apart = np.not_equal.outer(np.array(list(map(str, left))), np.array(list(map(str, right)))) * 1.0
        numbers = [value for value in right if value is not None]
        if all(type(value) in (int, float) for value in numbers) and len(set(numbers)) > 1:
            steps = np.subtract.outer(np.array(left, float), np.array(right, float)) / (max(numbers) - min(numbers))
            apart = np.where(np.isnan(steps), apart, steps**2)
        if len(set(map(str, right))) > 1:
            found.append(apart)
    return np.array(found) if found else np.zeros((0, len(places), len(others)))


@dataclass(frozen=True)
class Shape:
    """What was fitted: lengths of the axes, and the noise in shares of the surface's variance."""

    lengths: tuple[float, ...]
    noise: float


def kernel(apart: NDArray[np.float64], lengths: Sequence[float]) -> NDArray[np.float64]:
    """Return how alike values are, 0..1, by their squared differences (axes, ...) (Matérn, ν = 5/2)."""
    steps = np.sqrt(5 * np.einsum("a...,a->...", apart, 1 / np.square(lengths)))
    return np.asarray((1 + steps + steps**2 / 3) * np.exp(-steps))


def fit(apart: NDArray[np.float64], values: NDArray[np.float64]) -> Shape:
    """Return lengths and noise under which values are likeliest, one after the other, so that no constant is chosen here.

    Args:
        apart: squared differences (axes, n, n) of where they were reached.
        values: (n,).
    """
    chosen = [LENGTHS[2]] * len(apart) + [NOISES[2]]
    offered = [LENGTHS] * len(apart) + [NOISES]
    for _ in range(_SWEEPS):
        before = list(chosen)
        for place, choices in enumerate(offered):
            tried = [[*chosen[:place], one, *chosen[place + 1 :]] for one in choices]
            chosen = max(tried, key=lambda one: _likelihood(apart, values, Shape(tuple(one[:-1]), one[-1])))
        if chosen == before:
            break
    return Shape(tuple(chosen[:-1]), chosen[-1])


def _likelihood(apart: NDArray[np.float64], values: NDArray[np.float64], shape: Shape) -> float:
    """Return the logarithm of a shape's likelihood but for a constant, at the variance that makes it largest."""
    lower, _, variance = _solved(apart, values, shape)
    return float(-0.5 * len(values) * math.log(max(variance, 1e-300)) - np.log(np.diag(lower)).sum())


def _solved(
    apart: NDArray[np.float64], values: NDArray[np.float64], shape: Shape
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the Cholesky factor of the kernel with noise, the weights of the values, and the surface's variance."""
    from scipy import linalg  # here, since plans of sweeps need none

    lower = np.asarray(np.linalg.cholesky(kernel(apart, shape.lengths) + shape.noise * np.eye(len(values))), np.float64)
    around = values - values.mean()
    weights = linalg.cho_solve((lower, True), around)
    return lower, weights, float(around @ weights / len(values))


def expected(
    apart: NDArray[np.float64], known: Sequence[int], values: NDArray[np.float64], shape: Shape
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of the surface at all places, by what is known of some.

    Args:
        apart: squared differences (axes, known, all) between what is known and all places.
        known: numbers of the places that are known.
        values: of them.
        shape: of the surface.
    """
    from scipy import linalg

    lower, weights, variance = _solved(apart[:, :, list(known)], values, shape)
    alike = kernel(apart, shape.lengths)
    spent = linalg.solve_triangular(lower, alike, lower=True)
    left = variance * (1 - np.square(spent).sum(axis=0))
    return values.mean() + weights @ alike, np.sqrt(np.maximum(left, 0.0))


def improvement(mean: NDArray[np.float64], sd: NDArray[np.float64], best: float) -> NDArray[np.float64]:
    """Return by how much each place is expected to surpass the best value so far, (n,) >= 0."""
    from scipy import special

    wide = np.maximum(sd, 1e-12)
    score = (mean - best) / wide
    return np.asarray((mean - best) * special.ndtr(score) + wide * np.exp(-0.5 * score**2) / math.sqrt(2 * math.pi))


def sample_of(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the numbers of values (n,) to fit to, ascending: all, or the best half of `_MOST` and some of the others."""
    if len(values) <= _MOST:
        return np.arange(len(values))
    ranked = np.argsort(-values, kind="stable")
    rest = ranked[_MOST // 2 :]
    return np.sort(np.concatenate([ranked[: _MOST // 2], rest[np.linspace(0, len(rest) - 1, _MOST // 2).astype(int)]]))
