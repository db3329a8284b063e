"""Ranks: one training shared by the processes that torchrun started, each on its device.

Every process holds all images and goes through the same batches in the same order. Of each batch it trains on its share: a
run of consecutive places, which differ by at most one in length and may be empty. The gradients are added up with the
weight of the share, so that every update is the one that a process alone makes of the whole batch, but for the rounding of
sums. Statistics of batch normalisation are taken over all shares, too. Each process draws the dropout of its own share.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from coreset_engine.errors import ConfigError, EngineError, RankError, RunError
from coreset_engine.training import prediction
from coreset_engine.training.devices import autocast, choose_device
from coreset_engine.training.losses import count_right, sample_losses
from coreset_engine.training.outcome import TrainingResult, Validation
from coreset_engine.training.place import Place, place
from coreset_engine.training.recorder import Recorder
from coreset_engine.training.replay import Step
from coreset_engine.training.shared_norm import share_norms
from coreset_engine.training.trainer import Trainer

Found = TypeVar("Found")
_WAIT = timedelta(hours=2)  # for one that downloads images or writes a snapshot; one that ended is noticed at once


@dataclass(frozen=True)
class Ranks:
    """The processes of one training, seen from one of them; all must call the same methods in the same order."""

    own: Place
    device: torch.device

    def share(self, length: int) -> slice:
        """Return which of the `length` places of a batch are this process's."""
        return share_of(length, self.own.rank, self.own.count)

    def agree(self, work: Callable[[], Found]) -> Found:
        """Return what this process's work gives, once that of every process has ended well.

        Raises:
            EngineError: this process's work raised it.
            RankError: another's did; rank 0 says which and why.
        """
        found, error, sentence = None, None, ""
        try:
            found = work()
        except EngineError as raised:
            error, sentence = raised, str(raised)
        said: list[str] = [""] * self.own.count
        distributed.all_gather_object(said, sentence)
        if error is not None:
            raise error
        for rank, other in enumerate(said):
            if other:
                raise RankError(f"Process {rank} of {self.own.count} can't begin: {other}")
        return found  # type: ignore[return-value]  # nothing was raised, so the work gave it

    def from_first(self, value: Found) -> Found:
        """Return the value that rank 0 gives."""
        given = [value]
        distributed.broadcast_object_list(given, src=0)
        return given[0]

    def to_first(self, value: Found) -> list[Found]:
        """Return on rank 0 what each process gives; nothing on the others."""
        given: list[Any] | None = [None] * self.own.count if self.own.rank == 0 else None
        distributed.gather_object(value, given, dst=0)
        return given or []

    def total(self, values: torch.Tensor) -> torch.Tensor:
        """Return the sum over the processes, on the CPU."""
        summed = values.detach().cpu()
        distributed.all_reduce(summed)
        return summed

    def any(self, flag: bool) -> bool:
        """Return whether a process says so."""
        return bool(self.total(torch.tensor(int(flag))) > 0)


@contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """Let this process take part in the training that torchrun started: gloo between CPUs, nccl between GPUs.

    Raises:
        ConfigError: there is no such device, or not a GPU for each process of this machine.
        RankError: another process ended.
    """
    own, chosen = place(), choose_device(device)
    if chosen.type == "cuda":
        if own.local_count > torch.cuda.device_count():
            raise ConfigError(
                f"{own.local_count} processes were started for {torch.cuda.device_count()} GPUs. Give --nproc-per-node "
                f"{torch.cuda.device_count()}, or --device cpu."
            )
        chosen = torch.device("cuda", own.local)
        torch.cuda.set_device(chosen)
    with _sentences():
        distributed.init_process_group("cpu:gloo" if chosen.type == "cpu" else "cpu:gloo,cuda:nccl", timeout=_WAIT)
        yield Ranks(own, chosen)
        gc.collect()  # a network that kept the group alive would end its threads only with the process, which aborts then
        distributed.destroy_process_group()


def share_of(length: int, rank: int, count: int) -> slice:
    """Return which of `length` places are those of one of `count` processes: each once, none twice, some may get none."""
    return slice(length * rank // count, length * (rank + 1) // count)


class RankRecorder:
    """What the trainer of one process records to: rank 0 merges what the others have seen, once per epoch."""

    def __init__(self, ranks: Ranks, recorder: Recorder | None) -> None:
        """Take rank 0's recorder; the others have none."""
        self._ranks, self._recorder = ranks, recorder
        self.done = ranks.from_first(recorder.done if recorder else 0)
        self._parts: list[tuple[torch.Tensor, torch.Tensor]] = []

    def record(self, epoch: int, index: torch.Tensor, logits: torch.Tensor) -> None:
        """Take the logits of a share."""
        self._parts.append((index, logits))

    def end_epoch(self, epoch: int, **figures: Any) -> None:
        """Hand what was seen to rank 0, which writes the epoch.

        Raises:
            DynamicsError: a sample was not seen or is not finite.
            RunError: the disk refuses, or a sample was seen twice.
        """
        index, logits = (torch.cat(parts).cpu().numpy() for parts in zip(*self._parts, strict=True))
        self._parts = []
        shares = self._ranks.to_first((index, logits))
        if self._recorder is None:
            return
        rows = np.concatenate([rows for rows, _ in shares])
        if len(np.unique(rows)) != len(rows):
            raise RunError(f"Epoch {epoch}: a sample was recorded by two processes. Record with one, and report this.")
        self._recorder.record(epoch, rows, np.concatenate([values for _, values in shares]))
        self._recorder.end_epoch(epoch, **figures)

    def sync(self) -> None:
        """Return when every epoch that this process wrote is safe."""
        if self._recorder is not None:
            self._recorder.sync()


class SharedTrainer(Trainer):
    """Trains one network together with the other processes; only rank 0 has a recorder and writes checkpoints."""

    def __init__(self, *given: Any, ranks: Ranks, recorder: Recorder | None = None, **named: Any) -> None:
        """Prepare a training; arguments as for `Trainer`. Weights of samples are not known here."""
        super().__init__(*given, **named)
        self.ranks = ranks
        self.recorder = RankRecorder(ranks, recorder)  # type: ignore[assignment]  # what a trainer asks of a recorder
        if self.device.type == "cuda":
            self.model = nn.SyncBatchNorm.convert_sync_batchnorm(self.model)
        else:
            share_norms(self.model)
        places = [self.device.index] if self.device.type == "cuda" else None
        self._network = DistributedDataParallel(self.model, device_ids=places)
        self._drawn = _states(self.device)

    def run(self) -> TrainingResult:
        """Train all epochs that are not done yet.

        Raises:
            EngineError: as of a trainer alone.
            RankError: another process ended.
        """
        with _sentences():
            return super().run()

    def stepper(self) -> Step:
        """Return what trains on one batch; it waits for other processes, so it is not captured as a CUDA graph."""
        return self._step

    def own_share(self, index: torch.Tensor) -> torch.Tensor:
        """Return this process's rows of a batch."""
        return index[self.ranks.share(len(index))]

    def total(self, sums: torch.Tensor) -> torch.Tensor:
        """Return sums over all processes."""
        return self.ranks.total(sums)

    def stops(self) -> bool:
        """Return whether a process was asked to stop; all then do."""
        return self.ranks.any(self.should_stop())

    def _train_epoch(self, epoch: int, step: Step) -> dict[str, float]:
        """Train on every sample once; what networks draw begins anew with every epoch, so that resuming needs no state."""
        with _drawing(self.device, _states(self.device)):
            torch.manual_seed((self.seed * 1_000_003 + epoch) * self.ranks.own.count + self.ranks.own.rank + 1)
            self._drawn = _states(self.device)
        return super()._train_epoch(epoch, step)

    def _step(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Train on one batch; return the logits of this process's share and its part of the batch's loss."""
        share = self.ranks.share(len(index))  # the whole batch is drawn: each image changes as by a process alone
        x = self.train.inputs(index, self.recipe, share)
        with _drawing(self.device, self._drawn), autocast(self.device, self.precision):
            logits = self._network(x)
        logits = logits.float()
        loss = sample_losses(logits, self.train.labels[index[share]], self.recipe.loss).sum() / len(index)
        self.optimizer.zero_grad(set_to_none=True)
        (loss * self.ranks.own.count).backward()  # the mean over the processes follows, which makes it the sum
        self.optimizer.step()
        return logits.detach(), loss.detach()

    def _record_eval(self, epoch: int, recorder: Recorder) -> None:
        """Record the eval-mode logits of this process's share of the train split."""
        rows = self._rows_of(len(self.train))
        logits = prediction.predict(self.model, self.train.take(rows), self.precision)
        recorder.record(epoch, torch.from_numpy(rows), logits)

    def _validate(self, epoch: int) -> Validation:
        """Return losses and accuracy on val, of which each process computes its share, and keep the best weights."""
        rows = self._rows_of(len(self.val))
        part = self.val.take(rows if len(rows) else np.arange(1))  # one more than none, for the number of classes
        logits = prediction.predict(self.model, part, self.precision)[: len(rows)]
        labels = part.labels[: len(rows)]
        losses, right = sample_losses(logits, labels, self.recipe.loss).sum(), count_right(logits, labels)
        sums = self.ranks.total(torch.stack([losses.double(), right.double()])) / len(self.val)
        self._keep_best(epoch, float(sums[1]), logits, labels)
        return Validation(
            {"val_loss": float(sums[0]), "val_accuracy": float(sums[1])}, self._class_losses(logits, labels)
        )

    def _rows_of(self, length: int) -> NDArray[np.int64]:
        """Return this process's rows of a split."""
        return np.arange(length)[self.ranks.share(length)]

    def _save(self) -> None:
        """Write the checkpoint on rank 0."""
        if self.ranks.own.rank == 0:
            super()._save()

    def _load(self) -> None:
        """Go on from the checkpoint where there is one.

        Raises:
            RunError: it can't be used, or not every process sees the same one.
        """
        self.ranks.agree(super()._load)
        if self.ranks.any(len(self.history) != self.ranks.from_first(len(self.history))):
            raise RunError("Not every process sees the same checkpoint. Give all the same cache, on a shared disk.")


@contextmanager
def _drawing(device: torch.device, states: list[torch.Tensor]) -> Iterator[None]:
    """Draw from generators in these states, which are moved on; those of before are then as they were."""
    before = _states(device)
    _set_states(device, states)
    try:
        yield
    finally:
        states[:] = _states(device)
        _set_states(device, before)


def _states(device: torch.device) -> list[torch.Tensor]:
    """Return the states of the CPU's and the device's generators."""
    return [torch.get_rng_state()] + ([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])


def _set_states(device: torch.device, states: list[torch.Tensor]) -> None:
    """Set the states of the CPU's and the device's generators."""
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn what a process meets when another has ended into a sentence.

    Raises:
        RankError: another process ended.
    """
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, distributed.DistError) or "gloo" in str(error) or "Connection closed" in str(error):
            raise RankError(
                "Another process of this training ended, so it can't go on. What was recorded before stays: give the same "
                "command with --resume."
            ) from None
        raise
