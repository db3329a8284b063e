"""What is copied from Sample tells what Sample shows: the command and the Python are run, their numbers compared."""

import json
import shlex

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from coreset_engine import load_run, select
from coreset_engine.__main__ import cli
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached, cached_duplicates
from coreset_engine.dashboard.sample import code
from coreset_engine.dashboard.sample.data import Sections
from coreset_engine.store import exclusions
from tests.browser import ROOT

WINDOWS = {"early": "1", "late": "4", "length": "2"}
SHOWN = {
    "windows": {"sample": "17", **WINDOWS},
    "the normalised form": {"sample": "3", "combine": "normalized", "rate": "0.5", **WINDOWS},
    "a rule with options": {"sample": "9", "method": "aum", "rule": "ccs", "rate": "0.3"},
    "an excluded sample": {"sample": "5", "method": "aum", "exclude": "wrong", "rate": "0.9"},
    "class budgets behind a cut-off": {
        "sample": "9",
        "method": "aum",
        "rate": "0.3",
        "class_budget": "tempered",
        "tau": "0.3",
        "hard_cutoff": "0.3",
    },
    "a method that reads features": {"sample": "5", "method": "moderate", "rule": "middle"},
    "picked": {"sample": "{picked}", "method": "k-center", "rate": "0.1"},
    "not picked": {"sample": "{left}", "method": "k-center", "rate": "0.1"},
}


@pytest.fixture
def wrong(recorded):
    """A saved exclusion `wrong` of the rows 0 to 9."""
    sha256 = load_run("tiny").dataset_sha256
    exclusions.save("wrong", np.arange(10), dataset="phantom", dataset_sha256=sha256, samples=200)


def opened(query):
    picked = select(cached.sources("tiny"), method="k-center", rate=0.1)
    rows = {"picked": picked[3], "left": np.setdiff1d(np.arange(200), picked)[3]}
    test = AppTest.from_file(str(ROOT / "pages/10_Sample.py"), default_timeout=60)
    for name, value in ({"run": "tiny"} | query).items():
        test.query_params[name] = value.format(**rows)
    page = test.run()
    assert not page.exception
    assert not page.error
    return page


def said(page):
    """All that stands on the page outside the sidebar, without marks for bold and colour."""
    texts = "\n".join(text.value for text in [*page.main.markdown, *page.main.caption])
    return texts.replace("\\", "").replace("**:blue[kept]**", "kept").replace("**", "")


@pytest.mark.parametrize("shown", SHOWN)
def test_the_command_and_the_python_copied_tell_label_course_score_rank_and_state(shown, wrong):
    page = opened(SHOWN[shown])
    words, names, text = shlex.split(page.code[0].value), {}, said(page)
    ended = CliRunner().invoke(cli, [*words[3:], "--json"])
    assert ended.exit_code == 0, ended.output
    found = json.loads(ended.output)
    exec(page.code[1].value, names)
    told, row, classes = names["told"], found["row"], cached.images("tiny").class_names
    assert told.row == row == page.number_input(key="sample").value
    assert (found["score"], found["rank"], found["kept"]) == (names["score"], names["rank"], names["kept"])
    assert f"Label: {found['label']}\n" in text
    assert classes[told.label] == found["label"]
    assert f"Score: {found['score']:.4g}\n" in text
    place = "Not picked" if found["rank"] is None else f"Rank {found['rank']:,} of 200"
    assert f"{place} by {found['method']}" in text
    state = "kept" if found["kept"] else "excluded" if found["excluded"] else "dropped"
    assert (state == "excluded") == (shown == "an excluded sample")
    rule = found["rule"]
    assert f"Coreset: {state} at α = {100 * found['rate']:g} % by {found['method']}, rule {rule}" in text
    assert f"Predicted as labelled: {found['epochs_correct']} of 5 epochs" in text
    for name, values in told.signals.items():
        assert [line[name] for line in found["course"]] == values.tolist()
    assert [line["predicted"] for line in found["course"]] == [classes[c] for c in told.prediction]
    tables = {len(table.value.columns): table.value for table in page.dataframe}
    compare_ranks(tables[6], found["ranks"], names["ranks"])
    near = next(table.value for table in page.dataframe if "Cosine" in table.value)
    assert near["Row"].tolist() == names["near"].rows.tolist() == [line["row"] for line in found["nearest"]]
    assert near["Cosine"].tolist() == names["near"].values.tolist() == [line["cosine"] for line in found["nearest"]]
    assert near["Class"].tolist() == [line["label"] for line in found["nearest"]]
    states = ["kept" if kept else "dropped" for kept in names["near_kept"]]
    assert near["State"].tolist() == states == [("dropped", "kept")[line["kept"]] for line in found["nearest"]]
    assert all(sentence in text for sentence in names["injected"])
    assert names["injected"] == found["planted"] != []
    kept_by = tables[6]["Method"][tables[6]["State"] == "kept"].tolist()
    assert kept_by == names["kept_by"] == [line["method"] for line in found["ranks"] if line["kept"]]
    twins = next((table.value["Row"].tolist() for table in page.dataframe if "Correlation" in table.value), [])
    assert twins == names["twins"].rows.tolist() == [line["row"] for line in found["near_duplicates"]]


def compare_ranks(shown, printed, made):
    """Check that every method ranks the sample on the page as the command says, and as the Python does."""
    assert shown["Method"].tolist() == [line["method"] for line in printed] == [one.method for one in made]
    for row, line, one in zip(shown.to_dict("records"), printed, made, strict=True):
        rank = None if pd.isna(row["Rank"]) else row["Rank"]
        assert rank == line["rank"] == (one.rank or None)
        assert row["Options"] == line["options"]
        if rank is not None:
            assert row["Score"] == line["score"] == one.score


def test_a_sample_with_a_near_duplicate_is_copied_with_it(recorded):
    found = cached_duplicates.near_duplicates("tiny", 0.97)
    page = opened({"sample": str(found.pairs[0][0]), "method": "aum"})
    words, names = shlex.split(page.code[0].value), {}
    out = CliRunner().invoke(cli, words[3:]).output
    exec(page.code[1].value, names)
    partner = str(found.pairs[0][1])
    assert int(partner) in names["twins"].rows
    told = out.split("Near-duplicates\n")[1].splitlines()
    assert told[0].split() == ["row", "label", "correlation", "kept"]
    assert partner in [line.split()[0] for line in told[1 : 1 + len(names["twins"].rows)]]


def test_without_features_images_and_slow_methods_none_are_asked_for():
    alone = Sections(False, False, False, False)
    now = CoresetSpec("tiny", "aum", rate=0.1)
    words = shlex.split(code.command(now, 3, alone))
    assert words[-2:] == ["--ranks", "fast"]
    assert not {"--neighbours", "--near-duplicates"} & set(words)
    lines = code.python(now, 3, alone)
    assert "neighbours" not in lines
    assert "scoring_methods(slow_too=False)" in lines


def test_the_command_without_json_prints_the_same_score_and_rank(wrong):
    page = opened(SHOWN["windows"])
    lines = CliRunner().invoke(cli, shlex.split(page.code[0].value)[3:]).output.splitlines()
    score = next(one.value for one in page.main.markdown if one.value.startswith("Score: ")).removeprefix("Score: ")
    assert lines[1].startswith(f"eva: score {score}, rank ")
    assert f"{lines[1].split(', ')[1].capitalize()} by eva" in said(page)


def test_a_value_from_a_link_stays_one_word_of_the_command():
    line = code.command(
        CoresetSpec("tiny", "aum", rate=0.1, exclusion="a; rm -rf ~"),
        3,
        Sections(True, True, True, True),
    )
    assert "a; rm -rf ~" in shlex.split(line)
