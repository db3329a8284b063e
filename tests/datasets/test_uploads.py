"""Uploads are kept once under their content, read as any path is, and nothing is left of what is refused."""

import io
import os
import shutil
import stat
import zipfile

import numpy as np
import pytest
from PIL import Image

from coreset_engine import access
from coreset_engine.datasets import library, unpacking, uploads
from coreset_engine.errors import DatasetError, EngineError, ViewerError
from coreset_engine.verification import verify_all
from tests.hard.hostile_zips import ZIPS, honest, redirected, zipped


def png(value):
    """A grey picture of one value."""
    made = io.BytesIO()
    Image.fromarray(np.full((28, 28), value, np.uint8)).save(made, "png")
    return made.getvalue()


def pictures(above="", classes=("healthy", "ill"), each=10):
    """Members of a zip of class folders, below a folder if there is one."""
    return [
        (f"{above}{name}/{i}.png", png(90 * number + i)) for number, name in enumerate(classes) for i in range(each)
    ]


def left(cache):
    """What lies in the folder of uploads."""
    return sorted(path.name for path in (cache / "uploads").iterdir())


@pytest.mark.parametrize("above", ["", "My scans/", "a/b/"])
def test_a_zip_of_class_folders_is_read_as_the_folder_is(above, cache, tmp_path):
    for name, content in pictures():
        (tmp_path / "scans" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "scans" / name).write_bytes(content)
    path = uploads.keep("Scans.ZIP", zipped([*pictures(above), ("__MACOSX/._x", b"")]))
    assert (path.name, path.parent.parent) == ("scans", cache / "uploads")
    sent, known = library.load(str(path), 28), library.load(str(tmp_path / "scans"), 28)
    assert sent.sha256 == known.sha256
    assert sent.class_names == ("healthy", "ill")


def test_verification_holds_uploads_against_what_was_sent(cache):
    folder, file = uploads.keep("scans.zip", zipped(pictures())), uploads.keep("a.npz", honest())
    found = [one for one in verify_all() if one.kind == "upload"]
    assert [one.state for one in found] == ["whole", "whole"]
    (folder / "ill" / "3.png").write_bytes(png(7))
    (folder / "ill" / "4.png").unlink()
    file.write_bytes(honest()[:-1])
    first, second = sorted((one for one in verify_all() if one.kind == "upload"), key=lambda one: len(one.detail))
    assert (first.state, second.state) == ("damaged", "damaged")
    assert "is not what was sent: a.npz" in first.detail
    assert "scans/ill/3.png, scans/ill/4.png" in second.detail
    (cache / "uploads" / f"{folder.parent.name}.json").unlink()  # as kept before there were sums
    assert [one.state for one in verify_all() if one.kind == "upload" and folder.parent.name in one.path] == [
        "unchecked"
    ]
    uploads.remove(folder.parent.name)
    assert left(cache) == [file.parent.name]


def test_what_is_sent_twice_is_kept_once_and_can_be_removed(cache):
    first, again = uploads.keep("a.npz", honest()), uploads.keep("b.npz", honest())
    assert first == again
    (kept,) = uploads.all_kept()
    assert (kept.path, kept.size) == (first, len(honest()))
    sha256 = library.load(str(first)).sha256
    uploads.remove(kept.key)
    assert left(cache) == []
    assert library.cached("a", sha256).classes == 2  # what was recorded from it goes on
    with pytest.raises(DatasetError, match="not kept any more"):
        uploads.remove(kept.key)


# what takes long is tried below, or unpacks to no pictures and says nothing more
QUICK = [kind for kind in ZIPS if "bomb" not in kind and "10,000" not in kind]


@pytest.mark.parametrize("kind", QUICK)
def test_a_hostile_zip_is_refused_whole_or_its_pictures_are_read_by_the_checks_of_a_folder(kind, cache, tmp_path):
    """Members of these are arrays, so that a folder of them has no pictures: what can be unpacked is refused later."""
    with pytest.raises(EngineError) as told:
        library.load(str(uploads.keep("x.zip", ZIPS[kind]())), 28)
    assert "\n" not in str(told.value)
    assert {path.name for path in tmp_path.iterdir()} == {"cache"}
    assert not [name for name in left(cache) if name.startswith(".")]


def linked():
    """A zip in which a picture is a link to a file of the system."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        entry = zipfile.ZipInfo("a/1.png")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return made.getvalue()


REFUSED = {
    "paths out of the folder": (lambda: zipped(pictures("../../")), "may not be unpacked"),
    "absolute paths": (lambda: zipped(pictures("/tmp/")), "may not be unpacked"),
    "paths of Windows": (lambda: zipped(pictures("C:\\")), "may not be unpacked"),
    "a link": (linked, "link or no regular file"),
    "every member twice": (lambda: zipped([*pictures(), *pictures()]), "two members in the place"),
    "a file in the place of a folder": (lambda: zipped([*pictures(), ("ill", b"x")]), "file in the place of a folder"),
    "folders in one another": (lambda: zipped(pictures("a/" * 20)), "more than 16 folders"),
    "a bomb": (lambda: zipped([("a/1.png", bytes(80 << 20))]), "refused as damaged"),
    "another checksum": (lambda: redirected(16, "<I", 0xDEADBEEF), "no readable .zip file"),
    "a password": (lambda: redirected(8, "<H", 1), "encrypted"),
    "no zip": (lambda: b"pictures", "no readable .zip file"),
    "nothing": (lambda: zipped([]), "holds no files"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_zip_that_may_not_be_unpacked_says_why_and_leaves_nothing(kind, cache, tmp_path):
    content, reason = REFUSED[kind]
    with pytest.raises(DatasetError, match=reason):
        uploads.keep("x.zip", content())
    assert left(cache) == []
    assert list(tmp_path.iterdir()) == [cache]


def test_an_upload_for_which_there_is_no_room_is_refused_before_it_is_written(cache, monkeypatch):
    room = unpacking.RESERVE + len(honest()) - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1 << 40, 0, room))
    with pytest.raises(DatasetError, match=r"only 256\.0 MiB are free on this disk"):
        uploads.keep("a.npz", honest())
    assert left(cache) == []


def test_another_kind_of_file_and_a_viewer_are_refused(cache, monkeypatch):
    with pytest.raises(DatasetError, match=r"give a \.npz, or a \.zip"):
        uploads.keep("x.exe", b"MZ")
    monkeypatch.setenv(access.ENVIRONMENT, "1")
    with pytest.raises(ViewerError):
        uploads.keep("a.npz", honest())
    assert not cache.exists()


def test_what_a_killed_server_left_half_unpacked_goes_with_a_later_upload(cache):
    for name, age in (("old", 7200), ("new", 0)):
        (cache / "uploads" / f".part-{name}").mkdir(parents=True)
        now = (cache / "uploads").stat().st_mtime - age
        os.utime(cache / "uploads" / f".part-{name}", (now, now))
    uploads.keep("a.npz", honest())
    assert [name for name in left(cache) if name.startswith(".")] == [".part-new"]
