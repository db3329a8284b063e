"""Which images of a run are almost the same, compared once for each data set; of many, only when somebody asks for it."""

import streamlit as st

from coreset_engine.analysis import duplicates
from coreset_engine.analysis.duplicates import Duplicates
from coreset_engine.dashboard import cached
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError
from coreset_engine.tables import duration

MANY = 100_000  # images, above which comparing every two waits to be asked for
# of the processor that so many of 28 px take; each is compared with all, so twice as many take four times that
SECONDS = 18


def is_wanted(samples: int, key: str) -> bool:
    """Return whether images are to be compared: always where they are few, else when the toggle drawn here is on."""
    if samples <= MANY:
        return True
    about = duration(SECONDS * (samples / MANY) ** 2)
    return st.toggle(f"Compare all {samples:,} images: about {about} of one core", key=key)


def near_duplicates(run: str, threshold: float) -> Duplicates:
    """Return which train images of a run are almost the same; needs its images.

    Raises:
        EngineError: the run is missing or damaged, its images are not in the cache, or too many pairs are alike.
    """
    facts = cached.info(run)
    found = _near_duplicates(facts.dataset, facts.dataset_sha256, threshold)
    if isinstance(found, str):
        raise ConfigError(found)
    return found


@st.cache_resource(max_entries=4, show_spinner=False)
def _near_duplicates(name: str, sha256: str, threshold: float) -> Duplicates | str:
    """Compare all train images once for each data set; that too many are alike is kept as well."""
    images = library.cached(name, sha256).images["train"]
    try:
        return duplicates.near_duplicates(images, threshold=threshold)
    except ConfigError as error:
        return str(error)
