"""How own images are read is told before a recording: counts, sentences, what hinders, and fields that help."""

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from coreset_engine import access
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.record import data, preview
from coreset_engine.datasets import labels_csv, library
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import ConfigError, DatasetError, ViewerError
from tests.browser import ROOT


def save(path, value=90, shape=(28, 28)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full(shape, value, np.uint8)).save(path)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The folder for one's own images, with a folder of two classes of ten grey pictures."""
    for name, value in (("*a*", 40), ("b", 200)):
        for i in range(10):
            save(tmp_path / "mine" / "s" / name / f"{i}.png", value + i)
    monkeypatch.setenv("CORESET_IMAGES", str(tmp_path / "mine"))
    return tmp_path / "mine"


def opened(path, **query):
    """The page with one's own images chosen."""
    page = AppTest.from_file(str(ROOT / "pages/1_Record.py"), default_timeout=120)
    for name, value in ({"dataset": str(path)} | query).items():
        page.query_params[name] = value
    return page.run()


def checked(page):
    """The page after its images were checked."""
    page.button(key="record_check").click().run()
    assert not page.exception
    return page


def told(page):
    return "\n".join(element.value for element in page.markdown)


def test_counts_sentences_and_pictures_are_shown_before_anything_is_recorded(root, cache):
    save(root / "s" / "b" / "wide.png", 200, (28, 56))
    (root / "s" / "b" / "scan.dcm").write_bytes(b"DICM")
    page = checked(opened(root / "s"))
    assert "15 train, 2 val, 4 test images; 2 classes; grey; 64 x 64 px" in told(page)
    assert r"- 1 picture is not square\: its middle was kept, and 50 % of it was cut off." in told(page)
    assert r"Left out\: 1 file of a kind that is not read \(.dcm 1\)." in told(page)
    table = page.dataframe[0].value
    assert table.to_dict("list") == {
        "class": ["*a*", "b", "all"],
        "train": [7, 8, 15],
        "val": [1, 1, 2],
        "test": [2] * 2 + [4],
    }
    assert [image.proto.imgs[0].caption for image in page.get("image")] == [r"\*a\*"] * 6 + ["b"] * 6
    assert not page.button(key="record_start").disabled
    assert not (cache / "runs").exists()


def test_a_broken_picture_hinders_until_it_is_left_out(root):
    (root / "s" / "b" / "cut.png").write_bytes(b"")
    page = checked(opened(root / "s"))
    assert "cut.png" in page.error[0].value
    assert "Leave out broken pictures" in page.error[0].value
    assert page.button(key="record_start").disabled
    page.checkbox(key="record_skip_broken").check().run()
    assert not page.error
    assert "1 picture that can't be read" in told(checked(page))
    assert not page.button(key="record_start").disabled


def test_a_csv_below_the_folder_is_offered_with_its_columns_and_reaches_the_command(root):
    for i in range(12):
        save(root / "flat" / f"{i:02}.png", i)
    rows = [f"{i:02},{'nv' if i % 2 else 'mel'},{('train', 'val', 'test')[i // 4]}" for i in range(12)]
    (root / "flat" / "meta.csv").write_text(
        "\n".join(["lesion;x,dx,split,image_id", *(f"-,{r[3:]},{r[:2]}" for r in rows)])
    )
    page = opened(root / "flat")
    assert page.selectbox(key="record_labels").options == ["flat/meta.csv"]
    page.selectbox(key="record_labels").set_value("flat/meta.csv").run()
    kinds = ("name", "label", "split")
    assert [page.selectbox(key=f"record_{kind}_flat/meta.csv").value for kind in kinds] == ["image_id", "dx", "split"]
    checked(page)
    assert page.dataframe[0].value.to_dict("list") == {
        "class": ["mel", "nv", "all"], "train": [2, 2, 4], "val": [2, 2, 4], "test": [2, 2, 4],
    }  # fmt: skip
    command = page.code[0].value
    assert f"--labels {root}/flat/meta.csv --name-column image_id --label-column dx --split-column split" in command


def test_groups_that_occur_in_two_splits_are_warned_of(root):
    for label in "ab":
        for number in range(20):
            split = ("train", "val")[number % 2]  # of every patient one picture in each
            save(root / "p" / split / label / f"P{number // 2}_{number}.png", 5 * number)
    page = opened(root / "p")
    page.text_input(key="record_group_prefix").set_value("_").run()
    page = checked(page)
    assert "Groups were read from the names of the pictures" in told(page)
    assert any(one.value.startswith(r"Leakage\: ") for one in page.warning)
    assert "Leakage" not in told(page)


def test_folders_inside_a_class_may_be_patients(root):
    for label in "ab":
        for number in range(20):
            split = ("train", "val")[number % 2]
            save(root / "p" / split / label / f"P{number // 2}" / f"{number}.png", 5 * number)
    page = checked(opened(root / "p"))
    assert 'unless "Folders inside a class are patients" is given' in told(page).replace("\\", "")
    page.checkbox(key="record_group_folder").check().run()
    assert "record_group_prefix" not in [one.key for one in page.text_input]
    page = checked(page)
    assert "Groups were read from the folders that the pictures lie in" in told(page)
    assert any(one.value.startswith(r"Leakage\: ") for one in page.warning)
    assert "--group-folder" in page.code[0].value


def test_the_loss_is_asked_for_where_grades_are_told_and_several_labels_have_none(root):
    for number, name in enumerate(("mild", "none")):
        for i in range(5):
            save(root / "graded" / name / f"{i}.png", 40 * number)
    (root / "found.csv").write_text("image,A,B\n")
    page = opened(root / "graded")
    assert not [box for box in page.selectbox if box.key == "record_objective"]
    page.text_input(key="record_grades").set_value("none,mild").run()
    page.selectbox(key="record_objective").set_value("ordinal").run()
    assert "--loss ordinal --grades none,mild" in page.code[0].value
    assert "grades in their order" in told(checked(page))
    page.selectbox(key="record_labels").set_value("found.csv").run()
    page.checkbox(key="record_multi_label").check().run()
    assert not page.exception
    assert "--multi-label" in page.code[0].value
    assert "--grades" not in page.code[0].value


def test_images_an_architecture_can_not_take_are_told_of_before_the_start(root):
    draw, arrays = np.random.default_rng(0), {}
    for split, count in (("train", 6), ("val", 3), ("test", 3)):
        arrays[f"{split}_images"] = draw.integers(0, 256, (count, 28, 20), np.uint8)
        arrays[f"{split}_labels"] = np.arange(count) % 3
    np.savez(root / "narrow.npz", **arrays)
    page = checked(opened(root / "narrow.npz", architecture="vgg11"))
    assert "these images are 28x20" in page.warning[0].value
    assert page.button(key="record_start").disabled
    page.selectbox(key="architecture").set_value("resnet8").run()
    assert not page.warning
    assert not page.button(key="record_start").disabled


def test_the_size_of_images_is_held_against_what_an_architecture_takes():
    assert "from 28x28 px" in data.size_refusal("vgg11", (27, 27))
    assert data.size_refusal("vgg11", (28, 28)) == data.size_refusal("vgg11", None) == ""


def test_a_check_is_said_to_be_old_when_the_files_have_changed(root):
    page = checked(opened(root / "s"))
    assert not page.warning
    save(root / "s" / "b" / "new.png")
    cached.is_changed.clear()
    page.run()
    assert "have changed since they were checked" in page.warning[0].value
    assert not checked(page).warning


def test_a_check_of_other_images_is_not_shown(root):
    page = checked(opened(root / "s"))
    page.selectbox(key="record_side").set_value(28).run()
    assert "How they are read" not in told(page)


def test_links_that_lead_out_of_the_folder_are_named(root):
    (root / "[out](x)").symlink_to("/")
    assert r"Not offered\: 1 link there leads out of that folder, to nothing or in a circle \(\[out\]\(x\)\)." in [
        caption.value for caption in opened(root / "s").caption
    ]


def test_a_viewer_checks_nothing(root, cache, monkeypatch):
    monkeypatch.setenv(access.ENVIRONMENT, "1")
    page = opened(root / "s")
    assert page.button(key="record_check").disabled
    with pytest.raises(ViewerError):
        preview.read(str(root / "s"), 28, FolderOptions())
    assert not (cache / "datasets").exists()


def test_data_sets_known_by_name_have_no_check(root):
    page = opened("demo")
    assert "record_check" not in [button.key for button in page.button]


def test_a_refusal_is_told_in_the_words_of_the_page(root):
    for i in range(3):
        save(root / "parted" / "train" / f"{i}.png")
        save(root / "parted" / "test" / f"{i}.png")
    with pytest.raises(ConfigError, match=r'^The sub-folders of parted are splits .* by "CSV with labels", "Names of'):
        preview.read(str(root / "parted"), 28, FolderOptions())


def test_a_csv_outside_the_folder_for_own_images_is_not_opened(root, tmp_path):
    (tmp_path / "x.csv").write_text("id,dx\n")
    with pytest.raises(ConfigError, match="is no file in"):
        preview.columns("demo", "../x.csv")


@pytest.mark.parametrize(
    ("text", "found"),
    [("\ufeffid;label;a b\n1;x;y", ["id", "label", "a b"]), ("id\tdx\n", ["id", "dx"]), ('"a,b",c\n', ["a,b", "c"])],
)
def test_the_columns_of_a_csv_are_those_of_its_first_line(tmp_path, text, found):
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    assert labels_csv.columns(tmp_path / "f.csv") == found


@pytest.mark.parametrize("content", [b"", b"alone\n", b"\xff\xfe\x00a,b"])
def test_a_file_without_columns_is_refused(tmp_path, content):
    (tmp_path / "f.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=r"f\.csv"):
        labels_csv.columns(tmp_path / "f.csv")


def test_a_folder_of_pictures_without_sub_folders_is_offered_for_the_csv(root):
    save(root / "flat" / "0.JPG")
    (root / "texts").mkdir()
    (root / "texts" / "a.txt").write_text("no picture")
    assert [path.name for path in library.own_images()] == ["flat", "s"]
