"""Requests: the command, the Python and the page ask for the same, and each can be read back to the last bit."""

import shlex
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import load_run, pipeline, results
from coreset_engine.__main__ import cli
from coreset_engine.cli import retrain as command
from coreset_engine.cli.process import Process
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.cached import info
from coreset_engine.dashboard.experiments import parts
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.errors import ConfigError
from coreset_engine.papers import tables
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import ImportRequest, RecordingRequest, RetrainingRequest, SweepRequest
from coreset_engine.store import exclusions
from coreset_engine.sweep import paper_cells
from tests.browser import ROOT
from tests.dashboard.record.test_parts import CHANGED, PLAIN


def ran(words):
    """Run a command in this process."""
    cli.main(list(map(str, words)), standalone_mode=False, obj=Process())


def retrainings_of(asked):
    """The retrainings that `retrain` is asked for, by a request or one by one."""
    return asked.retrainings() if isinstance(asked, RetrainingRequest) else asked


@pytest.fixture
def asked(monkeypatch):
    """What is asked of recordings, imports and retrainings, none of which is carried out."""
    found = []

    def retrain(items, **watched):
        found.extend(retrainings_of(items))
        return iter(())

    monkeypatch.setattr(pipeline, "record", lambda one, **watched: found.append(one))
    monkeypatch.setattr(pipeline, "retrain", retrain)
    monkeypatch.setattr(command, "_tell_of_changed_images", lambda run: None)
    return found


def same(asked, wanted):
    """Check that the commands of requests and their Python ask for what they say; return how many trainings that are."""
    expected = []
    for one in wanted:
        expected += one.retrainings() if isinstance(one, RetrainingRequest) else [one]
    for line in requests.commands(wanted).splitlines():
        assert line.startswith("python -m coreset_engine ")
        ran(shlex.split(line)[3:])
    assert asked == expected
    asked.clear()
    exec(requests.python(wanted), {})
    assert asked == expected
    return len(expected)


RECORDINGS = {
    "as it is": PLAIN,
    "folds": replace(PLAIN, folds=5),
    "every field": CHANGED,
    "no augmentation": replace(PLAIN, dataset="cifar10"),
    "augmentation of CIFAR": replace(PLAIN, dataset="cifar100", recipe=replace(PLAIN.recipe, augment=True)),
    "wrong labels": replace(
        PLAIN,
        corruption=Corruption(label_noise=0.25, seed=2),
        recipe=replace(PLAIN.recipe, learning_rate=0.123456789012345),
    ),
    "a seed of errors without errors": replace(PLAIN, corruption=Corruption(seed=5)),
    "a path with spaces and quotes": replace(PLAIN, dataset="my 'own' images.npz"),
}


@pytest.mark.parametrize("form", RECORDINGS)
def test_a_recording_is_asked_for_as_by_the_command(form, asked):
    assert same(asked, [RECORDINGS[form]]) == 1


EVA = {"early": 1, "late": 4, "length": 2, "combine": "sum"}


def training(names, seeds, epochs, **more):
    """What the Experiments page's fields say of the training."""
    return {"architectures": tuple(names), "seeds": tuple(range(seeds)), "epochs": epochs} | more


def of_page(rates, methods, exclusion="", average=(), rule="top"):
    """What the Experiments page's controls return: a request that all share, and one per method."""
    base = RetrainingRequest("tiny", (), rates, exclusion=exclusion)
    ruled = {"rule": rule, "average": average}
    return [base, *(replace(base, methods=(name,), options=given, **ruled) for name, given in methods)]


PLANS = {
    "references alone": (of_page((0.1,), []), training(["lenet"], 2, 5), ("random", "full")),
    "methods and networks": (
        of_page((0.1, 0.35), [("eva", EVA), ("aum", {"space": "logit"}), ("k-center", {"balanced": False})]),
        training(["lenet", "mlp"], 3, 7, batch_size=32, learning_rate=0.05, device="cpu"),
        ("random",),
    ),
    "a rule, several runs and rows left out": (
        of_page(
            (0.2,),
            [("eva", EVA | {"cutoff": 0.2, "strata": 7}), ("random", {"seed": 3, "cutoff": 0.2, "strata": 7})],
            "wrong",
            ("tiny1",),
            "ccs",
        ),
        training(["lenet"], 1, 5),
        ("random", "full"),
    ),
}


def wrong(rows=(0, 1)):
    """The facts of the run `tiny`, whose rows are saved as the set `wrong`."""
    facts = info("tiny")
    about = {"dataset": facts.dataset, "dataset_sha256": facts.dataset_sha256, "samples": facts.samples}
    exclusions.save("wrong", rows, **about)
    return facts


# 2 references, of which random has 1 rate and full one, x 2 seeds; (3 methods + random) x 2 rates x 2 networks x 3 seeds;
# 2 methods and 2 references x 1 seed
@pytest.mark.parametrize(("form", "count"), list(zip(PLANS, (4, 48, 4), strict=True)))
def test_retrainings_are_asked_for_as_by_the_commands(form, count, asked, recorded):
    chosen, fields, references = PLANS[form]
    facts = wrong()
    asked_for = [replace(one, **fields) for one in chosen]
    planned = parts.plan([replace(asked_for[0], references=references), *asked_for[1:]], facts)
    assert same(asked, planned) == sum(one.count for one in planned) == count


def test_pairs_of_windows_are_asked_for_as_by_the_command(asked, recorded):
    shared = {"architectures": ("lenet",), "options": {"length": 2}, "seeds": (0, 1), "epochs": 5}
    planned = RetrainingRequest("tiny", ("eva",), (0.1,), windows=((1, 3), (1, 4)), **shared)
    assert same(asked, [planned]) == planned.count == 4


@pytest.mark.parametrize("paper", ["EVA", "TDDS", "DeepCore"])
def test_published_cells_are_asked_for_as_by_the_commands(paper, asked):
    cells = [(t, c) for t in tables.tables() if t.paper == paper for c in tables.cells(paper, t.name)]
    runnable = [(t, c) for t, c in cells if not paper_cells.problem(c, t)]
    for table, cell in runnable[::7]:
        for run in (None, "mine"):
            assert same(asked, paper_cells.requests_for(cell, table, run)) > (run is None)
            asked.clear()


def test_an_import_is_asked_for_as_by_the_command(asked, monkeypatch):
    def taken(one):
        asked.append(one)
        raise ConfigError("far enough")

    monkeypatch.setattr(pipeline, "import_dynamics", taken)
    for file in ("a b.npz", "-x.h5", "./folder//'c'.npz"):
        wanted = ImportRequest(file, "mine")
        with pytest.raises(ConfigError, match="far enough"):
            ran(requests.words_of(wanted))
        with pytest.raises(ConfigError, match="far enough"):
            exec(requests.python([wanted]), {})
    assert [one.file for one in asked] == ["a b.npz"] * 2 + ["-x.h5"] * 2 + ["folder/'c'.npz"] * 2


def test_the_python_copied_records_the_dynamics_and_trains_the_rows_of_the_commands(phantom_file, cache):
    recipe = replace(PLAIN.recipe, epochs=4, batch_size=64)
    form = replace(PLAIN, dataset=str(phantom_file), recipe=recipe, device="cpu", snapshots=(2,))
    ran(requests.words_of(replace(form, run="by-command")))
    exec(requests.python([replace(form, run="by-python")]), {})
    first, second = load_run("by-command"), load_run("by-python")
    np.testing.assert_array_equal(first.error_norms, second.error_norms)
    base = RetrainingRequest("by-command", (), (0.2,))
    chosen = replace(base, methods=("eva",), options=EVA | {"late": 3}, rule="balanced")
    fields = training(["lenet"], 1, 1)
    wanted = [replace(base, references=("random",), **fields), replace(chosen, **fields)]
    planned = parts.plan(wanted, info("by-command"))
    for one in planned:
        ran(requests.words_of(one))
    before, names = results.rows(), {}
    exec(requests.python(planned), names)
    assert results.rows() == before  # rows that exist are not trained again
    assert names["rows"] == [row for row in before if row["method"] != "full"]
    assert [row["method"] for row in names["rows"]] == ["random", "eva"]


def opened(name, **query):
    page = AppTest.from_file(str(ROOT / "pages" / name), default_timeout=60)
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return [element.value for element in page.code]


@pytest.mark.parametrize(
    ("name", "query"), [("1_Record.py", {}), ("7_Experiments.py", {}), ("8_Results.py", {"tab": "Papers"})]
)
def test_pages_offer_both(name, query, recorded):
    shown = opened(name, **query)
    lines, code = shown[0], shown[1]
    assert lines.startswith("python -m coreset_engine ")
    assert "from coreset_engine.pipeline import " in code
    compile(code, name, "exec")


def test_the_form_of_the_record_page_is_the_python_it_shows(recorded):
    line, code = opened("1_Record.py")
    words = shlex.split(line)[3:]
    assert words[0] == "record"
    assert code == requests.python([RecordingRequest.from_argv(words[1:])])


SEVERAL = {
    "windows go to those that compare them": RetrainingRequest(
        "tiny", ("eva", "aum", "exp-dual", "full"), (1 / 3, 0.123456789012345), windows=((1, 3), (2, 4)),
        options={"length": 2}, references=("full", "random"),
    ),
    "windows that only one of them has": RetrainingRequest(
        "tiny", ("el2n", "eva"), (0.1,), options={"early": 1, "late": 4, "length": 2}
    ),
    "everything": RetrainingRequest(
        "tiny", ("tdds", "aum"), (1.0, 1e-5), architectures=("lenet", "mlp"), seeds=(3, 1), rule="ccs",
        options={"cutoff": 1 / 3}, average=("tiny-s1", "tiny-s2"), exclusion="a set.csv", class_budget="drop", snapshot=3,
        weighting="per-sample", epochs=1, batch_size=7, learning_rate=2 / 3, warmup=0.0, augment=False, device="cpu",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", SEVERAL)
def test_several_methods_are_read_back_and_asked_for_as_by_the_command(form, asked, recorded):
    assert RetrainingRequest.from_argv(SEVERAL[form].to_argv()) == SEVERAL[form]
    assert eval(SEVERAL[form].to_python(), {"RetrainingRequest": RetrainingRequest}) == SEVERAL[form]
    assert same(asked, [SEVERAL[form]]) == SEVERAL[form].count


def test_every_coreset_of_several_methods_has_the_windows_it_has_use_for():
    found = SEVERAL["windows go to those that compare them"].coresets()
    # random at 2 rates (full is a method already); 2 pairs x 2 rates, aum at 2 rates, 2 pairs x 2 rates, full once
    assert [spec.method for spec in found] == ["random"] * 2 + ["eva"] * 4 + ["aum"] * 2 + ["exp-dual"] * 4 + ["full"]
    assert [(spec.options["early"], spec.options["late"], spec.rate) for spec in found if spec.method == "eva"] == [
        (1, 3, 1 / 3),
        (1, 3, 0.123456789012345),
        (2, 4, 1 / 3),
        (2, 4, 0.123456789012345),
    ]
    assert [dict(spec.options) for spec in found if spec.method == "aum"] == [{}, {}]


def test_values_given_as_text_and_as_numbers_are_one_request():
    words = ["tiny", "--method", "eva", "--rate", "0.1", "--early", "1", "--option", "late=4", "--option", "length=2"]
    asked_for = RetrainingRequest("tiny", ("eva",), (0.1,), options={"early": 1, "late": 4, "length": 2})
    assert RetrainingRequest.from_argv(words) == asked_for
    text = {"early": "1", "late": "4", "length": "2"}
    assert RetrainingRequest("tiny", ["eva"], [0.1], options=text) == asked_for
    assert asked_for.coresets() == [CoresetSpec("tiny", "eva", {"early": 1, "late": 4, "length": 2}, rate=0.1)]


@pytest.mark.parametrize("words", [["--augment", "--no-augment"], ["--no-augment", "--augment"]])
def test_the_last_of_two_opposite_flags_counts_as_for_the_command(words, asked):
    given_words = ["--dataset", "demo", "--run", "mine", *words]
    ran(["record", *given_words])
    assert asked == [RecordingRequest.from_argv(given_words)]
    assert asked[0].recipe.augment == (words[-1] == "--augment")


def test_weights_enter_the_loss_of_the_methods_and_not_of_the_references():
    asked_for = RetrainingRequest(
        "tiny", ("tdds", "random"), (0.1,), references=("random", "full"), architectures=("lenet",), weighting="batch"
    )
    found = [(one.spec.method, one.weighting) for one in asked_for.retrainings()]
    assert found == [("full", "none"), ("tdds", "batch"), ("random", "batch")]


def test_references_know_neither_rule_nor_runs_averaged_in_but_the_rows_left_out():
    asked_for = RetrainingRequest(
        "tiny",
        ("margin",),
        (0.1,),
        references=("random",),
        rule="diverse",
        average=("b",),
        snapshot=2,
        exclusion="wrong",
    )
    assert asked_for.coresets() == [
        CoresetSpec("tiny", "random", rate=0.1, exclusion="wrong"),
        CoresetSpec("tiny", "margin", rule="diverse", rate=0.1, average=("b",), snapshot=2, exclusion="wrong"),
    ]


@pytest.mark.parametrize(
    ("asked_for", "read"),
    [
        ({"method": "eva", "options": {"early": 1, "late": 4, "length": 2}}, False),
        ({"method": "aum", "rule": "ccs"}, False),
        ({"method": "aum", "rule": "diverse"}, True),
        ({"method": "grand"}, True),
        ({"method": "k-center"}, True),
        ({"method": "random", "class_budget": "drop"}, True),
        ({"method": "random", "class_budget": "difficulty"}, False),
        ({"method": "entropy"}, False),  # scored by the recording
        ({"method": "full", "rate": 1.0}, False),
        ({"method": "auto"}, False),
    ],
)
def test_the_epoch_of_a_snapshot_is_a_part_of_what_reads_one_alone(asked_for, read):
    spec = CoresetSpec("tiny", snapshot=2, **{"rate": 0.1} | asked_for)
    assert spec.snapshot == (2 if read else None)
    assert (spec == CoresetSpec("tiny", **{"rate": 0.1} | asked_for)) != read


def test_random_has_its_class_budgets_of_the_same_snapshot_as_the_method():
    budgets = {"class_budget": "drop", "snapshot": 2}
    asked_for = RetrainingRequest("tiny", ("aum",), (0.1,), references=("random",), **budgets)
    assert [spec.snapshot for spec in asked_for.coresets()] == [2, 2]
    swept = SweepRequest("tiny", ("aum",), (0.1,), references=("random",), class_budgets=("drop",), snapshot=2)
    assert [cell.spec.snapshot for cell in replace(swept, architectures=("lenet",)).cells(5)] == [2, 2]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"methods": ("aum", "random"), "options": {"early": 4}},
            "None of the methods aum, random has an option 'early'",
        ),
        (
            {"methods": ("full", "el2n"), "options": {"early": 4}},
            "None of the methods full, el2n has an option 'early'",
        ),
        ({"methods": ("auto",), "options": {"late": 4}}, "Method auto has no option 'late'. It has: goal, seed"),
        (
            {"methods": ("full", "auto"), "options": {"epochs": 4}},
            "None of the methods full, auto has an option 'epochs'",
        ),
        ({"methods": ("full",), "options": {"epochs": 4}}, "Method full has no option 'epochs'"),
        ({"methods": ("aum",), "snapshot": 3}, "snapshot 3 changes nothing"),
        ({"methods": ("full",), "rates": (), "snapshot": 3}, "snapshot 3 changes nothing"),
    ],
)
def test_what_none_of_the_methods_reads_is_refused(given, said):
    with pytest.raises(ConfigError, match=said):
        RetrainingRequest("tiny", given.pop("methods"), given.pop("rates", (0.1,)), **given)


@pytest.mark.parametrize("names", [("auto",), ("full", "auto"), ("auto", "random")])
def test_the_recommended_selection_is_that_of_the_goal_and_seed_asked_for(names):
    options = {"seed": 3} | ({"goal": "accuracy"} if "random" not in names else {})
    asked = RetrainingRequest("tiny", names, (0.1,), options=options)
    (found,) = [spec for spec in asked.coresets() if spec.class_budget != "none"]
    assert found == CoresetSpec("tiny", "auto", options, rate=0.1)
    assert RetrainingRequest.from_argv(asked.to_argv()) == asked


def test_what_is_named_twice_is_trained_once(recorded):
    asked = RetrainingRequest("tiny", ("aum", "aum"), (0.1, 0.1), seeds=(0, 0, 1), references=("random", "random"))
    assert (asked.methods, asked.rates, asked.seeds, asked.references) == (("aum",), (0.1,), (0, 1), ("random",))
    assert asked.count == len(asked.retrainings()) == 4
