"""Weights of samples from a file enter the loss, decide the row, and are refused where they fit no sample."""

import numpy as np
import pandas as pd
import pytest

from coreset_engine import pipeline, results
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline import RetrainingRequest, sample_weights
from coreset_engine.pipeline.requests import from_rows

SHARED = {"epochs": 1, "device": "cpu", "references": ("random",)}


def asked(file, **more):
    return RetrainingRequest("tiny", ("aum",), (0.2,), weighting="per-sample", weights=str(file), **SHARED, **more)


def test_weights_from_a_file_train_those_samples_and_stand_in_the_row(recorded, tmp_path):
    weights = np.arange(200) / 199
    np.save(tmp_path / "w.npy", weights)
    pd.DataFrame({"index": np.arange(199, -1, -1), "weight": weights[::-1]}).to_csv(tmp_path / "w.csv", index=False)
    bench = pipeline.Bench("tiny", "cpu")
    random, cell = bench.plan(asked(tmp_path / "w.npy").retrainings())
    assert random.part.weights is None
    np.testing.assert_array_equal(cell.part.weights, weights[cell.part.rows])
    assert bench.plan(asked(tmp_path / "w.csv").retrainings())[1].key == cell.key  # the numbers decide, not the file
    np.savez(tmp_path / "w.npz", weights=weights[::-1])
    assert bench.plan(asked(tmp_path / "w.npz").retrainings())[1].key != cell.key
    row = bench.train(cell)
    assert row["weighting"] == f"per-sample:{sample_weights.digest(weights)}"
    assert "weighted per-sample:" in results.label(row)
    with pytest.raises(ConfigError, match=r"trained with weights from a file .* Give it again by --weights"):
        from_rows.of_row(row)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("w.csv", "index,weight\n0,1\n0,2\n", "an index is given twice"),
        ("w.csv", "index,weight\n3,1\n", "an index is none of 0 to 2"),
        ("w.csv", "row,weight\n1,1\n", "can't be read as weights: it has no column `index`"),
        ("w.csv", "index,w\n1,1\n", "can't be read as weights: it has no column `weight`"),
        ("w.csv", "a;b\n1;1\n", "it has no columns `index` and `weight`"),
        ("w.csv", "", "it is empty"),
        ("w.csv", "index,weight\n1,high\n", "a weight is no number"),
        ("w.csv", 'index,weight\n1,"2\n', "it is no readable CSV"),
        ("w.csv", "index,weight\n1,-2\n", "sample 1 weighs -2"),
        ("w.csv", "index,weight\n1,0\n", "all of them are 0"),
        ("w.npy", np.ones(4), r"holds float64 of shape \(4,\); 3 weights are needed"),
        ("w.npy", np.array([1, np.nan, 1]), "sample 1 weighs nan"),
    ],
)
def test_weights_that_fit_no_samples_are_refused_in_a_sentence(name, content, message, tmp_path):
    np.save(tmp_path / name, content) if name == "w.npy" else (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match=message):
        sample_weights.read(tmp_path / name, 3)


@pytest.mark.parametrize("name", ["folder.csv", "folder.npy", "gone.npy"])
def test_weights_of_a_folder_or_of_nothing_are_told_as_no_file(name, tmp_path):
    for folder in ("folder.csv", "folder.npy"):
        (tmp_path / folder).mkdir()
    with pytest.raises(ConfigError, match=rf"^There is no file {tmp_path / name} with weights\. Check the path\.$"):
        sample_weights.read(tmp_path / name, 3)


def test_a_file_of_weights_needs_to_be_told_how_they_enter_the_loss():
    with pytest.raises(ConfigError, match="Add --weighting per-sample"):
        RetrainingRequest("tiny", ("aum",), (0.2,), weights="w.csv")
    request = asked("w.csv")
    words = request.to_argv()
    assert words[words.index("--weights") + 1] == "w.csv"
    assert RetrainingRequest.from_argv(words) == request


def test_weights_that_are_0_for_all_that_is_kept_are_refused_with_the_file(recorded, tmp_path):
    bench = pipeline.Bench("tiny", "cpu")
    np.save(tmp_path / "w.npy", np.ones(200))
    rows = bench.plan(asked(tmp_path / "w.npy").retrainings())[1].part.rows
    np.save(tmp_path / "none.npy", np.isin(np.arange(200), rows, invert=True).astype(float))
    with pytest.raises(ConfigError, match=r"none\.npy gives the 40 samples of a coreset the weight 0"):
        bench.plan(asked(tmp_path / "none.npy").retrainings())
