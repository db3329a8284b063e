"""The list of the Label issues page, as the command and the Python that make it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coreset_engine import argv
from coreset_engine.dashboard.controls.exclusions import Work

SHARED = ("rule", "share", "threshold")  # options that decide what is suspected, not which of it is listed


@dataclass(frozen=True)
class ListSpec:
    """What decides a list.

    Attributes:
        run: its name.
        alike: whether near-duplicates are listed, and not suspected labels.
        options: those of `export.label_issues.near_duplicates` or `wrong_labels`.
        confused: whether classes taken for each other are shown beside it.
        quality: whether it is measured against what was injected.
        ticked: name of the saved set that is measured, too, "" for none.
        unsaved: whether something is ticked that no saved set holds, which a command can't know.
        dataset_sha256: of the images, under which sets are saved.
    """

    run: str
    alike: bool
    options: dict[str, Any]
    confused: bool = False
    quality: bool = False
    ticked: str = ""
    unsaved: bool = False
    dataset_sha256: str = ""

    def with_tables(self, *, confused: bool = False, quality: bool, work: Work | None = None) -> "ListSpec":
        """Return the same list with the tables shown beside it; of ticked rows those that are all saved."""
        made = replace(self, confused=confused, quality=quality)
        if not (work and quality and work.rows):
            return made
        if work.changes.count:
            return replace(made, unsaved=True)
        return replace(made, ticked=work.name, dataset_sha256=work.facts.dataset_sha256)


def wrong_labels(
    run: str, names: Sequence[str], rule: str, share: float | None, label: int | None, pair: tuple[int, int] | None
) -> ListSpec:
    """Return what decides a list of suspects: evidence, share of all samples, class and pair of classes."""
    options: dict[str, Any] = {"rule": rule}
    options |= {} if share is None else {"share": share}
    options |= {} if label is None else {"label": _class_name(label, names)}
    options |= {} if pair is None else {"pair": (_class_name(pair[0], names), _class_name(pair[1], names))}
    return ListSpec(run, False, options)


def near_duplicates(run: str, names: Sequence[str], threshold: float, label: int | None, differ: bool) -> ListSpec:
    """Return what decides a list of near-duplicates: correlation, class, and whether labels must differ."""
    options: dict[str, Any] = {"threshold": threshold}
    options |= {} if label is None else {"label": _class_name(label, names)}
    return ListSpec(run, True, options | ({"differ": True} if differ else {}))


def _class_name(label: int, names: Sequence[str]) -> str:
    """Return a class as the command reads it: its name, or its number where others have that name, too."""
    return names[label] if list(names).count(names[label]) == 1 else str(label)


def kind_of(listed: ListSpec) -> str:
    """Return what is listed, as part of a file's name."""
    return "near-duplicates" if listed.alike else "suspects"


def command(listed: ListSpec) -> str:
    """Return the command that writes a list, and under comments those that print the tables beside it."""
    words = ["--near-duplicates"] if listed.alike else []
    shared = {name: value for name, value in listed.options.items() if name in SHARED}
    found = [argv.command("suspects", listed.run, *words, *_words(listed.options), "--out", f"{kind_of(listed)}.csv")]
    if listed.confused:
        found += ["# classes taken for each other", argv.command("suspects", listed.run, *_words(shared), "--confused")]
    if listed.quality:
        shared.pop("rule", None)
        ticked = ["--exclude", listed.ticked] if listed.ticked else []
        found += ["# against what was injected"]
        found += [argv.command("suspects", listed.run, *words, *_words(shared), "--quality", *ticked)]
    return "\n".join(found)


def _words(options: Mapping[str, Any]) -> list[str]:
    """Return options as a command reads them."""
    words = []
    for name, value in options.items():
        words.append("--class" if name == "label" else f"--{name}")
        if value is not True:
            words += value if isinstance(value, tuple) else [str(value)]
    return words


def python(listed: ListSpec) -> str:
    """Return lines of Python whose `table` holds a list; `confused` and `quality` hold what is shown beside it."""
    shared = {name: value for name, value in listed.options.items() if name in SHARED}
    imports = ["from coreset_engine.export import label_issues"]
    lines = [_call("table", "near_duplicates" if listed.alike else "wrong_labels", listed.run, listed.options)]
    lines += [_call("confused", "confused_classes", listed.run, shared)] if listed.confused else []
    if listed.quality:
        shared.pop("rule", None)
        ticked = ""
        if listed.ticked:
            imports.append("from coreset_engine.store import exclusions")
            ticked = f"exclusions.load({listed.dataset_sha256!r}, {listed.ticked!r}).rows"
        function = "duplicate_quality" if listed.alike else "label_quality"
        lines.append(_call("quality", function, listed.run, shared, ticked))
    return "\n".join([*imports, "", *lines])


def _call(name: str, function: str, run: str, options: Mapping[str, Any], ticked: str = "") -> str:
    """Return the line of Python that makes a table."""
    words = [repr(run), *(f"{option}={value!r}" for option, value in options.items())]
    words += [f"ticked={ticked}"] if ticked else []
    return f"{name} = label_issues.{function}({', '.join(words)})"
