"""A run that is still being recorded: what is asked of it waits for its end."""

import pytest

from coreset_engine import pipeline
from coreset_engine.config import Recipe
from coreset_engine.errors import Interrupted
from coreset_engine.executors import queue, table
from coreset_engine.executors.local import LocalExecutor
from tests.test_pages import opened


@pytest.fixture
def begun(phantom_file, cache, monkeypatch):
    """A run of which one epoch of 30 is recorded, and the job that records it."""
    recipe = Recipe(epochs=30, batch_size=100, learning_rate=0.02)
    request = pipeline.RecordingRequest("begun", str(phantom_file), "lenet", recipe, device="cpu")
    with pytest.raises(Interrupted):
        pipeline.record(request, should_stop=lambda: True)
    with table.entering("local", ["record", "--run", "begun"], "Record begun") as number:
        pass
    table.write(number, state="running", beat=table.utc_now())
    monkeypatch.setattr(LocalExecutor, "alive", lambda self, job: True)
    monkeypatch.setattr("coreset_engine.executors.local._start", lambda *given, **more: 1)
    return number


def test_a_sweep_over_it_is_entered_and_waits_for_the_recording(begun):
    page = opened("pages/7_Experiments.py", run="begun")
    assert not page.exception
    assert not page.error
    # Random and EVA at three rates with two seeds each, of 30 epochs though one is recorded
    assert any(f"12 cells, once job {begun} has recorded begun" in caption.value for caption in page.caption)
    assert page.slider(key="late").max == 29
    page.button(key="retrain_start").click().run()
    assert not page.exception
    (sweep,) = [job for job in queue.all_jobs() if job.id != begun]
    assert (sweep.state, sweep.waits_for) == ("waiting", (begun,))


def test_without_its_job_only_what_is_recorded_counts(begun):
    table.write(begun, state="cancelled")
    page = opened("pages/7_Experiments.py", run="begun")
    assert not page.exception
    assert page.error  # one epoch holds no two windows
