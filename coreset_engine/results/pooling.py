"""The spread of paired differences, pooled over comparisons: two seeds tell little alone, those of twenty lines a lot.

Pooled is what is assumed to be one: the variance of the difference between two trainings of one data set, architecture and
number of epochs. Where the numbers contradict that, less is pooled: only one rate's lines, or a line's own differences.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coreset_engine.results import statistics

EVERY, RATE, OWN = "all rates", "this rate", "own seeds"  # whose differences a spread is of
RATES_DIFFER = 0.05  # p of Bartlett's test from which on the rates are pooled one by one
LINE_DIFFERS = 0.01  # p of the F test from which on a line that spreads more than the others stands for itself
SHARED = 0.5  # least correlation of two differences from the same Random training: that of equal variances


@dataclass(frozen=True)
class Differences:
    """The paired differences of one line.

    Attributes:
        values: (n,) one per pair.
        partners: (n,) which training each was held against; lines that share one are not independent.
        rate: α; lines of one rate are pooled before lines of several.
    """

    values: NDArray[np.float64]
    partners: tuple[Hashable, ...]
    rate: float

    @property
    def freedom(self) -> int:
        """Return n - 1."""
        return max(0, len(self.values) - 1)

    @property
    def deviations(self) -> NDArray[np.float64]:
        """Return (n,) the values less their mean."""
        return np.asarray(self.values - self.values.mean(), np.float64)

    @property
    def squares(self) -> float:
        """Return the sum of the squared deviations."""
        return float(np.square(self.deviations).sum()) if self.freedom else 0.0


@dataclass(frozen=True)
class Spread:
    """A standard deviation of single differences, with its degrees of freedom, and whose it is: EVERY, RATE or OWN."""

    sd: float
    freedom: float
    of: str


def spreads(lines: Sequence[Differences]) -> list[Spread]:
    """Return the spread that each line is judged by.

    First all lines are pooled. A line that spreads more than the rest (one-sided F test) stands for itself; where the
    rates differ (Bartlett's test) only lines of one rate are pooled. Checks with few seeds find only large contradictions.

    Args:
        lines: of one data set, architecture and number of epochs.

    Source: Bartlett 1937, Proc. R. Soc. A 160; Satterthwaite 1946, Biometrics Bulletin 2(6), for the degrees of freedom.
    """
    told = [number for number, line in enumerate(lines) if line.freedom]
    rates = [[number for number in told if lines[number].rate == rate] for rate in {lines[n].rate for n in told}]
    apart = len(rates) > 1 and _bartlett([_pool([lines[n] for n in one]) for one in rates]) < RATES_DIFFER
    found = {number: Spread(math.nan, 0.0, OWN) for number in range(len(lines))}
    for members in rates if apart else [told]:
        own = _standing_out(lines, members)
        rest = [lines[n] for n in members if n not in own]
        found |= {n: _pool([lines[n]], OWN) for n in own}
        shared = _pool(rest, OWN if len(rest) == 1 else RATE if apart or len(rates) == 1 else EVERY)
        found |= dict.fromkeys([n for n in members if n not in own], shared)
    return [found[number] for number in range(len(lines))]


def _pool(lines: Sequence[Differences], of: str = EVERY) -> Spread:
    """Return the pooled spread of lines that have two differences or more, NaN without such."""
    total = sum(line.freedom for line in lines)
    if not total:
        return Spread(math.nan, 0.0, of)
    variance = sum(line.squares for line in lines) / total
    between, products = _in_common(lines)
    correlation = products / (variance * sum(between)) if variance > 0 and between else 0.0
    doubled = 2 * min(1.0, max(SHARED, correlation)) ** 2 * sum(between)
    return Spread(math.sqrt(variance), total**2 / (total + doubled), of)


def _in_common(lines: Sequence[Differences]) -> tuple[list[float], float]:
    """Return the degrees of freedom that pairs of lines share through their partners, and the sum of their products.

    Of s partners in common they are s - s/n - s/n' + s²/(n n'): the trace of what both centrings leave of them.
    """
    between, products = [], 0.0
    for number, one in enumerate(lines):
        for other in lines[:number]:
            if one.rate != other.rate:
                continue  # no training of Random is of two rates
            places = {partner: place for place, partner in enumerate(other.partners)}
            both = [(mine, places[partner]) for mine, partner in enumerate(one.partners) if partner in places]
            if both:
                s, n, m = len(both), len(one.values), len(other.values)
                between.append(s - s / n - s / m + s**2 / (n * m))
                mine, its = (list(column) for column in zip(*both, strict=True))
                products += float(one.deviations[mine] @ other.deviations[its])
    return between, products


def _standing_out(lines: Sequence[Differences], members: Sequence[int]) -> set[int]:
    """Return which of the members spread more than the others together."""
    from scipy import special

    together = _pool([lines[number] for number in members])
    total, squares = (sum(getattr(lines[n], name) for n in members) for name in ("freedom", "squares"))
    found = set()
    for number in members:
        one = lines[number]
        left = total - one.freedom
        if not left:
            continue
        rest, own = math.sqrt(max(0.0, squares - one.squares) / left), math.sqrt(one.squares / one.freedom)
        if rest <= statistics.SAME:
            far = own > statistics.SAME
        else:
            freedom = together.freedom * left / total
            far = float(special.fdtrc(one.freedom, freedom, (own / rest) ** 2)) < LINE_DIFFERS
        found |= {number} if far else set()
    return found


def _bartlett(spread: Sequence[Spread]) -> float:
    """Return the p of Bartlett's test that several spreads are of one variance."""
    from scipy import special

    variances = np.array([one.sd**2 for one in spread])
    freedom = np.array([one.freedom for one in spread])
    if (variances <= statistics.SAME**2).any():
        return 1.0 if (variances <= statistics.SAME**2).all() else 0.0
    pooled = float(freedom @ variances / freedom.sum())
    excess = freedom.sum() * math.log(pooled) - float(freedom @ np.log(variances))
    correction = 1 + ((1 / freedom).sum() - 1 / freedom.sum()) / (3 * (len(spread) - 1))
    return float(special.chdtrc(len(spread) - 1, max(0.0, excess / correction)))
