"""The commands and the Python that give what the Results page shows."""

from collections.abc import Mapping

from coreset_engine import argv, results
from coreset_engine.dashboard.results.data import Scope
from coreset_engine.results.parts import Question, all_parts


def command(scope: Scope, asked: Mapping[str, Question], find: str = "") -> str:
    """Return the commands that print the tables shown, each under a comment that says which.

    Args:
        scope: data set, architecture, epochs, metric, and what is hidden.
        asked: what each part that is shown was asked, by its name.
        find: words by which retrainings are listed, "" for all.
    """
    words = ["results", "--dataset", scope.data]
    words += ["--architecture", scope.architecture, "--epochs", str(scope.epochs)]
    words += ["--hide", *scope.hidden] if scope.hidden else []
    words += ["--hide-rows", *scope.hidden_rows] if scope.hidden_rows else []
    found = {"means over seeds": ["--wide"]}
    found |= {all_parts()[name].title: ["--show", name, *_options(name, question)] for name, question in asked.items()}
    found["every retraining"] = [*(["--find", find] if find else []), "--csv"]
    return "\n".join(f"# {title}\n{argv.command(*words, *more)}" for title, more in found.items())


def _options(name: str, question: Question) -> list[str]:
    """Return a question as options of `results --show NAME`."""
    found = ["--figure", question.metric] if all_parts()[name].metric else []
    if question.coreset:
        found += ["--coreset", question.coreset[0], str(question.coreset[1])]
    return found + (["--rows", *_short(question.keys)] if question.keys else [])


def _short(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the beginnings of keys, enough to mean them."""
    return tuple(key[: results.SHORT_KEY] for key in keys)


def python(scope: Scope, asked: Mapping[str, Question], find: str = "") -> str:
    """Return lines of Python that define the tables shown: one per part, `means` and `retrainings`; see `command`."""
    wanted = {"architecture": scope.architecture, "epochs": scope.epochs}
    lines = [
        "from coreset_engine import results",
        "",
        "rows = results.frame(modes=True)",
        f"rows = rows[results.data_names(rows) == {scope.data!r}]",
        *(f'rows = rows[rows["{name}"] == {value!r}]' for name, value in wanted.items()),
    ]
    lines += [f'rows = rows[~rows["key"].str.startswith({scope.hidden_rows!r})]'] if scope.hidden_rows else []
    lines += [f"hidden = {list(scope.hidden)!r}"] if scope.hidden else []
    lines += [_call(name, question, hidden=bool(scope.hidden)) for name, question in asked.items()]
    lines += ['rows = rows[~rows["label"].isin(hidden)]'] if scope.hidden else []
    lines.append("means = results.ordered(results.summarise(rows))")
    lines.append(f"retrainings = results.matching(rows, {find!r})" if find else "retrainings = rows")
    return "\n".join(lines)


def _call(name: str, question: Question, *, hidden: bool) -> str:
    """Return the line that defines one part's table."""
    part = all_parts()[name]
    rows = f'rows[rows["key"].str.startswith({_short(question.keys)!r})]' if question.keys else "rows"
    words = [repr(name), rows, *([f"metric={question.metric!r}"] if part.metric else [])]
    words += [f"coreset={question.coreset!r}"] if question.coreset else []
    words += ["hidden=hidden"] if hidden else []
    return f"{part.variable or name} = results.part({', '.join(words)})"
