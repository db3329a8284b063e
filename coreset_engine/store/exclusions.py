"""Named sets of rows that a person has taken out of one data set, e.g. wrong labels: JSON files in the cache."""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory, named_json, paths, store
from coreset_engine.access import require_writable
from coreset_engine.arrays import read_columns, read_npy
from coreset_engine.errors import ConfigError, DatasetError, UnknownNameError, newer_file, newer_version
from coreset_engine.faults import unwritable
from coreset_engine.names import hidden, shown

FORMAT = "coreset-exclusion"
VERSION = 1
_LONGEST = 2000  # characters of a reason or a note
_READING = 8  # bytes of memory for each byte of a table or a JSON file, roughly
_CLEANLAB = "is_label_issue"
_HASH = re.compile(r"[0-9a-f]{64}")
# Two tabs are two threads of one process, and `paths.write_atomically` names its temporary file after the process.
_writing = threading.Lock()


@dataclass(frozen=True)
class Exclusion:
    """Rows of one data set's train split that are not to be kept.

    Attributes:
        name: as run names: a-z, 0-9, dot, dash, underscore.
        dataset: name of the data set, for people.
        dataset_sha256: of its train images and labels; says which data set it is.
        samples: N of its train split.
        rows: ascending.
        reasons: why, for those rows for which a reason was given.
        note: about the whole set.
        created: UTC, ISO 8601.
    """

    name: str
    dataset: str
    dataset_sha256: str
    samples: int
    rows: tuple[int, ...]
    reasons: dict[int, str] = field(default_factory=dict)
    note: str = ""
    created: str = ""

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Return (N,) which rows are excluded."""
        found = np.zeros(self.samples, bool)
        found[list(self.rows)] = True
        return found


def rows_of(given: str, dataset_sha256: str, run: str) -> tuple[str, NDArray[np.int64]]:
    """Return the rows that `given` means for a run: the saved set's name, "" for a file, and the rows, ascending.

    A set goes before a file of the same name, which can still be given as ./NAME.

    Args:
        given: name of a saved set, or path of a file as `read_rows` takes them.
        dataset_sha256: of the run's images, under which sets are saved; "" where it is not known.
        run: its name, for messages.

    Raises:
        DatasetError: the saved set is damaged.
        ConfigError: there is neither, or the file holds no row numbers.
    """
    saved = names(dataset_sha256) if dataset_sha256 else []
    if given in saved:
        return given, np.array(load(dataset_sha256, given).rows, np.int64)
    file = paths.to_read(given)
    if not file.is_file():
        raise ConfigError(
            f"--exclude {given!r} is neither a file nor a set of rows saved for the images of {run}. Saved there: "
            f"{', '.join(saved) or 'none'}."
        )
    return "", read_rows(file)


def read_rows(path: Path) -> NDArray[np.int64]:
    """Return row numbers of the train split from a .csv with a column `index` (as `write` makes), a .npy or a .txt.

    Of cleanlab's table of issues, one line per sample, they are those whose label is an issue.

    Raises:
        ConfigError: the file is missing, or holds no row numbers.
    """
    try:
        memory.refuse_beyond(path, _READING * path.stat().st_size)
        if path.suffix.lower() == ".csv":
            table = read_columns(path, ("index",), instead=_CLEANLAB, skip=_comments(path))
            of_issues = "index" not in table
            rows = np.flatnonzero(table[_CLEANLAB].to_numpy(bool)) if of_issues else table["index"].to_numpy()
        elif path.suffix.lower() == ".npy":
            rows = read_npy(path)
        else:
            with open(path, encoding="utf-8") as file:  # by its path, numpy would unpack a .gz or .bz2 to any size
                rows = np.loadtxt(file, np.int64, ndmin=1)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(
            f"{path} can't be read as row numbers: {error}. Give a .csv with a column `index`, a .npy or a "
            ".txt with one number a line."
        ) from None
    if path.suffix.lower() == ".csv" and not rows.size:
        return np.empty(0, np.int64)  # a list that found nothing: its column has no type
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise ConfigError(
            f"{path} holds {rows.dtype} of shape {rows.shape}; row numbers must be whole numbers in one column."
        )
    return rows.astype(np.int64)


def _comments(path: Path) -> int:
    """Return the number of lines before a table that begin with "#": versions before wrote the manifest there."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return next((number for number, line in enumerate(file) if not line.startswith("#")), 0)


def save(
    name: str,
    rows: Sequence[int] | NDArray[np.integer],
    *,
    dataset: str,
    dataset_sha256: str,
    samples: int,
    reasons: Mapping[int, str] | None = None,
    note: str = "",
) -> Exclusion:
    """Write a set of excluded rows, in place of one of the same name, and return it.

    Of two that are written at once the last one stays, whole.

    Args:
        name: of the set.
        rows: of the train split, in any order; doubles count once.
        dataset: name of the data set.
        dataset_sha256: `Dynamics.dataset_sha256` or `ImageSet.sha256`.
        samples: N, of which at least one must be left.
        reasons: why, by row; for any of the rows.
        note: about the whole set.

    Raises:
        UnknownNameError: the name can't be a file's.
        DatasetError: the data set is unknown, a row lies outside it or is no whole number, none is left, or a reason
            belongs to no row; or it can't be written.
    """
    path = _path(dataset_sha256, name)
    given = np.asarray(rows)
    if given.size and given.dtype.kind not in "iu":
        raise DatasetError(f"Rows to exclude must be whole numbers; these are {given.dtype}.")
    kept_rows = tuple(np.unique(given).astype(np.int64).tolist())
    why = {int(row): str(reason) for row, reason in sorted((reasons or {}).items())}
    made = Exclusion(name, dataset, dataset_sha256, int(samples), kept_rows, why, note, store.utc_now())
    problem = _problem(made)
    if problem:
        raise DatasetError(f"{name} can't be kept as rows to exclude from {dataset}: {problem}.")
    text = named_json.sealed({"format": FORMAT, "version": VERSION, **asdict(made)})
    try:
        with _writing:
            paths.write_atomically(path, text)
    except OSError as error:
        raise DatasetError(unwritable(f"The exclusion {name}", error)) from None
    return made


def load(dataset_sha256: str, name: str) -> Exclusion:
    """Return a set of excluded rows.

    Raises:
        UnknownNameError: there is none of this name, or the name can't be a file's.
        DatasetError: the file is damaged or newer than the program, or belongs to another data set.
    """
    path = _path(dataset_sha256, name)
    try:
        memory.refuse_beyond(path, _READING * path.stat().st_size)
        content, _ = named_json.unsealed(path, VERSION)
    except FileNotFoundError:
        there = ", ".join(names(dataset_sha256)) or "none"
        raise UnknownNameError(f"This data set has no exclusion {name!r}. It has: {there}.") from None
    except (ValueError, OSError) as error:
        raise DatasetError(f"{path} can't be read ({error}). Delete it and save the exclusion again.") from None
    newer = newer_version(content, FORMAT, VERSION)
    if newer:
        raise DatasetError(newer_file(path, newer, VERSION))
    found = _read(content)
    problem = found if isinstance(found, str) else _problem(found)
    if isinstance(found, str) or problem:
        raise DatasetError(f"{path} is damaged: {problem}. Delete it and save the exclusion again.")
    if found.dataset_sha256 != dataset_sha256 or found.name != name:
        raise DatasetError(
            f"{path} holds {found.name!r} of the data set {found.dataset} ({found.dataset_sha256[:16]}), not {name!r} of "
            f"{dataset_sha256[:16]}. Files can't be moved between data sets: their rows are other images."
        )
    return found


def names(dataset_sha256: str) -> list[str]:
    """Return the names of a data set's sets, in alphabetical order, damaged ones too.

    Raises:
        DatasetError: the data set is unknown.
    """
    return sorted(path.stem for path in _folder(dataset_sha256).glob("[a-z0-9]*.json"))


def delete(dataset_sha256: str, name: str) -> None:
    """Delete a set of excluded rows; a damaged one, too. One that is gone already is no error.

    Raises:
        UnknownNameError: the name can't be a file's.
        DatasetError: the data set is unknown.
        ViewerError: this process only shows.
    """
    require_writable("delete an exclusion")
    _path(dataset_sha256, name).unlink(missing_ok=True)


def _folder(dataset_sha256: str) -> Path:
    """Return `<cache>/exclusions/<first 16 digits of the hash>`, where a data set's sets lie; it need not exist."""
    if not _HASH.fullmatch(dataset_sha256):
        raise DatasetError(
            "It is not known which images these are (no SHA-256 of a data set), so rows can't be excluded by name. Record "
            "the run on a data set, or give the rows themselves."
        )
    return paths.cache_root() / "exclusions" / dataset_sha256[:16]


def _path(dataset_sha256: str, name: str) -> Path:
    """Return the file of a set."""
    try:
        paths.check_name(name)
    except UnknownNameError:
        raise UnknownNameError(
            f"{name!r} can't be the name of an exclusion. Use 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a "
            "letter or digit."
        ) from None
    return _folder(dataset_sha256) / f"{name}.json"


def _read(content: Any) -> Exclusion | str:
    """Return what a file says, its types checked; or what is wrong with it."""
    if not isinstance(content, dict) or (content.get("format"), content.get("version")) != (FORMAT, VERSION):
        return f"it is no {FORMAT} file of version {VERSION}"
    texts: list[Any] = [content.get(key) for key in ("name", "dataset", "dataset_sha256", "note", "created")]
    facts: list[Any] = [content.get(key) for key in ("rows", "reasons", "samples")]
    rows, reasons, samples = facts
    if not all(isinstance(text, str) for text in texts) or type(samples) is not int:
        return "name, dataset, dataset_sha256, note and created must be text, and samples a whole number"
    if not isinstance(rows, list) or not all(type(row) is int for row in rows):
        return "rows must be a list of whole numbers"
    if not isinstance(reasons, dict) or not all(k.isdecimal() and isinstance(v, str) for k, v in reasons.items()):
        return "reasons must be text by row"
    name, dataset, sha256, note, created = texts
    why = {int(row): reason for row, reason in reasons.items()}
    return Exclusion(name, dataset, sha256, samples, tuple(rows), why, note, created)


def _problem(made: Exclusion) -> str:
    """Return what is wrong with a set, "" for nothing."""
    for text in (made.dataset, made.note, *made.reasons.values()):
        wrong = hidden(text.replace("\n", " ").replace("\t", " "))
        if wrong or len(text) > _LONGEST:
            return f"the text {shown(text)} {wrong or f'has {len(text):,} characters, {_LONGEST:,} are allowed'}"
    rows = np.asarray(made.rows, object)
    if len(rows) and not 0 <= min(rows) <= max(rows) < made.samples:
        outside = next(row for row in rows if not 0 <= row < made.samples)
        return f"row {outside} lies outside 0..{made.samples - 1}"
    if (rows[1:] <= rows[:-1]).any():
        return "its rows do not ascend"
    if len(rows) >= made.samples:
        return f"it leaves none of the {made.samples:,} samples"
    strange = made.reasons.keys() - set(made.rows)
    return f"it gives a reason for row {min(strange)}, which it does not exclude" if strange else ""
