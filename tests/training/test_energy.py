"""Energy counters on a made-up folder, and what is told where there are none."""

import ctypes
import threading

import pytest

from coreset_engine.training import energy
from coreset_engine.training.energy import Energy, Meter


def zone(folder, place, name, microjoules, span=1_000_000_000):
    """Write one zone of the power cap framework as the kernel shows it."""
    path = folder / f"intel-rapl:{place}"
    path.mkdir(parents=True, exist_ok=True)
    (path / "name").write_text(f"{name}\n")
    (path / "energy_uj").write_text(f"{microjoules}\n")
    (path / "max_energy_range_uj").write_text(f"{span}\n")
    return path


def test_what_all_packages_spent_is_added(tmp_path):
    one, two = zone(tmp_path, 0, "package-0", 5_000_000), zone(tmp_path, 1, "package-1", 100)
    with Meter(folder=tmp_path) as meter:
        (one / "energy_uj").write_text("7500000")
        (two / "energy_uj").write_text("1000100")
    assert meter.spent == Energy(3.5, "CPU packages")


def test_parts_of_a_package_and_the_whole_platform_are_not_counted_twice(tmp_path):
    zones = [zone(tmp_path, *what, 0) for what in ((0, "package-0"), ("0:0", "core"), ("0:1", "dram"), (1, "psys"))]
    with Meter(folder=tmp_path) as meter:
        for path in zones:
            (path / "energy_uj").write_text("2000000")
    assert meter.spent.joules == 2


def test_a_counter_that_fell_has_wrapped_around(tmp_path):
    path = zone(tmp_path, 0, "package-0", 900_000_000)
    with Meter(folder=tmp_path) as meter:
        (path / "energy_uj").write_text("50000000")
    assert meter.spent.joules == 150


def test_a_counter_that_wraps_around_again_and_again_is_followed(tmp_path, monkeypatch):
    path, seen = zone(tmp_path, 0, "package-0", 0), threading.Semaphore(0)
    real = Meter.look
    monkeypatch.setattr(Meter, "look", lambda self: (real(self), seen.release()))
    monkeypatch.setattr(energy, "LOOK_SECONDS", 0.001)
    with Meter(folder=tmp_path) as meter:
        for value in (600_000_000, 200_000_000, 800_000_000, 400_000_000):
            (path / "new").write_text(str(value))
            (path / "new").rename(path / "energy_uj")  # at once, as the kernel answers
            while seen.acquire(blocking=False):
                pass
            for _ in range(2):  # the look that ends first may have begun before the value was there
                assert seen.acquire(timeout=10)
    assert meter.spent.joules == 2400


@pytest.mark.parametrize("content", ["", "abc", None])
def test_a_counter_that_can_not_be_read_tells_nothing(tmp_path, content):
    path = zone(tmp_path, 0, "package-0", 5)
    zone(tmp_path, 1, "package-1", 5)
    if content is None:
        (path / "energy_uj").unlink()
    else:
        (path / "energy_uj").write_text(content)
    with Meter(folder=tmp_path) as meter:
        pass
    assert meter.spent == Energy(None, "")


def test_a_counter_that_goes_away_meanwhile_tells_nothing(tmp_path):
    path = zone(tmp_path, 0, "package-0", 5)
    with Meter(folder=tmp_path) as meter:
        (path / "energy_uj").unlink()
    assert meter.spent.joules is None


def test_without_counters_nothing_is_told_and_no_thread_runs(tmp_path):
    with Meter(folder=tmp_path / "none") as meter:
        assert not [thread for thread in threading.enumerate() if thread.name == "energy"]
    assert meter.spent == Energy(None, "")


def test_an_error_in_the_context_ends_the_thread(tmp_path):
    zone(tmp_path, 0, "package-0", 5)
    with pytest.raises(KeyError), Meter(folder=tmp_path):
        raise KeyError
    assert not [thread for thread in threading.enumerate() if thread.name == "energy"]


class Driver:
    """Stands in for the library of NVIDIA's driver, which counts millijoules."""

    def __init__(self, *told, failed=0):
        self.told, self.failed, self.asked = iter(told), failed, None

    def nvmlInit_v2(self):  # noqa: N802
        return 0

    def nvmlDeviceGetHandleByUUID(self, name, handle):  # noqa: N802
        self.asked = name
        return 0

    def nvmlDeviceGetTotalEnergyConsumption(self, handle, spent):  # noqa: N802
        spent._obj.value = next(self.told)
        return self.failed


def with_driver(monkeypatch, driver):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: driver)
    monkeypatch.setattr(energy, "_uuid", lambda gpu: b"GPU-%d" % gpu)


def test_the_gpu_is_added_to_the_packages(tmp_path, monkeypatch):
    driver = Driver(10_000, 13_500)
    with_driver(monkeypatch, driver)
    path = zone(tmp_path, 0, "package-0", 0)
    with Meter(2, tmp_path) as meter:
        (path / "energy_uj").write_text("1000000")
    assert driver.asked == b"GPU-2"
    assert meter.spent == Energy(4.5, "CPU packages + GPU")


def test_a_gpu_alone_is_told_as_such(tmp_path, monkeypatch):
    with_driver(monkeypatch, Driver(10_000, 13_500))
    with Meter(0, tmp_path) as meter:
        pass
    assert meter.spent == Energy(3.5, "GPU")


@pytest.mark.parametrize("driver", [Driver(1, 2, failed=3), object()])
def test_a_gpu_that_does_not_tell_is_left_out(tmp_path, monkeypatch, driver):
    with_driver(monkeypatch, driver)
    with Meter(0, tmp_path) as meter:
        pass
    assert meter.spent == Energy(None, "")


def test_a_machine_without_the_driver_tells_nothing_of_a_gpu(tmp_path, monkeypatch):
    def missing(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    with Meter(0, tmp_path) as meter:
        pass
    assert meter.spent.joules is None
