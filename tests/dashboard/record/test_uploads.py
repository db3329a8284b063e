"""Uploads on the Record page: refused in its words, removed when nothing has still to read them, closed to viewers."""

import fcntl

import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import access
from coreset_engine.dashboard.record import data, preview
from coreset_engine.datasets import library, own_names, uploads
from coreset_engine.errors import EngineError
from coreset_engine.executors import table
from tests.browser import ROOT
from tests.datasets.test_uploads import pictures
from tests.hard.hostile_zips import honest, zipped


def opened(**query):
    """The page."""
    page = AppTest.from_file(str(ROOT / "pages/1_Record.py"), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def test_a_file_that_may_not_be_kept_is_refused_and_the_form_stays(cache):
    page = opened()
    page.file_uploader[0].set_value(("x.zip", b"no zip", "application/zip")).run()
    assert "is no readable .zip file" in page.error[0].value
    assert not page.button(key="record_start").disabled
    assert list((cache / "uploads").iterdir()) == []


def test_what_is_kept_is_chosen_and_can_be_removed_when_no_job_has_still_to_read_it(cache):
    page = opened()
    page.file_uploader[0].set_value(("own.npz", honest(), "application/zip")).run()
    (kept,) = uploads.all_kept()
    assert page.selectbox(key="dataset").value == own_names.listed(str(kept.path)) == f"own.npz (upload {kept.key[:6]})"
    with table.entering(table.LOCAL, ["record", "--dataset", str(kept.path), "--run", "own"], "waits") as number:
        pass
    page.selectbox(key="record_remove_key").select_index(0).run()
    assert any("can't be resumed without it: 1" in caption.value for caption in page.caption)
    assert not page.button(key="record_remove").disabled
    with open(table.file_of(number, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as its worker would
        assert page.run().button(key="record_remove").disabled
    table.write(number, state="done")
    page.run().button(key="record_remove").click().run()
    assert not page.exception
    assert uploads.all_kept() == []
    assert page.selectbox(key="dataset").value == "demo"


def test_too_few_names_of_classes_hinder_and_are_told(cache):
    path = uploads.keep("scans.zip", zipped(pictures()))
    page = opened(dataset=str(path))
    page.button(key="record_check").click().run()
    box = page.text_area[0]
    assert box.value == "healthy\nill"
    box.set_value("healthy").run()
    assert page.warning[0].value.startswith("1 name is given for 2 classes")
    assert page.button(key="record_start").disabled
    box.set_value("sound\nsick").run()
    assert page.dataframe[0].value["class"].tolist() == ["sound", "sick", "all"]
    assert "--class-names=sound --class-names=sick" in page.code[0].value


def test_a_csv_within_an_upload_is_offered_and_its_folder_is_not_named(cache):
    path = uploads.keep("scans.zip", zipped([*pictures("all/"), ("all/meta.csv", b"id,dx\n")]))
    assert preview.csv_files(str(path)) == ["scans/meta.csv"]
    assert preview.columns(str(path), "scans/meta.csv")[:2] == (path / "meta.csv", ["id", "dx"])
    assert preview.columns(str(path), str(path / "meta.csv"))[1] == ["id", "dx"]  # as an address of before says it
    with pytest.raises(EngineError, match="is no file in"):
        preview.columns(str(path), "s" * 300)
    assert preview.in_words_of_the_page(f"{path}/ill can't be read") == "scans/ill can't be read"
    assert data.sources()[str(path)].own


def test_a_viewer_sees_uploads_and_keeps_none(cache, monkeypatch):
    uploads.keep("own.npz", honest())
    monkeypatch.setenv(access.ENVIRONMENT, "1")
    page = opened()
    assert page.file_uploader[0].proto.disabled
    page.selectbox(key="record_remove_key").select_index(0).run()
    assert page.button(key="record_remove").disabled
    (kept,) = uploads.all_kept()
    with pytest.raises(EngineError, match="only shows"):
        uploads.remove(kept.key)


def test_what_was_read_before_its_upload_was_removed_is_not_offered(cache):
    path = uploads.keep("own.npz", honest())
    library.load(str(path))
    assert list(data.sources())[-1] == str(path)
    (kept,) = uploads.all_kept()
    uploads.remove(kept.key)
    assert str(path) not in data.sources()
