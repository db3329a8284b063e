"""What the Retrain page starts for a form, worked out by hand."""

import shlex

import pytest

from coreset_engine import store
from coreset_engine.dashboard import retraining
from coreset_engine.dashboard.retraining import Selecting, Training
from coreset_engine.errors import ConfigError, SelectionError

FACTS = store.RunInfo(epochs=12, samples=300, classes=3, architecture="lenet")
EVA = {"early": 1, "late": 9, "length": 4, "combine": "sum"}


@pytest.fixture(autouse=True)
def known_speed(monkeypatch):
    monkeypatch.setattr(retraining, "seconds_per_image", lambda facts, run: 0.001)


def planned(chosen, training):
    return retraining.plan("tiny", chosen, training, FACTS)


def test_every_method_is_a_job_with_options_of_its_own_and_references_have_none():
    chosen = Selecting({"eva": EVA, "aum": {"space": "logit"}}, [0.1, 0.3], "ccs", {"cutoff": 0.2}, ("tiny-s1",))
    found = planned(chosen, Training(["lenet", "resnet8"], 2, 12, ("random", "full")))
    common = ["--architecture", "lenet", "resnet8", "--epochs", "12", "--seeds", "0", "1"]
    rates, rule = ["--rate", "0.1", "0.3"], ["--average", "tiny-s1", "--rule", "ccs", "--option", "cutoff=0.2"]
    windows = [word for name, value in EVA.items() for word in ("--option", f"{name}={value}")]
    assert [list(words) for words, _ in found.jobs] == [
        ["retrain", "tiny", "--method", "random", *rates, *common],
        ["retrain", "tiny", "--method", "full", "--rate", "1", *common],
        ["retrain", "tiny", "--method", "eva", *rates, *common, *rule, *windows],
        ["retrain", "tiny", "--method", "aum", *rates, *common, *rule, "--option", "space=logit"],
    ]
    # 2 networks x 2 seeds x (2 rates of each of 3 methods, and full once)
    assert found.count == 2 * 2 * (3 * 2 + 1)


def test_rows_are_left_out_of_every_training_and_of_the_references_too():
    chosen = Selecting({"aum": {}}, [0.1], exclude="wrong", excluded=(1, 2))
    found = planned(chosen, Training(["lenet"], 1, 12, ("random", "full")))
    assert [words[words.index("--exclude") + 1] for words, _ in found.jobs] == ["wrong"] * 3
    assert [title for _, title in found.jobs] == [
        "Retrain on random coresets of tiny without wrong",
        "Retrain on all data of tiny without wrong",
        "Retrain on aum coresets of tiny without wrong",
    ]


def test_a_rate_that_the_rows_left_can_not_meet_is_refused_in_the_form():
    chosen = Selecting({"aum": {}}, [0.1, 0.9], exclude="wrong", excluded=tuple(range(31)))
    with pytest.raises(SelectionError, match=r"31 of 300 samples are excluded, so 270 can't be kept"):
        planned(chosen, Training(["lenet"], 1, 12))
    planned(Selecting({}, [0.9], exclude="wrong", excluded=tuple(range(30))), Training(["lenet"], 1, 12, ("random",)))


def test_what_is_not_asked_for_is_left_to_the_engine_and_what_is_asked_for_is_given():
    plain = planned(Selecting({"aum": {}}, [0.1]), Training(["lenet"], 1, 12)).jobs[0][0]
    assert not {"--batch-size", "--lr", "--device", "--average", "--exclude"} & set(plain)
    asked = Training(["lenet"], 1, 12, batch_size=32, learning_rate=0.05, device="cpu")
    words = planned(Selecting({"aum": {}}, [0.1]), asked).jobs[0][0]
    assert [words[words.index(name) + 1] for name in ("--batch-size", "--lr", "--device")] == ["32", "0.05", "cpu"]


def test_a_method_that_picks_a_set_itself_is_given_no_rule():
    chosen = Selecting({"k-center": {"balanced": True}}, [0.1], "ccs", {"cutoff": 0.2})
    words = planned(chosen, Training(["lenet"], 1, 12)).jobs[0][0]
    assert "--rule" not in words
    assert [word for word in words if "=" in word] == ["balanced=True"]


def test_the_command_shown_is_word_for_word_what_is_run():
    found = planned(Selecting({"eva": EVA}, [0.1]), Training(["lenet"], 1, 12, ("random",)))
    shown = [shlex.split(line)[3:] for line in found.commands.splitlines()]
    assert shown == [list(words) for words, _ in found.jobs]


def test_the_time_is_that_of_the_images_seen_at_the_speed_of_the_recording():
    # 300 samples x 0.5 x 100 epochs x 2 seeds = 30,000 images of 1 ms
    found = planned(Selecting({"aum": {}}, [0.5]), Training(["lenet"], 2, 100))
    assert found.sentence.startswith("2 retrainings;")
    assert "Roughly 30 s" in found.sentence


@pytest.mark.parametrize(
    ("chosen", "training"),
    [
        (Selecting({}, [0.1]), Training(["lenet"], 1, 12)),
        (Selecting({"aum": {}}, []), Training(["lenet"], 1, 12, ("random",))),
        (Selecting({"aum": {}}, [0.1]), Training([], 1, 12)),
    ],
)
def test_a_form_with_a_gap_starts_nothing_and_says_what_is_missing(chosen, training):
    found = planned(chosen, training)
    assert (found.jobs, found.count) == ((), 0)
    with pytest.raises(ConfigError, match="one rate and one network"):
        retraining.start(found)


def test_full_data_alone_needs_no_rate():
    found = planned(Selecting({}, []), Training(["lenet"], 3, 12, ("full",)))
    assert (len(found.jobs), found.count) == (1, 3)
