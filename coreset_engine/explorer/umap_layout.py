"""UMAP of features: one layout per snapshot, each begun from the one before.

umap-learn is no requirement of the engine: without it no layout is made, and one that was made before is still read.
"""

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import ConfigError, DynamicsError
from coreset_engine.kernels.axes import principal_axes
from coreset_engine.kernels.neighbours import nearest

NEEDED = "UMAP axes need the package umap-learn. Run: pip install coreset-explorer[umap]"
NEIGHBOURS = 15  # per sample, itself among them
APART = 0.1  # least distance of two samples in the layout
LATER = 100  # rounds that move a layout begun from the one before, so that samples keep their places
FEWEST = 4  # samples of which there is a layout
_BLOCK = 2**13  # samples whose distances are computed at a time


def is_installed() -> bool:
    """Return whether umap-learn is."""
    return find_spec("umap") is not None


def layouts(
    features: Mapping[int, NDArray[np.floating]],
    *,
    neighbours: int = NEIGHBOURS,
    seed: int = 0,
    watch: Callable[[int, int], None] = lambda _done, _total: None,
) -> NDArray[np.float32]:
    """Return UMAP's places of samples (E, 2, F) by the features (F, D) after each of E epochs.

    The first layout begins from the first two principal axes, each later one from the one before, and is then turned
    onto it, so that samples move rather than jump. The same features and seed give the same places.

    Args:
        features: by epoch.
        neighbours: per sample, itself among them.
        seed: of the layout.
        watch: told how many layouts of how many are done.

    Raises:
        ConfigError: umap-learn is not installed.
        DynamicsError: there are too few samples or features.

    Source: McInnes et al. 2018, arXiv:1802.03426.
    """
    if not is_installed():
        raise ConfigError(NEEDED)
    found: list[NDArray[np.float32]] = []
    for epoch in sorted(features):
        values = np.asarray(features[epoch], np.float32)
        if min(values.shape[0] - FEWEST, values.shape[1] - 2) < 0:
            raise DynamicsError(f"UMAP needs {FEWEST} samples with 2 features or more; these are {values.shape}.")
        start = found[-1] if found else _first(values)
        made = _fitted(values, start, neighbours, seed, LATER if found else None)
        found.append(_turned(made, found[-1]) if found else made)
        watch(len(found), len(features))
    return np.stack([places.T for places in found]).astype(np.float32)


def _first(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the places (F, 2) from which the first layout begins."""
    centre, axes, _ = principal_axes(features)
    return np.asarray((features - centre) @ axes, np.float32)


def _fitted(
    features: NDArray[np.float32], start: NDArray[np.float32], neighbours: int, seed: int, rounds: int | None
) -> NDArray[np.float32]:
    """Return the places (F, 2) of one layout, begun from `start` (F, 2)."""
    with _kept_threads(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages that it could use, and that new samples could not be laid out
        from umap import UMAP

        count = min(neighbours, len(features))
        # without a spread of their own in either direction places could not be scaled
        spread = float(np.ptp(start)) or 1.0
        noise = np.random.default_rng(seed).normal(scale=1e-4 * spread, size=start.shape)
        given: dict[str, Any] = {"init": (start + noise).astype(np.float32), "precomputed_knn": _known(features, count)}
        fit = UMAP(
            n_neighbors=count, min_dist=APART, n_epochs=rounds, random_state=seed, n_jobs=1, low_memory=True, **given
        )
        return np.asarray(fit.fit_transform(features), np.float32)


@contextmanager
def _kept_threads() -> Iterator[None]:
    """Keep the threads of torch, where it is loaded: Numba sets those of the process, and they decide the last digits."""
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else 0
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(threads)


def _known(features: NDArray[np.float32], count: int) -> tuple[NDArray[np.int32], NDArray[np.float32], None]:
    """Return the exact nearest samples of each, itself first, and their distances, (F, count) each."""
    own = np.arange(len(features))[:, None]
    found = np.concatenate([own, nearest(features, count - 1)], axis=1)
    far = np.empty(found.shape, np.float32)
    for start in range(0, len(found), _BLOCK):
        block = found[start : start + _BLOCK]
        apart = features[block] - features[start : start + _BLOCK, None]
        far[start : start + _BLOCK] = np.sqrt(np.einsum("fkd,fkd->fk", apart, apart))
    return found.astype(np.int32), far, None


def _turned(places: NDArray[np.float32], onto: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return places (F, 2) moved, turned, mirrored and scaled, so that they lie as near to others as they can."""
    centred, other = places - places.mean(axis=0), onto.mean(axis=0)
    left, sizes, right = np.linalg.svd(centred.T @ (onto - other))
    scale = sizes.sum() / max(float((centred**2).sum()), 1e-12)
    return scale * centred @ (left @ right) + other
