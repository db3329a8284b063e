"""Top: the best-ranked samples."""

import numpy as np
import pytest

from coreset_engine import score, select
from coreset_engine.selection import Request

RATES = (2, 5, 10, 20, 30, 50, 70, 90)


@pytest.mark.parametrize("percent", RATES)
def test_the_coreset_is_the_golden_one(golden, golden_run, percent):
    expected = np.sort(golden("eva")[f"sel_cfg0_rate{percent:02d}"])
    got = select(golden_run, method="eva", rate=percent / 100, early=1, late=31)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("percent", RATES)
def test_the_ranking_is_the_golden_one_with_its_ties(golden, golden_run, percent):
    expected = golden("eva")[f"sel_cfg0_rate{percent:02d}"]
    ranking = Request(score(golden_run, "eva", early=1, late=31), golden_run.labels, 1, "highest").ranking()
    np.testing.assert_array_equal(ranking[: len(expected)], expected)


@pytest.mark.parametrize(
    ("key", "column", "method", "tolerance"),
    [
        ("accumulated_margin", "ccs_aum_sum", "aum", 5e-3),
        ("forgetting", "ccs_forgetting", "forgetting", 1),  # half precision moves one sample by one event
        ("el2n", "ccs_el2n_sum10", "el2n", 2e-3),
        ("entropy", "ccs_entropy_last", "entropy", 1e-5),
    ],
)
@pytest.mark.parametrize("percent", [10, 30])
def test_each_method_keeps_the_scores_that_the_code_of_ccs_keeps(
    golden, golden_run, key, column, method, tolerance, percent
):
    baselines = golden("baselines")
    kept, expected = (
        np.sort(baselines[column][rows].astype(float))  # as multisets: ties are drawn otherwise there
        for rows in (
            select(golden_run, method=method, rate=percent / 100),
            baselines[f"ccs_mono_{key}_rate{percent}"],
        )
    )
    np.testing.assert_allclose(kept, expected, rtol=0, atol=tolerance)


def test_ties_keep_the_lower_row():
    np.testing.assert_array_equal(select([1.0, 2, 2, 2, 0], np.zeros(5, int), rate=0.4), [1, 2])


def test_of_equal_scores_the_first_rows_are_kept_at_either_end():
    for keep in ("highest", "lowest"):
        np.testing.assert_array_equal(select(np.zeros(10), np.zeros(10, int), rate=0.3, keep=keep), [0, 1, 2])
