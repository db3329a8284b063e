"""demo: a seeded phantom of CT crops with planted wrong labels and near-duplicates, made without a download."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coreset_engine.datasets import SPLITS, DatasetSource, ImageSet
from coreset_engine.datasets.anatomy import ABDOMEN, CLASS_NAMES, PELVIS, THORAX, Part

# The class shares of OrganAMNIST's train split, rounded (MedMNIST v2, arXiv:2110.14795).
CLASS_SHARES = np.array([0.057, 0.040, 0.039, 0.043, 0.115, 0.110, 0.178, 0.113, 0.114, 0.088, 0.103])
# Row c holds the class that c is most easily taken for: the other side of a pair, else an organ of similar look.
LOOK_ALIKE = np.array([9, 2, 1, 6, 5, 4, 10, 8, 7, 0, 6])
WRONG_SHARE, DUPLICATE_SHARE = 0.04, 0.10
SIDE = 28
SIZES = (6000, 1000, 2000)
# Images drawn at once: more costs memory, fewer costs time (512: 5 s for 9,000 images; 32: 7 s).
BLOCK = 512


class View(NamedTuple):
    """How each of B images is acquired, each entry (B, 1) float32."""

    hard: NDArray[np.float32]  # difficulty 0..1; 1 = tight, off centre, unusual shape, blurred, noisy
    phase: NDArray[np.float32]  # contrast phase 0..1
    blur: NDArray[np.float32]  # width of an edge in pixels
    noise: NDArray[np.float32]  # standard deviation in Hounsfield units
    level: NDArray[np.float32]  # Hounsfield unit shown as middle grey
    width: NDArray[np.float32]  # Hounsfield units between black and white


class Shape(NamedTuple):
    """Where a part lies in each of B images, each entry (B, 1); a complex number is x + iy in cm."""

    centre: NDArray[np.complex64]
    scale: NDArray[np.float32]
    turn: NDArray[np.float32]
    shown: NDArray[np.bool_]


def _draw_view(count: int, rng: np.random.Generator) -> View:
    """Draw the acquisition of `count` images; every trait follows the difficulty with a spread of its own."""
    hard = rng.beta(1.2, 1.5, (count, 1))
    own = np.clip(hard[:, None] + rng.normal(0, 0.15, (count, 2, 1)), 0, 1)
    traits = (
        hard,
        rng.uniform(0, 1, (count, 1)),
        0.9 + 1.6 * own[:, 0],
        6 + 34 * own[:, 1] ** 2,
        rng.normal(40, 20, (count, 1)),
        rng.uniform(350, 600, (count, 1)),
    )
    return View(*(trait.astype(np.float32) for trait in traits))


def _place(part: Part, parents: dict[str, Shape], is_target: NDArray, view: View, rng: np.random.Generator) -> Shape:
    """Draw the shape of one part in B images, given those of its `parents`; `is_target` (B, 1) forces it to show."""
    count, vary = len(is_target), 0.5 + view.hard
    size = np.hypot(part.rx, part.ry) / 2
    jitter = rng.normal(0, 0.16 * min(size, 3.5), (count, 1)) + 1j * rng.normal(0, 0.13 * min(size, 3.5), (count, 1))
    scale = np.exp(rng.normal(0, 0.12, (count, 1)) * vary * (0.4 if size > 8 else 1))
    turn = rng.normal(0, 0.16, (count, 1)) * vary * (0.3 if size > 8 else 1)
    shown = is_target | (rng.random((count, 1)) < part.chance)
    centre = part.x + 1j * part.y + jitter * vary * (0.3 if part.parent else 1)
    if part.parent:
        parent = parents[part.parent]
        centre = parent.centre + centre * parent.scale * np.exp(1j * parent.turn)
        scale, turn, shown = scale * parent.scale, turn + parent.turn, shown & parent.shown
    return Shape(centre.astype(np.complex64), scale.astype(np.float32), turn.astype(np.float32), shown)


class Canvas(NamedTuple):
    """B images in the making; P = SIDE * SIDE pixels."""

    middle: NDArray[np.complexfloating]  # (B, 1), x + iy of the point the crop looks at, in cm
    radius: NDArray[np.float64]  # (B, 1), distance from there to the corners, in cm
    x: NDArray[np.float32]  # (B, P), where each pixel looks in the body, in cm
    y: NDArray[np.float32]
    edge: NDArray[np.float32]  # (B, 1), width of an edge in cm
    hu: NDArray[np.float32]  # (B, P), Hounsfield units painted so far; starts as air


def _aim(centre: NDArray[np.complex64], reach: NDArray, view: View, rng: np.random.Generator) -> Canvas:
    """Return an empty canvas of crops around organs at `centre` (B, 1) of half axis `reach` (B, 1) in cm."""
    count = len(centre)
    half = (reach + 1.5) * np.exp(rng.normal(0.42, 0.16, (count, 1)) - 0.75 * view.hard)
    missed = half * view.hard * (rng.normal(0, 0.26, (count, 1)) + 1j * rng.normal(0, 0.26, (count, 1)))
    ticks = (np.arange(SIDE) + 0.5) * 2 / SIDE - 1
    # A slow wave bends rows and columns, so that no outline stays an exact ellipse.
    phase, bow = rng.uniform(0, 2 * np.pi, (2, count, 1)), rng.normal(0, 0.05, (2, count, 1))
    wave = bow * np.sin(3 * ticks + phase)
    pixels = ticks + wave[0][:, :, None] + 1j * (ticks[:, None] + wave[1][:, None, :])
    turn = np.exp(1j * rng.normal(0, 0.05 + 0.25 * view.hard))
    middle = centre + missed
    points = (middle + half * turn * pixels.reshape(count, -1)).astype(np.complex64)
    edge = (view.blur * half * 2 / SIDE).astype(np.float32)
    air = np.full(points.shape, -1000, np.float32)
    return Canvas(middle, 1.5 * half, points.real.copy(), points.imag.copy(), edge, air)


def _paint(canvas: Canvas, part: Part, shape: Shape, view: View, rng: np.random.Generator) -> None:
    """Paint one part over what the canvas shows, with soft edges."""
    count, vary = len(shape.scale), 0.5 + view.hard
    aspect = np.exp(rng.normal(0, 0.1, (count, 1)) * vary).astype(np.float32)
    bend, taper = (rng.normal(mean, 0.12, (count, 1)).astype(np.float32) for mean in (part.bend, 0))
    hu = (part.hu + part.enhance * view.phase + rng.normal(0, 8 + 0.1 * abs(part.hu), (count, 1))).astype(np.float32)
    # A part farther from the crop's middle than both their radii together cannot be seen.
    away = np.abs(shape.centre - canvas.middle)
    rows = np.flatnonzero(shape.shown & (away < canvas.radius + 1.6 * max(part.rx, part.ry) * shape.scale))
    centre, scale = shape.centre[rows], shape.scale[rows]
    aspect, bend, taper = (values[rows] for values in (aspect, bend, taper))
    angle = np.float32(np.deg2rad(part.tilt)) + shape.turn[rows]
    cos, sin, rx, ry = np.cos(angle), np.sin(angle), part.rx * scale * aspect, part.ry * scale / aspect
    dx, dy = canvas.x[rows] - centre.real, canvas.y[rows] - centre.imag
    u, v = dx * (cos / rx) + dy * (sin / rx), dy * (cos / ry) - dx * (sin / ry)
    v += (u * u - np.float32(0.4)) * bend
    u *= taper * v + 1
    u, v = u * u, v * v
    # First-order distance to the outline in edge widths: the implicit function over the length of its gradient.
    width = 2 * canvas.edge[rows]
    cover = (1 - u - v) / np.sqrt(u * (width / rx) ** 2 + v * (width / ry) ** 2 + np.float32(1e-9))
    cover = np.clip(cover + np.float32(0.5), 0, 1)
    canvas.hu[rows] += cover * (hu[rows] - canvas.hu[rows])


def _expose(canvas: Canvas, view: View, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the canvas as grey values 0..1, (B, SIDE, SIDE), with tissue texture, noise and the CT window."""
    from scipy.ndimage import gaussian_filter

    texture, noise = rng.standard_normal((2, *canvas.hu.shape), np.float32).reshape(2, -1, SIDE, SIDE)
    # The factors bring the filtered fields back to a standard deviation of about 1.
    texture = 5.0 * gaussian_filter(texture, (0, 1.4, 1.4))
    noise = 2.1 * gaussian_filter(noise, (0, 0.6, 0.6))
    hu = canvas.hu.reshape(-1, SIDE, SIDE) + 14 * texture + view.noise[..., None] * noise
    return np.clip((hu - view.level[..., None]) / view.width[..., None] + 0.5, 0, 1)


def _render(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return one image per label, (N, SIDE, SIDE) float32 in 0..1."""
    images = np.full((len(labels), SIDE, SIDE), np.nan, np.float32)
    for scene in (THORAX, ABDOMEN, PELVIS):
        organs = [CLASS_NAMES.index(part.name) for part in scene if part.name in CLASS_NAMES]
        rows = np.flatnonzero(np.isin(labels, organs))
        for block in np.split(rows, range(BLOCK, len(rows), BLOCK)):
            images[block] = _render_block(scene, labels[block], rng)
    return images


def _render_block(scene: tuple[Part, ...], labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return one image per label, (B, SIDE, SIDE) float32 in 0..1, of organs that all lie in `scene`."""
    view, names = _draw_view(len(labels), rng), np.array(CLASS_NAMES)[labels]
    shapes: dict[str, Shape] = {}
    centre, reach = np.zeros((len(labels), 1), np.complex64), np.zeros((len(labels), 1), np.float32)
    for part in scene:
        is_target = (names == part.name)[:, None]
        shape = shapes[part.name] = _place(part, shapes, is_target, view, rng)
        centre = np.where(is_target, shape.centre, centre)
        reach = np.where(is_target, (part.rx + part.ry) / 2 * shape.scale, reach)
    canvas = _aim(centre, reach, view, rng)
    for part in scene:
        _paint(canvas, part, shapes[part.name], view, rng)
    return _expose(canvas, view, rng)


def _draw_labels(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return `count` shuffled labels in the shares of CLASS_SHARES, each class at least once."""
    wanted = CLASS_SHARES * count
    counts = np.maximum(np.floor(wanted), 1).astype(np.int64)
    short = np.argsort(counts - wanted, kind="stable")[: max(count - counts.sum(), 0)]
    counts[short] += 1
    return rng.permutation(np.repeat(np.arange(len(CLASS_NAMES)), counts))


def _duplicate(images: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return near-copies of `images`: moved by part of a pixel, a little lighter or darker, with fresh faint noise."""
    from scipy.ndimage import shift

    offsets, gain = rng.uniform(-0.4, 0.4, (len(images), 2)), rng.uniform(0.97, 1.03, (len(images), 1, 1))
    moved = [shift(image, by, order=1, mode="nearest") for image, by in zip(images, offsets, strict=True)]
    return np.clip(gain * np.stack(moved) + rng.normal(0, 0.006, images.shape), 0, 1)


def _make_train(count: int, rng: np.random.Generator) -> dict[str, NDArray]:
    """Return the train split of `generate`, `count` samples with planted errors and their truth."""
    copies = round(DUPLICATE_SHARE * count)
    place = rng.permutation(count)
    plain, copied = place[: count - copies], place[count - copies :]
    true = np.full(count, -1, np.int64)
    true[plain] = _draw_labels(len(plain), rng)
    duplicate_of = np.full(count, -1, np.int64)
    duplicate_of[copied] = rng.choice(plain, copies, replace=False)
    true[copied] = true[duplicate_of[copied]]
    images = np.full((count, SIDE, SIDE), np.nan, np.float32)
    images[plain] = _render(true[plain], rng)
    images[copied] = _duplicate(images[duplicate_of[copied]], rng)
    wrong = np.zeros(count, bool)
    wrong[rng.choice(count, round(WRONG_SHARE * count), replace=False)] = True
    labels = true.copy()
    # The look-alike half of the time, else any other class.
    others = (true + rng.integers(1, len(CLASS_NAMES), count)) % len(CLASS_NAMES)
    labels[wrong] = np.where(rng.random(count) < 0.5, LOOK_ALIKE[true], others)[wrong]
    truth = {"train_true_label": true, "train_wrong_label": wrong, "train_duplicate_of": duplicate_of}
    return {"train_images": np.rint(images * 255).astype(np.uint8), "train_labels": labels, **truth}


def generate(seed: int = 0, sizes: tuple[int, int, int] = SIZES) -> dict[str, NDArray]:
    """Make the phantom's three splits; train carries 4 % wrong labels and 10 % near-duplicates, val and test none.

    Args:
        seed: the same seed and sizes give the same bytes.
        sizes: samples in train, val and test.

    Returns:
        `train_images`, `val_images`, `test_images`: (N, 28, 28) uint8, 0 = black.
        `train_labels`, `val_labels`, `test_labels`: (N,) int64, 0..10; those of train are partly wrong.
        `train_true_label`: (N,) int64, the class of the organ drawn.
        `train_wrong_label`: (N,) bool, whether `train_labels` differs from it.
        `train_duplicate_of`: (N,) int64, the row of the original of a near-duplicate, -1 for all others.
    """
    streams = np.random.default_rng(seed).spawn(3)
    data = _make_train(sizes[0], streams[0])
    for split, count, rng in zip(("val", "test"), sizes[1:], streams[1:], strict=True):
        labels = data[f"{split}_labels"] = _draw_labels(count, rng)
        data[f"{split}_images"] = np.rint(_render(labels, rng) * 255).astype(np.uint8)
    return data


def _load(side: int) -> ImageSet:
    """Return the data set of seed 0, with the truth about its train split; it comes in one size only."""
    data = generate()
    return DATASET.image_set(
        name=DATASET.name,
        images={split: data[f"{split}_images"] for split in SPLITS},
        labels={split: data[f"{split}_labels"] for split in SPLITS},
        truth={name: data[f"train_{name}"] for name in ("true_label", "wrong_label", "duplicate_of")},
    )


DATASET = DatasetSource(
    name="demo",
    title="Demo: CT phantom, 11 organs",
    task="multi-class",
    class_names=CLASS_NAMES,
    samples=SIZES,
    channels=1,
    sides=(SIDE,),
    load=_load,
    licence="made by this project",
    synthetic=True,
    order=0,
)
