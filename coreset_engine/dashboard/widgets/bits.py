"""Yes or no of every sample as the browser's elements read it; without Streamlit."""

import base64

import numpy as np
from numpy.typing import NDArray


def as_text(mask: NDArray[np.bool_]) -> str:
    """Return one bit per sample, (N,), as text."""
    return base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode()
