"""A tiny training: LeNet on the phantom's images."""

import numpy as np
import pytest
import torch

from coreset_engine import architectures
from coreset_engine.config import Recipe
from coreset_engine.training import batches
from coreset_engine.training.trainer import Trainer


@pytest.fixture(scope="session")
def phantom(phantom_file):
    """The phantom's train and val splits on the CPU."""
    with np.load(phantom_file) as file:
        return {
            s: batches.put_on(torch.device("cpu"), file[f"{s}_images"], file[f"{s}_labels"][:, 0].astype(int))
            for s in ("train", "val")
        }


@pytest.fixture(scope="session")
def recipe():
    """Return a short recipe with some fields changed."""
    return lambda **given: Recipe(**{"epochs": 5, "batch_size": 32, "learning_rate": 0.02, **given})


@pytest.fixture(scope="session")
def trainer(phantom, recipe):
    """Return a trainer of a LeNet on the phantom."""

    def make(given=None, build=None, seed=3, **more):
        network = build or (lambda: architectures.build("lenet", 1, 11, 28))
        return Trainer(network, given or recipe(), seed, phantom["train"], phantom["val"], **more)

    return make
