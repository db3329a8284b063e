"""Errors that a user can mend: each message says what was given, what is allowed and what to do."""


class EngineError(Exception):
    """Base of every error caused by input; the command line exits with 2, pages show the sentence."""


def newer_file(where: object, found: int, known: int) -> str:
    """Return the sentence that refuses a file of a later format than this program knows.

    Args:
        where: the file.
        found: version of its format.
        known: the latest version that this program reads.
    """
    return (
        f"{where} was written by a newer version of Coreset Explorer (its format is version {found}, this one reads up to "
        f"{known}). Update the program, or choose another cache."
    )


def newer_version(content: object, kind: str, known: int) -> int:
    """Return the version that a JSON file of a kind says when it is later than the known one, else 0.

    Args:
        content: of the file.
        kind: its "format".
        known: the latest version that this program reads.
    """
    if not isinstance(content, dict) or content.get("format") != kind:
        return 0
    version = content.get("version")
    return version if type(version) is int and version > known else 0


class UnknownNameError(EngineError):
    """A name of a run, data set, method, rule or architecture is unknown or not allowed."""


class ConfigError(EngineError):
    """A value of a recipe or of an option lies outside what is allowed."""


class DatasetError(EngineError):
    """Images or labels can't be found, read or trusted."""


class RunError(EngineError):
    """A recorded run is missing, damaged, locked by another writer or can't be written."""


class BusyError(RunError):
    """Another process is at the same work; it can be asked for again when that has ended."""


class RankError(RunError):
    """Another of the processes that share one training ended, or could not begin."""


class DynamicsError(EngineError):
    """Arrays offered as training dynamics have a wrong shape, are not finite or lack a signal."""


class WindowError(EngineError):
    """A window of epochs does not fit the recorded epochs, or two windows overlap."""


class SelectionError(EngineError):
    """A selection rate or rule can't be met with the scores given."""


class ViewerError(EngineError):
    """Something would be started, written or deleted by a process that only shows."""


class Interrupted(Exception):  # noqa: N818 - it is no error: the work so far is kept
    """A training was asked to stop; its checkpoint is written."""


class JobError(EngineError):
    """A job is unknown, or can't be started or cancelled in its present state."""
