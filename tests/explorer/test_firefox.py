"""The one-file explorer in a real Firefox, from disk."""

import numpy as np
import pytest

from coreset_engine import load_run, score
from coreset_engine.explorer import single
from coreset_engine.windows import Windows
from tests.firefox import RIGHT, find_firefox, running_firefox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_firefox() is None, reason="no Firefox here, and none could be installed"),
]
ROWS = "return [...document.querySelectorAll('#tiles button')].slice(0, 5).map((tile) => Number(tile.dataset.row))"
FETCHED = "performance.getEntriesByType('resource').filter((one) => one.name.startsWith('http'))"


def best_ranked(early):
    """The first five rows that EVA keeps, by the engine."""
    return np.argsort(-score(load_run("tiny"), "eva", early=early, late=4, length=2), kind="stable")[:5].tolist()


def test_the_file_opens_from_disk_a_window_follows_the_keys_and_the_run_plays(recorded, tmp_path):
    file = tmp_path / "explorer.html"
    file.write_bytes(single.of_run("tiny", Windows(1, 4, 2)))
    profile = tmp_path / "profile"
    profile.mkdir()
    with running_firefox(profile) as firefox:
        firefox.open(file.as_uri())
        firefox.becomes(ROWS, best_ranked(1))
        firefox.press(".band.early", RIGHT)
        firefox.becomes(ROWS, best_ranked(2))
        firefox.becomes("return new URLSearchParams(location.hash.slice(1)).get('early')", "2")
        assert firefox.value("return document.querySelector('#problem').hidden")
        firefox.value("document.querySelector('#replay').scrollIntoView()")
        firefox.becomes("return Number(document.querySelector('#replay input[type=range]').value)", 5)
        assert not firefox.value(f"return {FETCHED}.length")
