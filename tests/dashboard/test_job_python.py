"""The Python copied from Record, Retrain, Papers and the window map asks for what the command copied asks for."""

import shlex
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import jobs, load_run, results
from coreset_engine.__main__ import cli
from coreset_engine.commands import retraining as command
from coreset_engine.commands.process import Process
from coreset_engine.dashboard import job_python, paper_commands, retraining, window_runs
from coreset_engine.dashboard.readers import info
from coreset_engine.dashboard.retraining import Selecting, Training
from coreset_engine.dashboard.window_runs import Batch
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.insight import exclusions
from coreset_engine.jobs import rows
from coreset_engine.papers import tables
from tests.browser import ROOT
from tests.dashboard.test_recording import CHANGED, PLAIN


def ran(words):
    """Run a command in this process."""
    cli.main(list(map(str, words)), standalone_mode=False, obj=Process())


@pytest.fixture
def asked(monkeypatch):
    """What is asked of recordings and of retrainings, neither of which is carried out."""
    found = []

    def retrain(items, **watched):
        found.extend(items)
        return iter(())

    monkeypatch.setattr(jobs, "record", lambda one, **watched: found.append(one))
    monkeypatch.setattr(jobs, "retrain", retrain)
    monkeypatch.setattr(command, "_tell_of_changed_images", lambda run: None)
    return found


def plain(item):
    """What decides a training: options as they are used, whether given as text or as values."""
    return replace(item, options=rows.resolved(item)) if isinstance(item, jobs.Retraining) else item


def same(asked, commands, dataset_sha256=""):
    """Check that commands and their Python ask for the same, and return how many trainings that are."""
    for words in commands:
        ran(words)
    wanted = list(map(plain, asked))
    asked.clear()
    exec(job_python.python(commands, dataset_sha256), {})
    assert list(map(plain, asked)) == wanted
    return len(wanted)


FORMS = {
    "as it is": PLAIN,
    "every field": CHANGED,
    "no augmentation": replace(PLAIN, spec="cifar10", augment="no"),
    "augmentation of CIFAR": replace(PLAIN, spec="cifar100"),
    "wrong labels": replace(PLAIN, corruption=Corruption(label_noise=0.25, seed=2), learning_rate=0.0123456789),
    "a path with spaces and quotes": replace(PLAIN, spec="my 'own' images.npz"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_recording_is_asked_for_as_by_the_command(form, asked):
    assert same(asked, [FORMS[form].words("mine")]) == 1


EVA = {"early": 1, "late": 4, "length": 2, "combine": "sum"}
PLANS = {
    "references alone": (Selecting({}, [0.1]), Training(["lenet"], 2, 5, ("random", "full"))),
    "methods and networks": (
        Selecting({"eva": EVA, "aum": {"space": "logit"}, "k-center": {"balanced": False}}, [0.1, 0.35]),
        Training(["lenet", "mlp"], 3, 7, ("random",), 32, 0.05, "cpu"),
    ),
    "a rule, several runs and rows left out": (
        Selecting(
            {"eva": EVA, "random": {"seed": 3}}, [0.2], "ccs", {"cutoff": 0.2, "strata": 7}, ("tiny1",), "wrong", (0, 1)
        ),
        Training(["lenet"], 1, 5, ("random", "full")),
    ),
}


def wrong():
    """The name of two saved rows of the run `tiny`, and the hash of its images."""
    facts = info("tiny")
    about = {"dataset": facts.dataset, "dataset_sha256": facts.dataset_sha256, "samples": facts.samples}
    exclusions.save("wrong", [0, 1], **about)
    return facts


@pytest.mark.parametrize("form", PLANS)
def test_retrainings_are_asked_for_as_by_the_commands(form, asked, recorded):
    facts = wrong()
    planned = retraining.plan("tiny", *PLANS[form], facts)
    assert same(asked, planned.words, facts.dataset_sha256) == planned.count


def test_pairs_of_windows_are_asked_for_as_by_the_command(asked, recorded):
    batch = Batch("This row", ((1, 3), (1, 4)), 2)
    planned = window_runs.plan("tiny", batch, 0.1, Training(["lenet"], 2, 5), info("tiny"))
    assert same(asked, planned.words) == planned.count == 4


@pytest.mark.parametrize("paper", ["EVA", "TDDS", "DeepCore"])
def test_published_cells_are_asked_for_as_by_the_commands(paper, asked):
    cells = [(t, c) for t in tables.tables() if t.paper == paper for c in tables.cells(paper, t.name)]
    runnable = [(t, c) for t, c in cells if not paper_commands.problem(c, t)]
    for table, cell in runnable[::7]:
        for run in (None, "mine"):
            assert same(asked, paper_commands.arguments(cell, table, run)) > (run is None)
            asked.clear()


def test_the_python_copied_records_the_dynamics_and_trains_the_rows_of_the_commands(phantom_file, cache):
    form = replace(PLAIN, spec=str(phantom_file), epochs=4, batch_size=64, device="cpu", snapshots=(2,))
    ran(form.words("by-command"))
    exec(job_python.python([form.words("by-python")]), {})
    first, second = load_run("by-command"), load_run("by-python")
    np.testing.assert_array_equal(first.error_norms, second.error_norms)
    chosen = Selecting({"eva": {"early": 1, "late": 3, "length": 2, "combine": "sum"}}, [0.2], "balanced", {})
    planned = retraining.plan("by-command", chosen, Training(["lenet"], 2, 1, ("random",)), info("by-command"))
    for words in planned.words:
        ran(words)
    before, names = results.rows(), {}
    exec(job_python.python(planned.words), names)
    assert results.rows() == before  # rows that exist are not trained again
    assert names["rows"] == [row for row in before if row["method"] != "full"]


def opened(name, **query):
    page = AppTest.from_file(str(ROOT / "pages" / name), default_timeout=60)
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return [element.value for element in page.code]


@pytest.mark.parametrize("name", ["1_Record.py", "7_Retrain.py", "11_Papers.py"])
def test_pages_offer_both(name, recorded):
    shown = opened(name)
    lines, code = shown[0], shown[1]
    assert lines.startswith("python -m coreset_engine ")
    assert code.startswith("from coreset_engine import jobs\n")
    compile(code, name, "exec")


def test_the_form_of_the_record_page_is_the_python_it_shows(recorded):
    line, code = opened("1_Record.py")
    words = shlex.split(line)[3:]
    assert words[0] == "record"
    assert code == job_python.python([words])
