"""What is copied from Explore makes what Explore shows: the command and the Python are run and their rows compared."""

import shlex
import shutil

import numpy as np
import pytest

from coreset_engine import api, export
from coreset_engine.__main__ import cli
from coreset_engine.config import Recipe
from coreset_engine.dashboard import readers, takeaway
from coreset_engine.dashboard.pinned import Pinned
from coreset_engine.insight import exclusions


@pytest.fixture(scope="module")
def two_seeds(recorded_once, phantom_file, tmp_path_factory):
    """A cache with the run `tiny`, its like `tiny1` with another seed, and a saved exclusion `wrong` of rows 0 to 39."""
    from coreset_engine import jobs

    folder = tmp_path_factory.mktemp("two") / "cache"
    shutil.copytree(recorded_once, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORESET_CACHE", str(folder))
        recipe = Recipe(epochs=5, batch_size=32, learning_rate=0.02)
        more = {"device": "cpu", "probabilities": "float32", "seed": 1}
        jobs.record(jobs.Recording("tiny1", str(phantom_file), "lenet", recipe, **more))
        facts = readers.info("tiny")
        about = {"dataset": facts.dataset, "dataset_sha256": facts.dataset_sha256, "samples": facts.samples}
        exclusions.save("wrong", np.arange(40), **about)
    return folder


EVA = {"early": 1, "late": 3, "length": 2, "combine": "normalized"}
SHOWN = {
    "windows": Pinned("tiny", "eva", EVA, "top", 0.13),
    "average and exclusion": Pinned("tiny", "eva", EVA, "top", 0.1, ("tiny1",), "wrong"),
    "a rule with options": Pinned("tiny", "aum", {"space": "logit", "strata": 7, "seed": 3, "cutoff": 0.2}, "ccs", 0.2),
    "a share with many digits": Pinned("tiny", "random", {"seed": 4}, "balanced", 0.1234567),
    "a greedy method": Pinned("tiny", "k-center", {"balanced": False}, "top", 0.1, (), "wrong"),
    "a rule that reads features": Pinned("tiny", "el2n", {"epochs": 3}, "diverse", 0.1),
}


@pytest.fixture(params=SHOWN)
def shown(request, two_seeds, monkeypatch):
    """What is shown, and its rows."""
    monkeypatch.setenv("CORESET_CACHE", str(two_seeds))
    now = SHOWN[request.param]
    sources = readers.sources(now.run, now.average)
    left_out = takeaway.excluded_rows(now)
    choice = api.choose(sources, now.method, rate=now.rate, rule=now.rule, exclude=left_out, **now.options)
    assert not set(choice.rows.tolist()) & set(left_out)
    return now, choice.rows


def test_the_command_copied_writes_the_rows_shown(shown, tmp_path):
    now, rows = shown
    words = shlex.split(takeaway.command(now))
    assert words[:3] == ["python", "-m", "coreset_engine"]
    assert words[-1] == "coreset.csv"
    cli.main([*words[3:-1], str(tmp_path / "coreset.csv")], standalone_mode=False)
    np.testing.assert_array_equal(np.sort(export.read_rows(tmp_path / "coreset.csv")), rows)


def test_the_python_copied_gives_the_rows_shown(shown):
    now, rows = shown
    names = {}
    exec(takeaway.python(now, readers.info(now.run).dataset_sha256), names)
    np.testing.assert_array_equal(names["coreset"], rows)


def test_every_file_offered_holds_the_rows_shown(shown):
    now, rows = shown
    text = takeaway.content(now, "txt", None).decode()
    np.testing.assert_array_equal(np.array(text.split(), np.int64), rows)


def test_every_kind_that_the_engine_writes_is_offered():
    assert tuple(takeaway.KINDS) == export.KINDS


def test_a_value_from_a_link_stays_one_word_of_the_command():
    line = takeaway.command(Pinned("tiny", "aum", {"space": "logit; rm -rf ~"}, "top", 0.1))
    assert "space=logit; rm -rf ~" in shlex.split(line)


def test_a_saved_view_states_run_and_windows_even_where_they_are_the_default():
    stated = takeaway.stated(SHOWN["windows"])
    assert stated == {"run": "tiny", "method": "eva", "rate": 0.13, "early": 1, "late": 3, "length": 2}
    assert takeaway.stated(SHOWN["a greedy method"]) == {"run": "tiny", "method": "k-center", "rate": 0.1}


def test_file_names_tell_selections_apart():
    eva = Pinned("organs", "eva", {"early": 1, "late": 190, "length": 10, "combine": "sum"}, "balanced", 0.1, (), "odd")
    assert takeaway.stem(eva) == "organs-eva-1-190-K10-0.1-balanced-without-odd"
    assert takeaway.stem(Pinned("organs", "el2n", {"epochs": 10}, "top", 0.05, ("b",))) == "organs-el2n-0.05-mean-of-2"
