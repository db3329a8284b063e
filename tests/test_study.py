"""The page of the study is what its rows say; pairs and pooling are worked by hand."""

import importlib.util

import pytest
import yaml

from coreset_engine.coreset import CoresetSpec
from coreset_engine.pipeline.requests import SweepRequest
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


def test_the_page_holds_the_tables_of_its_rows(tables):
    text = tables.PAGE.read_text()
    assert tables.page(text) == text


def test_every_line_of_the_plan_is_a_sweep_with_its_budgets_and_cut_off():
    plan, study = yaml.safe_load((ROOT / "benchmarks" / "study.yaml").read_text()), script("study")
    for name, line in plan["lines"].items():
        request = study.request_of("some", line, plan)
        assert isinstance(request, SweepRequest), name
        for spec in request.coresets(plan["epochs"]):
            assert isinstance(spec, CoresetSpec)
            asked = (line.get("class_budget", "none"), line.get("hard_cutoff", 0.0))
            assert (spec.class_budget, spec.hard_cutoff) == asked


def test_every_line_but_those_without_samples_left_out_has_its_random(tables):
    lines = yaml.safe_load(tables.PLAN.read_text())["lines"]
    assert all(tables.reference_of(name, lines) for name in lines)
    assert tables.reference_of("ccs tempered, cut", lines) == "random tempered, cut"


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
    assert tables._counts(own) == "1 / 1 / 3"
