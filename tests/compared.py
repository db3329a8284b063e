"""Result rows of the kind that retrainings write, for tests of what compares them."""

from coreset_engine import api, results
from coreset_engine.config import Recipe

RECORDED = "2026-01-01T00:00:00+00:00"


def config(method="random", rate=0.1, seed=0, *, epochs=200, rule="top", options=None, run="organs", **changes):
    """What decides a row of OrganSMNIST on ResNet-18, its options all resolved as a retraining does."""
    of_method, of_rule = ({}, {}) if method == "full" else api.resolve(method, rule, rate, options or {}, seed)
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
