"""Images per second of the training loop, beside a plain DataLoader with PIL transforms on the same network and images.

python benchmarks/training.py [--architectures lenet resnet8] [--device cuda] [--samples 4708]
"""

import argparse
import time

import numpy as np
import torch
from PIL import Image
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from coreset_engine import architectures
from coreset_engine.config import Recipe
from coreset_engine.training.loop import Trainer, choose_device, put_on

CLASSES, BATCH = 11, 256


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


def plain_epoch(name: str, images, labels, device) -> float:
    """Train one epoch in the plain way, logits and losses fetched batch by batch, and return images/s."""
    model = architectures.get(name).build(1, CLASSES, 28).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True)
    loader = DataLoader(Plain(images, labels), batch_size=BATCH, shuffle=True, num_workers=0)
    recorded = np.zeros((len(images), CLASSES), np.float32)
    model.train()
    started, losses = time.perf_counter(), []
    for x, y, index in loader:
        x, y = x.to(device), y.to(device)
        logits = model(x)
        loss = functional.cross_entropy(logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        recorded[index.numpy()] = logits.detach().cpu().numpy()
    return len(images) / (time.perf_counter() - started)


def our_epochs(name: str, images, labels, device, epochs: int) -> list[float]:
    """Train some epochs with the project's loop and return images/s of each, evaluation of 16 val images included."""
    train, val = put_on(device, images, labels), put_on(device, images[:16], labels[:16])
    speeds = []
    Trainer(
        lambda: architectures.build(name, 1, CLASSES, 28),
        Recipe(epochs=epochs, learning_rate=0.01),
        0,
        train,
        val,
        on_epoch=lambda progress: speeds.append(len(train) / progress.seconds),
    ).run()
    return speeds


def main() -> None:
    """Print one line a network."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--architectures", nargs="+", default=["lenet", "resnet8"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--samples", type=int, default=4708)
    parser.add_argument("--epochs", type=int, default=4)
    given = parser.parse_args()
    device = choose_device(given.device)
    draws = np.random.default_rng(0)
    images = draws.integers(0, 256, (given.samples, 28, 28), np.uint8)
    labels = draws.integers(0, CLASSES, given.samples)
    for name in given.architectures:
        ours = max(our_epochs(name, images, labels, device, given.epochs)[1:])
        plain = max(plain_epoch(name, images, labels, device) for _ in range(2))
        print(
            f"{name:<14} {device.type}: {ours:8,.0f} images/s, plain DataLoader {plain:8,.0f}, ratio {ours / plain:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
