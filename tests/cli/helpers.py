"""What tests of the command line share: JSON as others read it, refusals, the arguments of a recording."""

import json
import sys

import pytest

MAIN = [sys.executable, "-m", "coreset_engine"]


def strict(text):
    """Parse JSON as other languages do: without NaN."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def refused(result):
    """Check that a command ended with 2 and one line on stderr, and return the line."""
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("Error: ")
    assert "Traceback" not in err
    return err


def recording(file, *more, name="own", epochs=2):
    return ["record", "--dataset", file, "--architecture", "lenet", "--epochs", epochs, "--batch-size", 64, "--run",
            name, "--device", "cpu", *more]  # fmt: skip
