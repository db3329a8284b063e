"""How a change of the confusion reads: which class is taken for which."""

import numpy as np

from coreset_engine.results.confusions import Change, weights_of

TOLD = 3  # changes in the sentence
LEAST = 0.5  # points from which a change is told


def title_of(figure: str) -> str:
    """Return split and epoch rule of the confusion that goes with a figure."""
    return {"last": "test, last epoch", "best_val": "test, best val epoch"}[weights_of(figure)]


def sentence(found: Change, names: tuple[str, ...]) -> str:
    """Return the largest changes of one class being taken for another in words, with n."""
    wrong = np.where(np.eye(len(names), dtype=bool), 0.0, np.nan_to_num(found.points))
    order = np.argsort(-np.abs(wrong), axis=None, kind="stable")[:TOLD]
    told = []
    for label, predicted in zip(*np.unravel_index(order, wrong.shape), strict=True):
        points = wrong[label, predicted]
        if abs(points) >= LEAST:
            more = "more" if points > 0 else "less"
            told.append(f"{names[label]} is taken for {names[predicted]} in {abs(points):.0f} points {more}")
    seeds = f"n = {found.n}" + (f", all data n = {found.full_n}" if found.full_n != found.n else "")
    if not told:
        return (
            f"No class is taken for another in more than {LEAST:g} points more or less than after all data ({seeds})."
        )
    return f"Largest changes: {'; '.join(told)} ({seeds})."
