"""The one call from what a run knows, or from anybody's scores, to a coreset."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from coreset_engine import budgets, methods, names, paths, recommended, registry, scores, selection, store
from coreset_engine.budgets import Limits
from coreset_engine.budgets.groups import WHOLE, numbered, whole
from coreset_engine.budgets.hard_cutoff import BY
from coreset_engine.budgets.places import TAU
from coreset_engine.coreset import FULL, Coreset, CoresetSpec
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError
from coreset_engine.recommended import AUTO
from coreset_engine.snapshot import Snapshot
from coreset_engine.sources import Sources
from coreset_engine.store import exclusions


def select(
    source: Dynamics | Snapshot | Sources | Sequence[Dynamics] | Sequence[Snapshot] | NDArray,
    labels: NDArray | None = None,
    *,
    rate: float,
    method: str | None = None,
    rule: str = "top",
    keep: str | None = None,
    snapshot: Snapshot | None = None,
    exclude: Sequence[int] | NDArray = (),
    budget: str = "none",
    tau: float = TAU,
    hard_cutoff: float = 0.0,
    hard_cutoff_by: str = BY,
    groups: Sequence[str] | NDArray | None = None,
    group_budget: str = "none",
    need: Sequence[float] | NDArray | None = None,
    **options: Any,
) -> NDArray[np.int64]:
    """Return a coreset: ascending row numbers of the train split, (M,) int64 with M = ceil(rate * N).

    Args:
        source: scores (N,), or one run's dynamics or snapshot, or several runs' whose scores are averaged.
        labels: (N,) classes; needed with scores, taken from the run otherwise.
        rate: α, share of samples kept, above 0 and up to 1.
        method: method, needed with dynamics and snapshots; "auto" for the recommended selection (options goal, seed).
        rule: selection rule, for methods that score.
        keep: "highest", "lowest" or "middle"; by default the end that the method keeps ("highest" for bare scores).
        snapshot: beside dynamics or bare scores, for rules that read features.
        exclude: rows that are never kept.
        budget: how classes share the places: "none", "proportional", "tempered", "equal", "drop" or "difficulty", see
            `class_budgets`. What a method or rule calls budget itself ("round", "exact") goes there.
        tau: exponent of the class size under "tempered".
        hard_cutoff: β at α = 10 % of the samples that are left out first, see `hard_cutoff`; 0 cuts nothing.
        hard_cutoff_by: the evidence of that cut, see `hard_cutoff`.
        groups: (N,) which samples belong together, as patients; "", None or NaN for one of none; a run knows them.
        group_budget: how groups share the places: "none", "proportional", "equal", or "whole" (see `budgets.groups.whole`).
        need: (C,) how much each class needs, for "drop" and "difficulty" with bare scores; a run knows it.
        options: options of the method and of the rule; one that both have, e.g. `seed`, goes to both. `balanced=True`
            asks a method that scores for the rule "balanced".

    Raises:
        EngineError: as `choose` and `selection.select_from_scores` say, or a combination makes no sense.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import select
        >>> scores, labels = np.array([0.9, 0.7, 0.5, 0.1]), np.array([0, 0, 1, 1])
        >>> select(scores, labels, rate=0.5).tolist()  # the two highest
        [0, 1]
        >>> select(scores, labels, rate=0.5, rule="balanced").tolist()  # the highest of each class
        [0, 2]
    """
    words, options = _budget(method, rule, budget, tau, options)
    budgets.refuse_idle(hard_cutoff, BY if method == AUTO else hard_cutoff_by, groups, group_budget)
    if _is_run(source):
        if method is None or need is not None:
            told = "dynamics give a method" if method is None else "a run leave need= out, which it knows itself"
            raise ConfigError(f"With {told}: select(dynamics, method='eva', rate=0.1, early=1, late=190).")
        sources = Sources.of(source, snapshot, None if groups is None else names.of_groups(groups))
        shared: dict[str, Any] = dict(
            zip(budgets.SHARED, (words, group_budget, hard_cutoff, hard_cutoff_by), strict=True)
        )
        return choose(sources, method, rate=rate, rule=rule, keep=keep, exclude=exclude, **shared, **options).rows
    if labels is None or method is not None:
        raise ConfigError("With scores give their labels and no method: select(scores, labels, rate=0.1).")
    if hard_cutoff or group_budget != "none":
        what = "hard_cutoff needs" if hard_cutoff else "group_budget and groups need"
        raise ConfigError(f"Bare scores say nothing of a training, so {what} a run's dynamics. Leave it out.")
    given: dict[str, Any] = {"features": None if snapshot is None else snapshot.features, "exclude": exclude}
    given |= {"keep": keep or "highest", "class_budget": words, "need": need}
    return selection.select_from_scores(cast(NDArray, source), labels, rate=rate, rule=rule, **given, **options)


def coreset_of(spec: CoresetSpec, sources: Sources | None = None, excluded: NDArray[np.int64] | None = None) -> Coreset:
    """Return the coreset that is asked of a run of the cache.

    Args:
        spec: which one; of method "full" all samples but the excluded ones.
        sources: the run's, where they are open already or bring a network.
        excluded: the rows of `spec.exclusion`, where they are read already.

    Raises:
        EngineError: as `choose` says, or the run or the excluded rows can't be read.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import CoresetSpec, Dynamics, coreset_of
        >>> from coreset_engine.sources import Sources
        >>> p = np.array([[0.25, 0.75, 0.5]])  # p_y of three samples in one epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0, 0]))
        >>> spec = CoresetSpec("mine", "confidence", rate=0.5)
        >>> coreset_of(spec, Sources.of(run)).kept.tolist()  # the ceil(1.5) = 2 lowest
        [True, False, True]
    """
    sources = sources or Sources.of_run(spec.run, spec.average, spec.snapshot)
    excluded = excluded_by(spec)[1] if excluded is None else excluded
    if spec.method == FULL:
        count = store.RunFile(paths.run_folder(spec.run)).info.samples
        rows = np.setdiff1d(np.arange(count, dtype=np.int64), excluded)
        return Coreset(rows, np.ones(count), "highest", spec=spec)
    shared: dict[str, Any] = budgets.given(vars(spec)) | {"exclude": excluded}
    found = choose(sources, spec.method, rate=spec.rate, rule=spec.rule, **shared, **spec.all_options)
    return replace(found, spec=spec)


def excluded_by(spec: CoresetSpec) -> tuple[str, NDArray[np.int64]]:
    """Return the rows that a coreset never keeps, and the name of the saved set that they are, "" for a file's.

    Raises:
        EngineError: as `exclusions.rows_of` says, or the run can't be read.

    Example:
        >>> from coreset_engine import CoresetSpec
        >>> from coreset_engine.api import excluded_by
        >>> name, rows = excluded_by(CoresetSpec("mine", "aum", rate=0.1))
        >>> name, rows.tolist()
        ('', [])
    """
    if not spec.exclusion:
        return "", np.empty(0, np.int64)
    return exclusions.rows_of(spec.exclusion, store.RunFile(paths.run_folder(spec.run)).info.dataset_sha256, spec.run)


def choose(
    sources: Sources,
    method: str,
    *,
    rate: float,
    rule: str = "top",
    keep: str | None = None,
    exclude: Sequence[int] | NDArray = (),
    class_budget: str = "none",
    hard_cutoff: float = 0.0,
    hard_cutoff_by: str = BY,
    group_budget: str = "none",
    **options: Any,
) -> Coreset:
    """Return the coreset of a method, its options, a rule and a rate, with scores and weights.

    Args: as `select`; `class_budget` as `budgets.parse` reads it.

    Raises:
        EngineError: as `scores.score`, `greedy.pick` and `selection.select_from_scores` say.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics
        >>> from coreset_engine.api import choose
        >>> from coreset_engine.sources import Sources
        >>> p = np.array([[0.25, 0.75, 0.5]])  # p_y of three samples in one epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0, 0]))
        >>> choice = choose(Sources.of(run), "confidence", rate=0.5)  # the ceil(1.5) = 2 lowest
        >>> choice.rows.tolist(), choice.ranking.tolist(), choice.keep
        ([0, 2], [0, 2, 1], 'lowest')
    """
    if method == AUTO:
        shares = (class_budget, group_budget, hard_cutoff, hard_cutoff_by)
        found = recommended.parts(options, alone=(rule, keep, *shares) == ("top", None, *budgets.SHARED.values()))
        return choose(sources, rate=rate, exclude=exclude, **found.pop("options"), **found)
    limits = sources.limits(rate, class_budget, hard_cutoff, hard_cutoff_by, group_budget)
    if group_budget == WHOLE:
        one = choose(sources, method, rate=rate, rule=rule, keep=keep, exclude=exclude, **options)
        return _whole(one, sources, exclude, selection.coreset_size(rate, len(one.scores)))
    if methods.is_greedy(method):
        return _picked(sources, method, rate, rule, keep, exclude, limits, options)
    if options.pop("balanced", False):
        rule = _balanced(rule)
    method_options, rule_options = methods.split_options(method, rule, options)
    values = sources.score(method, method_options)
    labels, end = sources.read_by(method)[0].strata_labels, keep or scores.get(method).keep
    parts = _needed(sources, rule, registry.defaults(scores.get(method).options, method_options) | rule_options)
    rows, split = selection.chosen(values, labels, rate, rule, end, parts, rule_options, exclude=exclude, limits=limits)
    return Coreset(rows, values, end, cut=split.cut, notes=split.notes)


def training_weights(coreset: Coreset, method: str) -> NDArray[np.float64]:
    """Return the weights of a coreset's samples in training, (M,) beside `coreset.rows`.

    Greedy methods that weigh (CRAIG, GradMatch) bring theirs. A score weighs by its place between the lowest and the
    highest of all N samples, turned so that the kept end weighs 1: the importance weights of TDDS.

    Raises:
        ConfigError: the method gives no weights, or keeps the middle of its scores.

    Source: Zhang et al. 2024, Eq. 13 (arXiv:2311.13613), normalised as in its code.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.api import Coreset, training_weights
        >>> coreset = Coreset(np.array([0, 2]), np.array([4.0, 0.0, 1.0]), "highest")
        >>> training_weights(coreset, "eva").tolist()  # 4 of 0..4 weighs 1, and 1 weighs 1/4
        [1.0, 0.25]
    """
    if coreset.weights is not None:
        return coreset.weights
    if methods.is_greedy(method) or coreset.keep == "middle":
        raise ConfigError(f"{method} gives no training weights. Train with weighting none.")
    values = coreset.scores if coreset.keep == "highest" else -coreset.scores
    finite = values[np.isfinite(values)]
    if not finite.size or finite.min() == finite.max():
        return np.ones(len(coreset.rows))
    return ((np.clip(values, finite.min(), finite.max()) - finite.min()) / np.ptp(finite))[coreset.rows]


def _whole(one: Coreset, sources: Sources, exclude: Sequence[int] | NDArray, size: int) -> Coreset:
    """Return a coreset of whole groups: those of its samples in the order of the ranking, then those of all others."""
    belongs = numbered(sources.groups, alone=True)
    wanted = one.ranking[np.argsort(~one.kept[one.ranking], kind="stable")]
    free = wanted[~np.isin(wanted, np.asarray(exclude, np.int64))]
    return replace(one, rows=whole(free, belongs, size), weights=None)


def _picked(
    sources: Sources,
    method: str,
    rate: float,
    rule: str,
    keep: str | None,
    exclude: Sequence[int] | NDArray,
    limits: Limits,
    options: dict[str, Any],
) -> Coreset:
    """Return the choice of a greedy method."""
    if rule != "top" or keep is not None:
        raise ConfigError(
            f"{method} picks a set itself, one sample after another, so no rule or end of scores applies. Leave them out; "
            "balanced=true or false says whether it picks within classes."
        )
    picks = sources.pick(method, rate, exclude, limits, options)
    values = np.zeros(sources.read_by(method)[0].n_samples)
    values[picks.rows] = np.arange(len(picks.rows), 0, -1)
    order = np.argsort(picks.rows, kind="stable")
    weights = None if picks.weights is None else picks.weights[order]
    return Coreset(picks.rows[order], values, "highest", weights, cut=picks.cut, notes=picks.notes)


def _budget(
    method: str | None, rule: str, budget: str, tau: float, options: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return class budgets as one word, and the options, with `budget` among them where method or rule mean it."""
    entries = [selection.get(rule).options, *([] if method in (None, AUTO) else [methods.get(str(method)).options])]
    own = [value for known in entries if "budget" in known for value in known["budget"].choices]
    if budget in own:
        return "none", options | {"budget": budget}
    return str(budgets.with_tau(budget, tau)), options


def _balanced(rule: str) -> str:
    """Return the rule that `balanced=True` asks for."""
    if rule not in ("top", "balanced"):
        raise ConfigError(f"balanced=True asks for rule 'balanced', but rule {rule!r} was given. Choose one of them.")
    return "balanced"


def _needed(sources: Sources, rule: str, options: dict[str, Any]) -> dict[str, NDArray]:
    """Return what a rule needs beside scores; `options` are those of the method, and those given of the rule."""
    needs, by = selection.get(rule).needs, options.get("cutoff_by", "aum")
    if needs == "probability":
        return {"probability": sources.early_probability(options.get("epochs"), options.get("window"))}
    if needs == "features":
        return {"features": sources.snapshots[0].features}
    if needs != "hardness" or by == "score" or (by == "aum" and not sources.has_dynamics):
        return {}
    entry = scores.get(by)
    if entry.reads == "snapshot" or entry.keep == "middle":
        raise ConfigError(
            f"{rule} can't cut off by {by}: give a method that scores dynamics and keeps one end, or score."
        )
    values = sources.score(by, {})
    return {"hardness": values if entry.keep == "lowest" else -values}


def _is_run(source: Any) -> bool:
    """Return whether `source` is a run's dynamics or snapshot, a sequence of them, or Sources."""
    first = source[0] if isinstance(source, (list, tuple)) and source else source
    return isinstance(first, (Dynamics, Snapshot, Sources))
