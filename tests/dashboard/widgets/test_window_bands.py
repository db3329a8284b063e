"""What the browser is given to follow the windows while they are dragged, and what it makes of it."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from coreset_engine import Dynamics, score
from coreset_engine.analysis.trajectories import SAMPLES, trajectories
from coreset_engine.dashboard.widgets import window_bands


def prepared(*given):
    """What the browser is sent of a run."""
    return window_bands.packed(trajectories(*given))


NORMS = np.array([[1.0, 0.5, 0.9, 0.3], [0.8, 0.1, 0.7, 0.1], [0.4, 0.0, 0.8, 0.2]], np.float32)


def test_the_lines_are_the_means_of_every_class_that_has_samples():
    plain = prepared(NORMS, np.array([0, 2, 0, 2]), ("a", "b", "c"))
    assert plain["names"] == ["a", "c"]
    np.testing.assert_allclose(plain["means"], [[0.95, 0.75, 0.6], [0.4, 0.1, 0.1]], atol=1e-4)


def test_a_sample_of_several_labels_counts_for_each_of_them():
    labels = np.array([[1, 1], [0, 1], [0, 0], [0, 0]], np.uint8)
    np.testing.assert_allclose(prepared(NORMS, labels, ("a", "b"))["means"][1], [0.75, 0.45, 0.2], atol=1e-4)


def test_the_browser_gets_whole_trajectories_of_a_few_samples():
    norms = np.random.default_rng(0).uniform(0, 1.4, (7, 900)).astype(np.float32)
    plain = prepared(norms, np.zeros(900, int), ("a",))
    values = np.frombuffer(base64.b64decode(plain["values"]), "<u2").reshape(SAMPLES, 7)
    rows = np.sort(np.random.default_rng(0).choice(900, SAMPLES, replace=False))
    np.testing.assert_allclose(values / 65_535 * norms.max(), norms[:, rows].T, atol=2e-5)


SCRIPTS = Path(window_bands.__file__).parent
DRIVER = """
import store from "./store.mjs";
import { scores } from "./scores.mjs";
import { readFileSync } from "node:fs";
globalThis.window = {};
const { plain, windows, forms } = JSON.parse(readFileSync(0, "utf8"));
store({ data: plain });
const held = window.coresetScrub[plain.name];
const found = forms.map((form) => [form, windows.map((pair) => [...scores(held, pair, form)])]);
console.log(JSON.stringify(Object.fromEntries(found)));
"""
FORMS = {
    "sum": ("eva", {"combine": "sum"}),
    "normalized": ("eva", {"combine": "normalized"}),
    "mean": ("exp-dual", {}),
}


@pytest.fixture(scope="module")
def few(golden):
    """The dynamics of as many golden samples as the browser holds, so that it holds all of them."""
    logits = np.concatenate([golden("logits_1")["logits"], golden("logits_2")["logits"]])
    return Dynamics.from_logits(logits[:, :SAMPLES], golden("logits_2")["targets"][:SAMPLES])


@pytest.fixture(scope="module")
def pairs(golden):
    """Pairs of windows of two and more epochs, as options of a method."""
    found = golden("eva")["config_te_tl_K_onebased"][:7].tolist()
    return [dict(zip(("early", "late", "length"), one, strict=True)) for one in found]


@pytest.fixture(scope="module")
def in_javascript(few, pairs, tmp_path_factory):
    """What the browser's own code computes from what it is sent: a list of scores, one for each pair, by form."""
    if shutil.which("node") is None:
        pytest.skip("needs node, which runs the browser's code without a browser")
    folder = tmp_path_factory.mktemp("node")
    (folder / "scores.mjs").write_text((SCRIPTS / "window_bands.js").read_text() + "\nexport { scores };\n")
    (folder / "store.mjs").write_text((SCRIPTS / "store.js").read_text())
    (folder / "driver.mjs").write_text(DRIVER)
    plain = prepared(few.error_norms, few.labels, tuple("abcdefghijk")) | {"name": "few"}
    given = json.dumps({"plain": plain, "windows": pairs, "forms": [*FORMS]})
    done = subprocess.run(["node", folder / "driver.mjs"], input=given, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def allowed(form, norms, pair, unit):
    """How far a score may be off, (N,), when every error norm is sent as a whole number of `unit`s.

    An error norm is off by d <= unit / 2, and a little more since it is scaled in float32: 65,535 units are exact to
    2^-8. So a mean is off by d, and a variance v by 2 |cov(x, e)| + var(e) <= 2 sqrt(v) d + d^2. A share v / V of the
    sum V is off by (b + v / V B) / (V - B) where v is off by b and V by B.
    """
    off, bound = (0.5 + 2**-7) * unit, 0
    for start in (pair["early"], pair["late"]):
        v = norms[start - 1 : start - 1 + pair["length"]].astype(float).var(axis=0)
        b = np.full_like(v, off) if form == "mean" else 2 * np.sqrt(v) * off + off**2
        bound = bound + ((b + v / v.sum() * b.sum()) / (v.sum() - b.sum()) / 2 if form == "normalized" else b)
    return bound


@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("form", FORMS)
def test_the_browser_scores_as_the_engine_does(form, number, in_javascript, few, pairs):
    method, options = FORMS[form]
    unit = float(few.error_norms.max()) / 65_535
    in_units = {"sum": unit**2, "mean": unit, "normalized": 1 / 2}[form]  # the browser adds whole shares, not halves
    got = np.array(in_javascript[form][number]) * in_units
    off = np.abs(got - score(few, method, **pairs[number], **options))
    assert (off <= allowed(form, few.error_norms, pairs[number], unit)).all()
