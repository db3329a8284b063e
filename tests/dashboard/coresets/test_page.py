"""Overview's saved views and the import of dynamics, run without a browser."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine.dashboard.shell import saved_views
from coreset_engine.dashboard.shell.saved_views import SavedView
from coreset_engine.store import run_names
from tests.browser import ROOT


def opened(file, **query):
    page = AppTest.from_file(str(ROOT / file), default_timeout=60)
    page.query_params.update(query)
    return page.run()


def unescaped(element):
    return element.value.replace("\\", "")


def test_the_overview_saves_a_page_by_its_address_and_deletes_it(recorded):
    page = opened("app.py")
    page.text_input(key="overview_view_name").set_value("mine")
    page.text_input(key="overview_view_link").set_value("http://localhost:8501/Results?figure=auc")
    next(button for button in page.button if button.label == "Save").click().run()
    assert not page.exception
    assert saved_views.load("mine") == SavedView("mine", "Results", "figure=auc")
    page.button(key="view_delete_mine").click().run()
    assert not page.exception
    assert saved_views.names() == []


@pytest.mark.parametrize(
    ("name", "link", "said"),
    [("../x", "http://localhost/Explore", "can't be the name of a view"), ("a", "http://localhost/x", "no address")],
)
def test_the_overview_refuses_a_view_in_a_sentence(recorded, name, link, said):
    page = opened("app.py")
    page.text_input(key="overview_view_name").set_value(name)
    page.text_input(key="overview_view_link").set_value(link)
    next(button for button in page.button if button.label == "Save").click().run()
    assert not page.exception
    assert said in unescaped(page.error[0])


def test_a_damaged_view_hides_no_other_and_can_be_deleted(recorded, cache):
    saved_views.save(SavedView("good", "Explore", "run=tiny"))
    (cache / "views" / "bad.json").write_text("{")
    page = opened("app.py")
    assert not page.exception
    assert any("bad can't be read" in unescaped(caption) for caption in page.caption)
    page.button(key="view_delete_bad").click().run()
    assert saved_views.names() == ["good"]


def test_a_file_below_the_folder_for_ones_own_becomes_a_run(cache):
    (cache / "images").mkdir(parents=True)
    logits = np.random.default_rng(0).normal(size=(4, 30, 3)).astype(np.float32)
    np.savez(cache / "images" / "elsewhere.npz", logits=logits, labels=np.arange(30) % 3)
    page = opened("pages/1_Record.py", tab="Import dynamics")
    assert page.button(key="bring_go").disabled
    page.selectbox(key="bring_path").set_value("elsewhere.npz").run()
    page.button(key="bring_go").click().run()
    assert not page.exception
    assert "4 epochs of 30 samples imported as 'elsewhere'" in unescaped(page.success[0])
    assert run_names() == ["elsewhere"]


def test_an_upload_that_is_no_dynamics_is_a_sentence(cache):
    page = opened("pages/1_Record.py", tab="Import dynamics")
    page.file_uploader(key="bring_upload").set_value([("x.npz", b"nothing", "application/octet-stream")]).run()
    page.button(key="bring_go").click().run()
    assert not page.exception
    assert unescaped(page.error[0]).startswith("x.npz is no readable .npz file")
    assert run_names() == []


@pytest.mark.parametrize("name", ["3_Windows", "4_Data_map", "10_Sample", "5_Label_issues", "8_Results", "6_Compare"])
def test_every_page_with_controls_can_be_saved_by_name(recorded, name):
    page = opened(f"pages/{name}.py")
    page.text_input(key="view_name").input("mine").run()
    page.button(key="view_save").click().run()
    assert not page.exception
    found = saved_views.load("mine")
    saved_views.delete("mine")
    assert found.page == name.partition("_")[2]
    assert name == "8_Results" or found.values["run"] == ["tiny"]


def test_a_name_that_no_view_can_have_is_told_and_the_page_goes_on(recorded):
    page = opened("pages/2_Explore.py")
    metrics = [one.value for one in page.metric]
    page.text_input(key="view_name").input("my/view").run()
    page.button(key="view_save").click().run()
    assert len(page.error) == 1
    assert "'my/view' can't be the name of a view" in unescaped(page.error[0])
    assert [one.value for one in page.metric] == metrics != []
    assert saved_views.names() == []
