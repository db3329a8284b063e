"""The learning rate of a step, by the schedule of a recipe."""

import math

from coreset_engine.config import COSINE_EPOCHS, COSINE_FULL, Recipe


def rate_of(recipe: Recipe, epoch: int, done: int, steps: int, samples: int) -> float:
    """Return the learning rate of a step.

    Args:
        recipe: whose schedule it follows; a warm-up goes step by step in all of them.
        epoch: from 1.
        done: steps of the epoch before this one.
        steps: of an epoch.
        samples: of all the data, whose steps the schedule "cosine-full" spans; a part of a batch counts as a part of a step,
            but the cosine is never shorter than the training, since it would rise again.
    """
    kind, whole = recipe.schedule.partition(":")[0], recipe.epochs * steps
    before = (epoch - 1) * steps
    past = before + done
    if kind == COSINE_EPOCHS:
        past = max(before, min(past, math.ceil(recipe.warmup * whole)))
    span = max(whole, recipe.epochs * samples / recipe.batch_size) if kind == COSINE_FULL else None
    return recipe.rate_at(past, whole, span)
