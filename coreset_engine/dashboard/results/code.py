"""The commands and the Python that give what the Results page shows."""

import shlex
from dataclasses import dataclass, field

from coreset_engine import results
from coreset_engine.dashboard.results.comparison import Choice
from coreset_engine.dashboard.results.recalls import Told


@dataclass(frozen=True)
class Shown:
    """What the page shows.

    Attributes:
        chosen: data set, network, epochs, figure and hidden methods.
        hidden_rows: beginnings of the keys of single rows that are left out, too.
        compared: whether there is a method to compare with Random.
        coreset: the one whose recalls are shown, None where there is none.
        priced: whether there are costs.
        curves: keys of the retrainings whose learning curves are shown.
        find: words by which retrainings are listed, "" for all.
    """

    chosen: Choice
    hidden_rows: tuple[str, ...] = ()
    compared: bool = False
    coreset: Told | None = None
    priced: bool = False
    curves: list[str] = field(default_factory=list)
    find: str = ""

    def parts(self) -> dict[str, list[str]]:
        """Return the words that ask `results` for each table that is shown, by what it is called."""
        figure = ["--figure", self.chosen.figure]
        found = {"means over seeds": ["--wide"]}
        if self.compared:
            found["against Random, seed by seed"] = ["--show", "random", *figure]
        if self.coreset:
            coreset = [*figure, "--coreset", self.coreset.label, str(self.coreset.rate)]
            found["class by class"] = ["--show", "recalls", *coreset]
            if self.coreset.confused:
                found["which class is taken for which"] = ["--show", "confusion", *coreset]
        if self.priced:
            found["what it costs"] = ["--show", "costs"]
        if self.curves:
            keys = [key[: results.SHORT_KEY] for key in self.curves]
            found["learning curves"] = ["--show", "curves", "--rows", *keys]
        return found | {"every retraining": [*(["--find", self.find] if self.find else []), "--csv"]}


def command(shown: Shown) -> str:
    """Return the commands that print the tables shown, each under a comment that says which."""
    chosen = shown.chosen
    words = ["python", "-m", "coreset_engine", "results", "--dataset", chosen.data, "--architecture", chosen.network]
    words += ["--epochs", str(chosen.epochs)]
    words += ["--hide", *chosen.hidden] if chosen.hidden else []
    words += ["--hide-rows", *shown.hidden_rows] if shown.hidden_rows else []
    return "\n".join(f"# {name}\n{shlex.join([*words, *asked])}" for name, asked in shown.parts().items())


def python(shown: Shown) -> str:
    """Return lines of Python that define the tables shown: `means`, `differences`, `recalls`, ..., `retrainings`."""
    chosen = shown.chosen
    wanted = {"architecture": chosen.network, "epochs": chosen.epochs}
    lines = [
        "from coreset_engine import results",
        "",
        "rows = results.frame()",
        f"rows = rows[results.data_names(rows) == {chosen.data!r}]",
        *(f'rows = rows[rows["{name}"] == {value!r}]' for name, value in wanted.items()),
    ]
    lines += [f'rows = rows[~rows["key"].str.startswith({shown.hidden_rows!r})]'] if shown.hidden_rows else []
    if shown.compared:
        lines.append(f"differences = results.against_random(rows, {chosen.figure!r})")
    if chosen.hidden:
        visible = '{0} = {0}[~{0}["label"].isin(' + repr(list(chosen.hidden)) + ")]"
        lines += [visible.format(name) for name in ("differences", "rows")[not shown.compared :]]
    lines.append("means = results.ordered(results.summarise(rows))")
    if shown.coreset:
        label, rate = shown.coreset[:2]
        lines += [
            f"recalls = results.class_recalls(rows, {chosen.figure!r})",
            f'recalls = recalls[(recalls["label"] == {label!r}) & (recalls["rate"] == {rate!r})]',
        ]
        if shown.coreset.confused:
            lines.append(f"confusion = results.confusion_change(rows, {label!r}, {rate!r}, {chosen.figure!r})")
    lines += ["costs = results.costs(rows)"] if shown.priced else []
    if shown.curves:
        keys = tuple(key[: results.SHORT_KEY] for key in shown.curves)
        lines.append(f'curves = results.learning_curves(rows[rows["key"].str.startswith({keys!r})])')
    lines.append(f"retrainings = results.matching(rows, {shown.find!r})" if shown.find else "retrainings = rows")
    return "\n".join(lines)
