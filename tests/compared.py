"""Result rows of the kind that retrainings write, for tests of what compares them."""

from coreset_engine import methods, results
from coreset_engine.config import Recipe

RECORDED = "2026-01-01T00:00:00+00:00"


def config(method="random", rate=0.1, seed=0, *, epochs=200, rule="top", options=None, run="organs", **changes):
    """What decides a row of OrganSMNIST on ResNet-18, its options all resolved as a retraining does."""
    of_method, of_rule = ({}, {}) if method == "full" else methods.resolve(method, rule, rate, options or {}, seed)
    shared = method in results.REFERENCES
    plain = {
        "run": "" if shared else run,
        "average": [],
        "dynamics": [] if shared else [f"{RECORDED} 200/200"],
        "dataset": "organsmnist",
        "dataset_sha256": "ab" * 32,
        "method": method,
        "options": of_method,
        "rule": "" if method == "full" else rule,
        "rule_options": of_rule,
        "rate": 1.0 if method == "full" else rate,
        "samples": 1000 if method == "full" else round(1000 * rate),
        "architecture": "resnet18",
        "recipe": Recipe(epochs=epochs, warmup=0.0).to_dict(),
        "seed": seed,
    }
    return plain | changes


def metrics(accuracy, recall=(0.9, 0.9), seconds=10.0, **changes):
    """What came out, the same figure everywhere."""
    found = dict.fromkeys(results.FIGURES, accuracy) | {"collapsed": False, "device": "cpu", "synthetic": False}
    found |= {f"{split}_recall_{rule}": list(recall) for split, rule in RULES}
    return found | {"seconds": seconds, "best_epoch": 3} | changes


RULES = (("test", "best_val"), ("test", "last"), ("val", "best"), ("val", "last"))


def frame(*rows):
    """The table of rows given as (config, metrics), as if they had been read from the database."""
    created = {"created": "2026-01-02T00:00:00+00:00", "note": ""}
    return results.frame([{"key": results.key_of(asked)} | created | asked | outcome for asked, outcome in rows])


EVA = {"early": 1, "late": 190, "length": 10}


def priced(**more):
    """All data at 100 s, Random and EVA at 10 % of 1,000 samples, 200 epochs, two seeds at 10 and 14 s."""
    rows = [(config("full"), metrics(0.9, seconds=100.0))]
    for seed, seconds in enumerate((10.0, 14.0)):
        rows += [(config("random", seed=seed), metrics(0.8, seconds=seconds))]
        rows += [(config("eva", seed=seed, options=EVA), metrics(0.8, seconds=seconds, **more))]
    return frame(*rows)


def recalled(*coreset, accuracy=0.88, **more):
    """Two trainings on all data with recalls of 0.9, and one on a coreset for each recall given."""
    full = [(config("full", seed=seed), metrics(0.9, (0.9, value))) for seed, value in enumerate((0.88, 0.92))]
    parts = [(config("aum", seed=seed), metrics(accuracy, recall, **more)) for seed, recall in enumerate(coreset)]
    return frame(*full, *parts)


FULL = [[8, 2, 0], [0, 10, 0], [0, 0, 5]]  # confusion of three classes after a training on all data


def confused(confusion, rule="best_val", **more):
    """What came out of a training with a confusion."""
    return metrics(0.8, **{f"test_confusion_{rule}": confusion}, **more)


def confused_rows(*coreset, full=(FULL, FULL), **more):
    """A training on all data for each matrix of `full`, one on a coreset for each matrix given."""
    there = [(config("full", seed=seed), confused(one)) for seed, one in enumerate(full)]
    return frame(*there, *[(config("aum", seed=seed), confused(one, **more)) for seed, one in enumerate(coreset)])
