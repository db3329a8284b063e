"""Where the Overview says to begin."""

import numpy as np

from coreset_engine import Recorder
from tests.test_pages import opened


def test_without_results_retrainings_are_offered_and_no_verdict_is_promised(recorded, cache):
    for path in cache.glob("results.db*"):
        path.unlink()
    captions = [one.value for one in opened("app.py").caption]
    assert any("the verdict then stands on Results" in text for text in captions)
    assert "Paired by seed, with a verdict per method and rate." not in captions


def test_runs_that_nothing_can_be_retrained_on_say_why(cache):
    labels = np.arange(60) % 3
    with Recorder("mine", labels=labels, classes=3, epochs=4) as recorder:
        for epoch in range(1, 5):
            recorder.record(epoch, np.arange(60), np.eye(3, dtype=np.float32)[labels] * (epoch + 1))
            recorder.end_epoch(epoch)
    captions = [one.value for one in opened("app.py").caption]
    assert not any("the verdict then stands on Results" in text for text in captions)
    assert any(text.startswith("No retraining on mine: it was not trained here") for text in captions)
