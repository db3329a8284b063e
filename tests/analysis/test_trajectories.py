"""Mean trajectories of the classes, by a table of samples and classes or by counting."""

import numpy as np
import pytest

from coreset_engine.analysis import trajectories


@pytest.mark.parametrize("largest", [2**24, 0])
def test_a_class_is_the_mean_of_its_samples_however_many_there_are(monkeypatch, largest):
    monkeypatch.setattr(trajectories, "_TABLE", largest)
    norms = np.array([[1.0, 0.5, 0.0], [0.25, 0.5, 1.0]], np.float32)
    found = trajectories.trajectories(norms, np.array([2, 0, 2]), ("lung", "liver", "bone"))
    assert (found.names, found.classes) == (("lung", "bone"), (0, 2))
    assert found.means.tolist() == [[0.5, 0.5], [0.5, 0.625]]
    assert found.means.dtype == np.float32
