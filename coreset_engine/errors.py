"""Errors that a user can mend: each message says what was given, what is allowed and what to do."""


class EngineError(Exception):
    """Base of every error caused by input; the command line exits with 2, pages show the sentence."""


class UnknownNameError(EngineError):
    """A name of a run, data set, method, rule or architecture is unknown or not allowed."""


class ConfigError(EngineError):
    """A value of a recipe or of an option lies outside what is allowed."""


class DatasetError(EngineError):
    """Images or labels can't be found, read or trusted."""


class RunError(EngineError):
    """A recorded run is missing, damaged, locked by another writer or can't be written."""


class DynamicsError(EngineError):
    """Arrays offered as training dynamics have a wrong shape, are not finite or lack a signal."""


class WindowError(EngineError):
    """A window of epochs does not fit the recorded epochs, or two windows overlap."""


class SelectionError(EngineError):
    """A selection rate or rule can't be met with the scores given."""


class Interrupted(Exception):  # noqa: N818 - it is no error: the work so far is kept
    """A training was asked to stop; its checkpoint is written."""


class JobError(EngineError):
    """A job is unknown, or can't be started or cancelled in its present state."""
