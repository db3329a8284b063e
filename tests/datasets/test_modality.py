"""The seam of image axes: grey, colour, and a kind of image that only this file knows, from its file to its pictures."""

import io
import json
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from coreset_engine import api, export, load_run, paths, pipeline, store
from coreset_engine.analysis.duplicates import near_duplicates
from coreset_engine.config import Recipe
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.data_map import thumbnails
from coreset_engine.dashboard.sample_dialog import texts
from coreset_engine.dashboard.widgets import tiles
from coreset_engine.datasets import demo, library, modality
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.errors import DatasetError
from coreset_engine.loader import CoresetDataset
from coreset_engine.training import batches
from tests.browser import ROOT
from tests.dashboard.data_map.test_thumbnails import unpacked

GREEN, MAGENTA = np.array([0, 1, 0]), np.array([1, 0, 1])


class Fluorescence(modality.Planes):
    """Two stains of one field, (N, H, W, 2): shown as green and magenta, which are white where both are bright."""

    def thumbnail(self, images):
        """Return the two stains as one picture, (n, H, W, 3)."""
        return (images[..., :1] * GREEN + images[..., 1:] * MAGENTA).astype(np.uint8)


@pytest.fixture
def pair(monkeypatch):
    """The modality, known for the time of a test."""
    monkeypatch.setattr(modality, "_known", dict(modality._known))
    new = Fluorescence("fluorescence pair", 2)
    modality.register(new)
    return new


@pytest.fixture
def file(tmp_path):
    """A file of such pairs: the phantom, and beside it its mirror image at half its brightness."""
    arrays = demo.generate(sizes=(200, 60, 60))
    for split in ("train", "val", "test"):
        grey = arrays[f"{split}_images"]
        arrays[f"{split}_images"] = np.stack([grey, grey[:, :, ::-1] // 2], axis=3)
    np.savez(tmp_path / "pairs.npz", **arrays)
    return tmp_path / "pairs.npz"


@pytest.fixture
def recorded_pairs(pair, file):
    """LeNet recorded on the pairs for three epochs."""
    recipe = Recipe(epochs=3, batch_size=64, learning_rate=0.02, augment=True)
    pipeline.record(pipeline.RecordingRequest("pairs", str(file), "lenet", recipe, device="cpu"))
    info = store.RunFile(paths.run_folder("pairs")).info
    return library.cached(info.dataset, info.dataset_sha256)


SPEC = CoresetSpec(run="pairs", method="aum", rate=0.1)


def composite(image):
    """What is shown of a pair, by hand: magenta is red and blue."""
    return np.stack([image[..., 1], image[..., 0], image[..., 1]], axis=-1)


def test_a_shape_of_no_known_modality_is_refused_in_one_sentence(file):
    with pytest.raises(DatasetError, match=r"\(200, 28, 28, 2\).*\(N, H, W\) or \(N, H, W, 3\)"):
        library.load(str(file))


def test_a_new_modality_is_loaded_cached_and_named_with_its_own_arrays(pair, file):
    images = library.load(str(file))
    facts = json.loads((library.disk.folder_of(images.name, images.sha256) / "dataset.json").read_text())
    assert (images.modality, images.channels, images.side) == (pair, 2, 28)
    assert (facts["channels"], facts["side"]) == (2, 28)
    assert images.images["train"].shape == (200, 28, 28, 2)


def test_a_network_of_two_channels_is_recorded_scored_and_retrained(recorded_pairs):
    run = load_run("pairs")
    assert (run.epochs, run.n_samples) == (3, 200)
    coreset = api.coreset_of(SPEC, pipeline.sources_of("pairs"))
    assert len(coreset.rows) == 20
    (row,) = pipeline.retrain(pipeline.RetrainingRequest("pairs", ("aum",), (0.1,), epochs=1, device="cpu"))
    assert (row["samples"], row["recipe"]["epochs"]) == (20, 1)


def test_the_surrogate_reads_both_channels_as_they_are(recorded_pairs):
    from coreset_engine.pipeline.surrogate import surrogate

    _, pixels = surrogate("pairs")
    expected = np.moveaxis(recorded_pairs.images["train"].astype(np.float32), 3, 1) / 127.5 - 1
    np.testing.assert_allclose(pixels.cpu().numpy(), expected, atol=1e-6)


def test_galleries_maps_and_pages_show_its_composite(recorded_pairs):
    train = recorded_pairs.images["train"]
    sheet = tiles.sheet(train, [7, 3])
    shown = np.asarray(Image.open(io.BytesIO(tiles.base64.b64decode(sheet["sprite"].split(",")[1]))))
    np.testing.assert_array_equal(shown[:28, 28:56], composite(train[3]))
    rows = np.arange(5, 25)
    assert thumbnails.chosen(train, rows, np.arange(200.0), np.arange(200.0)).tolist() == rows.tolist()
    np.testing.assert_array_equal(unpacked(thumbnails.packed(train, rows, "pairs"))[1][:28, :28], composite(train[5]))
    assert "28 × 28 px, colour values" in texts.grey_range(recorded_pairs.thumbnail(4), False)


def test_pictures_and_report_hold_its_composite(recorded_pairs):
    file = export.with_origin(SPEC, pipeline.sources_of("pairs"))
    archive = zipfile.ZipFile(io.BytesIO(export.as_bytes(file, "zip", recorded_pairs)))
    pictures = [name for name in archive.namelist() if name.startswith("train/")]
    assert len(pictures) == 20
    row = int(pictures[0].rsplit("/", 1)[1].removesuffix(".png"))
    shown = np.asarray(Image.open(io.BytesIO(archive.read(pictures[0]))))
    np.testing.assert_array_equal(shown, composite(recorded_pairs.images["train"][row]))
    assert export.as_bytes(file, "html", recorded_pairs).count(b"data:image/png") > 20


def test_the_file_of_a_coreset_keeps_both_channels_and_the_loader_shows_the_composite(recorded_pairs, tmp_path):
    export.write(export.with_origin(SPEC, pipeline.sources_of("pairs")), tmp_path / "own.npz", recorded_pairs)
    data = CoresetDataset(tmp_path / "own.npz")
    np.testing.assert_array_equal(data.imgs, recorded_pairs.images["train"][data.indices])
    np.testing.assert_array_equal(np.asarray(data[-1][0]), composite(data.imgs[-1]))


def test_near_duplicates_are_those_alike_in_both_channels(pair):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (40, 16, 16, 2), np.uint8)
    images[30] = images[4]
    images[31, ..., 0] = images[5, ..., 0]  # the other stain differs
    assert near_duplicates(images).pairs.tolist() == [[4, 30]]


def test_both_channels_are_corrupted_at_the_same_place(pair, file):
    images = library.load(str(file), corruption=Corruption(image="occlusion", image_share=0.1))
    clean = library.load(str(file)).images["train"]
    row = int(np.flatnonzero(images.truth["corrupted"])[0])
    changed = images.images["train"][row] != clean[row]
    assert changed.any(axis=(0, 1)).all()
    height, width = (np.ptp(np.flatnonzero(changed.any(axis=(2, 1 - axis)))) + 1 for axis in (0, 1))
    assert max(height, width) <= 11  # 0.2 + 0.4 x 0.5 of 28 px


class Turned(modality.Planes):
    """Images whose label does not change when they are turned by half: a modality with an augmentation of its own."""

    def augment(self, batch, how="crop-flip"):
        """Return every image turned by half."""
        return batch.flip(2, 3)


def test_a_modality_can_say_how_its_images_are_augmented(pair):
    modality.register(Turned("turned", 2))
    images = np.arange(4 * 8 * 8 * 2, dtype=np.uint8).reshape(4, 8, 8, 2)
    split = batches.put_on(torch.device("cpu"), images, np.zeros(4, int))
    assert split.modality == pair  # of two that fit, the first one known
    turned = Turned("turned", 2).augment(split.images)
    np.testing.assert_array_equal(turned[1, 1].numpy(), images[1, ::-1, ::-1, 1])


def windows(image, padding, mode):
    """Every place that a padded image of NumPy can be seen at, (81, 8, 8), and the same from left to right."""
    wide = np.pad(image, padding, mode=mode)
    seen = np.lib.stride_tricks.sliding_window_view(wide, image.shape).reshape(-1, *image.shape)
    return seen, seen[:, :, ::-1]


@pytest.mark.parametrize(
    ("how", "padding", "mode", "flips"),
    [("crop-flip", 4, "constant", True), ("crop", 4, "constant", False), ("reflect-flip", 4, "reflect", True),
     ("flip", 0, "constant", True)],
)  # fmt: skip
def test_images_are_cropped_and_flipped_as_the_word_says(how, padding, mode, flips):
    image = np.random.default_rng(0).integers(1, 256, (8, 8), np.uint8)
    torch.manual_seed(0)
    changed = modality.GREY.augment(torch.from_numpy(image).expand(400, 1, 8, 8), how)[:, 0].numpy()
    plain, flipped = ({one.tobytes() for one in seen} for seen in windows(image, padding, mode))
    found = {one.tobytes() for one in changed}
    assert found <= (plain | flipped if flips else plain)
    assert len(found) > 0.7 * len(plain)  # of 81 or 1, by chance
    assert bool(found & flipped) == flips


def test_the_usual_augmentation_draws_what_it_always_drew():
    batch = torch.randint(0, 256, (50, 3, 9, 9), dtype=torch.uint8)
    torch.manual_seed(3)
    top, left = torch.randint(0, 9, (2, 50))
    flip = torch.rand(50) < 0.5
    wide = torch.nn.functional.pad(batch, (4,) * 4)
    wanted = [wide[n, :, top[n] : top[n] + 9, left[n] : left[n] + 9] for n in range(50)]
    wanted = [one.flip(2) if is_flipped else one for one, is_flipped in zip(wanted, flip, strict=True)]
    torch.manual_seed(3)
    torch.testing.assert_close(modality.augmented(batch), torch.stack(wanted), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("shape", "name"), [((3, 9, 9), "grey"), ((3, 9, 9, 3), "RGB"), ((3, 9, 9, 4), None), ((3,), None)]
)
def test_arrays_tell_their_modality_by_their_axes(shape, name):
    found = modality.find(np.zeros(shape, np.uint8))
    assert (found.name if found else None) == name


@pytest.mark.parametrize("extra", [(), (3,)])
def test_tensors_and_fingerprints_hold_every_value_where_it_belongs(extra):
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 11, *extra), np.uint8)
    kind = modality.of(images)
    assert kind.shape(images) == (9, 11)
    value = images[1, 4, 7] if not extra else images[1, 4, 7, 2]
    assert kind.tensor(images)[1, -1, 4, 7] == value
    assert kind.fingerprint(images)[1, 4, 7, -1] == value
    np.testing.assert_array_equal(modality.thumbnail(images, 1), images[1])


def test_pictures_lie_line_by_line_and_what_is_missing_is_black():
    pictures = np.arange(1, 4, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), np.uint8)
    np.testing.assert_array_equal(
        modality.montage(pictures, 2), [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 0, 0], [3, 3, 0, 0]]
    )


@pytest.mark.parametrize("name", ["2_Explore", "4_Data_map", "10_Sample"])
def test_pages_draw_it_without_knowing_it(name, recorded_pairs):
    page = AppTest.from_file(str(ROOT / f"pages/{name}.py"), default_timeout=60)
    page.query_params.update({"run": "pairs", "method": "aum", "rate": "0.1"})
    assert not page.run().exception
    assert name != "10_Sample" or any("colour" in caption.value for caption in page.main.caption)
