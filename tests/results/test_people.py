"""How numbers of tables are written."""

import pytest

from coreset_engine.results import FIGURES, people
from coreset_engine.results.parts import all_parts

PERCENT, OTHERS = "test_acc_best_val", ("test_auc_best_val", "test_kappa_last")


def test_a_metric_is_written_with_two_places_in_percent_and_with_four_where_it_is_no_share():
    assert people.written({"a": people.Column(format=people.FIGURE)}, PERCENT)["a"].format == "%.2f"
    for metric in OTHERS:
        found = people.written(people.DIFFERENCE | {"p": people.Column(format="%.3g")}, metric)
        assert (found["low"].format, found["p"].format) == ("%+.4f", "%.3g")


@pytest.mark.parametrize("metric", FIGURES)
def test_no_part_leaves_the_places_of_a_number_open(metric):
    for part in all_parts().values():
        assert not [one for one in people.written(part.columns, metric).values() if "{" in one.format]
