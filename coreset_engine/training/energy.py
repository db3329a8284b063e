"""Energy: what the machine spent while something ran, where its counters tell."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

POWERCAP = Path("/sys/class/powercap")
LOOK_SECONDS = 30.0  # a package's counter wraps around after some 260 kJ, which a busy server spends in 15 minutes
CPU, GPU = "CPU packages", "GPU"


@dataclass(frozen=True)
class Energy:
    """What was spent.

    Attributes:
        joules: of the whole CPU packages and GPU, so that other work on them counts, too; None where nothing tells.
        parts: which of them tell, e.g. "CPU packages + GPU"; "" where none does.
    """

    joules: float | None
    parts: str


class Meter:
    """A context in which energy is measured; ask `spent` after it.

    The packages' counters are looked at every 30 s by a thread, which sees them wrap around in a long training.
    """

    def __init__(self, gpu: int | None = None, folder: Path = POWERCAP) -> None:
        """Find the counters.

        Args:
            gpu: number of the CUDA device as torch counts, None for none.
            folder: in which the packages' counters are.
        """
        self._packages = _packages(folder)
        self._gpu = _gpu_counter(gpu) if gpu is not None else None
        self._last: list[int | None] = []
        self._joules = 0.0
        self._broken = False
        self._gpu_before: float | None = None
        self._gpu_joules: float | None = None
        self._ended = threading.Event()
        self._looking = threading.Thread(target=self._keep_looking, name="energy", daemon=True)

    def __enter__(self) -> Meter:
        """Begin to measure."""
        self._last = [_number(package / "energy_uj") for package in self._packages]
        self._broken = None in self._last
        self._gpu_before = self._gpu() if self._gpu else None
        if self._packages and not self._broken:
            self._looking.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._ended.set()
        if self._looking.is_alive():
            self._looking.join()
        self.look()
        after = self._gpu() if self._gpu else None
        if self._gpu_before is not None and after is not None and after >= self._gpu_before:
            self._gpu_joules = after - self._gpu_before

    def look(self) -> None:
        """Add what the packages spent since the last look; a counter that fell has wrapped around once."""
        for place, package in enumerate(self._packages):
            now, before = _number(package / "energy_uj"), self._last[place]
            if now is None or before is None:
                self._broken = True
                return
            turned = _number(package / "max_energy_range_uj") if now < before else 0
            if turned is None:
                self._broken = True
                return
            self._joules += (now - before + turned) / 1e6
            self._last[place] = now

    def _keep_looking(self) -> None:
        """Look again and again until the end."""
        while not self._ended.wait(LOOK_SECONDS):
            self.look()

    @property
    def spent(self) -> Energy:
        """Return what was spent in the context."""
        cpu = self._joules if self._packages and not self._broken else None
        told = {name: joules for name, joules in ((CPU, cpu), (GPU, self._gpu_joules)) if joules is not None}
        return Energy(round(sum(told.values()), 1) if told else None, " + ".join(told))


def _packages(folder: Path) -> list[Path]:
    """Return the folders of the CPU packages; parts of a package and the whole platform, which overlap them, are not."""
    found = []
    for zone in sorted(folder.glob("intel-rapl:*")):
        try:
            name = (zone / "name").read_text(encoding="ascii")
        except (OSError, ValueError):
            continue
        if name.startswith("package"):
            found.append(zone)
    return found


def _number(path: Path) -> int | None:
    """Return the number in a file; None where it can't be read, as most systems let only root read these."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _gpu_counter(gpu: int) -> Callable[[], float | None] | None:
    """Return what tells the joules that a CUDA device has spent since its driver was loaded; None where nothing does."""
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    handle = ctypes.c_void_p()
    try:
        if nvml.nvmlInit_v2() or nvml.nvmlDeviceGetHandleByUUID(_uuid(gpu), ctypes.byref(handle)):
            return None
    except (AttributeError, RuntimeError, AssertionError):
        return None  # a driver without these calls, or a torch that does not tell the device's name

    def joules() -> float | None:
        spent = ctypes.c_ulonglong()
        try:
            failed = nvml.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(spent))
        except AttributeError:
            return None
        return None if failed else spent.value / 1000

    return joules


def _uuid(gpu: int) -> bytes:
    """Return the name by which NVML knows a CUDA device; torch numbers only the devices that it may see."""
    import torch

    return f"GPU-{torch.cuda.get_device_properties(gpu).uuid}".encode()
