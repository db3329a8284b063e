"""Using a coreset in one's own training: a PyTorch data set over a MedMNIST-format file of any length.

`medmnist`'s own classes load such a file, but their `len()` insists on the official number of samples, so `repr()`,
and a shuffling DataLoader, fail on a coreset. Where the full set is at hand,
`torch.utils.data.Subset(full, numpy.load("coreset.npy"))` does it too.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import Dataset

from coreset_engine.arrays import read_npz
from coreset_engine.datasets import modality
from coreset_engine.errors import DatasetError


class CoresetDataset(Dataset):
    """One split of a coreset `.npz`, with items as `medmnist` gives them: (PIL image, label array).

    Attributes:
        imgs: (M, ...) uint8, every channel as in the file.
        labels: (M, 1) or (M, L).
        indices: (M,) rows in the original train split; None for val and test, which are whole.
        weights: (M,) training weights, where the method gives some; None for val and test.
        manifest: how the coreset came to be.
    """

    def __init__(
        self,
        path: str | Path,
        split: str = "train",
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        as_rgb: bool = False,
    ) -> None:
        """Read one split of a file that `select --out F.npz` or the Explore page wrote.

        Raises:
            DatasetError: the file has no such split.
            EngineError: the file can't be read.
        """
        arrays = read_npz(Path(path))
        if not {f"{split}_images", f"{split}_labels"} <= set(arrays):
            raise DatasetError(f"{path} has no split {split!r}. Choose train, val or test.")
        if len(arrays[f"{split}_images"]) != len(arrays[f"{split}_labels"]):
            raise DatasetError(f"{path}: {split} images and labels differ in number. Write the file again.")
        self.imgs: NDArray[np.uint8] = arrays[f"{split}_images"]
        self.labels: NDArray = arrays[f"{split}_labels"]
        self.indices = arrays.get("train_indices") if split == "train" else None
        self.weights = arrays.get("train_weights") if split == "train" else None
        self.manifest = _manifest(str(arrays["manifest"]), path) if "manifest" in arrays else {}
        self.transform, self.target_transform, self.as_rgb = transform, target_transform, as_rgb

    def __len__(self) -> int:
        """Return the number of samples that are really there."""
        return len(self.imgs)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Return image and label of one sample, transformed."""
        label = self.labels[index].astype(int)
        if len(modality.slices(self.imgs, index)) > 1:  # as MedMNIST gives its volumes: channels first, in 0..1
            image: Any = modality.of(self.imgs).tensor(self.imgs[index : index + 1])[0] / 255.0
            image = image.repeat(3, axis=0) if self.as_rgb and len(image) == 1 else image
        else:
            image = Image.fromarray(modality.thumbnail(self.imgs, index))
            image = image.convert("RGB") if self.as_rgb else image
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            label = self.target_transform(label)
        return image, label


def _manifest(text: str, path: str | Path) -> dict[str, Any]:
    """Return what a coreset's file says of how it came to be.

    Raises:
        DatasetError: it is no JSON of named values.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DatasetError(f"The manifest in {path} can't be read: it is damaged. Write the coreset again.")
    return found
