"""The slice of a volume that is looked at: a slider along one of three axes; a flat image has none."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.dashboard.sample_dialog import texts
from coreset_engine.datasets import modality


def chosen(images: NDArray[np.uint8], row: int, key: str) -> NDArray[np.uint8]:
    """Draw which slice of a sample is shown where it has several, and return it as people are shown it.

    Args:
        images: of a split.
        row: of the sample.
        key: begins the keys of the controls.
    """
    volume = modality.slices(images, row)
    if len(volume) == 1:
        return volume[0]
    planes = texts.planes(volume)
    axis = st.segmented_control("Slices along", list(planes), default="depth", required=True, key=f"{key}_axis")
    pictures = planes[axis]
    number = st.slider(
        f"Slice, of {len(pictures)}",
        1,
        len(pictures),
        len(pictures) // 2 + 1,
        key=f"{key}_slice_{axis}_{len(pictures)}",
    )
    return np.ascontiguousarray(pictures[number - 1])
