"""What a filter over signals means: the names it knows, and its tree as a test of every sample, checked in advance."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine import scores
from coreset_engine.analysis.classes import class_number
from coreset_engine.analysis.filter_syntax import Comparison, Flag, Negation, Node, Term, wrong
from coreset_engine.errors import ConfigError
from coreset_engine.signals import BIT_LABELS

Kind = Literal["class", "flag", "group", "number"]
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
    and all of `plain_scores`; `group` is what the image belongs to, as a patient, where that is known.
    """
    found: dict[str, Kind] = {"class": "class", "label": "class", "prediction_last": "class", "correct_last": "flag"}
    found["group"] = "group"
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


def name_of(term: Term) -> str:
    """Return the name of a value as `kinds` has it: dyn_unc means dyn-unc."""
    name = term.text.lower()
    return name if name in kinds() else name.replace("_", "-")


def kind_of(term: Term) -> Kind | None:
    """Return what kind of value a term names, None where it names none."""
    return kinds().get(name_of(term)) if term.kind == "word" else None


def test_of(node: Node, names: Sequence[str], multi_label: bool) -> Test:
    """Return what tells of every sample whether a tree is true; all that is wrong with the tree is said before."""
    if isinstance(node, Flag):
        return _flag(node.term)
    if isinstance(node, Comparison):
        return _comparison(node, names, multi_label)
    if isinstance(node, Negation):
        part = test_of(node.part, names, multi_label)
        return lambda values: ~part(values)
    parts = [test_of(one, names, multi_label) for one in node.parts]
    join = np.logical_and if node.operator == "and" else np.logical_or
    return lambda values: join.reduce([one(values) for one in parts])


def _flag(term: Term) -> Test:
    """Return the test of a value that stands alone."""
    kind, name = kind_of(term), name_of(term)
    if kind is None:
        raise _unknown(term)
    if kind != "flag":
        example = {"class": f"{name} = liver", "group": f"{name} = P01"}.get(kind, f"{name} > p50")
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
    if kind_of(left) is None:
        if operator == "in" or kind_of(right[0]) is None:
            raise _unknown(left)
        left, operator, right = right[0], _TURNED[operator], (left,)
    kind = kind_of(left)
    if kind == "flag":
        raise wrong(left.at, f"{name_of(left)} is true or false: write it alone, or not {name_of(left)}.")
    if kind == "class":
        return _of_class(left, operator, right, names, multi_label)
    return _of_group(left, operator, right) if kind == "group" else _of_number(name_of(left), operator, right)


def _of_group(left: Term, operator: str, right: Sequence[Term]) -> Test:
    """Return the test of a group: whether it is one of some."""
    if operator not in ("=", "!=", "in"):
        raise wrong(left.at, "groups have no order. Compare group by =, != or in.")

    def test(values: Values) -> NDArray[np.bool_]:
        given = values("group")
        known = set(np.unique(given).tolist())
        unknown = [term for term in right if term.text not in known]
        if unknown:
            raise wrong(unknown[0].at, f"no train image belongs to a group {unknown[0].text!r}.")
        found = np.isin(given, [term.text for term in right])
        return ~found if operator == "!=" else found

    return test


def _of_class(left: Term, operator: str, right: Sequence[Term], names: Sequence[str], multi_label: bool) -> Test:
    """Return the test of a class: whether it is one of some, or the same as that of another value."""
    name = name_of(left)
    if operator not in ("=", "!=", "in"):
        raise wrong(left.at, f"classes have no order. Compare {name} by =, != or in.")
    other = right[0]
    if operator != "in" and other.text not in names and kind_of(other) == "class":
        return lambda values: _COMPARE[operator](values(name), values(name_of(other)))
    numbers = [_number_of(term, names) for term in right]
    if multi_label and len(names) > BIT_LABELS:
        raise wrong(
            left.at, f"a run keeps which of {len(names)} labels a sample has for up to {BIT_LABELS} labels only."
        )

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
    if kind_of(term) != "number":
        raise wrong(
            term.at, f"{name} is a number: compare it with one, or with a percentile as p10, not {term.text!r}."
        )
    other = name_of(term)
    return lambda values: values(other)


def _at_percentile(values: NDArray[Any], share: float) -> float:
    """Return a percentile of finite or infinite values, between two of them linearly."""
    low, high = (float(np.percentile(values, share, method=end)) for end in ("lower", "higher"))
    return float(np.percentile(values, share)) if np.isfinite([low, high]).all() else low
