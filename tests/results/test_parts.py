"""A part of the results that is registered stands on the page, in the command and in what is copied, by itself."""

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from coreset_engine import results
from coreset_engine.__main__ import cli
from coreset_engine.errors import ConfigError, UnknownNameError
from coreset_engine.results import parts
from coreset_engine.results.parts import NoTableError, Part, Question
from coreset_engine.results.people import LINE, Column
from tests.browser import ROOT
from tests.cli.helpers import strict
from tests.compared import config, frame, metrics


def _spread(rows, question):
    """Standard deviation over the seeds of every method and rate that has two."""
    found = rows.groupby(["label", "rate"])[question.metric].agg(["std", "count"]).reset_index()
    return found[found["count"] > 1].rename(columns={"std": "sd", "count": "n"})


SPREAD = Part(
    name="spread",
    title="Spread over seeds",
    words="spread over seeds",
    order=15,
    compute=_spread,
    missing=lambda question: "No method has two seeds. Train another one.",
    people=lambda table, question: table.assign(sd=100 * table["sd"], α=100 * table["rate"]).drop(columns="rate"),
    columns=LINE | {"sd": Column("sd (points)", "%.2f")},
    metric=True,
)


@pytest.fixture
def spread():
    """The part among the others; two seeds of Random at 0.5 and 0.7, one of AUM."""
    ordered = sorted([*parts.all_parts().values(), SPREAD], key=lambda part: part.order)
    known = parts.all_parts()
    before = dict(known)
    known.clear()
    known.update({part.name: part for part in ordered})
    for seed, value in enumerate((0.5, 0.7)):
        results.append(config("random", seed=seed), metrics(value))
    results.append(config("aum"), metrics(0.6))
    yield SPREAD
    known.clear()
    known.update(before)


def printed(*words):
    return CliRunner().invoke(cli, ["results", *words], catch_exceptions=False).output


def test_a_part_that_is_registered_is_printed(spread):
    (line,) = strict(printed("--show", "spread", "--json", "--figure", "test_acc_last"))
    assert line == {"label": "random", "rate": 0.1, "sd": pytest.approx(0.02**0.5), "n": 2}  # of 0.5 and 0.7
    assert "spread" in printed("--help")


def test_a_part_that_is_registered_stands_on_the_page_and_is_copied(spread):
    page = AppTest.from_file(str(ROOT / "pages/8_Results.py"), default_timeout=60).run()
    assert not page.exception
    headings = [one.value for one in page.markdown if one.value.startswith("## ")]
    places = [headings.index(f"## {title}") for title in ("Spread over seeds", "Class by class")]
    assert places == sorted(places)
    (table,) = [one.value for one in page.dataframe if "sd" in one.value]
    assert table["sd"].tolist() == [pytest.approx(100 * 0.02**0.5)]
    names = {}
    exec(page.code[-1].value, names)
    assert names["spread"]["label"].tolist() == ["random"]
    assert "--show spread --figure test_acc_best_val" in page.code[-2].value


def test_why_there_is_no_table_is_told(spread):
    with pytest.raises(NoTableError, match="Train another"):
        spread.answer(frame((config("aum"), metrics(0.5))), Question())


def test_a_name_that_is_no_part_is_refused():
    with pytest.raises(UnknownNameError, match=", ".join(parts.all_parts())):
        results.part("nothing", frame((config("aum"), metrics(0.5))))


def test_a_hidden_method_is_not_in_the_table_but_counts_in_holms_correction():
    rows = [(config("random", seed=seed), metrics(value)) for seed, value in enumerate((0.50, 0.52, 0.51))]
    for method, values in (("aum", (0.6, 0.63, 0.64)), ("el2n", (0.4, 0.45, 0.41))):
        rows += [(config(method, seed=seed), metrics(value)) for seed, value in enumerate(values)]
    (line,) = results.part("random", frame(*rows), hidden=["el2n"]).to_dict("records")
    assert line["label"] == "aum"
    assert line["p_holm"] > line["p"]


@pytest.mark.parametrize("name", ["recalls", "confusion", "costs"])
def test_rows_of_two_data_sets_are_not_compared(name):
    other = {"dataset": "pneumoniamnist", "dataset_sha256": "cd" * 32}
    rows = frame((config("aum"), metrics(0.5)), (config("aum", **other), metrics(0.5)))
    with pytest.raises(ConfigError, match="--dataset"):
        results.part(name, rows, coreset=("aum", 0.1))


def test_without_a_coreset_the_confusion_names_none():
    said = parts.all_parts()["confusion"].missing(parts.Question())
    assert said.startswith("No training on a coreset, or none on all data, keeps its confusion.")
