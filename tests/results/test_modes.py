"""Training modes in the results: beside the full data, and in no comparison of coresets; worked by hand."""

import pytest

from coreset_engine import results
from coreset_engine.results.parts import NoTableError
from tests.compared import RECORDED, config, metrics

FIGURE = "test_acc_best_val"


def mode(name, accuracy, seed, used):
    """A row of a training in a mode that used a share of 1,000 samples over 200 epochs."""
    return config("full", seed=seed, mode=name), metrics(accuracy, used_share=used, used_samples=200_000 * used)


@pytest.fixture
def rows():
    """Two seeds of the full data and of Random, RS2 at two rates, InfoBatch."""
    found = [(config("full", seed=seed), metrics(0.9, seconds=100.0)) for seed in range(2)]
    found += [(config("random", seed=seed), metrics(0.7 + seed / 100)) for seed in range(2)]
    found += [(config("aum", seed=seed), metrics(0.8 + seed / 50)) for seed in range(2)]
    found += [mode("rs2:rate=0.1", 0.80 + seed / 50, seed, 0.1) for seed in range(2)]
    found += [mode("rs2:rate=0.3", 0.86, 0, 0.3), mode("infobatch", 0.91, 5, 0.7)]
    created = {"created": RECORDED, "note": ""}
    return [{"key": results.key_of(asked)} | created | asked | outcome for asked, outcome in found]


def test_a_mode_stands_beside_the_full_data_of_the_same_seeds(rows):
    table = results.modes(results.frame(rows, modes=True), FIGURE).set_index("label")
    line = table.loc["rs2 rate=0.1 (training mode)"]
    assert (line["n"], line["pairs"], line["used_share"]) == (2, 2, pytest.approx(0.1))
    assert (line["value"], line["full"], line["difference"]) == pytest.approx((0.81, 0.9, -0.09))
    # differences -0.10 and -0.08: sd 0.0141421, t(0.975, 1) = 12.7062
    assert line["difference_half"] == pytest.approx(12.7062 * 0.01, rel=1e-5)
    assert (line["used_images"], line["full_images"], line["full_seconds"]) == (20_000, 200_000, 100)
    assert table["line"].nunique() == 2  # RS2 at its rates is one line of the chart
    assert table.loc["infobatch (training mode)", "pairs"] == 0  # no full data of seed 5


def test_no_comparison_of_coresets_counts_a_mode(rows):
    every, plain = results.frame(rows, modes=True), results.frame(rows)
    assert (len(every), len(plain)) == (10, 6)
    for name in ("verdict", "random", "recalls", "costs"):
        counted = results.part(name, every, metric=FIGURE)
        assert counted.equals(results.part(name, plain, metric=FIGURE)), name
        assert not counted["label"].str.contains("training mode").any()
    with pytest.raises(NoTableError, match="selects no coreset"):
        results.part("modes", plain, metric=FIGURE)
    assert len(results.part("modes", every, metric=FIGURE)) == 3


def test_a_mode_of_another_loss_stands_beside_the_full_data_of_its_own(rows):
    graded = {"recipe": rows[0]["recipe"] | {"loss": "ordinal"}}
    full, rs2 = rows[0] | graded | {"key": "f", FIGURE: 0.5}, next(row for row in rows if row.get("mode")) | graded
    table = results.modes(results.frame([*rows, full, rs2 | {"key": "m", FIGURE: 0.4}], modes=True), FIGURE)
    line = table.set_index("label").loc["rs2 rate=0.1 (training mode), ordinal loss"]
    assert (line["full"], line["difference"], line["pairs"]) == (0.5, pytest.approx(-0.1), 1)
    assert table.set_index("label").loc["rs2 rate=0.1 (training mode)", "full"] == pytest.approx(0.9)
    assert table["line"].nunique() == 3
