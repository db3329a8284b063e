"""The command and the Python that give the means which the Results page shows."""

import shlex

from coreset_engine.dashboard.comparison import Choice


def command(chosen: Choice, hidden_rows: tuple[str, ...] = ()) -> str:
    """Return the command that prints the means over seeds.

    Args:
        chosen: data set, network, epochs and hidden methods.
        hidden_rows: beginnings of the keys of single rows that are left out, too.
    """
    words = ["python", "-m", "coreset_engine", "results", "--dataset", chosen.data, "--architecture", chosen.network]
    words += ["--epochs", str(chosen.epochs)]
    words += ["--hide", *chosen.hidden] if chosen.hidden else []
    words += ["--hide-rows", *hidden_rows] if hidden_rows else []
    return shlex.join([*words, "--wide"])


def python(chosen: Choice, hidden_rows: tuple[str, ...] = ()) -> str:
    """Return lines of Python whose `means` holds the means over seeds; the arguments are those of `command`."""
    wanted = {"architecture": chosen.network, "epochs": chosen.epochs}
    lines = [
        "from coreset_engine import results",
        "",
        "rows = results.frame()",
        f"rows = rows[results.data_names(rows) == {chosen.data!r}]",
        *(f'rows = rows[rows["{name}"] == {value!r}]' for name, value in wanted.items()),
    ]
    lines += [f'rows = rows[~rows["label"].isin({list(chosen.hidden)!r})]'] if chosen.hidden else []
    lines += [f'rows = rows[~rows["key"].str.startswith({hidden_rows!r})]'] if hidden_rows else []
    return "\n".join([*lines, "means = results.ordered(results.summarise(rows))"])
