"""Packages that only some files need."""

from importlib.util import find_spec

from coreset_engine.errors import ConfigError


def require(package: str, files: str, extra: str) -> None:
    """Return when a package is installed.

    Args:
        package: its name.
        files: that need it, e.g. "DICOM files".
        extra: that installs it.

    Raises:
        ConfigError: it is not.
    """
    if find_spec(package) is None:
        raise ConfigError(f"{files} need the package {package}. Install it: pip install coreset-explorer[{extra}].")
