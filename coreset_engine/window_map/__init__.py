"""Window maps: what EVA keeps with every pair of windows of a run, held against one coreset.

kept, scores = eva_coreset(dynamics, early=1, late=190, length=10, rate=0.1)
made = make(dynamics, length=10, rate=0.1, step=10, current=kept, scores=scores)
made.matrices["overlap"]    # (S, S), row: early start, column: late start, both as in made.starts
"""

from coreset_engine.window_map.files import eva_coreset, key, load, make, path_of, save
from coreset_engine.window_map.grid import WindowMap, window_map
from coreset_engine.window_map.measures import MEASURES, Measure
from coreset_engine.window_map.windows import pair_count, starts, variances

__all__ = [
    "MEASURES",
    "Measure",
    "WindowMap",
    "eva_coreset",
    "key",
    "load",
    "make",
    "pair_count",
    "path_of",
    "save",
    "starts",
    "variances",
    "window_map",
]
