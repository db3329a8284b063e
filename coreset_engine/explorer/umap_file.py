"""The UMAP of a run in a file beside it: made once for a run's features and some options, by a command or a job."""

import io
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coreset_engine import arrays, paths, store
from coreset_engine.access import require_writable
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError, EngineError, Interrupted, RunError
from coreset_engine.explorer import umap_layout
from coreset_engine.explorer.played import MOST, replay_rows, snapshot_features
from coreset_engine.faults import unwritable

FILE_NAME = "umap.npz"
LARGEST = 40_000  # samples that are laid out; of more a sample by class
_VERSION = 1  # of the file and of what it means


class UmapLayout(NamedTuple):
    """Where some samples lie after each snapshot.

    Attributes:
        rows: (F,) int64 of the train split, ascending.
        epochs: (E,) of the snapshots.
        places: (E, 2, F) float32, across and upwards.
        neighbours: per sample, itself among them.
        seed: of the layout.
        total: N, train samples of the run.
    """

    rows: NDArray[np.int64]
    epochs: NDArray[np.int64]
    places: NDArray[np.float32]
    neighbours: int
    seed: int
    total: int


def rows_laid_out(dynamics: Dynamics, truth: Mapping[str, NDArray], *, most: int = LARGEST) -> NDArray[np.int64]:
    """Return the samples that are laid out, rows ascending: all, or `most` by class, among them those that are played."""
    if dynamics.n_samples <= most:
        return np.arange(dynamics.n_samples)
    played = replay_rows(dynamics, truth, most=min(MOST, most))
    more = replay_rows(dynamics, truth, most=most)
    return np.union1d(played, np.setdiff1d(more, played)[: most - len(played)])


def make(
    run: str,
    truth: Mapping[str, NDArray],
    *,
    neighbours: int = umap_layout.NEIGHBOURS,
    seed: int = 0,
    watch: Callable[[int, int], None] = lambda _done, _total: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> UmapLayout:
    """Return the layout of a run of the cache and write it beside the run; one made before with the same options is read.

    Args:
        run: its name.
        truth: what was injected, (N,) arrays as of `ImageSet.truth`.
        neighbours: per sample, itself among them.
        seed: of the layout.
        watch: told how many layouts of how many are done.
        should_stop: asked after each.

    Raises:
        ConfigError: umap-learn is not installed, or there are fewer than 2 neighbours.
        EngineError: the run is missing or damaged, or holds no features.
        Interrupted: it was asked to stop.
    """
    if neighbours < 2:
        raise ConfigError(f"UMAP needs 2 neighbours or more per sample, itself among them; these are {neighbours}.")
    dynamics = store.load_run(run)
    rows = rows_laid_out(dynamics, truth)
    before = stored(run)
    if before and (before.neighbours, before.seed) == (neighbours, seed) and np.array_equal(before.rows, rows):
        return before
    if not umap_layout.is_installed():
        raise ConfigError(umap_layout.NEEDED)
    require_writable("lay out a run")
    features = snapshot_features(run, rows)
    if not features:
        raise RunError(f"{run} holds no features (snapshot.h5), so there is no UMAP of it. Record it for one.")

    def tell(done: int, total: int) -> None:
        """Pass on how far it is, and stop where that is asked for."""
        watch(done, total)
        if done < total and should_stop():
            raise Interrupted(f"stopped after {done} of {total} layouts; they have to begin anew")

    places = umap_layout.layouts(features, neighbours=neighbours, seed=seed, watch=tell)
    found = UmapLayout(rows, np.array(sorted(features)), places, neighbours, seed, dynamics.n_samples)
    _write(run, found)
    return found


def stored(run: str) -> UmapLayout | None:
    """Return the layout beside a run; None where there is none, it is damaged, or the run's features are others now.

    Raises:
        RunError: a snapshot is damaged.
    """
    path = path_of(run)
    if not path.is_file():
        return None
    try:
        content = arrays.read_npz(path)
    except EngineError:  # made anew when it is asked for
        return None
    if int(content.get("version", np.array(0))) != _VERSION or int(content["sum"]) != _sum(content):
        return None
    if not np.array_equal(content["features"], _sums(run)):
        return None
    numbers = (int(content[name]) for name in ("neighbours", "seed", "total"))
    return UmapLayout(content["rows"], content["epochs"], content["places"], *numbers)


def path_of(run: str) -> Path:
    """Return where the layout of a run lies; it need not exist."""
    return paths.run_folder(run) / FILE_NAME


def _write(run: str, made: UmapLayout) -> None:
    """Write a layout beside its run, whole or not at all.

    Raises:
        RunError: the folder can't be written to.
    """
    content = {name: np.asarray(value) for name, value in made._asdict().items()}
    content |= {"version": np.asarray(_VERSION), "features": _sums(run)}
    buffer = io.BytesIO()
    np.savez(buffer, sum=np.asarray(_sum(content)), **content)  # type: ignore[arg-type]
    try:
        paths.write_atomically(path_of(run), buffer.getvalue())
    except OSError as error:
        raise RunError(unwritable(path_of(run), error)) from None


def _sums(run: str) -> NDArray[np.int64]:
    """Return (E, 2): the epoch of each snapshot of a run and the checksum of its features; 0 in files that hold none."""
    sums = store.snapshot_sums(paths.run_folder(run))
    return np.array(sorted(sums.items()), np.int64).reshape(-1, 2)


def _sum(content: Mapping[str, NDArray]) -> int:
    """Return the checksum of a file's arrays."""
    found = 0
    for name in sorted(set(content) - {"sum"}):
        found = zlib.crc32(np.ascontiguousarray(content[name]).tobytes(), zlib.crc32(name.encode(), found))
    return found
