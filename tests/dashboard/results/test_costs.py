"""How costs of coresets read."""

import math

from coreset_engine.dashboard.results import data
from coreset_engine.results import pricing
from coreset_engine.results.parts import Question, get
from tests.compared import config, frame, metrics, priced


def for_people(table):
    return get("costs").for_people(table, Question())


def test_the_sentence_names_the_number_of_retrainings():
    assert "after 2 retrainings" in data.costs_in_words(pricing.compare(priced(), 1000, lambda row: 120.0))
    shown = for_people(pricing.compare(priced(), 1000, lambda row: math.nan))
    assert shown["break-even (s)"].tolist() == ["–", "0"]


def test_without_images_or_counters_the_table_has_no_such_columns():
    assert math.isnan(pricing.image_bytes(priced()))
    found = pricing.compare(priced(), 1000, lambda row: 0.0)
    assert not {"size", "energy", "n energy", "full data kJ"} & set(for_people(found).columns)
    assert data.energy_in_words(found) == ""


def spent(joules, of="CPU packages"):
    return metrics(0.8, energy_joules=joules, energy_of=of)


def test_bytes_and_energy_are_shown_in_mb_and_kj_where_they_are_known():
    assert for_people(pricing.compare(priced(), 1000, lambda row: 0.0, 784.0))["size"].tolist() == [
        0.0784,
        0.0784,
    ]
    rows = frame(
        (config("full"), spent(50_000.0)), (config("random"), spent(4000.0)), (config("random", seed=1), spent(6000.0))
    )  # fmt: skip
    found = pricing.compare(rows, 1000, lambda row: 0.0)
    shown = for_people(found).set_index("method")
    assert shown.loc["random", ["energy", "n energy", "full data kJ"]].tolist() == [5, 2, 50]
    assert "whole CPU packages while a training ran, so other work of the machine counts" in data.energy_in_words(found)
