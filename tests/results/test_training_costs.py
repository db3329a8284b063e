"""Costs of coresets, worked by hand."""

import math

import numpy as np
import pytest

from coreset_engine.results import costs, training_costs
from tests.compared import EVA, config, frame, metrics, priced


def lines(rows, seconds=lambda row: 120.0):
    return {row["label"]: row for row in training_costs.compare(rows, 1000, seconds).to_dict("records")}


def test_a_coreset_costs_its_samples_times_the_epochs():
    eva = lines(priced())["eva 1/190 K10"]
    assert (eva["images"], eva["full_images"], eva["surrogate_images"]) == (20_000, 200_000, 200_000)
    assert (eva["share"], eva["n"]) == (0.1, 2)
    assert (eva["seconds"], eva["sd"]) == (12, pytest.approx(8**0.5))


def test_images_of_batches_that_are_dropped_cost_nothing():
    recipe = {"epochs": 200, "batch_size": 64, "drop_last": True}
    full = config("full", recipe=config()["recipe"] | {"batch_size": 256, "drop_last": True})
    rows = frame((full, metrics(0.9)), (config(recipe=config()["recipe"] | recipe), metrics(0.8)))
    (line,) = lines(rows).values()
    assert line["images"] == 12_800  # of 100 samples one batch of 64, for 200 epochs
    assert line["full_images"] == 153_600  # of 1,000 samples three batches of 256
    (line,) = lines(rows[rows["method"] != "full"]).values()
    assert line["full_images"] == 200_000  # of which nothing says that a batch is dropped


def test_the_recording_pays_when_what_is_saved_exceeds_its_price():
    eva = lines(priced())["eva 1/190 K10"]
    assert eva["pays_images"] == 2  # 200,000 / (200,000 - 20,000) = 1.1
    assert eva["pays_seconds"] == 2  # 120 / (100 - 12) = 1.4


def test_random_needs_no_recording():
    found = training_costs.compare(priced()[lambda t: t["method"] != "eva"], 1000, lambda row: 1 / 0)
    assert found["surrogate_images"].tolist() == [0]
    assert found["pays_images"].tolist() == [0]


@pytest.mark.parametrize(
    ("price", "part", "whole", "expected"),
    [(100, 50, 100, 2), (90, 10, 100, 1), (91, 10, 100, 2), (0, 50, 100, 0), (10, 100, 100, math.inf)],
)
def test_it_pays_after_the_first_retraining_that_brings_the_sum_below(price, part, whole, expected):
    assert training_costs.pays_after(price, part, whole) == expected


def test_what_is_not_known_is_not_guessed():
    assert math.isnan(training_costs.pays_after(math.nan, 1, 2))
    eva = lines(priced(), lambda row: math.nan)["eva 1/190 K10"]
    assert math.isnan(eva["pays_seconds"])
    assert eva["pays_images"] == 2


def test_seconds_of_another_device_are_no_measure():
    eva = lines(priced(device="cuda"))["eva 1/190 K10"]
    assert math.isnan(eva["full_seconds"])
    assert math.isnan(eva["pays_seconds"])


def test_averaged_recordings_are_all_paid_for():
    two = [f"2026-01-01T00:00:00+00:00 {done}/200" for done in (200, 150)]
    assert training_costs.recorded_epochs({"dynamics": two}) == 350


def test_the_seconds_of_a_recording_are_those_of_its_epochs(recorded):
    from coreset_engine import store

    file = store.RunFile(recorded)
    row = {"run": "tiny", "average": [], "dynamics": [f"{file.info.uuid} 5/5"]}
    assert training_costs.recorded_seconds(row) == pytest.approx(np.sum(file.metrics()["seconds"]))
    assert math.isnan(training_costs.recorded_seconds(row | {"dynamics": ["2020-01-01T00:00:00+00:00 5/5"]}))
    assert math.isnan(training_costs.recorded_seconds(row | {"run": "gone"}))


def test_the_number_of_samples_is_that_of_the_full_data_or_follows_from_the_rates():
    rows = priced()
    assert training_costs.samples_of(rows) == 1000
    assert training_costs.samples_of(rows[rows["method"] != "full"]) == 1000


def test_the_bytes_of_a_coreset_are_those_of_its_images(recorded):
    from coreset_engine import results

    rows = results.frame()
    assert training_costs.image_bytes(rows) == 28 * 28
    eva = training_costs.compare(priced(), 1000, lambda row: 0.0, 784.0).set_index("label").loc["eva 1/190 K10"]
    assert eva["bytes"] == 78_400


def spent(joules, of="CPU packages"):
    return metrics(0.8, energy_joules=joules, energy_of=of)


def test_energy_is_the_mean_of_the_trainings_that_tell_it_of_the_same_counters():
    rows = frame(
        (config("full"), spent(50_000.0)), (config("full", seed=1), spent(9.0, "GPU")),
        (config("random"), spent(4000.0)), (config("random", seed=1), spent(6000.0)),
        (config("random", seed=2), spent(None, "")), (config("random", seed=3), spent(7.0, "GPU")),
        (config("random", seed=4), metrics(0.8)), (config("aum"), metrics(0.8)),
    )  # fmt: skip
    found = training_costs.compare(rows, 1000, lambda row: 0.0).set_index("label")
    assert found.loc["random", ["joules", "joules_n", "full_joules"]].tolist() == [5000, 2, 50_000]
    assert math.isnan(found.loc["aum", "joules"])


def test_all_of_it_is_read_from_the_rows_and_what_the_cache_has(recorded):
    from coreset_engine import results, store

    seconds = float(np.sum(store.RunFile(recorded).metrics()["seconds"]))
    (full,) = results.rows()
    eva = config("eva", options=EVA, dataset_sha256=full["dataset_sha256"])
    eva |= {"run": "tiny", "dataset": full["dataset"], "dynamics": [f"{store.RunFile(recorded).info.uuid} 5/5"]}
    found = costs(frame((full | {"epochs": 5}, metrics(0.9)), (eva, metrics(0.8)))).iloc[0]
    assert found["surrogate_seconds"] == pytest.approx(seconds)
    assert found["bytes"] == found["samples"] * 28 * 28
    assert costs(results.frame([])).empty
