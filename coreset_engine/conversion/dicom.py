"""One DICOM file -> its pictures as 8 bits, made from the tags of `tags.READ` alone."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory
from coreset_engine.conversion import orientation, tags
from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.conversion.scan import Frame, Said, Scan, Values
from coreset_engine.conversion.window import Window, stretched, windowed
from coreset_engine.datasets.pictures import MAX_PIXELS
from coreset_engine.errors import DatasetError, EngineError

if TYPE_CHECKING:
    from pydicom import Dataset

NO_PICTURES = {"SEG": "a segmentation", "RTDOSE": "a dose", "RTSTRUCT": "a set of structures", "RTPLAN": "a plan"}
_LEAST_NAME, _LEAST_NUMBER = 3, 4  # signs of a name, and of a number: shorter ones are grades and the like
_COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


def read(file: Path, options: ConvertOptions) -> Scan:
    """Return the pictures of a DICOM file.

    Raises:
        DatasetError: it holds none, or they can't be read; the message is a reason, not a sentence.
    """
    import pydicom

    if options.volumes:
        raise DatasetError("it is DICOM, and --volumes reads NIfTI: make that of its series first, as with dcm2niix")
    with _reasons(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's quote values, which may be names
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
        numbers = options.chosen(int(seen.get("NumberOfFrames") or 1))
        frames = zip(_frames(seen, modality, numbers, options), numbers, strict=True)
        numbered = tuple(replace(frame, number=number) for frame, number in frames)
        return Scan(numbered, modality, patient, study, words, burnt_in)


@contextmanager
def _reasons() -> Iterator[None]:
    """Turn what pydicom and its decoders raise on a damaged file into a reason."""
    from pydicom.errors import InvalidDicomError

    try:
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

    rows, columns, count = int(seen.Rows), int(seen.Columns), int(seen.get("NumberOfFrames") or 1)
    samples, kind = int(seen.get("SamplesPerPixel") or 1), str(seen.PhotometricInterpretation)
    if rows * columns > MAX_PIXELS:
        raise DatasetError(f"it has {columns:,} x {rows:,} pixels, more than {MAX_PIXELS:,}")
    memory.refuse_beyond("it", rows * columns * count * samples * 2 * int(seen.BitsAllocated) // 8)
    stored = seen.pixel_array  # RGB where it is stored as YBR
    stored = (
        stored.reshape(count, *stored.shape[-2:]) if samples == 1 else stored.reshape(count, rows, columns, samples)
    )
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
    elif kind in ("MONOCHROME1", "MONOCHROME2") and samples == 1:
        yield from _greys(seen, stored, chosen, modality, options)
    else:
        raise DatasetError(f"its colours are {kind[:20]} with {samples} samples per pixel, which is not read")


def _colour(
    pixels: Values, depth: int, facts: "Dataset", modality: str, notes: tuple[str, ...], options: ConvertOptions
) -> Frame:
    """Return a picture of RGB values of so many bits; one that has no colours is grey."""
    small = pixels.astype(np.uint8) if depth <= 8 else stretched(pixels, 0, 2.0**depth - 1)
    if (small == small[..., :1]).all():
        small = small[..., 0]
    return _upright(small, facts, modality, notes, options)


def _greys(
    seen: "Dataset", stored: Values, chosen: list[int], modality: str, options: ConvertOptions
) -> Iterator[Frame]:
    """Return the chosen frames of a grey file; their range is that of all chosen ones."""
    window = Window.parse(options.window)
    if window.preset and modality not in ("CT", "unknown"):
        raise DatasetError(f"the window {window.preset} is of CT, and this is {modality}")
    facts = [tags.of_frame(seen, frame) for frame in chosen]
    raw = [_without_overlays(stored[frame], seen) for frame in chosen]
    hidden = [_padding(values, told) for values, told in zip(raw, facts, strict=True)]
    values = [_of_modality(one, told) for one, told in zip(raw, facts, strict=True)]
    visible = [one[~mask] if mask is not None else one.ravel() for one, mask in zip(values, hidden, strict=True)]
    limits = window.range_of(np.concatenate([part for part in visible if part.size] or [np.zeros(1)]))
    for one, mask, told in zip(values, hidden, facts, strict=True):
        if one.min() == one.max():
            yield Frame(np.zeros((1, 1), np.uint8), notes=("flat",))
            continue
        picture, note = _shown(one, told, window, limits)
        inverted = told.PhotometricInterpretation == "MONOCHROME1"
        picture = 255 - picture if inverted else picture
        if mask is not None:
            picture[mask] = 0
        yield _upright(picture, told, modality, (note, *(("inverted",) if inverted else ())), options)


def _without_overlays(values: Values, seen: "Dataset") -> Values:
    """Return stored values without the bits above those of the picture, in which old files keep drawings and text."""
    stored, allocated = int(seen.BitsStored), int(seen.BitsAllocated)
    syntax = getattr(getattr(seen, "file_meta", None), "TransferSyntaxUID", None)
    native = values.astype(values.dtype.newbyteorder("="))
    if native.dtype.kind not in "iu" or not 0 < stored < allocated or syntax is None or syntax.is_encapsulated:
        return native
    low = native.astype(np.int64) & ((1 << stored) - 1)
    if native.dtype.kind == "i":
        low = (low ^ (1 << (stored - 1))) - (1 << (stored - 1))
    return low.astype(native.dtype)


def _padding(values: Values, facts: "Dataset") -> NDArray[np.bool_] | None:
    """Return where stored values only fill the frame, None where the file does not say."""
    first = facts.get("PixelPaddingValue")
    if not isinstance(first, int):
        return None
    last = facts.get("PixelPaddingRangeLimit")
    ends = sorted((first, last if isinstance(last, int) else first))
    return (values >= ends[0]) & (values <= ends[1])


def _of_modality(values: Values, facts: "Dataset") -> Values:
    """Return stored values in the units of the modality, as Hounsfield units: by a lookup table, or slope and intercept."""
    from pydicom.pixels import apply_modality_lut

    if facts.get("ModalityLUTSequence"):
        return np.asarray(apply_modality_lut(values, facts))
    slope, intercept = facts.get("RescaleSlope"), facts.get("RescaleIntercept")
    if slope is None and intercept is None:
        return values
    return values.astype(np.float64) * float(1 if slope is None else slope) + float(intercept or 0)


def _shown(
    values: Values, facts: "Dataset", window: Window, limits: tuple[float, float]
) -> tuple[NDArray[np.uint8], str]:
    """Return a picture of 8 bits, and the note on how it became one."""
    from pydicom.pixels import apply_voi

    if window.kind == "set":
        return windowed(values, window.centre, window.width), "set"
    if window.kind != "tag":
        return stretched(values, *limits), window.kind
    if facts.get("VOILUTSequence"):
        depth = int(facts.VOILUTSequence[0].LUTDescriptor[2])
        return stretched(apply_voi(values.astype(np.int64), facts), 0, 2.0**depth - 1), "lookup"
    centre, width = (_first(facts.get(name)) for name in ("WindowCenter", "WindowWidth"))
    if centre is not None and width is not None and width > 0:
        return windowed(values, centre, width, str(facts.get("VOILUTFunction") or "LINEAR").upper()), "windowed"
    if int(facts.BitsStored) <= 8 and values.dtype == np.uint8:
        return stretched(values, 0, 2.0 ** int(facts.BitsStored) - 1), "kept"
    return stretched(values, *limits), "no-window"


def _first(value: Any) -> float | None:
    """Return a number of a tag, the first of several, None for none."""
    if value is None or isinstance(value, str):
        return float(value) if value else None
    values = list(value) if hasattr(value, "__iter__") else [value]
    return float(values[0]) if values else None


def _upright(pixels: Values, facts: "Dataset", modality: str, notes: tuple[str, ...], options: ConvertOptions) -> Frame:
    """Return a picture in the view asked for, with its spacing."""
    spacing = _spacing(facts)
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


def _spacing(facts: "Dataset") -> tuple[float, float] | None:
    """Return mm from row to row and from column to column; None where the file says none that can be."""
    for name in ("PixelSpacing", "ImagerPixelSpacing"):
        found = [float(value) for value in facts.get(name) or []]
        if len(found) == 2 and min(found) > 0 and np.isfinite(found).all():
            return found[0], found[1]
    return None
