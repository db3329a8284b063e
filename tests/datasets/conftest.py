"""What the tests of data sets share: a file of one's own, and a demo that is made quickly."""

import shutil

import pytest

from coreset_engine.datasets import demo


@pytest.fixture
def own(tmp_path, phantom_file):
    """A copy of the tiny file that a test may change."""
    return shutil.copy(phantom_file, tmp_path / "own.npz")


@pytest.fixture
def small_demo(monkeypatch):
    arrays = demo.generate(0, (100, 30, 30))
    monkeypatch.setattr(demo, "generate", lambda: arrays)
