"""Dynamics of another origin: `.npz` or `.h5` with `labels` and `logits` or `probabilities`, or the files of TDDS.

The mean validation loss of every class after each epoch may lie beside them as `val_loss_per_class` (T, C).
"""

import math
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory
from coreset_engine.arrays import MAX_BYTES, read_npz, refuse_no_file
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import RunError
from coreset_engine.faults import out_of_memory
from coreset_engine.store import tdds
from coreset_engine.store.layout import CLASS_LOSS

_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF}
_MAX_CHUNK = 2**26  # bytes: one chunk is unpacked at a time, and may be larger than its array
_MEMBERS = ("labels", "logits", "probabilities", CLASS_LOSS)
_PICKLES = (".pickle", ".pkl", ".pt", ".pth")


def read_foreign(path: Path) -> Dynamics:
    """Return the dynamics in `path`, a file or the folder of TDDS's code; `read_as` says what was taken for something.

    Raises:
        RunError: it is none of the files that can be read, or lacks a member.
        EngineError: an array can't be read.
        DynamicsError: the arrays do not fit together.
    """
    ending = path.suffix.lower()
    if (path.is_dir() and ending not in (".npz", ".h5", ".hdf5")) or tdds.is_one_of(path):
        return tdds.read(path if path.is_dir() else path.parent)
    if ending in _PICKLES:
        raise RunError(
            f"{path.name} is a pickle, which can run code when it is opened, so it is not read here. Convert it to .npz as "
            'README says under "Dynamics of other code".'
        )
    if ending == ".npz":
        arrays = read_npz(path, _MEMBERS)
    elif ending in (".h5", ".hdf5"):
        arrays = _read_h5(path)
    else:
        raise RunError(
            f"{path.name} is neither .npz nor .h5. Save `labels` (N,) and `logits` (T, N, C) in one of them."
        )
    outputs = [name for name in ("logits", "probabilities") if name in arrays]
    if "labels" not in arrays or len(outputs) != 1:
        raise RunError(
            f"{path.name} holds {', '.join(arrays) or 'none of the members needed'}. It needs `labels` (N,) and either "
            "`logits` or `probabilities`, both (T, N, C)."
        )
    return Dynamics.of_outputs(
        arrays[outputs[0]],
        arrays["labels"],
        path.stem,
        are_logits=outputs == ["logits"],
        val_loss=arrays.get(CLASS_LOSS),
    )


def _read_h5(path: Path) -> dict[str, NDArray]:
    """Return the members of an HDF5 file that nobody vouches for; EngineError or RunError where it can't be read."""
    refuse_no_file(path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            present = [name for name in _MEMBERS if name in set(file)]
            found = [checked_dataset(file, name, path) for name in present]
            needed, stored = (sum(sizes) for sizes in zip(*map(_sizes, found), strict=True)) if found else (0, 0)
            memory.refuse_bomb(path, needed, min(stored, path.stat().st_size))
            memory.refuse_beyond(path, needed)
            return {name: np.asarray(dataset[()]) for name, dataset in zip(present, found, strict=True)}
    except MemoryError as error:
        raise RunError(out_of_memory(error, f"{path} can't be read")) from None
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise RunError(f"{path} can't be read as HDF5 ({error}). Write it again, or save the arrays as .npz.") from None


def _sizes(dataset: h5py.Dataset) -> tuple[int, int]:
    """Return how many bytes an array takes in memory and in its file."""
    return dataset.nbytes, dataset.id.get_storage_size()


def read_dataset(file: h5py.File, name: str, path: Path) -> NDArray:
    """Return the array of one dataset that `checked_dataset` allows.

    Raises:
        RunError: it does not.
        EngineError: there is too little memory for it.
    """
    dataset = checked_dataset(file, name, path)
    memory.refuse_beyond(f"{path}: {name}", dataset.nbytes)
    return np.asarray(dataset[()])


def checked_dataset(file: h5py.File, name: str, path: Path) -> h5py.Dataset:
    """Return one dataset of `file`, stored in this very file, of plain numbers and of a sane size.

    Raises:
        RunError: it is a link, lies in another file, is no array of numbers, or declares more than it stores.
    """
    if file.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
        raise RunError(f"{path}: {name} is a link to somewhere else, which is refused. Copy the array into the file.")
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in "iuf":
        raise RunError(f"{path}: {name} is no array of plain numbers.")
    plist = dataset.id.get_create_plist()
    if plist.get_external_count() or plist.get_layout() == h5py.h5d.VIRTUAL:
        raise RunError(f"{path}: {name} lies in another file, which is refused. Copy the array into the file.")
    filters = {plist.get_filter(i)[0] for i in range(plist.get_nfilters())}
    if filters - _FILTERS:
        raise RunError(f"{path}: {name} uses a filter other than gzip, lzf, shuffle or fletcher32. Save it without.")
    stored = max(dataset.id.get_storage_size(), 1)
    if dataset.nbytes > MAX_BYTES or (dataset.nbytes > 2**26 and dataset.nbytes / stored > 1000):
        raise RunError(f"{path}: {name} declares {dataset.nbytes:,} bytes but stores {stored:,}: refused as damaged.")
    chunk = math.prod(dataset.chunks or ()) * dataset.dtype.itemsize
    if chunk > max(_MAX_CHUNK, dataset.nbytes):
        raise RunError(
            f"{path}: {name} has chunks of {chunk:,} bytes, more than the {dataset.nbytes:,} of the array. Save it without."
        )
    return dataset
