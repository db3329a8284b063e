"""Dynamics of another origin: `.npz` or `.h5` with `labels` and `logits` or `probabilities`, files of TDDS, cartography.

The mean validation loss of every class after each epoch may lie beside them as `val_loss_per_class` (T, C).
"""

import math
import zipfile
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory, paths, signals
from coreset_engine.arrays import MAX_BYTES, read_npz, refuse_no_file
from coreset_engine.config import check_choice
from coreset_engine.dynamics import Dynamics, refuse_no_losses
from coreset_engine.errors import RunError
from coreset_engine.faults import out_of_memory
from coreset_engine.signals import SIGNALS
from coreset_engine.store import cartography, tdds
from coreset_engine.store.layout import CLASS_LOSS

_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF}
_MAX_CHUNK = 2**26  # bytes: one chunk is unpacked at a time, and may be larger than its array
_MEMBERS = ("labels", "logits", "probabilities", CLASS_LOSS)
_LIMITS = {"loss": (0.0, math.inf), "target_probability": (0.0, 1.0), "margin": (-1.0, 1.0)}
_LIMITS |= {"error_norm": (0.0, math.inf), "entropy": (0.0, math.inf)}
_PICKLES = (".pickle", ".pkl", ".pt", ".pth")
_ENDINGS = (".npz", ".h5", ".hdf5")
_SHOWN = 8  # names of members in a sentence


def is_of_several(path: Path) -> bool:
    """Return whether a file holds one of several epochs, as the code of TDDS or cartography calls it: all are read then."""
    return cartography.is_one_of(path) or tdds.is_one_of(path)


def read_foreign(path: Path) -> Dynamics:
    """Return the dynamics in `path`, a file or a folder of TDDS's code or cartography's; `read_as` says how it was read.

    Raises:
        RunError: it is none of the files that can be read, or lacks a member.
        EngineError: an array can't be read.
        DynamicsError: the arrays do not fit together.
    """
    paths.refuse_unreadable(path)
    ending = path.suffix.lower()
    if cartography.is_one_of(path):
        return cartography.read(path if path.is_dir() else path.parent)
    if (path.is_dir() and ending not in _ENDINGS) or tdds.is_one_of(path):
        return tdds.read(path if path.is_dir() else path.parent)
    _refuse_ending(path, "`labels` (N,) and `logits` (T, N, C)")
    arrays = read_npz(path, _MEMBERS) if ending == ".npz" else _read_h5(path)
    outputs = [name for name in ("logits", "probabilities") if name in arrays]
    if "labels" not in arrays or len(outputs) != 1:
        raise RunError(
            f"{path.name} holds {_in_words(arrays, path)}. It needs `labels` (N,) and either `logits` or `probabilities`, "
            "both (T, N, C)."
        )
    return Dynamics.of_outputs(
        arrays[outputs[0]],
        arrays["labels"],
        path.stem,
        are_logits=outputs == ["logits"],
        val_loss=arrays.get(CLASS_LOSS),
    )


def _refuse_ending(path: Path, wanted: str) -> None:
    """Raise a RunError for a file that is neither .npz nor .h5; `wanted` says what to save in one."""
    ending = path.suffix.lower()
    if ending in _PICKLES:
        raise RunError(
            f"{path.name} is a pickle, which can run code when it is opened, so it is not read here. Convert it to .npz as "
            'README says under "Dynamics of other code".'
        )
    if ending not in _ENDINGS:
        raise RunError(
            f"{path.name} is neither .npz nor .h5. Save {wanted} in one of them; README has lines that do it for tables and "
            'arrays under "Dynamics of other code".'
        )


def _in_words(arrays: dict[str, NDArray], path: Path) -> str:
    """Return the names of the members that were read, or else some of those that a file has."""
    if arrays:
        return ", ".join(arrays)
    if path.suffix.lower() == ".npz":
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
    else:
        with h5py.File(path, "r", locking=False) as file:
            names = list(file)
    plain = ["".join(letter if letter.isprintable() else "?" for letter in name[:40]) for name in names[:_SHOWN]]
    shown = ", ".join(plain) + (", …" if len(names) > _SHOWN else "")
    return f"{shown or 'nothing'}, and none of the members needed"


def read_signal(path: Path, name: str) -> Dynamics:
    """Return dynamics of one signal alone, (T, N) under its name, as of segmentations or detections.

    Beside it may lie `labels` (N,) or (N, L), without which all samples are of one class, and `val_loss_per_class`. Losses
    also give p_y = exp(-loss), and p_y the loss. One-hot labels are classes.

    Raises:
        ConfigError: there is no such signal.
        RunError: the file is no .npz or .h5, lacks the signal, or the signal is no such numbers.
        EngineError: an array can't be read.
        DynamicsError: the arrays do not fit together.
    """
    check_choice("signal", name, SIGNALS)
    _refuse_ending(path, f"`{name}` (T, N)")
    members = (name, "labels", CLASS_LOSS)
    arrays = read_npz(path, members) if path.suffix.lower() == ".npz" else _read_h5(path, members)
    if name not in arrays:
        raise RunError(f"{path.name} holds no {name!r}. Save the {name} of every epoch and sample, (T, N), under it.")
    values = _checked_signal(arrays[name], name, path)
    labels, classes, read_so = _read_labels(arrays.get("labels"), values.shape[1], path)
    if len(labels) != values.shape[1]:
        raise RunError(f"{path.name}: there are {len(labels):,} labels for {values.shape[1]:,} samples. Give one each.")
    found = _with_partner(name, values)
    said = (
        f"Only {', '.join(found)} {'is' if len(found) == 1 else 'are'} known: methods that read more refuse this run."
    )
    losses = arrays.get(CLASS_LOSS)
    made = Dynamics(labels, found, classes, len(values), path.stem, read_as=(said, *read_so), val_loss=losses)
    refuse_no_losses(f"{path.name}: {CLASS_LOSS}", made.val_loss)
    return made


def _read_labels(given: NDArray | None, samples: int, path: Path) -> tuple[NDArray[np.integer], int, tuple[str, ...]]:
    """Return labels beside a signal, how many classes they have, and what they were taken for.

    Raises:
        RunError: they name more classes than there can be.
        DynamicsError: as `signals.check_labels` says.
    """
    if given is None:
        return np.zeros(samples, np.int64), 1, ("There are no labels: all samples were taken for one class.",)
    if given.ndim == 2 and given.shape[1] > 1:
        classes = given.shape[1]
    else:  # what can't be counted is refused below
        classes = int(given.max()) + 1 if given.size and given.dtype.kind in "iub" else 1
    if classes > signals.MOST:
        raise RunError(
            f"{path.name}: labels reach {classes - 1:,}; up to {signals.MOST - 1:,} can be. Number the classes from 0 "
            "without gaps."
        )
    labels, said = signals.read_labels(given, max(classes, 1))
    return labels, max(classes, 1), said


def _checked_signal(values: NDArray, name: str, path: Path) -> NDArray:
    """Return a signal that is (T, N) numbers in its range.

    Raises:
        RunError: it is not.
    """
    if values.ndim != 2 or not values.size or values.dtype.kind not in "iuf":
        raise RunError(
            f"{path.name}: {name} must be numbers of shape (epochs, samples); it is {values.dtype} of shape {values.shape}."
        )
    low, high = _LIMITS.get(name, (-math.inf, math.inf))
    with np.errstate(over="ignore"):
        kept = values.astype(np.float32)
    bad = np.argwhere(~(np.isfinite(kept) & (values >= low) & (values <= high)))
    if len(bad):
        epoch, sample = bad[0]
        raise RunError(
            f"{path.name}: {name} is {values[epoch, sample]:g} for sample {sample} in epoch {epoch + 1}, of {len(bad):,} "
            f"such; it must lie in {low:g} to {high:g}. Leave such epochs out, or scale it first."
        )
    return kept


def _with_partner(name: str, values: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Return a signal, and of loss and p_y the other one, loss = -ln p_y."""
    if name == "loss":
        return {"loss": values, "target_probability": np.exp(-values)}
    if name == "target_probability":
        return {"target_probability": values, "loss": -np.log(np.maximum(values, np.finfo(np.float32).tiny))}
    return {name: values}


def _read_h5(path: Path, members: tuple[str, ...] = _MEMBERS) -> dict[str, NDArray]:
    """Return the members of an HDF5 file that nobody vouches for; EngineError or RunError where it can't be read."""
    refuse_no_file(path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            present = [name for name in members if name in set(file)]
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
