"""The part of a report that tells what retrainings on the selection reached."""

import re

import numpy as np
import pytest

from coreset_engine import CoresetSpec, export, methods, pipeline, results
from coreset_engine.export import figures, retrained
from coreset_engine.export.figures import RatePoint
from tests.compared import RECORDED, config, frame, metrics

EVA = {"early": 1, "late": 190, "length": 10}


def origin(method="eva", rule="top", rate=0.1, options=None, **changes):
    """What a coreset of the run `organs` says of itself."""
    of_method, of_rule = methods.resolve(method, rule, rate, EVA if options is None else options)
    found = {"run": "organs", "average": [], "recorded": RECORDED, "epochs": 200, "recipe": {"epochs": 200}}
    found |= {"run_version": f"{RECORDED} 200/200"}
    found |= {"dataset_sha256": "ab" * 32, "method": method, "options": of_method, "rule": rule, "rate": rate}
    return found | {"rule_options": of_rule, "snapshot": None} | changes


def parts(asked, *given):
    """What each row is to the selection, as far as it belongs to it."""
    return retrained.belonging(frame(*[(one, metrics(0.8)) for one in given]), asked)["part"].tolist()


def test_the_same_method_and_windows_at_any_rate_belong_to_it_and_so_do_random_and_all_data():
    given = [config("eva", rate=0.1, options=EVA), config("eva", rate=0.3, seed=4, options=EVA)]
    assert parts(origin(), *given, config("random"), config("full")) == ["selection", "selection", "random", "full"]


@pytest.mark.parametrize(
    "other",
    [
        config("eva", options=EVA | {"late": 150}),
        config("eva", options=EVA, rule="balanced"),
        config("aum"),
        config("eva", options=EVA, run="other"),
        config("eva", options=EVA, average=["second"]),
        config("eva", options=EVA, dynamics=["2025-01-01T00:00:00+00:00 200/200"]),  # recorded anew since
        config("eva", options=EVA, dataset_sha256="cd" * 32),
        config("eva", options=EVA, excluded={"rows": 3, "sha256": "ef" * 32}),
        config("random", rule="balanced"),
        config("full", excluded={"rows": 3, "sha256": "ef" * 32}),
    ],
)
def test_what_was_selected_otherwise_does_not(other):
    assert parts(origin(), other) == []


def test_a_selection_without_some_samples_has_its_own_retrainings_and_references_with_and_without_them():
    gone = {"excluded": {"rows": 3, "sha256": "ef" * 32}}
    given = [config("eva", options=EVA, **gone), config("eva", options=EVA), config("full", **gone), config("full")]
    assert parts(origin(excluded_sha256="ef" * 32), *given) == ["selection", "full", "full"]


def test_random_is_itself_whatever_its_draws():
    given = [config("random", seed=seed) for seed in range(2)]
    assert parts(origin("random", options={"seed": 9}), *given) == ["selection", "selection"]


def test_a_cut_off_chosen_by_the_rate_belongs_at_every_rate_and_one_that_was_given_does_not():
    asked = origin("aum", "ccs", 0.1, {})
    low, high = (config("aum", rate=rate, rule="ccs", options={}) for rate in (0.1, 0.3))
    assert low["rule_options"]["cutoff"] != high["rule_options"]["cutoff"]
    other = config("aum", rate=0.1, rule="ccs", options={"cutoff": 0.07})
    assert parts(asked, low, high, other) == ["selection", "selection"]


def test_without_a_retraining_the_report_says_so():
    assert "No retraining on this selection yet.</p>" in retrained.section(results.frame([]), origin())
    text = retrained.section(frame((config("random"), metrics(0.8))), origin())
    assert "No retraining on this selection yet. Random and the full data" in text
    assert text.count("<svg") == 1


def test_means_stand_with_their_spread_and_n_in_figure_and_table():
    rows = [(config("eva", seed=seed, options=EVA), metrics(value)) for seed, value in enumerate((0.6, 0.7))]
    rows += [(config("full"), metrics(0.9)), (config("eva", seed=2, options=EVA), metrics(0.1, collapsed=True))]
    text = retrained.section(frame(*rows), origin())
    assert "<td>eva 1/190 K10</td><td>10</td><td>100</td><td>2</td><td>65.00 ± 7.07</td>" in text
    assert "<td>full</td><td>100</td><td>1,000</td><td>1</td><td>90.00</td>" in text
    assert "n = 2</text>" in text
    assert "full, n = 1</text>" in text
    assert text.count("<tr>") == 5  # two heads, the means of eva and full, and the verdict on eva


def verdicts(text):
    """The lines of the first table of verdicts, cell by cell."""
    table = text.split("Against Random", 1)[1].split("</table>", 1)[0]
    return [re.findall("<t[dh]>(.*?)</t[dh]>", line) for line in re.findall("<tr>(.*?)</tr>", table)]


def test_the_verdict_stands_with_difference_interval_and_n():
    pairs = [(0.60, 0.70), (0.62, 0.74)]
    rows = [(config("random", seed=seed), metrics(low)) for seed, (low, _) in enumerate(pairs)]
    rows += [(config("eva", seed=seed, options=EVA), metrics(high)) for seed, (_, high) in enumerate(pairs)]
    head, line = verdicts(retrained.section(frame(*rows), origin()))
    assert head == list(retrained.verdicts.COLUMNS)
    # differences of 10 and 12 points: mean 11, sd 1.4142, and t(0.975, 1) = 12.706 of 1.4142 / sqrt(2) = 1
    assert line[:6] == ["eva 1/190 K10", "10", "no clear difference", "+11.00", "-1.71 to +23.71", "2"]
    assert line[6:9] == ["72.00", "61.00", "Random, uniform"]
    assert float(line[9]) == pytest.approx(0.0577, abs=1e-4)


def test_the_verdict_counts_the_methods_that_the_report_does_not_list():
    rows = [(config("random", seed=seed), metrics(0.60 + 0.01 * seed)) for seed in range(3)]
    rows += [(config("eva", seed=seed, options=EVA), metrics(0.80 + 0.013 * seed)) for seed in range(3)]
    alone = verdicts(retrained.section(frame(*rows), origin()))[1]
    rows += [(config("aum", seed=seed), metrics(0.61 + 0.011 * seed)) for seed in range(3)]
    _, line = verdicts(retrained.section(frame(*rows), origin()))
    assert (line[0], line[2]) == ("eva 1/190 K10", "clearly better")
    (page,) = [one for one in results.verdicts(frame(*rows), "test_acc_best_val").to_dict("records")
               if one["label"] == "eva 1/190 K10"]  # fmt: skip
    assert line[9] == f"{page['p_holm']:.3g}" != alone[9]


def test_without_random_the_report_says_that_nothing_can_be_tested():
    rows = [(config("eva", seed=seed, options=EVA), metrics(0.8)) for seed in range(2)]
    _, line = verdicts(retrained.section(frame(*rows), origin()))
    assert line[2:6] == ["no test: too few pairs", "–", "–", "0"]


def test_networks_are_never_mixed_and_those_without_the_selection_are_left_out():
    rows = [config("eva", options=EVA, architecture=name) for name in ("resnet18", "lenet")]
    rows += [config("random", architecture=name) for name in ("resnet18", "mlp")]
    text = retrained.section(frame(*[(row, metrics(0.8)) for row in rows]), origin())
    assert re.findall("<h3>(.*?)</h3>", text) == ["resnet18, 200 epochs", "lenet, 200 epochs"]


def test_names_from_elsewhere_are_text():
    text = retrained.section(frame((config("full", architecture="<b>&"), metrics(0.8))), origin())
    assert "<b>" not in text
    assert "<h3>&lt;b&gt;&amp;, 200 epochs</h3>" in text
    point = RatePoint(0.1, 0.5, np.nan, 1)
    drawn = figures.rates({'"<b>': [point]}, {'"<i>': point}, {'"<b>': "<b>"})
    assert not re.search("<[bi]>", drawn)
    assert drawn.count("&#34;&lt;b&gt;") == 2  # in the legend and in what is read aloud
    assert drawn.count("&#34;&lt;i&gt;") == 2  # above its level and in what is read aloud


def test_points_lie_by_the_logarithm_of_the_rate():
    line = [RatePoint(rate, 0.5, np.nan, 1) for rate in (0.01, 0.1, 1.0)]
    drawn = figures.rates({"eva": line}, {}, {"eva": "eva"})
    x = [float(value) for value in re.findall(r'<circle cx="([\d.]+)"', drawn)]
    assert x[1] - x[0] == pytest.approx(x[2] - x[1], abs=0.2)
    assert [word for word in ("1", "10", "100") if f'text-anchor="middle">{word}<' in drawn] == ["1", "10", "100"]


def test_random_is_dashed_and_single_seeds_have_no_bar():
    one = {"random": [RatePoint(0.1, 0.5, np.nan, 1)], "eva": [RatePoint(0.1, 0.6, 0.02, 3)]}
    drawn = figures.rates(one, {"full": RatePoint(1.0, 0.9, 0.01, 2)}, {"random": "random", "eva": "eva"})
    assert drawn.count('stroke-dasharray="6 4"') == 1
    assert drawn.count('stroke-width="1.5"') == 1
    assert "nan" not in drawn


def test_a_real_selection_finds_its_real_retrainings(recorded):
    options = {"early": 1, "late": 3, "length": 2}
    given = {"architectures": ("lenet",), "seeds": (0, 3), "epochs": 1, "device": "cpu"}
    asked = pipeline.RetrainingRequest("tiny", ("eva", "random"), (0.1, 0.2), options=options, **given)
    assert len(list(pipeline.retrain(asked))) == 8
    coreset = export.with_origin(CoresetSpec("tiny", "eva", options, rate=0.15))
    found = retrained.belonging(results.frame(), coreset.origin)
    assert found["part"].value_counts().to_dict() == {"selection": 4, "random": 4, "full": 1}
    text = export.as_bytes(coreset, "html", rows=results.frame()).decode()
    assert "eva 1/3 K2" in text
    assert "No retraining" not in text
    assert not re.search(r"<(a|button|form|iframe|link|script)[ >]", text)
    assert "Retrained" not in export.as_bytes(coreset, "html").decode()
