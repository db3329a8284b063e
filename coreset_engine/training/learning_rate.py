"""The learning rate of a step, by the schedule of a recipe."""

from coreset_engine.config import COSINE_EPOCHS, COSINE_FULL, Recipe


def rate_of(recipe: Recipe, epoch: int, done: int, steps: int, samples: int) -> float:
    """Return the learning rate of a step.

    Args:
        recipe: whose schedule it follows.
        epoch: from 1.
        done: steps of the epoch before this one.
        steps: of an epoch.
        samples: of all the data, whose steps the schedule "cosine-full" spans; a part of a batch counts as a part of a step.
    """
    kind = recipe.schedule.partition(":")[0]
    past = (epoch - 1) * steps + (0 if kind == COSINE_EPOCHS else done)
    span = recipe.epochs * samples / recipe.batch_size if kind == COSINE_FULL else None
    return recipe.rate_at(past, recipe.epochs * steps, span)
