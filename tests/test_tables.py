"""Tables on a terminal."""

from coreset_engine.tables import table


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
