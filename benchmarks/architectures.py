"""Weights of every network and images per second that it trains, as a table.

python benchmarks/architectures.py [--side 28] [--channels 1] [--device cpu] [--repeats 3] [--architectures lenet resnet8]
"""

import argparse
from types import SimpleNamespace

import torch

from coreset_engine import architectures
from coreset_engine.training.loop import choose_device, images_per_second

CLASSES = 11


def batch_of(entry: architectures.Architecture, side: int, device: torch.device) -> int:
    """Return a power of two from 8 to 256 that takes about a second on two cores; 256 on a GPU."""
    if device.type == "cuda":
        return 256
    expected = int(entry.speed * (28 / side) ** 2)
    return min(256, max(8, 2 ** (max(1, expected).bit_length() - 1)))


def weights_of(name: str, channels: int, side: int) -> int:
    """Return how many weights a network trains; on the meta device, which holds none of them."""
    with torch.device("meta"):
        model = architectures.build(name, channels, CLASSES, side)
    return sum(weight.numel() for weight in model.parameters())


def speed_of(name: str, channels: int, side: int, batch: int, device: torch.device) -> float:
    """Return images/s of forward, backward and update, the fastest of three batches."""
    shape = SimpleNamespace(train=batch, classes=CLASSES, channels=channels, side=side)
    return images_per_second(lambda: architectures.build(name, channels, CLASSES, side), shape, batch, device)


def main() -> None:
    """Print one line a network: name, weights, learning rate, batch, best images/s of all repeats."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--architectures", nargs="+", default=list(architectures.all_architectures()))
    parser.add_argument("--side", type=int, default=28)
    parser.add_argument("--channels", type=int, default=1, choices=(1, 3))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    device = choose_device(given.device)
    print(f"{device.type}, {torch.get_num_threads()} threads, {given.side}x{given.side}x{given.channels}")
    print(f"{'architecture':<20} {'weights':>12} {'rate':>6} {'batch':>6} {'images/s':>10}")
    for name in given.architectures:
        entry = architectures.get(name)
        batch = batch_of(entry, given.side, device)
        best = max(speed_of(name, given.channels, given.side, batch, device) for _ in range(given.repeats))
        weights = weights_of(name, given.channels, given.side)
        print(f"{name:<20} {weights:12,} {entry.learning_rate:6g} {batch:6} {best:10,.0f}", flush=True)


if __name__ == "__main__":
    main()
