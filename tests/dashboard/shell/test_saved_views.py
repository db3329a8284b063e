"""Saved views: a page and its query string under a name; what is not one is refused in a sentence."""

import json

import pytest
import streamlit as st

from coreset_engine.dashboard.shell import frame, pages, saved_views
from coreset_engine.dashboard.shell.saved_views import SavedView
from coreset_engine.errors import ConfigError, UnknownNameError

LINK = "http://127.0.0.1:8501/Explore?run=demo&average=a&average=b&late=7&samples=1%2C%202"


def test_a_view_on_the_shelf_is_opened_below_the_folder_at_which_the_app_is(cache, monkeypatch):
    saved_views.save(saved_views.of_link("early", "https://lab.org/coreset/Explore?run=demo"))
    monkeypatch.setattr(type(st.context), "url", property(lambda context: "https://lab.org/coreset/"))
    opened = []
    monkeypatch.setattr(st, "link_button", lambda name, address, **more: opened.append(address))
    saved_views.shelf()
    assert opened == ["https://lab.org/coreset/Explore?run=demo"]


def test_a_view_saved_from_a_link_comes_back_with_its_page_and_every_value(cache):
    saved_views.save(saved_views.of_link("early", LINK))
    found = saved_views.load("early")
    assert found.page == "Explore"
    assert found.values == {"run": ["demo"], "average": ["a", "b"], "late": ["7"], "samples": ["1, 2"]}
    assert saved_views.names() == ["early"]
    assert [path.name for path in (cache / "views").iterdir()] == ["early.json"]


def test_every_page_of_the_menu_can_be_saved_by_its_address():
    for page in pages.PAGES:
        assert saved_views.of_link("a", f"http://localhost:8501/{page.address}?run=x").page == page.address


def test_a_view_or_an_address_from_before_a_page_was_renamed_still_opens(cache):
    (cache / "views").mkdir(parents=True)
    old = {"format": "coreset-view", "version": 1, "name": "a", "page": "Retrain", "query": "run=demo"}
    (cache / "views" / "a.json").write_text(json.dumps(old))
    assert saved_views.load("a") == SavedView("a", "Experiments", "run=demo")
    link = "http://127.0.0.1:8501/{}?run=demo"
    assert saved_views.of_link("b", link.format("Window_map")).page == "Windows"
    assert saved_views.of_link("b", link.format("Suspects")).page == "Label_issues"


def test_a_view_of_a_page_that_became_a_tab_opens_that_tab(monkeypatch):
    monkeypatch.setitem(pages.FORMER, "Charts", pages.Former("Results", {"tab": "charts"}))
    view = saved_views.of_link("a", "http://127.0.0.1:8501/Charts?cell=x+y")
    assert (view.page, view.query) == ("Results", "cell=x+y&tab=charts")
    assert saved_views.of_link("a", "http://127.0.0.1:8501/Charts").query == "tab=charts"


@pytest.mark.parametrize("link", ["", "  ", "http://127.0.0.1:8501/Admin?run=x", "http://[", "javascript:alert(1)"])
def test_what_is_no_address_of_a_page_here_is_refused(link):
    with pytest.raises(ConfigError, match="no address of a page of this app"):
        saved_views.of_link("a", link)


@pytest.mark.parametrize("name", ["../x", "", " a", "a ", "a/b", ".hidden", "x" * 65])
def test_a_name_that_could_leave_the_folder_is_refused(name):
    for act in (lambda: saved_views.of_link(name, LINK), lambda: saved_views.load(name),
                lambda: saved_views.delete(name)):  # fmt: skip
        with pytest.raises(UnknownNameError, match="can't be the name of a view"):
            act()


def test_a_name_may_have_capitals_and_spaces_and_its_short_address_carries_them(cache):
    saved_views.save(saved_views.of_link("My name", LINK))
    assert saved_views.names() == ["My name"]
    assert saved_views.load("My name").short == "?view=My%20name"
    saved_views.delete("My name")
    assert not list((cache / "views").iterdir())


def forwarded(monkeypatch, page, name):
    """Where a page's address with a view goes on to: page and values, None where it stays."""
    gone = []
    monkeypatch.setattr(frame.st, "query_params", {"view": name})
    monkeypatch.setattr(frame.st, "stop", lambda: None)
    monkeypatch.setattr(frame.links, "load", lambda *where: gone.append(where))
    frame._forward_short_address(pages.at(page))
    return gone[0] if gone else None


@pytest.mark.parametrize("page", ["", "Explore", "Data_map"])
def test_a_short_address_opens_its_view_from_any_page(page, monkeypatch):
    saved_views.save(SavedView("my name", "Compare", "run=demo&rate=0.2"))
    assert forwarded(monkeypatch, page, "my name") == ("Compare", {"run": ["demo"], "rate": ["0.2"]})


def test_what_the_data_map_shows_is_no_short_address_and_a_saved_short_address_does_not_lead_back(monkeypatch):
    assert forwarded(monkeypatch, "Data_map", "box_0.1_0.2_0.3_0.4") is None
    with pytest.raises(ConfigError, match="There is no saved view 'gone'"):
        forwarded(monkeypatch, "Explore", "gone")
    saved_views.save(SavedView("again", "", "view=again"))
    assert forwarded(monkeypatch, "Explore", "again") == (".", {})


def test_a_name_that_is_taken_is_refused_and_free_again_after_a_delete():
    saved_views.save(SavedView("a", "Explore", "run=x"))
    with pytest.raises(ConfigError, match="There is a view 'a' already"):
        saved_views.save(SavedView("a", "Results", ""))
    saved_views.delete("a")
    saved_views.delete("a")
    saved_views.save(SavedView("a", "Results", ""))
    assert saved_views.load("a").page == "Results"


def test_a_query_that_no_browser_would_carry_is_refused():
    with pytest.raises(ConfigError, match="at most 65,536"):
        saved_views.save(SavedView("a", "Explore", "x" * 70_000))


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"name": "a"}', json.dumps({"name": "a", "page": "Explore", "query": ""}),
     json.dumps({"format": "coreset-view", "version": 1, "name": "b", "page": "Explore", "query": ""}),
     json.dumps({"format": "coreset-view", "version": 1, "name": "a", "page": "../x", "query": ""}),
     json.dumps({"format": "coreset-view", "version": 1, "name": "a", "page": "Explore", "query": 3})],
)  # fmt: skip
def test_a_damaged_file_is_told_with_what_to_do(cache, content):
    (cache / "views").mkdir(parents=True)
    (cache / "views" / "a.json").write_text(content)
    with pytest.raises(ConfigError, match=r"[Dd]elete it"):
        saved_views.load("a")


def test_a_view_of_a_newer_program_is_not_to_be_deleted(cache):
    (cache / "views").mkdir(parents=True)
    (cache / "views" / "a.json").write_text(json.dumps({"format": "coreset-view", "version": 2, "name": "a"}))
    with pytest.raises(ConfigError, match=r"newer version of Coreset Explorer .*Update the program"):
        saved_views.load("a")
