"""The README lists what there is, and what it says of commands is so."""

import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pandas
import pytest
import torch

from coreset_engine import architectures, datasets, scores, selection, store
from coreset_engine.__main__ import cli
from coreset_engine.cli import COMMANDS
from tests.browser import ROOT

TEXT = (ROOT / "README.md").read_text()


def missing(names):
    """The names that the README does not have as code."""
    return [name for name in names if f"`{name}`" not in TEXT]


def test_every_command_is_listed():
    assert missing(COMMANDS) == []


def test_every_method_and_rule_is_listed():
    assert missing([*scores.all_scores(), *selection.all_rules()]) == []


def test_every_option_of_a_shown_command_exists():
    shown = re.findall(r"python -m coreset_engine (\w+) (.*)", TEXT)
    assert len(shown) >= 4
    for name, rest in shown:
        known = {option for parameter in cli.commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest.split("&&")[0])) <= known


def test_the_networks_and_data_sets_of_the_quick_start_exist():
    assert {"resnet18", "lenet", "resnet8"} <= set(architectures.all_architectures())
    assert {"organsmnist", "demo"} <= set(datasets.all_sources())


def test_every_picture_shown_is_there():
    for path in re.findall(r"!\[.*?\]\((.*?)\)", TEXT):
        assert (ROOT / path).is_file()


# what the README's Python takes for granted
GIVEN = """
import numpy, torch
from coreset_engine import Dynamics, Snapshot

y = numpy.arange(70) % 7
draws = numpy.random.default_rng(0)
h, w = draws.normal(size=(70, 5)).astype("float32"), draws.normal(size=(7, 5)).astype("float32")
z = h @ w.T
other_seed = Snapshot.from_arrays(features=h, logits=-z, labels=y, head_weight=w)
model = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.Linear(5, 7))  # whose outputs move from epoch to epoch
loader = [(rows, torch.from_numpy(h[rows])) for rows in numpy.split(numpy.arange(70), 7)]
full = list(range(200))
x, names = draws.integers(0, 256, (70, 28, 28), "uint8"), tuple("abcdefg")
x_val, y_val, x_test, y_test = x[:9], y[:9], x[9:20], y[9:20]
p = draws.dirichlet(numpy.ones(7), size=(40, 70)).astype("float32")
dynamics = Dynamics.from_probabilities(p, y)
labels = numpy.arange(6000) % 11
"""
# what holds after each of its blocks, in order
AFTER = (
    "assert places.sum() == 600 and len(kept) == 7 and len(mask) == 70 and len(of_patients) == 7",
    "assert len(scores) == 70 and set(coreset) == set(numpy.argsort(scores)[-7:])",
    "recorder.close(); assert images.labels['train'].tolist() == y.tolist()",
    "assert len(scores) == 70 and set(y[coreset]) == set(range(7)) and len(coreset) == 7",
    "assert coreset.kept.sum() == len(coreset.rows) == 7 and CoresetSpec.from_argv(words) == spec",
    "assert list(train) == numpy.load('coreset.npy').tolist() and len(CoresetDataset('coreset.npz')) == 20",
)


def test_its_python_runs_as_it_stands(recorded, tmp_path):
    for end in ("npz", "npy"):
        words = ["select", "tiny", "--method", "random", "--rate", "0.1", "--out", str(tmp_path / f"coreset.{end}")]
        cli.main(words, standalone_mode=False)
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    code = GIVEN + "\n".join(part for pair in zip(blocks, AFTER, strict=True) for part in pair)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_its_converter_of_dynamics_of_ccs_keeps_every_logit_in_its_place(tmp_path, tiny_logits, tiny_labels):
    epochs, samples, _ = tiny_logits.shape
    draws = np.random.default_rng(3)
    batches = [
        # as the code of CCS logs each batch: rows in the order drawn, log-softmax outputs as float16
        {"epoch": epoch, "iteration": at, "idx": torch.from_numpy(rows), "output": torch.log_softmax(
            torch.from_numpy(tiny_logits[epoch, rows]), 1).half()}
        for epoch in range(epochs) for at, rows in enumerate(np.split(draws.permutation(samples), 2))
    ]  # fmt: skip
    (tmp_path / "td-all-data.pickle").write_bytes(pickle.dumps({"training_dynamics": batches}))
    code = TEXT.split("### Dynamics of other code")[1].split("```")[1]
    given = f"labels = {tiny_labels.tolist()}\n"
    subprocess.run([sys.executable, "-c", given + code], cwd=tmp_path, check=True)
    found = store.read_foreign(tmp_path / "dynamics.npz")
    e = np.exp(tiny_logits - tiny_logits.max(2, keepdims=True))
    errors = e / e.sum(2, keepdims=True) - np.eye(3)[tiny_labels]
    np.testing.assert_array_equal(found.labels, tiny_labels)
    np.testing.assert_allclose(found.signals["error_norm"], np.linalg.norm(errors, axis=2), atol=2e-3)


@pytest.mark.parametrize(("place", "kind"), [(3, "tensor"), (3, "list"), (5, "table")])
def test_its_other_converters_keep_every_logit_in_its_place(place, kind, tmp_path, tiny_logits, tiny_labels):
    logits = torch.from_numpy(tiny_logits)
    kept = {"labels": torch.from_numpy(tiny_labels), "logits": logits if kind == "tensor" else list(logits)}
    torch.save(kept, tmp_path / "dynamics.pt")
    lines = [
        {"epoch": t, "index": n, "label": tiny_labels[n]} | {f"logit {c}": z for c, z in enumerate(tiny_logits[t, n])}
        for t in range(len(tiny_logits)) for n in range(len(tiny_labels))
    ]  # fmt: skip
    pandas.DataFrame(lines).sample(frac=1, random_state=0).to_csv(tmp_path / "dynamics.csv", index=False)
    code = TEXT.split("### Dynamics of other code")[1].split("```")[place]
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    found = np.load(tmp_path / "dynamics.npz")
    np.testing.assert_array_equal(found["labels"], tiny_labels)
    np.testing.assert_allclose(found["logits"], tiny_logits, rtol=1e-6)
