"""How long *Papers* takes to lay each published table beside result rows; most cells have none.

python benchmarks/papers_tables.py [--rows 3000] [--runs 5]
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from coreset_engine.papers import tables
from coreset_engine.results import published
from tests.compared import config, frame, metrics

MADE = 20  # different rows; the others are these again


def made_rows(count: int) -> pd.DataFrame:
    """Return so many rows of Random and EVA on one data set."""
    windows = {"early": 1, "late": 11, "length": 10}
    asked = [one for seed in range(MADE // 2) for one in (config(seed=seed), config("eva", seed=seed, options=windows))]
    return pd.concat([frame(*((one, metrics(0.8)) for one in asked))] * (count // MADE), ignore_index=True)


def main() -> None:
    """Print the median time of the largest table of every paper."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    rows = made_rows(asked.rows)
    for paper in dict.fromkeys(table.paper for table in tables.tables()):
        of_paper = [table for table in tables.tables() if table.paper == paper]
        table = max(of_paper, key=lambda one: len(tables.cells(one.paper, one.name)))
        spent = []
        for _ in range(asked.runs):
            begun = time.process_time()
            published.side_by_side(table, rows, published.Criteria(), {})
            spent.append(time.process_time() - begun)
        cells = len(tables.cells(table.paper, table.name))
        print(f"{paper}, {table.name}: {cells} cells, {1000 * statistics.median(spent):.0f} ms")


if __name__ == "__main__":
    main()
