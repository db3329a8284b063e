"""`convert`: a folder or a CSV of DICOM and NIfTI files -> one MedMNIST-format `.npz` that can be given away."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from coreset_engine import memory, paths
from coreset_engine.access import require_writable
from coreset_engine.conversion import dicom, extras, fitting, identity, layout, nifti, notes, series, writing
from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.conversion.scan import Scan
from coreset_engine.conversion.writing import Image
from coreset_engine.datasets.picture_files import LeftOut, first_names, shown
from coreset_engine.datasets.splitting import drawn
from coreset_engine.errors import ConfigError, DatasetError, EngineError
from coreset_engine.names import counted

MAY_BE_BURNT_IN = ("US", "SC", "OT", "XC", "ES", "XA", "RF", "unknown")  # whose devices write text into the picture


@dataclass
class Conversion:
    """What a conversion did.

    Attributes:
        out: the file written.
        class_names: of its classes.
        counts: images by split.
        unread: why each file that could not be read was not, by its path below the folder.
        sentences: what was done to the others, left out and taken for something; no file or person is named here, and the
            file written holds them as `read_as`.
        left_out: sentences about files that are of other kinds or in no class; these name some.
        salt: where the salt of the hashes lies.
    """

    out: Path
    class_names: tuple[str, ...]
    counts: dict[str, int]
    unread: dict[str, str]
    sentences: list[str]
    left_out: list[str]
    salt: Path


@dataclass
class _Work:
    """What reading gathers."""

    images: list[Image] = field(default_factory=list)
    unread: dict[Path, str] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    modalities: Counter[str] = field(default_factory=Counter)
    burnt_in: list[Path] = field(default_factory=list)
    doubtful: Counter[str] = field(default_factory=Counter)
    nameless: Counter[str] = field(default_factory=Counter)  # files without a patient, by what is a group instead


def convert(
    source: str | Path, out: str | Path, *, watch: Callable[[float], None] | None = None, **options: Any
) -> Conversion:
    """Write the images of DICOM and NIfTI files as an `.npz` that `record --dataset` reads, and return what was done.

    Args:
        source: a folder with one sub-folder per class, maybe within train, val and test; or a CSV whose rows name files
            beside or below it.
        out: the `.npz` to write. It holds images, labels, names of classes, hashes of patients and studies, mm per pixel
            and what was done; no other tag and no name of a file.
        watch: called with the share of files that are read.
        options: fields of `ConvertOptions`; those of `FolderOptions`, as labels, may be given by themselves.

    Raises:
        ConfigError: an option is not possible, or a package is missing.
        DatasetError: there is nothing to convert, nothing that can be read, a name is burnt into a picture, a class is
            named like a patient or too small to be split, or the file can't be written.

    Example:
        >>> from coreset_engine import convert
        >>> done = convert("scans", "scans.npz", window="lung", size=64)  # doctest: +SKIP
    """
    chosen, target = _options(source, options), paths.expanded(out)
    if target.suffix.lower() != ".npz":
        raise ConfigError(f"{out} is no .npz file. Name one to write, such as scans.npz.")
    require_writable("convert images")
    root = _root(paths.to_read(source))
    left = LeftOut(root, layout.is_scan, layout.KINDS)
    found = layout.find(root, chosen, left)
    if chosen.key and chosen.key.resolve() == target.resolve():
        raise ConfigError("--key and --out name one file. Keep the key apart from the images.")
    _require_packages([one.file for one in found.sources])
    sources, lost = series.grouped(found.sources) if chosen.volumes else (found.sources, {})
    memory.refuse_beyond("The images", 2 * len(sources) * (chosen.size**3 if chosen.volumes else 3 * chosen.size**2))
    salt_file = paths.expanded(chosen.salt or identity.default_salt())
    salt, work = identity.salt_of(salt_file), _Work(unread=lost)
    for number, one in enumerate(sources):
        _take(one, found.names[one.label], root, chosen, salt, work)
        if watch:
            watch((number + 1) / len(sources))
    _refuse_burnt_in(work.burnt_in, root, chosen)
    said = _split(work, found, chosen)
    said = [*said, *notes.sentences(work.done, volumes=chosen.volumes), *_doubts(work, chosen)]
    counts = writing.write(target, work.images, found.names, said, chosen)
    if chosen.key:
        writing.write_key(paths.expanded(chosen.key), work.images, root)
    unread = {shown(file, root): reason for file, reason in work.unread.items()}
    return Conversion(target, found.names, counts, unread, said, [*found.sentences, *left.sentences()], salt_file)


def _options(source: str | Path, given: dict[str, Any]) -> ConvertOptions:
    """Return options, those of the CSV among them; a source that is a CSV is the one with the labels."""
    of_folder = {name: given.pop(name) for name in list(given) if name in ("labels", *_COLUMNS)}
    unknown = sorted(set(given) - set(ConvertOptions.__dataclass_fields__))
    if unknown:
        known = ", ".join((*ConvertOptions.__dataclass_fields__, "labels", *_COLUMNS))
        raise ConfigError(f"A conversion has no option {', '.join(unknown)}. It has: {known}.")
    for name in ("salt", "key"):
        given |= {name: Path(given[name])} if given.get(name) else {}
    chosen = ConvertOptions(**given)
    folder = asdict(chosen.folder) | of_folder
    if Path(source).suffix.lower() == ".csv":
        if folder["labels"]:
            raise ConfigError(f"{source} is a CSV already. Leave out --labels, or give the folder.")
        folder |= {"labels": str(paths.expanded(source))}
    return replace(chosen, folder=type(chosen.folder)(**folder))


_COLUMNS = ("name_column", "label_column", "split_column", "group_column", "group_prefix", "group_folder")


def _root(source: Path) -> Path:
    """Return the folder below which files are looked for."""
    if source.suffix.lower() == ".csv" and source.is_file():
        return source.parent
    if not source.is_dir():
        raise DatasetError(f"There is no folder {source}. Give a folder with one sub-folder per class, or a CSV.")
    return source


def _require_packages(files: list[Path]) -> None:
    """Return when the packages that read these files are installed.

    Raises:
        ConfigError: one is not.
    """
    if any(layout.is_nifti(file) for file in files):
        extras.require("nibabel", "NIfTI files", "nifti")
    if not all(layout.is_nifti(file) for file in files):
        extras.require("pydicom", "DICOM files", "dicom")


def _take(one: layout.Source, name: str, root: Path, chosen: ConvertOptions, salt: bytes, work: _Work) -> None:
    """Read one file, or one series of files, into images, or note why not."""
    try:
        scan = _scan(one, chosen, work)
    except EngineError as error:
        work.unread[one.file] = str(error)
        return
    if scan is None:
        return
    if dicom.plain(name) in scan.identifying:
        raise DatasetError(
            f"The class {name!r} is named like the patient in one of its files ({shown(one.file, root)}), and names of "
            "classes are written. Rename the class."
        )
    if scan.burnt_in == "yes":
        work.burnt_in.append(one.file)
        if chosen.burnt_in != "keep":
            return
    work.modalities[scan.modality] += 1
    work.done.update(scan.notes)
    if scan.burnt_in == "unsaid" and scan.modality in MAY_BE_BURNT_IN:
        work.doubtful[scan.modality] += 1
    work.images += _images(one, scan, chosen, salt, work)


def _scan(one: layout.Source, chosen: ConvertOptions, work: _Work) -> Scan | None:
    """Return what a file or a series holds, None where all its files are noted as unread.

    Raises:
        EngineError: it can't be read.
    """
    if layout.is_nifti(one.file):
        return nifti.read(one.file, chosen)
    if not one.files:
        return dicom.read(one.file, chosen)
    scan, unread = series.read(one.files, chosen)
    work.unread |= unread
    return scan


def _images(one: layout.Source, scan: Scan, chosen: ConvertOptions, salt: bytes, work: _Work) -> list[Image]:
    """Return the images of one file."""
    patient = identity.hashed(salt, "patient", one.group or scan.patient)
    study = identity.hashed(salt, "study", scan.study)
    lone = identity.hashed(salt, "file", str(one.file.resolve()))  # a file of nobody's stays whole all the same
    unit = patient or study or lone
    group = (patient or study if chosen.group_by == "patient" else study or patient) or (
        lone if len(scan.frames) > 1 else ""
    )
    if not patient:
        work.nameless["study" if study else "file" if group else ""] += 1
    found = []
    for frame in scan.frames:
        work.done.update(frame.notes)
        if "flat" in frame.notes:
            continue
        pixels, spacing, done = (fitting.fitted_volume if chosen.volumes else fitting.fitted)(frame, chosen)
        work.done.update(done)
        found.append(Image(pixels, one.label, one.split, patient, study, group, unit, spacing, one.file, frame.number))
    return found


def _refuse_burnt_in(files: list[Path], root: Path, chosen: ConvertOptions) -> None:
    """Raise a DatasetError where files say that names are burnt into their pictures, and it was not told what to do."""
    if files and chosen.burnt_in == "refuse":
        raise DatasetError(
            f"{counted(len(files), '{file says|files say}')} that names or other text are burnt into the picture "
            f"({first_names(files, root)}). Leave such files out with --burnt-in leave-out, or keep them with --burnt-in "
            "keep if you have looked at them."
        )


def _doubts(work: _Work, chosen: ConvertOptions) -> list[str]:
    """Return sentences about what was left out, and what people must look at before they give the images away."""
    said = []
    if work.unread:
        kinds = "{file or series|files or series}" if chosen.volumes else "{file|files}"
        said.append(f"{counted(len(work.unread), kinds)} could not be read: left out.")
    if work.burnt_in:
        kept = "kept, as asked for" if chosen.burnt_in == "keep" else "left out"
        said.append(f"{counted(len(work.burnt_in), '{file says|files say}')} that text is burnt in: {kept}.")
    if work.doubtful:
        named = ", ".join(f"{name} {count:,}" for name, count in sorted(work.doubtful.items()))
        said.append(
            f"{counted(work.doubtful.total(), '{file does|files do}')} not say whether names are burnt into the picture "
            f"({named}): look at the images before you give them away."
        )
    for kind, count in sorted(work.nameless.items()):
        so = f"so the images of one {kind} are a group" if kind else "so their images are in no group"
        said.append(f"{counted(count, '{file names|files name}')} no patient, {so}.")
    named = ", ".join(f"{name} {count:,}" for name, count in sorted(work.modalities.items()))
    return [*said, f"{'Volumes' if chosen.volumes else 'Files'} read by modality: {named}."]


_UNITS = "{patient or study|patients or studies}"
_ADVICE = "Say the splits by --split-column or folders, or draw single images with --split-by image."


def _split(work: _Work, found: layout.Layout, chosen: ConvertOptions) -> list[str]:
    """Give images the splits that are to be drawn, and return a sentence about it.

    Raises:
        DatasetError: nothing was read, or a class has no image left, or too few to be split.
    """
    if not work.images:
        unread = [f"{file.name}: {reason}" for file, reason in work.unread.items()]
        raise DatasetError(
            f"No image is left of {counted(len(found.sources), '{file|files}')}"
            f"{f' (first: {unread[0]})' if unread else ''}. Nothing was written."
        )
    left = {image.label for image in work.images}
    for label, name in enumerate(found.names):
        if label not in left:
            of_class = {one.file for one in found.sources if one.label == label}
            reasons = [f"{file.name}: {reason}" for file, reason in work.unread.items() if file in of_class]
            first = f" (first: {reasons[0]})" if reasons else ""
            raise DatasetError(
                f"No file of class {name!r} could be read{first}. Leave the class out, or repair its files."
            )
    if not found.missing:
        return []
    free = [image for image in work.images if not image.split]
    labels = np.array([image.label for image in free], np.int64)
    units = [image.unit if chosen.split_by == "group" else str(number) for number, image in enumerate(free)]
    for image, split in zip(free, drawn(labels, units, found.names, found.missing, _UNITS, _ADVICE), strict=True):
        image.split = split
    return [layout.sentence(found.missing, chosen.split_by)]
