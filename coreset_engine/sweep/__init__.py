"""Sweeps: many retrainings of one run, planned, searched and trained side by side.

`plan` says what a sweep would train and how long that takes, `pool` is where cells are trained in workers that stay,
`search` looks for the best windows with fewer trainings than the grid, `driver` puts them together.
"""

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.sweep.driver import find_best, train

__all__ = ["find_best", "train"]

__getattr__, __dir__ = lazy.attributes(__name__, {"find_best": "driver", "train": "driver"})
