"""Listing the samples of which an expression is true on the command line."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coreset_engine import load_run, score, select
from coreset_engine.datasets import disk, library
from coreset_engine.store import RunFile
from coreset_engine.store.exclusions import read_rows
from tests.cli.helpers import refused, strict

TEXT = "aum < p20 and class in (0, 1)"


def expected():
    """The rows that TEXT means."""
    aum = score(load_run("tiny"), "aum")
    return np.flatnonzero((aum < np.quantile(aum, 0.2)) & (load_run("tiny").labels < 2))


def test_the_listing_says_how_many_there_are_and_of_which_classes(run, recorded):
    code, said, error = run("filter", "tiny", TEXT)
    assert (code, error) == (0, "")
    lines, labels = said.splitlines(), load_run("tiny").labels
    rows = expected()
    assert 0 < len(rows) < 40
    assert lines[0] == f"{len(rows)} of 200 samples."
    assert lines[1].split() == ["class", "matching", "samples", "share"]
    counts = [line.split()[-3:-1] for line in lines if line.startswith("class ")][1:]
    assert counts == [[str((labels[rows] == c).sum()), str((labels == c).sum())] for c in range(len(counts))]
    assert len(counts) == load_run("tiny").classes


def test_a_count_is_a_bare_number(run, recorded):
    assert run("filter", "tiny", TEXT, "--count") == (0, f"{len(expected())}\n", "")


def test_the_file_is_one_that_exclude_takes(run, recorded, tmp_path):
    out, rows = tmp_path / "f.csv", expected()
    assert run("filter", "tiny", TEXT, "--out", out)[1] == f"{len(rows)} rows written to {out}.\n"
    assert read_rows(out).tolist() == rows.tolist()
    table = pd.read_csv(out)
    assert list(table.columns) == ["index", "label", "class_name", "aum"]
    np.testing.assert_allclose(table["aum"], score(load_run("tiny"), "aum")[rows])
    asked = ["select", "tiny", "--method", "aum", "--rate", 0.1, "--exclude", out, "--out", tmp_path / "c.npy"]
    assert run(*asked)[0] == 0
    kept = select(load_run("tiny"), method="aum", rate=0.1, exclude=rows)
    assert np.load(tmp_path / "c.npy").tolist() == kept.tolist()


def test_rows_are_printed_as_json(run, recorded):
    found = strict(run("filter", "tiny", TEXT, "--json")[1])
    assert [line["index"] for line in found] == expected().tolist()


def test_an_expression_may_begin_with_a_minus(run, recorded):
    aum = score(load_run("tiny"), "aum")
    assert run("filter", "tiny", "-0.1 < aum", "--count")[1] == f"{(aum > -0.1).sum()}\n"


def test_all_samples_of_some_groups_can_be_written_as_an_exclusion(run, recorded, cache, tmp_path):
    groups, info = np.array([f"P{row // 3:02}" for row in range(200)]), RunFile(recorded).info
    images = library.cached(info.dataset, info.dataset_sha256)
    disk.keep(replace(images, groups={"train": groups}), images.spec, images.fingerprint)
    out = tmp_path / "f.csv"
    assert run("filter", "tiny", "group in (P01, P66)", "--out", out)[0] == 0
    assert read_rows(out).tolist() == [3, 4, 5, 198, 199]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["tiny", "aun > 3"], "Filter, character 1: there is no value 'aun'."),
        (["tiny", "row = 1", "--count", "--json"], "Choose one of the three."),
        (["tiny", "row = 1", "--out", "rows.npy"], "rows are written as .csv only."),
        (["other", "row = 1"], "other"),
    ],
)
def test_what_can_not_be_is_one_line(asked, said, run, recorded):
    assert said in refused(run("filter", *asked))
