"""Finding the pictures below a folder; what is left out is counted by its reason."""

import stat
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from coreset_engine.errors import DatasetError
from coreset_engine.names import counted

SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".jpe", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm")
SHOWN = 3  # names in a sentence about what was left out
NAME_LENGTH = 100  # of a class, in letters
LEFTOVERS = "{leftover|leftovers} of an operating system or of a program"
OTHER_KINDS = "{file of a kind that is|files of kinds that are} not read"
NO_FILES = "{pipe, socket or device in the place of a file|pipes, sockets or devices in the place of files}"
LINKS = "{link that leads|links that lead} out of the folder, to nothing or in a circle"
LEFT_BEHIND = {"__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db", "@eadir", "lost+found"}


class LeftOut:
    """What reading a folder leaves out, by reason."""

    def __init__(self, root: Path, wants: "Callable[[Path], bool] | None" = None, kinds: str = "") -> None:
        """Start with nothing.

        Args:
            root: the folder that names are told relative to.
            wants: whether a file is of a kind that is read; pictures by default.
            kinds: those kinds in words, for messages.
        """
        self.root = root
        self.wants = wants or is_picture
        self.kinds = kinds or f"pictures ({', '.join(SUFFIXES)})"
        self.advice = "" if kinds else " The command `convert` makes a data set of DICOM and NIfTI files."
        self._paths: dict[str, list[Path]] = {}

    def add(self, reason: str, paths: Iterable[Path]) -> None:
        """Note what is left out for a reason, as `names.counted` takes it."""
        self._paths.setdefault(reason, []).extend(paths)

    def remove(self, path: Path) -> None:
        """Take a file back that was of no kind that is read, and was read as something else."""
        found = self._paths.get(OTHER_KINDS, [])
        self._paths[OTHER_KINDS] = [one for one in found if not one.samefile(path)]

    def sentences(self) -> list[str]:
        """Return one sentence per reason: how many, and the first names, or the kinds of files with their numbers."""
        found = []
        for reason, paths in self._paths.items():
            if reason == OTHER_KINDS:
                kinds = Counter(shown(Path(path.suffix.lower() or "without ending")) for path in paths)
                named = ", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common(10))
                named += ", …" if len(kinds) > 10 else ""
            else:
                named = first_names(paths, self.root)
            if paths:
                found.append(f"Left out: {counted(len(paths), reason)} ({named}).")
        return found


def shown(path: Path, root: Path | None = None) -> str:
    """Return a path as people can read it, relative to `root`: what is no text or can't be printed is escaped."""
    text = str(path.relative_to(root) if root and path.is_relative_to(root) else path)
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return plain if len(plain) <= 200 else f"{plain[:90]} … {plain[-90:]}"


def first_names(paths: Iterable[Path], root: Path) -> str:
    """Return the first few names of paths, relative to `root`."""
    names = [shown(path, root) for path in sorted(paths)]
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")


def entries(folder: Path, left: LeftOut) -> list[Path]:
    """Return what lies directly in a folder and may be read, sorted: folders, and regular files of any kind.

    Raises:
        DatasetError: the folder can't be listed.
    """
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise DatasetError(f"The folder {shown(folder)} can't be listed: {error.strerror}.") from None
    kept = []
    for path in found:
        reason = _reason(path, left.root)
        if reason:
            left.add(reason, [path])
        else:
            kept.append(path)
    return kept


def deeper(folder: Path) -> str:
    """Return a sentence that names the first folder below one with several sub-folders, "" where none leads on to such."""
    below = [folder]
    while len(below) == 1:
        inner = below[0]
        below = [path for path in entries(inner, LeftOut(folder)) if path.is_dir()]
    return f" Or give {inner}, which has {len(below)} sub-folders." if below and inner != folder else ""


def pictures_below(folder: Path, left: LeftOut) -> list[Path]:
    """Return the picture files at any depth below a folder, sorted.

    Raises:
        DatasetError: a folder can't be listed.
    """
    found, waiting, seen = [], [folder], {folder.resolve()}
    while waiting:
        for path in entries(waiting.pop(), left):
            if path.is_dir():
                if path.resolve() in seen:
                    left.add(LINKS, [path])
                else:
                    seen.add(path.resolve())
                    waiting.append(path)
            elif left.wants(path):
                found.append(path)
            else:
                left.add(OTHER_KINDS, [path])
    return sorted(found)


def is_picture(path: Path) -> bool:
    """Return whether a file's ending, in any case, is that of a picture."""
    return path.suffix.lower() in SUFFIXES


def check_class_name(name: str) -> str:
    """Return the name of a class.

    Raises:
        DatasetError: it is no valid text, holds what can't be printed, or is absurdly long.
    """
    joiners = "\u200d\u200c"  # of emoji and of several scripts
    if not all(letter.isprintable() or letter in joiners for letter in name):
        raise DatasetError(f"The class name {shown(Path(name))} is no text that can be printed. Rename it.")
    if len(name) > NAME_LENGTH:
        raise DatasetError(
            f"The class name {name[:20]}… has {len(name)} letters; at most {NAME_LENGTH} are taken. Rename it."
        )
    return name


def _reason(path: Path, root: Path) -> str:
    """Return why something in a folder is not looked at, "" where it is."""
    if path.name.startswith(".") or path.name.casefold() in LEFT_BEHIND:
        return LEFTOVERS
    try:
        if path.is_symlink():
            target = path.resolve(strict=True)
            if not target.is_relative_to(root.resolve()) or path.parent.resolve().is_relative_to(target):
                return LINKS  # in the latter case to a folder above it, whose other classes would be this one's
        mode = path.stat().st_mode
    except (OSError, RuntimeError):  # of a link: to nothing, or in a circle
        return LINKS
    return "" if stat.S_ISDIR(mode) or stat.S_ISREG(mode) else NO_FILES
