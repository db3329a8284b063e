"""The page of the study is what its rows say; pairs and pooling are worked by hand."""

import csv
import importlib.util
import shutil
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import yaml

from coreset_engine import Snapshot, store
from coreset_engine.coreset import CoresetSpec
from coreset_engine.datasets import library
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.results import seeds
from coreset_engine.results.statistics import Interval
from coreset_engine.sweep.search import SearchState
from coreset_engine.training.trainer import Trainer
from tests.browser import ROOT


def script(name):
    """A script of benchmarks/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tables():
    """The script that makes the tables."""
    return script("study_tables")


@pytest.fixture(scope="module")
def page():
    """The script that makes the page."""
    return script("study_page")


def test_the_pages_hold_the_tables_numbers_and_figures_of_their_rows(page):
    texts = [file.read_text() for file in page.PAGES]
    assert [page.page(text) for text in texts] == texts
    whole = "".join(texts)
    assert all(whole.count(page.START.format(name)) == 1 for name in page.all_tables())
    # a line that began with a mark would end its paragraph
    assert not [line for line in whole.splitlines() if line.lstrip().startswith("<!--=")]
    for name, draw in page.figures.FIGURES.items():
        assert (page.figures.FOLDER / name).read_text() == draw(), name
        assert f"images/study/{name}" in whole


def test_a_number_in_a_sentence_is_made_of_the_rows(page):
    with (page.tables.FOLDER / "pneumonia_lenet.csv").open(newline="") as source:
        reached = [float(row["test_acc_last"]) for row in csv.DictReader(source) if row["line"] == "full"]
    mark = "<!--= mean accuracy: full | pneumonia | 1.0 -->"
    assert page.words.filled(f"about {mark}12<!-- =--> %") == f"about {mark}{100 * np.mean(reached):.1f}<!-- =--> %"


def test_the_parts_of_the_spread_average_mean_squares_before_a_negative_one_becomes_0(page):
    one = {(0, 0): 1.0, (0, 1): 3.0, (1, 0): 5.0, (1, 1): 11.0}  # means 2, 8 and 3, 7; MS of the rest 4
    other = {(0, 0): 0.0, (0, 1): 2.0, (1, 0): 2.0, (1, 1): 0.0}  # means 1, 1 and 1, 1; MS of the rest 4
    assert page.numbers.parts([one]) == seeds.components(one) == seeds.Components("crossed", 18 - 4 / 2, 8 - 4 / 2 + 4)
    assert page.numbers.parts([one, other]) == seeds.Components("crossed", 9 - 4 / 2, 4 - 4 / 2 + 4)


def test_ranks_lie_around_0_and_ties_in_their_middle(page):
    assert page.ranks.centred(np.array([30.0, 10.0, 20.0, 20.0])).tolist() == [0.75, -0.75, 0.0, 0.0]


def test_proxies_are_worked_by_hand():
    # features 0, 1, 4, 5: mean 2.5, sd √4.25; the head of rows 0 and 2 parts the classes at 2.17
    val = Snapshot.from_arrays(
        features=np.array([[1.0], [3.0], [5.0]]), logits=np.zeros((3, 2)), labels=np.array([0, 0, 1])
    )
    features, labels = np.array([[0.0], [1.0], [4.0], [5.0]]), np.array([0, 0, 1, 1])
    snapshot = Snapshot.from_arrays(features=features, logits=np.zeros((4, 2)), labels=labels, validation=val)
    found = script("study_proxies").proxies(snapshot, np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 2]))
    wanted = {"head_val": 0.75, "head_train": 1.0, "neighbour_val": 0.75, "balance": 1.0, "ease": 0.2}
    assert found == pytest.approx(wanted | {"cover": -0.5 / 4.25**0.5})


def test_unseen_rows_are_asked_of_the_network_of_the_other_half():
    # of two rows, one per class, both head and neighbour part the classes in their middle: rows 0 and 2 at 2, 1 and 3 at 3
    features, labels = np.array([[0.0], [1.0], [4.0], [5.0]]), np.array([0, 0, 1, 1])

    def of(*val):
        logits = np.zeros((3, 2))
        asked = Snapshot.from_arrays(features=np.array(val)[:, None], logits=logits, labels=np.array([0, 0, 1]))
        return Snapshot.from_arrays(features=features, logits=np.zeros((4, 2)), labels=labels, validation=asked)

    half, networks = np.array([0, 1, 0, 1]), [of(1.0, 2.5, 5.0), of(2.5, 2.5, 5.0)]
    for kept, unseen, seen in (([0, 1, 2, 3], (1 + 0.5) / 2, (0.75 + 1) / 2), ([1, 3], 1, 1), ([0, 2], 0.5, 0.75)):
        wanted = {"unseen_head": unseen, "unseen_neighbour": unseen, "seen_head": seen, "seen_neighbour": seen}
        assert script("study_proxies").crossed(half, networks, np.array(kept)) == pytest.approx(wanted), kept


def test_a_network_of_one_half_depends_on_no_image_of_the_other(recorded, monkeypatch):
    halves = script("study_halves")
    of, (first, second) = halves.halves("tiny")
    for counts in (np.bincount(first.labels[of == half]) for half in (0, 1)):
        assert np.abs(counts - np.bincount(first.labels) / 2).max() <= 0.5

    info = store.RunFile(recorded).info
    images = library.cached(info.dataset, info.dataset_sha256)
    pixels = images.images["train"].copy()
    pixels[of == 1] = 255 - pixels[of == 1]
    monkeypatch.setattr(library, "cached", lambda *_: replace(images, images=images.images | {"train": pixels}))
    np.testing.assert_array_equal(halves.halves("tiny")[1][1].features, second.features)  # kept, not trained again
    shutil.rmtree(recorded.parent.parent / "halves")
    _, (again, other) = halves.halves("tiny")
    np.testing.assert_allclose(again.validation.features, first.validation.features, atol=1e-5)
    assert np.abs(other.validation.features - second.validation.features).max() > 0.01


def test_hard_samples_are_flattered_by_the_places_that_they_rise_more_than_the_rest(page, monkeypatch):
    # by test the hard one is last of four, by the proxy first: 75 places up, each of the rest 25 down
    found = {
        (line, rate, ""): {"test 0": test, "test 1": test, "head_val": told, "val": test}
        for rate in page.numbers.LOW
        for line, test, told in (("el2n", 1, 9), ("ccs", 2, 1), ("tdds", 3, 2), ("random uniform", 4, 3))
    }
    monkeypatch.setattr(page.ranks, "subsets", lambda name: found)
    monkeypatch.setattr(page.ranks, "measured", lambda: ["a"])
    assert page.ranks.flattered("head_val") == {"a": 100.0}
    assert page.ranks.flattered("val") == {"a": 0.0}


def test_every_line_of_the_plan_is_a_sweep_with_its_budgets_and_cut_off():
    plan, study = yaml.safe_load((ROOT / "benchmarks" / "study.yaml").read_text()), script("study")
    for name, line in plan["lines"].items():
        request = study.request_of("some", line, plan)
        assert isinstance(request, SweepRequest), name
        for spec in request.coresets(plan["epochs"]):
            assert isinstance(spec, CoresetSpec)
            asked = (line.get("class_budget", "none"), line.get("hard_cutoff", 0.0))
            assert (spec.class_budget, spec.hard_cutoff) == asked


def test_windows_are_searched_with_other_seeds_than_those_that_judge_them(monkeypatch):
    plan, study = yaml.safe_load((ROOT / "benchmarks" / "study.yaml").read_text()), script("study")
    line = plan["lines"]["eva searched tempered, cut"]
    request = study.request_of("some", line, plan)
    assert request.search == "halving" and set(request.training_seeds).isdisjoint(plan["training_seeds"])

    best = CoresetSpec("some", "eva", {"early": 6, "late": 16}, rate=0.05, class_budget="tempered", hard_cutoff=0.3)
    reached = Interval(0.7, 0.1, 2, 0.2)
    ended = SearchState(best, "lenet", reached, request.metric, "", 11.75, 30, 15, test=reached)
    monkeypatch.setattr(study.driver, "find_best", lambda asked: [replace(ended, test=None), ended])
    found = []
    sweeps = study.fixed(request, plan, found)
    assert sweeps == [study.request_of("some", line | {"windows": "6/16"}, plan | {"rates": [0.05]})]
    assert found == [{"rate": 0.05, "windows": "6/16", "val_bal_acc_last": 0.7, "trainings": 11.75, "grid": 30}]


def test_without_last_batches_8_of_200_samples_have_no_error_in_each_epoch(recorded):
    script("study").without_last_batches("tiny", "dropped")  # batches of 32: 6 whole ones and 8 samples
    kept, whole = (store.load_run(run).error_norms for run in ("dropped", "tiny"))
    order = [Trainer.epoch_rows(SimpleNamespace(seed=0, train=range(200)), epoch) for epoch in range(1, 6)]
    wanted = whole.copy()
    for epoch, rows in enumerate(order):
        wanted[epoch, rows[192:]] = 0
    np.testing.assert_array_equal(kept, wanted)
    assert not store.RunFile(recorded.parent / "dropped").damaged_epochs()


def test_recordings_networks_and_variants_are_kept_apart(page, monkeypatch, tmp_path):
    columns = "set,architecture,recording,line,rate,selection_seed,training_seed,test_bal_acc_last"
    for file, rows in {
        "a_lenet.csv": ["a,lenet,0,eva early,0.1,,0,0.5", "a,lenet,1,eva early,0.1,,0,0.6"],
        "a_resnet8.csv": ["a,resnet8,0,eva early,0.1,,0,0.7"],
        "dropped/a_lenet.csv": ["a,lenet,0,eva early,0.1,,0,0.54"],
    }.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("\n".join([columns, *rows]))
    monkeypatch.setattr(page.tables, "FOLDER", tmp_path)
    page.numbers.cells.cache_clear()
    figure = "test_bal_acc_last"
    found = {name: [row[figure] for row in page.tables.rows(name)] for name in page.tables.SETTINGS}
    told = {name: values for name, values in found.items() if values}
    assert told == {"lenet": ["0.5"], "second": ["0.6"], "resnet8": ["0.7"], "dropped": ["0.54"]}
    told = page.words.filled("<!--= change in dropped: eva early --><!-- =-->")
    page.numbers.cells.cache_clear()
    assert "+4.0 (one set, n = 1)" in told


def test_of_a_network_each_set_counts_with_the_mean_of_its_recordings(page, monkeypatch, tmp_path):
    # differences of 1 and 5 points on a, of 8 on b, which the second recording lacks: 3 and 8, mean 5.5, sd √12.5
    columns = "set,architecture,recording,line,rate,selection_seed,training_seed,test_bal_acc_last"
    found = {"a": {"0": 0.01, "1": 0.05}, "b": {"0": 0.08}}
    for name, gains in found.items():
        rows = [
            f"{name},lenet,{recording},{line},0.1,0,0,{0.5 + gain * (line == 'random tempered')}"
            for recording, gain in gains.items()
            for line in ("random tempered", "random stratified")
        ]
        (tmp_path / f"{name}_lenet.csv").write_text("\n".join([columns, *rows]))
    monkeypatch.setattr(page.tables, "FOLDER", tmp_path)
    page.numbers.cells.cache_clear()
    mean = page.numbers.contrast("random tempered", "random stratified", setting="LeNet")
    told = page.words.filled("<!--= points in LeNet: random tempered | random stratified --><!-- =-->")
    page.numbers.cells.cache_clear()
    assert mean.by_set == pytest.approx({"a": 3.0, "b": 8.0})
    assert str(mean) == "+5.5 (-26.3 to +37.3; 2 sets, 2 recordings, n = 3)"  # 12.706 · √12.5 / √2 = 31.8
    assert ">+5.5 (-26.3 to +37.3, 2 sets, n = 3)<" in told


def test_figures_draw_lines_of_the_plan(page):
    lines = yaml.safe_load((ROOT / "benchmarks" / "study.yaml").read_text())["lines"]
    drawn = (page.numbers.RANKINGS, page.numbers.PLAIN, *page.numbers.LEVERS.values())
    assert {name for pairs in drawn for _, *names in pairs for name in names} <= set(lines)
    rankings = (*page.numbers.RANKINGS, *page.numbers.PLAIN)
    assert all(page.tables.reference_of(own, lines) == other for _, own, other in rankings)


def test_rows_of_recordings_that_the_cache_lacks_stay(recorded, monkeypatch, tmp_path):
    found = script("study_recordings")
    recorded.rename(recorded.with_name("study_here_lenet_0"))
    (tmp_path / "plan.yaml").write_text(
        "{sets: [here, gone, never], architectures: [lenet], recordings: [0], variants: {}}"
    )
    table = tmp_path / "rows" / "all.csv"
    table.parent.mkdir()
    kept = "gone,lenet,0,,0.25,0.5,0.75"
    table.write_text("\n".join([",".join(found.COLUMNS), "here,lenet,0,,9,9,9", kept, ""]))
    monkeypatch.setattr(found.study, "PLAN", tmp_path / "plan.yaml")
    monkeypatch.setattr(found, "FILE", table)
    monkeypatch.setattr(sys, "argv", ["study_recordings", "--cache", str(recorded.parents[1])])
    found.main()
    own = found.figures("study_here_lenet_0")
    here = ",".join(str(value) for value in ("here", "lenet", 0, "", *own.values()))
    assert table.read_text().splitlines()[1:] == [here, kept]


def test_what_the_cut_gives_is_held_against_what_the_same_recording_says_of_itself(page, monkeypatch, tmp_path):
    columns = "set,architecture,recording,line,rate,selection_seed,training_seed,test_bal_acc_last"
    (tmp_path / "recordings").mkdir()
    said = ["set,architecture,recording,variant,val_error,negative_aum,never_learned"]
    for name, gain, share in (("a", 0.01, 0.3), ("b", 0.03, 0.2), ("c", 0.02, 0.1)):
        cells = [
            f'{name},lenet,0,"random tempered, cut",0.1,0,0,{0.5 + gain}',
            f"{name},lenet,0,random tempered,0.1,0,0,0.5",
        ]
        (tmp_path / f"{name}_lenet.csv").write_text("\n".join([columns, *cells]))
        said.append(f"{name},lenet,0,,0.5,{share},0.1")
    (tmp_path / "recordings" / "all.csv").write_text("\n".join(said))
    monkeypatch.setattr(page.tables, "FOLDER", tmp_path)
    for kept in (page.numbers.cells, page.settings.read):
        kept.cache_clear()
    rho, *_, count = page.settings.foretold("negative_aum")
    told = page.settings.cut_table().splitlines()[2:]
    for kept in (page.numbers.cells, page.settings.read):
        kept.cache_clear()
    assert (round(rho, 6), count) == (-0.5, 3)  # ranks 3, 2, 1 of the shares and 1, 3, 2 of the gains
    assert told[0] == "| LeNet | a | 30.0 | 10.0 | 50.0 | +1.0 |"


def test_a_network_has_more_draws_at_the_rates_that_the_plan_names():
    wanted = {"rates": [0.02, 0.1, 0.3], "selection_seeds": [0, 1],
              "more_draws": {"resnet8": {"rates": [0.02, 0.05], "selection_seeds": [0, 1, 2]}}}  # fmt: skip
    plans = [(one["rates"], one["selection_seeds"]) for one in script("study").by_draws(wanted, "resnet8")]
    assert plans == [([0.1, 0.3], [0, 1]), ([0.02], [0, 1, 2])]
    plans = [(one["rates"], one["selection_seeds"]) for one in script("study").by_draws(wanted, "lenet")]
    assert plans == [([0.02, 0.1, 0.3], [0, 1])]


def test_every_line_but_those_without_samples_left_out_has_its_random(tables):
    lines = yaml.safe_load(tables.PLAN.read_text())["lines"]
    assert all(tables.reference_of(name, lines) for name in lines)
    assert tables.reference_of("ccs tempered, cut", lines) == "random tempered, cut"
    assert tables.reference_of("herding", lines) == "random stratified"  # it gives each class its share


def test_draws_are_held_against_draws_of_the_same_seeds(tables):
    own = {("0", "0", "0"): 70.0, ("0", "1", "0"): 60.0, ("0", "2", "0"): 50.0}
    other = {("0", "0", "0"): 65.0, ("0", "1", "0"): 61.0}
    assert tables.differences(own, other) == [5.0, -1.0]


def test_what_draws_nothing_is_held_against_the_mean_of_random(tables):
    own = {("0", "", "0"): 70.0, ("0", "", "1"): 60.0}
    other = {("0", "0", "0"): 60.0, ("0", "1", "0"): 70.0, ("0", "0", "1"): 50.0}
    assert tables.differences(own, other) == [5.0, 10.0]


def test_the_mean_over_sets_is_of_the_means_of_their_cells(tables):
    # sets 2 and 4: mean 3, sd √2, t(1) = 12.706: half 12.706
    own = {("a", "n", "0.1"): [1.0, 1.0], ("a", "n", "0.05"): [3.0], ("b", "n", "0.1"): [4.0]}
    assert tables._pooled(own) == "+3.0 (-9.7 to +15.7; 2 sets)"
    assert tables._pooled({("a", "n", "0.1"): [1.0]}) == "+1.0 (one set)"


def test_clear_cells_are_counted_after_holms_correction(tables):
    clear, doubtful = [5.0, 5.1, 4.9, 5.0], [1.0, -1.0, 1.0, -0.5]
    own = {("a", "n", "0.1"): clear, ("b", "n", "0.1"): [-d for d in clear], ("c", "n", "0.1"): doubtful}
    assert tables.counts(own) == "1 / 1 / 3"
