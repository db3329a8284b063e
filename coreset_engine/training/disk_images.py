"""Images that are larger than memory: read from their map batch by batch, ahead of the training."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray

from coreset_engine import memory
from coreset_engine.datasets import modality

THREADS = 2  # that read: NumPy gives up the interpreter's lock while it copies
AHEAD = 8  # batches read ahead at most
AHEAD_BYTES = 2**26  # that they may take, but for one batch, which is always read ahead
EVALUATED_BYTES = 2**25  # of images that a network looks at together: its activations take 20 to 100 times as much


class DiskImages:
    """The images of a split where they lie; stands for their tensor wherever batches are taken from it.

    A batch is the same to the bit as one taken from the tensor. Memory: `AHEAD_BYTES`, or one batch where that is more.
    """

    def __init__(
        self, images: NDArray[np.uint8], device: torch.device, rows: NDArray[np.integer] | None = None
    ) -> None:
        """Take the images of a split, a memory map, and the device that batches are put on; `rows` are some of them."""
        self._images, self._rows, self.device = np.asarray(images), rows, device
        self._kind = modality.of(images)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="images")
        self._coming: Iterator[torch.Tensor] = iter(())
        self._ahead: deque[tuple[torch.Tensor, Future[torch.Tensor]]] = deque()

    def __len__(self) -> int:
        """Return N."""
        return len(self._images if self._rows is None else self._rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (N, C, H, W), of volumes (N, C, D, H, W)."""
        return len(self), *self._kind.tensor(self._images[:0]).shape[1:]

    def take(self, rows: NDArray[np.integer]) -> torch.Tensor | DiskImages:
        """Return some of the images: a tensor where memory bears them, else those on the disk."""
        chosen = rows if self._rows is None else self._rows[rows]
        if is_held(len(chosen) * self._row_bytes, self.device):
            return self._read(chosen)
        return DiskImages(self._images, self.device, chosen)

    def expect(self, batches: Iterable[torch.Tensor]) -> None:
        """Begin to read batches, given as their rows, in the order in which they will be asked for; others are forgotten."""
        self._ahead.clear()
        self._coming = iter(batches)
        self._fill()

    def __getitem__(self, index: torch.Tensor) -> torch.Tensor:
        """Return a batch: the next one expected, or else one read now."""
        if not self._ahead or not _is_same(index, self._ahead[0][0]):
            return self._read(self._places(index))
        found = self._ahead.popleft()[1]
        self._fill()
        return found.result()

    def split(self, size: int) -> Iterator[torch.Tensor]:
        """Yield all images in order, at most `size` together, and no more than `EVALUATED_BYTES`."""
        size = max(1, min(size, EVALUATED_BYTES // self._row_bytes))
        parts = list(torch.arange(len(self)).split(size))
        self.expect(parts)
        for part in parts:
            yield self[part]

    @property
    def _row_bytes(self) -> int:
        """Return the bytes of one image."""
        return max(1, self._images[:1].nbytes)

    def _fill(self) -> None:
        """Read ahead until enough batches are under way."""
        held = sum(len(index) for index, _ in self._ahead) * self._row_bytes
        while not self._ahead or (len(self._ahead) < AHEAD and held < AHEAD_BYTES):
            index = next(self._coming, None)
            if index is None:
                return
            self._ahead.append((index, self._pool.submit(self._read, self._places(index))))
            held += len(index) * self._row_bytes

    def _places(self, index: torch.Tensor) -> NDArray[np.int64]:
        """Return where the images of a batch lie in the map."""
        rows = index.cpu().numpy()
        return rows if self._rows is None else self._rows[rows]

    def _read(self, places: NDArray[np.integer]) -> torch.Tensor:
        """Return images as `Modality.tensor` gives them, on the device."""
        batch = torch.from_numpy(np.ascontiguousarray(self._kind.tensor(self._images.take(places, axis=0))))
        return batch.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else batch


def is_held(needed: int, device: torch.device) -> bool:
    """Return whether images of so many bytes are held on a device; on a GPU they may take half of what is free there.

    Raises:
        EngineError: `$CORESET_MEMORY` is no number of bytes.
    """
    if not memory.is_held(needed):
        return False
    return device.type != "cuda" or needed <= torch.cuda.mem_get_info(device)[0] // 2


def _is_same(index: torch.Tensor, other: torch.Tensor) -> bool:
    """Return whether two lists of rows are the same memory, which needs no look at the device."""
    return index.data_ptr() == other.data_ptr() and len(index) == len(other)
