"""Trajectories in short, worked out by hand."""

import base64

import numpy as np

from coreset_engine.analysis import trajectories

NORMS = np.array([[1.0, 0.5, 0.9, 0.3], [0.8, 0.1, 0.7, 0.1], [0.4, 0.0, 0.8, 0.2]], np.float32)


def test_the_lines_are_the_means_of_every_class_that_has_samples():
    plain = trajectories.means_and_samples(NORMS, np.array([0, 2, 0, 2]), ("a", "b", "c"))
    assert plain["names"] == ["a", "c"]
    np.testing.assert_allclose(plain["means"], [[0.95, 0.75, 0.6], [0.4, 0.1, 0.1]], atol=1e-4)


def test_a_sample_of_several_labels_counts_for_each_of_them():
    labels = np.array([[1, 1], [0, 1], [0, 0], [0, 0]], np.uint8)
    np.testing.assert_allclose(
        trajectories.means_and_samples(NORMS, labels, ("a", "b"))["means"][1], [0.75, 0.45, 0.2], atol=1e-4
    )


def test_the_browser_gets_whole_trajectories_of_a_few_samples():
    norms = np.random.default_rng(0).uniform(0, 1.4, (7, 900)).astype(np.float32)
    plain = trajectories.means_and_samples(norms, np.zeros(900, int), ("a",))
    values = np.frombuffer(base64.b64decode(plain["values"]), "<u2").reshape(trajectories.SAMPLES, 7)
    rows = np.sort(np.random.default_rng(0).choice(900, trajectories.SAMPLES, replace=False))
    np.testing.assert_allclose(values / 65_535 * norms.max(), norms[:, rows].T, atol=2e-5)
