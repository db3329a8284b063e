"""Augmentations and schedules of a recipe in the words of forms."""

from coreset_engine.config import Augmentation, Recipe

HOW: dict[str, Augmentation] = {
    "crop only": "crop",
    "flip only": "flip",
    "crop, mirrored at the edge, and flip": "reflect-flip",
    "enlarged crop and flip": "resized-crop-flip",
}
AUGMENT: dict[str, bool] = {"yes": True, "no": False} | dict.fromkeys(HOW, True)
SCHEDULES = ("cosine", "cosine:0.0001", "cosine-epochs", "cosine-full", "constant")
MOMENTA = {"Nesterov's": True, "plain": False}
SCHEDULE_HELP = (
    "Of the learning rate: half a cosine per step down to 0 or to the rate given, as the code of EVA has it; one that falls "
    "from epoch to epoch (Graph-A2); one that spans the steps of all the data, so that a coreset's training ends before its "
    "end (TDDS); or constant."
)
NORMALISATION_HELP = (
    "none: pixels go from −1 to 1. channels: each channel of the train split has mean 0 and deviation 1, as CIFAR in the "
    "code of the papers; retrainings take the numbers of the run."
)
MOMENTUM_HELP = "Of stochastic gradient descent; plain is that of Graph-A2."
VIEW_HELP = (
    "What is seen of images that are not augmented, as in evaluation. centre: the middle 7/8, enlarged to the full size, as "
    "DeepCore evaluates ImageNet; not for volumes."
)


def word_of(recipe: Recipe) -> str:
    """Return the word of `AUGMENT` for how a recipe augments images."""
    if not recipe.augment:
        return "no"
    return next((word for word, how in HOW.items() if how == recipe.augmentation), "yes")


def augmentation(word: str | None) -> Augmentation:
    """Return how images are augmented by a word of `AUGMENT`; the usual way where it names none."""
    return HOW.get(word or "", Recipe.augmentation)
