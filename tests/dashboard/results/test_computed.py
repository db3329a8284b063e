"""What the Results page computes is computed once, until a row comes or something else is compared."""

from dataclasses import replace

import pandas as pd
import pytest

from coreset_engine import results
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.results.computed import once
from coreset_engine.dashboard.results.data import Scope
from tests.compared import config, metrics
from tests.test_pages import opened


@pytest.fixture
def counted(cache):
    """A scope, and a function that counts how often it was called."""
    results.append(config("full"), metrics(0.9))
    calls = []
    return Scope(pd.DataFrame(), "val_acc_best", "data", "lenet", 4), lambda: calls.append(1) or len(calls)


def test_the_same_is_computed_once_and_other_names_hidden_rows_and_questions_apart(counted):
    scope, count = counted
    assert [once("a", scope, count), once("a", scope, count)] == [1, 1]
    assert once("b", scope, count) == 2
    assert once("a", replace(scope, hidden_rows=("ab",)), count) == 3
    assert once("a", replace(scope, metric="test_acc_last"), count) == 4
    assert once("a", scope, count, ("eva", 0.1)) == 5
    assert once("a", scope, count) == 1


def test_a_new_row_or_a_note_lets_everything_be_computed_anew(counted):
    scope, count = counted
    assert once("a", scope, count) == 1
    results.append(config("full", seed=1), metrics(0.9))
    assert once("a", scope, count) == 2
    results.annotate([results.rows()[0]["key"]], "seen")
    assert once("a", scope, count) == 3


def test_a_table_of_all_results_is_the_caller_s_own(counted):
    table = cached.result_table()
    table["label"] = "changed"
    assert cached.result_table()["label"].tolist() == ["full"]


def test_a_rerun_of_the_page_compares_nothing_anew(cache, monkeypatch):
    for seed in range(2):
        results.append(config("full", seed=seed), metrics(0.9))
        results.append(config("random", seed=seed), metrics(0.8))
        results.append(config("aum", seed=seed), metrics(0.85))
    page = opened("pages/8_Results.py")
    assert not page.exception
    shown = [one.value.to_dict("list") for one in page.dataframe]
    monkeypatch.setattr("coreset_engine.results.randoms.paired", lambda *given: pytest.fail("compared anew"))
    page.run()
    assert not page.exception
    assert str([one.value.to_dict("list") for one in page.dataframe]) == str(shown)
