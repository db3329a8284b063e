"""How the networks of published cells were trained, as far as released code tells it and ours can do the same."""

from typing import Any

from coreset_engine.papers.tables import Cell


def of_recipe(cell: Cell) -> dict[str, Any]:
    """Return how a cell's networks are retrained in released code, where that is not the usual way here.

    The code of EVA and DeepCore mirrors CIFAR at its edges and ends at a learning rate of 0.0001; that of EVA drops the last
    batch. The cosine of TDDS spans the steps of all data; that of Graph-A2 falls from epoch to epoch, with plain momentum.
    On ImageNet parts of images are enlarged; DeepCore evaluates their middle. Natural images are normalised.
    """
    found: dict[str, Any] = {"drop_last": True} if cell.paper == "EVA" else {}
    found |= {"schedule": "cosine:0.0001"} if cell.paper in ("EVA", "DeepCore") else {}
    found |= {"schedule": "cosine-epochs", "nesterov": False} if cell.paper.startswith("Graph-A2") else {}
    if _spans_all(cell):
        found["schedule"] = "cosine-full"
    if cell.dataset.startswith("cifar") and cell.paper in ("EVA", "DeepCore"):
        found["augmentation"] = "reflect-flip"
    found |= {"normalisation": "channels"} if is_augmented(cell) else {}
    if cell.dataset == "imagenet1k":
        found |= {"augmentation": "resized-crop-flip"} | ({"view": "centre"} if cell.paper == "DeepCore" else {})
    return found


def of_selecting(cell: Cell) -> dict[str, Any]:
    """Return how a cell's selecting network is trained in released code, where that is not the usual way here.

    It sees images as the networks to be retrained do, and drops no batch here. That of TDDS has a cosine over its own steps,
    that of DeepCore a constant learning rate and no augmentation.
    """
    found = of_recipe(cell)
    for name in ("drop_last", *(("augmentation",) if cell.paper == "DeepCore" else ())):
        found.pop(name, None)
    if _spans_all(cell):
        del found["schedule"]
    return found | ({"schedule": "constant"} if cell.paper == "DeepCore" else {})


def _spans_all(cell: Cell) -> bool:
    """Return whether a cell's coreset is trained on a part of the cosine only, as the code of TDDS does on CIFAR.

    Table 2 keeps the steps of all data, and how its cosine went is not known.
    """
    return cell.paper == "TDDS" and cell.dataset.startswith("cifar") and cell.table != "2" and cell.rate < 1


def is_augmented(cell: Cell) -> bool:
    """Return whether a cell's images are augmented: on CIFAR and ImageNet, never medical ones."""
    return cell.dataset.startswith(("cifar", "imagenet"))
