"""Learning curves of retrainings as a table."""

import pandas as pd

COLUMNS = ("key", "label", "rate", "seed", "epoch", "train_loss", "val_loss", "val_accuracy", "best")


def learning_curves(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the curves of all retrainings that kept them, the newest first, one line an epoch.

    Args:
        rows: as `results.frame` gives them.

    Returns:
        By `COLUMNS`: the row's key, label, rate and seed; epoch from 1; losses in nats and val accuracy, 0..1; `best`, true
        in the epoch whose weights the figures at the best val epoch are of. Empty without curves.
    """
    found = [
        {name: row[name] for name in COLUMNS[:4]}
        | {"epoch": epoch, **{name: row["curve"][name][epoch - 1] for name in COLUMNS[5:8]}}
        | {"best": epoch == row["best_epoch"]}
        for row in with_curve(rows).to_dict("records")
        for epoch in range(1, len(row["curve"]["val_loss"]) + 1)
    ]
    return pd.DataFrame(found, columns=list(COLUMNS))


def with_curve(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the retrainings that kept their curves, the newest first."""
    if "curve" not in rows:
        return rows.iloc[:0]
    return rows[rows["curve"].map(lambda curve: isinstance(curve, dict))].iloc[::-1]
