"""The endings by which commands write what other packages read."""

import json
import zipfile

import numpy as np
import pandas as pd

from coreset_engine.analysis import label_issues
from coreset_engine.store import exclusions, load_run
from tests.cli.helpers import refused


def test_cleanlabs_table_tells_label_issues_and_is_read_as_rows_to_exclude(run, recorded, tmp_path):
    file = tmp_path / "issues.cleanlab.csv"
    assert run("suspects", "tiny", "--out", file, "--share", 0.05)[0] == 0
    table, found = pd.read_csv(file), label_issues.find(load_run("tiny"), share=0.05)
    assert len(table) == 200
    assert np.flatnonzero(table["is_label_issue"]).tolist() == sorted(found.rows.tolist())
    assert table["label_score"].argmin() == found.rows[0]
    assert table["label_score"].between(0, 1).all()
    np.testing.assert_array_equal(exclusions.read_rows(file), sorted(found.rows))
    twins = table[table["is_near_duplicate_issue"]]
    assert all(row not in json.loads(sets) and json.loads(sets) for row, sets in twins["near_duplicate_sets"].items())
    assert "leave out --class" in refused(run("suspects", "tiny", "--out", file, "--class", "0"))


def test_the_ending_fiftyone_zip_tags_coreset_and_label_issues(run, recorded, tmp_path):
    file = tmp_path / "c.fiftyone.zip"
    assert run("select", "tiny", "--method", "aum", "--rate", 0.1, "--out", file)[0] == 0
    samples = json.loads(zipfile.ZipFile(file).read("samples.json"))["samples"]
    train = {one["row"]: set(one["tags"]) for one in samples if "train" in one["tags"]}
    assert len(train) == 200
    assert sum("coreset" in tags for tags in train.values()) == 20
    suspects = label_issues.find(load_run("tiny")).rows
    assert {row for row, tags in train.items() if "label issue" in tags} == set(suspects.tolist())
