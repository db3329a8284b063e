"""What can be told about a conversion."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from coreset_engine.conversion.window import Window
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import ConfigError

BurntIn = Literal["refuse", "leave-out", "keep"]
Orientation = Literal["standard", "stored"]
Fit = Literal["crop", "pad"]
GroupBy = Literal["patient", "study"]
SplitBy = Literal["group", "image"]
Axis = Literal["axial", "coronal", "sagittal"]
SIZES = (8, 1024)  # smallest and largest height in pixels
_CHOICES = {"burnt_in": BurntIn, "orientation": Orientation, "fit": Fit, "group_by": GroupBy, "split_by": SplitBy}
_CHOICES |= {"axis": Axis}


@dataclass(frozen=True)
class ConvertOptions:
    """How files become images.

    Attributes:
        size: height and width of the images in pixels.
        window: which values become black and white, as `Window.parse` takes it.
        orientation: `standard` turns and mirrors slices into the usual view, `stored` leaves those of DICOM alone.
        fit: `crop` keeps the middle square of a picture, `pad` all of it on black.
        burnt_in: what to do where a file says that names are burnt into its picture: refuse the conversion, leave the file
            out, or keep it.
        group_by: what samples belong together by.
        split_by: what stays in one split where splits are drawn.
        axis: along which NIfTI volumes are cut.
        volumes: keep NIfTI volumes whole and make volumes of DICOM series, with slices along `axis`.
        slices: which slices of a volume and frames of a file are taken: "all", "middle" or a number of evenly spaced ones.
        folder: the CSV with classes, splits and groups, if any.
        salt: file with the salt of the hashes, made when missing; by default one in the cache.
        key: CSV to write that says which file each image came from; None for none.
    """

    size: int = 64
    window: str = "tag"
    orientation: Orientation = "standard"
    fit: Fit = "crop"
    burnt_in: BurntIn = "refuse"
    group_by: GroupBy = "patient"
    split_by: SplitBy = "group"
    axis: Axis = "axial"
    volumes: bool = False
    slices: str = "all"
    folder: FolderOptions = field(default_factory=FolderOptions)
    salt: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        """Refuse impossible values.

        Raises:
            ConfigError: a size, a window, a number of slices or a choice is not possible.
        """
        if not SIZES[0] <= self.size <= SIZES[1]:
            raise ConfigError(f"--size is {self.size}; {SIZES[0]} to {SIZES[1]} px can be written.")
        Window.parse(self.window)
        if self.slices not in ("all", "middle") and not (self.slices.isdecimal() and int(self.slices) > 0):
            raise ConfigError(f"--slices is {self.slices!r}. Give all, middle or a number from 1.")
        if self.volumes and self.slices != "all":
            raise ConfigError(
                f"--slices {self.slices} cuts volumes that --volumes keeps whole. Leave out one of the two."
            )
        for name, kind in _CHOICES.items():
            if getattr(self, name) not in get_args(kind):
                known = ", ".join(get_args(kind))
                raise ConfigError(f"--{name.replace('_', '-')} is {getattr(self, name)!r}. Choose one of: {known}.")

    def chosen(self, count: int) -> list[int]:
        """Return which of `count` slices are taken, ascending: the middle of each of as many equal parts as asked for."""
        wanted = count if self.slices == "all" else 1 if self.slices == "middle" else min(int(self.slices), count)
        return [(2 * part + 1) * count // (2 * wanted) for part in range(wanted)]
