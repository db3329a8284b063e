"""Requests are read back from their words, to the last bit, and what can't be meant is refused in one sentence."""

import shlex
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coreset_engine import architectures, pipeline
from coreset_engine.__main__ import cli
from coreset_engine.cli import retrain as command
from coreset_engine.cli.process import Process
from coreset_engine.config import Recipe
from coreset_engine.coreset import CoresetSpec
from coreset_engine.datasets.corruptions import KINDS, Corruption
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import ImportRequest, RecordingRequest, Retraining, RetrainingRequest
from tests.dashboard.record.test_parts import PLAIN

NAMES = {
    "RecordingRequest": RecordingRequest,
    "RetrainingRequest": RetrainingRequest,
    "ImportRequest": ImportRequest,
    "Recipe": Recipe,
    "Corruption": Corruption,
}


def of_command(request):
    """What the command line makes of a request's words, without carrying it out."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "record", lambda one, **watched: found.append(one))
        patch.setattr(pipeline, "retrain", lambda items, **watched: iter(()))
        patch.setattr(RetrainingRequest, "retrainings", lambda one: found.append(one) or [])
        patch.setattr(command, "_tell_of_changed_images", lambda run: None)
        cli.main(requests.words_of(request), standalone_mode=False, obj=Process())
    (one,) = found
    return one


def read_back(request):
    """Check that a request is what its words and its Python say."""
    assert type(request).from_argv(shlex.split(shlex.join(request.to_argv()))) == request
    assert eval(request.to_python(), dict(NAMES)) == request


SHARES = st.floats(0, 1, exclude_min=True)
PATHS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1)
WORDS = PATHS.filter(lambda text: not text.startswith("-"))


RUNS = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)


@st.composite
def recordings(draw):
    """Any recording that the command line can ask for."""
    epochs = draw(st.integers(1, 1000))
    recipe = Recipe(
        epochs=epochs,
        batch_size=draw(st.integers(1, 9999)),
        learning_rate=draw(st.floats(0, 100, exclude_min=True)),
        warmup=draw(st.floats(0, 0.9)),
        augment=draw(st.booleans()),
        precision=draw(st.sampled_from(["auto", "float32", "bfloat16"])),
    )
    image = draw(st.sampled_from(KINDS))
    corruption = Corruption(
        draw(st.floats(0, 1)), image, 0.0 if image == "none" else draw(SHARES), draw(SHARES), draw(st.integers(0, 99))
    )
    return RecordingRequest(
        draw(RUNS),
        draw(st.one_of(WORDS, st.sampled_from(["demo", "cifar10"]))),
        draw(st.sampled_from(list(architectures.all_architectures()))),
        recipe,
        side=draw(st.one_of(st.none(), st.integers(1, 224))),
        seed=draw(st.integers(0, 2**32 - 1)),
        device=draw(st.sampled_from(["auto", "cpu", "cuda"])),
        probabilities=draw(st.sampled_from(["auto", "float32", "float16", "none"])),
        mode=draw(st.sampled_from(["train", "eval"])),
        snapshots=tuple(draw(st.lists(st.integers(1, epochs), max_size=3))),
        corruption=corruption,
    )


@settings(max_examples=100, deadline=None)
@given(recordings())
def test_any_recording_is_read_back_from_its_words_and_its_python(asked):
    read_back(asked)
    assert of_command(asked) == asked


@settings(max_examples=50, deadline=None)
@given(PATHS, RUNS)
def test_any_import_is_read_back_from_its_words_and_its_python(file, run):
    read_back(ImportRequest(file, run))


OPTIONS = {
    "eva": ("top", {"early": 1, "late": 190, "length": 10, "combine": "normalized"}),
    "el2n": ("ccs", {"epochs": 20, "cutoff": 1 / 3, "strata": 7, "seed": 4}),
    "tdds": ("sampled", {"decay": 0.123456789012345, "window": 5, "temperature": 2 / 3}),
    "k-center": ("top", {"balanced": False, "seed": 2}),
    "gradmatch": ("top", {"lam": 0.1 + 0.2, "grad_scale": "none"}),
    "aum": ("shifted", {"space": "logit"}),
    "full": ("top", {}),
}


@st.composite
def retrainings(draw):
    """Any request for retrainings on one method's coresets."""
    name = draw(st.sampled_from(list(OPTIONS)))
    rule, options = OPTIONS[name]
    paired = name == "eva" and draw(st.booleans())
    if paired:
        options = {key: value for key, value in options.items() if key not in ("early", "late")}
    pairs = st.lists(st.tuples(st.integers(1, 99), st.integers(100, 190)), min_size=1, max_size=4)
    names = st.sampled_from(list(architectures.all_architectures()))
    maybe = lambda values: draw(st.one_of(st.none(), values))  # noqa: E731
    return RetrainingRequest(
        draw(WORDS),
        (name,),
        tuple(draw(st.lists(SHARES, min_size=1, max_size=4))),
        architectures=tuple(draw(st.lists(names, max_size=3, unique=True))),
        seeds=tuple(draw(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=3))),
        options=options,
        windows=tuple(draw(pairs)) if paired else (),
        references=tuple(draw(st.lists(st.sampled_from(["full", "random"]), unique=True))),
        rule=rule,
        average=tuple(draw(st.lists(WORDS, max_size=2))),
        exclusion=draw(st.one_of(st.just(""), WORDS)),
        snapshot=maybe(st.integers(1, 200)) if name in ("k-center", "gradmatch") else None,
        weighting=draw(st.sampled_from(["none", "batch", "per-sample", "normalised"])),
        loss=maybe(st.sampled_from(["cross-entropy", "ordinal"])),
        epochs=maybe(st.integers(1, 1000)),
        batch_size=maybe(st.integers(1, 9999)),
        learning_rate=maybe(st.floats(0, 100, exclude_min=True)),
        warmup=maybe(st.floats(0, 0.9)),
        augment=maybe(st.booleans()),
        device=draw(st.sampled_from(["auto", "cpu", "cuda"])),
    )


@settings(max_examples=100, deadline=None)
@given(retrainings())
def test_any_retraining_is_read_back_from_its_words_and_its_python(asked):
    read_back(asked)
    assert of_command(asked) == asked


RECORD = ["--dataset", "demo", "--run", "mine"]
RETRAIN = ["tiny", "--method", "aum", "--rate", "0.1"]
REFUSED = [
    (RecordingRequest, [*RECORD, "--metod", "x"], r"There is no option --metod\. There are: --dataset, "),
    (RecordingRequest, [*RECORD, "--epochs"], r"^--epochs has no value\.$"),
    (RecordingRequest, [*RECORD, "--augment=yes"], r"^--augment takes no value\.$"),
    (RecordingRequest, [*RECORD, "--augment", "yes"], r"takes options only; given was yes\.$"),
    (RecordingRequest, [*RECORD, "-x"], r"takes options only; given was -x\.$"),
    (RecordingRequest, [*RECORD, "--epochs", "ten"], r"^--epochs takes whole numbers; given was ten\.$"),
    (RecordingRequest, [*RECORD, "--epochs", "-1"], r"^epochs=-1 is not possible"),
    (RecordingRequest, [*RECORD, "--seed", "-1"], r"^seed=-1 is not possible"),
    (RecordingRequest, [*RECORD, "--lr", "-0.1"], r"^learning_rate=-0\.1 is not possible"),
    (RecordingRequest, [*RECORD, "--snapshots", "201"], r"^A snapshot after epoch 201 is not possible"),
    (RecordingRequest, [*RECORD, "--loss", "emd"], r"^loss='emd' is not possible: give cross-entropy or ordinal\.$"),
    (RecordingRequest, [*RECORD, "--multi-label"], r"^--multi-label needs --labels, the CSV that has them\.$"),
    (RecordingRequest, [*RECORD, "--mode", "test"], r"^mode='test' is not possible: give train or eval\.$"),
    (RecordingRequest, [*RECORD, "--precision", "half"], r"^precision='half' is not possible: give auto or float32"),
    (RecordingRequest, [*RECORD, "--probabilities", "all"], r"^probabilities='all' is not possible: give auto or"),
    (RecordingRequest, [*RECORD, "--corrupt", "fog"], r"does not go with image_share=0"),
    (RecordingRequest, ["--run", "mine"], r"^--dataset is missing\.$"),
    (RecordingRequest, ["--dataset", "demo"], r"^--run is missing\.$"),
    (ImportRequest, ["--run", "mine"], r"^One file is needed; given: none\.$"),
    (ImportRequest, ["a.npz", "b.npz", "--run", "mine"], r"^One file is needed; given: a\.npz b\.npz\.$"),
    (ImportRequest, ["a.npz"], r"^--run is missing\.$"),
    (RetrainingRequest, RETRAIN[1:], r"^One run is needed; given: none\.$"),
    (RetrainingRequest, ["-x", *RETRAIN], r"^One run is needed; given: -x tiny\.$"),
    (RetrainingRequest, ["tiny", "--rate", "0.1"], r"^--method is missing\.$"),
    (RetrainingRequest, ["tiny", "--method", "aum"], r"^--rate is missing\.$"),
    (RetrainingRequest, [*RETRAIN, "--rates", "0.2"], r"^There is no option --rates\."),
    (RetrainingRequest, [*RETRAIN, "--seeds"], r"^--seeds has no value\.$"),
    (RetrainingRequest, [*RETRAIN, "--seeds", "-1"], r"^seed=-1 is not possible"),
    (RetrainingRequest, [*RETRAIN, "--no-augment=1"], r"^--no-augment takes no value\.$"),
    (RetrainingRequest, [*RETRAIN, "-0.2"], r"-0\.2"),
    (RetrainingRequest, [*RETRAIN, "--rate", "x"], r"^--rate takes numbers; given was 0\.1 x\.$"),
    (RetrainingRequest, [*RETRAIN, "--option", "space"], r"'space' has no value\. Write it as name=value\.$"),
    (RetrainingRequest, [*RETRAIN, "--option", "colour=red"], r"has an option 'colour'"),
    (RetrainingRequest, [*RETRAIN, "--windows", "1/3"], r"^Method aum has no use for --windows"),
    (RetrainingRequest, ["tiny", "--method", "eva", "--rate", "0.1", "--windows", "1/x"], r"is no pair of epochs"),
    (RetrainingRequest, ["tiny", "--method", "full", "--rate", "1", "--early", "1"], r"full has no option 'early'"),
    (RetrainingRequest, ["tiny", "--method", "nobody", "--rate", "0.1"], r"nobody"),
]


@pytest.mark.parametrize(("kind", "words", "says"), REFUSED)
def test_words_that_can_not_be_meant_are_refused_in_one_sentence(kind, words, says):
    with pytest.raises(EngineError, match=says) as told:
        kind.from_argv(words)
    assert "\n" not in str(told.value)


def test_a_recipe_that_the_command_line_has_no_options_for_is_told_and_python_says_it_all():
    odd = replace(PLAIN, recipe=replace(PLAIN.recipe, momentum=0.8, weight_decay=1e-3))
    with pytest.raises(ConfigError, match="no option for momentum and weight decay"):
        odd.to_argv()
    assert eval(odd.to_python(), dict(NAMES)) == odd


@pytest.mark.parametrize("wrong", [{"weighting": "mean"}, {"device": "gpu"}, {"loss": "hinge"}])
def test_a_weighting_or_device_that_does_not_exist_is_refused_when_it_is_asked_for(wrong):
    (name,) = wrong
    with pytest.raises(ConfigError, match=f"{name}='{wrong[name]}' is not possible: give "):
        RetrainingRequest("tiny", ("aum",), (0.1,), **wrong)
    with pytest.raises(ConfigError, match=f"{name}='{wrong[name]}' is not possible: give "):
        Retraining(CoresetSpec("tiny", "aum", rate=0.1), 0, "lenet", **wrong)


def test_a_recording_on_a_device_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="device='gpu' is not possible: give auto or cpu or cuda"):
        replace(PLAIN, device="gpu")


NOTHING = [
    ([], "Nothing is asked for: name a method"),
    (RetrainingRequest("tiny", ("aum",), (), architectures=("lenet",)), "No selection rate is given"),
    (RetrainingRequest("tiny", ("full",), (), references=("random",), architectures=("lenet",)), "No selection rate"),
]


@pytest.mark.parametrize(("nothing", "said"), NOTHING)
def test_retraining_nothing_is_one_sentence(nothing, said):
    with pytest.raises(ConfigError, match=said):
        next(pipeline.retrain(nothing))


@pytest.mark.parametrize(
    "wrong",
    [{"references": ("eva",)}, {"architectures": ("lenet9",)}, {"weighting": "some"}, {"device": "tpu"}],
)
def test_what_no_retraining_knows_is_refused_when_it_is_asked_for(wrong):
    with pytest.raises(EngineError):
        RetrainingRequest("demo", ("aum",), (0.1,), **wrong)


def test_a_word_after_a_value_with_an_equals_sign_is_none_of_its_values_as_on_the_command_line():
    assert RetrainingRequest.from_argv(["--method", "el2n", "--rate=0.1", "demo"]).run == "demo"
    with pytest.raises(ConfigError, match=r"One run is needed; given: demo 0\.5"):
        RetrainingRequest.from_argv(["demo", "--method", "el2n", "--rate=0.1", "0.5"])
