"""The commands that docs/experiments.md shows for clusters run as they stand."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

from coreset_engine import paths, pipeline, results
from coreset_engine.config import Recipe
from tests.browser import ROOT

TEXT = (ROOT / "docs" / "experiments.md").read_text()


def commands(heading):
    """The blocks of a section that are to be run, with this Python, on the run `tiny` in place of the demo."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
    assert blocks
    return [block.replace("python -m", f"{sys.executable} -m").replace("sweep demo", "sweep tiny") for block in blocks]


def run(command):
    """Run a block in a shell and return what it printed."""
    done = subprocess.run(
        ["sh", "-ec", command], cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def longer(longer_once, cache):
    """The test's own copy of the cache with a run of 12 epochs."""
    shutil.copytree(longer_once, cache)


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs Ray: pip install -r requirements-ray.txt")
def test_the_example_on_ray_runs_as_it_stands(longer):
    (command,) = commands("On a Ray cluster")
    assert run(command).count("\n") == 6
    assert {(row["method"], row["rate"]) for row in results.rows() if row["method"] != "full"} == {
        (method, rate) for method in ("random", "el2n", "aum") for rate in (0.1, 0.3)
    }


@pytest.mark.skipif(
    importlib.util.find_spec("submitit") is None, reason="needs submitit: pip install -r requirements-slurm.txt"
)
def test_the_examples_on_slurm_run_as_they_stand(longer):
    here, cluster = commands("On a Slurm cluster")
    assert run(here).count("\n") == 4
    # the cells are trained, so the command for a cluster has nothing left to submit, and needs none
    assert run(cluster) == "All 4 cells exist. `results` compares them.\n"


@pytest.fixture(scope="session")
def thirty_once(once, phantom_file):
    """A cache with a run `demo` of 30 epochs, as the demo has them."""

    def fill(folder):
        recipe = Recipe(epochs=30, batch_size=64, learning_rate=0.02)
        pipeline.record(pipeline.RecordingRequest("demo", str(phantom_file), "lenet", recipe, device="cpu"))

    return once("thirty", fill)


@pytest.fixture
def thirty(thirty_once, cache):
    """The test's own copy of that cache."""
    shutil.copytree(thirty_once, cache)


@pytest.fixture
def one_core():
    """One core for the test and what it starts: a sweep then has one worker, of which each imports torch for seconds."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    yield
    os.sched_setaffinity(0, cores)


@pytest.mark.usefixtures("one_core")
@pytest.mark.parametrize("heading", ["A sweep", "A search", "YAML and Python"])
def test_the_examples_on_this_machine_run_as_they_stand(thirty, heading, tmp_path):
    for block in commands(heading):
        run(f"cd {ROOT}; {block.replace('sweep tiny', 'sweep demo').replace('sweep.yaml', str(tmp_path / 's.yaml'))}")
    rows = [row for row in results.rows() if row["method"] == "eva"]
    windows = {(row["options"]["early"], row["options"]["late"]) for row in rows}
    grid = {(early, late) for early in (1, 6, 11) for late in (11, 16, 21) if late >= early + 10}
    if heading != "A search":
        assert windows == {(1, 21), (2, 21)}
        return
    assert len(windows) >= 2
    assert windows <= grid
    (journal,) = (paths.cache_root() / "searches").glob("*.journal")
    opening, _ = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    told: dict[str, Any] = {}
    exec(opening.replace("data_cache/searches/0123456789abcdef.journal", str(journal)), told)
    searched = {row["key"] for row in rows if row.get("found_by") == "model"}
    assert {trial.user_attrs["row"] for trial in told["study"].trials} == searched


@pytest.mark.usefixtures("one_core")
def test_the_python_shown_runs_as_it_stands(thirty, capsys):
    _, code = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(code, {})
    label, val, test = capsys.readouterr().out.rsplit(" ", 2)
    assert label.startswith("eva ")
    assert 0 <= float(val) <= 1
    assert 0 <= float(test) <= 1
