"""Importing dynamics of another origin: what may be read, and the import, in a process of its own."""

import io
import tempfile
from pathlib import Path

import numpy as np

from coreset_engine import paths
from coreset_engine.dashboard.record.data import check_free, untaken
from coreset_engine.datasets import library, uploads
from coreset_engine.errors import ConfigError
from coreset_engine.executors import commands
from coreset_engine.faults import unwritable

EXAMPLE = "example-dynamics.npz"
ENDINGS = (".npz", ".h5", ".hdf5")
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
    """Return a run name for a file that is not taken."""
    return untaken(paths.run_slug(Path(file).stem)[:56])


def import_upload(file: str, content: bytes | memoryview, run: str) -> str:
    """Import what a browser sent as `run`, and return what the command says of it.

    It is written to a folder of its own in the cache, which is deleted afterwards.

    Raises:
        EngineError: as `import_file` says, or there is no room.
    """
    folder = uploads.folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as own:
            path = Path(own) / (paths.slug(Path(file).stem) + Path(file).suffix.lower())
            path.write_bytes(content)
            return import_file(path, run)
    except OSError as error:
        raise ConfigError(unwritable(f"{file!r}, which is kept in {folder} while it is read,", error)) from None


def import_file(path: Path, run: str) -> str:
    """Import a file as `run` with `python -m coreset_engine import`, and return what that says.

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
