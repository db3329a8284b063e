"""The slices of one DICOM series, or the frames of one file -> one volume, in the order in which they lie in the patient."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory
from coreset_engine.conversion import dicom, greys, layout, volume
from coreset_engine.conversion.greys import Grey
from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.conversion.scan import Frame, Said, Scan
from coreset_engine.errors import DatasetError
from coreset_engine.names import counted

LEAST = 3  # slices of a volume: two have no step to be judged by
_TURNED = 0.01  # how far direction cosines of one series may differ
_SAME = 0.01  # mm within which two slices lie at one place
_GAP, _UNEVEN, _ASKEW = 1.5, 0.05, 0.02  # of the usual step: slices are missing, are resampled, are pushed aside
_NO_PLACE = "it does not say where its slices lie (ImagePositionPatient and ImageOrientationPatient)"


@dataclass(frozen=True)
class Slice:
    """One slice: its values, the place of its first pixel in mm, its six direction cosines, mm per pixel if known."""

    grey: Grey
    place: NDArray[np.float64]
    cosines: NDArray[np.float64]
    spacing: tuple[float, float] | None


def grouped(sources: Sequence[layout.Source]) -> tuple[list[layout.Source], dict[Path, str]]:
    """Return sources of which the DICOM files of a series are one, and why files are in none.

    NIfTI files, and DICOM files that name no series, stay by themselves.
    """
    series: dict[tuple[object, ...], list[layout.Source]] = {}
    unread: dict[Path, str] = {}
    for one in sources:
        try:
            number = "" if layout.is_nifti(one.file) else _series(one.file)
        except DatasetError as error:
            unread[one.file] = str(error)
            continue
        series.setdefault((number or one.file,), []).append(one)
    found = []
    for members in series.values():
        first = members[0]
        if len({(one.label, one.split, one.group) for one in members}) > 1:
            unread[first.file] = f"the {len(members)} files of its series lie in several classes, splits or groups"
            continue
        found.append(replace(first, files=tuple(one.file for one in members)))
    return found, unread


def _series(file: Path) -> str:
    """Return the series that a file belongs to, "" where it says none.

    Raises:
        DatasetError: it can't be read; the message is a reason.
    """
    import pydicom

    with dicom.reasons():
        found = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"])
        return str(found.get("SeriesInstanceUID") or "").strip()


def read(files: Sequence[Path], options: ConvertOptions) -> tuple[Scan | None, dict[Path, str]]:
    """Return the volume of the files of a series, None where none can be read, and why some can't.

    Raises:
        DatasetError: the slices make no volume; the message is a reason, not a sentence.
    """
    slices: list[Slice] = []
    scans: list[Scan] = []
    unread: dict[Path, str] = {}
    for file in files:
        try:
            with dicom.reasons():
                found = dicom.opened(file)
                slices += [_slice(one) for one in dicom.grey_frames(found)]
                scans.append(found.scan)
        except DatasetError as error:
            unread[file] = str(error)
            continue
        memory.refuse_beyond("it", 2 * len(files) * slices[0].grey.values.size * 8)
    if not scans:
        return None, unread
    scan = _joined(scans)
    with dicom.reasons():
        frame = _volume(slices, scan.modality, options)
    return replace(scan, frames=(frame,)), unread


def _slice(one: Grey) -> Slice:
    """Return a frame with its place.

    Raises:
        DatasetError: it does not say it.
    """
    place = [float(value) for value in one.facts.get("ImagePositionPatient") or []]
    cosines = [float(value) for value in one.facts.get("ImageOrientationPatient") or []]
    if len(place) != 3 or len(cosines) != 6 or not (np.any(cosines[:3]) and np.any(cosines[3:])):
        raise DatasetError(_NO_PLACE)
    return Slice(one, np.array(place), np.array(cosines), dicom.spacing_of(one.facts))


def _joined(scans: list[Scan]) -> Scan:
    """Return what is known of the files of a series as of one.

    Raises:
        DatasetError: they are of several patients, studies or modalities.
    """
    first = scans[0]
    if len({(one.modality, one.patient, one.study) for one in scans}) > 1:
        raise DatasetError(f"the {len(scans)} files of its series are of several patients, studies or modalities")
    said = {one.burnt_in for one in scans}
    burnt_in: Said = "yes" if "yes" in said else "unsaid" if "unsaid" in said else "no"
    return replace(first, burnt_in=burnt_in, identifying=frozenset().union(*(one.identifying for one in scans)))


def _volume(slices: list[Slice], modality: str, options: ConvertOptions) -> Frame:
    """Return slices as a volume of 8 bits, all in the window of the middle one."""
    across = _alike(slices)
    ordered, places, notes = _ordered(slices, across)
    frames = [one.grey for one in ordered]
    if len({float(value) for one in frames for value in (one.values.min(), one.values.max())}) == 1:
        return Frame(np.zeros((1, 1), np.uint8), notes=("flat",))
    window = greys.window_for(modality, options)
    middle, limits = frames[len(frames) // 2].facts, greys.limits_of(frames, window)
    if window.kind == "tag" and len({_told_window(one) for one in frames}) > 1:
        notes = (*notes, "mixed-windows")
    shown = [greys.shown(one, middle, window, limits) for one in frames]
    step, uneven = _step(places)
    stack = np.stack([picture for picture, _ in shown])
    stack = _evened(stack, places, step) if uneven else stack
    notes = (*shown[0][1], *notes, *(("uneven",) if uneven else ()))
    spacing = (step, *(ordered[0].spacing or (float("nan"), float("nan"))))
    if options.orientation == "stored":
        known = bool(np.isfinite(spacing).all())
        return Frame(stack, spacing if known else None, notes)
    columns, rows = ordered[0].cosines[:3], ordered[0].cosines[3:]
    turned, sides = volume.canonical(stack, (across, rows, columns), spacing)
    return volume.whole(turned, sides, options.axis, notes)


def _alike(slices: list[Slice]) -> NDArray[np.float64]:
    """Return the unit vector across slices that lie alike.

    Raises:
        DatasetError: there are too few, or they differ in direction or size.
    """
    first = slices[0]
    if len(slices) < LEAST:
        raise DatasetError(
            f"its series has {counted(len(slices), '{slice|slices}')} here; a volume needs {LEAST} or more"
        )
    turned = sum(np.abs(one.cosines - first.cosines).max() > _TURNED for one in slices)
    if turned:
        raise DatasetError(
            f"{turned} of the {len(slices)} slices of its series lie in another direction than the first, as those that "
            "localize a scan do"
        )
    sizes = {one.grey.values.shape for one in slices} | {
        tuple(np.round(one.spacing or (), 3).tolist()) for one in slices
    }
    if len(sizes) > 2:  # one shape, and one spacing
        raise DatasetError(f"the {len(slices)} slices of its series differ in height, width or spacing")
    across: NDArray[np.float64] = np.cross(first.cosines[:3], first.cosines[3:])
    return across / np.linalg.norm(across)


def _ordered(
    slices: list[Slice], across: NDArray[np.float64]
) -> tuple[list[Slice], NDArray[np.float64], tuple[str, ...]]:
    """Return slices by where they lie, those places in mm, and notes.

    Raises:
        DatasetError: two lie at one place and differ, or slices are missing.
    """
    ordered = sorted(slices, key=lambda one: float(one.place @ across))
    kept = ordered[:1]
    for one in ordered[1:]:
        if (one.place - kept[-1].place) @ across >= _SAME:
            kept.append(one)
        elif not np.array_equal(one.grey.values, kept[-1].grey.values):
            raise DatasetError(
                "several slices of its series lie at one place and differ, as those of several times or echoes do"
            )
    if len(kept) < LEAST:
        raise DatasetError(f"its series has {counted(len(kept), '{place|places}')}; a volume needs {LEAST} or more")
    places = np.array([float(one.place @ across) for one in kept])
    step, widest = _step(places)[0], float(np.diff(places).max())
    if widest > _GAP * step:
        raise DatasetError(
            f"slices of its series are missing: two are {widest:.4g} mm apart, most others {step:.4g} mm"
        )
    aside = kept[-1].place - kept[0].place
    drift = float(np.linalg.norm(aside - (aside @ across) * across)) / (len(kept) - 1)
    notes = ("repeated",) if len(kept) < len(ordered) else ()
    return kept, places, (*notes, *(("askew",) if drift > _ASKEW * step else ()))


def _step(places: NDArray[np.float64]) -> tuple[float, bool]:
    """Return the usual step from slice to slice in mm, and whether others differ from it."""
    steps = np.diff(places)
    usual = float(np.median(steps))
    return usual, bool(np.abs(steps - usual).max() > _UNEVEN * usual)


def _evened(stack: NDArray[np.uint8], places: NDArray[np.float64], step: float) -> NDArray[np.uint8]:
    """Return slices at even steps, between two by their distances."""
    wanted = places[0] + step * np.arange(1 + round((places[-1] - places[0]) / step))
    right = np.searchsorted(places, wanted.clip(*places[[0, -1]])).clip(1, len(places) - 1)
    share = ((wanted - places[right - 1]) / (places[right] - places[right - 1])).clip(0, 1)[:, None, None]
    between = stack[right - 1] * (1 - share) + stack[right] * share
    return np.floor(between + 0.5).astype(np.uint8)


def _told_window(one: Grey) -> str:
    """Return the window that a slice's tags say, to compare it."""
    return f"{one.facts.get('WindowCenter')} {one.facts.get('WindowWidth')} {'VOILUTSequence' in one.facts}"
