"""The published windows of a run's data set: which are offered, and what a click on one does."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import Recorder
from coreset_engine.dashboard.controls import paper_windows
from tests.browser import ROOT

# (rate, t_e, t_l) of the paper's table for CIFAR-10, K = 10: a pair needs t_l + 9 epochs
CIFAR10 = [(0.02, 1, 100), (0.05, 1, 150), (0.1, 1, 190), (0.2, 1, 100), (0.3, 100, 190)]


@pytest.mark.parametrize(("epochs", "last"), [(200, 190), (199, 190), (198, 150), (159, 150), (158, 100), (109, 100)])
def test_offered_are_the_windows_that_the_epochs_can_hold(epochs, last):
    offered = [(one.rate, one.early, one.late) for one in paper_windows.fitting("cifar10", epochs)]
    assert offered == [one for one in CIFAR10 if one[2] <= last]


@pytest.mark.parametrize(("dataset", "epochs"), [("cifar10", 108), ("demo", 200), ("organamnist_64", 200), ("", 200)])
def test_where_none_fits_or_was_published_none_is_offered(dataset, epochs):
    assert paper_windows.fitting(dataset, epochs) == []


def recorded(dataset, epochs):
    """Record a run of four samples as if on a data set."""
    draws = np.random.default_rng(0)
    with Recorder("run", labels=[0, 1, 0, 1], classes=2, epochs=epochs, info={"dataset": dataset}) as recorder:
        for epoch in range(1, epochs + 1):
            recorder.record(epoch, np.arange(4), draws.normal(size=(4, 2)).astype(np.float32))
            recorder.end_epoch(epoch)


def opened(file):
    page = AppTest.from_file(str(ROOT / "pages" / file), default_timeout=60)
    page.query_params["run"] = "run"
    return page.run()


@pytest.mark.parametrize("file", ["2_Explore.py", "3_Windows.py"])
def test_a_click_sets_both_windows_and_the_rate(file):
    recorded("cifar10", 160)
    page = opened(file)
    assert page.button_group(key="snap").options == ["2 %: 1/100", "5 %: 1/150", "20 %: 1/100"]
    page.slider(key="length").set_value(20).run()
    page.slider(key="early").set_value(7).run()
    page.button_group(key="snap").set_value("5 %: 1/150").run()
    assert not page.exception
    assert [page.slider(key=name).value for name in ("early", "late", "length", "rate")] == [1, 150, 10, 0.05]


def test_of_a_data_set_without_published_windows_no_button_is_drawn():
    recorded("demo", 12)
    assert "snap" not in {one.key for one in opened("2_Explore.py").button_group}
