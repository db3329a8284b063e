"""Tables on a terminal."""

import pytest

from coreset_engine.tables import duration, table


def test_numbers_stand_right_and_words_left():
    rows = [{"name": "eva", "n": 5}, {"name": "random", "n": 12_000}]
    assert table(rows, ["name", "n"]).splitlines() == ["name         n", "eva          5", "random  12,000"]


def test_what_is_missing_is_a_dash():
    rows = [{"a": None, "b": "", "c": float("nan")}]
    assert table(rows, ["a", "b", "c", "d"]).splitlines()[1].split() == ["-", "-", "-", "-"]


def test_shares_have_four_digits_truth_is_a_word_and_lists_are_joined():
    rows = [{"acc": 0.91764, "collapsed": True, "seeds": [0, 1]}]
    assert table(rows, ["acc", "collapsed", "seeds"]).splitlines()[1].split(maxsplit=2) == ["0.9176", "yes", "0, 1"]


def test_without_rows_the_head_is_left():
    assert table([], ["run", "epochs"]) == "run  epochs"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (5400, "1.5 h")]
)
def test_a_time_is_told_in_the_unit_that_people_use(seconds, text):
    assert duration(seconds) == text
