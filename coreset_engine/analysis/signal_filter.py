"""Filters over signals: which samples of a run an expression such as "forgetting > 3 and class = liver" is true of.

A filter reads what training recorded and the labels as they are given; injected errors can't be asked for.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import paths, store
from coreset_engine.analysis import filter_syntax
from coreset_engine.analysis.filter_meaning import kind_of, name_of, test_of
from coreset_engine.analysis.filter_syntax import Comparison, Flag, Negation, Node, Term
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError
from coreset_engine.signals import packed_labels
from coreset_engine.sources import Sources, train_groups


def matching(
    source: str | Dynamics | Sources,
    text: str,
    *,
    average: Sequence[str] = (),
    class_names: Sequence[str] = (),
    groups: Callable[[], NDArray[np.str_]] | None = None,
) -> NDArray[np.bool_]:
    """Return which samples a filter is true of, (N,).

    Args:
        source: name of a run of the cache, a run's dynamics, or sources. Where these are several runs, scores are averaged
            and all else is the first one's.
        text: the filter. Names of classes go before names of values where a class is compared: `class = label` means the
            class named label, where there is one. A percentile pQ is taken over all samples, between two of them linearly.
            A sample of several labels is of class C where C is one of them.
        average: further runs whose scores are averaged in, where `source` is a name.
        class_names: of dynamics or sources; those of a run of the cache are known. Without names "class 0" and so on.
        groups: of dynamics or sources, gives their groups (N,) when the filter reads them; a run of the cache has its own.

    Raises:
        ConfigError: the filter can't be read; the sentence says at which character.
        EngineError: a value can't be computed for this run.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics
        >>> from coreset_engine.analysis.signal_filter import matching
        >>> p = np.array([[0.9, 0.6, 0.2], [0.9, 0.2, 0.4]])  # p_y of three samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0, 0]))
        >>> matching(run, "confidence > 0.35 and not correct_last").tolist()
        [False, True, False]
    """
    tree = filter_syntax.parse(text)
    if isinstance(source, str):
        class_names = store.RunFile(paths.run_folder(source)).info.names
        groups = partial(train_groups, source)
        source = Sources.of_run(source, average)
    sources = Sources.of(source)
    run = sources.dynamics[0]
    names = tuple(class_names) or tuple(f"class {number}" for number in range(run.classes))
    test = test_of(tree, names, run.multi_label)
    return test(lambda name: _groups(groups) if name == "group" else value(sources, name))


def _groups(load: Callable[[], NDArray[np.str_]] | None) -> NDArray[np.str_]:
    """Return the groups that a filter reads.

    Raises:
        ConfigError: there are none.
    """
    if load is None:
        raise ConfigError("A filter by group needs groups=, or the name of a run whose images have some.")
    return load()


def rows_matching(source: str | Dynamics | Sources, text: str, **given: Any) -> NDArray[np.int64]:
    """Return the rows of the train split that a filter is true of, ascending; see `matching`, which takes the same."""
    return np.flatnonzero(matching(source, text, **given))


def numbers_in(text: str) -> list[str]:
    """Return the names of the numbers that a filter reads, each once, in their order; without "row".

    Raises:
        ConfigError: the filter can't be read.
    """
    names = [name_of(term) for term in _terms(filter_syntax.parse(text)) if kind_of(term) == "number"]
    return [name for name in dict.fromkeys(names) if name != "row"]


def _terms(node: Node) -> list[Term]:
    """Return all terms of a tree that are flags, numbers or values, in their order."""
    if isinstance(node, Flag):
        return [node.term]
    if isinstance(node, Comparison):
        terms = [node.left, *node.right]
        # of a class or a group all else are names of these, even where a value has the same
        return terms if not {"class", "group"} & {kind_of(term) for term in terms} else []
    parts = (node.part,) if isinstance(node, Negation) else node.parts
    return [term for part in parts for term in _terms(part)]


def value(sources: Sources, name: str) -> NDArray[Any]:
    """Return one value per sample, (N,); sets of labels, and predicted ones, as one bit per label.

    Args:
        sources: of one run or several.
        name: one of `filter_meaning.kinds` but "group", which is no part of what was recorded.

    Raises:
        EngineError: it can't be computed for these runs.
    """
    run = sources.dynamics[0]
    if name in ("class", "label"):
        return packed_labels(run.labels)
    if name == "prediction_last":
        return run.prediction[-1].astype(np.int64)
    if name == "correct_last":
        return np.asarray(run.prediction[-1] == packed_labels(run.labels))
    if name == "loss_last":
        return run.loss[-1].astype(np.float64)
    return np.arange(run.n_samples) if name == "row" else sources.score(name, {})
