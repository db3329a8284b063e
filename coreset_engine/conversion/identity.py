"""Patients and studies as hashes that nobody can turn back without the salt, which lies apart from the images."""

import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from coreset_engine import paths
from coreset_engine.access import require_writable
from coreset_engine.errors import ConfigError
from coreset_engine.faults import unwritable

LEAST = 16  # bytes of a salt
_LENGTH = 16  # hexadecimal digits of a hash: 64 bits, so that a million patients stay apart


def default_salt() -> Path:
    """Return where the salt lies when none is named: in the cache, so that one person has one hash in all conversions."""
    return paths.cache_root() / "conversion.salt"


def salt_of(path: Path) -> bytes:
    """Return the salt in a file; a missing file is made, for its owner's eyes only.

    Raises:
        ConfigError: the file can't be read or made, or holds too little to keep hashes from being guessed.
    """
    try:
        if not path.exists():
            require_writable("make a salt")
            _make(path)
        salt = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(unwritable(f"The salt {path}", error)) from None
    if len(salt) < LEAST:
        raise ConfigError(f"The salt in {path} has {len(salt)} bytes; at least {LEAST} keep hashes from being guessed.")
    return salt


def _make(path: Path) -> None:
    """Make a salt, which has its name only once it is whole: of several processes that begin at once all take the first one.

    Raises:
        OSError: it can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # for its owner's eyes only
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first
            _link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def _link(name: str, path: Path) -> None:
    """Give a file its name unless another has it; on a disk without hard links, as exFAT, between a look and a renaming.

    Raises:
        FileExistsError: another has it.
        OSError: it can't be written.
    """
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:
        if not path.exists():
            Path(name).rename(path)


def hashed(salt: bytes, kind: str, text: str) -> str:
    """Return the hash of what identifies something, "" for nothing: HMAC-SHA-256 under the salt, 16 hexadecimal digits.

    Args:
        salt: of at least `LEAST` bytes.
        kind: of what, as "patient": the same text of two kinds has two hashes.
        text: what identifies it.
    """
    if not text:
        return ""
    content = f"{kind}\0{text}".encode(errors="surrogateescape")  # names of files need not be text
    return hmac.new(salt, content, hashlib.sha256).hexdigest()[:_LENGTH]
