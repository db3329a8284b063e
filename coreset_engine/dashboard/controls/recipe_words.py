"""Augmentations and schedules of a recipe in the words of forms."""

from coreset_engine.config import Augmentation, Recipe

HOW: dict[str, Augmentation] = {
    "crop only": "crop",
    "flip only": "flip",
    "crop, mirrored at the edge, and flip": "reflect-flip",
    "enlarged crop and flip": "resized-crop-flip",
}
AUGMENT: dict[str, bool] = {"yes": True, "no": False} | dict.fromkeys(HOW, True)
SCHEDULES = ("cosine", "cosine:0.0001", "constant")


def word_of(recipe: Recipe) -> str:
    """Return the word of `AUGMENT` for how a recipe augments images."""
    if not recipe.augment:
        return "no"
    return next((word for word, how in HOW.items() if how == recipe.augmentation), "yes")


def augmentation(word: str | None) -> Augmentation:
    """Return how images are augmented by a word of `AUGMENT`; the usual way where it names none."""
    return HOW.get(word or "", Recipe.augmentation)
