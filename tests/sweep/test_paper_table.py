"""A published table as a sweep: its price by hand, one row end to end on files in CIFAR-10's format, what is not run."""

import pickle

import numpy as np
import pytest

from coreset_engine import architectures, pipeline, results, store
from coreset_engine.cli.reproduce import reproduce
from coreset_engine.config import Recipe
from coreset_engine.errors import ConfigError
from coreset_engine.papers import tables
from coreset_engine.results import published
from coreset_engine.sweep import paper_cells, paper_table, paper_words
from coreset_engine.sweep.paper_table import TableRequest
from tests.compared import config, metrics

DEEPCORE = TableRequest(rates=(0.1,), seeds=(0,))
ROW = TableRequest(methods=("Random", "Entropy", "EVA"), rates=(0.3,), epochs=2, seeds=(0,))


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    """The files of CIFAR-10 as they are unpacked, with 12 images in each of five batches and 20 of test."""
    from torchvision.datasets import cifar

    folder, draw = tmp_path / "tv" / "cifar-10-batches-py", np.random.default_rng(0)
    folder.mkdir(parents=True)
    sizes = {f"data_batch_{number}": 12 for number in range(1, 6)} | {"test_batch": 20}
    first = 0
    for name, size in sizes.items():
        labels = [(first + place) % 10 for place in range(size)]
        content = {"data": draw.integers(0, 256, (size, 3072), np.uint8), "labels": labels}
        (folder / name).write_bytes(pickle.dumps(content))
        first += size
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": [f"c{place}" for place in range(10)]}))
    monkeypatch.setenv("TORCHVISION_ROOT", str(tmp_path / "tv"))
    monkeypatch.setattr(cifar, "check_integrity", lambda *_: True)  # the sums are those of the official files
    monkeypatch.setattr(pipeline, "estimate", lambda *_: {"images_per_second": 100.0})


def test_without_its_images_a_table_is_not_run_and_costs_nothing(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHVISION_ROOT", str(tmp_path / "none"))
    planned = paper_table.plan_table("eva", "a3", TableRequest())
    assert len(planned) == 36
    assert {one.state for one in planned} == {
        "not run: the images of cifar10 are not here; load them first: `datasets --load cifar10 --download`"
    }
    assert paper_table.price(planned) == 0


def test_cells_that_need_the_same_recording_share_one(cifar, cache):
    planned = paper_table.plan_table("EVA", "A3", TableRequest())
    (recording,) = paper_table.recordings(planned)
    assert (recording.run, recording.recipe.epochs, recording.recipe.augment) == ("cifar10-resnet18-200", 200, True)
    assert {one.retraining.run for one in planned} == {"cifar10-resnet18-200"}
    planned = paper_table.plan_table("TDDS", "1", TableRequest(datasets=("cifar10",)))
    (recording,) = paper_table.recordings(planned)
    assert recording.probabilities == "float32"  # which TDDS reads, and the others do not mind


def test_crops_and_schedules_are_those_of_the_papers_code(cifar, cache):
    def told(recipe):
        return recipe.augment, recipe.augmentation, recipe.schedule

    (eva,) = paper_table.plan_table("EVA", "A3", ROW)[:1]
    assert (eva.retraining.drop_last, eva.recording.recipe.drop_last) == (True, False)
    assert told(eva.recording.recipe) == told(eva.retraining) == (True, "reflect-flip", "cosine:0.0001")
    (tdds,) = paper_table.plan_table(
        "TDDS", "1", TableRequest(datasets=("cifar10",), methods=("Random",), rates=(0.3,))
    )
    assert told(tdds.recording.recipe) == (True, "crop-flip", "cosine")
    assert told(tdds.retraining) == (True, None, "cosine-full")  # crops as the run
    for one in (eva, tdds):
        assert one.retraining.normalisation == one.recording.recipe.normalisation == "channels"
    (whole,) = paper_table.plan_table("TDDS", "1", TableRequest(datasets=("cifar10",), rates=(1.0,)))
    steps = paper_table.plan_table("TDDS", "2", TableRequest(datasets=("cifar10",), methods=("Random",)))
    assert {one.retraining.schedule for one in (whole, *steps)} == {None}
    (graph,) = published.tables_of("Graph-A2 (MICCAI 2026)", "1")
    for recipe in paper_cells.recipes_of(tables.cells(graph.paper)[0], graph):
        assert (recipe.nesterov, recipe.schedule, recipe.normalisation) == (False, "cosine-epochs", "none")
    for table in ("1", "3", "4"):
        (one,) = paper_table.recordings(paper_table.plan_table("DeepCore", table, DEEPCORE))[:1]
        assert told(one.recipe) == (False, "crop-flip", "constant")
        row = next(one.retraining for one in paper_table.plan_table("DeepCore", table, DEEPCORE) if one.retraining)
        assert told(row) == (True, "reflect-flip", "cosine:0.0001")
        words = row.to_argv()
        assert words[words.index("--schedule") + 1] == "cosine:0.0001"
        assert type(row).from_argv(words) == row
        assert type(one).from_argv(one.to_argv()) == one


def test_one_row_of_eva_a3_runs_end_to_end_and_again_from_where_it_stands(cifar, cache, monkeypatch):
    build = architectures.build  # a ResNet-18 takes half a minute here; what is tested is what stands around it
    monkeypatch.setattr(architectures, "build", lambda _, *shape: build("lenet", *shape))
    planned = paper_table.plan_table("EVA", "A3", ROW)
    assert [one.state for one in planned] == ["to run"] * 3
    # 2 epochs of 50,000 train images and a third of 5,000 val ones, and three times 2 epochs of the 58 batches of 256 that
    # 15,000 images fill, and as many val ones
    by_hand = (2 * (50_000 + 5_000 / 3) + 3 * 2 * (58 * 256 + 5_000 / 3)) / 100
    assert paper_table.price(planned) == pytest.approx(by_hand)
    done = list(paper_table.run_table(planned))
    assert [(one.cell.method, len(rows)) for one, rows, _ in done] == [("Random", 1), ("Entropy", 1), ("EVA", 0)]
    assert "epoch" in done[2][2]  # windows of epoch 190 do not lie in a run of 2
    assert [row["samples"] for _, rows, _ in done for row in rows] == [18, 18]  # of which 16 fill the only batch
    assert store.run_names() == ["cifar10-resnet18-2"]
    again = paper_table.plan_table("EVA", "A3", ROW)
    assert [one.state for one in again] == ["exists (n = 1)", "exists (n = 1)", "to run"]
    assert paper_table.recordings(again) == []
    count = len(results.rows())
    assert [bool(sentence) for _, _, sentence in paper_table.run_table(again)] == [True]
    assert len(results.rows()) == count


def test_rows_of_the_old_recipe_do_not_exist_and_the_dry_run_says_why(cifar, cache):
    asked = TableRequest(methods=("Random",), rates=(0.3,), epochs=2, seeds=(0, 1, 2))
    coded = {"drop_last": True, "schedule": "cosine:0.0001", "augmentation": "reflect-flip"}
    coded |= {"normalisation": "channels"}
    recipe = Recipe(epochs=2, batch_size=256, warmup=0.0, augment=True).to_dict()
    for seed in (0, 1, 2):
        results.append(config("random", 0.3, seed, dataset="cifar10", recipe=recipe), metrics(0.8))
    results.append(config("random", 0.3, 2, dataset="cifar10", recipe=recipe | coded), metrics(0.8))
    (one,) = paper_table.plan_table("EVA", "A3", asked)
    assert (one.state, one.rows) == ("to run", 1)
    # seeds 0 and 1, 2 epochs each of 58 full batches and a third of 5,000 val images, after the recording
    by_hand = (2 * (50_000 + 5_000 / 3) + 2 * 2 * (58 * 256 + 5_000 / 3)) / 100
    assert paper_table.price([one]) == pytest.approx(by_hand)
    (table,) = published.tables_of("EVA", "A3")
    (told,) = [text for _, text in paper_words.differences(table, asked, [one]) if "Rows of another recipe" in text]
    assert told.endswith(
        "do not count as existing. Ours: last batch dropped: no, published: yes, learning rate cosine instead of "
        "cosine:0.0001, augmented by crop-flip instead of reflect-flip, normalised by none instead of channels."
    )


@pytest.mark.parametrize(
    "paper, table, asked, message",
    [
        ("Nobody", "1", TableRequest(), "There is no paper 'Nobody'. Choose one of: 'EVA'"),
        ("EVA", "99", TableRequest(), "EVA has no table '99'"),
        ("EVA", "all", TableRequest(), "One table is run at a time. Choose one of: 1, A1"),
        ("EVA", "A3", TableRequest(methods=("Magic",)), "EVA A3 has no method 'Magic'. It has: Full dataset, Random"),
        ("EVA", "A3", TableRequest(rates=(0.15,)), r"has no rate 0.15. It has: 1.0, 0.02"),
    ],
)
def test_what_no_table_has_is_refused_with_what_there_is(paper, table, asked, message, cache):
    with pytest.raises(ConfigError, match=message):
        paper_table.plan_table(paper, table, asked)


def test_the_command_prints_states_and_price_and_trains_nothing(cifar, cache, capsys):
    words = ["EVA", "A3", "--method", "Random", "--rate", "0.3", "--epochs", "2", "--seeds", "0", "--dry-run"]
    reproduce.main(words, standalone_mode=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["cifar10", "resnet18", "Random", "0.3000", "0.8979", "to", "run"]
    # (2 · 51,667 + 2 · 16,667) / 100 s
    assert lines[2] == "1 cell: 0 exist, 1 to run after 1 recording, 0 not run. About 23 min on this machine."
    assert lines[3] == "Otherwise than published, or to know:"
    said = "\n".join(lines[4:])
    assert "- all cells: Retrained for 2 epochs as asked, published are 200." in said
    assert "- all cells: 1 seed here, published 3." in said
    assert "leaves out the last, incomplete batch when it trains" in said
    assert "choose the form above" not in said  # of EVA's cells, none of which is asked for
    assert store.run_names() == []
