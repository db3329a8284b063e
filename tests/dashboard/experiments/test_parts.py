"""What the Experiments page starts for a form, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from coreset_engine import store
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.experiments import parts
from coreset_engine.errors import SelectionError
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RetrainingRequest

FACTS = store.RunInfo(epochs=12, samples=300, classes=3, architecture="lenet")
EVA = {"early": 1, "late": 9, "length": 4, "combine": "sum"}
LENET = {"architectures": ("lenet",), "seeds": (0,), "epochs": 12}


@pytest.fixture(autouse=True)
def saved(monkeypatch):
    """The rows of the sets that a request names, for a run that does not exist."""
    found = {"": np.arange(0), "wrong": np.array([1, 2]), "30": np.arange(30), "31": np.arange(31)}
    monkeypatch.setattr(cached, "excluded", lambda spec: found[spec.exclusion])


def chosen(methods, rates, exclusion="", **more):
    """What the controls return: a request that all share, and one per method."""
    base = RetrainingRequest("tiny", (), tuple(rates), exclusion=exclusion)
    return [base, *(replace(base, methods=(name,), options=given, **more) for name, given in methods.items())]


def planned(asked, training=None, references=()):
    found = [replace(one, **LENET | (training or {})) for one in asked]
    return parts.plan([replace(found[0], references=references), *found[1:]], FACTS)


def words(found):
    return [requests.words_of(one) for one in found]


def test_every_method_is_a_job_with_options_of_its_own_and_references_have_none():
    ruled = {"rule": "ccs", "average": ("tiny-s1",)}
    asked = chosen({"eva": EVA | {"cutoff": 0.2}, "aum": {"space": "logit", "cutoff": 0.2}}, [0.1, 0.3], **ruled)
    found = planned(asked, {"architectures": ("lenet", "resnet8"), "seeds": (0, 1)}, ("random", "full"))
    common = ["--architecture", "lenet", "resnet8", "--epochs", "12", "--seeds", "0", "1"]
    rates, rule = ["--rate", "0.1", "0.3"], ["--average", "tiny-s1", "--rule", "ccs", "--option", "cutoff=0.2"]
    windows = [word for name, value in EVA.items() for word in ("--option", f"{name}={value}")]
    assert words(found) == [
        ["retrain", "tiny", "--method", "random", *rates, *common],
        ["retrain", "tiny", "--method", "full", "--rate", "1.0", *common],
        ["retrain", "tiny", "--method", "eva", *rates, *common, *rule, *windows],
        ["retrain", "tiny", "--method", "aum", *rates, *common, *rule, "--option", "space=logit"],
    ]
    # 2 networks x 2 seeds x (2 rates of each of 3 methods, and full once)
    assert sum(one.count for one in found) == 2 * 2 * (3 * 2 + 1)


def test_rows_are_left_out_of_every_training_and_of_the_references_too():
    found = planned(chosen({"aum": {}}, [0.1], "wrong"), references=("random", "full"))
    assert [one[one.index("--exclude") + 1] for one in words(found)] == ["wrong"] * 3
    assert [one.title for one in found] == [
        "Retrain on random coresets of tiny without wrong",
        "Retrain on full data of tiny without wrong",
        "Retrain on aum coresets of tiny without wrong",
    ]


def test_a_rate_that_the_rows_left_can_not_meet_is_refused_in_the_form():
    with pytest.raises(SelectionError, match=r"31 of 300 samples are excluded, so 270 can't be kept"):
        planned(chosen({"aum": {}}, [0.1, 0.9], "31"))
    assert len(planned(chosen({}, [0.9], "30"), references=("random",))) == 1


def test_what_is_not_asked_for_is_left_to_the_engine_and_what_is_asked_for_is_given():
    (plain,) = words(planned(chosen({"aum": {}}, [0.1])))
    assert not {"--batch-size", "--lr", "--device", "--average", "--exclude"} & set(plain)
    more = {"batch_size": 32, "learning_rate": 0.05, "device": "cpu"}
    (asked,) = words(planned(chosen({"aum": {}}, [0.1]), more))
    assert [asked[asked.index(name) + 1] for name in ("--batch-size", "--lr", "--device")] == ["32", "0.05", "cpu"]


def of_method(name, given, rule, rule_options):
    """The words of one method as the controls ask for it, with the rule that is chosen for all."""
    base = RetrainingRequest("tiny", (), (0.1,))
    asked = parts._of_method(base, name, given, rule, rule_options, ("b",))
    (found,) = words(planned([base, asked]))
    return found


def test_a_method_that_picks_a_set_itself_is_given_no_rule():
    found = of_method("k-center", {"balanced": True}, "ccs", {"cutoff": 0.2})
    assert "--rule" not in found
    assert [word for word in found if "=" in word] == ["balanced=True"]
    assert found[found.index("--average") + 1] == "b"


def test_an_option_that_method_and_rule_have_is_the_methods():
    found = of_method("random", {"seed": 3}, "ccs", {"seed": 8, "strata": 7})
    assert found[found.index("--rule") + 1] == "ccs"
    assert sorted(word for word in found if "=" in word) == ["seed=3", "strata=7"]


@pytest.mark.parametrize(
    ("asked", "networks", "references"),
    [
        (chosen({}, [0.1]), ("lenet",), ()),
        (chosen({"aum": {}}, []), ("lenet",), ("random",)),
        (chosen({"aum": {}}, [0.1]), (), ()),
    ],
)
def test_a_form_with_a_gap_asks_for_nothing(asked, networks, references):
    assert planned(asked, {"architectures": networks}, references) == []


def test_full_data_alone_needs_no_rate():
    (found,) = planned(chosen({}, []), {"seeds": (0, 1, 2)}, ("full",))
    assert (found.methods, found.count) == (("full",), 3)
