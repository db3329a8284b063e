"""One picture file -> its pixels in a known form: upright, without transparency, grey or RGB, at their full depth."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from coreset_engine.errors import DatasetError

FORMATS = ("PNG", "JPEG", "BMP", "DIB", "GIF", "TIFF", "WEBP", "PPM")  # no others: some start other programs
MAX_PIXELS = 80_000_000  # of one picture; below what Pillow itself warns of
_DEEP = ("I", "I;16", "I;16L", "I;16B", "F")  # Pillow's modes of grey pictures with more than 8 bits a pixel
_GREY = ("1", "L", "LA", *_DEEP)
_PHOTOMETRIC, _SAMPLE_FORMAT, _ORIENTATION = 262, 339, 0x0112
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, AttributeError)
_DAMAGE += (EOFError, MemoryError, AssertionError, struct.error, zlib.error)  # type: ignore[assignment]
_DAMAGE += (Image.DecompressionBombError, Image.DecompressionBombWarning)  # type: ignore[assignment]


@dataclass(frozen=True)
class Header:
    """What a picture is, known without its pixels: width and height, whether grey and deep, frames, Pillow's mode."""

    size: tuple[int, int]
    grey: bool
    deep: bool
    frames: int
    mode: str


@dataclass(frozen=True)
class Picture:
    """A picture as it is seen.

    Attributes:
        pixels: (H, W) or (H, W, 3); uint8, or what the file has where that is deeper.
        turned: its EXIF orientation was applied.
        unclear: it has EXIF data that can't be read, so that its orientation is not known.
        transparent: some of it was transparent, and was laid on black.
    """

    pixels: NDArray[Any]
    turned: bool
    unclear: bool
    transparent: bool


def read_header(file: Path) -> Header:
    """Return what a picture is; its pixels are read only where it has a palette, whose colours decide.

    Raises:
        DatasetError: it can't be read, or has too many pixels; the message is a reason, not a sentence.
    """
    with _opened(file) as picture:
        mode, deep = picture.mode, picture.mode in _DEEP or _is_wide(picture)
        grey, frames = mode in _GREY or _raw_mode(picture) == "LA;16B", int(getattr(picture, "n_frames", 1))
        if mode == "P":
            picture.seek(0)
            pixels = _flat(*_eight_bits(picture))
            grey = bool((pixels == pixels[..., :1]).all())
        return Header(picture.size, grey, deep, frames, mode)


def read_picture(file: Path) -> Picture:
    """Return a picture upright, with what is transparent laid on black.

    Raises:
        DatasetError: it can't be read; the message is a reason, not a sentence.
    """
    with _opened(file) as picture:
        wide, grey = _is_wide(picture), picture.mode in _GREY
        palette, before = picture.mode == "P", _tag(picture, _ORIENTATION)  # a TIFF is turned by Pillow itself
        pixels, alpha = (None, None) if wide else _deep(picture) if picture.mode in _DEEP else _eight_bits(picture)
        if wide:
            picture.load()
        turned = (before or 1) > 1
        orientation, unclear = _orientation(picture)
    if pixels is None:
        pixels, alpha = _wide(file)
    flat = _flat(pixels, alpha)
    if flat.ndim == 3 and (grey or flat.shape[2] == 1 or (palette and (flat == flat[..., :1]).all())):
        flat = flat[..., 0]
    if flat.dtype.kind == "f" and not np.isfinite(flat).all():
        raise DatasetError("it has pixels that are no number")
    hidden = alpha is not None and bool((alpha < 1).any())
    return Picture(_upright(flat, orientation), turned or orientation > 1, unclear, hidden)


@contextmanager
def _opened(file: Path) -> Iterator[ImageFile.ImageFile]:
    """Open a picture, and turn what Pillow raises on a broken or huge one into a reason."""
    try:
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise DatasetError(f"it has {picture.width:,} x {picture.height:,} pixels, more than {MAX_PIXELS:,}")
            if picture.mode in _DEEP and _tag(picture, _PHOTOMETRIC) == 0:
                raise DatasetError("a TIFF of over 8 bits in which 0 is white; invert it first")
            if picture.format == "PNG" and not _is_whole(file):
                raise DatasetError("the file is cut short")
            yield picture
    except UnidentifiedImageError:
        raise DatasetError(f"its content is none of {', '.join(FORMATS)}") from None
    except _DAMAGE as error:
        raise DatasetError(str(error)[:200] or type(error).__name__) from None


def _is_whole(file: Path) -> bool:
    """Return whether a PNG has its end, which Pillow does not ask for once all pixels are there."""
    with open(file, "rb") as content:
        content.seek(max(0, file.stat().st_size - (1 << 16)))
        return b"IEND" in content.read()


def _tag(picture: Image.Image, number: int) -> Any:
    """Return a tag of a TIFF, None where it has none."""
    tags = getattr(picture, "tag_v2", None)
    return None if tags is None else tags.get(number)


def _raw_mode(picture: ImageFile.ImageFile) -> str:
    """Return how the file stores a pixel, in Pillow's words, e.g. "RGB;16B"."""
    if not picture.tile:
        return ""
    told = picture.tile[0][3]
    first = told[0] if isinstance(told, tuple) and told else told
    return first if isinstance(first, str) else ""


def _is_wide(picture: ImageFile.ImageFile) -> bool:
    """Return whether a picture has 16 bits in each of several channels, of which Pillow itself gives the upper 8 only."""
    return ";16" in _raw_mode(picture) and picture.mode in ("RGB", "RGBA", "RGBX", "LA", "CMYK")


def _wide(file: Path) -> tuple[NDArray[np.uint16], NDArray[np.float64] | None]:
    """Return all 16 bits of each channel: Pillow gives the upper bytes, and the lower ones when told the other order."""
    with _opened(file) as picture:
        raw, bands = _raw_mode(picture), len(picture.getbands())
        if raw == "LA;16B":  # four bytes a pixel, like RGBA
            _tell(picture, "RGBA")
            pairs = np.asarray(picture, np.uint16)
            both = np.stack([pairs[..., 0] * 256 + pairs[..., 1], pairs[..., 2] * 256 + pairs[..., 3]], -1)
            return both[..., :1], both[..., 1] / 65535
        other = raw.replace("16B", "16L") if "16B" in raw else raw.replace("16L", "16B").replace("16N", "16B")
        if picture.mode not in ("RGB", "RGBA"):
            raise DatasetError(f"16 bits in each channel of {picture.mode} are not read; convert it to grey or RGB")
        key = picture.info.get("transparency")
        upper = np.asarray(picture, np.uint16)
    with _opened(file) as picture:
        _tell(picture, other)
        values = upper * 256 + np.asarray(picture, np.uint16)
    if bands == 4:
        return values[..., :3], values[..., 3] / 65535
    hidden = None if not isinstance(key, tuple) else (values == np.asarray(key)).all(-1)
    return values, None if hidden is None else 1.0 - hidden


def _tell(picture: ImageFile.ImageFile, raw: str) -> None:
    """Have Pillow read the bytes of a picture as another raw mode."""
    picture.tile = [
        tile._replace(args=(raw, *tile.args[1:]) if isinstance(tile.args, tuple) else raw) for tile in picture.tile
    ]


def _deep(picture: Image.Image) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
    """Return a grey picture's values of more than 8 bits, and which of them are opaque where a value stands for hidden."""
    values = np.array(picture)
    if picture.mode == "I" and picture.format == "TIFF" and _tag(picture, _SAMPLE_FORMAT) in (None, 1, (1,)):
        values = values.view(np.uint32)  # Pillow has no mode for it
    key = picture.info.get("transparency")
    return values, 1.0 - (values == key) if isinstance(key, int) else None


def _eight_bits(picture: Image.Image) -> tuple[NDArray[np.uint8], NDArray[np.float64] | None]:
    """Return (H, W, 1) or (H, W, 3) and the opacity in 0..1, None where there is none."""
    hidden = "transparency" in picture.info or picture.mode in ("LA", "La", "PA", "RGBA", "RGBa")
    grey = picture.mode in _GREY
    if hidden:
        values = np.asarray(picture.convert("LA" if grey else "RGBA"))
        return values[..., :-1], values[..., -1] / 255
    return (np.asarray(picture.convert("L"))[..., None] if grey else np.asarray(picture.convert("RGB"))), None


def _flat(pixels: NDArray[Any], alpha: NDArray[np.float64] | None) -> NDArray[Any]:
    """Return pixels laid on black."""
    if alpha is None:
        return pixels
    opacity = alpha if pixels.ndim == 2 else alpha[..., None]
    return np.rint(pixels * opacity).astype(pixels.dtype)


def _orientation(picture: Image.Image) -> tuple[int, bool]:
    """Return the EXIF orientation still to be applied to a loaded picture, 1 to 8, and whether it can't be read."""
    try:
        exif = picture.getexif()
        found = exif.get(_ORIENTATION, 1)
    except _DAMAGE:
        return 1, True
    return (found, bool(picture.info.get("exif")) and not exif) if found in range(1, 9) else (1, found != 0)


def _upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return pixels after an EXIF orientation: 2 to 4 mirror or turn by half, 5 to 8 swap rows and columns first."""
    if orientation >= 5:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
