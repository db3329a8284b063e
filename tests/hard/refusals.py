"""What a reader says of a file in a child with little memory and little time."""

import os
import resource
import time
from pathlib import Path

from coreset_engine.errors import EngineError

SECONDS, EXTRA = 2, 300 * 2**20


def bytes_of(content: bytes):
    """What writes these bytes to a path and returns the path."""
    return lambda path: (path.write_bytes(content) and path) or path


def refused(read, path: Path) -> str:
    """What a child with little memory and time says of a file; it ends by itself, or is ended."""
    there, back = os.pipe()
    child = os.fork()
    if not child:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + EXTRA,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        try:
            read(path)
            said = "it was read"
        except EngineError as error:
            said = f"refused: {error}"
        except BaseException as error:  # noqa: BLE001 - told by the test as whatever it is
            said = f"{type(error).__name__}: {error}"
        os.write(back, said.encode(errors="replace")[:2000])
        os._exit(0)
    os.close(back)
    with open(there, "rb") as file:
        said = file.read().decode()
    _, status = os.waitpid(child, 0)
    return said or f"ended with {status}"


def check_refusal(read, path: Path) -> None:
    """Check that a reader refuses a file with one sentence, soon and with little memory."""
    start = time.monotonic()
    said = refused(read, path)
    assert said.startswith("refused: "), said
    assert "\n" not in said.strip()
    assert len(said) < 700
    assert time.monotonic() - start < 5 * SECONDS  # of the wall; the child's own limit is on the processor's time
