"""The training loop: one for recording and for retraining, on the CPU and on a GPU."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from coreset_engine.config import Recipe
from coreset_engine.errors import ConfigError, Interrupted, RunError
from coreset_engine.training.evaluation import Evaluation, evaluate
from coreset_engine.training.progress import Progress
from coreset_engine.training.recorder import Recorder

CHECKPOINT_SECONDS = 20  # at most this much work is lost to a crash, plus one epoch
_EVALUATION_BATCH = 1024


@dataclass(frozen=True)
class Split:
    """One split on the device: images (N, C, H, W) uint8 and labels (N,) int64 or (N, L) float32."""

    images: torch.Tensor
    labels: torch.Tensor
    truth: NDArray[np.integer]

    def __len__(self) -> int:
        """Return N."""
        return len(self.images)


@dataclass
class Trained:
    """A finished training: the model with its last weights, the best weights by val accuracy, and the history."""

    model: nn.Module
    best_state: dict[str, torch.Tensor]
    best_epoch: int
    history: list[dict[str, float]] = field(default_factory=list)


def choose_device(asked: str) -> torch.device:
    """Return the device for "auto", "cpu" or "cuda".

    Raises:
        ConfigError: CUDA is asked for and there is none.
    """
    if asked == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            "There is no CUDA device here. Use --device cpu, or auto, which takes a GPU when there is one."
        )
    return torch.device("cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu")


def put_on(device: torch.device, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Split:
    """Return a split as tensors on the device; images stay uint8 there and are scaled batch by batch.

    Raises:
        ConfigError: the GPU has no room for the images.
    """
    layout = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    try:
        pixels = torch.from_numpy(np.array(layout, order="C")).to(device)  # a copy: caches are read-only maps
    except torch.cuda.OutOfMemoryError:
        raise ConfigError(f"The images need {images.nbytes / 2**30:.1f} GiB on the GPU. Use --device cpu.") from None
    target = torch.from_numpy(np.ascontiguousarray(labels)).to(device)
    return Split(pixels, target.float() if labels.ndim == 2 else target, np.asarray(labels))


def scale(images: torch.Tensor) -> torch.Tensor:
    """Return uint8 images as (x - 0.5) / 0.5 with x in 0..1, float32, channels last."""
    return images.to(torch.float32, memory_format=torch.channels_last).div_(127.5).sub_(1.0)


def predict(model: nn.Module, split: Split, precision: str = "float32") -> torch.Tensor:
    """Return a network's eval-mode logits for a split, (N, C) float32 on the device; nothing shuffled or dropped."""
    model.eval()
    with torch.inference_mode(), _autocast(split.images.device, precision):
        parts = [model(scale(batch)).float() for batch in split.images.split(_EVALUATION_BATCH)]
    return torch.cat(parts)


def measure(model: nn.Module, split: Split, precision: str = "float32") -> Evaluation:
    """Return how good a network is on a split."""
    return evaluate(predict(model, split, precision).cpu().numpy(), split.truth)


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
        recorder: Recorder | None = None,
        checkpoint: Path | None = None,
        on_epoch: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare a training.

        Args:
            build: makes the network, after the seed is set.
            recipe: how to train.
            seed: decides weights, order of samples, and augmentation.
            train: split to train on.
            val: split that chooses the best epoch, on the same device.
            recorder: gets every epoch's logits.
            checkpoint: file for resuming; removed by nobody here.
            on_epoch: told after every epoch.
            should_stop: asked after every epoch; a True saves the checkpoint and raises Interrupted.
        """
        self.recipe, self.seed, self.train, self.val = recipe, seed, train, val
        self.device = train.images.device
        self.precision = _precision(recipe, self.device)
        self.recorder, self.checkpoint = recorder, checkpoint
        self.on_epoch, self.should_stop = on_epoch, should_stop
        torch.backends.cudnn.benchmark = self.device.type == "cuda"  # shapes are the same in every step
        torch.manual_seed(seed)
        self.model = build().to(self.device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            lr=recipe.learning_rate,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
            nesterov=recipe.momentum > 0,
        )
        self.batches = batch_bounds(len(train), recipe.batch_size)
        self.best_epoch, self.best_accuracy = 0, -1.0
        self.best_state: dict[str, torch.Tensor] = {}
        self.history: list[dict[str, float]] = []
        self._saved = time.monotonic()

    def run(self) -> Trained:
        """Train all epochs that are not done yet.

        Raises:
            Interrupted: `should_stop` said so; the checkpoint holds the state.
            DynamicsError: the training diverged while being recorded.
            RunError: the checkpoint can't be read or written.
        """
        self._load()
        for epoch in range(len(self.history) + 1, self.recipe.epochs + 1):
            started = time.perf_counter()
            figures = self._train_epoch(epoch)
            figures |= self._validate(epoch)
            figures["seconds"] = time.perf_counter() - started
            self.history.append(figures)
            if self.recorder:
                self.recorder.end_epoch(epoch, **figures)
            stop = self.should_stop() and epoch < self.recipe.epochs
            if stop or time.monotonic() - self._saved > CHECKPOINT_SECONDS:
                self._save()
            if self.on_epoch:
                self.on_epoch(Progress(epoch, self.recipe.epochs, figures["seconds"], figures))
            if stop:
                raise Interrupted(f"stopped after epoch {epoch} of {self.recipe.epochs}")
        if self.recorder:
            self.recorder.sync()
        return Trained(self.model, self.best_state, self.best_epoch, self.history)

    def _train_epoch(self, epoch: int) -> dict[str, float]:
        """Train on every sample once and return train loss, accuracy and the last learning rate."""
        # one seed an epoch makes an epoch independent of the ones before, so that resuming needs no generator state
        torch.manual_seed(self.seed * 1_000_003 + epoch)
        order = torch.from_numpy(np.random.default_rng([self.seed, epoch]).permutation(len(self.train))).to(self.device)
        self.model.train()
        loss_sum = torch.zeros((), device=self.device, dtype=torch.float64)
        right = torch.zeros((), device=self.device, dtype=torch.float64)
        steps = len(self.batches) * self.recipe.epochs
        rate = 0.0
        for number, (start, stop) in enumerate(self.batches):
            rate = self.recipe.rate_at((epoch - 1) * len(self.batches) + number, steps)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            index = order[start:stop]
            logits, loss = self._step(index)
            if self.recorder:
                self.recorder.record(epoch, index, logits)
            loss_sum += loss.detach() * len(index)
            right += _right(logits.detach(), self.train.labels[index])
        figures = torch.stack([loss_sum, right]).cpu() / len(self.train)  # the epoch's only wait for the device
        return {"train_loss": float(figures[0]), "train_accuracy": float(figures[1]), "learning_rate": rate}

    def _step(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Train on one batch and return its logits before the update, and its loss."""
        images, labels = self.train.images[index], self.train.labels[index]
        x = scale(augmented(images) if self.recipe.augment else images)
        with _autocast(self.device, self.precision):
            logits = self.model(x)
        logits = logits.float()
        if labels.is_floating_point():
            loss = functional.binary_cross_entropy_with_logits(logits, labels)
        else:
            loss = functional.cross_entropy(logits, labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return logits, loss

    def _validate(self, epoch: int) -> dict[str, float]:
        """Return val loss and accuracy, and keep the weights when they are the best so far."""
        logits = predict(self.model, self.val, self.precision)
        labels = self.val.labels
        multi_label = labels.is_floating_point()
        loss_of = functional.binary_cross_entropy_with_logits if multi_label else functional.cross_entropy
        accuracy = float(_right(logits, labels)) / len(labels)
        if accuracy > self.best_accuracy:
            self.best_epoch, self.best_accuracy = epoch, accuracy
            self.best_state = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        return {"val_loss": float(loss_of(logits, labels)), "val_accuracy": accuracy}

    def _save(self) -> None:
        """Write the checkpoint, after the epochs it covers are safe."""
        self._saved = time.monotonic()
        if self.checkpoint is None:
            return
        if self.recorder:
            self.recorder.sync()
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "history": self.history}
        state |= {"best_epoch": self.best_epoch, "best_accuracy": self.best_accuracy, "best_state": self.best_state}
        part = self.checkpoint.with_suffix(".part")
        try:
            torch.save(state | {"asked": self._asked()}, part)
            part.replace(self.checkpoint)
        except (OSError, RuntimeError) as error:  # torch wraps a full disk in a RuntimeError
            part.unlink(missing_ok=True)
            raise RunError(
                f"The checkpoint {self.checkpoint} can't be written: {error}. Free space and resume."
            ) from None

    def _load(self) -> None:
        """Go on from the checkpoint where there is one.

        Raises:
            RunError: it is damaged, or belongs to another recipe, seed or number of samples.
        """
        if self.checkpoint is None or not self.checkpoint.is_file():
            return
        try:
            state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
            if self.recorder and self.recorder.done < len(state["history"]):
                return  # the dynamics were removed since: going on would leave a gap in them, so begin again
            if state["asked"] != self._asked():
                raise RunError(f"{self.checkpoint} belongs to another recipe or seed. Start again under a new name.")
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.history, self.best_state = state["history"], state["best_state"]
            self.best_epoch, self.best_accuracy = state["best_epoch"], state["best_accuracy"]
        except (OSError, RuntimeError, KeyError, ValueError, TypeError, EOFError, UnpicklingError) as error:
            raise RunError(f"{self.checkpoint} can't be read: {error}. Delete it to start from epoch 1.") from None

    def _asked(self) -> dict[str, Any]:
        """Return what a checkpoint must agree on."""
        return {"recipe": self.recipe.to_dict(), "seed": self.seed, "samples": len(self.train)}


def images_per_second(build: Callable[[], nn.Module], shape: Any, batch: int, device: torch.device) -> float:
    """Return how many images a second a network trains: the fastest of three batches of noise after one to warm up.

    Args:
        build: makes the network.
        shape: has `classes`, `channels` and `side`.
        batch: images a step.
        device: where.
    """
    count = min(batch, shape.train)
    noise = np.random.default_rng(0).integers(0, 256, (count, shape.side, shape.side, shape.channels), np.uint8)
    images = noise[..., 0] if shape.channels == 1 else noise
    split = put_on(device, images, np.arange(count) % shape.classes)
    trainer = Trainer(build, Recipe(epochs=1, batch_size=count), 0, split, split)
    trainer.model.train()
    taken = []
    for _ in range(4):
        started = time.perf_counter()
        trainer._step(torch.arange(count, device=device))[1].item()
        taken.append(time.perf_counter() - started)
    return count / min(taken[1:])


def batch_bounds(samples: int, batch: int) -> list[tuple[int, int]]:
    """Return start and stop of every batch of an epoch: every sample once, the last batch short.

    A last batch of one sample joins the one before: batch normalisation of a 1x1 map can't train on a single sample.
    """
    starts = list(range(0, samples, batch))
    if len(starts) > 1 and samples - starts[-1] == 1:
        starts.pop()
    return list(zip(starts, [*starts[1:], samples], strict=True))


def augmented(images: torch.Tensor, padding: int = 4) -> torch.Tensor:
    """Return images randomly moved by up to `padding` px (zeros outside) and flipped left to right, on their device."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (padding,) * 4)
    top, left = torch.randint(0, 2 * padding + 1, (2, count), device=images.device)
    rows = top[:, None] + torch.arange(height, device=images.device)
    columns = left[:, None] + torch.arange(width, device=images.device)
    flip = torch.rand(count, device=images.device) < 0.5
    columns = torch.where(flip[:, None], columns.flip(1), columns)
    sample = torch.arange(count, device=images.device)[:, None, None]
    return padded[sample, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _right(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return how many samples are right, (); of a multi-label task the mean over its labels of that."""
    if labels.is_floating_point():
        return ((logits > 0) == (labels > 0.5)).float().mean(dim=1).sum()
    return (logits.argmax(dim=1) == labels).sum()


def _precision(recipe: Recipe, device: torch.device) -> str:
    """Return the number format of the recipe on a device."""
    if recipe.precision != "auto":
        return recipe.precision
    return "bfloat16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float32"


def _autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context in which the network computes."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
