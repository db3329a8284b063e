"""All methods under one roof: those that score every sample and those that pick a set greedily."""

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from coreset_engine import budgets, registry, selection
from coreset_engine.errors import ConfigError
from coreset_engine.greedy import Greedy, all_greedy
from coreset_engine.scores import Score, all_scores, spelt
from coreset_engine.training_modes import TrainingMode, all_modes
from coreset_engine.windows import Window

Method = Score | Greedy

READS = {
    "dynamics": "every epoch of a recording",
    "snapshot": "features and logits of one epoch",
    "any": "a recording, or one epoch of it",
    "scores": "any method's scores",
    "images": "all images, in every training; it selects no coreset",
}


@cache
def all_methods() -> dict[str, Method]:
    """Return every method by name, scores first."""
    return {**all_scores(), **all_greedy()}


def get(name: str) -> Method:
    """Return one method.

    Raises:
        UnknownNameError: there is none of this name.
    """
    return registry.lookup(all_methods(), name, "method")


def is_greedy(name: str) -> bool:
    """Return whether a method picks a set instead of scoring every sample.

    Raises:
        UnknownNameError: there is no such method.
    """
    return isinstance(get(name), Greedy)


def windows_of(name: str, options: Mapping[str, Any]) -> tuple[Window, ...]:
    """Return the windows of epochs that a method reads with its options: none, one, or the early and the late one.

    There is none, too, where the length of the run decides how many of the first epochs are read.

    Raises:
        UnknownNameError: there is no such method.
    """
    given = {key: option.default for key, option in get(name).options.items()} | dict(options)
    kind = get(name).windows
    if kind == "pair":
        return Window(given["early"], given["length"]), Window(given["late"], given["length"])
    if kind == "one":
        if "start" in given:
            return (Window(given["start"], given["length"]),)
        return () if given["epochs"] is None else (Window(1, given["epochs"]),)
    return ()


def label_of(name: str, options: Mapping[str, Any], seed: int = 0) -> str:
    """Return how a method with its options reads, e.g. "eva 1/190 K10": windows, and what is not the default.

    Args:
        name: of the method.
        options: given or resolved; a seed is told only where it is not `seed`.
        seed: of the training.

    Raises:
        UnknownNameError: there is no such method.
    """
    known, rest, text = get(name).options, dict(options), name
    if get(name).windows == "pair":
        text += f" {rest.pop('early')}/{rest.pop('late')} K{rest.pop('length', known['length'].default)}"
    return text + unusual(rest, known, seed)


def unusual(options: Mapping[str, Any], known: Mapping[str, registry.Option], seed: int = 0) -> str:
    """Return the options that are not the default, e.g. " strata=20"; a seed only where it is not the training's."""
    shown = {
        name: value for name, value in options.items() if value != (seed if name == "seed" else known[name].default)
    }
    return "".join(f" {name}={value}" for name, value in shown.items())


def split(
    method: str, rule: str, options: dict[str, Any], rule_options: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of a method and those of a rule, parsed, without what stands for "chosen by itself".

    Raises:
        EngineError: the method, the rule or an option does not exist, one is missing, or a value is not possible.
    """
    if is_greedy(method) and rule != "top":
        raise ConfigError(f"{method} picks a set itself, so rule {rule} has no use. Leave it out.")
    of_method, of_rule = get(method).options, selection.get(rule).options
    clash = [name for name in options if name in of_rule and rule_options.get(name, options[name]) != options[name]]
    if clash:
        raise ConfigError(f"{method} and rule {rule} share the option {clash[0]}: give one value for both.")
    given = {name: value for name, value in (rule_options | options).items() if value is not None}
    unknown = [name for name in given if name not in of_method and name not in of_rule]
    if unknown:
        known = ", ".join(dict.fromkeys([*of_method, *of_rule])) or "none"
        raise ConfigError(f"Neither {method} nor rule {rule} has an option {unknown[0]!r}. They have: {known}.")
    found = []
    for owner, entry in ((f"Method {method}", of_method), (f"Rule {rule}", of_rule)):
        own = {name: value for name, value in given.items() if name in entry}
        resolved = registry.check_options(owner, entry, own)
        found.append({name: resolved[name] for name in entry if name in own})
    needs = getattr(get(method), "needs", "")
    if needs and isinstance(word := found[0].get(needs), str):
        found[0][needs] = spelt(word)
    return found[0], found[1]


def parsed(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return some options of a method as values of their types; what else it needs may be missing.

    Raises:
        EngineError: there is no such method or option, or a value is not possible.
    """
    entry = get(name)
    if strange := set(given) - set(entry.options):
        raise ConfigError(
            f"Method {name} has no option {min(strange)!r}. It has: {', '.join(entry.options) or 'none'}."
        )
    found = {key: entry.options[key].parse(value) for key, value in given.items()}
    needs = getattr(entry, "needs", "")
    return found | ({needs: spelt(found[needs])} if needs in found and isinstance(found[needs], str) else {})


def split_options(method: str, rule: str, options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of the method and those of the rule.

    Raises:
        ConfigError: neither has an option of that name.

    Example:
        >>> from coreset_engine.methods import split_options
        >>> split_options("el2n", "ccs", {"epochs": 5, "cutoff": 0.1})
        ({'epochs': 5}, {'cutoff': 0.1})
    """
    of_method, of_rule = get(method).options, selection.get(rule).options
    unknown = [name for name in options if name not in of_method and name not in of_rule]
    if unknown:
        known = ", ".join(dict.fromkeys([*of_method, *of_rule])) or "none"
        raise ConfigError(f"Neither {method} nor rule {rule} has an option {unknown[0]!r}. They have: {known}.")
    return (
        {name: value for name, value in options.items() if name in of_method},
        {name: value for name, value in options.items() if name in of_rule},
    )


def resolve(
    method: str, rule: str, rate: float, options: dict[str, Any], seed: int | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return every option of the method and of the rule with the value that will be used, defaults and β included.

    Args:
        method: method.
        rule: selection rule.
        rate: α, by which CCS chooses β where none is given.
        options: those given, of both; values may be text.
        seed: for methods and rules that draw, where `options` gives none.

    Raises:
        ConfigError: an option is unknown, missing or has an impossible value.

    Example:
        >>> from coreset_engine.methods import resolve
        >>> resolve("el2n", "top", 0.1, {})  # EL2N takes the first 10 epochs where nothing else is asked for
        ({'epochs': 10}, {})
        >>> resolve("el2n", "top", 0.1, {"epochs": "5"})
        ({'epochs': 5}, {})
    """
    of_method, of_rule = split_options(method, rule, options)
    resolved = []
    for owner, entry, given in (("Method", get(method), of_method), ("Rule", selection.get(rule), of_rule)):
        drawn = {"seed": seed} if seed is not None and "seed" in entry.options else {}
        known = registry.check_options(f"{owner} {entry.name}", entry.options, drawn | given)
        resolved.append(entry.without_later(known, entry.options))
    if resolved[1].get("cutoff", 0.0) is None:
        resolved[1]["cutoff"] = selection.default_cutoff(rate)
    return resolved[0], resolved[1]


def reads(name: str) -> str:
    """Return what a method reads of a run: "dynamics", "snapshot" or "any".

    Raises:
        UnknownNameError: there is no such method.
    """
    return get(name).reads


def reads_snapshot(name: str, rule: str = "top", class_budget: str = "none") -> bool:
    """Return whether the snapshot of an epoch decides what is selected of a run: read by method, rule or class budgets.

    Raises:
        EngineError: there is no such method, rule or budget.
    """
    return reads(name) == "snapshot" or selection.get(rule).needs == "features" or budgets.reads_snapshot(class_budget)


def described(name: str) -> dict[str, Any]:
    """Return a method as plain values: name, label, kind, family, formula, options, source and what it says of itself.

    Raises:
        UnknownNameError: there is no such method.
    """
    return describe(get(name))


def describe(entry: Method | selection.Rule | TrainingMode) -> dict[str, Any]:
    """Return a registry entry as plain values, for tables and JSON."""
    options = [f"{o.name}={'required' if o.required else o.default}" for o in entry.options.values()]
    kind = "method" if isinstance(entry, Method) else "rule" if isinstance(entry, selection.Rule) else "training mode"
    names = ("family", "cost", "measured", "differences", "checked")
    row = {"kind": kind, "name": entry.name, "label": entry.label, "keep": getattr(entry, "keep", "")}
    row |= {
        "reads": getattr(entry, "reads", "scores" if kind == "rule" else "images"),
        "options": options,
        "formula": entry.formula,
    }
    words = (inspect.getdoc(entry.function) or "").partition("\n")[0].removeprefix("Return ")
    row["words"] = words[:1].upper() + words[1:]
    return row | {"source": entry.source} | {name: getattr(entry, name) for name in names}


def facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is known of an entry, as `describe` returns it, as (heading, text); empty texts are left out."""
    options = ", ".join(row["options"])
    return [
        (heading, text)
        for heading, text in (
            ("In words", row["words"]),
            ("Formula", row["formula"]),
            ("Reads", READS[row["reads"]]),
            ("Keeps", row["keep"]),
            ("Options and defaults", options),
            ("Cost", row["cost"]),
            ("Measured", row["measured"]),
            ("Paper and code", row["differences"]),
            ("Checked against", row["checked"]),
            ("Source", row["source"]),
        )
        if text
    ]


def entries() -> list[dict[str, Any]]:
    """Return every method, rule and training mode as plain values, ordered by family."""
    found = [*all_methods().values(), *selection.all_rules().values(), *all_modes().values()]
    rows = [describe(entry) for entry in found]
    families = list(dict.fromkeys(row["family"] for row in rows))
    return sorted(rows, key=lambda row: (row["kind"], families.index(row["family"])))


def matching(rows: list[dict[str, Any]], family: str | None, text: str) -> list[dict[str, Any]]:
    """Return the entries of a family (all for None) of which `text` is told: in name, label, words, formula or source.

    Args:
        rows: as `entries` gives them.
        family: one of theirs.
        text: in any case; each of its words must occur.
    """
    wanted = text.lower().split()
    told = ("name", "label", "words", "formula", "source")
    return [
        row
        for row in rows
        if family in (None, row["family"])
        and all(word in " ".join(row[field] for field in told).lower() for word in wanted)
    ]
