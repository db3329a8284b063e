"""What the Label issues page shows, worked out by hand."""

import math

import numpy as np
import pytest

from coreset_engine import Dynamics
from coreset_engine.analysis import label_issues
from coreset_engine.analysis.duplicates import Duplicates
from coreset_engine.analysis.label_issues import Confusion
from coreset_engine.dashboard.label_issues import charts, data
from coreset_engine.dashboard.widgets import cards
from coreset_engine.export.label_issues import duplicate_quality_table, label_quality_table, pair_table

NAMES = ("liver", "spleen", "<b>x</b>")
HIGH = [0.8, 0.1, 0.1]  # class 0; rolled for the others


def outputs(*predicted):
    """Probabilities of one sample over the epochs, given what it is predicted to be."""
    return [np.roll(HIGH, one) for one in predicted]


@pytest.fixture
def run():
    """Six epochs, four samples: right; always taken for class 1; for class 2 and 1 in turns but late right; right."""
    epochs = np.array(
        [
            outputs(0, 0, 0, 0, 0, 0),
            outputs(1, 1, 1, 1, 1, 1),
            outputs(2, 1, 2, 0, 0, 0),
            outputs(1, 1, 1, 1, 1, 1),
        ]
    ).swapaxes(0, 1)
    return Dynamics.from_probabilities(epochs.astype(np.float32), np.array([0, 0, 0, 1]))


def test_evidence_says_margin_epochs_the_other_class_and_how_many_rules_agree(run):
    found = label_issues.find_all(run)
    text = data.evidence(found, run.epochs, NAMES, 1)
    assert text == "mean margin −0.70 · never right in 6 epochs · spleen 0.80 late · 3 of 3 rules"
    text = data.evidence(found, run.epochs, NAMES, 2)
    assert text == "mean margin +0.00 · wrong in 3 of 6 epochs · <b>x</b> 0.00 late · 0 of 3 rules"


def test_a_card_shows_the_label_the_class_it_should_perhaps_be_and_why(run):
    found = label_issues.find_all(run)
    (group,) = data.suspect_groups(found, "combined", run, NAMES, [1], {1: 3})
    assert group.cards[0].beside == cards.Example(3, "liver", "surest spleen")
    assert (group.head, group.cards[0].row, group.cards[0].title) == ("", 1, "liver → spleen")
    reasons = data.suspect_reasons(found, "low-aum", run, NAMES, [1])
    assert reasons == {1: "suspected label (low-aum): liver → spleen"}


def test_the_example_of_a_class_is_the_surest_that_no_rule_suspects():
    late = np.roll([0.7, 0.2, 0.1], 1)
    epochs = [outputs(0) * 4, outputs(0, 0, 0, 2), outputs(1) * 4, [*outputs(1, 1, 1), late], outputs(1) * 4]
    run = Dynamics.from_probabilities(np.array(epochs, np.float32).swapaxes(0, 1), np.array([0, 0, 1, 1, 0]))
    found = label_issues.find_all(run)
    assert found["combined"].mask.tolist() == [False] * 4 + [True]
    assert label_issues.surest(run, found) == {0: 0, 1: 2}


def test_a_sample_that_one_rule_alone_suspects_is_no_example():
    turning = [[0.98, 0.01, 0.01]] * 4 + [[0.05, 0.9, 0.05]] * 2  # mean p_y 0.67, the other one's is 0.6
    run = Dynamics.from_probabilities(
        np.array([turning, [[0.6, 0.2, 0.2]] * 6], np.float32).swapaxes(0, 1), np.array([0, 0])
    )
    found = label_issues.find_all(run)
    assert [rule for rule, of in found.items() if of.mask[0]] == ["confident-elsewhere"]
    assert label_issues.surest(run, found) == {0: 1}


def test_a_class_with_nothing_but_suspects_has_no_example(run):
    every = {rule: label_issues.find(run, rule, share=1.0) for rule in label_issues.RULES}
    assert label_issues.surest(run, every) == {}


def test_a_sample_never_taken_for_another_class_has_no_proposal(run):
    proposed = label_issues.find_all(run)["low-aum"].proposed
    assert proposed.tolist() == [-1, 1, 2, -1]
    assert data.change(0, -1, NAMES) == "liver → no other class"


def test_suspects_are_filtered_by_class_and_by_pair(run):
    found = label_issues.strongest(label_issues.find_all(run), 1.0)["low-aum"]
    assert data.rows_of(found, run.labels, None, None).tolist() == [1, 2, 0, 3]
    assert data.rows_of(found, run.labels, 1, None).tolist() == [3]
    assert data.rows_of(found, run.labels, None, (0, 1)).tolist() == [1]
    assert data.rows_of(found, run.labels, 0, (0, 2)).tolist() == [2]


@pytest.mark.parametrize("share", [0.01, 0.5, 0.75])
def test_a_share_gives_what_the_rules_give_for_it(run, share):
    for rule, found in label_issues.strongest(label_issues.find_all(run), share).items():
        assert found.rows.tolist() == label_issues.find(run, rule, share=share).rows.tolist()


def test_every_rule_and_what_is_ticked_are_measured_against_planted_labels(run):
    table = label_quality_table(label_issues.find_all(run), np.array([0, 1, 1, 0], bool), np.array([1, 1, 0, 0], bool))
    assert table["suspected_by"].tolist() == [
        "low-aum",
        "never-learned",
        "confident-elsewhere",
        "combined",
        "ticked",
    ]
    found = table[["n", "precision", "recall"]].values.tolist()
    assert found[1:] == [[1, 1.0, 0.5]] * 3 + [[2, 0.5, 0.5]]


def alike(samples, *pairs):
    return Duplicates(
        samples, np.array([p[:2] for p in pairs], np.int64).reshape(-1, 2), np.array([p[2] for p in pairs])
    )


def test_pairs_are_measured_against_planted_copies():
    # 1 and 2 are copies of 0, 4 one of 3; found are (0, 1), the two copies (1, 2), and (3, 5), which is wrong
    truth = np.array([-1, 0, 0, -1, 3, -1])
    (found,) = duplicate_quality_table(alike(6, (0, 1, 0.99), (1, 2, 0.99), (3, 5, 0.98)), truth).to_dict("records")
    assert found == {
        "suspected_by": "pixels",
        "n": 3,
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(1 / 3),
    }


def test_without_a_pair_precision_is_unknown_and_recall_zero():
    (found,) = duplicate_quality_table(alike(3), np.array([-1, 0, -1])).to_dict("records")
    assert math.isnan(found["precision"])
    assert found["recall"] == 0


def test_groups_come_by_likeness_and_can_be_narrowed_to_a_class_or_to_different_labels():
    found, labels = alike(7, (0, 1, 0.97), (2, 3, 0.99), (3, 4, 0.975), (5, 6, 0.98)), np.array([0, 0, 1, 2, 1, 0, 0])

    def rows(label=None, differ=False):
        return [group.tolist() for group in data.duplicate_rows(found, labels, label, differ)]

    assert rows() == [[2, 3, 4], [5, 6], [0, 1]]
    assert rows(label=0) == [[5, 6], [0, 1]]
    assert rows(differ=True) == [[2, 3, 4]]
    flags = np.eye(3, dtype=np.uint8)[labels]
    assert [group.tolist() for group in data.duplicate_rows(found, flags, 2, True)] == [[2, 3, 4]]


def test_cards_of_a_group_say_which_image_each_is_most_like_and_whether_labels_differ():
    found = alike(5, (2, 3, 0.99), (3, 4, 0.975))
    (group,) = data.duplicate_groups(found, [np.array([2, 3, 4])], {2: "liver", 3: "spleen", 4: "liver"})
    assert group.head == "3 images, correlation up to 0.990, labels differ"
    assert [(card.row, card.title, card.text) for card in group.cards] == [
        (2, "liver", "like row 3: 0.990"),
        (3, "spleen", "like row 2: 0.990"),
        (4, "liver", "like row 3: 0.975"),
    ]
    assert data.duplicate_reasons(found, [np.array([2, 3, 4])])[4] == "near-duplicate of row 3 (correlation 0.975)"


def test_confused_classes_are_counted_with_their_suspects_and_drawn_from_label_to_prediction(run):
    confused = [Confusion(0, 1, 2, 0.25), Confusion(1, 0, 1, 0.125)]
    columns = ("label", "class_name", "predicted", "predicted_name", "share", "suspects")
    table = pair_table(confused, NAMES, run.labels, label_issues.find_all(run)["combined"])
    assert table.to_dict("records") == [
        dict(zip(columns, (0, "liver", 1, "spleen", 0.25, 1), strict=True)),
        dict(zip(columns, (1, "spleen", 0, "liver", 0.125, 0), strict=True)),
    ]
    spec, _ = charts.pair_chart(confused, NAMES, (0, 1))
    cells = spec["series"][0]["data"]
    assert [(cell["name"], cell["value"]) for cell in cells] == [
        ("liver → spleen", [1, 0, 25.0]),
        ("spleen → liver", [0, 1, 12.5]),
    ]
    assert [cell["itemStyle"]["borderWidth"] for cell in cells] == [3, 1]


def test_a_margin_below_zero_is_drawn_below_the_line_of_zero(run):
    spec = charts.margin_chart(run.margin[:, [1]], [1], ["liver"])
    assert spec["series"][0]["name"] == "1 liver"
    assert spec["series"][0]["data"] == [[epoch, -0.7] for epoch in range(1, 7)]
    assert spec["series"][0]["markLine"]["data"][0]["yAxis"] == 0


def test_of_many_classes_those_of_the_most_frequent_pairs_are_drawn():
    names = tuple(f"class {number}" for number in range(1000))
    confused = [Confusion(2 * pair, 2 * pair + 1, 1, 1 - pair / 500) for pair in range(500)]
    spec, _ = charts.pair_chart(confused, names, None)
    cells = spec["series"][0]["data"]
    assert len(cells) == charts.MOST // 2
    assert (cells[29]["name"], cells[29]["value"][:2]) == ("class 58 → class 59", [59, 58])
