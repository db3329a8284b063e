"""How large the images of a data set are, told before any of them is read or downloaded."""

from coreset_engine import paths
from coreset_engine.datasets import all_sources, files, folders, library


def size_of(spec: str, side: int | None = None) -> tuple[int, ...] | None:
    """Return height and width in pixels, of volumes depth, height and width, None where a file does not say them.

    Args:
        spec: as `library.load` takes it: a name, or the path of a `.npz` or of a folder.
        side: height in pixels, where the source offers several.

    Raises:
        EngineError: no such data set, no such size, or a file that can't be read.
    """
    path = paths.to_read(spec)
    if path.suffix.lower() == ".npz":
        return files.read_size(path)
    if path.is_dir() and spec not in all_sources():
        return side or folders.SIDES[1], side or folders.SIDES[1]
    return library.shape_of(spec, side).size
