"""Grey frames of DICOM: stored values -> units of the modality -> 8 bits, as the tags or a window say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.conversion import tags
from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.conversion.scan import Values
from coreset_engine.conversion.window import Window, stretched, windowed
from coreset_engine.errors import DatasetError

if TYPE_CHECKING:
    from pydicom import Dataset

KINDS = ("MONOCHROME1", "MONOCHROME2")


@dataclass(frozen=True)
class Grey:
    """One grey frame: its values in units of the modality, where they only fill the frame, and the tags that hold for it."""

    values: Values
    hidden: NDArray[np.bool_] | None
    facts: "Dataset"


def of(seen: "Dataset", stored: Values, frame: int) -> Grey:
    """Return one frame of a grey file."""
    facts, raw = tags.of_frame(seen, frame), _without_overlays(stored[frame], seen)
    return Grey(_of_modality(raw, facts), _padding(raw, facts), facts)


def window_for(modality: str, options: ConvertOptions) -> Window:
    """Return the window asked for.

    Raises:
        DatasetError: it is one of CT, and the file is of another modality; the message is a reason.
    """
    window = Window.parse(options.window)
    if window.preset and modality not in ("CT", "unknown"):
        raise DatasetError(f"the window {window.preset} is of CT, and this is {modality}")
    return window


def limits_of(frames: Sequence[Grey], window: Window) -> tuple[float, float]:
    """Return what becomes black and white of frames where neither they nor the window say it."""
    visible = [one.values[~one.hidden] if one.hidden is not None else one.values.ravel() for one in frames]
    return window.range_of(np.concatenate([part for part in visible if part.size] or [np.zeros(1)]))


def shown(
    one: Grey, facts: "Dataset", window: Window, limits: tuple[float, float]
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Return a grey frame as 8 bits, more is brighter, and notes on how it became that.

    Args:
        one: the frame.
        facts: whose window is taken, where the window asked for is that of the tags.
        window: that was asked for.
        limits: what becomes black and white where there is no window.
    """
    picture, note = _shown(one.values, facts, window, limits)
    inverted = one.facts.PhotometricInterpretation == "MONOCHROME1"
    picture = 255 - picture if inverted else picture
    if one.hidden is not None:
        picture[one.hidden] = 0
    return picture, (note, *(("inverted",) if inverted else ()))


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
