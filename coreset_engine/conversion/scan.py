"""What a file holds once it is read: pictures of 8 bits, and what is needed to group and to judge them."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Said = Literal["yes", "no", "unsaid"]


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes:
        pixels: (H, W) or (H, W, 3) uint8, upright and windowed; (D, H, W) or (D, H, W, 3) where volumes are whole.
        spacing: mm from row to row and from column to column, of volumes from slice to slice before them; None where it is
            not known.
        notes: keys of `notes.NOTES` for what was done to it.
        number: which frame or slice of its file it is, from 0.
    """

    pixels: NDArray[np.uint8]
    spacing: tuple[float, ...] | None = None
    notes: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class Scan:
    """One file.

    Attributes:
        frames: its pictures.
        modality: as DICOM writes it, "NIfTI" for such a file.
        patient, study: what identifies them; only hashes of it leave.
        identifying: words that would name the patient, letters and digits only: no class may be called so.
        burnt_in: whether the file says that names are burnt into the picture.
        notes: keys of `notes.NOTES` that hold for the file once.
    """

    frames: tuple[Frame, ...]
    modality: str
    patient: str = ""
    study: str = ""
    identifying: frozenset[str] = field(default_factory=frozenset)
    burnt_in: Said = "no"
    notes: tuple[str, ...] = ()


Values = NDArray[Any]
