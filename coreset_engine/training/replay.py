"""A training step as one CUDA graph: launched once instead of operation by operation."""

import warnings
from collections.abc import Callable
from typing import Any

import torch

Step = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
WARM_UPS = 3  # steps run as they are before they are captured: libraries load, cuDNN chooses, momentum begins


class Replay:
    """Does what a training step does, from a CUDA graph where the network allows it.

    A step of ResNet-18 on 256 small images is some 400 operations, which take the processor longer to launch than the GPU
    to compute. The first steps of each batch size run as they are, so that nothing is trained twice; then the step is
    captured, and only its row numbers change. A network that waits for the GPU inside a step (`.item()`, say) can't be
    captured and runs as it is.

    Source: CUDA graphs in PyTorch, https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
    """

    def __init__(self, step: Step) -> None:
        """Take the step: rows (B,) to logits (B, C) and loss (), both detached; it updates weights in place."""
        self._step = step
        self._done: dict[int, int] = {}  # steps run as they are, by batch size
        self._graphs: dict[int, _Graph] = {}
        self._aside = torch.cuda.Stream()  # captures and what leads up to them must not run on the default stream
        self._waits = False

    def __call__(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Train on one batch; what is returned is overwritten by the next step."""
        size = len(index)
        if size in self._graphs:
            return self._graphs[size](index)
        done = self._done.get(size, 0)
        if self._waits or done < WARM_UPS:
            self._done[size] = done + 1
            return self._watched(index) if done + 1 == WARM_UPS else self._run(index)
        # the graphs share their memory: what a step returns is used before the next one
        pool = next(iter(self._graphs.values())).pool if self._graphs else None
        self._graphs[size] = _Graph(self._step, index, self._aside, pool)
        return self._graphs[size](index)

    def _run(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Run the step on the stream on which it will be captured."""
        self._aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._aside):
            found = self._step(index)
        torch.cuda.current_stream().wait_stream(self._aside)
        return found

    def _watched(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Run the step and note whether it waits for the GPU."""
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            try:
                found = self._run(index)
            finally:
                torch.cuda.set_sync_debug_mode("default")
        for warning in told:
            if "called a synchronizing" in str(warning.message):
                self._waits = True
            elif "Synchronization debug mode" not in str(warning.message):  # of the mode itself, once a process
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
        return found


class _Graph:
    """The CUDA graph of a step on batches of one size."""

    def __init__(self, step: Step, index: torch.Tensor, stream: torch.cuda.Stream, pool: Any) -> None:
        """Capture the step, in the memory of another graph's where a pool is given; nothing of it runs yet."""
        self._index = index.clone()
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, pool=pool, stream=stream):
            self._found = step(self._index)
        self.pool = self._graph.pool()

    def __call__(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Run the step on other rows."""
        self._index.copy_(index)
        self._graph.replay()
        return self._found
