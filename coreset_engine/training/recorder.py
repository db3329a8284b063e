"""Recorder: writes training dynamics from anybody's training loop, on any device, without importing torch."""

import os
import warnings
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coreset_engine import config, paths, signals
from coreset_engine.access import require_writable
from coreset_engine.errors import DynamicsError, RunError
from coreset_engine.store import (
    FILE_NAME,
    RunClaim,
    RunFile,
    RunWriter,
    is_taken,
    new_uuid,
    read_as,
    read_request,
    refuse_other,
    utc_now,
    write_request,
)
from coreset_engine.training import open_recorders, recorder_checks
from coreset_engine.training.epoch_signals import HELD, EpochSignals


class Recorder:
    """Records the outputs of a training's forward passes as a run of the cache.

    Use it as a context manager: call `record` with every batch's logits, and `end_epoch` when the epoch has seen every
    sample once. Nothing waits for a GPU inside an epoch: logits of a torch model stay on their device until the epoch's
    end. The signals of a finished epoch are computed and written in a thread of their own while the next epoch trains;
    `flush` returns when they are on the disk. A recorder that nobody holds any more gives up its run as `close` does.
    """

    def __init__(
        self,
        run: str,
        *,
        labels: ArrayLike,
        classes: int,
        epochs: int,
        info: dict[str, Any] | None = None,
        probabilities: str = "",
        resume: bool = False,
        claim: RunClaim | None = None,
    ) -> None:
        """Make the run, or open it again.

        Args:
            run: name in the cache.
            labels: (N,) classes from 0, or (N, L) zeros and ones of a multi-label task; one-hot rows are classes.
            classes: C (L for a multi-label task); 1 means one output, a sigmoid's, and so two classes.
            epochs: T, epochs to be recorded.
            info: further fields of `store.RunInfo`, e.g. `dataset`, `class_names`, `architecture`, `seed`.
            probabilities: "float32" or "float16" keeps the (T, N, C) probabilities too.
            resume: go on with the run where it exists instead of refusing it.
            claim: of the run's folder, where the caller holds it already.

        Raises:
            UnknownNameError: the name can't be a run's.
            DynamicsError: labels and classes do not fit.
            RunError: the run exists already (with `resume`: was begun otherwise), is being written, or lacks room.
            ViewerError: this process only shows.
        """
        require_writable("record a run")
        folder = paths.run_folder(run)
        open_recorders.refuse_open(run, folder)
        self.run, self.epochs = run, recorder_checks.positive("epochs", epochs)
        self._outputs = recorder_checks.positive("classes", classes)
        self.classes, self.done = max(self._outputs, 2), 0  # done: whole epochs that were there at the start
        self._own_claim = RunClaim(folder) if claim is None else None  # before anything is looked at or written
        try:
            self._folder = folder
            self._labels, self.read_as = recorder_checks.labels_of(folder, labels, self.classes)
            if claim is None:
                recorder_checks.refuse_other_images(run, info or {}, self._labels)
            if classes == 1:
                self.read_as += signals.read_outputs(np.zeros((1, 1)), True)[1]
            for sentence in self.read_as:
                warnings.warn(f"{run}: {sentence}", stacklevel=2)
            lock = (claim or self._own_claim).descriptor  # type: ignore[union-attr]  # one of them is there
            self._writer = self._open(folder, lock, {"probabilities": probabilities, **(info or {})}, resume)
        except BaseException:
            if self._own_claim is not None:
                self._own_claim.close()
            raise
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
        self._held, self._early = 0, EpochSignals(self._labels)  # bytes of the parts; what was computed of the epoch
        self._buffer: Any = None  # outputs on a GPU, and whether a row was beyond the train split
        self._beyond: Any = False
        self._epoch, self._following = 0, self.done + 1  # whose logits the buffer holds; the first not recorded yet
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recorder")
        self._pending: Future[None] | None = None
        held = (self._thread, self._writer, self._own_claim, os.getpid())
        self._give_up, self.is_closed = weakref.finalize(self, open_recorders.give_up, *held), False
        open_recorders.note_open(folder, self)

    def _open(self, folder: Path, lock: int, asked: dict[str, Any], resume: bool) -> RunWriter:
        """Return the writer of the run, which is made where it does not exist; `asked` are fields of its file.

        Raises:
            RunError: the run exists already or was begun otherwise, or there is no room.
        """
        asked = recorder_checks.fields_of(self.run, asked)
        if is_taken(folder):
            if not resume:
                raise RunError(f"The run {self.run!r} exists already. Choose another name, or resume it.")
            file = RunFile(folder)
            refuse_other(self.run, file.info, asked)
            self._check_same(file)
            return RunWriter(folder, lock=lock)
        known: dict[str, Any] = {"created": utc_now(), "uuid": new_uuid(), "versions": config.versions()}
        known |= {"origin": "recorder", "multi_label": self._labels.ndim == 2}
        sizes: dict[str, Any] = {"epochs": self.epochs, "classes": self.classes}
        request = recorder_checks.info_of(self.run, sizes | {"samples": len(self._labels)} | known | asked)
        (folder / FILE_NAME).unlink(missing_ok=True)  # of one who was ended before its first epoch
        if self._own_claim is not None:
            plain = {name: getattr(request, name) for name in asked if name != "probabilities"}
            write_request(folder, sizes | plain, self.read_as)
        return RunWriter(folder, request, self._labels, lock=lock)

    def _check_same(self, file: RunFile) -> None:
        """Note the epochs done; raise a RunError when the run was made for other samples, classes, epochs or labels."""
        info = file.info
        made = (info.samples, info.classes, info.epochs)
        asked = (len(self._labels), self.classes, self.epochs)
        if made != asked:
            raise RunError(
                f"The run {self.run!r} was made for {made[0]:,} samples, {made[1]} classes and {made[2]} epochs, not for "
                f"{asked[0]:,}, {asked[1]} and {asked[2]}. Resume it with the same, or choose another name."
            )
        if not np.array_equal(file.read("labels"), self._labels):
            raise RunError(f"The run {self.run!r} was made with other labels. Resume it with the same ones.")
        self.done = file.done()

    def record(self, epoch: int, index: Any, logits: Any) -> None:
        """Take the logits of one batch, computed in train mode before the batch's update.

        Of a sample that comes twice in an epoch, as samplers give it that fill up the last batch, the last logits count.

        Args:
            epoch: from 1.
            index: (B,) rows of the train split; torch or numpy.
            logits: (B, C), before softmax or sigmoid; torch on any device, numpy, or nested lists.

        Raises:
            DynamicsError: the shapes or rows do not fit, the epoch does not exist, or the one before has not ended.
        """
        recorder_checks.refuse_closed(self.run, self.is_closed)
        count = recorder_checks.rows_in(index)
        logits = logits if hasattr(logits, "shape") else recorder_checks.array_of(logits)
        if logits.ndim != 2 or logits.shape[1] != self._outputs or count != len(logits):
            raise DynamicsError(
                f"A batch's logits must have shape (batch, {self._outputs}), one row for each index; they are "
                f"{tuple(logits.shape)} for {count} indices."
            )
        if (self._parts or self._buffer is not None or self._early) and epoch != self._epoch:
            raise DynamicsError(
                f"Epoch {epoch} can't be recorded yet: epoch {self._epoch} has not ended. Call end_epoch({self._epoch}) "
                "first."
            )
        self._epoch = recorder_checks.turn_of(epoch, self.epochs, self._following)
        if getattr(getattr(logits, "device", None), "type", "cpu") == "cpu":
            self._take_on_host(index, logits)
        else:
            self._take_on_device(index, logits.detach().float())

    def _take_on_host(self, index: Any, logits: Any) -> None:
        """Keep a copy of a batch: the caller may use its arrays again. Sorting it in is left to the writing thread."""
        rows = recorder_checks.rows_of(index, len(self._labels))
        values = logits if isinstance(logits, np.ndarray) else logits.detach().float().numpy()
        self._parts.append((rows, recorder_checks.numbers_of(values)))
        self._held += values.nbytes
        if self._held > HELD and self._outputs > 1 and not self._writer.info.probabilities:
            self.flush()
            self._pending = self._thread.submit(self._add, self._parts)
            self._parts, self._held, self._early.is_begun = [], 0, True

    def _add(self, parts: list[tuple[NDArray[np.int64], NDArray[np.float32]]]) -> None:
        """Compute the signals of batches while the epoch goes on: outputs of all samples may be larger than memory."""
        if self._epoch == 1 and not self._early.rows:
            self._say_doubt(parts[0][1])
        self._early.add(parts)

    def _take_on_device(self, index: Any, logits: Any) -> None:
        """Sort a batch into a buffer on its GPU; nothing here waits for the GPU: rows on it are judged at the end."""
        rows, beyond = recorder_checks.rows_for_device(index, len(self._labels))
        if self._buffer is None:
            self._buffer = logits.new_full((len(self._labels), self._outputs), float("nan"))
        self._buffer[rows] = logits
        self._beyond = beyond | self._beyond

    def end_epoch(self, epoch: int, **metrics: Any) -> None:
        """Hand the epoch over to be written; raises what the writing of the epoch before met.

        Args:
            epoch: from 1.
            metrics: any of `store.METRICS`, e.g. `train_loss`, `val_accuracy`; and `val_loss_per_class`, (C,), NaN for a
                class without samples, which a run made with `info={"val_loss_per_class": True}` keeps and CLD reads.

        Raises:
            DynamicsError: a sample was not recorded in this epoch, another epoch was, a logit is not finite, or a metric is
                unknown or none that can be.
            RunError: the disk refuses.
        """
        recorder_checks.refuse_closed(self.run, self.is_closed)
        recorder_checks.refuse_metrics(self.run, epoch, metrics, own=self._writer.info.origin == "recorded")
        self.flush()
        if self._buffer is None and not self._parts and not self._early:
            raise DynamicsError(f"Nothing was recorded in epoch {epoch}. Call record() with every batch first.")
        if epoch != self._epoch:
            raise DynamicsError(
                f"Epoch {epoch} can't end: epoch {self._epoch} was recorded. Give the same number to both."
            )
        buffer = self._buffer
        parts: list[tuple[Any, NDArray[np.float32]]] = [*self._parts]  # rows and what was recorded of them
        self._parts, self._held, self._buffer = [], 0, None
        early, self._early = self._early, EpochSignals(self._labels)
        beyond, self._beyond = self._beyond, False
        if early:
            seen = early.add(parts).seen
        elif buffer is None:
            seen = np.bincount(np.concatenate([rows for rows, _ in parts]), minlength=len(self._labels)) > 0
        else:
            recorder_checks.refuse_beyond(epoch, bool(beyond), len(self._labels))
            parts = [(slice(None), buffer.cpu().numpy())]
            seen = ~np.isnan(parts[0][1][:, 0])
        missing = np.flatnonzero(~seen)
        if len(missing):
            raise DynamicsError(
                f"Epoch {epoch}: {len(missing):,} of {len(seen):,} samples were not recorded or are NaN (first: row "
                f"{missing[0]}). Train on every sample in every epoch (no drop_last); if all were seen, the training "
                "diverged: lower the learning rate."
            )
        self._following = max(self._following, epoch + 1)
        work: Any = self._writer.write_epoch if early else self._write
        self._pending = self._thread.submit(work, epoch, early.rows if early else parts, metrics)

    def flush(self) -> None:
        """Return when every epoch handed over is written."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.result()

    def sync(self) -> None:
        """Return when every epoch handed over is safe from a power cut, too."""
        self.flush()
        self._writer.sync()

    def close(self) -> None:
        """Finish writing and give up the run's lock."""
        self.is_closed = True
        try:
            self.flush()
        finally:
            self._thread.shutdown()
            self._give_up()

    def __enter__(self) -> Self:
        """Return the recorder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the run; epochs recorded so far stay."""
        self.close()

    def _write(self, epoch: int, parts: list[tuple[Any, NDArray[np.float32]]], metrics: dict[str, Any]) -> None:
        """Sort one epoch's batches, compute its signals and write them."""
        logits = np.empty((len(self._labels), self._outputs), np.float32)
        for index, values in parts:
            logits[index] = values
        if epoch == 1:
            self._say_doubt(logits)
        logits = signals.read_outputs(logits, True)[0] if self._outputs == 1 else logits
        rows = signals.from_logits(logits, self._labels)
        if self._writer.info.probabilities:
            rows["probabilities"] = signals.probabilities(logits, self._labels.ndim == 2)
        self._writer.write_epoch(epoch, rows, metrics)

    def _say_doubt(self, logits: NDArray[np.float32]) -> None:
        """Warn, here and in `run.json`, where the first epoch's logits look like probabilities."""
        doubt = signals.doubt_about_logits(logits, self._labels.ndim == 2)
        for sentence in doubt:
            warnings.warn(f"{self.run}: {sentence}", stacklevel=2)
        if doubt:
            self.read_as += doubt
            write_request(self._folder, read_request(self._folder), (*read_as(self._folder), *doubt))
