"""Set functions of similarities, and the gain of each sample for the set chosen so far."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import compute
from coreset_engine.kernels import similarity
from coreset_engine.kernels.graph import Graph
from coreset_engine.kernels.similarity import HEIGHT, Cosine, Rows

NARROWEST = 512  # candidates that compete until one outside could be better
LANES = 512  # sums of a gain that are made side by side
ENTRY = 12  # bytes of a number of a sparse row
LASTING = 16  # picks that a pool of candidates should be good for; else the next is twice as wide


class _Evaluation:
    """A function whose largest gain is found by evaluating all."""

    def gains(self, candidates: list[int] | None) -> NDArray[np.float64]:
        """Return the gains of some candidates, or of all samples."""
        raise NotImplementedError

    def largest(self, chosen: list[int]) -> int:
        """Return the sample of largest gain that is not among those chosen."""
        gains = self.gains(None).copy()
        gains[chosen] = -np.inf
        return int(gains.argmax())


class Coverage(_Evaluation):
    """Facility location: f(S) = Σ_i max over j in S of s_ij.

    Attributes:
        best: (N,) the largest similarity of each sample to S, `floor` while S is empty.
        nearest: (N,) place in S, counted from 0, of the sample it is most similar to; a chosen sample's is its own.
    """

    def __init__(self, rows: Rows, totals: Any, floor: float = 0.0) -> None:
        """Start with an empty set.

        Args:
            rows: of the similarities.
            totals: (N,) sums of the rows.
            floor: at most the smallest similarity.
        """
        self.rows, self.size, self.widest = rows, 0, rows.widest
        self.best = rows.level(floor)
        # on the CPU (k, LANES), filled up with zeros: gains are made and added up there
        self.lifted: NDArray | None = None
        if rows.xp is np:
            self.lifted = np.zeros((-(-len(totals) // LANES), LANES), self.best.dtype)
        self.nearest = np.full(len(totals), -1)
        self.first = compute.host(totals).astype(np.float64) - floor * len(totals)

    def __len__(self) -> int:
        """Return N."""
        return len(self.best)

    def gains(self, candidates: list[int] | None) -> NDArray[np.float64]:
        """Return gain(j) = Σ_i max(0, s_ij - best_i)."""
        if not self.size:
            return self.first if candidates is None else self.first[candidates]
        if candidates is None:
            everything = range(0, len(self), HEIGHT)
            blocks = [self.gains(list(range(a, min(a + HEIGHT, len(self))))) for a in everything]
            return np.concatenate(blocks)
        rows = self.rows.take(candidates)
        if self.lifted is not None:
            return np.array([self._gain(row, self.lifted) for row in rows], np.float64)
        lifted = compute.namespace(self.best).maximum(rows, self.best)
        lifted -= self.best
        return compute.host(lifted.sum(axis=1)).astype(np.float64)

    def _gain(self, row: NDArray[np.float32], blank: NDArray) -> np.float32:
        """Return the gain of one row of similarities, by sweeps over `blank`, which stays in a core's cache."""
        lifted = blank.reshape(-1)[: len(row)]
        np.maximum(row, self.best, out=lifted)
        np.subtract(lifted, self.best, out=lifted)
        return np.add.reduce(np.add.reduce(blank))  # first down the columns, which is vectorised

    def add(self, sample: int) -> None:
        """Put a sample into S."""
        row = self.rows.take([sample])[0]
        closer = compute.host(row > self.best)
        closer[sample] = True
        self.nearest[closer] = self.size
        self.best = compute.namespace(row).maximum(row, self.best)
        self.size += 1
        self.rows.drop(sample)


class Reach(_Evaluation):
    """Cover along a graph: f(S) = Σ_i max over j in S of K_ij, K = A + A² or A.

    A = D^-½ W D^-½ with the similarities W of neighbours and their sums D; a sample without similar neighbours reaches
    nothing, not even itself. K is not computed whole: as many of its rows are held as fit, the first ones asked for.
    """

    widest = 64

    def __init__(self, graph: Graph, hops: int) -> None:
        """Start with an empty set.

        Args:
            graph: W.
            hops: 2 for K = A + A², 1 for K = A.
        """
        from scipy.sparse import csr_array, eye_array  # slow to import, and seldom needed

        degrees = np.bincount(graph.samples, graph.values, len(graph))
        roots = np.sqrt(np.where(degrees > 0, degrees, 1))
        values = graph.values / (roots[graph.samples] * roots[graph.others])
        self.step = csr_array((values, graph.others, graph.starts), (len(graph), len(graph)))
        here = eye_array(len(graph), format="csr")
        self.onward = here + self.step if hops == 2 else here  # K = A (I + A), or A
        self.best = np.zeros(len(graph))
        self.held: dict[int, tuple[NDArray, NDArray[np.float64]]] = {}
        self.room = 3 * similarity.LIMIT // 4

    def __len__(self) -> int:
        """Return N."""
        return len(self.best)

    def gains(self, candidates: list[int] | None) -> NDArray[np.float64]:
        """Return gain(j) = Σ_i max(0, K_ij - best_i)."""
        if candidates is None:
            blocks = range(0, len(self), HEIGHT)
            return np.concatenate([self.gains(list(range(a, min(a + HEIGHT, len(self))))) for a in blocks])
        rows = self._rows(candidates)
        return np.array([np.maximum(values - self.best[reached], 0).sum() for reached, values in rows])

    def add(self, sample: int) -> None:
        """Put a sample into S."""
        reached, values = self._rows([sample])[0]
        self.best[reached] = np.maximum(self.best[reached], values)
        if self.held.pop(sample, None) is not None:
            self.room += ENTRY * len(values)

    def _rows(self, samples: list[int]) -> list[tuple[NDArray, NDArray[np.float64]]]:
        """Return rows of K: which samples each of some reaches, and how well."""
        missing = [sample for sample in samples if sample not in self.held]
        computed: dict[int, tuple[NDArray, NDArray[np.float64]]] = {}
        if missing:
            block = self.step[missing] @ self.onward
            for sample, start, stop in zip(missing, block.indptr[:-1], block.indptr[1:], strict=True):
                computed[sample] = block.indices[start:stop].copy(), block.data[start:stop].copy()
                if ENTRY * (stop - start) <= self.room:
                    self.held[sample] = computed[sample]
                    self.room -= ENTRY * int(stop - start)
        return [self.held.get(sample) or computed[sample] for sample in samples]


class Joint(_Evaluation):
    """The sum of functions of disjoint groups of samples, which share one budget."""

    def __init__(self, groups: list[NDArray[np.int64]], parts: list[Coverage]) -> None:
        """Take the rows of each group, 0..N - 1 together, and each group's function."""
        self.parts, self.widest = parts, parts[0].widest
        self.part_of, self.place = (np.empty(sum(map(len, groups)), np.int64) for _ in range(2))
        for number, rows in enumerate(groups):
            self.part_of[rows], self.place[rows] = number, np.arange(len(rows))

    def __len__(self) -> int:
        """Return N."""
        return len(self.place)

    def gains(self, candidates: list[int] | None) -> NDArray[np.float64]:
        """Return the gains of some candidates, or of all samples: each that of its own group."""
        asked = slice(None) if candidates is None else candidates
        part_of, place = self.part_of[asked], self.place[asked]
        gains = np.empty(len(place))
        for number in np.unique(part_of).tolist():
            here = part_of == number
            gains[here] = self.parts[number].gains(None if candidates is None else place[here].tolist())
        return gains

    def add(self, sample: int) -> None:
        """Put a sample into the set of its group."""
        self.parts[self.part_of[sample]].add(int(self.place[sample]))

    def cluster_sizes(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (M,) how many samples of its group are closest to each chosen one; `chosen` in order of choice."""
        sizes = np.empty(len(chosen), np.int64)
        for number, part in enumerate(self.parts):
            here = self.part_of[chosen] == number
            sizes[here] = np.bincount(part.nearest[part.nearest >= 0], minlength=here.sum())
        return sizes


class Cut:
    """Graph cut: f(S) = λ Σ_i Σ_j∈S s_ij - Σ_j,k∈S s_jk, with s = 1/2 + 1/2 cos.

    No matrix is needed. Picks only lower gains, so while the best of a pool of candidates is above what the best outside
    was when the pool was made, no sample outside can be better. Picks are made from the pool, which alone learns of each
    at once; the others learn of all of them together when the next pool is made, from the sum of their gradients.
    """

    widest = 64

    def __init__(self, cosine: Cosine, lam: float) -> None:
        """Start with an empty set."""
        self.unit = cosine.unit
        self.settled = compute.host(cosine.totals()).astype(np.float64) * lam
        self.pending: list[int] = []  # picks that `settled` knows nothing of
        self.pool: NDArray[np.int64] | None = None
        self.width = NARROWEST

    def __len__(self) -> int:
        """Return N."""
        return len(self.settled)

    def gains(self, candidates: list[int] | None) -> NDArray[np.float64]:
        """Return gain(j) = λ Σ_i s_ij - 2 Σ_k∈S s_jk, without the self-similarity, the same for all."""
        self._settle()
        return self.settled if candidates is None else self.settled[candidates]

    def largest(self, chosen: list[int]) -> int:
        """Return the sample of largest gain that is not among those chosen."""
        pool = self.pool
        if pool is None or self.gain_of_pool.max() <= self.bound:
            pool = self._new_pool(chosen)
        return int(pool[self.gain_of_pool.argmax()])

    def _new_pool(self, chosen: list[int]) -> NDArray[np.int64]:
        """Return the samples of largest gain, which compete from now on: twice as many if the last pool was soon used up."""
        if self.pool is not None and len(self.pending) < LASTING:
            self.width *= 2
        self._settle()
        free = self.settled.copy()
        free[chosen] = -np.inf
        last = max(0, len(free) - self.width)
        inside = free >= np.partition(free, last)[last]
        pool = np.flatnonzero(inside)
        self.pool, self.bound = pool, free[~inside].max(initial=-np.inf)
        self.unit_of_pool, self.gain_of_pool = self.unit.take(pool), free[pool]
        return pool

    def add(self, sample: int) -> None:
        """Put a sample into S."""
        self.pending.append(sample)
        if self.pool is not None:
            place = int(np.searchsorted(self.pool, sample))
            self.gain_of_pool -= 1 + compute.host(self.unit_of_pool.inner_with(place)).astype(np.float64)
            self.gain_of_pool[place] = -np.inf

    def _settle(self) -> None:
        """Subtract what the pending picks cost every sample."""
        if not self.pending:
            return
        one = len(self.pending) == 1
        cosines = (
            self.unit.inner_with(self.pending[0]) if one else self.unit.along(self.unit.take(self.pending).total())
        )
        self.settled -= len(self.pending) + compute.host(cosines).astype(np.float64)
        self.pending = []
