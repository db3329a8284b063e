"""The smooth surface of a search: what it expects, against scikit-learn and integrals, and what it learns of its axes."""

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from coreset_engine.sweep import surface
from coreset_engine.sweep.surface import Shape

PLACES = [{"early": early, "late": late, "rule": "top"} for early in range(1, 12, 2) for late in range(11, 32, 4)]


def test_mean_and_deviation_are_those_of_scikit_learn():
    known = [0, 5, 9, 14, 20, 31]
    values = np.array([0.5, 0.62, 0.55, 0.7, 0.58, 0.41])
    apart = surface.squares([PLACES[one] for one in known], PLACES)
    mean, sd = surface.expected(apart, known, values, Shape((0.4, 0.8), 0.1))
    places = np.array([[(place["early"] - 1) / 10, (place["late"] - 11) / 20] for place in PLACES])
    around = values - values.mean()
    plain = Matern((0.4, 0.8), nu=2.5)(places[known]) + 0.1 * np.eye(6)
    variance = around @ np.linalg.solve(plain, around) / 6  # equation 5.8 of the book, solved for the scale
    other = GaussianProcessRegressor(ConstantKernel(variance) * Matern((0.4, 0.8), nu=2.5), alpha=0.1 * variance,
                                     optimizer=None).fit(places[known], around)  # fmt: skip
    expected, deviation = other.predict(places, return_std=True)
    assert mean == pytest.approx(expected + values.mean(), abs=1e-9)
    assert sd == pytest.approx(deviation, abs=1e-6)


def test_the_expected_improvement_is_the_integral_over_what_lies_above_the_best():
    found = surface.improvement(np.array([0.6, 0.7]), np.array([0.05, 0.02]), 0.68)
    for own, mean, sd in zip(found, (0.6, 0.7), (0.05, 0.02), strict=True):
        above = integrate.quad(lambda value, m=mean, s=sd: (value - 0.68) * stats.norm.pdf(value, m, s), 0.68, 1.2)[0]
        assert own == pytest.approx(above, rel=1e-6)


def test_an_axis_without_influence_gets_a_longer_length_than_one_that_decides():
    values = np.array([np.sin(place["early"]) for place in PLACES])
    shape = surface.fit(surface.squares(PLACES, PLACES), values)
    assert shape.lengths[0] < shape.lengths[1]
    assert shape.noise == surface.NOISES[0]


def test_other_words_and_missing_numbers_are_one_apart_and_an_axis_of_one_word_is_left_out():
    places = [{"method": "eva", "early": 1, "x": 3}, {"method": "eva", "early": 11, "x": 3},
              {"method": "el2n", "early": None, "x": 3}]  # fmt: skip
    method, early = surface.squares(places, places)
    assert method.tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]
    assert early.tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_of_many_values_the_best_half_and_some_of_the_others_are_fitted_to():
    values = np.random.default_rng(0).permutation(1000) / 1000
    some = surface.sample_of(values)
    assert len(some) == 400
    assert set(np.argsort(-values)[:200]) <= set(some)
    assert values[some].min() == 0
