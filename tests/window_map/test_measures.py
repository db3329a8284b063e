import numpy as np
import pytest

from coreset_engine.errors import ConfigError
from coreset_engine.window_map import bitsets, measures

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 2])
LAYOUT = bitsets.layout(LABELS)
BALANCE = ["class_shift", "rarest_class_rate", "lowest_class_rate"]


def words(*rows):
    """A set of rows as bits."""
    return LAYOUT.pack(np.isin(np.arange(8), rows))


def measure(names, *kept, suspects=None):
    """The measures of coresets, one a run, with rows 0, 1, 4, 7 as the current one."""
    found = measures.Reference(LAYOUT, words(0, 1, 4, 7), suspects).measure(names, [one[None] for one in kept])
    assert set(found) == set(names)
    return {name: values.tolist() for name, values in found.items()}


def test_overlap_is_the_jaccard_index():
    assert measure(["overlap"], words(1, 4, 5, 6)) == {"overlap": [2 / 6]}


def test_class_shift_is_half_the_sum_of_the_differences_of_the_shares():
    # all data: 1/2, 3/8, 1/8; coreset: 1/4, 3/4, 0; differences 2/8, 3/8, 1/8
    assert measure(BALANCE, words(0, 4, 5, 6)) == {
        "class_shift": [3 / 8],
        "rarest_class_rate": [0.0],
        "lowest_class_rate": [0.0],
    }


def test_the_rarest_class_need_not_be_the_one_that_loses_most():
    found = measure(BALANCE[1:], words(0, 4, 5, 7))
    assert found == {"rarest_class_rate": [1.0], "lowest_class_rate": [1 / 4]}


def test_suspects_are_counted_in_the_coreset_and_among_themselves():
    found = measure(["suspect_share", "suspects_kept"], words(0, 1, 4, 5), suspects=words(0, 5, 6))
    assert found == {"suspect_share": [2 / 4], "suspects_kept": [2 / 3]}


def test_no_suspects_at_all_leave_their_kept_share_undefined():
    found = measure(["suspect_share", "suspects_kept"], words(0, 1), suspects=words())
    assert found["suspect_share"] == [0.0]
    assert np.isnan(found["suspects_kept"]).all()


def test_stability_is_the_mean_overlap_of_all_pairs_of_runs():
    found = measure(["stability"], words(0, 1), words(1, 2), words(0, 1))
    assert found["stability"] == pytest.approx([(1 / 3 + 1 + 1 / 3) / 3])


def test_measures_without_their_input_are_left_out():
    assert measures.chosen(None, set()) == ("overlap", *BALANCE)
    assert set(measures.chosen(None, {"scores", "suspects", "others"})) == set(measures.MEASURES)


def test_a_measure_that_lacks_its_input_says_what_it_needs():
    with pytest.raises(ConfigError, match="agreement needs scores"):
        measures.chosen(["overlap", "agreement"], {"suspects"})


def test_an_unknown_measure_is_named_beside_those_that_exist():
    with pytest.raises(ConfigError, match=r"no measure 'jaccard'\. Choose from: overlap, class_shift"):
        measures.chosen(["jaccard"], set())
