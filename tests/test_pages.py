"""Every page on an empty cache and on a tiny one, without a browser."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from itertools import cycle

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import CoresetSpec, store
from coreset_engine.dashboard.shell import packs
from tests.browser import ROOT

FILES = ["app.py", *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "pages").glob("*.py")))]


@pytest.fixture(scope="module")
def tiny_cache(explored_once, tmp_path_factory):
    """A cache with a run of 12 epochs, its like with another seed, one of imported dynamics, and a damaged one."""
    return shutil.copytree(explored_once, tmp_path_factory.mktemp("pages") / "cache")


@pytest.fixture
def on_tiny(tiny_cache, monkeypatch):
    monkeypatch.setenv("CORESET_CACHE", str(tiny_cache))


def opened(file, **query):
    test = AppTest.from_file(str(ROOT / file), default_timeout=60)
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


@pytest.mark.parametrize("file", FILES)
def test_an_empty_cache_gives_a_page_without_an_exception_that_says_what_to_do(file):
    page = opened(file)
    assert not page.exception
    assert not page.error
    if file not in ("pages/1_Record.py", "pages/9_Methods.py"):  # these need no run
        assert page.info


def test_without_a_run_retrain_says_so_outside_the_sidebar_which_a_phone_hides():
    assert "no recorded run" in opened("pages/7_Experiments.py").main.info[0].value


@pytest.mark.parametrize("file", FILES)
def test_a_tiny_cache_gives_a_page_without_an_error(file, on_tiny):
    page = opened(file, run="tiny")
    assert not page.exception
    assert not page.error


METHODS = ("random", "eva", "var-single", "exp-single", "exp-dual", "var-all", "forgetting", "entropy", "el2n", "aum")


@pytest.mark.parametrize(("method", "rule"), list(zip(METHODS, cycle(("top", "balanced", "ccs", "middle")))))
def test_explore_shows_every_method_and_every_rule(method, rule, on_tiny):
    page = opened("pages/2_Explore.py", run="tiny", method=method, rule=rule, rate="0.2")
    assert not page.exception
    assert not page.error
    assert (page.selectbox(key="method").value, page.selectbox(key="rule").value) == (method, rule)
    assert next(metric.value for metric in page.metric if metric.label == "Kept") == "60 of 300"


def test_the_numbers_shown_are_those_of_the_engine(on_tiny):
    from coreset_engine import load_run, select

    page = opened("pages/2_Explore.py", run="tiny", early="2", late="8", length="3", rate="0.1")
    kept = select(load_run("tiny"), method="eva", rate=0.1, early=2, late=8, length=3)
    classes = len(np.unique(load_run("tiny").labels[kept]))
    assert next(metric.value for metric in page.metric if metric.label == "Classes kept") == f"{classes} of 11"


def test_moving_the_early_window_pushes_the_late_one(on_tiny):
    page = opened("pages/2_Explore.py", run="tiny", early="1", late="5", length="4")
    page.slider(key="early").set_value(3).run()
    assert not page.exception
    assert page.slider(key="late").value == 7


def test_a_setting_the_rule_can_not_meet_is_a_sentence(on_tiny):
    page = opened("pages/2_Explore.py", run="tiny", rule="ccs", rule_cutoff="0.5", rate="0.9")
    assert not page.exception
    assert "Lower the cut-off" in page.error[0].value


@pytest.mark.parametrize(
    "query", [{"early": "999"}, {"late": "abc"}, {"run": "../../etc"}, {"rate": "-1"}, {"method": "x"}]
)
def test_a_nonsense_link_falls_back_to_a_view_that_works(query, on_tiny):
    page = opened("pages/2_Explore.py", **({"run": "tiny"} | query))
    assert not page.exception


def test_imported_dynamics_are_explored_without_images(on_tiny):
    page = opened("pages/2_Explore.py", run="foreign")
    assert not page.exception
    assert any("has no images here" in info.value for info in page.info)


def test_a_window_moved_by_hand_is_taken_over_where_a_run_has_no_images(on_tiny):
    page = opened("pages/2_Explore.py", run="foreign")
    page.session_state["explore_holds"] = packs.address("foreign")  # so the browser says with the first move
    assert not page.run().exception


def test_imported_dynamics_can_not_be_retrained_and_the_page_says_so(on_tiny):
    page = opened("pages/7_Experiments.py", run="foreign")
    assert not page.exception
    assert "was not trained here" in page.error[0].value


@pytest.mark.parametrize(("run", "offered"), [("tiny", True), ("foreign", False)])
def test_explore_offers_retraining_where_it_is_possible_and_says_why_not_elsewhere(run, offered, on_tiny, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "coreset_engine.dashboard.shell.links.draw", lambda path, text, *more, **given: drawn.append(text)
    )
    page = opened("pages/2_Explore.py", run=run)
    assert ("Retrain on it" in drawn) == offered
    assert any("No retraining on this run" in caption.value for caption in page.caption) != offered


def test_a_damaged_run_is_a_sentence_not_a_traceback(on_tiny):
    page = opened("pages/2_Explore.py", run="broken")
    assert not page.exception
    assert "can't be read" in page.error[0].value
    overview = opened("app.py")
    assert not overview.exception
    assert any("broken" in warning.value for warning in overview.warning)


def test_a_run_name_that_is_taken_or_not_allowed_is_refused(on_tiny):
    page = opened("pages/1_Record.py")
    for name, sentence in (("tiny", "exists already"), ("../x", "can't be a run name")):
        page.text_input(key="record_name").set_value(name)
        page.button(key="record_start").click().run()
        assert not page.exception
        assert sentence in page.error[0].value.replace("\\", "")


def test_the_advanced_fields_of_a_recording_reach_the_command_shown(on_tiny):
    page = opened("pages/1_Record.py", dataset="demo", architecture="lenet")
    page.selectbox(key="record_augment").set_value("flip only")
    page.selectbox(key="record_schedule").set_value("constant")
    page.selectbox(key="record_normalisation").set_value("channels")
    page.selectbox(key="record_momentum").set_value("plain")
    page.selectbox(key="record_view").set_value("centre")
    page.slider(key="record_warmup").set_value(0.0)
    page.number_input(key="record_batch").set_value(64).run()
    words = shlex.split(page.code[0].value)
    assert "--augment" in words
    assert [after(words, name) for name in ("--batch-size", "--warmup", "--lr")] == ["64", "0.0", "0.02"]
    assert [after(words, name) for name in ("--augmentation", "--schedule")] == ["flip", "constant"]
    assert [after(words, name) for name in ("--normalisation", "--view")] == ["channels", "centre"]
    assert "--no-nesterov" in words


def test_curves_of_another_recording_are_drawn_beside(on_tiny):
    page = opened("pages/1_Record.py", recorded="tiny", record_beside="tiny1")
    assert not page.exception
    loss, accuracy = (json.loads(chart.proto.spec) for chart in page.get("echarts_chart"))
    assert [line["name"] for line in loss["series"]] == ["train", "val", "tiny1 train", "tiny1 val"]
    assert len(accuracy["series"][2]["data"]) == 12


def test_a_run_just_begun_is_the_one_whose_curves_are_shown(on_tiny):
    page = opened("pages/1_Record.py", recorded="tiny")
    assert page.selectbox(key="recorded").value == "tiny"
    page.session_state["record_newest"] = "tiny1"
    page.run()
    assert page.selectbox(key="recorded").value == "tiny1"
    page.selectbox(key="recorded").set_value("tiny").run()
    assert page.selectbox(key="recorded").value == "tiny"


def test_the_plan_of_a_sweep_counts_what_it_starts(on_tiny):
    page = opened("pages/7_Experiments.py", run="tiny", methods="eva", rates=["0.1", "0.3"], seeds="3")
    assert any(caption.value.startswith("12 cells: 0 exist, 12 to train") for caption in page.caption)


def shown_commands(page):
    """The words of every command that the Retrain page shows, without `python -m coreset_engine`."""
    return [shlex.split(line)[3:] for line in page.code[0].value.splitlines()]


def after(words, name):
    """The word that follows an option."""
    return words[words.index(name) + 1]


def test_options_of_the_rule_are_those_it_registers_and_reach_the_command(on_tiny):
    page = opened("pages/7_Experiments.py", run="tiny", rule="ccs")
    assert {"rule_cutoff", "rule_strata", "rule_seed"} <= {field.key for field in page.number_input}
    page.number_input(key="rule_strata").set_value(20)
    page.number_input(key="rule_cutoff").set_value(0.2).run()
    (words,) = shown_commands(page)
    assert after(words, "--rule") == "ccs:cutoff=0.2,strata=20"


def test_methods_that_read_features_are_offered_where_a_snapshot_is(on_tiny, tiny_cache):
    assert "k-center" in opened("pages/7_Experiments.py", run="tiny").multiselect(key="methods").options
    snapshot = tiny_cache / "runs" / "tiny1" / "snapshot.h5"
    snapshot.rename(snapshot.with_suffix(".away"))
    offered = opened("pages/7_Experiments.py", run="tiny1").multiselect(key="methods").options
    snapshot.with_suffix(".away").rename(snapshot)
    assert not {"k-center", "grand"} & set(offered)
    assert "aum" in offered


def test_what_stands_in_for_the_recipe_and_averaged_runs_reach_the_command(on_tiny):
    page = opened("pages/7_Experiments.py", run="tiny")
    asked = {
        "--batch-size",
        "--lr",
        "--device",
        "--average",
        "--augment",
        "--augmentation",
        "--schedule",
        "--drop-last",
        "--normalisation",
        "--no-nesterov",
        "--view",
    }
    assert not asked & {w for words in shown_commands(page) for w in words}
    average = page.multiselect(key="average")
    assert average.options == ["tiny1"]
    average.set_value(["tiny1"])
    page.number_input(key="retrain_batch").set_value(4)
    page.number_input(key="retrain_rate").set_value(0.05)
    page.selectbox(key="retrain_augment").set_value("enlarged crop and flip")
    page.selectbox(key="retrain_schedule").set_value("cosine:0.0001")
    page.selectbox(key="retrain_normalisation").set_value("channels")
    page.checkbox(key="retrain_drop_last").check()
    page.selectbox(key="retrain_device").set_value("cpu").run()
    (words,) = shown_commands(page)
    assert {"--augment", "--drop-last"} <= set(words)
    assert after(words, "--normalisation") == "channels"
    assert [after(words, name) for name in ("--augmentation", "--schedule")] == ["resized-crop-flip", "cosine:0.0001"]
    assert [after(words, name) for name in ("--batch-size", "--lr", "--device", "--average")] == [
        "4",
        "0.05",
        "cpu",
        "tiny1",
    ]


def test_a_link_fills_in_what_stands_in_for_the_recipe(on_tiny):
    asked = {"retrain_drop_last": "true", "retrain_augment": "yes", "retrain_schedule": "constant"}
    asked |= {"retrain_momentum": "plain", "retrain_view": "centre"}
    (words,) = shown_commands(opened("pages/7_Experiments.py", run="tiny", rates=["0.9"], **asked))
    assert {"--augment", "--drop-last"} <= set(words)
    assert [after(words, name) for name in ("--augmentation", "--schedule")] == ["crop-flip", "constant"]
    assert "--no-nesterov" in words
    assert after(words, "--view") == "centre"
    (words,) = shown_commands(opened("pages/7_Experiments.py", run="tiny", retrain_augment="no"))
    assert "--no-augment" in words
    assert "--augmentation" not in words


def test_the_command_shown_makes_the_coreset_shown(on_tiny, tmp_path):
    from coreset_engine import load_run, select

    page = opened("pages/2_Explore.py", run="tiny", early="2", late="8", length="3", rate="0.1")
    words = shlex.split(page.code[0].value)
    words[-1] = str(tmp_path / "coreset.npy")
    subprocess.run([sys.executable, *words[1:]], cwd=ROOT, check=True, capture_output=True)
    expected = select(load_run("tiny"), method="eva", rate=0.1, early=2, late=8, length=3)
    np.testing.assert_array_equal(np.load(tmp_path / "coreset.npy"), expected)


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ("aum", "In each class the lowest mean margin over all epochs"),
        ("never-learned:global", "Over all classes the lowest of those that were correct in under half"),
    ],
)
def test_class_budgets_and_cut_off_of_a_link_are_shown_and_reach_the_command(on_tiny, by, told):
    from coreset_engine import class_budgets, coreset_of, load_run

    query = {"class_budget": "tempered", "tau": "0.25", "hard_cutoff": "0.3", "hard_cutoff_by": by}
    page = opened("pages/2_Explore.py", run="tiny", method="aum", rate="0.2", **query)
    assert not page.exception
    words = shlex.split(page.code[0].value)
    assert (after(words, "--class-budget"), after(words, "--hard-cutoff")) == ("tempered:tau=0.25", "0.3")
    run = load_run("tiny")
    places = class_budgets(run.labels, 60, kind="tempered", tau=0.25)
    (line,) = [caption.value for caption in page.caption if "Kept per class" in caption.value]
    assert [int(number) for number in re.findall(r"(\d+) \\?\(", line)] == [places.min(), places.max()]
    cut = next(metric for metric in page.metric if metric.label == "Cut off as too hard")
    shares = {"class_budget": "tempered:tau=0.25", "hard_cutoff": 0.3, "hard_cutoff_by": by}
    assert cut.value == f"{coreset_of(CoresetSpec('tiny', 'aum', rate=0.2, **shares)).cut.sum()}"
    assert told in cut.help


def test_the_recommended_selection_is_one_press_and_keeps_the_rate(on_tiny):
    page = opened("pages/2_Explore.py", run="tiny", rate="0.2")
    page.button(key="recommended").click().run()
    assert not page.exception
    words = shlex.split(page.code[0].value)
    wanted = CoresetSpec("tiny", "auto", {"seed": 0}, rate=0.2)
    asked = CoresetSpec.from_argv(words[words.index("select") + 1 : words.index("--out")])
    assert (asked.method, asked.rule, asked.rate, asked.class_budget, asked.hard_cutoff) == (
        "random", "top", 0.2, "tempered", 0.3,
    )  # fmt: skip
    assert asked == wanted


def test_the_methods_page_explains_the_method_that_a_link_searches_for(on_tiny):
    page = opened("pages/9_Methods.py", search="forgetting")
    assert not page.exception
    assert page.dataframe[0].value["Name"].tolist() == ["forgetting"]
    assert page.dataframe[0].value["In words"][0].startswith("Count the forgetting events")
    assert any("1812.05159" in text.value.replace("\\", "") for text in page.markdown)


def test_a_search_without_a_match_says_what_to_do(on_tiny):
    page = opened("pages/9_Methods.py", search="zzz")
    assert "Clear the search" in page.info[0].value


def test_a_pinned_selection_shows_what_enters_and_what_leaves(on_tiny):
    page = opened("pages/2_Explore.py", run="tiny", early="1", late="9", length="4", rate="0.2")
    page.button(key="pin").click().run()
    page.slider(key="late").set_value(5).run()
    assert not page.exception
    shown = {metric.label: metric.value for metric in page.metric}
    enter, leave = shown["Added / removed"].split(" / ")
    assert int(enter) == int(leave) > 0
    assert page.segmented_control(key="group").options == ["kept", "boundary", "dropped", "entering", "leaving"]
    page.button(key="unpin").click().run()
    assert "Overlap with A" not in [metric.label for metric in page.metric]


def test_a_damaged_pin_in_a_link_is_a_sentence_and_forgotten(on_tiny):
    page = opened("pages/2_Explore.py", run="tiny", a="{half")
    assert not page.exception
    assert "selection in this link" in page.error[0].value
    assert not page.run().error


def shown_rows(page):
    """The rows of the gallery's images, in order."""
    (gallery,) = [one.proto for one in page.get("bidi_component") if one.proto.component_name.endswith("tiles")]
    return json.loads(gallery.json)["rows"]


@pytest.mark.parametrize(("end", "sign"), [("lowest", 1), ("highest", -1)])
def test_the_images_of_explore_can_be_sorted_by_another_score(end, sign, on_tiny):
    from coreset_engine import load_run, score, select

    page = opened(
        "pages/2_Explore.py", run="tiny", method="el2n", rate="0.9", group="dropped", sort=f"aum, {end} first"
    )
    run = load_run("tiny")
    dropped = sorted(set(range(300)) - set(select(run, method="el2n", rate=0.9).tolist()))
    aum = score(run, "aum")
    assert shown_rows(page) == sorted(dropped, key=lambda row: sign * aum[row])
    assert len(dropped) == 30


def test_the_images_of_explore_come_by_the_rank_of_the_method_at_first(on_tiny):
    from coreset_engine import load_run, score

    el2n = score(load_run("tiny"), "el2n")
    best = np.argsort(-el2n, kind="stable")
    page = opened("pages/2_Explore.py", run="tiny", method="el2n", rate="0.1")
    assert shown_rows(page) == best[:30].tolist()
    page.segmented_control(key="group").set_value("dropped").run()
    assert shown_rows(page) == best[:-49:-1].tolist()  # the first 48 from the last rank on


@pytest.mark.parametrize("file", FILES)
def test_a_run_deleted_under_an_open_page_gives_a_sentence_and_no_traceback(file, tiny_cache, tmp_path, monkeypatch):
    folder = shutil.copytree(tiny_cache, tmp_path / "own")
    monkeypatch.setenv("CORESET_CACHE", str(folder))
    page = opened(file, run="tiny")
    store.delete_run("tiny")
    for _ in range(2):
        page.run()
        assert not page.exception
    for name in store.run_names():
        store.delete_run(name)
    page.run()
    assert not page.exception


def test_the_overview_deletes_a_run_and_restores_it(tiny_cache, tmp_path, monkeypatch):
    folder = shutil.copytree(tiny_cache, tmp_path / "own")
    monkeypatch.setenv("CORESET_CACHE", str(folder))
    page = opened("app.py")
    page.selectbox(key="overview_delete_run").select("tiny").run()
    assert any("Result rows that came of it" in text.value for text in page.markdown)
    page.button(key="overview_delete").click().run()
    assert not page.exception
    assert "tiny" not in store.run_names()
    page.button(key="overview_restore_tiny").click().run()
    assert not page.exception
    assert "tiny" in store.run_names()


def test_deleted_runs_go_for_good_when_the_app_starts_and_stay_while_it_runs(tiny_cache, tmp_path, monkeypatch):
    folder = shutil.copytree(tiny_cache, tmp_path / "own")
    monkeypatch.setenv("CORESET_CACHE", str(folder))
    store.delete_run("tiny")
    opened("app.py")
    assert store.deleted_runs() == []
    store.delete_run("tiny1")
    opened("pages/2_Explore.py")
    assert store.deleted_runs() == ["tiny1"]
