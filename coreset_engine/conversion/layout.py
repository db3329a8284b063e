"""Which files of a folder are converted, of which class and split, and how splits are drawn that keep patients whole."""

from dataclasses import dataclass
from pathlib import Path

from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.datasets import SPLITS, folder_layout, sample_groups
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.datasets.picture_files import LeftOut
from coreset_engine.datasets.splitting import SHARE

DICOM = (".dcm", ".dicom", ".dic", ".ima")
NIFTI = (".nii", ".nii.gz")
KINDS = f"DICOM or NIfTI files ({', '.join((*DICOM, *NIFTI))}, or any ending with DICOM's mark inside)"
_MARK = (128, b"DICM")  # where a DICOM file says that it is one


@dataclass(frozen=True)
class Source:
    """A file to convert.

    Attributes:
        file: its path.
        label: number of its class.
        split: train, val or test; "" where it is to be drawn.
        group: what a CSV or its name says that it belongs to, "" for nothing.
        files: of a series that becomes one volume, itself the first; () for a file that stands alone.
    """

    file: Path
    label: int
    split: str
    group: str
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Files, the names of the classes, the splits that are to be drawn, and sentences about how they were found."""

    sources: list[Source]
    names: tuple[str, ...]
    missing: tuple[str, ...]
    sentences: list[str]


def is_nifti(file: Path) -> bool:
    """Return whether a file's ending is that of NIfTI."""
    return file.name.lower().endswith(NIFTI)


def is_scan(file: Path) -> bool:
    """Return whether a file is one to convert: by its ending, or by DICOM's mark, as exports without endings have it."""
    if is_nifti(file) or file.suffix.lower() in DICOM:
        return True
    if file.name.upper() == "DICOMDIR":
        return False
    try:
        with file.open("rb") as opened:
            opened.seek(_MARK[0])
            return opened.read(4) == _MARK[1]
    except OSError:
        return False


def find(path: Path, options: ConvertOptions, left: LeftOut) -> Layout:
    """Return the files below a folder with their classes, by a CSV or by sub-folders.

    Raises:
        DatasetError: as `folder_layout` says.
    """
    told = options.folder
    if told.labels:
        found = folder_layout.by_labels(path, told, left, draw=False, folders=options.volumes)
    else:
        found = folder_layout.by_folders(path, left, FolderOptions(group_folder=told.group_folder), draw=False)
    missing = tuple(split for split in ("val", "test") if not any(found.groups[split]))
    belongs = found.belongs
    if told.group_prefix:
        every = [file for split in SPLITS for files in found.groups[split] for file in files]
        belongs = sample_groups.by_prefix(every, told.group_prefix)
    sources = [
        Source(file, label, "" if missing and split == "train" else split, belongs.get(file, ""))
        for split in SPLITS
        for label, files in enumerate(found.groups[split])
        for file in files
    ]
    return Layout(sources, found.names, missing, list(found.sentences))


def sentence(missing: tuple[str, ...], by: str) -> str:
    """Return how missing splits were drawn, in words."""
    shares = " and ".join(f"{100 // SHARE[split]} % as {split}" for split in missing)
    whole = "each patient or study in one split" if by == "group" else "by image, so that a patient may be in several"
    return f"There is no {' and no '.join(missing)} split: {shares} were drawn in each class (seed 0), {whole}."
