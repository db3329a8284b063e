"""Unpacking a zip of pictures that nobody vouches for: sizes, names and kinds are checked before a file is written."""

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from coreset_engine import memory, names
from coreset_engine.datasets.picture_files import LEFT_BEHIND, is_picture
from coreset_engine.errors import DatasetError, EngineError

MAX_MEMBERS = 200_000
MAX_DEPTH = 16  # folders in one another
RESERVE = 1 << 28  # bytes of a disk that stay free, for results and logs
_BLOCK = 1 << 20
_PATH_BYTES = 1000  # of a member's name; systems take some 4,096 with what stands before
_DAMAGE: tuple[type[Exception], ...] = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, LookupError, RuntimeError)
_DAMAGE += (OSError, OverflowError, MemoryError, lzma.LZMAError, struct.error)


def unpack(path: Path, folder: Path) -> Path:
    """Unpack a zip of class folders into an empty folder, and return where the class folders lie.

    That is `folder`, or the one folder that holds everything, as archives of a folder have it.

    Raises:
        DatasetError: it is no zip, damaged, encrypted, a bomb, or too large; or a member would lie outside the folder, is
            a link, or is there twice.
        OSError: it can't be written.
    """
    with _damage_in_words(path):
        archive = zipfile.ZipFile(path)
    with archive:
        members = _members(archive, path)
        needed = sum(info.file_size for info in members.values())
        _refuse_bomb(path, needed, sum(info.compress_size for info in members.values()))
        refuse_full_disk(folder, needed, path.name)
        for place, info in members.items():
            _write(archive, info, path, folder / place)
    return _root(folder)


@contextmanager
def _damage_in_words(path: Path) -> Iterator[None]:
    """Turn what `zipfile` and the decompressors raise on a damaged file into one sentence.

    Raises:
        DatasetError: the file can't be read.
    """
    try:
        yield
    except _DAMAGE as error:
        raise DatasetError(f"{path.name} is no readable .zip file ({error}). Pack the folder again.") from None


def refuse_full_disk(folder: Path, needed: int, what: str) -> None:
    """Return when a disk has room for `needed` bytes and some more.

    Args:
        folder: on that disk.
        needed: bytes that are to be written.
        what: is written, for the message.

    Raises:
        DatasetError: it hasn't.
    """
    free = shutil.disk_usage(folder).free
    if needed + RESERVE > free:
        raise DatasetError(
            f"{what} needs {memory.amount(needed)} here, but only {memory.amount(free)} are free on this disk, of which "
            f"{memory.amount(RESERVE)} stay so. Remove old uploads, or free some space."
        )


def _members(archive: zipfile.ZipFile, path: Path) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """Return the files of an archive by where they go.

    Raises:
        DatasetError: there are too many or none, one is encrypted or a link, or may not lie where it says.
    """
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if not infos:
        raise DatasetError(f"{path.name} holds no files. Pack a folder with one sub-folder of pictures per class.")
    if len(infos) > MAX_MEMBERS:
        raise DatasetError(
            f"{path.name} has {len(infos):,} files; at most {MAX_MEMBERS:,} are unpacked. Put the folder itself into the "
            "folder for own images."
        )
    found: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for info in infos:
        place = _place(info, path)
        if place in found:
            raise DatasetError(f"{path.name} has two members in the place of {names.shown(str(place))}. Pack it again.")
        found[place] = info
    files = set(found)
    strange = next((place for place in found if files.intersection(place.parents)), None)
    if strange is not None:
        raise DatasetError(
            f"{path.name} has a file in the place of a folder of {names.shown(str(strange))}. Pack it again."
        )
    return found


def _place(info: zipfile.ZipInfo, path: Path) -> PurePosixPath:
    """Return where a member goes, relative to the folder.

    Raises:
        DatasetError: that lies outside it, can't be a path, or the member is encrypted or no regular file.
    """
    name = info.filename
    place = PurePosixPath(name)
    outside = place.is_absolute() or ".." in place.parts or "\\" in name or (len(name) > 1 and name[1] == ":")
    if outside or not place.parts or names.hidden(name):
        raise DatasetError(
            f"{path.name} has a member {names.shown(name)}, which may not be unpacked. Pack the folder again."
        )
    if len(place.parts) > MAX_DEPTH or len(name.encode(errors="replace")) > _PATH_BYTES:
        raise DatasetError(
            f"{path.name}: {names.shown(name)} lies in more than {MAX_DEPTH} folders, or its name is too long. Pack only "
            "the class folders."
        )
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise DatasetError(
            f"{path.name}: {names.shown(name)} is a link or no regular file. Pack the pictures themselves."
        )
    if info.flag_bits & 1:
        raise DatasetError(f"{path.name} is encrypted. Pack it again without a password.")
    return place


def _refuse_bomb(path: Path, needed: int, stored: int) -> None:
    """Refuse an archive that unpacks to far more than it stores; members that overlap store no more than the file."""
    try:
        memory.refuse_bomb(path.name, needed, min(stored, path.stat().st_size))
    except EngineError as error:
        raise DatasetError(str(error)) from None


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, place: Path) -> None:
    """Write one member, no more of it than it declares; its checksum is compared at its end."""
    place.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with _damage_in_words(path):
        source = archive.open(info)
    with source, open(place, "xb") as target:
        while True:
            with _damage_in_words(path):
                block = source.read(_BLOCK)
            left -= len(block)
            if left < 0:
                raise DatasetError(f"{names.shown(info.filename)} is longer than it says. Pack the folder again.")
            if not block:
                return
            target.write(block)


def _root(folder: Path) -> Path:
    """Return the folder below which the class folders lie: as long as one folder alone holds other folders, that one."""
    while True:
        seen = [path for path in folder.iterdir() if not path.name.startswith(".")]
        seen = [path for path in seen if path.name.casefold() not in LEFT_BEHIND]
        folders = [path for path in seen if path.is_dir()]
        inner = list(folders[0].iterdir()) if len(folders) == 1 else []
        if not any(path.is_dir() for path in inner) or any(is_picture(path) for path in seen if path.is_file()):
            return folder
        folder = folders[0]
