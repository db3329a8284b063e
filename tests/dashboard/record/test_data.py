"""What the Record page tells of each data set: licence, citation, size, and whether its files are here."""

import fcntl

import pytest

from coreset_engine.dashboard.record import data
from coreset_engine.datasets.torchvision_sets import KNOWN
from coreset_engine.errors import RunError
from coreset_engine.executors import table


def test_every_set_tells_its_licence_its_size_and_how_it_gets_here(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHVISION_ROOT", str(tmp_path))
    monkeypatch.setenv("MEDMNIST_ROOT", str(tmp_path))
    facts = {name: source.facts for name, source in data.sources().items()}
    assert "60,000 / 5,000 / 5,000 train / val / test images, 52.3 MiB. CC BY-SA 3.0; not here, " in facts["mnist"]
    assert "not here, downloaded by 'datasets --load mnist --download'. LeCun" in facts["mnist"]
    assert "not here, downloaded when recorded" in facts["pathmnist"]
    assert "not here: unpack it by hand" in facts["tinyimagenet"]
    assert "made when recorded" in facts["demo"]
    for file in KNOWN["mnist"].files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert "its files are here, and read when recorded" in data.sources()["mnist"].facts


def test_a_recording_that_waits_is_not_started_once_more(cache):
    words = ["record", "--dataset", "demo", "--run", "once"]
    with table.entering(table.LOCAL, words, "waits") as number:
        pass
    with open(table.file_of(number, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as its worker would
        with pytest.raises(RunError, match=f"Job {number} records 'once' already"):
            data.check_free("once")
        data.check_free("other")
