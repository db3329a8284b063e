"""What is copied from Label issues lists what the page lists: the command and the Python are run, their rows compared."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from coreset_engine import load_run
from coreset_engine.__main__ import cli
from coreset_engine.dashboard import cached, cached_duplicates, cached_issues
from coreset_engine.dashboard.label_issues import code, data
from coreset_engine.dashboard.label_issues.code import ListSpec
from coreset_engine.export.label_issues import label_table
from coreset_engine.store import exclusions
from tests.browser import ROOT

PAIR = "{given} → {proposed}"
LABELS = {
    "as the page opens": {},
    "a rule": {"evidence": "confident-elsewhere"},
    "a share": {"evidence": "low-aum", "top": "top 5 %"},
    "a class": {"evidence": "low-aum", "top": "top 10 %", "class": "{given}"},
    "a pair": {"evidence": "low-aum", "top": "top 10 %", "pair": PAIR},
    "a class and another's pair": {"evidence": "low-aum", "class": "{proposed}", "pair": PAIR},
}
ALIKE = {
    "as it opens": {},
    "a correlation": {"alike": "0.93"},
    "a class": {"alike": "0.9", "class": "{given}"},
    "different labels": {"alike": "0.9", "differ": "true"},
    "all of it": {"alike": "0.901", "class": "{twin}", "differ": "true"},
}


def opened(**query):
    """The page, its link filled with the classes of a pair that has suspects, and of a twin with another label."""
    names, found = cached.images("tiny").class_names, cached_issues.suspected("tiny", 0.1)["low-aum"]
    labels, confused = load_run("tiny").labels, cached_issues.confusions("tiny")
    pair = next(
        (one.label, one.predicted)
        for one in confused
        if len(data.rows_of(found, labels, None, (one.label, one.predicted)))
    )
    groups = data.duplicate_rows(cached_duplicates.near_duplicates("tiny", 0.901), labels, None, True)
    words = {"given": names[pair[0]], "proposed": names[pair[1]], "twin": names[labels[groups[0][0]]]}
    test = AppTest.from_file(str(ROOT / "pages/5_Label_issues.py"), default_timeout=60)
    for name, value in ({"run": "tiny"} | query).items():
        test.query_params[name] = value.format(**words)
    page = test.run()
    assert not page.exception
    return page


def copied(page, folder, monkeypatch):
    """The table that the Python of a page makes, once the command made the same."""
    monkeypatch.chdir(folder)
    words = shlex.split(page.code[0].value.splitlines()[0])
    assert words[:4] == ["python", "-m", "coreset_engine", "suspects"]
    cli.main(words[3:], standalone_mode=False)
    names = {}
    exec(page.code[1].value, names)
    assert Path(words[-1]).read_text() == names["table"].to_csv(index=False)
    compare_tables_beside(page, names)
    return names["table"]


def compare_tables_beside(page, names):
    """Check that the tables beside the list are those that the page shows, by Python and by command."""
    shown = {one.value.columns[0]: one.value for one in page.dataframe}
    for word, name, first in (("--confused", "confused", "label"), ("--quality", "quality", "suspected_by")):
        lines = [line for line in page.code[0].value.splitlines() if word in line]
        assert len(lines) == (name in names) == (first in shown)
        for line in lines:
            out = CliRunner().invoke(cli, [*shlex.split(line)[3:], "--json"]).output
            made, printed = names[name].to_dict("records"), json.loads(out)
            seen = shown[first]
            seen = seen.assign(share=seen["share"] / 100) if "share" in seen else seen  # in percent on the page
            pd.testing.assert_frame_equal(seen, names[name])
            assert [list(map(str, row.values())) for row in printed] == [
                [str(None if value != value else value) for value in row.values()] for row in made
            ]


def number_said(page):
    """How many suspects or groups the page says there are."""
    if any("Nothing is suspected here" in one.value for one in page.info):
        return 0
    told = re.compile(r"[\d,]+ (suspects?\b|groups? of )")
    text = next(one.value for one in page.caption if told.match(one.value))
    return int(text.split()[0].replace(",", ""))


@pytest.mark.parametrize("shown", LABELS)
def test_suspects_copied_are_those_that_the_page_lists(shown, recorded, tmp_path, monkeypatch):
    page = opened(**LABELS[shown])
    table = copied(page, tmp_path, monkeypatch)
    assert len(table) == number_said(page)
    rule, share = page.selectbox(key="evidence").value, data.SHARES[page.selectbox(key="top").value]
    found, names = cached_issues.suspected("tiny", share)[rule], cached.images("tiny").class_names
    words = {key: page.selectbox(key=key).value for key in ("class", "pair")}
    labels = load_run("tiny").labels
    rows = [
        row
        for row in found.rows.tolist()
        if words["class"] in ("all", names[labels[row]])
        and words["pair"] in ("all", f"{names[labels[row]]} → {names[found.proposed[row]]}")
    ]
    assert table["index"].tolist() == rows
    assert table["score"].tolist() == found.scores[rows].tolist()


@pytest.mark.parametrize("shown", ALIKE)
def test_near_duplicates_copied_are_those_that_the_page_lists(shown, recorded, tmp_path, monkeypatch):
    page = opened(look="near-duplicates", **ALIKE[shown])
    table = copied(page, tmp_path, monkeypatch)
    threshold, label = page.slider(key="alike").value, page.selectbox(key="class").value
    found, names = cached_duplicates.near_duplicates("tiny", threshold), cached.images("tiny").class_names
    number = None if label == "all" else names.index(label)
    groups = data.duplicate_rows(found, load_run("tiny").labels, number, page.checkbox(key="differ").value)
    assert [part["index"].tolist() for _, part in table.groupby("group")] == [rows.tolist() for rows in groups]
    assert len(groups) == number_said(page)
    near = {row: of for rows in groups for row, of in data.nearest_in(found, rows).items()}
    shown = zip(table["index"], table["like"], table["correlation"], strict=True)
    assert all(near[row] == (like, value) for row, like, value in shown)


def test_the_list_is_a_download_of_as_many_rows_as_the_command_writes(recorded, tmp_path, monkeypatch):
    page = opened(evidence="low-aum")
    assert f"These {number_said(page):,} rows as CSV" in [button.label for button in page.get("download_button")]


def test_the_download_is_the_file_that_the_command_writes(recorded, tmp_path, monkeypatch):
    page = opened(evidence="low-aum")
    copied(page, tmp_path, monkeypatch)
    found, dynamics = cached_issues.suspected("tiny", None)["low-aum"], load_run("tiny")
    table = label_table(found, dynamics.labels, cached.images("tiny").class_names, found.rows)
    assert (tmp_path / "suspects.csv").read_bytes() == table.to_csv(index=False).encode()


def test_without_a_suspect_there_is_no_file_but_still_a_command(recorded, tmp_path, monkeypatch):
    page = opened(**LABELS["a class and another's pair"])
    assert number_said(page) == 0
    assert not [button.label for button in page.get("download_button") if "rows as CSV" in button.label]
    assert copied(page, tmp_path, monkeypatch).empty


HOSTILE = ("a/b", "--out", 'it\'s $(x) "y"', "same", "same")


def test_names_of_classes_stay_one_word_each_whatever_they_hold():
    listed = code.wrong_labels("tiny", HOSTILE, "combined", 0.01, 1, (0, 2))
    words = shlex.split(code.command(listed))
    assert words[5:-2] == [
        "--rule",
        "combined",
        "--share",
        "0.01",
        "--class",
        "--out",
        "--pair",
        HOSTILE[0],
        HOSTILE[2],
    ]
    assert code.python(listed).endswith(f"label='--out', pair=('a/b', {HOSTILE[2]!r}))")


def test_a_class_whose_name_others_have_too_is_told_by_its_number():
    listed = code.near_duplicates("tiny", HOSTILE, 0.95, 4, True)
    assert listed == ListSpec("tiny", True, {"threshold": 0.95, "label": "4", "differ": True})
    assert code.command(listed).endswith(
        "--near-duplicates --threshold 0.95 --class 4 --differ --out near-duplicates.csv"
    )


def test_rows_of_a_saved_set_are_measured_by_what_is_copied_and_unsaved_ticks_are_not(recorded, tmp_path, monkeypatch):
    wrong = cached.images("tiny").truth["wrong_label"]
    rows = [*np.flatnonzero(wrong)[:2].tolist(), int(np.flatnonzero(wrong == 0)[0])]
    sha256 = load_run("tiny").dataset_sha256
    exclusions.save("doubtful", rows, dataset="phantom", dataset_sha256=sha256, samples=200)
    page = opened(exclude="doubtful")
    copied(page, tmp_path, monkeypatch)
    ticked = next(one.value for one in page.dataframe if "suspected_by" in one.value).iloc[-1]
    assert (ticked["suspected_by"], ticked["n"], ticked["precision"]) == ("ticked", 3, pytest.approx(2 / 3))
    assert "--quality --exclude doubtful" in page.code[0].value


def test_ticks_that_are_not_saved_are_not_copied_and_the_page_says_so(recorded):
    page = opened(evidence="low-aum", top="top 5 %")
    assert not any("save the set first" in caption.value for caption in page.caption)
    page.button(key="suspects_Tick all shown").click().run()
    assert "ticked" in next(one.value for one in page.dataframe if "suspected_by" in one.value)["suspected_by"].tolist()
    assert any("save the set first" in caption.value for caption in page.caption)
    assert page.code[0].value.splitlines()[-1].endswith("--quality")
    assert "ticked" not in page.code[1].value
