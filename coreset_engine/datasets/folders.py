"""One's own images as a folder of pictures: found, checked, brought to one depth and one size; what that changed is said."""

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from coreset_engine import spill
from coreset_engine.datasets import (
    SPLITS,
    ImageSet,
    checked,
    fiftyone_samples,
    folder_layout,
    group_sources,
    metadata_csv,
    multi_label,
    sample_groups,
    tiny_imagenet,
)
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.datasets.picture_files import LeftOut, shown
from coreset_engine.datasets.pictures import Header, Picture, read_header, read_picture
from coreset_engine.errors import DatasetError
from coreset_engine.names import counted
from coreset_engine.paths import slug

SIDES = (28, 64, 128, 224)
BROKEN = "{picture|pictures} that can't be read"
NAMED = 10  # broken pictures in a sentence
FAR = 4  # a brightest pixel of so many times what 99.9 % of the pixels reach leaves nearly all of them dark
_SAMPLED = 4_000_000  # pixels from which that is judged


@dataclass(frozen=True)
class Scale:
    """Which value of deep pictures is black and which is white, and what is said of it."""

    low: float = 0.0
    high: float = 255.0
    sentences: tuple[str, ...] = ()

    def to_bytes(self, pixels: NDArray[Any]) -> NDArray[np.uint8]:
        """Return pixels as uint8; those of 8 bits keep their values."""
        if pixels.dtype == np.uint8:
            return pixels
        values = pixels.astype(np.float64).clip(self.low, self.high) - self.low
        return np.rint(values * (255 / ((self.high - self.low) or 1.0))).astype(np.uint8)


@dataclass
class Tally:
    """What was done to pictures while they were read, counted."""

    counts: Counter[str] = field(default_factory=Counter)
    cut: float = 0.0  # the largest share of a picture that was cropped away

    def note(self, picture: Picture) -> None:
        """Count a picture."""
        height, width = picture.pixels.shape[:2]
        self.counts.update(name for name in ("turned", "unclear", "transparent") if getattr(picture, name))
        self.counts["cropped"] += height != width
        self.cut = max(self.cut, 1 - min(height, width) / max(height, width))

    def sentences(self) -> list[str]:
        """Return one sentence for each thing that was done."""
        said = {
            "turned": "{picture was|pictures were} turned as {its|their} EXIF orientation says",
            "unclear": "{picture has|pictures have} EXIF data that can't be read and {was|were} not turned",
            "transparent": "{picture has|pictures have} transparent parts and {was|were} laid on black",
            "cropped": "{picture is|pictures are} not square: {its|their} middle was kept, and "
            f"{{|up to }}{100 * self.cut:.0f} % {{of it|of one}} was cut off",
        }
        return [f"{counted(self.counts[name], text)}." for name, text in said.items() if self.counts[name]]


def read_folder(path: Path, side: int, options: FolderOptions | None = None) -> ImageSet:
    """Return the pictures below a folder, cropped to squares and scaled to `side` px.

    Either `path/<class>/<picture>`, split 70/10/20 within each class by a fixed shuffle of the file names (groups stay whole
    where they are named), or
    `path/{train,val,test}/<class>/<picture>`; splits in any usual spelling, and those that are missing are drawn from
    train. With a CSV its rows tell the classes. Grey pictures stay grey. Those of more than 8 bits a pixel are scaled to 8
    bits by one scale for the whole folder, see `_scale`. All that was left out, turned, scaled or guessed is in `read_as`.

    Raises:
        DatasetError: fewer than 2 classes, a class too small to split, more than fits memory, or pictures that can't be
            read.
    """
    options, left = options or FolderOptions(), LeftOut(path)
    layout = _layout(path, options, left)
    if layout.belongs and group_sources.is_table(path / group_sources.TABLE):
        left.remove(path / group_sources.TABLE)
    files = {split: [file for group in layout.groups[split] for file in group] for split in SPLITS}
    labels = {split: _labels(layout, split) for split in SPLITS}
    broken: dict[Path, str] = {}
    headers = _headers([file for group in files.values() for file in group], broken)
    grey = all(header.grey for header in headers.values())
    scale = _scale([file for file in headers if headers[file].deep], broken)
    tally, images = Tally(), {}
    groups = _groups(layout.belongs, files)
    for split in SPLITS:
        images[split], read = _stack(files[split], side, grey, scale, tally, broken)
        images[split], labels[split] = _rows_of(images[split], read), labels[split][read]
        groups |= {split: groups[split][read]} if groups else {}
    if broken and not options.skip_broken:
        raise DatasetError(_refusal(broken, path))
    left.add(BROKEN, broken)
    said = [*layout.sentences, *left.sentences(), *_of_headers(headers, grey), *scale.sentences, *tally.sentences()]
    return checked(
        name=slug(f"{path.resolve().name}_{side}" if side != SIDES[0] else path.resolve().name),
        title=shown(Path(path.resolve().name)),
        task="multi-label, binary-class"
        if layout.sets
        else "binary-class"
        if len(layout.names) == 2
        else "multi-class",
        class_names=layout.names,
        images=images,
        labels=labels,
        groups=groups,
        read_as=(*said, *_of_sizes(headers, side), *sample_groups.sentences(groups, group_sources.origin(options))),
    )


def _layout(path: Path, options: FolderOptions, left: LeftOut) -> folder_layout.Layout:
    """Return which pictures are of which class and split: by a CSV, lists in the folder, or sub-folders."""
    if options.labels and options.multi_label:
        return multi_label.by_labels(path, options, left)
    if options.labels:
        return folder_layout.by_labels(path, options, left)
    if tiny_imagenet.is_one(path):
        found = tiny_imagenet.layout(path, left)
        return replace(found, belongs=folder_layout.groups_of(path, found.groups, options))
    if fiftyone_samples.is_one(path):
        return fiftyone_samples.layout(path, left, options)
    if metadata := metadata_csv.found(path):
        return metadata_csv.layout(path, metadata, left, options)
    return folder_layout.by_folders(path, left, options)


def _labels(layout: folder_layout.Layout, split: str) -> NDArray[np.integer]:
    """Return the labels of a split, (n,) classes or (n, L) zeros and ones, in the order of its pictures."""
    if layout.sets:
        return np.array([layout.sets[file] for group in layout.groups[split] for file in group], np.uint8)
    return np.repeat(np.arange(len(layout.names)), [len(group) for group in layout.groups[split]])


def _groups(belongs: dict[Path, str], files: dict[str, list[Path]]) -> dict[str, NDArray[np.str_]]:
    """Return the group of every picture by split; {} where they belong to none."""
    return {split: np.array([belongs[file] for file in files[split]], np.str_) for split in SPLITS} if belongs else {}


def _headers(files: list[Path], broken: dict[Path, str]) -> dict[Path, Header]:
    """Return what each picture is; those whose header can't be read are added to `broken`."""
    headers = {}
    for file in files:
        try:
            headers[file] = read_header(file)
        except DatasetError as error:
            broken[file] = str(error)
    return headers


def _scale(files: list[Path], broken: dict[Path, str]) -> Scale:
    """Return which value is black and which is white in pictures of more than 8 bits, one scale for all of them.

    Such files do not say how many of their bits are used, and 12 bits of CT or X-ray in a 16-bit file would be nearly
    black on a scale of 65,535. So white is the highest value of the fewest bits, at least 8, that hold the brightest pixel
    of all: 4,095 where that is 3,000. Brightnesses stay comparable, and one more picture seldom changes the others. Where
    no pixel is above 1, white is 1. Where pixels lie below 0, or are fractions above 1, the lowest of all is black and the
    highest is white.
    """
    low, high, whole, sample, count = math.inf, -math.inf, True, [], 0
    draw = np.random.default_rng(0)
    for file in files:
        try:
            pixels = read_picture(file).pixels
        except DatasetError as error:
            broken[file] = str(error)
            continue
        count += pixels.dtype != np.uint8
        low, high = min(low, float(pixels.min())), max(high, float(pixels.max()))
        whole = whole and (pixels.dtype.kind != "f" or bool((pixels == np.rint(pixels)).all()))
        sample.append(pixels.ravel()[draw.integers(0, pixels.size, min(pixels.size, _SAMPLED // len(files) + 1))])
    if not count:
        return Scale()
    usual = float(np.quantile(np.concatenate([part.astype(np.float64) for part in sample]), 0.999))
    if low < 0 or (high > 1 and not whole):
        black, white = low, high
    else:
        black, white = 0.0, 1.0 if 0 < high <= 1 else 2.0 ** max(8, math.ceil(high).bit_length()) - 1
    deep = counted(count, "{picture of over 8 bits was|pictures of over 8 bits were} scaled to 8")
    said = [
        f"{deep}: {black:,.6g} became black, {white:,.10g} white. To look "
        "through another window, clip the files to it first."
    ]
    if high - black > FAR * max(usual - black, 0):
        said.append(
            f"The brightest of their pixels is {high:,.10g}, but 99.9 % are at most {usual:,.10g}: nearly all of them come "
            "out dark. Remove the bright pixels, or clip the files first."
        )
    return Scale(black, white, tuple(said))


def _stack(
    files: list[Path], side: int, grey: bool, scale: Scale, tally: Tally, broken: dict[Path, str]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return pictures as one array of grey or of RGB images, and which of its rows could be read."""
    images = spill.empty((len(files), side, side) if grey else (len(files), side, side, 3), np.uint8)
    read = np.zeros(len(files), bool)
    for row, file in enumerate(files):
        if file in broken:
            continue
        try:
            picture = read_picture(file)
        except DatasetError as error:
            broken[file] = str(error)
            continue
        tally.note(picture)
        fitted = ImageOps.fit(Image.fromarray(scale.to_bytes(picture.pixels)), (side, side), Image.Resampling.LANCZOS)
        images[row] = np.asarray(fitted if grey else fitted.convert("RGB"))
        read[row] = True
    return images, read


def _rows_of(images: NDArray[np.uint8], read: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the images that could be read, moved forwards in place: they may be larger than memory."""
    rows = np.flatnonzero(read)
    if len(rows) < len(images):
        for place, row in enumerate(rows):
            images[place] = images[row]
    return images[: len(rows)]


def _refusal(broken: dict[Path, str], root: Path) -> str:
    """Return a sentence that names the pictures that can't be read: the first ten, and how many there are."""
    named = [f"{shown(file, root)} ({reason})" for file, reason in sorted(broken.items())]
    what = "Replace or remove it" if len(named) == 1 else "Replace or remove them"
    advice = f"{what}, or read the rest with --skip-broken."
    if len(named) == 1:
        file, reason = next(iter(broken.items()))
        return f"{shown(file)} can't be read as a picture: {reason}. {advice}"
    more = "; …" if len(named) > NAMED else ""
    return f"{len(named):,} pictures in {shown(root)} can't be read: {'; '.join(named[:NAMED])}{more}. {advice}"


def _of_headers(headers: dict[Path, Header], grey: bool) -> list[str]:
    """Return sentences about frames that were not read and about colours that were converted."""
    several = [header.frames for header in headers.values() if header.frames > 1]
    colours = Counter(header.mode for header in headers.values())
    said = []
    if several:
        frames = counted(
            len(several), "{picture has several frames: the first|pictures have several frames: the first of each}"
        )
        said.append(f"{frames} was read, {counted(sum(several) - len(several), '{was|were}')} left out.")
    greys = sum(header.grey for header in headers.values())
    if not grey and greys:
        said.append(counted(greys, f"{{is grey|are grey}} of {len(headers):,} pictures: all were read in colour."))
    said += [
        f"{counted(count, f'{mode} {{picture was|pictures were}}')} converted to RGB."
        for mode, count in sorted(colours.items())
        if mode in ("CMYK", "YCbCr", "LAB", "HSV")
    ]
    return said


def _of_sizes(headers: dict[Path, Header], side: int) -> list[str]:
    """Return a sentence where pictures were scaled."""
    sizes = sorted({header.size for header in headers.values()}, key=lambda size: (size[0] * size[1], size))
    if not sizes or sizes == [(side, side)]:
        return []
    ends = " to ".join(f"{width:,}x{height:,}" for width, height in dict.fromkeys((sizes[0], sizes[-1])))
    return [f"Pictures of {ends} px were scaled to {side}x{side}."]
