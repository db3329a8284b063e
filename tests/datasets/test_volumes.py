"""Volumes from MedMNIST's 3D files to coresets: loaded, recorded, retrained, shown slice by slice, written and read."""

import base64
import hashlib
import io

import medmnist
import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from coreset_engine import api, architectures, export, load_run, paths, pipeline, store
from coreset_engine.analysis.duplicates import near_duplicates
from coreset_engine.config import Recipe
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.sample_dialog import texts
from coreset_engine.dashboard.widgets import tiles
from coreset_engine.datasets import catalogue, library, medmnist_sets, modality, own_arrays, pixels, sizes
from coreset_engine.datasets.volumes import RGB_VOLUME, VOLUME
from coreset_engine.errors import ConfigError
from coreset_engine.loader import CoresetDataset
from coreset_engine.training import timing
from tests.browser import ROOT

SPEC = CoresetSpec(run="vessels", method="aum", rate=0.2)
COUNTS = {"train": 40, "val": 10, "test": 10}


@pytest.fixture
def vessels(tmp_path, monkeypatch):
    """A file in the place and the form of VesselMNIST3D: 28 voxels a side, in class 1 a bright half."""
    random, arrays = np.random.default_rng(0), {}
    for split, count in COUNTS.items():
        labels = np.arange(count) % 2
        volumes = random.integers(0, 100, (count, 28, 28, 28), np.uint8)
        volumes[labels == 1, :14] += 100
        arrays |= {f"{split}_images": volumes, f"{split}_labels": labels[:, None].astype(np.uint8)}
    file = tmp_path / "medmnist" / "vesselmnist3d.npz"
    file.parent.mkdir()
    np.savez(file, **arrays)
    monkeypatch.setenv("MEDMNIST_ROOT", str(file.parent))
    official = medmnist_sets.INFO["vesselmnist3d"]
    monkeypatch.setitem(official, "MD5", hashlib.md5(file.read_bytes()).hexdigest())
    return arrays


@pytest.fixture
def recorded(vessels):
    """LeNet recorded on it by the name that the package gives it."""
    recipe = Recipe(epochs=3, batch_size=8, learning_rate=0.02, augment=True)
    pipeline.record(
        pipeline.RecordingRequest("vessels", "VesselMNIST3D", "lenet", recipe, device="cpu", snapshots=(3,))
    )
    info = store.RunFile(paths.run_folder("vessels")).info
    return library.cached(info.dataset, info.dataset_sha256)


def test_a_set_of_volumes_is_recorded_scored_retrained_and_written_as_medmnist_reads_it(recorded, vessels, tmp_path):
    assert (recorded.name, recorded.modality, recorded.size, recorded.channels) == (
        "vesselmnist3d",
        VOLUME,
        (28, 28, 28),
        1,
    )
    assert load_run("vessels").n_samples == 40
    coreset = api.coreset_of(SPEC, pipeline.sources_of("vessels"))
    (row,) = pipeline.retrain(
        pipeline.RetrainingRequest("vessels", ("aum",), (0.2,), architectures=("resnet8",), epochs=2, device="cpu")
    )
    assert (row["samples"], row["architecture"]) == (8, "resnet8")
    file = tmp_path / "vesselmnist3d.npz"
    export.write(export.with_origin(SPEC, pipeline.sources_of("vessels")), file, recorded)
    read = medmnist.VesselMNIST3D(split="train", root=str(tmp_path), size=28)  # the package's own reader
    assert len(read.imgs) == 8
    np.testing.assert_array_equal(read.imgs, vessels["train_images"][coreset.rows])
    ours = CoresetDataset(file)
    assert len(ours) == 8
    wanted, label = read[3]
    np.testing.assert_array_equal(ours[3][0], wanted)
    assert (ours[3][0].shape, ours[3][1].tolist()) == ((1, 28, 28, 28), label.tolist())
    for name in ("2_Explore", "10_Sample"):
        page = AppTest.from_file(str(ROOT / f"pages/{name}.py"), default_timeout=60)
        page.query_params.update({"run": "vessels", "method": "aum", "rate": "0.2", "sample": "3"})
        assert not page.run().exception
    page.slider(key="sample_slice_depth_28").set_value(5).run()  # of the Sample page
    assert not page.exception


def test_the_six_sets_are_offered_at_two_sizes_and_only_networks_with_a_third_axis_take_them():
    rows = [row for row in catalogue.catalogue() if row["volumes"]]
    assert {row["title"] for row in rows} == {
        "OrganMNIST3D", "NoduleMNIST3D", "AdrenalMNIST3D", "FractureMNIST3D", "VesselMNIST3D", "SynapseMNIST3D",
    }  # fmt: skip
    assert {tuple(row["sides"]) for row in rows} == {(28, 64)}
    assert sizes.size_of("OrganMNIST3D", 64) == (64, 64, 64)
    architectures.check_size("resnet18", 28, 28, 28)
    with pytest.raises(ConfigError, match=r"no volumes; these volumes are 28x28x28.*one of: lenet, resnet8, resnet18"):
        pipeline.RecordingRequest("a", "organmnist3d", "vgg16", Recipe(epochs=4)).check_size()


@pytest.mark.parametrize("name", ["lenet", "resnet8", "resnet18", "mobilenet_v2"])
def test_every_voxel_reaches_the_head(name):
    model = architectures.build(name, 1, 3, 16, 16, 16).eval()
    batch = torch.zeros(2, 1, 16, 16, 16, requires_grad=True)
    logits = model(batch + torch.rand(2, 1, 16, 16, 16))
    assert logits.shape == (2, 3)
    logits.sum().backward()
    assert not [module for module in model.modules() if isinstance(module, torch.nn.Conv2d | torch.nn.BatchNorm2d)]
    assert (batch.grad.abs().sum((0, 1)) > 0).float().mean() > (
        0.5 if name == "lenet" else 0.99
    )  # pooling keeps maxima


def test_mobilenet_of_volumes_is_the_published_table_with_a_third_axis_and_learns():
    # Sandler et al. 2018, Table 2: expansion, channels, repeats. Kernels x inputs x outputs; normalisation has two.
    table = [(1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1)]
    wanted, inside = 27 * 3 * 32 + 2 * 32, 32
    for expansion, outside, repeats in table:
        for _ in range(repeats):
            hidden = expansion * inside
            wanted += (inside * hidden + 2 * hidden) * (expansion > 1)  # 1x1x1, left out where nothing is expanded
            wanted += 27 * hidden + 2 * hidden + hidden * outside + 2 * outside  # depthwise 3x3x3, then 1x1x1
            inside = outside
    wanted += 320 * 1280 + 2 * 1280 + 1281 * 2
    torch.manual_seed(0)
    model = architectures.build("mobilenet_v2", 3, 2, 8, 8, 8)
    assert sum(weight.numel() for weight in model.parameters()) == wanted
    assert model.eval()[0](torch.rand(1, 3, 8, 8, 8)).shape == (
        1,
        1280,
        1,
        1,
        1,
    )  # three of five strides, as for small images
    batch, labels = torch.rand(8, 3, 8, 8, 8), torch.arange(8) % 2
    batch[labels == 1, :, :4] += 1
    model.train()[3][0].p = 0.0  # dropout
    loss = torch.nn.functional.cross_entropy(model(batch), labels)
    loss.backward()
    torch.optim.SGD(model.parameters(), 0.01).step()
    assert torch.nn.functional.cross_entropy(model(batch), labels) < 0.97 * loss


def test_volumes_in_colour_are_recorded_retrained_shown_and_written(tmp_path):
    random, arrays = np.random.default_rng(0), {}
    for split, count in COUNTS.items():
        labels = np.arange(count) % 2
        volumes = random.integers(0, 100, (count, 12, 10, 11, 3), np.uint8)
        volumes[labels == 1, ..., 0] += 100
        arrays |= {f"{split}_images": volumes, f"{split}_labels": labels[:, None].astype(np.uint8)}
    np.savez(tmp_path / "stained.npz", **arrays)
    spec, recipe = str(tmp_path / "stained.npz"), Recipe(epochs=2, batch_size=8, learning_rate=0.02, augment=True)
    pipeline.record(pipeline.RecordingRequest("stained", spec, "lenet", recipe, device="cpu"))
    info = store.RunFile(paths.run_folder("stained")).info
    images = library.cached(info.dataset, info.dataset_sha256)
    assert (images.modality, images.size, images.channels) == (RGB_VOLUME, (12, 10, 11), 3)
    row = next(row for row in catalogue.catalogue() if row["title"] == "stained.npz")
    assert (row["volumes"], row["bytes"]) == (True, 60 * 12 * 10 * 11 * 3)
    request = pipeline.RetrainingRequest("stained", ("aum",), (0.2,), epochs=1, device="cpu")
    (row,) = pipeline.retrain(request)
    assert row["samples"] == 8
    train, spec = arrays["train_images"], CoresetSpec(run="stained", method="aum", rate=0.2)
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(tiles.sheet(train, [7, 3])["sprite"].split(",")[1]))))
    np.testing.assert_array_equal(shown[:10, 11:22], train[3, 6])  # the middle slice of 12, in colour
    page = AppTest.from_file(str(ROOT / "pages/10_Sample.py"), default_timeout=60)
    page.query_params.update({"run": "stained", "method": "aum", "rate": "0.2", "sample": "3"})
    assert not page.run().exception
    page.segmented_control(key="sample_axis").set_value("width").run()
    page.slider(key="sample_slice_width_11").set_value(5).run()
    assert not page.exception
    assert modality.png(np.ascontiguousarray(train[3, :, :, 4])) in shown_pictures(page)
    coreset = export.with_origin(spec, pipeline.sources_of("stained"))
    export.write(coreset, tmp_path / "kept.npz", images)
    rows = api.coreset_of(spec, pipeline.sources_of("stained")).rows
    np.testing.assert_array_equal(np.load(tmp_path / "kept.npz")["train_images"], train[rows])
    np.testing.assert_array_equal(CoresetDataset(tmp_path / "kept.npz")[2][0], np.moveaxis(train[rows[2]], 3, 0) / 255)
    told: dict = {}
    exec(export.loader("npz", str(tmp_path / "kept.npz"), images), told)
    assert told["train"][2][0].shape == (3, 12, 10, 11)


def shown_pictures(page):
    """The pictures that a page shows, as PNG."""
    texts = [str(element.value) for element in page.markdown] + [element.proto.body for element in page.get("html")]
    return [base64.b64decode(part.split('"')[0]) for text in texts for part in text.split("base64,")[1:]]


def test_axes_are_where_they_belong():
    volumes = np.random.default_rng(0).integers(0, 256, (3, 8, 9, 10), np.uint8)
    value = volumes[1, 2, 3, 4]
    assert modality.of(volumes) == VOLUME
    assert VOLUME.tensor(volumes)[1, 0, 2, 3, 4] == value
    assert VOLUME.fingerprint(volumes)[1, 3, 4, 2] == value
    np.testing.assert_array_equal(modality.thumbnail(volumes, 1), volumes[1, 4])  # the middle of 8
    np.testing.assert_array_equal(modality.slices(volumes, 1), volumes[1])
    colours = np.random.default_rng(0).integers(0, 256, (3, 8, 9, 10, 3), np.uint8)
    assert modality.of(colours) == RGB_VOLUME
    assert RGB_VOLUME.tensor(colours)[1, 2, 3, 4, 5] == colours[1, 3, 4, 5, 2]
    for kind, values in ((VOLUME, volumes), (RGB_VOLUME, colours)):
        np.testing.assert_array_equal(kind.from_fingerprint(kind.fingerprint(values)), values)
    assert RGB_VOLUME.fingerprint(colours)[1, 4, 5, 3 * 3 + 2] == colours[1, 3, 4, 5, 2]
    first = np.moveaxis(colours, 4, 1)  # as torch has them
    np.testing.assert_array_equal(own_arrays._pixels(torch.from_numpy(first), "train"), colours)
    planes = texts.planes(volumes[1])
    assert planes["depth"][2, 3, 4] == planes["height"][3, 2, 4] == planes["width"][4, 2, 3] == value
    assert modality.slices(volumes[:, 0], 1).shape == (1, 9, 10)


def test_augmentation_moves_by_two_voxels_at_most_and_fills_with_black():
    torch.manual_seed(0)
    batch = torch.zeros(64, 1, 8, 8, 8, dtype=torch.uint8)
    batch[:, 0, 3, 4, 5] = 200
    moved = VOLUME.augment(batch)
    places = moved[:, 0].nonzero()
    assert len(places) == 64
    steps = places[:, 1:] - torch.tensor([3, 4, 5])
    assert (steps.amin(0).tolist(), steps.amax(0).tolist()) == ([-2, -2, -2], [2, 2, 2])
    with pytest.raises(ConfigError, match="'resized-crop-flip' is for images; volumes are moved only: give crop"):
        VOLUME.augment(batch, "resized-crop-flip")


def test_a_corruption_lies_in_the_same_place_of_every_slice_and_doubles_are_found():
    volumes = np.random.default_rng(1).integers(120, 256, (12, 8, 16, 16), np.uint8)
    spoiled = pixels.spoil(volumes, "occlusion", 0.5, np.random.default_rng(0))
    changed = spoiled != volumes
    assert changed.any(axis=(1, 2, 3)).all()
    assert (changed == changed[:, :1]).all()
    volumes[7] = volumes[2]
    volumes[8, :4] = volumes[3, :4]  # only half of its slices
    assert near_duplicates(volumes).pairs.tolist() == [[2, 7]]


def test_time_is_estimated_on_noise_of_the_same_size():
    shape = library.Shape(8, 4, 2, 1, 8 * 2, 16, 16)
    speed, _ = timing.measured(lambda: architectures.build("resnet8", 1, 2, *shape.size), shape, 4, torch.device("cpu"))
    assert speed > 0
