"""Label issues and near-duplicates of a run as cleanlab's table of issues names and orders them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine.analysis import duplicates, label_issues
from coreset_engine.analysis.duplicates import Duplicates
from coreset_engine.errors import DatasetError
from coreset_engine.export.label_issues import class_names, train_images
from coreset_engine.store import load_run


def issue_table(
    run: str, rule: label_issues.Rule = "combined", *, share: float | None = None, threshold: float = 0.97
) -> pd.DataFrame:
    """Return one line per train sample of a run, in their order, with the columns of `Datalab.get_issues`.

    is_label_issue, label_score (1 minus how suspect the label is, of 1: low is worse, as there), given_label,
    predicted_label; where the cache has the images also is_near_duplicate_issue, near_duplicate_score and
    distance_to_nearest_neighbor (1 minus the correlation of the pixels; 1 where no image is alike), near_duplicate_sets.

    Args:
        run: name of the run.
        rule: one of `analysis.label_issues.RULES`.
        share: suspect this share of all samples instead of as many as the rule itself does.
        threshold: correlation of the pixels from which images count as alike.

    Raises:
        ConfigError: as `analysis.label_issues.find` and `analysis.duplicates.near_duplicates` say.
        EngineError: the run is missing or damaged, or multi-label.
    """
    dynamics, names = load_run(run), np.array(class_names(run))
    found = label_issues.find(dynamics, rule, share=share)
    given, proposed = dynamics.labels, dynamics.labels.copy()
    other = found.proposals.of(found.rows)
    proposed[found.rows[other >= 0]] = other[other >= 0]
    columns = {"is_label_issue": found.mask, "label_score": _score(found.scores)}
    columns |= {"given_label": names[given], "predicted_label": names[proposed]}
    try:
        images = train_images(run)
    except DatasetError:  # imported dynamics have none
        return pd.DataFrame(columns)
    return pd.DataFrame(columns | _alike(duplicates.near_duplicates(images, threshold=threshold)))


def _score(suspicion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the quality of labels, 0 for the most suspect one to 1 for the least."""
    span = np.ptp(suspicion)
    return (suspicion.max() - suspicion) / span if span else np.ones_like(suspicion)


def _alike(found: Duplicates) -> dict[str, object]:
    """Return the columns about near-duplicates."""
    near = duplicates.nearest_in(found, np.unique(found.pairs))
    others: list[list[int]] = [[] for _ in range(found.samples)]
    for a, b in found.pairs.tolist():
        others[a].append(b)
        others[b].append(a)
    distance = np.array([max(0.0, 1 - near[row][1]) if row in near else 1.0 for row in range(found.samples)])
    return {
        "is_near_duplicate_issue": found.group_of >= 0,
        "near_duplicate_score": distance,
        "near_duplicate_sets": [sorted(rows) for rows in others],
        "distance_to_nearest_neighbor": distance,
    }
