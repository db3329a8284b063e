"""Networks of one size trained as one stacked network (`torch.func`), beside one after the other: seconds and differences.

python benchmarks/stacking.py [--architectures lenet resnet8] [--batches 32 256] [--networks 4] [--device cuda]

Every network has its own seed and coreset, all coresets have one size. Both ways begin with the same weights and take the
same batches; `largest_difference` is between their weights in the end. The engine trains one after the other: stacking was
slower on a CPU, and nobody has measured it on a GPU, where the other way replays its steps as CUDA graphs. What is stacked
here has no evaluation, no augmentation and float32 only, so it stays here until it is faster somewhere.
"""

import argparse
import json
import time
from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from coreset_engine import architectures
from coreset_engine.config import Recipe
from coreset_engine.training.batches import Split, put_on
from coreset_engine.training.devices import choose_device
from coreset_engine.training.trainer import Trainer

CLASSES, SIDE, IMAGES, SAMPLES, EPOCHS = 5, 28, 4000, 512, 3


def trainers(name: str, batch: int, networks: int, device: torch.device) -> list[Trainer]:
    """Return what trains each network; their networks have their first weights."""
    draws = np.random.default_rng(0)
    pixels = draws.integers(0, 256, (IMAGES, SIDE, SIDE), dtype=np.uint8)
    images = put_on(device, pixels, draws.integers(0, CLASSES, IMAGES))
    recipe = Recipe(epochs=EPOCHS, batch_size=batch, learning_rate=0.01, precision="float32")
    val = images.take(np.arange(16))
    coresets = [images.take(draws.choice(IMAGES, SAMPLES, replace=False)) for _ in range(networks)]

    def build() -> nn.Module:
        """Return a network."""
        return architectures.build(name, 1, CLASSES, SIDE)

    return [Trainer(build, recipe, seed, coreset, val) for seed, coreset in enumerate(coresets)]


def stacked(asked: list[Trainer]) -> dict[str, torch.Tensor]:
    """Train all networks at once and return their weights and buffers, each with the network as its first axis."""
    one, networks = asked[0], [trainer.model for trainer in asked]
    found, buffers = stack_module_state(networks)
    weights = {name: value.detach().clone().requires_grad_() for name, value in found.items()}
    shape = deepcopy(networks[0]).to("meta").train()
    recipe, steps = one.recipe, len(one.batches) * EPOCHS
    optimizer = torch.optim.SGD(
        list(weights.values()), lr=recipe.learning_rate, momentum=recipe.momentum, weight_decay=recipe.weight_decay,
        nesterov=recipe.momentum > 0, fused=one.device.type == "cuda",
    )  # fmt: skip

    def logits_of(own: dict[str, torch.Tensor], state: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        """Return what one network says of its batch; `state` is brought up to date in place."""
        return functional_call(shape, (own, state), (x,))

    for epoch in range(EPOCHS):
        orders = [np.random.default_rng([trainer.seed, epoch + 1]).permutation(SAMPLES) for trainer in asked]
        for number, (start, stop) in enumerate(one.batches):
            optimizer.param_groups[0]["lr"] = recipe.rate_at(epoch * len(one.batches) + number, steps)
            parts = [batch_of(trainer.train, order[start:stop]) for trainer, order in zip(asked, orders, strict=True)]
            x, y = (torch.stack(part) for part in zip(*parts, strict=True))
            logits = vmap(logits_of)(weights, buffers, x)
            # the mean over a batch for each network, and their sum
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten()) * len(asked)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
    return {**{name: value.detach() for name, value in weights.items()}, **buffers}


def batch_of(coreset: Split, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images, scaled, and labels of some rows."""
    index = torch.from_numpy(rows).to(coreset.images.device)
    return coreset.modality.scale(coreset.images[index]), coreset.labels[index]


def seconds(work: Callable[[], object], device: torch.device) -> tuple[float, object]:
    """Return how long something takes, and what it returns."""
    started = time.perf_counter()
    found = work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started, found


def compared(name: str, batch: int, networks: int, device: torch.device, rounds: int) -> dict[str, float | str]:
    """Return the best seconds of both ways and the largest difference between their weights."""
    ways: dict[str, list[float]] = {"stacked": [], "one_by_one": []}
    for _ in range(rounds):
        asked = trainers(name, batch, networks, device)
        took, together = seconds(lambda asked=asked: stacked(asked), device)
        ways["stacked"].append(took)
        took, alone = seconds(lambda asked=asked: [trainer.run().model.state_dict() for trainer in asked], device)
        ways["one_by_one"].append(took)
    differences = [float((together[key][place] - state[key]).abs().max())
                   for place, state in enumerate(alone) for key in together]  # fmt: skip
    best = {way: round(min(taken), 3) for way, taken in ways.items()}
    return {"architecture": name, "batch": batch, **best, "times_as_fast": round(best["one_by_one"] / best["stacked"], 2),
            "largest_difference": max(differences)}  # fmt: skip


def main() -> None:
    """Print one line of JSON for each architecture and batch."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--architectures", nargs="+", default=["lenet", "resnet8"])
    parser.add_argument("--batches", nargs="+", type=int, default=[32, 256])
    parser.add_argument("--networks", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="auto")
    given = parser.parse_args()
    device = choose_device(given.device)
    for name in given.architectures:
        for batch in given.batches:
            print(
                json.dumps({"device": device.type, **compared(name, batch, given.networks, device, given.rounds)}),
                flush=True,
            )


if __name__ == "__main__":
    main()
