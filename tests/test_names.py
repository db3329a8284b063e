"""Names that people can't read, or that hide something, are refused at every door in one sentence that says which."""

import ast
import re

import numpy as np
import pytest

from coreset_engine import Recorder, names
from coreset_engine.datasets import library
from coreset_engine.errors import DatasetError, RunError
from coreset_engine.store import RunFile, exclusions
from tests.browser import ROOT

BAD = {
    "a surrogate": ("half \ud800", "half a character"),
    "a null byte": ("a\x00b", r"the control character '\\x00'"),
    "an escape": ("\x1b[31mred", r"the control character '\\x1b'"),
    "a line break": ("a\nb", r"the control character '\\n'"),
    "an override": ("ab\u202etxt.exe", r"'\\u202e', which turns the direction"),
    "an isolate": ("\u2066x", "turns the direction"),
    "a separator": ("a\u2028b", "the control character"),
    "too long": ("x" * 10_000, r"has 10,000 characters, of which 255 are allowed"),
    "empty": ("  ", "is empty"),
}
GOOD = ["Knochenhaut, µ ≥ 3", "胃", "كبد", "a" * 255, "=cmd()", "<b>", "🩻 x-ray", "👩‍⚕️"]


@pytest.mark.parametrize("text", GOOD)
def test_names_of_any_language_are_allowed(text):
    assert names.problem(text) == ""


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_in_signs_that_can_be_shown(case):
    text, problem = BAD[case]
    with pytest.raises(DatasetError, match=f"^The name of class 3, '.*', .*{problem}") as caught:
        names.check(text, "The name of class 3", DatasetError)
    assert names.hidden(str(caught.value)) == ""
    assert len(str(caught.value)) < 300


def write(path, class_names):
    """A file of 16 images of two classes in each split."""
    arrays = {}
    for split in ("train", "val", "test"):
        arrays[f"{split}_images"] = np.random.default_rng(0).integers(0, 255, (16, 8, 8), np.uint8)
        arrays[f"{split}_labels"] = np.arange(16)[:, None] % 2
    np.savez(path, class_names=np.array(class_names), **arrays)
    return path


@pytest.mark.parametrize("case", sorted(set(BAD) - {"a null byte"}))  # numpy cuts those off or keeps them inside
def test_class_names_of_an_npz_are_checked(tmp_path, case):
    text, problem = BAD[case]
    with pytest.raises(DatasetError, match=f"the name of class 1, .*{problem}"):
        library.load(str(write(tmp_path / "own.npz", ["fine", text])))


def test_a_file_name_that_is_a_title_is_checked(tmp_path):
    with pytest.raises(DatasetError, match=r"title of the data set.*turns the direction"):
        library.load(str(write(tmp_path / "a\u202eb.npz", ["a", "b"])))


@pytest.mark.parametrize("field", ["dataset", "architecture", "device"])
@pytest.mark.parametrize("case", sorted(set(BAD) - {"empty"}))
def test_what_a_recorder_is_told_is_checked_before_anything_is_written(cache, case, field):
    text, problem = BAD[case]
    with pytest.raises(RunError, match=problem):
        Recorder("x", labels=[0, 1], classes=2, epochs=1, info={field: text})
    with pytest.raises(RunError, match=f"the name of class 0, .*{problem}"):
        Recorder("x", labels=[0, 1], classes=2, epochs=1, info={"class_names": [text, "b"]})
    assert not (cache / "runs" / "x").exists()


def test_as_many_class_names_as_classes_are_needed():
    with pytest.raises(RunError, match="3 class names were given for 2 classes"):
        Recorder("x", labels=[0, 1], classes=2, epochs=1, info={"class_names": ["a", "b", "c"]})


def test_the_attributes_of_a_run_are_checked_when_it_is_opened(recorded):
    import h5py

    with h5py.File(recorded / "dynamics.h5", "r+") as file:
        file.attrs["device"] = np.bytes_(b"cpu\x1b[2J")
    with pytest.raises(RunError, match=r"device, .*the control character '\\x1b'"):
        RunFile(recorded)


def test_reasons_of_an_exclusion_are_checked(cache):
    given = {"dataset": "d", "dataset_sha256": "a" * 64, "samples": 9}
    exclusions.save("fine", [1], reasons={1: "two\nlines"}, **given)
    with pytest.raises(DatasetError, match=r"the control character '\\x1b'"):
        exclusions.save("x", [1], reasons={1: "\x1b[2J"}, **given)
    with pytest.raises(DatasetError, match="2,001 characters, 2,000 are allowed"):
        exclusions.save("x", [1], note="n" * 2001, **given)


def test_no_message_leaves_open_whether_it_is_about_one_thing_or_several():
    """Every text of the engine: "1 row(s)" is written with `counted`, as "1 row" and "2 rows"."""
    texts = [
        (path.name, node.value)
        for path in (ROOT / "coreset_engine").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert len(texts) > 5000
    assert [found for found in texts if re.search(r"[a-z]\((s|es)\)", found[1])] == []
