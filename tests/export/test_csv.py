"""Every CSV that the program writes is read by `pandas.read_csv(path)` alone, with the values that were written."""

import functools
import json
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import coreset_engine
from coreset_engine import export, results
from coreset_engine.cli import results as command
from coreset_engine.dashboard.controls import exclusions as panel
from coreset_engine.dashboard.coresets import export_panel
from coreset_engine.datasets import checked
from coreset_engine.export import CoresetFile
from coreset_engine.store import RunInfo
from coreset_engine.store.exclusions import read_rows
from coreset_engine.tables import as_csv
from tests.compared import config, metrics

NAMES = ('kidney, "left"', "=cmd|'/c calc'!A0", "+1", "-2+3", "@SUM(A1)", "# a", "é 肾 🫁", "it's;50 %", " a ", "C#")
LABELS = np.arange(20) % len(NAMES)
SCORES = np.random.default_rng(0).normal(size=20)
ROWS = np.arange(12)
CLASSES = [NAMES[row % len(NAMES)] for row in range(12)]


def coreset():
    """Twelve of twenty rows, the lowest scores first."""
    scores = np.where(np.arange(20) < 12, -1.0 / (1 + np.arange(20)), 1.0)
    return CoresetFile(ROWS, scores, LABELS, NAMES, {"keep": "lowest", "rate": 0.6})


def coreset_rows():
    """What its file must say."""
    ranked = pd.DataFrame({"index": ROWS, "label": LABELS[:12], "class_name": CLASSES})
    return ranked.assign(score=[-1.0 / (1 + row) for row in range(12)], rank=range(1, 13))


def images():
    pixels = {split: np.arange(n * 784, dtype=np.uint32).astype(np.uint8).reshape(n, 28, 28) for split, n in SIZES}
    pixels = {split: values ^ np.uint8(7 * len(split)) for split, values in pixels.items()}
    labels = {split: LABELS[:n] for split, n in SIZES}
    return checked(name="own", title="Own", task="multi-class", class_names=NAMES, images=pixels, labels=labels)


SIZES = (("train", 20), ("val", 10), ("test", 10))


def zipped(path):
    export.write(coreset(), path.with_suffix(".zip"), images())
    with zipfile.ZipFile(path.with_suffix(".zip")) as archive:
        path.write_bytes(archive.read("coreset.csv"))
    return pd.read_csv(path)[["index", "label", "class_name", "score", "rank"]], coreset_rows()


def of_coreset(path):
    export.write(coreset(), path)
    return pd.read_csv(path), coreset_rows()


def of_scores(path):
    export.write_scores(path, SCORES, LABELS)
    return pd.read_csv(path), pd.DataFrame({"sample": range(20), "label": LABELS, "score": SCORES})


def of_rows(path, monkeypatch):
    made = pd.DataFrame({"row": ROWS, "class_name": CLASSES, "score": SCORES[:12]})
    given = {}
    monkeypatch.setattr(export_panel, "st", SimpleNamespace(download_button=lambda _, **known: given.update(known)))
    export_panel.rows_button(12, lambda: made, "a", "b")
    path.write_bytes(given["data"]())
    return pd.read_csv(path), made


def of_exclusion(path):
    reasons = {row: f"{NAMES[row % len(NAMES)]}!" for row in range(12)}
    facts = RunInfo(epochs=5, samples=20, classes=len(NAMES), dataset="own", dataset_sha256="ab" * 32)
    path.write_bytes(panel.as_bytes("csv", "wrong", reasons, facts, LABELS, NAMES))
    wanted = pd.DataFrame({"index": ROWS, "label": LABELS[:12], "class_name": CLASSES})
    return pd.read_csv(path), wanted.assign(reason=[f"{name}!" for name in CLASSES])


def of_suspects(path):
    suspected = SimpleNamespace(rows=ROWS, margin=SCORES, proposed=(LABELS + 1) % len(NAMES))
    made = pd.DataFrame({"index": ROWS, "class_name": CLASSES, "proposed_name": [NAMES[0]] * 12})
    made = made.assign(margin=suspected.margin[:12])
    export.write_table(path, made, "suspects")
    return pd.read_csv(path), made


def of_results(path, capsys):
    """A note with every kind of line end, and the figures of a row that are lists."""
    results.append(config(dataset=NAMES[0], seed=1), metrics(0.5, recall=(0.1, 0.25)))
    results.append(config(dataset=NAMES[1], seed=2), metrics(0.75, recall=(1.0, 0.5)))
    for row, note in zip(results.rows(), ("=1+1, a\rb", "c\r\nd\ne"), strict=True):
        results.annotate([row["key"]], note)
    command._print(results.frame(), False, True)
    path.write_text(capsys.readouterr().out, newline="")
    table = pd.read_csv(path)
    assert [json.loads(cell) for cell in table["test_recall_last"]] == [[0.1, 0.25], [1.0, 0.5]]
    assert [json.loads(cell)["epochs"] for cell in table["recipe"]] == [200, 200]
    wanted = {"dataset": list(NAMES[:2]), "note": ["=1+1, a\rb", "c\r\nd\ne"], "test_acc_last": [0.5, 0.75]}
    return table[list(wanted)], pd.DataFrame(wanted)


WRITERS = (of_coreset, zipped, of_scores, of_rows, of_exclusion, of_suspects, of_results)


@pytest.mark.parametrize("write", WRITERS)
def test_plain_pandas_reads_what_was_written(write, tmp_path, request):
    wanted = {"monkeypatch", "capsys"} & set(write.__code__.co_varnames[: write.__code__.co_argcount])
    write = functools.partial(write, **{name: request.getfixturevalue(name) for name in wanted})
    read, written = write(tmp_path / "made.csv")
    pd.testing.assert_frame_equal(read, written, check_dtype=False, rtol=1e-14)


def test_nothing_writes_a_table_by_other_means():
    folder = Path(coreset_engine.__file__).parent
    found = {file.name for file in folder.rglob("*.py") if re.search(r"\.to_csv\(", file.read_text())}
    assert found == {"tables.py"}


def test_a_coreset_of_before_with_a_manifest_above_is_still_read(tmp_path):
    (tmp_path / "old.csv").write_text('# {"kind": "kept"}\nindex,label,class_name\n7,0,"C#, b"\n3,1,#\n')
    assert read_rows(tmp_path / "old.csv").tolist() == [7, 3]


def test_a_number_sign_in_a_name_before_the_row_is_no_comment(tmp_path):
    (tmp_path / "foreign.csv").write_text("class,index\nC#,7\n#,3\n")
    assert read_rows(tmp_path / "foreign.csv").tolist() == [7, 3]


def test_a_text_that_a_spreadsheet_would_compute_is_written_as_it_is():
    assert as_csv(pd.DataFrame({"name": ["=1+1", "\t=1", "@a"]})) == b"name\n=1+1\n\t=1\n@a\n"
