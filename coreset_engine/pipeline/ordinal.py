"""Classes that are grades: which sets the ordinal loss is for."""

from coreset_engine.datasets import ImageSet
from coreset_engine.errors import ConfigError


def check_loss(images: ImageSet, loss: str) -> None:
    """Refuse the ordinal loss for classes that have no order.

    Raises:
        ConfigError: they have none.
    """
    if loss == "ordinal" and not images.ordinal:
        raise ConfigError(
            f"The task of {images.name} is {images.task}, so its classes are no grades in the order that --loss ordinal "
            "needs. Say it by --grades for a folder or by `task` in an .npz, or leave out --loss."
        )
