"""How sure a mean over few seeds is: Student's intervals, paired tests and Holm's correction, on plain arrays."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95  # of every interval shown
SAME = 1e-12  # differences of shares that spread less agree to the last digits


@dataclass(frozen=True)
class Interval:
    """A mean with what is known of its spread.

    Attributes:
        mean: NaN without a value.
        sd: sample standard deviation (n - 1), NaN below two values.
        n: values.
        half: half the width of the interval of Student's t around the mean, NaN below two values.
    """

    mean: float
    sd: float
    n: int
    half: float

    @property
    def low(self) -> float:
        """Return the lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Return the upper end."""
        return self.mean + self.half


@dataclass(frozen=True)
class PairedDifference:
    """The mean difference of pairs, with a two-sided test of no difference.

    `p` is NaN where there is nothing to test: below two pairs, or where all differences are the same.
    """

    difference: Interval
    p: float


@lru_cache(maxsize=1024)  # a table of a thousand classes asks for few of them, thousands of times
def quantile(freedom: float) -> float:
    """Return the two-sided quantile of Student's t at `LEVEL` with so many degrees of freedom."""
    from scipy import special  # here, since plans of sweeps need no quantile; not scipy.stats, which takes a second

    return float(special.stdtrit(freedom, (1 + LEVEL) / 2))


def half_width(sd: float, n: int) -> float:
    """Return half the width of the t-interval of a mean, in the unit of `sd`; NaN where n is below 2.

    Args:
        sd: sample standard deviation.
        n: values.
    """
    if n < 2 or not math.isfinite(sd):
        return math.nan
    return quantile(n - 1) * sd / math.sqrt(n)


def interval(values: ArrayLike) -> Interval:
    """Return mean, standard deviation and t-interval of values (n,); those that are NaN do not count."""
    given = np.asarray(values, dtype=np.float64)
    given = given[~np.isnan(given)]
    n = len(given)
    sd = float(given.std(ddof=1)) if n > 1 else math.nan
    return Interval(float(given.mean()) if n else math.nan, sd, n, half_width(sd, n))


def paired(values: ArrayLike, reference: ArrayLike) -> PairedDifference:
    """Return the mean of `values` - `reference`, pair by pair, and the p of the paired t-test.

    The test takes the differences as normal. With two or three seeds it finds only large effects, but a rank test would
    find none: Wilcoxon's smallest p is 0.25 at n = 3 and 0.0625 at n = 5.

    Args:
        values: (n,) of one method.
        reference: (n,) of the other, in the same order.
    """
    difference = interval(np.asarray(values, np.float64) - np.asarray(reference, np.float64))
    if difference.n < 2 or difference.sd <= SAME:
        return PairedDifference(difference, math.nan)
    t = difference.mean / (difference.sd / math.sqrt(difference.n))
    return PairedDifference(difference, two_sided(t, difference.n - 1))


def two_sided(t: float, freedom: float) -> float:
    """Return the p of a value of Student's t, two-sided."""
    from scipy import special

    return float(2 * special.stdtr(freedom, -abs(t)))


def welch(one: tuple[float, float, int], other: tuple[float, float, int]) -> Interval:
    """Return the interval of the difference of two independent means with spreads of their own, `one` - `other`.

    Args:
        one: mean, sample standard deviation and n.
        other: the same of the other. A single published number, of which no spread is known, has sd NaN: it is then taken as
            exact, and the interval is too narrow by what it varies itself.

    Returns:
        An interval with `n` of the one; `sd` is the standard error of the difference.
    """
    (mean, sd, n), (mean_other, sd_other, n_other) = one, other
    difference = mean - mean_other
    if n < 2 or not math.isfinite(sd):
        return Interval(difference, math.nan, n, math.nan)
    first = sd**2 / n
    second = sd_other**2 / n_other if n_other > 1 and math.isfinite(sd_other) else 0.0
    error = math.sqrt(first + second)
    if error == 0:
        return Interval(difference, 0.0, n, 0.0)
    below = first**2 / (n - 1) + (second**2 / (n_other - 1) if second else 0.0)
    freedom = (first + second) ** 2 / below
    return Interval(difference, error, n, quantile(freedom) * error)


def holm(p: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p values corrected for their number by Holm's step-down method, (m,) in the same order.

    The chance of a single false finding among all of them stays below the level. Those that are NaN stay NaN and do not
    count.

    Source: Holm 1979, Scandinavian Journal of Statistics 6(2).
    """
    given = np.asarray(p, dtype=np.float64)
    corrected = np.full(len(given), np.nan)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    steps = given[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(order) else steps
    return corrected
