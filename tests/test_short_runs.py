"""Pages on runs of one to four epochs: they work, or say in one sentence what is lacking."""

import numpy as np
import pytest

from coreset_engine import Recorder
from tests.test_pages import opened

LABELS = np.arange(30) % 3
LOGITS = np.random.default_rng(1).normal(size=(4, 30, 3)).astype(np.float32)
PAGES = ("2_Explore", "3_Windows", "4_Data_map", "6_Compare", "10_Sample")


def recorded(done, epochs):
    with Recorder("short", labels=LABELS, classes=3, epochs=epochs) as recorder:
        for epoch in range(1, done + 1):
            recorder.record(epoch, np.arange(30), LOGITS[epoch - 1])
            recorder.end_epoch(epoch)


@pytest.mark.parametrize("epochs", [4, 60])
@pytest.mark.parametrize("page", PAGES)
def test_four_epochs_hold_one_pair_of_windows(page, epochs):
    recorded(4, epochs)
    shown = opened(f"pages/{page}.py", run="short")
    assert not shown.exception
    assert not shown.error
    shown_windows = " ".join(caption.value for caption in shown.caption)
    if page != "10_Sample":
        assert "t_e, early window starts at: 1" in shown_windows
        assert "t_l, late window starts at: 3" in shown_windows
        assert "K, epochs per window: 2" in shown_windows


@pytest.mark.parametrize("done", [1, 3])
def test_fewer_epochs_are_told_what_a_pair_of_windows_needs(done):
    recorded(done, done)
    shown = opened("pages/2_Explore.py", run="short")
    assert not shown.exception
    assert [error.value for error in shown.error if "need 4" in error.value]


@pytest.mark.parametrize("page", ["2_Explore", "4_Data_map", "6_Compare"])
def test_a_method_without_windows_works_on_one_epoch(page):
    recorded(1, 1)
    shown = opened(f"pages/{page}.py", run="short", method="aum")
    assert not shown.exception
    assert not shown.error


def test_of_two_epochs_there_is_one_window():
    recorded(2, 2)
    shown = opened("pages/2_Explore.py", run="short", method="var-single")
    assert not shown.exception
    assert not shown.error
    told = " ".join(caption.value for caption in shown.caption)
    assert "K, epochs in the window: 2" in told
    assert "Start of the window: 1" in told


def test_a_link_with_windows_that_a_short_run_has_no_place_for_is_told():
    recorded(4, 4)
    shown = opened("pages/2_Explore.py", run="short", early=1, late=11, length=10)
    told = " ".join(warning.value for warning in shown.warning)
    assert "length" in told
    assert "late" in told
