"""Before and after an exclusion, worked by hand."""

import pytest

from coreset_engine import results
from tests.compared import config, frame, metrics

FIGURE = "test_acc_best_val"
TAKEN = {"excluded": {"rows": 40, "sha256": "ef" * 32}}


def rows(before, after, **more):
    found = [(config("el2n", seed=seed), metrics(value)) for seed, value in enumerate(before)]
    noted = {"excluded_set": "doubtful"}
    return frame(*found, *[(config("el2n", seed=s, **TAKEN, **more), metrics(v, **noted)) for s, v in enumerate(after)])


def test_the_same_coreset_is_compared_with_and_without_the_excluded_samples():
    (line,) = results.with_and_without(rows([0.20, 0.22], [0.40, 0.44]), FIGURE).to_dict("records")
    assert (line["label"], line["rate"], line["without"], line["excluded"], line["n"]) == (
        "el2n",
        0.1,
        "doubtful",
        40,
        2,
    )
    assert (line["before"], line["after"], line["difference"]) == pytest.approx((0.21, 0.42, 0.21))
    # differences 0.20 and 0.22: sd 0.0141, t(0.975, 1) = 12.7062
    assert line["half"] == pytest.approx(12.7062 * 0.01, rel=1e-5)


def test_other_coresets_are_not_the_same_with_fewer_samples():
    assert results.with_and_without(rows([0.2], [0.4], rate=0.2), FIGURE).empty
    assert results.with_and_without(rows([0.2], []), FIGURE).empty


def test_a_seed_without_a_partner_makes_no_pair():
    (line,) = results.with_and_without(rows([0.2], [0.4, 0.9]), FIGURE).to_dict("records")
    assert (line["n"], line["after"]) == (1, pytest.approx(0.4))


def test_what_was_taken_out_is_read_from_the_configuration_whatever_the_set_is_called():
    named = "odd) without 9 rows (x, abcd"
    rows = frame(
        (config("aum", excluded={"rows": 1040, "sha256": "ef" * 32}), metrics(0.5, excluded_set=named)),
        (config("el2n", excluded={"rows": 3, "sha256": "ab" * 32}), metrics(0.5)),  # as before sets had names
        (config("random"), metrics(0.5)),
    )
    expected = [f"1,040 rows ({named}, efef)", "3 rows (abab)", ""]
    assert rows["without"].tolist() == expected
    assert set(results.summarise(rows)["without"]) == set(expected)
    for table in (
        results.against_random(rows, "val_acc_best"),
        results.verdicts(rows, "val_acc_best"),
        results.costs(rows),
    ):
        of_label = dict(zip(table["label"], table["without"], strict=True))
        assert {of_label[label] for label in of_label if label != "random"} == set(expected[:2])
