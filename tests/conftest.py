"""What all tests share: a cache of their own, tiny images, one recorded run."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: the same sums here and in the processes that tests start

import fcntl
import functools
import shutil
import sys
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from tests.browser import context_of, running_app, running_chromium
from tests.snapshots import arrays_of

# what one process has compiled the hundreds that tests start need not, also where the machine says to keep nothing
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# "ci": few examples, the same every time; HYPOTHESIS_PROFILE=thorough: many, and others every time
hypothesis.settings.register_profile("ci", max_examples=20, derandomize=True, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=300, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

SIZES = (200, 60, 60)
# files of tests that start processes for a minute; one that begins last would keep the other workers waiting
LONG = tuple(
    f"tests/{name}" for name in ("executors/", "hard/", "sweep/", "test_unwritable.py", "training/test_ranks.py")
)


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, in a browser or in processes, and skip what needs a GPU where there is none."""
    items.sort(key=lambda item: (item.get_closest_marker("browser") is None, not item.nodeid.startswith(LONG)))
    of_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if not of_gpu:
        return
    import torch

    if not torch.cuda.is_available():
        for item in of_gpu:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.hookimpl(optionalhook=True)  # pytest-xdist may be missing
def pytest_xdist_auto_num_workers():
    """`-n auto`: one worker more than there are cores, since tests of browsers and of processes wait half of their time."""
    return int(os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS", 0)) or (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache folder for every test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CORESET_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def components_once():
    """Let pages under test find Streamlit's components among the packages once: that was half of what each run cost."""
    if "streamlit" not in sys.modules:
        yield
        return
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


def write_medmnist(path: Path, seed: int = 0, sizes: tuple[int, int, int] = SIZES) -> Path:
    """Write the phantom as a MedMNIST-format file of 11 classes, labels (N, 1) as there, and return its path."""
    from coreset_engine.datasets import demo

    arrays = demo.generate(seed, sizes)
    for split in ("train", "val", "test"):
        arrays[f"{split}_labels"] = arrays[f"{split}_labels"].astype(np.uint8)[:, None]
    np.savez(path, **arrays)
    return path


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Return a function that gives a folder which is filled once for all workers, and never written to by a test."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def folder(name, fill):
        path, whole = root / name, root / f"{name}.whole"
        with open(root / f"{name}.lock", "w") as lock, pytest.MonkeyPatch.context() as patch:
            fcntl.flock(lock, fcntl.LOCK_EX)  # other workers wait until it is whole
            if not whole.exists():
                shutil.rmtree(path, ignore_errors=True)
                path.mkdir()
                patch.setenv("CORESET_CACHE", str(path))
                fill(path)
                whole.touch()
        return path

    return folder


@pytest.fixture(scope="session")
def phantom_file(once):
    """A MedMNIST-format file with 200 train, 60 val and 60 test images; tests copy it before they change it."""
    return once("images", lambda folder: write_medmnist(folder / "phantom.npz")) / "phantom.npz"


@pytest.fixture(scope="session")
def recorded_once(once, phantom_file):
    """A cache in which LeNet was recorded as run `tiny` for 5 epochs on 200 images; tests copy it."""
    return once("recorded", lambda _: record("tiny", phantom_file, 5, batch_size=32, probabilities="float32"))


@pytest.fixture(scope="session")
def longer_once(once):
    """A cache in which LeNet was recorded as run `tiny` for 12 epochs on 300 phantom images; tests copy it."""
    return once("longer", _longer)


def _longer(cache):
    from coreset_engine.datasets import demo

    np.savez(cache / "tiny.npz", **demo.generate(sizes=(300, 66, 66)))
    record("tiny", cache / "tiny.npz", 12)


@pytest.fixture(scope="session")
def retrained_once(once, longer_once):
    """That cache with retrainings on it; tests copy it."""
    return once("retrained", lambda cache: _retrained(shutil.copytree(longer_once, cache, dirs_exist_ok=True)))


def _retrained(cache):
    from coreset_engine import pipeline

    given = {"architectures": ("lenet",), "seeds": (0, 1), "epochs": 2, "device": "cpu"}
    windows = {"early": 1, "late": 9, "length": 4}
    list(
        pipeline.retrain(
            pipeline.RetrainingRequest("tiny", ("random", "eva", "full"), (0.3,), options=windows, **given)
        )
    )


@pytest.fixture(scope="session")
def explored_once(once, retrained_once):
    """That cache with the like of its run with another seed, imported dynamics and a damaged run; tests copy it."""
    return once("explored", lambda cache: _explored(shutil.copytree(retrained_once, cache, dirs_exist_ok=True)))


def _explored(cache):
    from coreset_engine import pipeline

    record("tiny1", cache / "tiny.npz", 12, seed=1)
    logits = np.random.default_rng(0).normal(size=(12, 50, 3)).astype(np.float32)
    np.savez(cache / "foreign.npz", logits=logits, labels=np.arange(50) % 3)
    pipeline.import_dynamics(pipeline.ImportRequest(str(cache / "foreign.npz"), "foreign"))
    (cache / "runs" / "broken").mkdir()
    (cache / "runs" / "broken" / "dynamics.h5").write_bytes(b"not HDF5 at all")


def record(run, images, epochs, *, seed=0, batch_size=256, probabilities="auto"):
    """Record LeNet on a file of images into the cache of now."""
    from coreset_engine import pipeline
    from coreset_engine.config import Recipe

    recipe = Recipe(epochs=epochs, batch_size=batch_size, learning_rate=0.02)
    more = {"seed": seed, "device": "cpu", "probabilities": probabilities}
    pipeline.record(pipeline.RecordingRequest(run, str(images), "lenet", recipe, **more))


@pytest.fixture
def one_worker(monkeypatch):
    """Sweeps have one worker of one thread unless told otherwise: each imports torch, and threads wait for each other."""
    monkeypatch.setattr("coreset_engine.sweep.executors.local.cores", lambda: 1)


@pytest.fixture(scope="module")
def folder(recorded_once, tmp_path_factory):
    """A cache with run `tiny` that the app of a file of browser tests reads."""
    return shutil.copytree(recorded_once, tmp_path_factory.mktemp("shared") / "cache")


@pytest.fixture(scope="module")
def app(folder):
    """The address of the app, shared by the tests of a file."""
    with running_app(folder) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    """Chromium, started once."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def context(chromium, app):
    """A context of it for the tests of a file, in which "/Explore" means the app's."""
    with context_of(chromium, app) as context:
        yield context


@pytest.fixture
def page(context):
    """A new tab in it, 1440 x 900."""
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def recorded(recorded_once, cache):
    """The test's own copy of the cache with run `tiny`; returns the run's folder."""
    shutil.copytree(recorded_once, cache, dirs_exist_ok=True)
    return cache / "runs" / "tiny"


DATA = Path(__file__).parent / "data"


@pytest.fixture
def tiny_logits():
    """Logits (12, 8, 3) of 12 epochs, 8 samples, 3 classes."""
    return np.random.default_rng(5).normal(0, 2, (12, 8, 3)).astype(np.float32)


@pytest.fixture
def tiny_labels():
    """The classes of the 8 samples: three, three and two a class."""
    return np.array([0, 1, 2, 0, 1, 2, 0, 1])


@pytest.fixture
def tiny_run(tiny_logits, tiny_labels):
    """The dynamics of `tiny_logits`."""
    from coreset_engine import Dynamics

    return Dynamics.from_logits(tiny_logits, tiny_labels, "tiny")


@pytest.fixture(scope="session")
def golden():
    """Return a golden file's arrays by its name; see tests/data/README.md."""

    return lambda name: arrays_of(DATA / f"{name}.npz")


@pytest.fixture(scope="session")
def golden_run(golden):
    """The dynamics of the golden logits: 40 epochs, 600 samples, 11 classes."""
    from coreset_engine import Dynamics

    second = golden("logits_2")
    return Dynamics.from_logits(np.concatenate([golden("logits_1")["logits"], second["logits"]]), second["targets"])
