"""The trainer: one loop for recording and for retraining, on the CPU and on a GPU."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from coreset_engine.config import Recipe
from coreset_engine.errors import Interrupted, RunError
from coreset_engine.store import CLASS_LOSS
from coreset_engine.training import checkpoints, prediction
from coreset_engine.training.batches import Split, batch_bounds
from coreset_engine.training.best import FIGURES, KAPPA, Best, balanced_accuracy, confusion, is_collapsed, kappa, tally
from coreset_engine.training.devices import autocast, keep_freed_memory, precision_on
from coreset_engine.training.learning_rate import rate_of
from coreset_engine.training.losses import (
    Weighting,
    check_weights,
    class_losses,
    count_right,
    mean_loss,
    weighted_loss,
)
from coreset_engine.training.optimizer import LeanSGD
from coreset_engine.training.outcome import TrainingResult, Validation
from coreset_engine.training.progress import Progress
from coreset_engine.training.recorder import Recorder
from coreset_engine.training.replay import Replay, Step

CHECKPOINT_SECONDS = 20  # at most this much work is lost to a crash, plus one epoch


def _placed(model: nn.Module, device: torch.device) -> nn.Module:
    """Return a network on its device, in the order of memory that suits convolutions of images."""
    flat = all(parameter.dim() < 5 for parameter in model.parameters())
    order = torch.channels_last if flat else torch.contiguous_format
    placed: nn.Module = model.to(device, memory_format=order)  # type: ignore[call-overload]  # torch's types leave it out
    return placed


class Trainer:
    """Trains one network; `run` may be called once, and goes on from the checkpoint when there is one."""

    def __init__(
        self,
        build: Callable[[], nn.Module],
        recipe: Recipe,
        seed: int,
        train: Split,
        val: Split,
        *,
        weights: torch.Tensor | None = None,
        weighting: Weighting = "none",
        recorder: Recorder | None = None,
        mode: Literal["train", "eval"] = "train",
        checkpoint: Path | None = None,
        on_weights: Callable[[int, nn.Module], None] | None = None,
        on_epoch: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        ordinal: bool = False,
        all_samples: int | None = None,
    ) -> None:
        """Prepare a training.

        Args:
            build: makes the network, after the seed is set.
            recipe: how to train.
            seed: decides weights, order of samples, and augmentation.
            train: split to train on.
            val: split that chooses the best epoch, on the same device.
            weights: (N,) of the samples of `train`, not negative, in its order; wanted by every weighting but "none".
            weighting: how they enter the loss, see `losses.weighted_loss`; `train_loss` is the loss that is minimised.
            recorder: gets every epoch's logits.
            mode: which logits: "train", those of each batch before its update; "eval", those of an extra eval-mode pass over
                `train`, not augmented, after the epoch's updates. It changes nothing else about the training.
            checkpoint: file for resuming; removed by nobody here.
            on_weights: given the epoch and the network after each epoch's updates, before a checkpoint covers the epoch;
                it may switch the network to eval mode but must not change it.
            on_epoch: told after every epoch.
            should_stop: asked after every epoch; a True saves the checkpoint and raises Interrupted.
            ordinal: whether classes are grades, so that an epoch can be the best by quadratic kappa, too.
            all_samples: N of the data that `train` is a part of, for the schedule "cosine-full"; its own by default.

        Raises:
            ConfigError: the weights do not fit, or the splits are not seen as the recipe says.
        """
        self.recipe, self.seed, self.train, self.val = recipe, seed, train, val
        self.device = train.images.device
        self.precision, self.all_samples = precision_on(recipe, self.device), all_samples or len(train)
        train.check(recipe)
        check_weights(weights, weighting, len(train))
        self.weights, self.weighting = weights if weights is None else weights.to(self.device), weighting
        self.recorder, self.mode, self.checkpoint = recorder, mode, checkpoint
        self.on_weights, self.on_epoch, self.should_stop = on_weights, on_epoch, should_stop
        torch.backends.cudnn.benchmark = self.device.type == "cuda"  # shapes are the same in every step
        keep_freed_memory()
        torch.manual_seed(seed)
        self.model = _placed(build(), self.device)
        self.optimizer = LeanSGD(
            self.model.parameters(),
            lr=recipe.learning_rate,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
            nesterov=recipe.nesterov and recipe.momentum > 0,
            fused=self.device.type == "cuda",
        )
        self._rate = torch.tensor(recipe.learning_rate, device=self.device)
        self.batches = batch_bounds(len(train), recipe.batch_size, drop_last=recipe.drop_last)
        self.best = {name: Best() for name in (*FIGURES, *([KAPPA] if ordinal else []))}
        self.history: list[dict[str, float]] = []
        self._saved = time.monotonic()

    def run(self) -> TrainingResult:
        """Train all epochs that are not done yet.

        Raises:
            Interrupted: `should_stop` said so; the checkpoint holds the state.
            DynamicsError: the training diverged while being recorded.
            RunError: the checkpoint can't be read or written.
        """
        self._load()
        step = self.stepper()
        for epoch in range(len(self.history) + 1, self.recipe.epochs + 1):
            started = time.perf_counter()
            figures = self._train_epoch(epoch, step)
            if self.recorder and self.mode == "eval":
                self._record_eval(epoch, self.recorder)
            found = self._validate(epoch)
            figures |= found.figures
            figures["seconds"] = time.perf_counter() - started
            self.history.append(figures)
            if self.recorder:
                self.recorder.end_epoch(epoch, **figures, **found.per_class)
            if self.on_weights:
                self.on_weights(epoch, self.model)
            stop = self.stops() and epoch < self.recipe.epochs
            if stop or time.monotonic() - self._saved > CHECKPOINT_SECONDS:
                self._save()
            if self.on_epoch:
                self.on_epoch(Progress(epoch, self.recipe.epochs, figures["seconds"], figures))
            if stop:
                raise Interrupted(f"stopped after epoch {epoch} of {self.recipe.epochs}")
        if self.recorder:
            self.recorder.sync()
        return TrainingResult(self.model, self.best, self.history)

    def stepper(self) -> Step:
        """Return what trains on one batch; kept by the caller, since a trainer that held it would outlive its use."""
        return Replay(self._step) if self.device.type == "cuda" and self.train.is_held else self._step

    def own_share(self, index: torch.Tensor) -> torch.Tensor:
        """Return the rows of a batch that this process trains on: all, but of several processes (see `ranks`)."""
        return index

    def total(self, sums: torch.Tensor) -> torch.Tensor:
        """Return sums over the samples that this process trains on as sums over all."""
        return sums

    def epoch_rows(self, epoch: int) -> NDArray[np.int64]:
        """Return the rows that an epoch trains on, in their order: all, shuffled."""
        return np.random.default_rng([self.seed, epoch]).permutation(len(self.train))

    def saw(self, rows: torch.Tensor, logits: torch.Tensor) -> None:
        """Take what a batch gave before its update, for a training mode that asks for it (see `sampled`)."""

    def further_state(self) -> dict[str, Any]:
        """Return what a checkpoint holds besides: nothing, but of a training mode (see `sampled`)."""
        return {}

    def take_state(self, state: dict[str, Any]) -> None:
        """Go on with what `further_state` gave to a checkpoint."""

    def stops(self) -> bool:
        """Return whether the training is to end after this epoch."""
        return self.should_stop()

    def _train_epoch(self, epoch: int, step: Step) -> dict[str, float]:
        """Train on the epoch's samples once and return train loss, accuracy and the last learning rate."""
        # one seed an epoch makes an epoch independent of the ones before, so that resuming needs no generator state
        torch.manual_seed(self.seed * 1_000_003 + epoch)
        order = torch.from_numpy(self.epoch_rows(epoch)).to(self.device)
        batches = batch_bounds(len(order), self.recipe.batch_size, drop_last=self.recipe.drop_last)
        self.model.train()
        loss_sum = torch.zeros((), device=self.device, dtype=torch.float64)
        right = torch.zeros((), device=self.device, dtype=torch.float64)
        rate = 0.0
        self.train.expect(order[start:stop] for start, stop in batches)
        for number, (start, stop) in enumerate(batches):
            done = number * len(self.batches) // len(batches)  # a shorter epoch goes through its rates in larger steps
            rate = rate_of(self.recipe, epoch, done, len(self.batches), self.all_samples)
            self.set_rate(rate)
            index = order[start:stop]
            logits, loss = step(index)
            loss_sum += loss * len(index)
            rows = self.own_share(index)
            if self.recorder and self.mode == "train":
                self.recorder.record(epoch, rows, logits)
            self.saw(rows, logits)
            right += count_right(logits, self.train.labels[rows])
        figures = self.total(torch.stack([loss_sum, right])).cpu() / batches[-1][1]  # the only wait for the device
        return {"train_loss": float(figures[0]), "train_accuracy": float(figures[1]), "learning_rate": rate}

    def set_rate(self, rate: float) -> None:
        """Set the learning rate of the next step; on a GPU it lies there, where a captured step reads it."""
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate.fill_(rate) if self.device.type == "cuda" else rate

    def _step(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Train on one batch and return its logits before the update, and its loss, both detached."""
        x, labels = self.train.inputs(index, self.recipe), self.train.labels[index]
        with autocast(self.device, self.precision):
            logits = self.model(x)
        logits = logits.float()
        weights = None if self.weights is None else self.weights[index]
        loss = weighted_loss(logits, labels, weights, self.weighting, self.recipe.loss)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return logits.detach(), loss.detach()

    def _record_eval(self, epoch: int, recorder: Recorder) -> None:
        """Record the eval-mode logits of the clean train split with the weights that the epoch ends with."""
        logits = prediction.predict(self.model, self.train, self.precision)
        recorder.record(epoch, torch.arange(len(self.train), device=self.device), logits)

    def _validate(self, epoch: int) -> Validation:
        """Return the losses and the accuracy on val, and keep the weights when they are the best so far."""
        logits = prediction.predict(self.model, self.val, self.precision)
        labels = self.val.labels
        accuracy = float(count_right(logits, labels)) / len(labels)
        self._keep_best(epoch, accuracy, logits, labels)
        figures = {"val_loss": float(mean_loss(logits, labels, self.recipe.loss)), "val_accuracy": accuracy}
        return Validation(figures, self._class_losses(logits, labels))

    def _class_losses(self, logits: torch.Tensor, labels: torch.Tensor) -> dict[str, NDArray[np.float64]]:
        """Return the mean loss of every class under its name, where it is recorded and a sample has one label."""
        if self.recorder is None or labels.is_floating_point():
            return {}
        sums, counts = self.total(class_losses(logits, labels)).cpu().numpy()
        return {CLASS_LOSS: np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)}

    def _keep_best(self, epoch: int, accuracy: float, logits: torch.Tensor, labels: torch.Tensor) -> None:
        """Keep the weights where they are the best so far on val, of which this process has seen these outputs."""
        counts = self.total(tally(logits, labels))
        collapsed = is_collapsed(counts, labels)
        self.best["accuracy"].offer(epoch, accuracy, collapsed, self.model)
        self.best["balanced"].offer(epoch, balanced_accuracy(counts), collapsed, self.model)
        if KAPPA in self.best:
            self.best[KAPPA].offer(epoch, kappa(self.total(confusion(logits, labels))), collapsed, self.model)

    def _save(self) -> None:
        """Write the checkpoint, after the epochs it covers are safe."""
        self._saved = time.monotonic()
        if self.checkpoint is None:
            return
        if self.recorder:
            self.recorder.sync()
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "history": self.history}
        state |= {"best": {name: asdict(one) for name, one in self.best.items()}}
        checkpoints.write(self.checkpoint, state | {"asked": self._asked()} | self.further_state())

    def _load(self) -> None:
        """Go on from the checkpoint where there is one.

        Raises:
            RunError: it is damaged, or belongs to another recipe, seed, number of samples or weights.
        """
        if self.checkpoint is None or not self.checkpoint.is_file():
            return
        state = checkpoints.read(self.checkpoint, self.device)
        try:
            if self.recorder and self.recorder.done < len(state["history"]):
                return  # the dynamics were removed since: going on would leave a gap in them, so begin again
            if state["asked"] != self._asked():
                raise RunError(
                    f"{self.checkpoint} belongs to another recipe or seed, or other weights. Start again under a new name."
                )
            self.model.load_state_dict(state["model"])
            for group in state["optimizer"]["param_groups"]:
                group["fused"] = self.device.type == "cuda"  # the checkpoint may come from another device
            self.optimizer.load_state_dict(state["optimizer"])
            self.take_state(state)
            self.history, self.best = state["history"], {name: Best(**one) for name, one in state["best"].items()}
        except checkpoints.UNREADABLE as error:
            raise checkpoints.unreadable(self.checkpoint, error) from None

    def _asked(self) -> dict[str, Any]:
        """Return what a checkpoint must agree on."""
        asked = {"recipe": self.recipe.to_dict(), "seed": self.seed, "samples": len(self.train)}
        if self.weights is None:
            return asked
        content = hashlib.sha256(self.weights.cpu().double().numpy().tobytes()).hexdigest()
        return asked | {"weighting": self.weighting, "weights": content}
