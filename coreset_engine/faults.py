"""Faults of the machine in words: a place that can't be written to, memory that ran out, a process that was killed."""

import errno
import os
import signal
import sqlite3

_ELSEWHERE = "choose another cache with --cache or $CORESET_CACHE"
_ALLOW = f"Allow this user to write there, or {_ELSEWHERE}."
_ADVICE = {
    errno.EROFS: f"Mount it for writing, or {_ELSEWHERE}.",
    errno.EACCES: _ALLOW,
    errno.EPERM: _ALLOW,
    errno.ENOSPC: f"Free some space, then resume or try again, or {_ELSEWHERE}.",
    errno.EDQUOT: f"Delete something, since this user's share of the disk is used up, or {_ELSEWHERE}.",
    errno.EFBIG: "Raise the limit on the size of files (`ulimit -f`), then resume or try again.",
    errno.EMFILE: "Raise the limit on open files (`ulimit -n`), then try again.",
    errno.ENFILE: "Close some programs, since the machine has too many files open, then try again.",
    errno.EIO: f"The disk or the network behind it fails: check that, or {_ELSEWHERE}.",
    errno.ESTALE: f"Mount the network file system again, or {_ELSEWHERE}.",
    errno.ENOENT: "Its folder is gone: make it again, or choose another place.",
    errno.ENOTDIR: f"A file stands where a folder is needed: move it away, or {_ELSEWHERE}.",
    errno.EEXIST: f"A file stands where a folder is needed: move it away, or {_ELSEWHERE}.",
    errno.EISDIR: "A folder stands where the file should be: move it away, or choose another place.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
}
# what may come from any write and is never a defect of this program
_OF_THE_MACHINE = {
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EMFILE,
    errno.ENFILE,
    errno.EIO,
    errno.ESTALE,
}
_LESS = "Try a smaller batch (--batch-size), fewer or smaller images, or a machine with more memory"
_ALLOCATORS = ("can't allocate memory", "not enough memory", "out of memory", "std::bad_alloc")


def unwritable(what: object, error: BaseException) -> str:
    """Return the sentence that says why something can't be written and what to do.

    Args:
        what: is written: its path, or a noun with its path.
        error: an OSError, or one that a library made of it.
    """
    cause = _cause(error)
    reason = cause.strerror if cause is not None and cause.strerror else error
    return f"{what} can't be written: {reason}. {advice(cause.errno or 0 if cause is not None else 0)}"


def unreadable(what: object, error: OSError) -> str:
    """Return the sentence that says why a path that somebody gave can't be read, and what to do."""
    denied = error.errno in (errno.EACCES, errno.EPERM)
    what_to_do = "Allow this user to read it, or give another." if denied else "Check the path, and the disk behind it."
    return f"{what} can't be read: {error.strerror or error}. {what_to_do}"


def advice(number: int) -> str:
    """Return what a person can do about an error number of the system."""
    return _ADVICE.get(number, f"Check the place, or {_ELSEWHERE}.")


def out_of_memory(error: BaseException, what: str = "This can't be done here") -> str:
    """Return the sentence for memory that ran out, that of a GPU when its library says so."""
    where = "the GPU's memory" if type(error).__name__ == "OutOfMemoryError" or "CUDA" in str(error) else "memory"
    return f"{what}: {where} ran out. {_LESS}."


def sentence_of(error: BaseException) -> str:
    """Return one sentence for a fault of the machine, whatever was being done; "" for any other error."""
    if _is_memory(error):
        return out_of_memory(error)
    if isinstance(error, sqlite3.Error):
        return ""
    cause = _cause(error)
    if cause is None or cause.errno not in _OF_THE_MACHINE:
        return ""
    return unwritable(cause.filename or "A file", cause)


def end_of(code: int) -> str:
    """Return how a process ended, by the negative exit code that a signal leaves, e.g. "was killed (SIGKILL), …"."""
    if code == -signal.SIGKILL:
        return "was ended (SIGKILL), probably since memory ran out; try a smaller batch, fewer images or more memory"
    known = -code in {one.value for one in signal.Signals}
    return f"was ended by {signal.Signals(-code).name if known else f'signal {-code}'}; try it again"


def _is_memory(error: BaseException) -> bool:
    """Return whether memory ran out: torch says that with types of its own, some of them plain RuntimeErrors."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _ALLOCATORS)


def _cause(error: BaseException | None) -> OSError | None:
    """Return the OSError that an error is or was made of; libraries wrap it, or name no more than its number."""
    seen = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno:
            return seen
        seen = seen.__cause__ or seen.__context__
    text = str(error)
    for number in sorted(_OF_THE_MACHINE):
        if f"errno = {number}," in text or os.strerror(number) in text:
            return OSError(number, os.strerror(number))
    if " requested and " in text and text.endswith(" written"):  # NumPy, of a disk that filled while it wrote
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return None
