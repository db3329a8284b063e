"""A pinned selection: read back from a link, and compared with the one shown."""

import numpy as np
import pytest

from coreset_engine.dashboard import pinned
from coreset_engine.errors import ConfigError

EVA = pinned.Pinned(
    "tiny", "eva", {"early": 1, "late": 7, "length": 3, "combine": "sum"}, "top", 0.1, ("tiny1",), "bad"
)


def test_what_is_pinned_comes_back_from_its_text():
    assert pinned.Pinned.of_text(EVA.to_text()) == EVA


def test_the_label_says_method_windows_and_rate():
    assert EVA.label == "eva 1/7 K3 mean of 2 runs, α = 10 %, without bad"


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"run":"x"}', EVA.to_text().replace("0.1", '"much"')])
def test_a_text_that_was_changed_is_a_sentence(text):
    with pytest.raises(ConfigError, match="pinned selection in this link can't be read"):
        pinned.Pinned.of_text(text)


def test_entering_and_leaving_are_what_the_two_do_not_share():
    now, a = np.array([1, 1, 1, 0, 0], bool), np.array([0, 1, 1, 1, 0], bool)
    found = pinned.against(now, a)
    assert (found.entering.tolist(), found.leaving.tolist(), found.jaccard) == ([0], [3], 0.5)


def test_a_selection_against_itself_changes_nothing():
    same = np.array([1, 0, 1], bool)
    found = pinned.against(same, same)
    assert (len(found.entering), len(found.leaving), found.jaccard) == (0, 0, 1.0)
