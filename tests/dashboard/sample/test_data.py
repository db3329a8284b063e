"""What the Sample page shows of one sample, worked out by hand."""

import numpy as np

from coreset_engine.analysis.duplicates import Nearest
from coreset_engine.analysis.samples import Rank
from coreset_engine.dashboard.sample import data


def test_a_sample_knows_its_rank_and_the_samples_ranked_next_to_it():
    ranking = np.array([3, 1, 2, 0])
    assert data.place(ranking, 1) == (2, 3, 2)
    assert data.place(ranking, 3) == (1, None, 1)
    assert data.place(ranking, 0) == (4, 2, None)


def test_a_method_keeps_the_sample_when_its_rank_is_within_the_coreset():
    ranks = [
        Rank("eva", "EVA", "highest", 0.5, 3, 30, ""),
        Rank("aum", "AUM", "lowest", 0.1, 4, 30, ""),
        Rank("cal", "CAL", "highest", float("nan"), 0, 0, "no snapshot"),
    ]
    table = data.rank_table(ranks, [{"early": 1, "late": 9}, {}, {}], 0.1)
    assert table["State"].tolist() == ["kept", "dropped", ""]  # 3 of 30 are kept
    assert table["Rank"].tolist()[:2] == [3, 4]
    assert table.loc[2, ["Rank", "Score"]].isna().all()
    assert table["Options"].tolist() == ["early=1, late=9", "", ""]
    never = data.rank_table(ranks, [{}, {}, {}], 0.1, excluded=True)
    assert never["State"].tolist() == ["excluded", "excluded", ""]


def test_methods_that_fail_for_the_same_reason_are_told_together():
    ranks = [Rank(name, name, "highest", 0.0, 0, 0, why) for name, why in (("cal", "a"), ("aum", ""), ("grand", "a"))]
    assert data.failures(ranks) == ["cal, grand: a"]


def test_neighbours_are_told_with_their_labels_and_whether_they_are_kept():
    kept = np.array([True, False, False])
    table = data.neighbour_table(Nearest(np.array([2, 0]), np.array([0.9, 0.8])), ["heart", "liver"], kept, "Cosine")
    assert table.to_dict("list") == {
        "Row": [2, 0],
        "Class": ["heart", "liver"],
        "Cosine": [0.9, 0.8],
        "State": ["dropped", "kept"],
    }
