"""Claims: a row is trained by one process, and one process can hold several rows."""

import subprocess
import sys

import pytest

from coreset_engine.pipeline.claims import Claims
from tests.browser import ROOT

ONE, TWO = "0" * 32, "f" * 32
OTHER = (
    "import sys\nfrom coreset_engine.pipeline.claims import Claims\n"
    "with Claims() as claims: print(*(claims.take(key) for key in sys.argv[1:]))"
)


def taken_elsewhere(*keys):
    """Whether another process could claim each row."""
    command = [sys.executable, "-c", OTHER, *keys]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("free", [ONE, TWO])
def test_a_row_is_free_again_alone(free):
    with Claims() as claims:
        assert [claims.take(key) for key in (ONE, TWO, ONE)] == [True, True, False]
        claims.free(free)
        assert taken_elsewhere(ONE, TWO) == [str(free == key) for key in (ONE, TWO)]
        assert claims.take(free)


def test_rows_are_free_when_the_claims_end():
    with Claims() as claims:
        assert claims.take(ONE)
        assert taken_elsewhere(ONE) == ["False"]
    assert taken_elsewhere(ONE) == ["True"]
