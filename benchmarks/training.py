"""Images per second of the training loop, beside a plain DataLoader with PIL transforms on the same network and images.

python benchmarks/training.py [--architectures lenet resnet8] [--device cuda] [--precision bfloat16] [--samples 4708]
                              [--rounds 3] [--skip-plain]

Both sides train one epoch after another in turn, each in a process of its own, and the best epoch of each counts. Where
other jobs run beside, trust the images per second of the processor, with OMP_NUM_THREADS=1.
"""

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from multiprocessing import get_context
from unittest.mock import patch

import numpy as np
import torch
from PIL import Image
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from coreset_engine import architectures
from coreset_engine.config import Recipe
from coreset_engine.errors import Interrupted
from coreset_engine.training.batches import put_on
from coreset_engine.training.devices import choose_device
from coreset_engine.training.trainer import Trainer

CLASSES, BATCH = 11, 256
RECIPE = Recipe(epochs=1000, learning_rate=0.01)


class Plain(Dataset):
    """Images as the papers' codes read them: PIL, ToTensor, Normalize, one by one."""

    def __init__(self, images, labels):
        """Keep the arrays."""
        self.images, self.labels = images, labels
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])

    def __len__(self):
        """Return N."""
        return len(self.images)

    def __getitem__(self, index):
        """Return a transformed image, its label and its row."""
        return self.transform(Image.fromarray(self.images[index])), int(self.labels[index]), index


def plain_epochs(name: str, images, labels, device, precision) -> Iterator[np.ndarray]:
    """Train in the plain way in float32, logits and losses fetched batch by batch, and yield the seconds of each epoch."""
    model = architectures.get(name).build(1, CLASSES, 28).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True)
    loader = DataLoader(Plain(images, labels), batch_size=BATCH, shuffle=True, num_workers=0)
    recorded = np.zeros((len(images), CLASSES), np.float32)
    while True:
        model.train()
        started, losses = clock(), []
        for x, y, index in loader:
            x, y = x.to(device), y.to(device)
            logits = model(x)
            loss = functional.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            recorded[index.numpy()] = logits.detach().cpu().numpy()
        yield clock() - started


def our_epochs(name: str, images, labels, device, precision) -> Iterator[np.ndarray]:
    """Train with the project's loop and yield the seconds of each epoch, evaluation of 16 val images included."""
    train, val = put_on(device, images, labels), put_on(device, images[:16], labels[:16])
    # it stops after every epoch; `run` then goes on with the next
    recipe = replace(RECIPE, precision=precision)
    trainer = Trainer(
        lambda: architectures.build(name, 1, CLASSES, 28), recipe, 0, train, val, should_stop=lambda: True
    )
    while True:
        started = clock()
        with suppress(Interrupted):
            trainer.run()
        yield clock() - started


def uncaptured_epochs(name: str, images, labels, device, precision) -> Iterator[np.ndarray]:
    """Train with the project's loop, on a GPU, every operation of a step launched by itself."""
    with patch("coreset_engine.training.trainer.Replay", lambda step: step):
        yield from our_epochs(name, images, labels, device, precision)


def clock() -> np.ndarray:
    """Return the time on the wall and that of this process's threads on the processor, in seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def begin(side: str, name: str, asked: str, precision: str, samples: int) -> None:
    """Prepare the epochs of a side in this process."""
    global epochs
    draws = np.random.default_rng(0)
    images, labels = draws.integers(0, 256, (samples, 28, 28), np.uint8), draws.integers(0, CLASSES, samples)
    epochs = SIDES[side](name, images, labels, choose_device(asked), precision)


def one_epoch() -> np.ndarray:
    """Train the next epoch in this process and return its seconds."""
    return next(epochs)


SIDES = {"ours": our_epochs, "plain DataLoader": plain_epochs, "ours, uncaptured": uncaptured_epochs}


def main() -> None:
    """Print one line a network and side."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--architectures", nargs="+", default=["lenet", "resnet8"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto", help="of the project's loop: auto, float32 or bfloat16")
    parser.add_argument("--samples", type=int, default=4708)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-plain", action="store_true")
    given = parser.parse_args()
    sides = ["ours"] if given.skip_plain else ["ours", "plain DataLoader"]
    sides += ["ours, uncaptured"] if choose_device(given.device).type == "cuda" else []
    for name in given.architectures:
        with ExitStack() as stack:
            process = {}
            for side in sides:
                start = (side, name, given.device, given.precision, given.samples)
                pool = ProcessPoolExecutor(1, get_context("spawn"), begin, start)
                process[side] = stack.enter_context(pool)
            rounds = [
                {side: process[side].submit(one_epoch).result() for side in sides} for _ in range(given.rounds + 1)
            ]
        best = {side: np.min([found[side] for found in rounds[1:]], axis=0) for side in sides}  # the first warms up
        for side, (wall, busy) in best.items():
            print(
                f"{name:<10} {side:<17} {given.samples / wall:8,.0f} images/s, "
                f"{given.samples / busy:8,.0f} a second of the processor",
                flush=True,
            )
        if not given.skip_plain:
            wall, busy = best["plain DataLoader"] / best["ours"]
            print(f"{name:<10} ratio {wall:.2f}, of the processor {busy:.2f}", flush=True)


if __name__ == "__main__":
    main()
