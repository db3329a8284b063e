"""Importing dynamics of another origin: what may be read, and the import, in a process of its own."""

import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from coreset_engine import paths, store
from coreset_engine.dashboard.record.data import check_free, untaken
from coreset_engine.datasets import library, uploads
from coreset_engine.errors import ConfigError
from coreset_engine.executors import commands
from coreset_engine.faults import unwritable

EXAMPLE = "example-dynamics.npz"
ENDINGS = (".npz", ".h5", ".hdf5")
FOLDERS = {".jsonl": "training_dynamics", ".npy": "dynamics"}  # what files that belong together lie in, by their ending
SECONDS = 600  # a file of 20 GB is read from a slow disk in that time


def example() -> bytes:
    """Return a small file of the kind that can be imported: 60 samples of 3 classes that are learned in 12 epochs."""
    draws = np.random.default_rng(2024)  # not 0, from which Random draws its ranks
    labels = np.arange(60) % 3
    pace = draws.uniform(0.05, 0.6, 60)
    logits = draws.normal(0, 1, (12, 60, 3)).astype(np.float32)
    logits[:, np.arange(60), labels] += np.arange(1, 13)[:, None] * pace
    buffer = io.BytesIO()
    np.savez_compressed(buffer, labels=labels, logits=logits)
    return buffer.getvalue()


def offered(endings: tuple[str, ...] = ENDINGS) -> list[str]:
    """Return the files with one of these endings in the folder for one's own files and one below it, relative to it."""
    root = library.own_root()  # pictures lie deeper, and a walk through 100,000 of them would take seconds
    found = [path for pattern in ("*", "*/*") for path in root.glob(pattern) if path.suffix.lower() in endings]
    return sorted(str(path.relative_to(root)) for path in found if path.is_file() and not path.is_symlink())


def offered_dynamics() -> list[str]:
    """Return what of these files can be imported: those of all outputs, and the first of those that hold an epoch each."""
    first: dict[Path, str] = {}
    root = library.own_root()
    for text in offered(tuple(FOLDERS)):
        if store.is_of_several(root / text):
            first.setdefault(Path(text).parent, text)
    return sorted([*offered(), *first.values()])


def as_one(files: Sequence[str]) -> str:
    """Return what uploaded files are imported as: one file, or the folder of those that hold an epoch each; "" for none.

    Raises:
        ConfigError: they do not belong together.
    """
    endings = {Path(file).suffix.lower() for file in files}
    if len(endings) == 1 and endings <= set(FOLDERS):
        return FOLDERS[endings.pop()]
    if len(files) > 1:
        raise ConfigError(
            "These files are no one recording. Upload one .npz or .h5, or together all of one training of the code of data "
            "maps (dynamics_epoch_0.jsonl, …) or of TDDS (0_Output.npy, 0_Index.npy, …, labels.npy)."
        )
    return "".join(files)


def inside_root(text: str) -> Path:
    """Return the file that a path names, relative to the folder for one's own files or absolute; an upload's is absolute.

    Raises:
        ConfigError: it lies outside that folder and the uploads, links included, or is no file.
    """
    root = library.own_root()
    try:
        path = (root / Path(text.strip()).expanduser()).resolve()
        whole = any(path.is_relative_to(one) for one in (root, uploads.folder())) and path.is_file()
    except (OSError, ValueError, RuntimeError):  # a null byte, a name that is too long, an unknown user's home
        whole = False
    if not whole:
        raise ConfigError(f"{text.strip()!r} is no file in {root}. Put the file there, or give its path below it.")
    return path


def free_name(file: str) -> str:
    """Return a run name for a file that is not taken; one of several that belong together is called as their folder."""
    path = Path(file)
    together = path.suffix.lower() in FOLDERS and path.parent.name
    return untaken(paths.run_slug(path.parent.name if together else path.stem)[:56])


def import_upload(files: Mapping[str, bytes | memoryview], run: str) -> str:
    """Import what a browser sent as `run`, and return what the command says of it.

    It is written to a folder of its own in the cache, which is deleted afterwards.

    Args:
        files: content by name: one, or those that belong together.
        run: to be made.

    Raises:
        EngineError: as `import_file` says, or there is no room.
    """
    folder, one = uploads.folder(), as_one(list(files))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as own:
            place = Path(own) / one if one in FOLDERS.values() else Path(own)
            place.mkdir(exist_ok=True)
            for file, content in files.items():
                path = place / (paths.slug(Path(file).stem) + Path(file).suffix.lower())
                path.write_bytes(content)
            return import_file(path if place == Path(own) else place, run)
    except OSError as error:
        raise ConfigError(unwritable(f"{one!r}, which is kept in {folder} while it is read,", error)) from None


def import_file(path: Path, run: str) -> str:
    """Import a file or a folder as `run` with `python -m coreset_engine import`, and return what that says.

    Raises:
        UnknownNameError: the name can't be a run's.
        RunError: the run exists already.
        ConfigError: the file is refused; the message says why.
    """
    check_free(run)
    words = ["import", str(path), "--run", run]
    try:
        return commands.answer(
            words, SECONDS, f"Reading {path.name} took over {SECONDS} s. Import it on the command line instead."
        )
    except ConfigError as error:
        raise ConfigError(str(error).replace(f"{path.parent}/", "")) from None
