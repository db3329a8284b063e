"""What a selection takes: for every method a formula, with constants measured on one core (`benchmarks/large.py costs`).

Times leave out reading the run, which takes as long as its file is checked: about 1 s per GB. Greedy methods choose within
classes, as by default.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coreset_engine import greedy, scores

FIXED_SECONDS, FIXED_BYTES = 0.02, 2**17  # of any selection
WINDOW = 10  # K


@dataclass(frozen=True)
class Size:
    """What a selection chooses from: N samples, T epochs, C classes and D features; `rate` is α."""

    samples: int
    epochs: int
    classes: int
    width: int
    rate: float = 0.1


UNITS: dict[str, Callable[[Size], float]] = {
    "N": lambda of: of.samples,
    "K N": lambda of: WINDOW * of.samples,
    "T N": lambda of: of.epochs * of.samples,
    "N C": lambda of: of.samples * of.classes,
    "N D": lambda of: of.samples * of.width,
    "N D / C": lambda of: of.samples * of.width / of.classes,
    "N D²": lambda of: of.samples * of.width**2,
    "M N D / C": lambda of: of.rate * of.samples**2 * of.width / of.classes,
    "M N": lambda of: of.rate * of.samples**2,
    "M N D": lambda of: of.rate * of.samples**2 * of.width,
    "N² D": lambda of: of.samples**2 * of.width,
    "N² D / C": lambda of: of.samples**2 * of.width / of.classes,
    "N² / C²": lambda of: of.samples**2 / of.classes**2,
    "T N C": lambda of: of.epochs * of.samples * of.classes,
    "n √N": lambda of: min(50 * of.samples, 75_000) * of.samples**0.5,
}


@dataclass(frozen=True)
class Cost:
    """A formula: `nanoseconds` for each of one unit, `bytes` for each of another, beside run and snapshot.

    To the bytes `fixed` ones are added, as of blocks; `most` is what a method that keeps to a limit takes at most.
    """

    time: str
    nanoseconds: float
    memory: str
    bytes: float
    fixed: float = FIXED_BYTES
    most: float = float("inf")

    def seconds(self, of: Size) -> float:
        """Return the seconds of one core."""
        return FIXED_SECONDS + 1e-9 * self.nanoseconds * UNITS[self.time](of)

    def memory_bytes(self, of: Size) -> int:
        """Return the peak beside the run's signals or its snapshot."""
        return int(self.fixed + min(self.most, self.bytes * UNITS[self.memory](of)))


COSTS = {
    "random": Cost("N", 100, "N", 49),
    "uniform": Cost("N", 100, "N", 49),
    "eva": Cost("K N", 5, "N", 60, fixed=1e6),
    "var-single": Cost("K N", 7, "N", 41, fixed=1e6),
    "exp-single": Cost("K N", 6, "N", 49),
    "exp-dual": Cost("K N", 11, "N", 49, fixed=3e5),
    "el2n": Cost("K N", 6, "N", 49),
    "var-all": Cost("T N", 3, "N", 41, fixed=8e5),
    "forgetting": Cost("T N", 2, "N", 49, fixed=2.5e5),
    "aum": Cost("T N", 1.5, "N", 41),
    "confidence": Cost("T N", 1.5, "N", 41),
    "variability": Cost("T N", 3, "N", 49, fixed=5e5),
    "correctness": Cost("T N", 1.5, "N", 49),
    "dual": Cost("T N", 1.5, "T N", 3.9, most=7e7),
    "dyn-unc": Cost("T N", 20, "T N", 8, most=8e7),
    "cld": Cost("T N", 6, "N", 41, fixed=1.5e6),
    "tdds": Cost("T N C", 4.3, "N", 50, fixed=7.5e6),
    "entropy": Cost("N", 30, "N", 49),
    "least-confidence": Cost("N C", 20, "N C", 10),
    "margin": Cost("N C", 15, "N C", 10),
    "grand": Cost("N C", 25, "N C", 10),
    "deepfool": Cost("N C", 100, "N C", 42),
    "moderate": Cost("N D", 30, "N D / C", 20),
    "prototypes": Cost("N D", 15, "N D", 16),
    "cal": Cost("N² D", 0.04, "N D", 18, fixed=6.4e7),
    "zcore": Cost("n √N", 1200, "N D", 12),
    "herding": Cost("M N D / C", 0.4, "N D / C", 13),
    "k-center": Cost("M N D / C", 0.3, "N D / C", 25),
    "contextual-diversity": Cost("M N", 4, "N C", 19),
    "craig": Cost("N² D / C", 0.09, "N² / C²", 12, most=1.5 * 2**30),
    "gradmatch": Cost("M N D", 0.175, "N D / C", 22),
    "glister": Cost("M N D", 0.175, "N D / C", 11),
    "facility-location": Cost("N² D / C", 0.2, "N² / C²", 14, most=1.5 * 2**30),
    "graph-cut": Cost("M N D / C", 0.5, "N D / C", 22),
    "d2": Cost("N² D / C", 0.1, "N D", 24),
    "graph-cover": Cost("N² D", 0.06, "N D", 25, fixed=6.4e7),
    "bws": Cost("N D²", 0.17, "N D", 13),
    "mix": Cost("M N D / C", 0.5, "N D / C", 22),
}


def together(names: Iterable[str], size: Size) -> tuple[float, int, tuple[str, ...]]:
    """Return seconds of some methods one after another, the highest of their peaks, and those that nobody measured."""
    known = {name: COSTS.get(name) for name in names}
    found = [cost for cost in known.values() if cost is not None]
    seconds = sum(cost.seconds(size) for cost in found)
    unknown = tuple(name for name, cost in known.items() if cost is None)
    return seconds, max((cost.memory_bytes(size) for cost in found), default=0), unknown


def of_all(size: Size) -> dict[str, dict[str, float | int | None]]:
    """Return `seconds` and `memory_bytes` by the name of every method; None where nobody measured it."""
    found: dict[str, dict[str, float | int | None]] = {}
    for name in (*scores.all_scores(), *greedy.all_greedy()):
        cost = COSTS.get(name)
        found[name] = {
            "seconds": None if cost is None else round(cost.seconds(size), 3),
            "memory_bytes": None if cost is None else cost.memory_bytes(size),
        }
    return found
