"""Yes or no of every sample as the browser's elements read it; without Streamlit."""

import base64

import numpy as np
from numpy.typing import NDArray

_SIGNS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8)
_FAR = len(_SIGNS) - 1  # samples that the last sign passes over, without one that is marked behind them


def as_text(mask: NDArray[np.bool_]) -> str:
    """Return one bit per sample, (N,), as text."""
    return base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode()


def as_shortest_text(mask: NDArray[np.bool_]) -> str:
    """Return which samples a mask, (N,), marks: the shorter of `as_text` and of steps, as `live.js` reads them.

    Steps begin with a dot; each sign then says how many samples are passed over before the next one that is marked.
    """
    bits = as_text(mask)
    passed = np.diff(np.flatnonzero(mask), prepend=-1) - 1
    far = passed // _FAR
    signs = np.full(len(passed) + far.sum(), _FAR)
    signs[np.cumsum(far + 1) - 1] = passed % _FAR
    return f".{_SIGNS[signs].tobytes().decode()}" if len(signs) < len(bits) else bits
