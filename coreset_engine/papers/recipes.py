"""How the networks of published cells were trained, as far as released code tells it and ours can do the same."""

from typing import Any

from coreset_engine.papers.tables import Cell


def of_recipe(cell: Cell) -> dict[str, Any]:
    """Return how a cell's networks are retrained in released code, where that is not the usual way here.

    The code of EVA and DeepCore mirrors CIFAR at its edges and ends at a learning rate of 0.0001; that of EVA drops the last
    batch. On ImageNet parts of images are enlarged.
    """
    found: dict[str, Any] = {"drop_last": True} if cell.paper == "EVA" else {}
    found |= {"schedule": "cosine:0.0001"} if cell.paper in ("EVA", "DeepCore") else {}
    if cell.dataset.startswith("cifar") and cell.paper in ("EVA", "DeepCore"):
        found["augmentation"] = "reflect-flip"
    return found | ({"augmentation": "resized-crop-flip"} if cell.dataset == "imagenet1k" else {})


def is_augmented(cell: Cell) -> bool:
    """Return whether a cell's images are augmented: on CIFAR and ImageNet, never medical ones."""
    return cell.dataset.startswith(("cifar", "imagenet"))
