"""Windows: which values of a picture become black and white."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import ConfigError

# Centre and width in Hounsfield units. Source: Murphy et al., Windowing (CT), Radiopaedia.org, rID 52108.
PRESETS = {
    "brain": (40.0, 80.0),
    "subdural": (75.0, 215.0),
    "stroke": (40.0, 40.0),
    "temporal-bone": (600.0, 2800.0),
    "soft-tissue": (50.0, 400.0),
    "lung": (-600.0, 1500.0),
    "mediastinum": (50.0, 350.0),
    "abdomen": (50.0, 400.0),
    "liver": (30.0, 150.0),
    "spine": (50.0, 250.0),
    "bone": (400.0, 1800.0),
}
ROBUST = (0.5, 99.5)  # percentiles of a file that "robust" makes black and white


@dataclass(frozen=True)
class Window:
    """Where black and white are taken from.

    Attributes:
        kind: "tag" for what each file says, "full" for its lowest and highest value, "robust" for its 0.5 % and 99.5 %
            percentiles, "set" for centre and width.
        centre, width: of "set".
        preset: name of the preset they are of, "" for numbers.
    """

    kind: Literal["tag", "full", "robust", "set"]
    centre: float = 0.0
    width: float = 0.0
    preset: str = ""

    @classmethod
    def parse(cls, text: str) -> Window:
        """Return the window that a text means: tag, full, robust, the name of a preset, or CENTRE/WIDTH as 40/400.

        Raises:
            ConfigError: it means none.
        """
        match text:
            case "tag" | "full" | "robust":
                return cls(text)
        if text in PRESETS:
            return cls("set", *PRESETS[text], text)
        try:
            centre, width = (float(part) for part in text.split("/"))
        except ValueError:
            known = ", ".join(PRESETS)
            raise ConfigError(
                f"{text!r} is no window. Give tag, full, robust, CENTRE/WIDTH such as 40/400, or one of: {known}."
            ) from None
        if not (np.isfinite([centre, width]).all() and width > 1):
            raise ConfigError(f"The window {text} has a width of {width:g}; it must be more than 1.")
        return cls("set", centre, width)

    def range_of(self, values: NDArray[Any]) -> tuple[float, float]:
        """Return what becomes black and white of a file's values where it or this window says no centre."""
        if not values.size:
            return 0.0, 0.0
        if self.kind == "robust":
            low, high = np.percentile(values, ROBUST)
            return float(low), float(high)
        return float(values.min()), float(values.max())


def windowed(values: NDArray[Any], centre: float, width: float, function: str = "LINEAR") -> NDArray[np.uint8]:
    """Return values as 0..255 by a window of DICOM (PS3.3 C.11.2.1.2 and C.11.2.1.3).

    Args:
        values: after the rescale slope.
        centre: of the window.
        width: of it, above 0; LINEAR needs more than 1 and is taken for LINEAR_EXACT otherwise.
        function: LINEAR, LINEAR_EXACT or SIGMOID.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.conversion.window import windowed
        >>> windowed(np.array([-200.0, 39.5, 300.0]), 40, 401).tolist()  # the centre lies half a unit below 40
        [0, 128, 255]
    """
    exact = values.astype(np.float64)
    if function == "SIGMOID":
        share = 1 / (1 + np.exp((-4 * (exact - centre) / width).clip(-700, 700)))
    elif function == "LINEAR" and width > 1:
        share = (exact - (centre - 0.5)) / (width - 1) + 0.5
    else:
        share = (exact - centre) / width + 0.5
    return _bytes(share)


def stretched(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return values as 0..255 with `low` as black and `high` as white; all black where both are the same."""
    return _bytes((values.astype(np.float64) - low) / ((high - low) or 1.0))


def _bytes(share: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return shares of the range from black to white as 0..255, halves upwards."""
    return np.floor(share.clip(0, 1) * 255 + 0.5).astype(np.uint8)
