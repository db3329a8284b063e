"""The lists of the Label issues page as tables: labels that are likely wrong, and images that are almost the same."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine import paths, selection, store
from coreset_engine.analysis import duplicates, label_issues
from coreset_engine.analysis.classes import class_number
from coreset_engine.analysis.duplicates import Duplicates
from coreset_engine.analysis.label_issues import Confusion, Rule, Suspects
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError, DatasetError
from coreset_engine.export.coreset import label_columns


def wrong_labels(
    run: str,
    rule: label_issues.Rule = "combined",
    *,
    share: float | None = None,
    label: str | None = None,
    pair: tuple[str, str] | None = None,
) -> pd.DataFrame:
    """Return the rows of a run of the cache whose labels a rule suspects, the most suspect first.

    Args:
        run: name of the run.
        rule: one of `analysis.label_issues.RULES`.
        share: suspect this share of all samples instead of as many as the rule itself does.
        label: only samples of this class, by its name or its number.
        pair: only samples of the first class that should perhaps carry the second.

    Returns:
        As `label_table`.

    Raises:
        ConfigError: the run has no such class, or as `analysis.label_issues.find` says.
        EngineError: the run is missing or damaged, or multi-label.
    """
    dynamics, names = store.load_run(run), class_names(run)
    number = None if label is None else class_number(label, names)
    of_pair = None if pair is None else (class_number(pair[0], names), class_number(pair[1], names))
    found = label_issues.find(dynamics, rule, share=share)
    rows = label_issues.rows_of(found, dynamics.labels, number, of_pair)
    return label_table(found, dynamics.labels, names, rows)


def near_duplicates(
    run: str, threshold: float = 0.97, *, label: str | None = None, differ: bool = False
) -> pd.DataFrame:
    """Return the train images of a run of the cache that are almost the same, group by group, the most alike first.

    Args:
        run: name of the run.
        threshold: correlation of the pixels from which images count as alike.
        label: only groups with an image of this class, by its name or its number.
        differ: only groups whose labels differ.

    Returns:
        As `duplicate_table`.

    Raises:
        ConfigError: the run has no such class, or as `analysis.duplicates.near_duplicates` says.
        EngineError: the run is missing or damaged, or its images are not in the cache.
    """
    dynamics, names = store.load_run(run), class_names(run)
    number = None if label is None else class_number(label, names)
    found = duplicates.near_duplicates(train_images(run), threshold=threshold)
    groups = duplicates.duplicate_rows(found, dynamics.labels, number, differ)
    return duplicate_table(found, groups, dynamics.labels, names)


def confused_classes(run: str, rule: label_issues.Rule = "combined", *, share: float | None = None) -> pd.DataFrame:
    """Return which classes a run of the cache takes for which in the last third of its epochs, the most frequent first.

    Args:
        run: name of the run.
        rule: one of `analysis.label_issues.RULES`, whose suspects are counted.
        share: suspect this share of all samples instead of as many as the rule itself does.

    Returns:
        As `pair_table`.

    Raises:
        ConfigError: as `analysis.label_issues.find` says.
        EngineError: the run is missing or damaged, or multi-label.
    """
    dynamics = store.load_run(run)
    found = label_issues.find(dynamics, rule, share=share)
    return pair_table(label_issues.confused_pairs(dynamics), class_names(run), dynamics.labels, found)


def label_quality(
    run: str, *, share: float | None = None, ticked: Sequence[int] | NDArray[np.integer] | None = None
) -> pd.DataFrame:
    """Return how well every rule meets the wrong labels that were planted into a run's images.

    Args:
        run: name of the run.
        share: suspect this share of all samples instead of as many as each rule itself does.
        ticked: rows that a person excludes, which become a line of their own; None for no such line.

    Returns:
        As `label_quality_table`.

    Raises:
        ConfigError: no wrong labels were planted, or as `analysis.label_issues.find` says.
        SelectionError: a ticked row does not exist.
        EngineError: the run is missing or damaged, or multi-label, or its images are not in the cache.
    """
    dynamics, wrong = store.load_run(run), _planted(run, "wrong_label", "wrong labels").astype(bool)
    found = {rule: label_issues.find(dynamics, rule, share=share) for rule in label_issues.RULES}
    if ticked is None:
        return label_quality_table(found, wrong)
    left = selection.remaining(len(wrong), ticked, 0)
    return label_quality_table(found, wrong, ~np.isin(np.arange(len(wrong)), left))


def duplicate_quality(run: str, threshold: float = 0.97) -> pd.DataFrame:
    """Return how well the images found to be almost the same meet the near-duplicates planted into a run's images.

    Args:
        run: name of the run.
        threshold: correlation of the pixels from which images count as alike.

    Returns:
        As `duplicate_quality_table`.

    Raises:
        ConfigError: none were planted, or as `analysis.duplicates.near_duplicates` says.
        EngineError: the run is missing or damaged, or its images are not in the cache.
    """
    origin = _planted(run, "duplicate_of", "near-duplicates")
    return duplicate_quality_table(duplicates.near_duplicates(train_images(run), threshold=threshold), origin)


def _planted(run: str, name: str, what: str) -> NDArray[np.integer]:
    """Return (N,) what was planted into a run's images.

    Raises:
        ConfigError: nothing was.
    """
    info = store.RunFile(paths.run_folder(run)).info
    truth = library.cached(info.dataset, info.dataset_sha256).truth
    if name not in truth:
        raise ConfigError(f"No {what} were planted into the images of {run}, so nothing is known to compare with.")
    return truth[name]


def label_table(
    found: Suspects, labels: NDArray[np.integer], names: tuple[str, ...], rows: NDArray[np.int64]
) -> pd.DataFrame:
    """Return one line a suspect, in the order given: index, label, class_name, proposed, proposed_name, score.

    Args:
        found: of one rule.
        labels: (N,) classes.
        names: of the classes.
        rows: those to list. Where no other class was ever predicted, `proposed` is -1 and has no name.
    """
    proposed = found.proposals.of(rows)
    other = [names[one] if one >= 0 else "" for one in proposed]
    columns = {"index": rows, **label_columns(labels, names, rows)}
    return pd.DataFrame(columns | {"proposed": proposed, "proposed_name": other, "score": found.scores[rows]})


def duplicate_table(
    found: Duplicates, groups: Sequence[NDArray[np.int64]], labels: NDArray[np.integer], names: tuple[str, ...]
) -> pd.DataFrame:
    """Return one line an image, group by group: group (from 1), index, label, class_name, like, correlation.

    Args:
        found: pairs of images.
        groups: those to list, as `analysis.duplicates.duplicate_rows` gives them.
        labels: (N,) classes or (N, L) zeros and ones.
        names: of the classes. `like` is the row that an image is most like, `correlation` how much.
    """
    rows = np.concatenate([np.empty(0, np.int64), *groups])
    near = duplicates.nearest_in(found, rows)  # no pair leaves its group
    numbers = np.repeat(np.arange(1, len(groups) + 1), [len(group) for group in groups])
    columns = {"group": numbers, "index": rows, **label_columns(labels, names, rows)}
    like, value = ([near[row][part] for row in rows.tolist()] for part in (0, 1))
    return pd.DataFrame(columns | {"like": like, "correlation": value})


def pair_table(
    found: Sequence[Confusion], names: tuple[str, ...], labels: NDArray[np.integer], suspected: Suspects
) -> pd.DataFrame:
    """Return one line a pair of confused classes, and how many suspects fall on it.

    Args:
        found: the pairs.
        names: of the classes.
        labels: (N,) classes.
        suspected: of one rule.

    Returns:
        label, class_name, predicted, predicted_name; share of the label's predictions, 0..1; suspects.
    """
    rows = suspected.rows
    pairs = Counter(zip(labels[rows].tolist(), suspected.proposals.of(rows).tolist(), strict=True))
    lines = [
        (one.label, names[one.label], one.predicted, names[one.predicted], one.rate, pairs[one.label, one.predicted])
        for one in found
    ]
    columns = ["label", "class_name", "predicted", "predicted_name", "share", "suspects"]
    return pd.DataFrame(lines, columns=columns)


def label_quality_table(
    found: Mapping[Rule, Suspects], wrong: NDArray[np.bool_], ticked: NDArray[np.bool_] | None = None
) -> pd.DataFrame:
    """Return how well every rule meets the labels known to be wrong, one line each: suspected_by, n, precision, recall.

    Args:
        found: of all rules.
        wrong: (N,) planted wrong labels.
        ticked: (N,) what a person excludes, as a line of its own.
    """
    masks = {rule: of.mask for rule, of in found.items()} | ({} if ticked is None else {"ticked": ticked})
    table = []
    for name, mask in masks.items():
        met = label_issues.quality(mask, wrong)
        table.append({"suspected_by": name, "n": met.n, "precision": met.precision, "recall": met.recall})
    return pd.DataFrame(table)


def duplicate_quality_table(found: Duplicates, duplicate_of: NDArray[np.integer]) -> pd.DataFrame:
    """Return how well pairs found meet planted near-duplicates in one line: suspected_by, n, precision, recall.

    A pair is right when both come from one original; a copy is found when it is paired with its original.

    Args:
        found: pairs of images.
        duplicate_of: (N,) row of the original, -1 for an image that is no copy.
    """
    origin = np.where(duplicate_of >= 0, duplicate_of, np.arange(len(duplicate_of)))
    a, b = found.pairs.T
    right = int(np.count_nonzero(origin[a] == origin[b]))
    met = int(np.count_nonzero((duplicate_of[a] == b) | (duplicate_of[b] == a)))
    copies = int(np.count_nonzero(duplicate_of >= 0))
    precision, recall = (hits / of if of else float("nan") for hits, of in ((right, len(a)), (met, copies)))
    return pd.DataFrame([{"suspected_by": "pixels", "n": len(a), "precision": precision, "recall": recall}])


def planted_truth(run: str) -> Mapping[str, NDArray]:
    """Return what is known of errors planted into a run's images, `ImageSet.truth`; nothing where the cache has no images.

    Raises:
        EngineError: the run is missing or damaged.
    """
    info = store.RunFile(paths.run_folder(run)).info
    try:
        return library.cached(info.dataset, info.dataset_sha256).truth
    except DatasetError:
        return {}


def train_images(run: str) -> NDArray[np.uint8]:
    """Return the train images of a run.

    Raises:
        EngineError: the run is missing or damaged, or its images are not in the cache.
    """
    info = store.RunFile(paths.run_folder(run)).info
    return library.cached(info.dataset, info.dataset_sha256).images["train"]


def class_names(run: str) -> tuple[str, ...]:
    """Return the names of a run's classes, "class 0" and so on where it has none.

    Raises:
        EngineError: the run is missing or damaged.
    """
    info = store.RunFile(paths.run_folder(run)).info
    return info.names
