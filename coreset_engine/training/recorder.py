"""Recorder: writes training dynamics from anybody's training loop, on any device, without importing torch."""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coreset_engine import config, paths, signals
from coreset_engine.access import require_writable
from coreset_engine.errors import DynamicsError, RunError
from coreset_engine.store import FILE_NAME, RunFile, RunInfo, RunWriter, new_uuid, utc_now, write_request


class Recorder:
    """Records the outputs of a training's forward passes as a run of the cache.

    Use it as a context manager: call `record` with every batch's logits, and `end_epoch` when the epoch has seen every
    sample once. Nothing waits for a GPU inside an epoch: logits of a torch model stay on their device until the epoch's
    end. The signals of a finished epoch are computed and written in a thread of their own while the next epoch trains;
    `flush` returns when they are on the disk.
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
    ) -> None:
        """Make the run, or open it again.

        Args:
            run: name in the cache.
            labels: (N,) classes from 0, or (N, L) zeros and ones of a multi-label task.
            classes: C (L for a multi-label task).
            epochs: T, epochs to be recorded.
            info: further fields of `store.RunInfo`, e.g. `dataset`, `class_names`, `architecture`, `seed`.
            probabilities: "float32" or "float16" keeps the (T, N, C) probabilities too.
            resume: go on with the run where it exists instead of refusing it.

        Raises:
            UnknownNameError: the name can't be a run's.
            DynamicsError: labels and classes do not fit.
            RunError: the run exists already (with `resume`: for other sizes or labels), is being written, or lacks room.
            ViewerError: this process only shows.
        """
        require_writable("record a run")
        folder = paths.run_folder(run)
        self._labels = signals.check_labels(np.asarray(labels), classes)
        exists = (folder / FILE_NAME).is_file()
        if exists and not resume:
            raise RunError(f"The run {run!r} exists already. Choose another name, or resume it.")
        self.run, self.epochs, self.classes = run, epochs, classes
        self.done = 0  # whole epochs that were there at the start
        if exists:
            self._writer = RunWriter(folder)
            try:
                self._check_same(RunFile(folder))
            except BaseException:
                self._writer.close()
                raise
        else:
            known: dict[str, Any] = {"created": utc_now(), "uuid": new_uuid(), "versions": config.versions()}
            known |= {"origin": "recorder", "multi_label": self._labels.ndim == 2, "probabilities": probabilities}
            request = RunInfo(epochs=epochs, samples=len(self._labels), classes=classes, **(known | (info or {})))
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / "run.json").exists():
                write_request(folder, {"epochs": epochs, "classes": classes, **(info or {})})
            self._writer = RunWriter(folder, request, self._labels)
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
        self._buffer: Any = None
        self._epoch = 0  # whose logits the buffer holds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recorder")
        self._pending: Future[None] | None = None

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
            logits: (B, C), before softmax or sigmoid; torch on any device, or numpy.

        Raises:
            DynamicsError: the shapes or rows do not fit, the epoch does not exist, or the one before has not ended.
        """
        if not 1 <= epoch <= self.epochs:
            raise DynamicsError(
                f"Epoch {epoch} can't be recorded: the run has epochs 1 to {self.epochs}, counted from 1."
            )
        if logits.ndim != 2 or logits.shape[1] != self.classes or len(index) != len(logits):
            raise DynamicsError(
                f"A batch's logits must have shape (batch, {self.classes}), one row for each index; they are "
                f"{tuple(logits.shape)} for {len(index)} indices."
            )
        if (self._parts or self._buffer is not None) and epoch != self._epoch:
            raise DynamicsError(
                f"Epoch {epoch} can't be recorded yet: epoch {self._epoch} has not ended. Call end_epoch({self._epoch}) "
                "first."
            )
        self._epoch = epoch
        if getattr(getattr(logits, "device", None), "type", "cpu") == "cpu":
            self._take_on_host(index, logits)
        else:
            self._take_on_device(index, logits.detach().float())

    def _take_on_host(self, index: Any, logits: Any) -> None:
        """Keep a copy of a batch: the caller may use its arrays again. Sorting it in is left to the writing thread."""
        given = np.asarray(index.numpy() if hasattr(index, "numpy") else index)
        if given.size and given.dtype.kind not in "iu":
            raise DynamicsError(
                f"The index of a batch must be whole numbers, rows of the train split; it is {given.dtype}."
            )
        rows = np.array(given, np.int64)
        if rows.size and rows.view(np.uint64).max() >= len(self._labels):  # one pass: -1 is the largest uint64
            raise DynamicsError(
                f"A batch has rows {rows.min()} to {rows.max()}; the train split has rows 0 to {len(self._labels) - 1}."
            )
        values = logits if isinstance(logits, np.ndarray) else logits.detach().float().numpy()
        self._parts.append((rows, np.array(values, np.float32)))

    def _take_on_device(self, index: Any, logits: Any) -> None:
        """Sort a batch into a buffer on its GPU; nothing here waits for the GPU, so the rows are not looked at."""
        if self._buffer is None:
            self._buffer = logits.new_full((len(self._labels), self.classes), float("nan"))
        self._buffer[index] = logits

    def end_epoch(self, epoch: int, **metrics: float) -> None:
        """Hand the epoch over to be written; raises what the writing of the epoch before met.

        Args:
            epoch: from 1.
            metrics: any of `store.METRICS`, e.g. `train_loss`, `val_accuracy`.

        Raises:
            DynamicsError: a sample was not recorded in this epoch, another epoch was, or a logit is not finite.
            RunError: the disk refuses.
        """
        self.flush()
        if self._buffer is None and not self._parts:
            raise DynamicsError(f"Nothing was recorded in epoch {epoch}. Call record() with every batch first.")
        if epoch != self._epoch:
            raise DynamicsError(
                f"Epoch {epoch} can't end: epoch {self._epoch} was recorded. Give the same number to both."
            )
        buffer = self._buffer
        parts: list[tuple[Any, NDArray[np.float32]]] = [*self._parts]  # rows and what was recorded of them
        self._parts, self._buffer = [], None
        if buffer is None:
            seen = np.bincount(np.concatenate([rows for rows, _ in parts]), minlength=len(self._labels))
        else:
            parts = [(slice(None), buffer.cpu().numpy())]
            seen = ~np.isnan(parts[0][1][:, 0])
        missing = np.flatnonzero(seen == 0)
        if len(missing):
            raise DynamicsError(
                f"Epoch {epoch}: {len(missing):,} of {len(seen):,} samples were not recorded or are NaN (first: row "
                f"{missing[0]}). Train on every sample in every epoch (no drop_last); if all were seen, the training "
                "diverged: lower the learning rate."
            )
        self._pending = self._thread.submit(self._write, epoch, parts, metrics)

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
        try:
            self.flush()
        finally:
            self._thread.shutdown()
            self._writer.close()

    def __enter__(self) -> Self:
        """Return the recorder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the run; epochs recorded so far stay."""
        self.close()

    def _write(self, epoch: int, parts: list[tuple[Any, NDArray[np.float32]]], metrics: dict[str, float]) -> None:
        """Sort one epoch's batches, compute its signals and write them."""
        logits = np.empty((len(self._labels), self.classes), np.float32)
        for index, values in parts:
            logits[index] = values
        rows = signals.from_logits(logits, self._labels)
        if self._writer.info.probabilities:
            rows["probabilities"] = signals.probabilities(logits, self._labels.ndim == 2)
        self._writer.write_epoch(epoch, rows, metrics)
