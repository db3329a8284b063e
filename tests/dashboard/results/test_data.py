"""Tables and sentences of the Results page, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from coreset_engine import results
from coreset_engine.dashboard.results import data
from coreset_engine.results import people, result_rows
from tests.compared import config, frame, metrics


def result(label, seed, value, rate=0.1, collapsed=False):
    """One row as `results.frame` gives it, every figure of it `value`."""
    figures = dict.fromkeys(results.FIGURES, value)
    names = {"label": label, "method": label, "rate": rate, "samples": 30, "architecture": "lenet", "seed": seed}
    names |= {"data": "demo (synthetic)", "dataset": "demo", "dataset_sha256": "a" * 64, "epochs": 12, "rule": "top"}
    names |= {"without": "", "best_epoch": 7, "batch_size": 16, "device": "cpu", "seconds": 1.25, "run": "tiny"}
    return names | figures | {"collapsed": collapsed, "created": "2026-01-02T03:04:05+00:00"}


def summary(*rows):
    return results.summarise(pd.DataFrame(rows))


def test_retrainings_stand_with_the_newest_first_and_accuracies_in_percent():
    table = people.row_table(pd.DataFrame([result("eva", 0, 0.5), result("aum", 1, 0.75)]))
    assert table["method"].tolist() == ["aum", "eva"]
    assert table["test last"].tolist() == [75, 50]
    assert table["created (UTC)"].tolist() == ["2026-01-02 03:04"] * 2


def test_only_the_newest_are_shown_when_a_number_of_them_is_asked_for():
    rows = pd.DataFrame([result("eva", seed, 0.5) for seed in range(5)])
    assert people.row_table(rows, 2)["seed"].tolist() == [4, 3]
    assert len(people.row_table(rows, 9)) == 5


def test_means_put_random_first_and_full_data_last_at_every_rate():
    found = people.mean_table(
        summary(result("full", 0, 0.9, 1.0), result("eva", 0, 0.6), result("eva", 1, 0.8), result("random", 0, 0.5))
    )
    assert found["method"].tolist() == ["random", "eva", "full"]
    assert found["n"].tolist() == [1, 2, 1]
    # the sample standard deviation of 60 and 80 is 20 / sqrt(2)
    np.testing.assert_allclose(found["sd test last"], [np.nan, 14.142135623730951, np.nan])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("eva", 0)], "n = 1 seed; no bar where n = 1; "),
        ([("eva", 0), ("eva", 1)], "n = 2 seeds; "),
        ([("eva", 0), ("eva", 1), ("aum", 0)], "n = 1 to 2 seeds; no bar where n = 1; "),
    ],
)
def test_the_remark_says_over_how_many_seeds_a_mean_goes(rows, words):
    text = data.remark(summary(*(result(label, seed, 0.5) for label, seed in rows)))
    assert text.startswith(words)


def test_the_remark_on_the_best_val_epoch_names_what_eva_published():
    assert "EVA's published" in data.explanation(summary(result("eva", 0, 0.5)), "val_acc_best")


def test_collapsed_runs_are_told_with_what_may_help():
    found = data.collapses(summary(result("eva", 0, 0.1, collapsed=True), result("eva", 1, 0.5)))
    assert found == [
        "eva at α = 10 %: 1 run collapsed to one class and is left out of the mean. Try a lower learning rate or a "
        "smaller batch."
    ]


def test_a_rate_below_1_percent_is_not_told_as_0():
    (sentence,) = data.collapses(summary(result("eva", 0, 0.1, rate=0.001, collapsed=True)))
    assert "α = 0.1 %" in sentence


def test_the_interval_of_two_seeds_is_that_of_students_t():
    found = data.with_intervals(summary(result("eva", 0, 0.6), result("eva", 1, 0.8), result("aum", 0, 0.5)))
    # t(0.975, 1) = 12.7062, sd / sqrt(2) = 0.1
    np.testing.assert_allclose(found["test_acc_last_half"], [1.27062, np.nan], rtol=1e-5)


def test_the_remark_says_what_the_bars_are():
    rows = summary(result("eva", 0, 0.6), result("eva", 1, 0.8))
    assert "standard deviation" in data.remark(rows)
    assert "Student" in data.remark(rows, "half")
    assert "9 standard deviations" in data.explanation(rows, "test_acc_last", "half")
    assert "9 standard deviations" not in data.explanation(rows, "test_acc_last")


def test_rows_from_before_the_calibration_error_do_not_count_for_it():
    figure = "test_ece_best_val"
    rows = pd.DataFrame([result("eva", 0, 0.5) | {figure: np.nan}, result("eva", 1, 0.7), result("eva", 2, 0.9)])
    found = data.with_intervals(results.summarise(rows))
    assert found["n"].tolist() == [3]
    assert data.counted(found, figure)["n"].tolist() == [2]
    assert data.lacking(rows, figure).startswith("1 of 3 retrainings have no test calibration error")
    assert data.lacking(rows, "test_acc_last") == ""


def test_the_axis_says_where_lower_is_better():
    assert people.title_of("test_ece_best_val") == "test calibration error at the best val epoch, lower is better"
    assert people.title_of("test_acc_last") == "test accuracy at the last epoch"


def test_trainings_of_a_search_are_left_out_and_its_confirmation_stays():
    asked = {"eva": None, "aum": "halving", "el2n": "confirmation"}
    rows = pd.DataFrame([result(label, 0, 0.5) | {"found_by": found_by} for label, found_by in asked.items()])
    assert data.without_searches(rows)["label"].tolist() == ["eva", "el2n"]
    before = pd.DataFrame([result("eva", 0, 0.5)])  # rows of before say nothing of searches
    assert data.without_searches(before)["label"].tolist() == ["eva"]


def test_the_usual_epochs_are_those_of_most_rows_and_of_two_the_larger():
    rows = [result("eva", seed, 0.5) | {"epochs": epochs} for seed, epochs in enumerate((30, 30, 7, 12, 12))]
    assert result_rows.usual_epochs(pd.DataFrame(rows)) == 30
    assert result_rows.usual_epochs(pd.DataFrame(rows[2:])) == 12


def test_the_best_of_all_test_epochs_is_a_column_named_optimistic_only_where_a_row_has_it():
    plain = pd.DataFrame([result("eva", 0, 0.5), result("aum", 1, 0.75)])
    assert people.TEST_BEST not in people.row_table(plain)
    assert "optimistic" in people.ROW_COLUMNS[people.TEST_BEST].title
    shown = people.row_table(plain.assign(test_acc_best=[0.55, float("nan")]))[people.TEST_BEST]
    assert shown.iloc[1] == pytest.approx(55)  # the newest row comes first
    assert shown.isna().tolist() == [True, False]


TAKEN = {"excluded": {"rows": 40, "sha256": "ef" * 32}}
WITHOUT = "without 40 rows (doubtful, efef)"


def taken_out(*, full=False):
    """Random and full data of the whole set, Random and, if asked for, full data without doubtful samples."""
    gone = ("random", "full")[: 1 + full]
    return frame(
        *[(config(method), metrics(0.8)) for method in ("random", "full")],
        *[(config(method, **TAKEN), metrics(0.9, excluded_set="doubtful")) for method in gone],
    )


def test_rows_are_chosen_by_the_samples_that_were_taken_out():
    rows = taken_out(full=True)
    assert data.exclusions(rows) == [data.EVERY, data.WHOLE, WITHOUT]
    assert data.labels_beside(rows, data.EVERY) == ()
    assert data.labels_beside(rows, data.WHOLE) == (f"random {WITHOUT}", f"full {WITHOUT}")
    assert data.labels_beside(rows, WITHOUT) == ("random", "full")


def test_the_full_data_stays_beside_an_exclusion_that_it_was_not_trained_without():
    assert data.labels_beside(taken_out(), WITHOUT) == ("random",)


def test_without_an_exclusion_there_is_nothing_to_choose():
    assert data.exclusions(frame((config("random"), metrics(0.8)))) == []
