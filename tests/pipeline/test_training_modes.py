"""Trainings in a mode: how they are asked for, what their rows say, and that they are no coresets."""

import pytest

from coreset_engine import pipeline, results
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import Retraining, RetrainingRequest, SweepRequest

SHORT = {"architectures": ("lenet",), "epochs": 3, "device": "cpu"}


def modes_of(items):
    """Mode, method and rate of retrainings."""
    return [(item.mode, item.spec.method, item.spec.rate) for item in items]


def test_a_mode_trains_on_the_full_data_once_per_rate_beside_plain_references():
    asked = RetrainingRequest(
        "tiny", (), (0.1, 0.2), mode="rs2", options={"replacement": "true"}, references=("full",), **SHORT
    )
    assert asked.count == 3
    assert modes_of(asked.retrainings()) == [
        ("plain", FULL, 1.0),
        ("rs2:rate=0.1,replacement=true", FULL, 1.0),
        ("rs2:rate=0.2,replacement=true", FULL, 1.0),
    ]
    words = asked.to_argv()
    assert words[-4:] == ["--mode", "rs2:replacement=true", "--reference", "full"]
    assert RetrainingRequest.from_argv(words) == asked


def test_a_sweep_has_modes_beside_its_methods():
    asked = SweepRequest("tiny", ("aum",), (0.1, 0.2), modes=("rs2", "infobatch:prune=0.3"), architectures=("lenet",))
    assert modes_of(asked.cells(5)) == [
        ("plain", "aum", 0.1),
        ("plain", "aum", 0.2),
        ("rs2:rate=0.1", FULL, 1.0),
        ("rs2:rate=0.2", FULL, 1.0),
        ("infobatch:prune=0.3", FULL, 1.0),
    ]
    assert SweepRequest.from_argv(asked.to_argv()) == asked
    assert requests.from_yaml(requests.to_yaml(asked)) == asked
    with pytest.raises(ConfigError, match="A search chooses among coresets"):
        SweepRequest("tiny", ("eva",), (0.1,), windows=("grid",), modes=("rs2",), search="halving")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mode": "rs2"}, "give it as --rate"),
        ({"mode": "rs2", "rates": (0.1,), "methods": ("aum",)}, "selects no coreset. Leave out methods"),
        ({"mode": "infobatch", "class_budget": "equal"}, "Leave out class budget"),
        ({"mode": "infobatch", "options": {"rate": 0.1}}, "no option 'rate'"),
    ],
)
def test_what_a_mode_can_not_do_is_refused(given, words):
    with pytest.raises(ConfigError, match=words):
        RetrainingRequest("tiny", given.pop("methods", ()), given.pop("rates", ()), **given)
    with pytest.raises(ConfigError, match="can't train on a coreset"):
        Retraining(CoresetSpec("tiny", "aum", rate=0.1), 0, "lenet", mode="infobatch")


def test_rows_of_modes_say_what_was_used_and_stand_apart(recorded):
    asked = [
        RetrainingRequest("tiny", (), (0.25,), mode="rs2", references=("random", "full"), **SHORT),
        RetrainingRequest("tiny", (), (), mode="infobatch", **SHORT),
    ]
    rows = [row for request in asked for row in pipeline.retrain(request)]
    modes = {row["mode"]: row for row in rows if "mode" in row}
    assert len(rows) == 4
    one = modes["rs2:rate=0.25"]
    # 50 of 200 samples in each of 3 epochs, in batches of 16 as on a coreset of 50
    assert (one["used_samples"], one["used_share"], one["steps"]) == (150, 0.25, 12)
    assert (one["recipe"]["batch_size"], one["samples"], one["method"], one["rate"]) == (16, 200, FULL, 1.0)
    other = modes["infobatch"]
    assert 0.5 < other["used_share"] < 1
    assert other["recipe"]["batch_size"] == 32
    assert {row["method"] for row in results.frame().to_dict("records")} == {"random", FULL}
    assert len(results.frame()) == 3  # with the recording's own
    every = results.frame(modes=True)
    assert sorted(results.modes_only(every)["label"]) == ["infobatch (training mode)", "rs2 rate=0.25 (training mode)"]
    again = requests.more_seeds([one["key"]])[0]
    assert modes_of(again.retrainings()) == [("rs2:rate=0.25", FULL, 1.0)] * 3
    assert again.seeds == (1, 2, 3)
