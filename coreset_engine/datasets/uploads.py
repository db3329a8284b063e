"""Own images that a browser sent: kept in the cache, each once, in a folder that is named after its content."""

import hashlib
import math
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from coreset_engine import memory, named_json, paths
from coreset_engine.access import require_writable
from coreset_engine.datasets.unpacking import refuse_full_disk, unpack
from coreset_engine.errors import DatasetError
from coreset_engine.faults import unwritable

KINDS = ("npz", "zip")
_KEY = re.compile("[0-9a-f]{16}")  # of the SHA-256 of what was sent
_PART = ".part-"
_FORGOTTEN = 3600  # seconds after which what a killed server was unpacking is removed


@dataclass(frozen=True)
class Upload:
    """One upload that is kept.

    Attributes:
        key: the beginning of the SHA-256 of what was sent.
        path: the `.npz` or the folder, as `record --dataset` takes it.
        size: in bytes, on the disk.
        kept: when it came, in seconds since 1970.
    """

    key: str
    path: Path
    size: int
    kept: float

    @property
    def amount(self) -> str:
        """Return its size for people."""
        return memory.amount(self.size) if self.size >= 1 << 20 else f"{math.ceil(self.size / 1024):,} KiB"


def folder() -> Path:
    """Return the folder of uploads; it need not exist."""
    return paths.cache_root() / "uploads"


def keep(name: str, content: bytes | memoryview) -> Path:
    """Keep what a browser sent, a zip unpacked, and return its path; what is kept already stays as it is.

    Args:
        name: of the file: a `.npz`, or a `.zip` of one folder of pictures per class.
        content: of it.

    Raises:
        DatasetError: it is of another kind, a zip that may not be unpacked, or there is no room.
        ViewerError: this process only shows.
    """
    require_writable("keep an upload")
    kind = Path(name).suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise DatasetError(f"{name!r} can't be uploaded: give a .npz, or a .zip of one folder of pictures per class.")
    key = hashlib.sha256(content).hexdigest()[:16]
    for upload in all_kept():
        if upload.key == key:
            return upload.path
    try:
        with _part() as part:
            refuse_full_disk(part, len(content), f"{name!r}")
            file = part / f"{paths.slug(Path(name).stem)}.{kind}"
            _write(file, content)
            if kind == "zip":
                _replace_by_pictures(file)
                paths.write_atomically(_sums_file(key), named_json.sealed({"files": _sums(part)}))
            if not (folder() / key).exists():  # sent twice at once
                part.rename(folder() / key)
    except OSError as error:
        raise DatasetError(unwritable(f"{name!r}, which is kept in {folder()},", error)) from None
    return next(upload.path for upload in all_kept() if upload.key == key)


def all_kept() -> list[Upload]:
    """Return every upload that is kept, the newest first."""
    found = []
    for own in folder().iterdir() if folder().is_dir() else ():
        inside = [path for path in own.iterdir() if not path.is_symlink()] if _KEY.fullmatch(own.name) else []
        if len(inside) == 1:
            found.append(Upload(own.name, inside[0].resolve(), _size(inside[0]), own.stat().st_mtime))
    return sorted(found, key=lambda upload: upload.kept, reverse=True)


def remove(key: str) -> None:
    """Remove an upload; runs recorded from it keep their images, which the cache holds as arrays.

    Raises:
        DatasetError: there is none of this key, or it can't be removed.
        ViewerError: this process only shows.
    """
    require_writable("remove an upload")
    if key not in {upload.key for upload in all_kept()}:
        raise DatasetError("This upload is not kept any more. Reload the page.")
    try:
        gone = folder() / f"{_PART}{key}"
        shutil.rmtree(gone, ignore_errors=True)
        (folder() / key).rename(gone)  # at once, so that nobody reads half of it
        shutil.rmtree(gone)
        _sums_file(key).unlink(missing_ok=True)
    except OSError as error:
        raise DatasetError(unwritable(folder() / key, error)) from None


def folders() -> list[Path]:
    """Return the folders of all uploads, also of those that are not whole."""
    return sorted(path for path in folder().glob("*") if _KEY.fullmatch(path.name) and path.is_dir())


def check(own: Path) -> bool:
    """Return whether an upload has sums: a `.npz` is named after its own, a folder of pictures has them beside it.

    Args:
        own: one of `folders`.

    Raises:
        DatasetError: files are missing, are more than were sent, or do not match their sums.
    """
    inside = list(own.iterdir())
    if len(inside) == 1 and inside[0].is_file():
        wrong = [] if _sum(inside[0])[:16] == own.name else [inside[0].name]
    elif len(inside) == 1 and not _sums_file(own.name).exists():
        return False  # kept before there were sums
    else:
        try:
            known, found = named_json.unsealed(_sums_file(own.name))[0]["files"], _sums(own)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise DatasetError(
                f"The sums of the upload {own} can't be read ({error}). Remove it; upload it again."
            ) from None
        wrong = sorted(name for name in {*known, *found} if known.get(name) != found.get(name))
    if wrong:
        names = ", ".join(wrong[:3]) + (", …" if len(wrong) > 3 else "")
        raise DatasetError(
            f"The upload {own} is not what was sent: {names}. Remove it on the Record page; upload it again."
        )
    return True


def _sums_file(key: str) -> Path:
    """Return the file of the sums of an unpacked upload's pictures, beside its folder."""
    return folder() / f"{key}.json"


def _sums(own: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder, by its path there."""
    return {str(path.relative_to(own)): _sum(path) for path in sorted(own.rglob("*")) if path.is_file()}


def _sum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(file: Path, content: bytes | memoryview) -> None:
    """Write a file and sync it, before its folder has a name by which it is found: no half is ever taken for the whole."""
    with open(file, "xb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())


def _replace_by_pictures(file: Path) -> None:
    """Put the folder of what a zip holds in its place, under its name without the ending.

    Raises:
        DatasetError: it may not be unpacked.
        OSError: it can't be written.
    """
    unpacked, pictures = file.parent / "unpacked", file.parent / ".pictures"
    unpacked.mkdir()
    unpack(file, unpacked).rename(pictures)
    os.sync()  # thousands of files at once
    file.unlink()
    shutil.rmtree(unpacked, ignore_errors=True)
    pictures.rename(file.parent / file.stem.replace(".", "-"))  # "a.npz" is the name of a file


@contextmanager
def _part() -> Iterator[Path]:
    """Yield a new folder beside the uploads, removed unless it has got another name; so are those of killed servers."""
    folder().mkdir(parents=True, exist_ok=True)
    for old in folder().glob(f"{_PART}*"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(old, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix=_PART, dir=folder()))
    part.chmod(0o755)  # jobs of other users of the cache read it, too
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _size(path: Path) -> int:
    """Return the bytes of a file, or of all files below a folder."""
    files = [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]
    return sum(one.stat().st_size for one in files)
