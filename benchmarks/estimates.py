"""What `estimate` says of a recording and a retraining beside what they take, as processes of their own.

python benchmarks/estimates.py                  all kinds: LeNet, ResNet-8 and the MLP, on made-up images of 28 px
python benchmarks/estimates.py lenet 5000       one kind
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.large import write_images

KINDS = (("lenet", 10_000), ("resnet8", 10_000), ("mlp", 10_000), ("lenet", 100_000))
EPOCHS, RATE = 5, 0.1


def told(*words: str) -> str:
    """Return what a command of the engine prints."""
    command = [sys.executable, "-m", "coreset_engine", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def taken(*words: str) -> tuple[float, int]:
    """Return the seconds of a command and the most memory that its process has held, in bytes."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "coreset_engine", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(words)} ended with {status}")
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def row(name: str, said: dict[str, float], found: tuple[float, int]) -> str:
    """Return one line of the table: told and taken."""
    mib = 2**20
    return (
        f"| {name} | {said['seconds']:.1f} | {found[0]:.1f} | {found[0] / said['seconds']:.2f} | "
        f"{said['memory_bytes'] / mib:,.0f} | {found[1] / mib:,.0f} | {found[1] / said['memory_bytes']:.2f} |"
    )


def main(kinds: tuple[tuple[str, int], ...]) -> None:
    """Print the table."""
    print("| | seconds told | taken | ratio | MiB told | taken | ratio |\n| --- | --- | --- | --- | --- | --- | --- |")
    for architecture, count in kinds:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["CORESET_CACHE"] = str(Path(folder, "cache"))
            images = Path(folder, "images.npz")
            write_images(images, count, (28, 28))
            asked = ("--dataset", str(images), "--architecture", architecture, "--epochs", str(EPOCHS))
            said = json.loads(told("estimate", *asked, "--rate", str(RATE), "--device", "cpu", "--json"))
            name = (
                re.sub("resnet", "ResNet-", architecture.replace("lenet", "LeNet").replace("mlp", "MLP"))
                + f", N = {count:,}"
            )
            found = taken("record", *asked, "--run", "timed", "--device", "cpu")
            print(row(f"{name}: recording", said, found), flush=True)
            found = taken("retrain", "timed", "--method", "random", "--rate", str(RATE), "--device", "cpu")
            print(row(f"{name}: retraining", said["retraining"], found), flush=True)


if __name__ == "__main__":
    main(((sys.argv[1], int(sys.argv[2])),) if len(sys.argv) == 3 else KINDS)
