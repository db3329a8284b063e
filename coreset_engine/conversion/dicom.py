"""One DICOM file -> its pictures as 8 bits, made from the tags of `tags.READ` alone."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coreset_engine import memory
from coreset_engine.conversion import greys, orientation, tags
from coreset_engine.conversion.greys import Grey
from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.conversion.scan import Frame, Said, Scan, Values
from coreset_engine.conversion.window import stretched
from coreset_engine.datasets.pictures import MAX_PIXELS
from coreset_engine.errors import DatasetError, EngineError

if TYPE_CHECKING:
    from pydicom import Dataset

NO_PICTURES = {"SEG": "a segmentation", "RTDOSE": "a dose", "RTSTRUCT": "a set of structures", "RTPLAN": "a plan"}
_LEAST_NAME, _LEAST_NUMBER = 3, 4  # signs of a name, and of a number: shorter ones are grades and the like
_COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


@dataclass(frozen=True)
class Opened:
    """A file that holds pictures, before they are made.

    Attributes:
        seen: its tags, those of `tags.READ` alone.
        scan: what is known of it, without pictures.
    """

    seen: "Dataset"
    scan: Scan

    @property
    def count(self) -> int:
        """Return how many frames it has."""
        return int(self.seen.get("NumberOfFrames") or 1)


def read(file: Path, options: ConvertOptions) -> Scan:
    """Return the pictures of a DICOM file.

    Raises:
        DatasetError: it holds none, or they can't be read; the message is a reason, not a sentence.
    """
    with reasons():
        found = opened(file)
        numbers = options.chosen(found.count)
        frames = zip(_frames(found.seen, found.scan.modality, numbers, options), numbers, strict=True)
        return replace(found.scan, frames=tuple(replace(frame, number=number) for frame, number in frames))


def opened(file: Path) -> Opened:
    """Return what a DICOM file holds, its pictures not yet made.

    Raises:
        DatasetError: it holds none; the message is a reason. Within `reasons` all else is one, too.
    """
    import pydicom

    found = pydicom.dcmread(file)
    modality = str(found.get("Modality"))
    modality = modality if modality in tags.MODALITIES else "unknown"
    if modality in NO_PICTURES:
        raise DatasetError(f"it is {NO_PICTURES[modality]}, no picture")
    if not any(name in found for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise DatasetError("it holds no pixels")
    patient, study, words = _identity(found)
    seen = tags.allowed(found)
    del found
    said = str(seen.get("BurnedInAnnotation") or "").strip().upper()
    burnt_in: Said = "yes" if said == "YES" else "no" if said == "NO" else "unsaid"
    return Opened(seen, Scan((), modality, patient, study, words, burnt_in))


@contextmanager
def reasons() -> Iterator[None]:
    """Turn what pydicom and its decoders raise on a damaged file into a reason, and let them warn of nothing."""
    from pydicom.errors import InvalidDicomError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's quote values, which may be names
            yield
    except InvalidDicomError:
        raise DatasetError("it is no DICOM file: the mark DICM is missing") from None
    except EngineError:
        raise
    except Exception as error:  # noqa: BLE001 - of damaged files pydicom and its decoders raise whatever they like
        text = " ".join(str(error).split())
        if isinstance(error, AttributeError) and "has no attribute" in text:
            raise DatasetError(f"its tag {text.split()[-1].strip(chr(39))} is missing") from None
        if "plugin" in text or "decoder" in text:
            raise DatasetError(
                "its pixels can't be decompressed; a package for its kind of compression may be missing, such as "
                f"pylibjpeg or python-gdcm ({text[:120]})"
            ) from None
        raise DatasetError(text[:200] or type(error).__name__) from None


def plain(text: str) -> str:
    """Return the letters and digits of a text, small: by them names are compared."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _identity(found: "Dataset") -> tuple[str, str, frozenset[str]]:
    """Return what identifies patient and study, and all words that would name the patient, as `plain` gives them."""

    def text(keyword: str) -> str:
        return str(found.get(keyword) or "").strip()

    names = [text(keyword) for keyword in tags.COMPARED if "Name" in keyword]
    parts = [part for name in names for part in name.replace("=", "^").split("^")]
    turned = ["".join(reversed(name.split("=")[0].split("^"))) for name in names]
    numbers = [text(keyword) for keyword in ("PatientID", *tags.COMPARED) if "Name" not in keyword]
    words = {plain(word) for word in (*names, *parts, *turned) if len(plain(word)) >= _LEAST_NAME}
    words |= {plain(word) for word in numbers if len(plain(word)) >= _LEAST_NUMBER}
    study = text("StudyInstanceUID") or text("SeriesInstanceUID")
    return text("PatientID") or text("PatientName").strip("^= "), study, frozenset(words)


def _frames(seen: "Dataset", modality: str, chosen: list[int], options: ConvertOptions) -> Iterator[Frame]:
    """Return the chosen pictures of a file, upright and windowed."""
    from pydicom.pixels import apply_color_lut

    samples = int(seen.get("SamplesPerPixel") or 1)
    stored, kind = _stored(seen, samples), str(seen.PhotometricInterpretation)
    if kind == "PALETTE COLOR":
        for frame in chosen:
            coloured = apply_color_lut(stored[frame], seen)[..., :3]
            depth = 8 * coloured.dtype.itemsize
            yield _colour(coloured, depth, tags.of_frame(seen, frame), modality, ("palette",), options)
    elif kind in _COLOURS and samples == 3:
        notes = ("ybr",) if kind.startswith("YBR") else ()
        for frame in chosen:
            facts = tags.of_frame(seen, frame)
            yield _colour(stored[frame], int(seen.BitsStored), facts, modality, notes, options)
    elif kind in greys.KINDS and samples == 1:
        yield from _greys([greys.of(seen, stored, frame) for frame in chosen], modality, options)
    else:
        raise DatasetError(f"its colours are {kind[:20]} with {samples} samples per pixel, which is not read")


def _stored(seen: "Dataset", samples: int) -> Values:
    """Return the stored values of all frames, (frames, H, W) or (frames, H, W, samples)."""
    rows, columns, count = int(seen.Rows), int(seen.Columns), int(seen.get("NumberOfFrames") or 1)
    if rows * columns > MAX_PIXELS:
        raise DatasetError(f"it has {columns:,} x {rows:,} pixels, more than {MAX_PIXELS:,}")
    memory.refuse_beyond("it", rows * columns * count * samples * 2 * int(seen.BitsAllocated) // 8)
    stored: Values = seen.pixel_array  # RGB where it is stored as YBR
    return stored.reshape(count, *stored.shape[-2:]) if samples == 1 else stored.reshape(count, rows, columns, samples)


def grey_frames(found: Opened) -> list[Grey]:
    """Return all frames of a grey file.

    Raises:
        DatasetError: it has colours; the message is a reason. Within `reasons` all else is one, too.
    """
    kind = str(found.seen.PhotometricInterpretation)
    if kind not in greys.KINDS:
        raise DatasetError(f"its colours are {kind[:20]}, and only grey series become volumes")
    stored = _stored(found.seen, 1)
    return [greys.of(found.seen, stored, frame) for frame in range(found.count)]


def _colour(
    pixels: Values, depth: int, facts: "Dataset", modality: str, notes: tuple[str, ...], options: ConvertOptions
) -> Frame:
    """Return a picture of RGB values of so many bits; one that has no colours is grey."""
    small = pixels.astype(np.uint8) if depth <= 8 else stretched(pixels, 0, 2.0**depth - 1)
    if (small == small[..., :1]).all():
        small = small[..., 0]
    return _upright(small, facts, modality, notes, options)


def _greys(frames: list[Grey], modality: str, options: ConvertOptions) -> Iterator[Frame]:
    """Return grey frames as pictures; their range is that of all of them."""
    window = greys.window_for(modality, options)
    limits = greys.limits_of(frames, window)
    for one in frames:
        if one.values.min() == one.values.max():
            yield Frame(np.zeros((1, 1), np.uint8), notes=("flat",))
            continue
        picture, notes = greys.shown(one, one.facts, window, limits)
        yield _upright(picture, one.facts, modality, notes, options)


def _upright(pixels: Values, facts: "Dataset", modality: str, notes: tuple[str, ...], options: ConvertOptions) -> Frame:
    """Return a picture in the view asked for, with its spacing."""
    spacing = spacing_of(facts)
    if options.orientation == "stored":
        return Frame(np.ascontiguousarray(pixels), spacing, notes)
    cosines = [float(value) for value in facts.get("ImageOrientationPatient") or []]
    if len(cosines) != 6 and modality in ("CR", "DX"):
        cosines = orientation.of_letters([str(letter) for letter in facts.get("PatientOrientation") or []]) or []
    if len(cosines) != 6 or not np.any(cosines[:3]) or not np.any(cosines[3:]):
        more = ("no-orientation",) if modality in ("CT", "MR", "PT") else ()
        return Frame(np.ascontiguousarray(pixels), spacing, (*notes, *more))
    turned, changed, swapped = orientation.standard(pixels, cosines)
    spacing = spacing and ((spacing[1], spacing[0]) if swapped else spacing)
    return Frame(np.ascontiguousarray(turned), spacing, (*notes, *(("turned",) if changed else ())))


def spacing_of(facts: "Dataset") -> tuple[float, float] | None:
    """Return mm from row to row and from column to column; None where the file says none that can be."""
    for name in ("PixelSpacing", "ImagerPixelSpacing"):
        found = [float(value) for value in facts.get(name) or []]
        if len(found) == 2 and min(found) > 0 and np.isfinite(found).all():
            return found[0], found[1]
    return None
