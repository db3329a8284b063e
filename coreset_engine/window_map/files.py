"""Window maps in the cache: made once, by a job or a page, and found again by what went into them."""

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import arrays, paths
from coreset_engine.alike import check_alike
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import EngineError
from coreset_engine.faults import unwritable
from coreset_engine.scores.eva import eva
from coreset_engine.selection import select_from_scores
from coreset_engine.window_map.grid import WindowMap, window_map
from coreset_engine.window_map.measures import MEASURES

_VERSION = 1  # of the file and of what the measures mean: a change makes new keys
_FIELDS = ("length", "rate", "size", "samples", "epochs", "runs")


def make(
    dynamics: Dynamics,
    *,
    length: int,
    rate: float,
    current: NDArray[np.bool_],
    step: int = 10,
    scores: NDArray[np.floating] | None = None,
    suspects: NDArray[np.bool_] | None = None,
    others: Sequence[Dynamics] = (),
    watch: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> WindowMap:
    """Return the window map of a run with every measure there is input for; one made before comes from the cache.

    Args:
        dynamics: the run.
        length: K, epochs per window.
        rate: α.
        current: (N,) whether a sample is in the coreset to compare with.
        step: epochs from one start to the next; 10 is coarse, 1 takes every pair.
        scores: (N,) current scores for the rank agreement; the higher, the sooner kept.
        suspects: (N,) planted or suspected label errors.
        others: runs of the same recipe with other seeds, for the stability.
        watch: told how many pairs are done, and of how many; not called when the map comes from the cache.
        should_stop: asked now and then.

    Raises:
        DynamicsError: another run has other samples or labels, or a signal is missing.
        EngineError: as `window_map` and `save` say.
    """
    settings: dict[str, Any] = {
        "length": length,
        "rate": rate,
        "step": step,
        "current": current,
        "scores": scores,
        "suspects": suspects,
    }
    name = key(dynamics, others, **settings)
    try:
        found = load(name)
    except EngineError:
        found = None  # a damaged file of the cache is made anew
    if found is None:
        norms = [run.error_norms for run in (dynamics, *others)]
        found = window_map(
            norms[0], dynamics.strata_labels, others=norms[1:], watch=watch, should_stop=should_stop, **settings
        )
        save(name, found)
    return found


def eva_coreset(
    dynamics: Dynamics, *, early: int, late: int, length: int, rate: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return what EVA keeps with one pair of windows, (N,), and its scores (N,): `current` and `scores` of a map.

    Raises:
        WindowError: a window does not fit the run, or the two overlap.
        SelectionError: the rate is not in 0 < rate <= 1.
    """
    scores = eva(dynamics, early=early, late=late, length=length)
    kept = np.zeros(dynamics.n_samples, bool)
    kept[select_from_scores(scores, dynamics.strata_labels, rate=rate)] = True
    return kept, scores


def key(dynamics: Dynamics, others: Sequence[Dynamics] = (), **settings: Any) -> str:
    """Return the name of the map that `make` makes of the same arguments.

    It is a hash of all their values, 20 ms for 27 MB of norms, so that a run with more epochs gets a map of its own.

    Args:
        dynamics: the run.
        others: runs of the same recipe with other seeds.
        settings: `length`, `rate`, `step`, `current`, `scores` and `suspects` of `make`; the last two may be None.

    Raises:
        DynamicsError: another run is no recording of the same with another seed, or a signal is missing.
    """
    check_alike([dynamics, *others])
    digest = hashlib.sha256(f"{_VERSION} {len(others)}".encode())
    norms = [run.error_norms for run in (dynamics, *others)]
    for name, value in [*enumerate(norms), ("labels", dynamics.labels), *sorted(settings.items())]:
        digest.update(f"\0{name}\0".encode())
        if isinstance(value, np.ndarray):
            digest.update(f"{value.dtype.str} {value.shape}\0".encode())
            digest.update(np.ascontiguousarray(value).data)
        else:
            digest.update(json.dumps(value).encode())
    return digest.hexdigest()[:32]


def path_of(name: str) -> Path:
    """Return where the map of a key lies in the cache; it need not exist.

    Raises:
        UnknownNameError: the key can't be part of a path.
    """
    return paths.cache_root() / "maps" / f"{paths.check_name(name)}.npz"


def save(name: str, made: WindowMap) -> None:
    """Write a map to the cache, whole or not at all.

    Raises:
        EngineError: the cache can't be written to.
    """
    facts = {"version": _VERSION} | {field: getattr(made, field) for field in _FIELDS}
    facts["sum"] = _sum(facts, made.starts, made.matrices)
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {"facts": np.array(json.dumps(facts)), "starts": made.starts, **made.matrices}
    np.savez_compressed(buffer, **arrays)
    try:
        paths.write_atomically(path_of(name), buffer.getvalue())
    except OSError as error:
        raise EngineError(unwritable(f"The window map {path_of(name)}", error)) from None


def load(name: str) -> WindowMap | None:
    """Return the map of a key, or None where the cache has none.

    Raises:
        EngineError: the file is damaged.
    """
    path = path_of(name)
    if not path.is_file():
        return None
    members = arrays.read_npz(path)
    try:
        facts = json.loads(str(members.pop("facts")))
        starts = members.pop("starts")
        square = (len(starts), len(starts))
        grid = (starts.ndim, starts.dtype.kind) == (1, "i") and (np.diff(starts) > 0).all()
        matrices = {measure: members[measure] for measure in MEASURES if measure in members}
        plain = all(values.shape == square and values.dtype == np.float32 for values in matrices.values())
        if facts["version"] != _VERSION or not grid or not plain or len(matrices) != len(members):
            raise ValueError("its parts do not fit together")
        if "sum" in facts and facts["sum"] != _sum(facts, starts, matrices):
            raise ValueError("it does not match its checksum")
        return WindowMap(starts=starts, **{field: facts[field] for field in _FIELDS}, matrices=matrices)
    except (LookupError, ValueError, TypeError, RecursionError) as error:
        raise EngineError(f"{path} is damaged ({error}). Delete it: the map is made again.") from None


def is_checked(name: str) -> bool:
    """Return whether the map of a key holds a sum; maps of before do not.

    Raises:
        EngineError: the file is damaged.
    """
    load(name)
    return "sum" in json.loads(str(arrays.read_npz(path_of(name), ("facts",))["facts"]))


def _sum(facts: dict[str, Any], starts: NDArray[np.integer], matrices: dict[str, NDArray[np.float32]]) -> str:
    """Return 16 digits of the SHA-256 over the facts, and over type, shape and values of every array by name."""
    digest = hashlib.sha256(json.dumps({key: facts[key] for key in sorted(facts) if key != "sum"}).encode())
    for name, values in sorted({"starts": starts, **matrices}.items()):
        digest.update(f"\0{name}\0{values.dtype.str}{values.shape}\0".encode())
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()[:16]
