"""The files of cartography become dynamics in the order of the train split, or a sentence says what is wrong with them."""

import json

import numpy as np
import pytest

from coreset_engine import load_run, store
from coreset_engine.__main__ import cli
from coreset_engine.errors import DynamicsError, RunError

LABELS = np.array([1, 0, 2, 1])
LOGITS = np.random.default_rng(0).normal(size=(3, 4, 3))


def write(folder, epoch, change=lambda lines: lines):
    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(epoch).permutation(4)
    lines = [
        {"guid": int(row), f"logits_epoch_{epoch}": LOGITS[epoch, row].tolist(), "gold": int(LABELS[row])}
        for row in order
    ]
    text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in change(lines))
    (folder / f"dynamics_epoch_{epoch}.jsonl").write_text(text)


@pytest.fixture
def folder(tmp_path):
    for epoch in range(3):
        write(tmp_path / "out" / "training_dynamics", epoch)
    return tmp_path / "out" / "training_dynamics"


@pytest.mark.parametrize("given", ["", "..", "dynamics_epoch_1.jsonl"])
def test_they_become_a_run_in_the_order_of_the_train_split(folder, given, cache):
    assert store.read_foreign(folder / given).epochs == 3
    cli.main(["import", str((folder / given).resolve()), "--run", "maps"], standalone_mode=False)
    found = load_run("maps")
    e = np.exp(LOGITS)
    p = e / e.sum(axis=2, keepdims=True)
    np.testing.assert_allclose(found.signals["target_probability"], p[:, np.arange(4), LABELS], atol=1e-6)
    np.testing.assert_array_equal(found.labels, LABELS)
    assert "guid was taken for the row" in store.read_as(cache / "runs" / "maps")[0]


def edit(key, value, at=0):
    def change(lines):
        lines[at][key] = value
        return lines

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: lines[1:], r"dynamics_epoch_1\.jsonl"),
        (lambda lines: [*lines, lines[0]], "each of the rows 0 to 4 of the train split once"),
        (lambda lines: [], "is empty"),
        (lambda lines: ["{\n"], "one JSON object per line"),
        (lambda lines: ["[1]\n"], r"one JSON object per line \(line 1\)"),
        (lambda lines: ["[" * 100_000 + "\n"], "one JSON object per line"),
        (edit("guid", "train-7"), "'train-7' is no row"),
        (edit("guid", True), "'True' is no row"),
        (edit("gold", "cat"), "`gold`, a class from 0"),
        (edit("gold", 7), "Keep the files of one training alone"),
        (edit("logits_epoch_1", [1.0]), "one number per class"),
        (edit("logits_epoch_1", None), "one number per class"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_file(folder, change, told):
    write(folder, 1, change)
    with pytest.raises(RunError, match=told):
        store.read_foreign(folder)


def test_a_logit_that_is_not_finite_is_refused_with_its_place(folder):
    write(folder, 1, edit("logits_epoch_1", [0.0, float("inf"), 0.0]))
    with pytest.raises(DynamicsError, match="in epoch 2"):
        store.read_foreign(folder)


def test_an_epoch_between_others_must_not_be_missing(folder):
    (folder / "dynamics_epoch_1.jsonl").unlink()
    with pytest.raises(RunError, match=r"lacks dynamics_epoch_1\.jsonl"):
        store.read_foreign(folder)


def test_a_folder_of_neither_code_names_both(tmp_path):
    with pytest.raises(RunError, match=r"_Output\.npy.*it has none.*dynamics_epoch_0\.jsonl"):
        store.read_foreign(tmp_path)
