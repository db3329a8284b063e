"""The window map itself: every legal pair of windows of a run, and what their coresets are like."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import DynamicsError, Interrupted, SelectionError
from coreset_engine.selection import coreset_size
from coreset_engine.window_map import bitsets, ranks, windows
from coreset_engine.window_map.measures import Reference, chosen
from coreset_engine.window_map.sets import Sets

_BLOCK = 1 << 19  # scores per early window of a task: more would leave the caches, fewer spend the time on calls
_MEASURED = 128  # sets that are measured at once
_THREADS = 4  # at most; NumPy gives up the interpreter's lock


@dataclass(frozen=True)
class WindowMap:
    """Measures of the EVA coresets of every legal pair of windows of one run.

    Attributes:
        starts: (S,) first epochs of the windows, counted from 1, ascending.
        length: K, epochs per window.
        rate: α.
        size: M, samples a coreset.
        samples: N.
        epochs: T.
        runs: of how many runs the stability is.
        matrices: by measure, (S, S) float32; row: early start, column: late start; NaN where t_l < t_e + K.
    """

    starts: NDArray[np.int64]
    length: int
    rate: float
    size: int
    samples: int
    epochs: int
    runs: int = 1
    matrices: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def pairs(self) -> int:
        """Return the number of legal pairs."""
        return windows.pair_count(self.starts, self.length)

    @property
    def sampled(self) -> int:
        """Return over how many samples the rank agreement is computed."""
        return min(self.samples, ranks.SAMPLE)


def window_map(
    norms: NDArray[np.floating],
    labels: NDArray[np.integer],
    *,
    length: int,
    rate: float,
    current: NDArray[np.bool_],
    step: int = 10,
    scores: NDArray[np.floating] | None = None,
    suspects: NDArray[np.bool_] | None = None,
    others: Sequence[NDArray[np.floating]] = (),
    measures: Sequence[str] | None = None,
    watch: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> WindowMap:
    """Return measures of the coresets that EVA keeps for every pair of windows.

    Each coreset is exactly that of `select(..., method="eva", rule="top")` for this pair and rate.

    Args:
        norms: (T, N) error norms of the run.
        labels: (N,) classes; for a multi-label task one number a label set.
        length: K, epochs per window.
        rate: α, share of samples kept, above 0 and up to 1.
        current: (N,) whether a sample is in the coreset to compare with.
        step: epochs from one start to the next: 10 is coarse (290 pairs at T = 200, K = 10, the papers' starts
            included), 1 takes every pair (16,471).
        scores: (N,) current scores for the rank agreement; the higher, the sooner kept.
        suspects: (N,) planted or suspected label errors.
        others: (T, N) error norms of runs of the same recipe with other seeds, for the stability.
        measures: names, see `MEASURES`; None computes all for which there is what they need.
        watch: told how many pairs are done, and of how many.
        should_stop: asked now and then.

    Raises:
        WindowError: two windows of this length do not fit the run, or the step is below 1.
        SelectionError: the rate is not in 0 < rate <= 1.
        DynamicsError: shapes disagree, or an error norm is NaN or infinite.
        ConfigError: a measure is unknown, or lacks what it needs.
        Interrupted: `should_stop` said so.
    """
    runs = [np.asarray(run) for run in (norms, *others)]
    _check(runs, {"labels": labels, "current": current, "scores": scores, "suspects": suspects})
    given = {"scores": scores, "suspects": suspects, "others": others or None}
    names = chosen(measures, {name for name, values in given.items() if values is not None})
    epochs, samples = runs[0].shape
    starts, size, layout = windows.starts(epochs, length, step), coreset_size(rate, samples), bitsets.layout(labels)
    reference = Reference(
        layout, layout.pack(current), None if suspects is None else layout.pack(np.asarray(suspects, bool))
    )
    threads = min(_THREADS, os.cpu_count() or 1)
    used = runs if "stability" in names else runs[:1]
    sets = [Sets(run, starts, length, size, layout, threads) for run in used]
    agreement = (
        ranks.Agreement(runs[0], starts, length, scores) if scores is not None and "agreement" in names else None
    )
    tiles = _Tiles(starts, length, names, reference, sets, agreement)
    tiles.fill(max(1, _BLOCK // layout.bits), threads, watch, should_stop)
    return WindowMap(starts, length, rate, size, samples, epochs, len(runs), tiles.matrices)


class _Tiles:
    """The matrices of a map while they are filled, some late windows at a time."""

    def __init__(
        self,
        starts: NDArray[np.int64],
        length: int,
        names: Sequence[str],
        reference: Reference,
        sets: Sequence[Sets],
        agreement: ranks.Agreement | None,
    ) -> None:
        """Take what `window_map` prepared; every matrix begins as NaN."""
        self._first_late = windows.first_late(starts, length)
        self._pairs = windows.pair_count(starts, length)
        self._names, self._reference, self._sets, self._agreement = names, reference, sets, agreement
        self.matrices = {name: np.full((len(starts), len(starts)), np.nan, np.float32) for name in names}

    def fill(
        self, width: int, threads: int, watch: Callable[[int, int], None] | None, should_stop: Callable[[], bool]
    ) -> None:
        """Compute every legal pair, `width` late windows a task; the tasks with most pairs begin first.

        Raises:
            Interrupted: `should_stop` said so.
        """
        total, done, stopping = len(self._first_late), 0, False
        tasks = [slice(start, min(start + width, total)) for start in range(0, total, width)]
        with ThreadPoolExecutor(threads) as pool:
            futures: list[Future[int]] = [pool.submit(self._columns, task) for task in reversed(tasks)]
            for future in as_completed(futures):
                if stopping := stopping or should_stop():
                    pool.shutdown(wait=False, cancel_futures=True)
                    break
                done += future.result()
                if watch:
                    watch(done, self._pairs)
        if stopping:
            raise Interrupted("The window map was stopped before it was complete.")

    def _columns(self, late: slice) -> int:
        """Fill some columns of the matrices and return how many pairs that were."""
        pairs = 0
        waiting: list[tuple[int, slice, list[NDArray[np.uint64]]]] = []
        for early, first in enumerate(self._first_late):
            legal = slice(max(late.start, int(first)), late.stop)
            if legal.start >= legal.stop:
                break  # the starts ascend: later early windows are nearer still
            waiting.append((early, legal, [sets.kept(early, legal) for sets in self._sets]))
            if self._agreement:
                self.matrices["agreement"][early, legal] = self._agreement.of(early, legal)
            pairs += legal.stop - legal.start
            if len(waiting) * (late.stop - late.start) >= _MEASURED:
                self._measure(waiting)
                waiting = []
        self._measure(waiting)
        return pairs

    def _measure(self, waiting: Sequence[tuple[int, slice, list[NDArray[np.uint64]]]]) -> None:
        """Fill the matrices for early windows with their late ones and the sets of each pair, run by run."""
        if not waiting:
            return
        sets = [np.concatenate(own) for own in zip(*(kept for _, _, kept in waiting), strict=True)]
        for name, values in self._reference.measure(self._names, sets).items():
            parts = np.split(values, np.cumsum([legal.stop - legal.start for _, legal, _ in waiting])[:-1])
            for (early, legal, _), part in zip(waiting, parts, strict=True):
                self.matrices[name][early, legal] = part


def _check(runs: Sequence[NDArray[Any]], by_sample: dict[str, NDArray[Any] | None]) -> None:
    """Raise an EngineError unless everything has the run's shape, NaN is nowhere and there is a current coreset."""
    shape = runs[0].shape
    if len(shape) != 2 or not shape[1] or any(run.shape != shape for run in runs):
        found = ", ".join(str(run.shape) for run in runs)
        raise DynamicsError(f"Error norms must be (T, N), the same for every run; these are {found}. Give whole runs.")
    for name, values in by_sample.items():
        if values is not None and np.shape(values) != shape[1:]:
            raise DynamicsError(
                f"{name} has shape {np.shape(values)}, but the run has {shape[1]:,} samples. Give one each."
            )
    if by_sample["scores"] is not None and np.isnan(by_sample["scores"]).any():
        raise SelectionError("Some of the current scores are NaN, so no ranking exists. Mend them first.")
