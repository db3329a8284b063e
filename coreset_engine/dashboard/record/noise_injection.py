"""Fields of the Record page that inject label errors and corrupted images, to see what each method makes of them."""

import streamlit as st

from coreset_engine.datasets.corruptions import KINDS, STRENGTH, Corruption


def fields() -> Corruption:
    """Draw what is injected into the train split and return it."""
    noise = st.slider(
        "Label errors",
        0.0,
        0.9,
        0.0,
        0.01,
        format="percent",
        key="record_label_noise",
        bind="query-params",
        help="Share of the train labels that become another class. Explore then counts how many a method keeps.",
    )
    kind = st.selectbox(
        "Corrupted images",
        KINDS,
        key="record_corrupt",
        bind="query-params",
        help="mixed: a fifth of the share each. Val and test stay clean.",
    )
    first, second, third = st.columns(3)
    corrupted = kind != "none"
    share = first.slider(
        "Share",
        0.01,
        1.0,
        0.2,
        0.01,
        format="percent",
        key="record_corrupt_share",
        bind="query-params",
        disabled=not corrupted,
    )
    strength = second.slider(
        "Strength",
        0.05,
        1.0,
        STRENGTH,
        0.05,
        key="record_corrupt_strength",
        bind="query-params",
        disabled=not corrupted,
    )
    seed = third.number_input("Seed of the errors", 0, 10_000, 0, key="record_corrupt_seed", bind="query-params")
    return Corruption(
        label_noise=noise, image=kind, image_share=share if corrupted else 0.0, strength=strength, seed=int(seed)
    )
