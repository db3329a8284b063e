"""Plain names of one's own images, under which pages list them in place of their paths."""

from collections.abc import Iterable
from pathlib import Path

from coreset_engine.datasets import all_sources, library, uploads


def listed(spec: str) -> str:
    """Return the name under which a data set is listed; it follows from the path alone, so that addresses stay true.

    Args:
        spec: a name, which stays as it is, or the path of one's own images.
    """
    path = Path(spec)
    if not path.is_absolute():
        return spec
    if path.parent.parent == uploads.folder().resolve():
        return f"{path.name} (upload {path.parent.name[:6]})"
    if path.parent == library.own_root():
        return f"{path.name} (own images)" if path.name in all_sources() else path.name
    return f"{path.name} ({path.parent})"


def by_name(specs: Iterable[str]) -> dict[str, str]:
    """Return data sets by the names under which they are listed, in their order; the second of one name by its path."""
    found: dict[str, str] = {}
    for spec in specs:
        name = listed(spec)
        found[spec if name in found else name] = spec
    return found
