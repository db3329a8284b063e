"""Weights of every network, the images per second that it trains, and the CPU time of one image, as a table.

python benchmarks/architectures.py [--side 28] [--channels 1] [--device cpu] [--steps 4] [--architectures lenet resnet8]

On a machine that others use as well, CPU time says more than the clock: run it with OMP_NUM_THREADS=1 then.
"""

import argparse
import time

import torch
from torch.nn import functional

from coreset_engine import architectures
from coreset_engine.datasets.modality import scale
from coreset_engine.training.devices import choose_device

CLASSES = 11


def batch_of(entry: architectures.Architecture, side: int, device: torch.device) -> int:
    """Return a power of two from 16 to 256 that takes about half a second on two cores; 256 on a GPU."""
    if device.type == "cuda":
        return 256
    expected = int(entry.speed * (28 / side) ** 2 / 2)
    return min(256, max(16, 2 ** (max(1, expected).bit_length() - 1)))


def weights_of(name: str, channels: int, side: int) -> int:
    """Return how many weights a network trains; on the meta device, which holds none of them."""
    with torch.device("meta"):
        model = architectures.build(name, channels, CLASSES, side)
    return sum(weight.numel() for weight in model.parameters())


def measure(name: str, channels: int, side: int, batch: int, device: torch.device, steps: int) -> tuple[float, float]:
    """Return images/s and CPU ms an image of forward, backward and update: the best steps after one to warm up."""
    model = architectures.build(name, channels, CLASSES, side).to(device, memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4, nesterov=True)
    pixels = torch.randint(0, 256, (batch, channels, side, side), dtype=torch.uint8, device=device)
    labels = torch.arange(batch, device=device) % CLASSES
    clock, processor = [], []
    for _ in range(steps + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        loss = functional.cross_entropy(model(scale(pixels)), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()  # waits for a GPU
        clock.append(time.perf_counter() - wall)
        processor.append(time.process_time() - cpu)
    return batch / min(clock[1:]), 1e3 * min(processor[1:]) / batch


def main() -> None:
    """Print one line a network: name, weights, learning rate, batch, images/s, CPU ms an image."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--architectures", nargs="+", default=list(architectures.all_architectures()))
    parser.add_argument("--side", type=int, default=28)
    parser.add_argument("--channels", type=int, default=1, choices=(1, 3))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=4)
    given = parser.parse_args()
    device = choose_device(given.device)
    print(f"{device.type}, {torch.get_num_threads()} threads, {given.side}x{given.side}x{given.channels}")
    print(f"{'architecture':<20} {'weights':>12} {'rate':>6} {'batch':>6} {'images/s':>10} {'CPU ms/image':>13}")
    for name in given.architectures:
        entry = architectures.get(name)
        batch = batch_of(entry, given.side, device)
        speed, cost = measure(name, given.channels, given.side, batch, device, given.steps)
        weights = weights_of(name, given.channels, given.side)
        print(f"{name:<20} {weights:12,} {entry.learning_rate:6g} {batch:6} {speed:10,.0f} {cost:13.3f}", flush=True)


if __name__ == "__main__":
    main()
