"""What is copied from Explore makes what Explore shows: the command and the Python are run and their rows compared."""

import shlex
import shutil

import numpy as np
import pytest

from coreset_engine import api, export
from coreset_engine.__main__ import cli
from coreset_engine.config import Recipe
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.coresets import export_panel
from coreset_engine.store import exclusions


@pytest.fixture(scope="module")
def two_seeds(recorded_once, phantom_file, tmp_path_factory):
    """A cache with the run `tiny`, its like `tiny1` with another seed, `early` with a snapshot of epoch 2, too, and a saved
    exclusion `wrong` of rows 0 to 39."""
    from coreset_engine import pipeline

    folder = tmp_path_factory.mktemp("two") / "cache"
    shutil.copytree(recorded_once, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORESET_CACHE", str(folder))
        recipe = Recipe(epochs=5, batch_size=32, learning_rate=0.02)
        more = {"device": "cpu", "probabilities": "float32", "seed": 1}
        for name, snapshots in (("tiny1", ()), ("early", (2,))):
            pipeline.record(
                pipeline.RecordingRequest(name, str(phantom_file), "lenet", recipe, snapshots=snapshots, **more)
            )
        facts = cached.info("tiny")
        about = {"dataset": facts.dataset, "dataset_sha256": facts.dataset_sha256, "samples": facts.samples}
        exclusions.save("wrong", np.arange(40), **about)
    return folder


EVA = {"early": 1, "late": 3, "length": 2, "combine": "normalized"}
SHOWN = {
    "windows": CoresetSpec("tiny", "eva", EVA, rate=0.13),
    "average and exclusion": CoresetSpec("tiny", "eva", EVA, rate=0.1, average=("tiny1",), exclusion="wrong"),
    "a rule with options": CoresetSpec(
        "tiny", "aum", {"space": "logit", "strata": 7, "seed": 3, "cutoff": 0.2}, "ccs", rate=0.2
    ),
    "a share with many digits": CoresetSpec("tiny", "random", {"seed": 4}, "balanced", rate=0.1234567),
    "a greedy method": CoresetSpec("tiny", "k-center", {"balanced": False}, rate=0.1, exclusion="wrong"),
    "a rule that reads features": CoresetSpec("tiny", "el2n", {"epochs": 3}, "diverse", rate=0.1),
    "features of an epoch": CoresetSpec("early", "k-center", rate=0.1, snapshot=2),
    "budgets that read an epoch": CoresetSpec(
        "early", "el2n", {"epochs": 3}, rate=0.1, snapshot=2, class_budget="drop"
    ),
}


@pytest.fixture(params=SHOWN)
def shown(request, two_seeds, monkeypatch):
    """What is shown, and its rows."""
    monkeypatch.setenv("CORESET_CACHE", str(two_seeds))
    now = SHOWN[request.param]
    sources = cached.sources(now.run, now.average, now.snapshot)
    left_out = cached.excluded(now)
    options = now.options | now.rule_options | {"budget": now.class_budget}
    rows = api.select(sources, method=now.method, rate=now.rate, rule=now.rule, exclude=left_out, **options)
    assert not set(rows.tolist()) & set(left_out.tolist())
    return now, rows


def test_the_command_copied_writes_the_rows_shown(shown, tmp_path):
    now, rows = shown
    words = shlex.split(export_panel.command(now))
    assert words[:3] == ["python", "-m", "coreset_engine"]
    assert words[-1] == "coreset.csv"
    cli.main([*words[3:-1], str(tmp_path / "coreset.csv")], standalone_mode=False)
    np.testing.assert_array_equal(np.sort(exclusions.read_rows(tmp_path / "coreset.csv")), rows)


def test_the_python_copied_gives_the_rows_shown(shown):
    now, rows = shown
    names = {}
    exec(export_panel.python(now), names)
    np.testing.assert_array_equal(names["coreset"].rows, rows)


def test_every_file_offered_holds_the_rows_shown(shown):
    now, rows = shown
    text = export_panel.content(now, "txt", None).decode()
    np.testing.assert_array_equal(np.array(text.split(), np.int64), rows)


def test_every_kind_that_the_engine_writes_is_offered():
    assert tuple(export_panel.KINDS) == export.KINDS


def test_a_value_from_a_link_stays_one_word_of_the_command():
    line = export_panel.command(CoresetSpec("tiny", "aum", rate=0.1, exclusion="a; rm -rf ~"))
    assert "a; rm -rf ~" in shlex.split(line)


def test_a_saved_view_states_run_and_windows_even_where_they_are_the_default():
    stated = export_panel.stated(SHOWN["windows"])
    assert stated == {"run": "tiny", "method": "eva", "rate": 0.13, "early": 1, "late": 3, "length": 2}
    assert export_panel.stated(SHOWN["a greedy method"]) == {"run": "tiny", "method": "k-center", "rate": 0.1}
