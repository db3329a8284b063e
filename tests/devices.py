"""Where the methods' algebra runs in tests: arrays, tensors on the CPU and, where there is one, on a GPU."""

import pytest

TENSORS = ["torch:cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
DEVICES = ["numpy", *TENSORS]
