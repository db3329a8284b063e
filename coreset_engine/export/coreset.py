"""A coreset as files hold it: with all that says how it came to be."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import __version__, api, config, methods, paths, selection, store
from coreset_engine.coreset import CoresetSpec
from coreset_engine.datasets import all_sources, library, sample_groups
from coreset_engine.errors import DatasetError
from coreset_engine.sources import Sources

if TYPE_CHECKING:
    import pandas as pd

_WHERE_THERE = ("folds", "channel_mean", "channel_deviation")  # of a run; a manifest says them where they are not empty


@dataclass(frozen=True)
class CoresetFile:
    """A coreset as files hold it: with labels, class names and all that says how it came to be.

    Attributes:
        indices: (M,) int64 rows of the original train split, ascending.
        scores: (N,) float64, those that were ranked.
        labels: (N,) classes, or (N, L) zeros and ones.
        class_names: of the data set.
        weights: (M,) training weights beside `indices`, where the method gives some.
        origin: run, data set and its hash, method, options, rule, rate, keep, ...
        notes: one sentence for each group in which the hard cut-off had to be given up.
    """

    indices: NDArray[np.int64]
    scores: NDArray[np.float64]
    labels: NDArray[np.integer]
    class_names: tuple[str, ...]
    origin: dict[str, Any]
    weights: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()

    def manifest(self) -> dict[str, Any]:
        """Return everything that is needed to make the same coreset again, as plain values for JSON."""
        return {
            "kind": "kept",  # the rows listed are those to train on, not those to drop
            "counted_from": 0,
            "split": "train",
            **self.origin,
            "samples_kept": len(self.indices),
            "samples_all": len(self.scores),
            "ties": "stable, lower row first",
            "version": __version__,
            "versions": config.versions(),
        }

    def table(self) -> pd.DataFrame:
        """Return one row a kept sample, the best-ranked first: index, label, class_name, score, rank (from 1)."""
        import pandas as pd

        request = selection.Request(self.scores, self.labels, len(self.indices), self.origin["keep"])
        rank = np.empty(len(self.scores), np.int64)
        rank[request.ranking()] = np.arange(1, len(rank) + 1)
        kept = self.indices[np.argsort(rank[self.indices], kind="stable")]
        table = pd.DataFrame({"index": kept, **label_columns(self.labels, self.class_names, kept)})
        table = table.assign(score=self.scores[kept], rank=rank[kept])
        if self.weights is not None:
            table["weight"] = self.weights[np.searchsorted(self.indices, kept)]
        return table


def with_origin(spec: CoresetSpec, sources: Sources | None = None) -> CoresetFile:
    """Return a coreset of a run of the cache with all that says how it came to be.

    Args:
        spec: which one.
        sources: the run's, where they are open already or bring a network.

    Raises:
        EngineError: as `api.coreset_of` says.
    """
    info = store.RunFile(paths.run_folder(spec.run)).info
    sources = sources or Sources.of_run(spec.run, spec.average, spec.snapshot)
    of_method, of_rule = methods.resolve(spec.method, spec.rule, spec.rate, spec.all_options)
    found = api.coreset_of(replace(spec, options=of_method, rule_options=of_rule), sources)
    exclude_name, excluded = api.excluded_by(spec)
    return CoresetFile(
        indices=found.rows,
        scores=found.scores,
        labels=sources.dynamics[0].labels,
        class_names=info.names,
        weights=found.weights,
        notes=found.notes,
        origin={
            "run": spec.run,
            "average": list(spec.average),
            "dataset": info.dataset,
            "dataset_sha256": info.dataset_sha256,
            "synthetic": is_synthetic(info.dataset, info.dataset_sha256),
            "mode": info.mode,
            "surrogate": info.architecture,
            "recipe": info.recipe,
            **{name: value for name in _WHERE_THERE if (value := getattr(info, name))},
            "surrogate_seed": info.seed,
            "epochs": sources.dynamics[0].epochs,
            "method": spec.method,
            "options": of_method,
            "rule": spec.rule,
            "rule_options": of_rule,
            "rate": spec.rate,
            "keep": found.keep,
            "source": methods.get(spec.method).source,
            "snapshot": spec.snapshot,
            "class_budget": spec.class_budget,
            "hard_cutoff": spec.hard_cutoff,
            "hard_cutoff_by": spec.hard_cutoff_by,
            "group_budget": spec.group_budget,
            **({"groups": sample_groups.digest(sources.groups)} if spec.group_budget != "none" else {}),
            **_exclusion(excluded, exclude_name),
            "recorded": info.created,
            "run_version": info.version(sources.dynamics[0].epochs).to_text(),
            "recorded_with": info.versions,
        },
    )


def _exclusion(rows: Sequence[int] | NDArray, name: str) -> dict[str, Any]:
    """Return what a manifest says of the rows that were never to be kept: how many, which saved set, and which rows."""
    count = len(np.unique(np.asarray(rows, np.int64)))
    if not count:
        return {"excluded": 0}
    return {"excluded": count, "excluded_set": name or None, "excluded_sha256": rows_sha256(rows)}


def rows_sha256(rows: Sequence[int] | NDArray) -> str:
    """Return a hash of a set of rows; neither order nor doubles change it."""
    return hashlib.sha256(np.unique(np.asarray(rows, np.int64)).tobytes()).hexdigest()


def is_synthetic(dataset: str, sha256: str) -> bool:
    """Return whether a data set was made by this project: what the cache says of it, else what its source's name says."""
    try:
        return library.cached(dataset, sha256).synthetic
    except DatasetError:
        source = all_sources().get(dataset)
        return source is not None and source.synthetic


def label_columns(labels: NDArray[np.integer], class_names: tuple[str, ...], rows: NDArray[np.int64]) -> dict[str, Any]:
    """Return columns `label` and `class_name` for some rows; several labels are joined by ';'."""
    if labels.ndim == 1:
        return {"label": labels[rows], "class_name": [class_names[c] for c in labels[rows]]}
    present = [np.flatnonzero(row) for row in labels[rows]]
    return {
        "label": [";".join(map(str, found)) for found in present],
        "class_name": [";".join(class_names[c] for c in found) for found in present],
    }
