"""Where things lie in the cache, and which names may become part of a path."""

import errno
import os
import re
import threading
import unicodedata
import zlib
from pathlib import Path

from coreset_engine.access import is_viewer, require_writable
from coreset_engine.errors import ConfigError, UnknownNameError
from coreset_engine.faults import unreadable, unwritable

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NAME_BYTES = 200  # file systems take 255 bytes, of which a hash behind the name needs some
_JOINERS = "\u200c\u200d"  # between letters of Persian and Indian scripts, and within emoji


DEFAULT_CACHE = Path(__file__).resolve().parent.parent / "data_cache"


def cache_root() -> Path:
    """Return the cache folder: `$CORESET_CACHE`, else `DEFAULT_CACHE`; made when missing, but not by a viewer.

    Raises:
        ConfigError: it can't be made.
    """
    chosen = os.environ.get("CORESET_CACHE")
    root = expanded(chosen) if chosen else DEFAULT_CACHE
    try:
        if not is_viewer():
            root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(unwritable(f"The cache folder {root}", error)) from None
    return root.resolve()


def expanded(path: str | Path) -> Path:
    """Return a path that somebody gave, with the home folder in place of "~".

    Raises:
        ConfigError: nobody here has the name behind "~".
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ConfigError(
            f"{path} leads nowhere: nobody here has the home {Path(path).parts[0]}. Write the path out."
        ) from None


def to_read(path: str | Path) -> Path:
    """Return a path that somebody gave to read from, as `expanded`; nothing need be there.

    Raises:
        ConfigError: nobody has the name behind "~", or as `refuse_unreadable` says.
    """
    found = expanded(path)
    refuse_unreadable(found)
    return found


def refuse_unreadable(path: Path) -> None:
    """Return when nothing keeps this user from what a path leads to, if anything is there.

    Raises:
        ConfigError: this user may not look there, the name is too long, or the disk fails.
    """
    try:
        if path.exists() and not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise ConfigError(unreadable(path, error)) from None


def is_name(name: str) -> bool:
    """Return whether a text may stand in a path as the name of a run."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> str:
    """Return `name` when it may stand in a path.

    Raises:
        UnknownNameError: it holds anything but a-z, 0-9, dot, dash and underscore, or is over 64 letters long.
    """
    if not is_name(name):
        raise UnknownNameError(
            f"{name!r} can't be a run name. Use 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit."
        )
    return name


def slug(text: str) -> str:
    """Return `text` as a name of data sets and folders, e.g. a file's stem: "My set" is "my-set", "眼底" stays.

    Of ASCII, which stands in the names of all that was stored before, a-z, 0-9, dot, dash and underscore stay; beyond it
    all but spaces, control characters and what turns the direction of writing.
    """
    kept = "".join(char if _stays(char) else " " for char in unicodedata.normalize("NFC", text.lower()))
    short = re.sub(r"[^\S]+", "-", kept).strip("-._")[:64]
    while len(short.encode()) > _NAME_BYTES:
        short = short[:-1]
    return short.strip("-._") or "unnamed"


def run_slug(text: str) -> str:
    """Return `text` as an allowed run name: accents go, "Ödem" is "odem"; of what has no ASCII at all a checksum stays."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = slug(plain)
    if name != "unnamed" or not text.strip("-._ "):
        return name
    return f"set-{zlib.crc32(slug(text).encode()):08x}"


def _stays(char: str) -> bool:
    """Return whether a character may stand in a name."""
    if char.isascii():
        return bool(re.fullmatch("[a-z0-9._-]", char))
    return char in _JOINERS or unicodedata.category(char)[0] not in "CZ"


def runs_folder() -> Path:
    """Return the folder of all runs."""
    return cache_root() / "runs"


def run_folder(run: str) -> Path:
    """Return the folder of one run; it need not exist.

    Raises:
        UnknownNameError: the name can't be part of a path.
    """
    return runs_folder() / check_name(run)


def datasets_folder() -> Path:
    """Return the folder of cached image arrays."""
    return cache_root() / "datasets"


def jobs_folder() -> Path:
    """Return the folder of job logs and locks."""
    return cache_root() / "jobs"


def retrainings_folder() -> Path:
    """Return the folder of checkpoints of unfinished retrainings."""
    return cache_root() / "retrainings"


def write_atomically(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write `data` under a temporary name, sync it and rename it to `path`, so that no half file is ever seen.

    Args:
        path: the file.
        data: its content.
        mode: who may read and write it, less what the process's mask takes away.

    Raises:
        ViewerError: this process only shows.
        OSError: it can't be written.
    """
    require_writable(f"write {path.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
