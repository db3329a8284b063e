"""The trainings of a search as a study in a journal of Optuna, beside the file of the search, for Optuna's own tools.

Result rows are the truth: the journal follows them, and one that is missing, damaged or says otherwise is made anew.
"""

from __future__ import annotations

import fcntl
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coreset_engine.errors import EngineError
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.sweep import search_files
from coreset_engine.sweep.candidates import Evidence, Trial, counted_value
from coreset_engine.sweep.strategies import model

if TYPE_CHECKING:
    import optuna

ENDING = ".journal"
Ident = tuple[str, int, int]  # coreset as text, seed and epochs of a training
_DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError)


@dataclass(frozen=True)
class _Followed:
    """What the search knows of one rate and architecture, with its candidates as text, as places, and their axes."""

    evidence: Evidence
    texts: tuple[str, ...]
    places: list[dict[str, Any]]
    axes: dict[str, Any]

    def idents(self) -> dict[Ident, Trial]:
        """Return the trainings so far by what names them in the journal."""
        return {(self.texts[trial.candidate], trial.seed, trial.epochs): trial for trial in self.evidence.values}


class Journal:
    """Studies of one search, one per rate and architecture; each training is one trial.

    A training of full length is complete, a shorter one is pruned with its value at its length; what failed, or collapsed to
    one class, has failed.
    """

    def __init__(self, path: Path, metric: str) -> None:
        """Open a journal, or begin one where there is none that can be read.

        Args:
            path: of its file.
            metric: figure of a row that is its value.
        """
        self._path, self._metric = path, metric
        self._followed: dict[str, _Followed] = {}
        self._studies: dict[str, optuna.Study] = {}
        self._known: dict[str, dict[Ident, float]] = {}
        try:
            self._open()
        except _damage():
            self._begin()

    def follow(self, architecture: str, evidence: Evidence) -> None:
        """Add the trainings that the journal lacks; make it anew where it says otherwise of one than its row.

        Args:
            architecture: that is trained.
            evidence: of one rate, the same object each time.
        """
        name = f"{architecture} rate={evidence.candidates[0].rate!r}"
        if name not in self._followed:
            self._followed[name] = _followed(evidence)
        known, wanted = self._known.get(name, {}), self._followed[name].idents()
        if any(not _same(known[one], evidence.values[wanted[one]]) for one in wanted if one in known):
            self._anew()
        else:
            self._add(name, {one: trial for one, trial in wanted.items() if one not in known})

    def end(self) -> None:
        """Make the journal anew where it tells of trainings that the search has not asked for."""
        told = {name: set(known) for name, known in self._known.items()}
        if told != {name: set(one.idents()) for name, one in self._followed.items()}:
            self._anew()

    def _open(self) -> None:
        """Read the journal; whatever Optuna raises for one that is damaged."""
        with suppress(FileNotFoundError), open(self._path, "rb") as file:
            if os.fstat(file.fileno()).st_size and (file.seek(-1, os.SEEK_END), file.read())[1] != b"\n":
                raise ValueError("its last line is not whole")
        for name, study in studies(self._path).items():
            self._studies[name] = study
            self._known[name] = {
                (one.user_attrs["coreset"], one.user_attrs["seed"], one.user_attrs["epochs"]): value_of(one)
                for one in study.get_trials(deepcopy=False)
            }

    def _begin(self) -> None:
        """Begin an empty journal."""
        self._path.unlink(missing_ok=True)
        self._studies, self._known = {}, {}

    def _anew(self) -> None:
        """Write the journal anew, with all that is followed."""
        self._begin()
        for name, one in self._followed.items():
            self._add(name, one.idents())

    def _add(self, name: str, trials: dict[Ident, Trial]) -> None:
        """Add trainings to a study, which is made with its first one."""
        import optuna

        if not trials:
            return
        one = self._followed[name]
        if name not in self._studies:
            study = optuna.create_study(storage=_storage(self._path), study_name=name, direction="maximize")
            study.set_user_attr("metric", self._metric)
            self._studies[name] = study
        for ident, trial in trials.items():
            value = one.evidence.values[trial]
            state, told, steps = _ending(value, trial.epochs, one.evidence.epochs)
            facts = dict(zip(("coreset", "seed", "epochs"), ident, strict=True))
            self._studies[name].add_trial(optuna.trial.create_trial(
                state=state, value=told, intermediate_values=steps, params=one.places[trial.candidate],
                distributions=one.axes, user_attrs=facts | {"row": one.evidence.rows.get(trial, "")}))  # fmt: skip
            self._known.setdefault(name, {})[ident] = value


@contextmanager
def opened(request: SweepRequest) -> Iterator[Journal | None]:
    """Yield the journal of a search, None where another process writes it: what that one trains is in the rows.

    Raises:
        OSError: the cache can't be written.
    """
    path = search_files.path_of(request).with_suffix(ENDING)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path.with_suffix(".lock"), os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        yield None
        return
    try:
        yield Journal(path, request.metric)
    finally:
        os.close(lock)


def studies(path: Path) -> dict[str, optuna.Study]:
    """Return the studies of a journal by name; none where there is no file."""
    import optuna

    if not path.exists():
        return {}
    storage = _storage(path)
    names = [one.study_name for one in storage.get_all_studies()]
    return {name: optuna.load_study(study_name=name, storage=storage) for name in names}


def check(path: Path, rows: dict[str, dict[str, Any]]) -> bool:
    """Return True where a journal says of every training what its row says.

    Args:
        path: of its file.
        rows: all result rows by key.

    Raises:
        EngineError: it can't be read, or says otherwise.
    """
    try:
        for study in studies(path).values():
            for trial in study.get_trials(deepcopy=False):
                row = rows.get(trial.user_attrs["row"])
                if row is not None and not _same(value_of(trial), counted_value(row, study.user_attrs["metric"])):
                    raise ValueError(f"trial {trial.number} is not what its result row says")
    except _damage() as error:
        told = f"{path} can't be trusted: {error}. Delete it: the search makes it anew of the rows when it goes on."
        raise EngineError(told) from None
    return True


def value_of(trial: optuna.trial.FrozenTrial) -> float:
    """Return what a trial's training reached, NaN where it failed."""
    if trial.intermediate_values:
        return float(trial.intermediate_values[max(trial.intermediate_values)])
    return math.nan if trial.value is None else float(trial.value)


def _storage(path: Path) -> optuna.storages.JournalStorage:
    """Return the storage of a file."""
    import optuna
    from optuna.storages import journal

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.storages.JournalStorage(journal.JournalFileBackend(str(path)))


def _damage() -> tuple[type[Exception], ...]:
    """Return what reading a damaged journal raises."""
    import optuna

    return (*_DAMAGE, optuna.exceptions.OptunaError)


def _followed(evidence: Evidence) -> _Followed:
    """Return what is followed of one rate and architecture."""
    from coreset_engine.sweep.sampler import spaces

    places = model.places_of(evidence.candidates)
    return _Followed(evidence, tuple(one.to_text() for one in evidence.candidates), places, spaces(places))


def _same(one: float, other: float) -> bool:
    """Return whether two values are equal, or both missing."""
    return one == other or (math.isnan(one) and math.isnan(other))


def _ending(value: float, epochs: int, full: int) -> tuple[Any, float | None, dict[int, float]]:
    """Return how a training ended as Optuna names it, its value where that counts, and its value by epochs."""
    from optuna.trial import TrialState

    if math.isnan(value):
        return TrialState.FAIL, None, {}
    return (TrialState.COMPLETE, value, {}) if epochs == full else (TrialState.PRUNED, None, {epochs: value})
