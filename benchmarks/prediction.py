"""Images of 28 px that a network predicts in a second of the processor, on one thread, by how many are predicted together.

OMP_NUM_THREADS=1 python benchmarks/prediction.py [--architectures lenet resnet8 resnet18]

The best of some rounds counts, in turn, so that other work beside it weighs on all sizes alike.
"""

import argparse
import time

import torch

from coreset_engine import architectures
from coreset_engine.training.prediction import LEAST, MOST, batch_size

ROUNDS, IMAGES = 7, 1024


def main() -> None:
    """Print one line per network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architectures", nargs="+", default=["lenet", "resnet8"])
    torch.set_num_threads(1)
    images = torch.rand(IMAGES, 3, 28, 28).contiguous(memory_format=torch.channels_last)
    sizes = sorted({LEAST, 32, batch_size("cpu", (28, 28)), 128, 256, MOST})
    for name in parser.parse_args().architectures:
        model = architectures.build(name, 3, 7, 28, 28).to(memory_format=torch.channels_last).eval()
        best = dict.fromkeys(sizes, float("inf"))
        with torch.inference_mode():
            whole = model(images)
            for _ in range(ROUNDS):
                for size in sizes:
                    started = time.process_time()
                    parts = [model(part) for part in images.split(size)]
                    best[size] = min(best[size], time.process_time() - started)
                    if not torch.equal(torch.cat(parts), whole):
                        print(f"{name}: {size} together give other last digits than {MOST}")
        print(name, ", ".join(f"{size}: {IMAGES / seconds:,.0f}" for size, seconds in best.items()))


if __name__ == "__main__":
    main()
