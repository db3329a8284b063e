"""Wrong labels and spoiled images, planted into the train split of any data set, with the truth kept."""

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from coreset_engine.datasets import ImageSet, pixels, train_hash
from coreset_engine.errors import ConfigError, DatasetError

Kind = Literal["none", "gaussian-noise", "occlusion", "low-resolution", "fog", "motion-blur", "mixed"]

KINDS: tuple[Kind, ...] = get_args(Kind)
# Row c of the truth `corrupted` is 0 for a clean image, else one more than the place of its kind here.
TYPES: tuple[str, ...] = tuple(pixels.SPOILS)
STRENGTH = 0.5


@dataclass(frozen=True)
class Corruption:
    """What is planted into a train split; val and test always stay clean.

    `label_noise` of the labels become another class, drawn evenly from all others (symmetric noise); `image_share` of
    the images are spoiled. The two are drawn apart, so that a sample can suffer both. `image="mixed"` gives each of the
    five types a fifth of the share. The experiments of the literature are `Corruption(label_noise=0.2)` and
    `Corruption(image="mixed", image_share=0.2)`.

    Source: Zhang et al. 2024, Tables 9-10 (arXiv:2311.13613), 20 % each; types, fifths and symmetric labels as in the
    code released with Xia et al. 2023, Moderate Coreset (ICLR). Deviations: shares are met exactly instead of on
    average; squares and motion have random places and directions; the five functions of `pixels` state how strong they
    are, since those of that code fit 32-px photographs only.

    Attributes:
        label_noise: share of the train labels that become wrong, 0..1.
        image: type of the spoiled images.
        image_share: share of the train images that are spoiled, 0..1.
        strength: of the spoiling, above 0 and up to 1.
        seed: the same seed, data set and shares plant the same errors.
    """

    label_noise: float = 0.0
    image: Kind = "none"
    image_share: float = 0.0
    strength: float = STRENGTH
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what can't be planted.

        Raises:
            ConfigError: a value has the wrong type or lies outside its range, or type and share contradict each other.
        """
        for name in ("label_noise", "image_share", "strength"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise ConfigError(f"{name}={value!r} is not possible: give a number from 0 to 1.")
        if self.strength == 0:
            raise ConfigError("strength=0 spoils nothing: give a number above 0 and up to 1.")
        if self.image not in KINDS:
            raise ConfigError(f"There is no image corruption {self.image!r}. Choose one of: {', '.join(KINDS)}.")
        if (self.image == "none") != (self.image_share == 0):
            raise ConfigError(
                f"image={self.image!r} does not go with image_share={self.image_share:g}: give both a type of image "
                "corruption and a share above 0, or neither."
            )
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise ConfigError(f"seed={self.seed!r} is not possible: give a whole number, 0 or more.")
        if not self.image_share:  # what spoils nothing is equal to what has the usual strength and seed
            object.__setattr__(self, "strength", STRENGTH)
        if not self:
            object.__setattr__(self, "seed", 0)

    def __bool__(self) -> bool:
        """Return whether anything is planted at all."""
        return bool(self.label_noise or self.image_share)

    def __str__(self) -> str:
        """Return what is planted as it stands behind a data set's name, e.g. "+labels20%+fog10%"; "" for nothing."""
        parts = [f"labels{_percent(self.label_noise)}"] if self.label_noise else []
        if self.image_share:
            strength = "" if self.strength == STRENGTH else f"x{self.strength:.12g}"
            parts.append(f"{self.image}{_percent(self.image_share)}{strength}")
        return "".join(f"+{part}" for part in parts + ([f"seed{self.seed}"] if parts and self.seed else []))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Corruption":
        """Return the corruption that `to_dict` described; {} plants nothing.

        Raises:
            ConfigError: a field is unknown or out of range.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ConfigError(f"A corruption has no field {', '.join(sorted(unknown))}.")
        return cls(**values)


def apply(images: ImageSet, corruption: Corruption) -> ImageSet:
    """Return a data set with errors planted into a copy of its train split.

    Val and test are the given set's own arrays; licence, citation, spec and the like are kept. Name, title and hash are
    the new set's own, `origin_sha256` is the given one's.

    Labels and images that are known to be spoiled already are never drawn: errors add up. `truth` says what is wrong:
        true_label: (N,) int64, the class before any noise, -1 where it is not known. Errors that the data set came with
            and that nobody marked are unknown here, too. Only there with label noise, or where the given set has it.
        wrong_label: (N,) bool, whether the label differs from it.
        corrupted: (N,) uint8, 0 = clean, else 1 + the place in TYPES. Only there when images are spoiled.
        duplicate_of: as given; it tells where a copy came from, also when one of the two has been spoiled since.

    Raises:
        DatasetError: label noise for a multi-label task or a single class, a share that is no sample or more than there
            are, or a class of which no label is left.
    """
    if not corruption:
        return images
    # Apart from each other, so that the wrong labels of a seed stay the same whatever is done to the images.
    of_labels, of_images = np.random.default_rng(corruption.seed).spawn(2)
    train, labels, truth = images.images["train"], images.labels["train"], dict(images.truth)
    if corruption.label_noise:
        labels, found = _flip(images, corruption.label_noise, of_labels)
        truth |= found
    if corruption.image_share:
        train, truth["corrupted"] = _spoil(images, corruption, of_images)
    return replace(
        images,
        name=f"{images.name}{corruption}",
        title=f"{images.title}, {_in_words(corruption)}",
        images=images.images | {"train": train},
        labels=images.labels | {"train": labels},
        truth=truth,
        sha256=train_hash(train, labels),
        corruption=corruption.to_dict(),
        origin_sha256=images.sha256,
    )


def _flip(images: ImageSet, share: float, rng: np.random.Generator) -> tuple[NDArray[np.int64], dict[str, NDArray]]:
    """Return train labels with `share` of them changed to another class, and the truth about them."""
    labels = images.labels["train"]
    if images.multi_label or images.classes < 2:
        reason = "a sample can have several labels at once" if images.multi_label else "there is only one class"
        raise DatasetError(
            f"Label noise is not defined for {images.name}, where {reason}. Leave it out; images can be spoiled."
        )
    wrong = images.truth.get("wrong_label", np.zeros(len(labels), bool)).astype(bool)
    true = images.truth.get("true_label", np.where(wrong, -1, labels)).astype(np.int64)
    rows = _draw(np.flatnonzero(true == labels), share, len(labels), f"labels of {images.name}", rng)
    noisy = np.array(labels)
    noisy[rows] = (labels[rows] + rng.integers(1, images.classes, len(rows))) % images.classes
    absent = np.setdiff1d(np.arange(images.classes), noisy)
    if len(absent):
        raise DatasetError(
            f"Label noise of {_percent(share)} leaves no train image of {images.name} labelled "
            f"{images.class_names[absent[0]]!r}. Choose a smaller share or another seed."
        )
    return noisy, {"true_label": true, "wrong_label": noisy != true}


def _spoil(
    images: ImageSet, corruption: Corruption, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the train images with a share of them spoiled, and the type of each, (N,) uint8."""
    codes = np.array(images.truth.get("corrupted", np.zeros(len(images.images["train"]), np.uint8)), np.uint8)
    what = f"images of {images.name}"
    rows = _draw(np.flatnonzero(codes == 0), corruption.image_share, len(codes), what, rng)
    kinds = TYPES if corruption.image == "mixed" else (corruption.image,)
    train = np.array(images.images["train"])
    # Drawn in random order, so that equal runs of it are even shares; what is left over goes to the first types.
    for kind, chosen in zip(kinds, np.array_split(rows, len(kinds)), strict=True):
        chosen = np.sort(chosen)
        train[chosen] = pixels.spoil(train[chosen], kind, corruption.strength, rng)
        codes[chosen] = 1 + TYPES.index(kind)
    return train, codes


def _draw(
    clean: NDArray[np.int64], share: float, samples: int, what: str, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return `share` of `samples` rows out of `clean`, in random order; half a sample is rounded up."""
    count = math.floor(round(share * samples, 9) + 0.5)  # 0.145 * 100 is 14.499999999999998
    if not 1 <= count <= len(clean):
        there = f"{len(clean):,} of {samples:,} are clean"
        raise DatasetError(f"{_percent(share)} of the {what} are {count:,}, but {there}. Choose another share.")
    return rng.permutation(clean)[:count]


def _percent(share: float) -> str:
    """Return a share as a percentage, with as many digits as it needs: "20%", "12.5%"."""
    return f"{round(100 * share, 9):.12g}%"


def _in_words(corruption: Corruption) -> str:
    """Return what is planted, for a title."""
    parts = [f"{_percent(corruption.label_noise)} of the labels wrong"] if corruption.label_noise else []
    if corruption.image_share:
        kind = "corrupted in five ways" if corruption.image == "mixed" else f"with {corruption.image.replace('-', ' ')}"
        parts.append(f"{_percent(corruption.image_share)} of the images {kind}")
    return ", ".join(parts)
