"""Two sets on which nothing of the study was chosen, from the handwritten digits that scikit-learn brings along.

python benchmarks/study_digits.py FOLDER

Writes digits.npz, 10 classes of nearly equal size, and digits_tail.npz, whose largest class has ten times the samples of
the smallest; both at 28 px in MedMNIST's format, split by class with a fixed seed. They are real images, but not medical.

Source: Alpaydin and Kaynak 1998, optical recognition of handwritten digits (doi:10.24432/C50P49).
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SIDE = 28
TAIL = 10  # times as many samples as the smallest class has the largest one


def images_of(digits: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return images (N, 8, 8) of 0 to 16 at the study's size, (N, 28, 28) of 0 to 255."""
    wide = np.rint(digits * 255 / 16).astype(np.uint8)
    return np.stack([np.asarray(Image.fromarray(one).resize((SIDE, SIDE), Image.Resampling.BILINEAR)) for one in wide])


def long_tail(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return rows of which class c has TAIL^(-c / 9) of what class 0 has; the first rows of each class."""
    classes = np.unique(labels)
    rows = [np.flatnonzero(labels == c) for c in classes]
    most = min(map(len, rows))
    sizes = np.rint(most * TAIL ** (-classes / (len(classes) - 1))).astype(int)
    return np.sort(np.concatenate([own[:size] for own, size in zip(rows, sizes, strict=True)]))


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    found = load_digits()
    images, labels = images_of(found.images), found.target.astype(np.int64)
    rest, test = train_test_split(np.arange(len(labels)), test_size=0.25, stratify=labels, random_state=0)
    train, val = train_test_split(rest, test_size=0.2, stratify=labels[rest], random_state=0)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("digits", train), ("digits_tail", train[long_tail(labels[train])])):
        arrays = {
            f"{split}_{kind}": values[own].astype(np.uint8) if kind == "images" else values[own, None].astype(np.uint8)
            for split, own in (("train", rows), ("val", val), ("test", test))
            for kind, values in (("images", images), ("labels", labels))
        }
        np.savez_compressed(folder / f"{name}.npz", **arrays)
        print(f"{name}: {len(rows)} / {len(val)} / {len(test)}, {np.bincount(labels[rows])} per class of train")


if __name__ == "__main__":
    main()
