"""An address that can't be shown as asked says so in one sentence: what was asked, and what is shown instead."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine.datasets import own_names, uploads
from tests.browser import ROOT
from tests.hard.hostile_zips import honest

EXPLORE, WINDOWS, MAP, ISSUES = (
    "pages/2_Explore.py",
    "pages/3_Windows.py",
    "pages/4_Data_map.py",
    "pages/5_Label_issues.py",
)
COMPARE, EXPERIMENTS, RESULTS, METHODS = (
    "pages/6_Compare.py",
    "pages/7_Experiments.py",
    "pages/8_Results.py",
    "pages/9_Methods.py",
)
RECORD, SAMPLE = "pages/1_Record.py", "pages/10_Sample.py"
HOSTILE = [
    *((page, "method", value) for page in (EXPLORE, MAP, COMPARE, SAMPLE) for value in ("nope", "<script>", "eva2")),
    *((page, "rule", value) for page in (EXPLORE, MAP, EXPERIMENTS) for value in ("nope", "Top")),
    *((page, "rate", value) for page in (EXPLORE, WINDOWS, MAP) for value in ("2", "-1", "abc")),
    *((EXPLORE, name, value) for name in ("early", "late", "length") for value in ("999", "0", "-4", "abc")),
    *((WINDOWS, name, value) for name in ("early", "late") for value in ("999", "x")),
    (EXPLORE, "average", "nope"),
    (MAP, "average", "nope"),
    (EXPLORE, "snapshot", "7"),
    (EXPLORE, "group", "nope"),
    (WINDOWS, "measure", "nope"),
    (WINDOWS, "accuracy", "nope"),
    (MAP, "colour", "nope"),
    (MAP, "x", "nope"),
    (MAP, "y", "nope"),
    (ISSUES, "evidence", "nope"),
    (ISSUES, "top", "-4"),
    (ISSUES, "share", "-4"),
    (ISSUES, "look", "nope"),
    (ISSUES, "class", "nope"),
    (EXPERIMENTS, "methods", "nope"),
    (EXPERIMENTS, "seeds", "-3"),
    (RECORD, "dataset", "nope"),
    (RECORD, "architecture", "nope"),
    (RECORD, "epochs", "-3"),
    (RECORD, "tab", "nope"),
    (RESULTS, "tab", "nope"),
    (RESULTS, "figure", "nope"),
    (RESULTS, "bars", "nope"),
    (METHODS, "family", "nope"),
]


@pytest.fixture(scope="module")
def tiny_cache(explored_once, tmp_path_factory):
    return shutil.copytree(explored_once, tmp_path_factory.mktemp("asked") / "cache")


@pytest.fixture(autouse=True)
def on_tiny(tiny_cache, monkeypatch):
    monkeypatch.setenv("CORESET_CACHE", str(tiny_cache))


def opened(file, **query):
    test = AppTest.from_file(str(ROOT / file), default_timeout=60)
    for name, value in ({"run": "tiny"} | query).items():
        test.query_params[name] = value
    return test.run()


def told(page):
    """The sentences above the page about its address, as people read them."""
    return [one.value.replace("\\", "") for one in page.warning if "The address asks" in one.value]


def test_there_are_sixty_of_them():
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize(("file", "name", "value"), HOSTILE)
def test_what_can_not_be_shown_is_said(file, name, value):
    page = opened(file, **{name: value})
    assert not page.exception
    (sentence,) = told(page)
    assert f"asks for {name} '{value}'" in sentence


@pytest.mark.parametrize(
    ("file", "query"),
    [
        (EXPLORE, {"method": "el2n", "rule": "ccs", "rate": "0.20"}),
        (EXPLORE, {"early": "2", "late": "8", "length": "3", "average": "tiny1"}),
        (EXPLORE, {"method": "aum", "early": "3"}),
        (MAP, {"colour": "coreset", "x": "aum"}),
        (EXPERIMENTS, {"methods": ["eva", "aum"], "rates": ["0.3", "0.1"]}),
        (RECORD, {"dataset": "demo", "epochs": "12"}),
    ],
)
def test_what_can_be_shown_is_not_talked_about(file, query):
    assert told(opened(file, **query)) == []


def test_the_sentence_goes_when_its_control_is_changed():
    page = opened(EXPLORE, rate="2")
    assert len(told(page)) == 1
    page.selectbox(key="method").set_value("aum").run()
    assert len(told(page)) == 1
    page.slider(key="rate").set_value(0.5).run()
    assert told(page) == []


@pytest.mark.parametrize(("name", "file"), [("a", EXPLORE), ("compare", COMPARE)])
@pytest.mark.parametrize("value", ["{half", "[" * 3000, "nonsense", "[[1]]"])
def test_a_broken_selection_is_told_without_the_words_of_a_parser(name, file, value):
    page = opened(file, **{name: value})
    assert not page.exception
    words = " ".join(one.value for one in [*page.error, *page.warning])
    assert "in this link" in words
    assert not {"Expecting", "delimiter", "char", "decoder"} & set(words.split())


def test_former_values_become_those_of_now():
    page = opened(WINDOWS, measure="Planted label errors kept")
    assert page.selectbox(key="measure").value == "Injected label errors kept"
    assert told(page) == []
    page = opened(MAP, colour="planted")
    assert page.segmented_control(key="colour").value == "injected"


def test_a_data_set_that_an_address_of_before_names_by_its_path_is_shown_by_its_name():
    path = uploads.keep("own.npz", honest())
    page = opened(RECORD, dataset=str(path))
    assert page.selectbox(key="dataset").value == own_names.listed(str(path))
    assert f"--dataset {path}" in page.code[0].value
    assert told(page) == []
