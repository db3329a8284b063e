"""Files of searches in which something is not what it should be, each with the sum that belongs to it."""

import json
import math

from coreset_engine import named_json
from coreset_engine.coreset import CoresetSpec
from coreset_engine.pipeline.requests import SweepRequest

BEST = CoresetSpec("tiny", "eva", {"early": 3, "late": 9, "length": 4}, rate=0.1)
ASKED = SweepRequest("tiny", ("eva",), (0.1,), windows=("grid",), lengths=(4,), training_seeds=(0, 1), search="racing")


def search_file(**changed) -> bytes:
    """The file of a search; what is changed is a field of it or of what it found."""
    interval = {"mean": 0.8, "low": 0.75, "high": 0.85, "n": 2}
    found = {"coreset": BEST.to_text(), "architecture": "lenet", "chosen_by": "val_acc_best", "next": "", "spent": 7.5}
    found |= {"grid": 40, "candidates": 20, "val": interval, "test": None, "against_random": None}
    inner = {name: value for name, value in changed.items() if name in found}
    plain = {"format": "coreset-search", "version": 1, "argv": ASKED.to_argv(), "found": [found | inner]}
    return named_json.sealed(plain | {name: value for name, value in changed.items() if name not in found})


def _coreset(**changed) -> str:
    """The text of a coreset in which something is changed."""
    return json.dumps(json.loads(BEST.to_text()) | changed)


SEARCHES = {
    "a later version": search_file(version=2),
    "a version of another kind": search_file(version=[1]),
    "another format": search_file(format="coreset-view"),
    "arguments that are named": search_file(argv={"--method": "eva"}),
    "arguments that are numbers": search_file(argv=[1, 2]),
    "an option nobody knows": search_file(argv=["tiny", "--run-this", "rm"]),
    "endless numbers": search_file(argv=["tiny", "--training-seeds", *["9" * 5000] * 100]),
    "findings that are a text": search_file(found="x" * 99),
    "findings in findings": search_file(found=[[[]]]),
    "no value": search_file(val=None),
    "a value that is no number": search_file(val={"mean": math.nan, "low": 0, "high": 1, "n": 2}),
    "a value in words": search_file(val={"mean": "much", "low": 0, "high": 1, "n": 2}),
    "a count without end": search_file(grid=math.inf),
    "a text of 5 MiB": search_file(next="x" * (5 << 20)),
    "a coreset that is none": search_file(coreset="rm -rf /"),
    "a coreset nested deeply": search_file(coreset="[" * 100_000),
    "a coreset of another method": search_file(coreset=_coreset(method="../../x")),
    "a coreset of a run outside": search_file(coreset=_coreset(run="../../x")),
    "a rate beyond all": search_file(coreset=_coreset(rate=1e308)),
    "a changed figure": search_file().replace(b"0.85", b"0.95"),
}
