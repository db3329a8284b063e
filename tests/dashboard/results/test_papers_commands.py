"""The commands that run a published cell, read by the command line itself."""

import shlex
from types import SimpleNamespace

import pytest

from coreset_engine import methods
from coreset_engine.cli.record import record
from coreset_engine.cli.retrain import retrain
from coreset_engine.config import Recipe
from coreset_engine.dashboard.controls import recipe_words
from coreset_engine.dashboard.results import papers_commands
from coreset_engine.papers import tables
from coreset_engine.pipeline import requests
from coreset_engine.sweep import paper_cells

ALL = [(table, cell) for table in tables.tables() for cell in tables.cells(table.paper, table.name)]


def first(paper, name, **wanted):
    """A table and its first cell with these values."""
    return next(
        (t, c)
        for t, c in ALL
        if (t.paper, t.name) == (paper, name) and all(getattr(c, k) == v for k, v in wanted.items())
    )


def commands(cell, table, run, taken=()):
    """The lines that run a cell, as the page shows them."""
    return requests.commands(paper_cells.requests_for(cell, table, run, taken)).splitlines()


def words(line):
    return shlex.split(line)[3:]


def test_a_cell_of_eva_is_recorded_and_retrained_as_published():
    table, cell = first("EVA", "1", dataset="organsmnist", method="EVA", rate=0.1)
    recording, retraining = commands(cell, table, None)
    assert recording == (
        "python -m coreset_engine record --dataset organsmnist --architecture resnet18 --epochs 200 --seed 0 "
        "--batch-size 256 --lr 0.1 --warmup 0.0 --schedule cosine:0.0001 --run organsmnist-resnet18-200"
    )
    assert retraining == (
        "python -m coreset_engine retrain organsmnist-resnet18-200 --method eva --rate 0.1 --architecture resnet18 "
        "--epochs 200 --seeds 0 1 2 --lr 0.1 --warmup 0.0 --no-augment --drop-last --schedule cosine:0.0001 "
        "--option early=100 --option late=190 --option length=10 --option combine=sum"
    )


def test_with_a_run_there_is_nothing_to_record():
    table, cell = first("EVA", "1", dataset="organsmnist", method="Random", rate=0.1)
    (line,) = commands(cell, table, "mine")
    assert words(line)[:2] == ["retrain", "mine"]


def test_a_name_that_is_taken_is_not_used_again():
    table, cell = first("TDDS", "10", method="TDDS", rate=0.3)
    recording = words(commands(cell, table, None, ["cifar100-labels20-resnet18-200"])[0])
    assert recording[-1] == "cifar100-labels20-resnet18-200-2"
    assert recording[recording.index("--label-noise") + 1] == "0.2"
    assert recording[recording.index("--probabilities") + 1] == "float32"


def test_the_same_number_of_steps_is_asked_for_where_the_table_keeps_it():
    table, cell = first("TDDS", "2", method="TDDS", rate=0.5, dataset="cifar10")
    line = words(commands(cell, table, "r")[0])
    assert line[line.index("--epochs") + 1] == "400"
    assert line[line.index("--weighting") + 1] == "batch"
    assert "preset=cifar10-keep50" in line


@pytest.mark.parametrize("name", [table.paper + " " + table.name for table in tables.tables()])
def test_the_command_line_understands_every_command(name):
    for table, cell in ALL:
        if f"{table.paper} {table.name}" != name or paper_cells.problem(cell, table):
            continue
        recording, retraining = (words(line) for line in commands(cell, table, None))
        record.make_context("record", recording[1:])
        given = retrain.make_context("retrain", retraining[1:]).params
        (method,) = given["names"]
        if method != "full":
            methods.get(method)
            options = dict(pair.split("=") for pair in given["extra"])
            methods.resolve(method, given["rule"], cell.rate, options, 0)


def test_random_of_graph_a2_is_as_many_of_every_class_at_224_px_for_1000_epochs():
    table, cell = first("Graph-A2 re-run (8 seeds)", "final 2%", dataset="bloodmnist_224", method="Random")
    recording, retraining = commands(cell, table, None)
    assert "--dataset bloodmnist_224 --architecture resnet18 --epochs 200" in recording
    assert (
        "--method random --rate 0.02 --architecture resnet18 --epochs 1000 --seeds 0 1 2 3 4 5 6 7 --batch-size 256"
        in retraining
    )
    assert "--class-budget equal" in retraining


def test_what_can_not_be_run_here_says_why():
    for paper, name, wanted, sentence in (
        ("Graph-A2 (MICCAI 2026)", "1", {"method": "Herding"}, "UNI"),
        ("Graph-A2 (MICCAI 2026)", "1", {"method": "EVA"}, "28 px"),
        ("TDDS", "3", {}, "ImageNet is none"),
        ("TDDS", "5", {"method": "EL2N+outer (variance)"}, "no counterpart"),
        ("DeepCore", "4", {"selected_after": 0}, "not trained"),
    ):
        table, cell = first(paper, name, **wanted)
        assert sentence in paper_cells.problem(cell, table)


CODED = {"schedule": "cosine:0.0001"}  # of EVA's released code
RECIPE = {"batch_size": 256, "learning_rate": 0.1, "warmup": 0.0, "augment": False, "momentum": 0.9}


def recorded(architecture="resnet18", epochs=200, dataset="organsmnist", mode="train", probabilities="", **recipe):
    """The facts of a run."""
    return SimpleNamespace(
        dataset=dataset,
        architecture=architecture,
        epochs=epochs,
        mode=mode,
        probabilities=probabilities,
        recipe=RECIPE | recipe,
    )


def test_the_run_to_select_from_has_the_published_images_network_and_epochs():
    table, cell = first("EVA", "A5", architecture="lenet", method="EVA")
    facts = [recorded("lenet", **CODED), recorded(epochs=30, **CODED), recorded(**CODED)]
    assert paper_cells.recording_of(cell, table, facts, ["a", "b", "c"]) == "c"
    assert paper_cells.recording_of(cell, table, facts[:2], ["a", "b"]) is None


@pytest.mark.parametrize(
    "other",
    [{"warmup": 0.05}, {"batch_size": 128}, {"learning_rate": 0.02}, {"augment": True}, {"schedule": "cosine"}],
)
def test_a_run_of_another_recipe_or_mode_is_not_selected_from(other):
    table, cell = first("EVA", "1", dataset="organsmnist", method="EVA", rate=0.1)
    assert paper_cells.recording_of(cell, table, [recorded(**CODED)], ["a"]) == "a"
    assert paper_cells.recording_of(cell, table, [recorded(**CODED | other)], ["a"]) is None
    assert paper_cells.recording_of(cell, table, [recorded(mode="eval", **CODED)], ["a"]) is None


def test_tdds_selects_from_a_run_with_exact_probabilities():
    table, cell = first("TDDS", "1", dataset="cifar10", method="TDDS", rate=0.3)
    of = {"dataset": "cifar10", "batch_size": 128, "augment": True, "normalisation": "channels"}
    facts = [recorded(**of), recorded(probabilities="float16", **of), recorded(probabilities="float32", **of)]
    facts.insert(0, recorded(probabilities="float32", **of | {"normalisation": "none"}))
    assert paper_cells.recording_of(cell, table, facts, ["z", "a", "b", "c"]) == "c"
    assert paper_cells.recording_of(cell, table, facts[:3], ["z", "a", "b"]) is None


def test_networks_of_deepcore_select_without_augmentation_and_are_trained_with_it():
    table, cell = first("DeepCore", "1", method="k-Center Greedy", rate=0.1)
    recording, retraining = (words(line) for line in commands(cell, table, None))
    assert "--no-augment" in recording
    assert "--augment" in retraining
    table, cell = first("TDDS", "1", method="EL2N", rate=0.3)
    recording, retraining = (words(line) for line in commands(cell, table, None))
    assert requests.RecordingRequest.from_argv(recording[1:]).recipe.augment
    assert "--augment" in retraining


def test_what_is_retrained_has_no_warm_up_whatever_the_recording_had():
    table, cell = first("TDDS", "1", method="EL2N", rate=0.3)
    line = words(commands(cell, table, "mine")[0])
    assert float(line[line.index("--warmup") + 1]) == 0


def test_the_link_fills_the_retrain_form():
    table, cell = first("EVA", "1", dataset="organsmnist", method="EVA", rate=0.1)
    assert papers_commands.link(cell, table, "mine", "normalized") == {
        "run": "mine",
        "methods": "eva",
        "rates": "0.1",
        "rule": "top",
        "seeds": "3",
        "early": "100",
        "late": "190",
        "length": "10",
        "eva_combine": "normalized",
        "retrain_drop_last": "true",
    }


def test_the_link_says_what_is_retrained_otherwise_than_the_run_was_recorded():
    table, cell = first("DeepCore", "4", method="Forgetting", rate=0.01, selected_after=200)
    query = papers_commands.link(cell, table, "mine")
    assert query["retrain_augment"] == "crop, mirrored at the edge, and flip"
    assert query["retrain_schedule"] == "cosine:0.0001"
    assert "retrain_normalisation" not in query  # which the run has
    of_deepcore = [papers_commands.link(c, t, "mine") for t, c in ALL if c.paper == "DeepCore"]
    assert {one.get("retrain_schedule") for one in of_deepcore if one} == {"cosine:0.0001"}


@pytest.mark.parametrize(
    ("recipe", "word"),
    [
        (Recipe(augment=False, augmentation="flip"), "no"),
        (Recipe(augment=True), "yes"),
        (Recipe(augment=True, augmentation="resized-crop-flip"), "enlarged crop and flip"),
    ],
)
def test_an_augmentation_has_its_word_of_the_form(recipe, word):
    assert recipe_words.word_of(recipe) == word


@pytest.mark.parametrize(
    ("paper", "name", "wanted"),
    [
        ("EVA", "1", {"method": "Random"}),  # a check box there
        ("EVA", "A5", {"method": "EVA"}),  # another network
        ("TDDS", "1", {"method": "TDDS"}),  # weights in the loss
        ("TDDS", "2", {"method": "EL2N", "rate": 0.5}),  # other epochs
    ],
)
def test_what_the_form_can_not_say_has_no_link(paper, name, wanted):
    table, cell = first(paper, name, **wanted)
    assert papers_commands.link(cell, table, "mine") is None
