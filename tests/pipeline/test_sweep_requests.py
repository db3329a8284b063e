"""Sweeps are read back from words, Python and YAML, hold each cell once, and refuse what can't be meant in a sentence."""

import shlex

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine.coreset import CoresetSpec
from coreset_engine.errors import ConfigError, EngineError, WindowError
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest, sweep_words, window_words


@pytest.mark.parametrize(("epochs", "step"), [(200, 10), (60, 3), (30, 1), (8, 1)])
def test_a_grid_has_steps_of_a_twentieth_of_the_run(epochs, step):
    assert window_words.step_of(epochs) == step


def test_words_name_the_pairs_that_one_would_write_down():
    # T = 8, K = 2, step 1: starts 1..7, legal where t_l - t_e >= 2
    assert window_words.pairs(["row:5"], 8, 2) == [(5, 7)]
    assert window_words.pairs(["column:4"], 8, 2) == [(1, 4), (2, 4)]
    assert window_words.pairs(["1/7", "1/7", "2/6"], 8, 2) == [(1, 7), (2, 6)]
    assert len(window_words.pairs(["grid"], 8, 2)) == 5 + 4 + 3 + 2 + 1
    assert window_words.pairs(["grid"], 8, 2, step=6) == [(1, 7)]
    around = window_words.pairs(["around:3/6"], 8, 2)
    assert (3, 6) in around
    assert all(abs(early - 3) <= 2 and abs(late - 6) <= 2 and late - early >= 2 for early, late in around)


@pytest.mark.parametrize("word", ["", "grid:1", "row", "row:x", "1-9", "1/x", "around:1", "column:"])
def test_a_word_that_names_no_windows_is_refused_with_the_forms(word):
    with pytest.raises(ConfigError, match=r"names no windows.*row:E"):
        SweepRequest("demo", ("eva",), (0.1,), windows=(word,))


def test_without_windows_eva_asks_where_they_lie():
    with pytest.raises(ConfigError, match=r"Where do the windows of eva lie\? Add --windows"):
        cells(methods=("el2n", "eva"))
    assert len(cells(methods=("eva:early=1,late=21",))) == 1


@pytest.mark.parametrize(("word", "length"), [("1/5", 10), ("1/30", 10), ("row:25", 10), ("grid", 16)])
def test_windows_that_do_not_fit_are_refused_before_training(word, length):
    with pytest.raises(WindowError, match="no two windows"):
        window_words.pairs([word], 30, length)


@pytest.mark.parametrize(
    ("epochs", "length", "told"),
    [(8, 10, "Give a --length of at most 4, or record a longer run."), (2, 2, "of 2 epochs. Record a longer run.")],
)
def test_a_run_too_short_for_two_windows_says_which_length_fits(epochs, length, told):
    with pytest.raises(WindowError, match=f"no two windows of {length} epochs fit.*{told}"):
        window_words.pairs(["grid"], epochs, length)


def cells(**given):
    asked = {"architectures": ("lenet",)} | given
    return SweepRequest("demo", asked.pop("methods", ("eva",)), asked.pop("rates", (0.1,)), **asked).cells(30)


def test_every_combination_is_one_cell():
    found = cells(windows=("1/11", "1/21"), rates=(0.1, 0.2), training_seeds=(0, 1, 2), lengths=(5, 10))
    assert len(found) == len(set(found)) == 2 * 2 * 2 * 3
    assert {(item.spec.options["early"], item.spec.options["late"], item.spec.options["length"]) for item in found} == {
        (1, 11, 5), (1, 21, 5), (1, 11, 10), (1, 21, 10)}  # fmt: skip


def test_the_same_cell_asked_twice_is_one():
    assert len(cells(windows=("1/21", "row:1"), training_seeds=(0, 0))) == len(cells(windows=("row:1",)))


def test_seeds_of_the_draw_and_of_the_training_are_apart_only_where_something_is_drawn():
    drawn = cells(methods=("random",), selection_seeds=(5, 6), training_seeds=(0, 1, 2))
    assert sorted((item.spec.options["seed"], item.seed) for item in drawn) == [
        (draw, seed) for draw in (5, 6) for seed in (0, 1, 2)]  # fmt: skip
    assert len(cells(windows=("1/21",), selection_seeds=(5, 6), training_seeds=(0, 1, 2))) == 3
    stratified = cells(windows=("1/21",), rules=("ccs",), selection_seeds=(5, 6), training_seeds=(0, 1))
    assert sorted((item.spec.rule_options["seed"], item.seed) for item in stratified) == [
        (5, 0),
        (5, 1),
        (6, 0),
        (6, 1),
    ]


def test_methods_and_rules_carry_options_of_their_own():
    found = cells(methods=("el2n:epochs=5", "el2n:epochs=7"), rules=("top", "ccs:cutoff=0.3,strata=20"))
    assert [(item.spec.options["epochs"], item.spec.rule) for item in found] == [
        (5, "top"), (5, "ccs"), (7, "top"), (7, "ccs")]  # fmt: skip
    assert dict(found[1].spec.rule_options)["cutoff"] == 0.3


def test_windows_are_left_to_the_methods_that_have_them():
    found = cells(methods=("eva", "el2n"), windows=("1/21",))
    assert [item.spec.method for item in found] == ["eva", "el2n"]


def test_methods_that_pick_a_set_know_no_rule():
    assert {item.spec.rule for item in cells(methods=("k-center",), rules=("balanced", "ccs"))} == {"top"}


def test_references_stand_first_and_once():
    found = cells(windows=("1/21",), references=("full", "random"), rates=(0.1, 0.2))
    assert [(item.spec.method, item.spec.rate) for item in found[:3]] == [
        ("full", 1.0),
        ("random", 0.1),
        ("random", 0.2),
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"methods": ("nope",)}, "no method 'nope'"),
        ({"methods": ("el2n:width=3",)}, "no option 'width'"),
        ({"methods": ("el2n:epochs",)}, "has no value"),
        ({"rules": ("nope",)}, "no selection rule 'nope'|no rule 'nope'"),
        ({"options": {"cutof": 1}}, "has an option 'cutof'"),
        ({"rates": (1.5,)}, "1.5"),
        ({"search": "luck"}, "search='luck'"),
        ({"budget": 3}, "--budget 3"),
        ({"metric": "test_acc_last"}, "metric='test_acc_last'"),
        ({"metric": "val_bal_acc_last"}, "Ask for a search, too"),
        ({"methods": ("el2n",), "windows": ("grid",)}, "windows change nothing"),
        ({"methods": ("el2n", "k-center"), "lengths": (5,)}, "length of windows changes nothing"),
        ({"windows": ("1/5",), "step": 3}, "A step is of windows as grid"),
        ({"snapshot": 3}, "snapshot 3 changes nothing"),
        ({"executor": "cloud"}, "executor='cloud'"),
        ({"slots": 0}, "--slots 0"),
        ({"address": "head:6379"}, "Give --executor ray"),
        ({"executor": "slurm", "address": "head:6379"}, "is not possible with Slurm"),
        ({"executor": "slurm", "slots_per_device": 2}, "not possible with Slurm"),
        ({"slurm": ("partition=gpu",)}, "Give --executor slurm"),
        ({"executor": "slurm", "slurm": ("nice=3",)}, "no option as name=value"),
        ({"executor": "slurm", "slurm": ("mem=8G\n#SBATCH --wrap=true",)}, "--slurm mem takes letters"),
        ({"executor": "slurm", "slurm": ("minutes=2h",)}, "a number of minutes"),
        ({"search": "racing", "test_every_epoch": True}, "looks at test once"),
        ({"training_seeds": (-1,)}, "seed=-1"),
        ({"training_seeds": ()}, "Nothing is asked"),
        ({"methods": "eva"}, "methods is a list"),
        ({"architectures": ("nope",)}, "nope"),
        ({"loss": "hinge"}, "loss='hinge'"),
        ({"augmentation": "turn"}, "augmentation='turn'"),
        ({"schedule": "linear"}, "schedule='linear'"),
        ({"augment": "no"}, "augment='no' is not possible: give true or false"),
        ({"drop_last": 1}, "drop_last=1 is not possible"),
        ({"drop_last": True, "modes": ("infobatch", "rs2")}, "Mode infobatch plans the samples of every epoch"),
        ({"weights": "w.csv"}, "Add --weighting per-sample"),
        ({"weighting": "some"}, "weighting='some'"),
    ],
)
def test_what_can_not_be_trained_is_refused_in_one_sentence(given, said):
    with pytest.raises(EngineError, match=said):
        SweepRequest("demo", given.pop("methods", ("eva",)), given.pop("rates", (0.1,)), **given)


SEEDS = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=3).map(tuple)
PAIRS = st.tuples(st.integers(1, 99), st.integers(1, 99)).map(lambda pair: f"{pair[0]}/{pair[1]}")
WORDS = st.one_of(st.just("grid"), st.integers(1, 99).map("row:{}".format), PAIRS, PAIRS.map("around:{}".format))


PLACES = [
    {"slots": 3, "slots_per_device": 2},
    {"executor": "ray", "address": "head.lab:6379", "slots_per_device": 4},
    {"executor": "slurm", "slurm": ("partition=gpu", "minutes=120", "mem=8G"), "slots": 8},
    {"executor": "slurm", "address": "local"},
]


@st.composite
def sweeps(draw):
    """Any sweep that the command line can ask for."""
    search = draw(st.sampled_from(["", "halving", "racing", "model"]))
    names = draw(st.lists(st.sampled_from(["eva", "el2n:epochs=7", "random"]), min_size=1, max_size=3).map(tuple))
    windows = draw(st.lists(WORDS, max_size=3).map(tuple)) if "eva" in names else ()
    return SweepRequest(
        draw(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)),
        names,
        draw(st.lists(st.floats(0.001, 1), min_size=1, max_size=3).map(tuple)),
        windows=windows,
        lengths=draw(st.lists(st.integers(1, 50), max_size=2).map(tuple)) if "eva" in names else (),
        step=draw(st.none() | st.integers(1, 20)) if any(word[0].isalpha() for word in windows) else None,
        rules=draw(st.sampled_from([("top",), ("ccs:cutoff=0.25", "balanced")])),
        options=draw(st.sampled_from([{}, {"combine": "normalized"}])) if "eva" in names else {},
        selection_seeds=draw(st.just(()) | SEEDS),
        training_seeds=draw(SEEDS),
        references=draw(st.sampled_from([(), ("full", "random")])),
        epochs=draw(st.none() | st.integers(1, 500)),
        learning_rate=draw(st.none() | st.floats(1e-6, 10)),
        augment=draw(st.sampled_from([None, True, False])),
        search=search,
        budget=draw(st.none() | st.integers(1, 900)) if search else None,
        metric=draw(st.sampled_from(["val_acc_best", "val_bal_acc_last"])) if search else "val_acc_best",
        test_every_epoch=not search and draw(st.booleans()),
        loss=draw(st.sampled_from([None, "ordinal"])),
        augmentation=draw(st.sampled_from([None, "resized-crop-flip"])),
        schedule=draw(st.sampled_from([None, "cosine:0.0001", "cosine-full"])),
        normalisation=draw(st.sampled_from([None, "channels"])),
        nesterov=draw(st.sampled_from([None, True, False])),
        view=draw(st.sampled_from([None, "centre"])),
        drop_last=draw(st.booleans()),
        **draw(st.sampled_from([{}, {"weighting": "batch"}, {"weighting": "per-sample", "weights": "of mine.csv"}])),
        **draw(st.sampled_from(PLACES)),
    )


@given(sweeps())
def test_any_sweep_is_read_back_from_words_python_and_yaml(request):
    assert SweepRequest.from_argv(shlex.split(shlex.join(request.to_argv()))) == request
    assert eval(request.to_python(), {"SweepRequest": SweepRequest}) == request
    assert requests.from_yaml(requests.to_yaml(request)) == request


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "no mapping but list"),
        ("run: a\nmethods: [eva]\nrates: [0.1]\nrates: [0.2]", "'rates' stands in it twice"),
        ("run: !!map [1]", "expected a mapping node"),
        ("run: demo\nmethods: [eva]", "needs rates"),
        ("run: demo\nmethods: [eva]\nrates: [0.1]\nwindow: grid", "has no field window"),
        ("run: [", "can't be read as YAML"),
        ("run: demo\nmethods: [eva]\nrates: [much]", "rates='much' is not possible: give numbers"),
        ("run: demo\nmethods: [eva]\nrates: 0.1", "rates is a list; given was 0.1"),
        ("run: demo\nmethods: eva\nrates: [0.1]", "methods is a list"),
        ('run: demo\nmethods: [eva]\nrates: [0.1]\ndrop_last: "no"', "drop_last='no' is not possible"),
        ("!!python/object/apply:os.system ['true']", "can't be read as YAML"),
    ],
)
def test_yaml_that_is_no_sweep_is_refused_in_one_sentence(text, said):
    with pytest.raises(ConfigError, match=said):
        requests.from_yaml(text)


@pytest.mark.parametrize(
    "field",
    [
        *("run: 5", "exclusion: 3", "exclusion: [a]", "weights: 5", "weighting: 5", "options: [a]", "options: null"),
        *(
            "epochs: ten",
            "epochs: 2.5",
            "epochs: true",
            "epochs: [2]",
            "batch_size: x",
            "learning_rate: x",
            "warmup: [0]",
        ),
        *("step: x", "snapshot: x", "budget: 1.5", "training_seeds: [1.5]", "selection_seeds: [x]", "lengths: [4.5]"),
    ],
)
def test_a_value_of_another_type_in_yaml_is_refused_by_its_name_and_never_rounded(field):
    asked = yaml.safe_load("run: demo\nmethods: [el2n]\nrates: [0.1]\nsearch: halving") | yaml.safe_load(field)
    with pytest.raises(ConfigError, match=field.partition(":")[0]):
        requests.from_yaml(yaml.safe_dump(asked))


@pytest.mark.parametrize("given", [{"epochs": 2.5}, {"batch_size": "x"}, {"seeds": (1.5,)}, {"warmup": "x"}])
def test_retrainings_refuse_values_of_another_type_too(given):
    with pytest.raises(ConfigError, match="is not possible: give a"):
        requests.RetrainingRequest("demo", ("el2n",), (0.1,), **given)


@pytest.mark.parametrize("asked", [{"methods": ("el2n",)}, {"methods": (), "references": ("random",)}])
def test_a_sweep_over_no_rate_is_refused_where_every_cell_needs_one(asked):
    with pytest.raises(ConfigError, match="a rate"):
        SweepRequest("demo", rates=(), **asked)
    assert SweepRequest("demo", ("full",), (), architectures=("lenet",)).cells(30)


@pytest.mark.parametrize(
    ("method", "rule", "said"),
    [
        ("mix:share=1.5", "top", "Option share='1.5' is not possible: give a number from 0"),
        ("mix:importance=nonsense", "top", "There is no scoring method 'nonsense'"),
        ("gradmatch:lam=-1", "top", "Option lam='-1' is not possible: give a number of 0 or more"),
        ("zcore:exponent=inf", "top", "Option exponent='inf' is not possible: give a number above 0"),
        ("el2n", "ccs:cutoff=1", "Option cutoff='1' is not possible: give a share from 0 to below 1"),
        ("el2n", "sampled:temperature=0", "Option temperature='0' is not possible: give a number above 0"),
    ],
)
def test_an_option_out_of_its_bounds_is_refused_where_it_is_named_at_every_door(method, rule, said):
    (name, options), (of_rule, more) = (sweep_words.with_options(word) for word in (method, rule))
    words = [f"--option={key}={value}" for key, value in (options | more).items()]
    doors = [
        lambda: SweepRequest("demo", (method,), (0.1,), rules=(rule,)),
        lambda: SweepRequest.from_argv(["demo", "--method", method, "--rate", "0.1", "--rule", rule]),
        lambda: requests.from_yaml(f"run: demo\nmethods: ['{method}']\nrates: [0.1]\nrules: ['{rule}']"),
        lambda: RetrainingRequest("demo", (name,), (0.1,), rule=of_rule, options=options | more),
        lambda: RetrainingRequest.from_argv(["demo", "--method", name, "--rate", "0.1", "--rule", of_rule, *words]),
        lambda: CoresetSpec("demo", name, options, of_rule, rate=0.1, rule_options=more),
    ]
    for door in doors:
        with pytest.raises(EngineError, match=said):
            door()


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml can't be read: No such file"):
        requests.from_yaml(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "given", [{"class_budget": "equal"}, {"hard_cutoff": 0.3}, {"group_budget": "whole"}, {"rule": "balanced"}]
)
@pytest.mark.parametrize(("name", "told"), [("full", "full keeps all samples"), ("auto", "auto chooses rule, class")])
def test_what_nothing_asked_for_would_use_is_refused_in_python_too(given, name, told):
    with pytest.raises(ConfigError, match=told):
        RetrainingRequest("tiny", (name,), (0.1,), **given)
    many = {f"{key}s": (value,) for key, value in given.items()}
    with pytest.raises(ConfigError, match=told):
        SweepRequest("tiny", (name,), (0.1,), **many)
    assert RetrainingRequest("tiny", (name, "aum"), (0.1,), **given).count == 2
    assert SweepRequest("tiny", (name, "aum"), (0.1,), **many).methods == (name, "aum")
    if name == "auto" and "rule" not in given and "group_budget" not in given:
        assert RetrainingRequest("tiny", (name,), (0.1,), references=("random",), **given).count == 2


def test_evidence_of_no_cut_off_is_refused_in_python_too():
    with pytest.raises(ConfigError, match="cuts nothing without hard_cutoff"):
        RetrainingRequest("tiny", ("aum",), (0.1,), hard_cutoff_by="folds")
    with pytest.raises(ConfigError, match="cuts nothing without hard_cutoff"):
        SweepRequest("tiny", ("aum",), (0.1,), hard_cutoffs_by=("aum", "folds"))
