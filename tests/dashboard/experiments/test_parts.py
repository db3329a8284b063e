"""What the Retrain page starts for a form, worked out by hand."""

import shlex
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
def known_speed(monkeypatch):
    monkeypatch.setattr(parts, "seconds_per_image", lambda facts, run: 0.001)


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
    return parts.plan(asked, LENET | (training or {}), references, FACTS)


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
        "Retrain on all data of tiny without wrong",
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


def test_the_command_shown_is_word_for_word_what_is_run(monkeypatch):
    started = []
    monkeypatch.setattr(parts.queue, "start", lambda asked, title: started.append((asked, title)))
    found = planned(chosen({"eva": EVA}, [1 / 3]), references=("random",))
    parts.start(found)
    shown = [shlex.split(line)[3:] for line in requests.commands(found).splitlines()]
    titles = ["Retrain on random coresets of tiny", "Retrain on eva coresets of tiny"]
    assert started == list(zip(shown, titles, strict=True))
    assert [RetrainingRequest.from_argv(one[1:]).rates for one in shown] == [(1 / 3,)] * 2


def test_the_time_is_that_of_the_images_seen_at_the_speed_of_the_recording():
    # 300 samples x 0.5 x 100 epochs x 2 seeds = 30,000 images of 1 ms
    found = planned(chosen({"aum": {}}, [0.5]), {"seeds": (0, 1), "epochs": 100})
    told = parts.sentence(found, FACTS)
    assert told.startswith("2 retrainings;")
    assert "Roughly 30 s" in told


@pytest.mark.parametrize(
    ("asked", "networks", "references"),
    [
        (chosen({}, [0.1]), ("lenet",), ()),
        (chosen({"aum": {}}, []), ("lenet",), ("random",)),
        (chosen({"aum": {}}, [0.1]), (), ()),
    ],
)
def test_a_form_with_a_gap_starts_nothing_and_says_what_is_missing(asked, networks, references, cache):
    found = planned(asked, {"architectures": networks}, references)
    assert found == []
    assert "one rate and one network" in parts.sentence(found, FACTS)
    parts.start(found)
    assert not (cache / "jobs.db").exists()


def test_full_data_alone_needs_no_rate():
    (found,) = planned(chosen({}, []), {"seeds": (0, 1, 2)}, ("full",))
    assert (found.methods, found.count) == (("full",), 3)
