"""Filters over signals: which samples of a run an expression such as "forgetting > 3 and class = liver" is true of.

A filter reads what training recorded and the labels as they are given; injected errors can't be asked for.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine import paths, scores, store
from coreset_engine.analysis import filter_syntax
from coreset_engine.analysis.classes import class_number
from coreset_engine.analysis.filter_syntax import Comparison, Flag, Negation, Node, Term, wrong
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError
from coreset_engine.signals import packed_labels
from coreset_engine.sources import Sources

Kind = Literal["class", "flag", "number"]
Values = Callable[[str], NDArray[Any]]
Test = Callable[[Values], NDArray[np.bool_]]
_COMPARE: dict[str, Callable[..., NDArray[np.bool_]]] = {
    ">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal, "=": np.equal, "!=": np.not_equal,
}  # fmt: skip
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "=", "!=": "!="}
_PERCENTILE = re.compile(r"[pP](\d+(?:\.\d+)?)")


@cache
def kinds() -> dict[str, Kind]:
    """Return what a filter can ask of a sample, by name, with what kind of value that is.

    Classes are `class`, or `label`, and `prediction_last`; `correct_last` is true or false; numbers are `loss_last`, `row`
    and all of `plain_scores`.
    """
    found: dict[str, Kind] = {"class": "class", "label": "class", "prediction_last": "class", "correct_last": "flag"}
    numbers = ["loss_last", "row", *plain_scores()]
    return found | dict.fromkeys(numbers, "number")


def plain_scores() -> list[str]:
    """Return the scoring methods that can read dynamics, need no options and draw nothing, in the registry's order."""
    return [
        name
        for name, entry in scores.all_scores().items()
        if entry.reads != "snapshot"
        and "seed" not in entry.options
        and not any(option.required for option in entry.options.values())
    ]


def matching(
    source: str | Dynamics | Sources, text: str, *, average: Sequence[str] = (), class_names: Sequence[str] = ()
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
        source = Sources.of_run(source, average)
    sources = Sources.of(source)
    run = sources.dynamics[0]
    names = tuple(class_names) or tuple(f"class {number}" for number in range(run.classes))
    return _test(tree, names, run.multi_label)(lambda name: value(sources, name))


def rows_matching(
    source: str | Dynamics | Sources, text: str, *, average: Sequence[str] = (), class_names: Sequence[str] = ()
) -> NDArray[np.int64]:
    """Return the rows of the train split that a filter is true of, ascending; see `matching`."""
    return np.flatnonzero(matching(source, text, average=average, class_names=class_names))


def numbers_in(text: str) -> list[str]:
    """Return the names of the numbers that a filter reads, each once, in their order; without "row".

    Raises:
        ConfigError: the filter can't be read.
    """
    names = [_name(term) for term in _terms(filter_syntax.parse(text)) if _kind(term) == "number"]
    return [name for name in dict.fromkeys(names) if name != "row"]


def _terms(node: Node) -> list[Term]:
    """Return all terms of a tree, in their order."""
    if isinstance(node, Flag):
        return [node.term]
    if isinstance(node, Comparison):
        return [node.left, *node.right]
    parts = (node.part,) if isinstance(node, Negation) else node.parts
    return [term for part in parts for term in _terms(part)]


def value(sources: Sources, name: str) -> NDArray[Any]:
    """Return one value per sample, (N,), by a name of `kinds`; sets of labels, and predicted ones, as one bit per label.

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


def _name(term: Term) -> str:
    """Return the name of a value as `kinds` has it: dyn_unc means dyn-unc."""
    name = term.text.lower()
    return name if name in kinds() else name.replace("_", "-")


def _kind(term: Term) -> Kind | None:
    """Return what kind of value a term names, None where it names none."""
    return kinds().get(_name(term)) if term.kind == "word" else None


def _test(node: Node, names: Sequence[str], multi_label: bool) -> Test:
    """Return what tells of every sample whether a tree is true; all that is wrong with the tree is said before."""
    if isinstance(node, Flag):
        return _flag(node.term)
    if isinstance(node, Comparison):
        return _comparison(node, names, multi_label)
    if isinstance(node, Negation):
        part = _test(node.part, names, multi_label)
        return lambda values: ~part(values)
    parts = [_test(one, names, multi_label) for one in node.parts]
    join = np.logical_and if node.operator == "and" else np.logical_or
    return lambda values: join.reduce([one(values) for one in parts])


def _flag(term: Term) -> Test:
    """Return the test of a value that stands alone."""
    kind, name = _kind(term), _name(term)
    if kind is None:
        raise _unknown(term)
    if kind != "flag":
        example = (
            f"{name} = {'liver' if name != 'prediction_last' else 'class'}" if kind == "class" else f"{name} > p50"
        )
        raise wrong(term.at, f"{name} alone is neither true nor false. Compare it, e.g. {example}.")
    return lambda values: values(name)


def _unknown(term: Term) -> ConfigError:
    """Return what is wrong with a term that should be a value."""
    if term.kind != "word":
        return wrong(
            term.at, f"{term.text!r} is no value of a sample. One side of a comparison is one, e.g. aum < 0.5."
        )
    return wrong(term.at, f"there is no value {term.text!r}. There are: {', '.join(kinds())}.")


def _comparison(node: Comparison, names: Sequence[str], multi_label: bool) -> Test:
    """Return the test of a comparison, of which either side may be the value."""
    left, operator, right = node
    if _kind(left) is None:
        if operator == "in" or _kind(right[0]) is None:
            raise _unknown(left)
        left, operator, right = right[0], _TURNED[operator], (left,)
    kind = _kind(left)
    if kind == "flag":
        raise wrong(left.at, f"{_name(left)} is true or false: write it alone, or not {_name(left)}.")
    if kind == "class":
        return _of_class(left, operator, right, names, multi_label)
    return _of_number(_name(left), operator, right)


def _of_class(left: Term, operator: str, right: Sequence[Term], names: Sequence[str], multi_label: bool) -> Test:
    """Return the test of a class: whether it is one of some, or the same as that of another value."""
    name = _name(left)
    if operator not in ("=", "!=", "in"):
        raise wrong(left.at, f"classes have no order. Compare {name} by =, != or in.")
    other = right[0]
    if operator != "in" and other.text not in names and _kind(other) == "class":
        return lambda values: _COMPARE[operator](values(name), values(_name(other)))
    numbers = [_number_of(term, names) for term in right]

    def test(values: Values) -> NDArray[np.bool_]:
        given = values(name).astype(np.int64)
        each = [(given >> number) & 1 == 1 if multi_label else given == number for number in numbers]
        found = np.logical_or.reduce(each)
        return ~found if operator == "!=" else found

    return test


def _number_of(term: Term, names: Sequence[str]) -> int:
    """Return the number of the class that a term names."""
    try:
        return class_number(term.text, names)
    except ConfigError as error:
        raise wrong(term.at, f"{str(error)[0].lower()}{str(error)[1:]}") from None


def _of_number(name: str, operator: str, right: Sequence[Term]) -> Test:
    """Return the test of a number against another one, or against some."""
    bounds = [_bound(name, term) for term in right]
    compare = _COMPARE["=" if operator == "in" else operator]
    return lambda values: np.logical_or.reduce([compare(values(name), bound(values)) for bound in bounds])


def _bound(name: str, term: Term) -> Callable[[Values], Any]:
    """Return what gives the number, or the numbers (N,), that a value is compared with."""
    if term.kind == "number":
        number = float(term.text)
        return lambda values: number
    percentile = _PERCENTILE.fullmatch(term.text) if term.kind == "word" else None
    if percentile:
        share = float(percentile[1])
        if share > 100:
            raise wrong(term.at, f"{term.text} is no percentile. They run from p0 to p100.")
        return lambda values: _at_percentile(values(name), share)
    if _kind(term) != "number":
        raise wrong(
            term.at, f"{name} is a number: compare it with one, or with a percentile as p10, not {term.text!r}."
        )
    other = _name(term)
    return lambda values: values(other)


def _at_percentile(values: NDArray[Any], share: float) -> float:
    """Return a percentile of finite or infinite values, between two of them linearly."""
    low, high = (float(np.percentile(values, share, method=end)) for end in ("lower", "higher"))
    return float(np.percentile(values, share)) if np.isfinite([low, high]).all() else low
