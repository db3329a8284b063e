"""Var-all: the variance over the entire training."""

import numpy as np
import pytest

from coreset_engine import Dynamics, score
from coreset_engine.errors import WindowError


def test_it_equals_the_golden_variance_over_all_epochs(golden, golden_run):
    np.testing.assert_allclose(score(golden_run, "var-all"), golden("eva")["V_entire"], rtol=1e-5, atol=1e-9)


def test_a_run_of_one_epoch_is_refused(tiny_logits, tiny_labels):
    with pytest.raises(WindowError, match="run of 1 epoch"):
        score(Dynamics.from_logits(tiny_logits[:1], tiny_labels), "var-all")
