"""Taking an area of a map of two scores away on the command line."""

import numpy as np
import pytest

from coreset_engine import load_run, score, select
from coreset_engine.store import exclusions
from tests.cli.helpers import refused, strict

AREA = ["area", "tiny", "--x", "variability", "--y", "confidence"]
BOX = ["--area", "box_0.1_0.3_0.2_0.8"]


def inside():
    """The rows in the box."""
    x, y = score(load_run("tiny"), "variability"), score(load_run("tiny"), "confidence")
    return np.flatnonzero((x >= 0.1) & (x <= 0.3) & (y >= 0.2) & (y <= 0.8))


def written(run, out, *more):
    code, said, error = run(*AREA, *BOX, "--out", out, *more)
    assert (code, error) == (0, "")
    return strict(out.read_text()), said


def test_an_area_is_written_with_where_it_was_drawn(run, recorded, tmp_path):
    found, said = written(run, tmp_path / "a.json")
    rows = inside()
    assert found["indices"] == rows.tolist()
    assert found["area"]["shapes"] == BOX[1]
    assert said == f"{len(rows)} of 200 samples, the area, written to {tmp_path / 'a.json'}.\n"


def test_a_coreset_is_written_with_and_without_an_area(run, recorded, tmp_path):
    asked = ["--method", "eva", "--rate", 0.2, "--early", 1, "--late", 4, "--length", 2, "--rule", "balanced"]
    options = {"early": 1, "late": 4, "length": 2, "rule": "balanced"}
    coreset = select(load_run("tiny"), method="eva", rate=0.2, **options)
    more, _ = written(run, tmp_path / "a.json", "--set", "coreset+area", *asked)
    assert more["indices"] == np.union1d(coreset, inside()).tolist()
    fewer, _ = written(run, tmp_path / "b.json", "--set", "coreset-area", *asked)
    assert fewer["indices"] == np.setdiff1d(coreset, inside()).tolist()
    assert (fewer["method"], fewer["coreset_rate"]) == ("eva", 0.2)


def test_excluded_rows_are_in_no_set(run, recorded, tmp_path):
    rows, sha256 = inside(), load_run("tiny").dataset_sha256
    exclusions.save("wrong", rows[:3], dataset="phantom", dataset_sha256=sha256, samples=200)
    found, _ = written(run, tmp_path / "a.json", "--exclude", "wrong")
    assert found["indices"] == rows[3:].tolist()
    assert found["excluded_set"] == "wrong"


def test_a_filter_takes_the_place_of_an_area_or_narrows_it(run, recorded, tmp_path):
    rows = np.flatnonzero(load_run("tiny").labels == 1)
    out = tmp_path / "a.json"
    assert run("area", "tiny", "--filter", "class = 1", "--out", out)[0] == 0
    found = strict(out.read_text())
    assert found["indices"] == rows.tolist()
    assert (found["area"]["shapes"], found["area"]["filter"]) == ("", "class = 1")
    assert found["source"] == "found by a filter over signals"
    found, _ = written(run, out, "--filter", "class = 1")
    assert found["indices"] == np.intersect1d(rows, inside()).tolist()
    assert found["source"] == "drawn on a map of two scores and found by a filter over signals"


def test_axes_take_options_as_methods_do(run, recorded, tmp_path):
    asked = ["area", "tiny", "--x", "eva", "--x-option", "early=1", "late=4", "length=2", "--y", "el2n", "--y-option"]
    code, _, _ = run(*asked, "epochs=3", "--area", "box_0_9_0_9", "--out", tmp_path / "a.json")
    assert code == 0
    found = strict((tmp_path / "a.json").read_text())
    assert found["area"]["x"] == {"method": "eva", "options": {"early": 1, "late": 4, "length": 2}}
    assert found["area"]["y"]["options"] == {"epochs": 3}
    assert len(found["indices"]) == 200


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--area", "circle_1_2"], "'circle_1_2' is no area. Write box_left_right_low_high"),
        (["--filter", "aun > 3"], "Filter, character 1: there is no value 'aun'."),
        (["--filter", "row < 0"], "The set is empty."),
        (["--area", " "], "--area is empty. Write box_left_right_low_high"),
        (["--area", "box_5_6_5_6"], "The set is empty."),
        ([*BOX, "--set", "coreset+area", "--method", "eva"], "--set coreset+area needs --method and --rate"),
        ([*BOX, "--method", "eva"], "The area alone needs no coreset."),
        ([*BOX, "--x", "k-center"], "There is no scoring method 'k-center'"),
        ([*BOX, "--x", "eva"], "Method eva needs a value for early, late."),
        ([*BOX, "--x-option", "early"], "--x-option 'early' has no value."),
        ([*BOX, "--y-option", "early=1"], "Method confidence has no option 'early'."),
        ([*BOX, "--out", "area.doc"], "A coreset can't be written as 'doc'."),
        ([*BOX, "--exclude", "nothing"], "--exclude 'nothing' is neither a file nor a set"),
    ],
)
def test_what_can_not_be_is_one_line(asked, said, run, recorded, tmp_path):
    assert said in refused(run(*AREA, "--out", tmp_path / "a.csv", *asked))


def test_without_such_a_run_there_is_no_area(run, cache):
    assert "tiny" in refused(run(*AREA, *BOX, "--out", cache / "a.csv"))
