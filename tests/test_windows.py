"""Windows push each other so that every pair that a slider can reach is legal."""

import pytest

from coreset_engine.windows import Windows, default_pair, legal, too_short


def is_legal(pair, epochs):
    return pair.early >= 1 and pair.early + pair.length <= pair.late and pair.late + pair.length - 1 <= epochs


@pytest.mark.parametrize("epochs", range(4, 14))
def test_every_position_of_every_slider_ends_in_a_legal_pair(epochs):
    for early in range(1, epochs + 1):
        for late in range(1, epochs + 1):
            for length in range(2, epochs // 2 + 3):
                for moved in ("early", "late", "length"):
                    assert is_legal(legal(Windows(early, late, length), epochs, moved), epochs)


@pytest.mark.parametrize("epochs", [4, 5, 19, 20, 21, 60, 200])
def test_the_default_pair_is_legal_and_uses_first_and_last_epochs(epochs):
    pair = default_pair(epochs)
    assert is_legal(pair, epochs)
    assert (pair.early, pair.late + pair.length - 1) == (1, epochs)


def test_a_legal_pair_stays_as_it_is():
    assert legal(Windows(5, 30, 10), 60, "early") == Windows(5, 30, 10)


@pytest.mark.parametrize(
    ("wanted", "moved", "pushed"),
    [
        (Windows(25, 30, 10), "early", Windows(25, 35, 10)),
        (Windows(25, 30, 10), "late", Windows(20, 30, 10)),
        (Windows(55, 58, 10), "early", Windows(41, 51, 10)),
        (Windows(1, 3, 10), "late", Windows(1, 11, 10)),
        (Windows(1, 11, 30), "length", Windows(1, 31, 30)),
    ],
)
def test_the_slider_just_moved_pushes_the_other(wanted, moved, pushed):
    assert legal(wanted, 60, moved) == pushed


def test_a_run_too_short_for_two_windows_says_how_many_epochs_it_needs():
    assert "has 3 epochs" in str(too_short(3))
