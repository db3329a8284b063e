"""One's own images are listed by plain names that follow from their paths."""

from coreset_engine.datasets import own_names, uploads


def test_own_images_and_uploads_have_plain_names_and_others_say_their_folder(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("CORESET_IMAGES", str(tmp_path / "mine"))
    sent = uploads.folder() / "0123456789abcdef" / "scans.npz"
    names = {
        "organsmnist": "organsmnist",
        "data/scans.npz": "data/scans.npz",
        str(tmp_path / "mine" / "scans.npz"): "scans.npz",
        str(tmp_path / "mine" / "demo"): "demo (own images)",
        str(tmp_path / "else" / "scans.npz"): f"scans.npz ({tmp_path / 'else'})",
        str(sent): "scans.npz (upload 012345)",
    }
    assert own_names.by_name(names) == {name: spec for spec, name in names.items()}


def test_the_second_of_one_name_goes_by_its_path(cache):
    first, second = (str(uploads.folder() / f"01234567{end}" / "a.npz") for end in ("00000000", "11111111"))
    assert own_names.by_name([first, second]) == {"a.npz (upload 012345)": first, second: second}
