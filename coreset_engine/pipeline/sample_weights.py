"""Training weights of every train sample from a file: of another method, of a curriculum, of inverse frequencies."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory
from coreset_engine.arrays import read_columns, read_npy, read_npz
from coreset_engine.errors import ConfigError, EngineError

_READING = 8  # bytes of memory for each byte of a table, roughly
_DIGITS = 12


def read(path: Path, samples: int) -> NDArray[np.float64]:
    """Return a weight for each of so many train samples, (N,).

    A .csv has columns `index` and `weight`, one line per sample in any order, samples without a line weigh 0; a .npy is
    (N,); an .npz holds `weights` (N,).

    Raises:
        ConfigError: the file is missing or can't be read as such, or a weight is negative, no finite number or of no sample,
            or all are 0.
    """
    if not path.is_file():
        raise ConfigError(f"There is no file {path} with weights. Check the path.")
    try:
        values = _from_csv(path, samples) if path.suffix.lower() == ".csv" else _from_array(path)
    except (OSError, ValueError, KeyError, EngineError) as error:
        raise ConfigError(
            f"{path} can't be read as weights: {str(error).rstrip('.')}. Give a .csv with `index` and `weight`, a "
            ".npy, or an .npz with `weights`."
        ) from None
    if values.shape != (samples,) or values.dtype.kind not in "iuf":
        raise ConfigError(f"{path} holds {values.dtype} of shape {values.shape}; {samples:,} weights are needed.")
    bad = np.flatnonzero(~np.isfinite(values) | (values < 0))
    if len(bad) or not values.any():
        what = f"sample {bad[0]} weighs {values[bad[0]]:g}" if len(bad) else "all of them are 0"
        raise ConfigError(f"{path}: {what}. Weights must be finite numbers from 0 on, not all 0.")
    return values.astype(np.float64)


def digest(weights: NDArray[np.float64]) -> str:
    """Return what tells weights from others in a result row: 12 digits of their SHA-256."""
    return hashlib.sha256(weights.tobytes()).hexdigest()[:_DIGITS]


def _from_csv(path: Path, samples: int) -> NDArray[np.float64]:
    """Return the weights of a table.

    Raises:
        ValueError: a column is missing, an index is of no sample or given twice, or a weight is no number.
    """
    memory.refuse_beyond(path, _READING * path.stat().st_size)
    table = read_columns(path, ("index", "weight"))
    rows = table["index"].to_numpy()
    if rows.dtype.kind not in "iu" or (len(rows) and not 0 <= rows.min() <= rows.max() < samples):
        raise ValueError(f"an index is none of 0 to {samples - 1:,}")
    if len(np.unique(rows)) < len(rows):
        raise ValueError("an index is given twice")
    if table["weight"].dtype.kind not in "iuf":
        raise ValueError("a weight is no number")
    weights = np.zeros(samples)
    weights[rows] = table["weight"].to_numpy(np.float64)
    return weights


def _from_array(path: Path) -> NDArray[Any]:
    """Return the array of a .npy, or `weights` of an .npz."""
    return read_npz(path, ("weights",))["weights"] if path.suffix.lower() == ".npz" else read_npy(path)
