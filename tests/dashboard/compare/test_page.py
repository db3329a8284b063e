"""The Compare page without a browser."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import load_run, score, select
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.compare import data
from coreset_engine.dashboard.coresets import compared
from tests.browser import ROOT

WINDOWS = {"early": 1, "late": 4, "length": 2}
EVA = CoresetSpec("tiny", "eva", WINDOWS, rate=0.1)
AUM = CoresetSpec("tiny", "aum", rate=0.2)
PICKED = CoresetSpec("tiny", "k-center", rate=0.1)


def opened(*selections, file="pages/6_Compare.py", **query):
    test = AppTest.from_file(str(ROOT / file), default_timeout=60)
    given = {"run": "tiny"} | query
    given |= {"compare": compared.to_text(selections)} if selections else {}
    for name, value in given.items():
        test.query_params[name] = value
    page = test.run()
    assert not page.exception
    return page


def lines(page, head):
    """The rows of the table that has a column of this name."""
    return next(one.value for one in page.dataframe if head in one.value.columns).to_dict("records")


def listed(page):
    """The selections of the URL."""
    return compared.of_text(page.query_params["compare"])


def chart(page, key):
    """The options of a chart."""
    found = [one for one in page.get("echarts_chart") if key in one.proto.id]
    return json.loads(found[0].proto.spec)


COMMON = ["eva", "random", "el2n", "aum", "forgetting"]
SUGGESTED = ["A eva 1/4", "B random", "C el2n epochs=5", "D aum", "E forgetting"]


def test_with_nothing_chosen_common_methods_are_compared_at_once_and_kept_on_demand(recorded):
    page = opened(rate="0.2")
    assert any("Nothing is chosen yet" in text.value for text in page.markdown)
    shown = [(line["Selection"], line["Kept"]) for line in lines(page, "Unique")]
    assert shown == [(name, 40) for name in SUGGESTED]
    assert "compare" not in page.query_params
    page.button(key="compare_usual").click().run()
    assert not page.exception
    assert not page.warning
    assert [one.method for one in listed(page)] == COMMON
    assert not any("Nothing is chosen yet" in text.value for text in page.markdown)
    assert [(line["Selection"], line["Kept"]) for line in lines(page, "Unique")] == shown


def test_an_added_selection_takes_the_place_of_what_is_suggested(recorded):
    page = opened(method="aum", rate="0.3")
    page.button(key="compare_add").click().run()
    assert [line["Selection"] for line in lines(page, "Unique")] == ["A aum"]


def test_charts_name_selections_by_letter_and_method_and_the_list_has_the_colours_of_the_dots(recorded):
    page = opened(EVA, AUM)
    assert chart(page, "compare_overlap")["xAxis"]["data"] == ["A eva 1/4", "B aum"]
    assert chart(page, "compare_classes")["xAxis"]["data"] == ["Full data", "A eva 1/4", "B aum"]
    dots = chart(page, "compare_sets")["series"][1]["data"]
    colours = {dot["itemStyle"]["color"] for dot in dots} - {"transparent"}
    badges = [text.value for text in page.markdown if text.value.startswith(":color[")]
    assert len(badges) == 2
    assert colours == {text.split('background="')[1][:7] for text in badges}


def test_the_selection_of_the_controls_is_added_once(recorded):
    page = opened(AUM, method="aum", rate="0.3", rule="balanced")
    page.button(key="compare_add").click().run()
    assert [(one.method, one.rule, one.rate) for one in listed(page)] == [("aum", "top", 0.2), ("aum", "balanced", 0.3)]
    assert page.button(key="compare_add").disabled
    assert page.button(key="compare_add").label == "In the comparison"


def test_explore_adds_what_it_shows(recorded):
    page = opened(file="pages/2_Explore.py", method="aum", rate="0.2")
    page.button(key="compare_add").click().run()
    assert not page.exception
    assert [(one.method, one.rate) for one in listed(page)] == [("aum", 0.2)]


def test_overlap_and_what_each_keeps_alone_are_those_of_the_sets(recorded):
    run = load_run("tiny")
    a, b = (
        set(select(run, method="eva", rate=0.1, **WINDOWS).tolist()),
        set(select(run, method="aum", rate=0.2).tolist()),
    )
    page = opened(EVA, AUM)
    assert [line["Unique"] for line in lines(page, "Unique")] == [len(a - b), len(b - a)]
    cells = {tuple(cell["value"][:2]): cell["value"][2] for cell in chart(page, "compare_overlap")["series"][0]["data"]}
    assert cells[0, 1] == pytest.approx(len(a & b) / len(a | b), abs=1e-4)
    shared = len(a) * len(b) / run.n_samples  # of two random draws, in the mean
    chance = f"{100 * shared / (len(a) + len(b) - shared):.1f} %"
    told = f"Two random coresets of {len(a)} and {len(b)} samples overlap by about {chance}."
    assert told in [caption.value for caption in page.caption]


def test_a_greedy_selection_has_no_rank_agreement_and_the_page_says_so(recorded):
    page = opened(EVA, AUM, PICKED)
    cells = chart(page, "compare_agreement")["series"][0]["data"]
    assert {tuple(cell["value"][:2]) for cell in cells} == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert any("C k-center picks a set" in caption.value for caption in page.caption)


def test_removing_and_moving_change_the_letters_and_the_link(recorded):
    page = opened(EVA, AUM, PICKED)
    page.button(key="compare_up_2").click().run()
    assert [one.method for one in listed(page)] == ["eva", "k-center", "aum"]
    page.button(key="compare_remove_0").click().run()
    assert [one.method for one in listed(page)] == ["k-center", "aum"]
    assert not page.exception


def test_images_of_a_selection_that_was_removed_give_way_to_those_of_the_first(recorded):
    page = opened(EVA, AUM, PICKED, only="C")
    assert page.selectbox(key="only").value == "C"
    page.button(key="compare_remove_2").click().run()
    assert not page.exception
    assert page.selectbox(key="only").value == "A"


def test_the_gallery_counts_what_exactly_the_chosen_selections_keep(recorded):
    run = load_run("tiny")
    kept = [select(run, method=method, rate=rate, **more) for method, rate, more in
            (("eva", 0.1, WINDOWS), ("aum", 0.2, {}), ("el2n", 0.2, {"epochs": 5}))]  # fmt: skip
    page = opened(EVA, AUM, CoresetSpec("tiny", "el2n", {"epochs": 5}, rate=0.2), only="B+C")
    both = np.setdiff1d(np.intersect1d(kept[1], kept[2]), kept[0])
    assert len(both)
    assert any(f"{len(both)} images, kept only by B+C" in caption.value for caption in page.caption)


def test_a_selection_that_can_not_be_computed_is_told_and_the_others_are_compared(recorded):
    page = opened(EVA, CoresetSpec("nobody", "aum", rate=0.1), AUM)
    assert not page.error
    assert "B is left out" in page.warning[0].value
    assert [line["Selection"] for line in lines(page, "Unique")] == ["A eva 1/4", "C aum 20 %"]


def test_one_selection_alone_asks_for_another(recorded):
    page = opened(EVA)
    assert "One more selection is needed" in page.info[0].value


def test_a_full_comparison_takes_no_more(recorded):
    page = opened(*(CoresetSpec("tiny", "random", {"seed": seed}, rate=0.1) for seed in range(8)))
    assert page.button(key="compare_add").disabled
    assert [line["Selection"] for line in lines(page, "Unique")][::7] == ["A random", "H random seed=7"]


@pytest.mark.parametrize("text", ["{", "[3]", '[["tiny"]]'])
def test_a_link_that_can_not_be_read_is_a_sentence_and_a_suggestion_takes_its_place(text, recorded):
    page = opened(compare=text)
    assert "can't be read" in page.error[0].value.replace("\\", "")
    assert any("Nothing is chosen yet" in text.value for text in page.markdown)
    assert "compare" not in page.query_params


@pytest.mark.parametrize("query", [{"only": "Z"}, {"only": "A+A"}, {"only_page": "99"}, {"method": "x"}])
def test_a_nonsense_link_falls_back_to_a_page_that_works(query, recorded):
    page = opened(EVA, AUM, **query)
    assert not page.error
    assert page.selectbox(key="only").value == "A"


def test_a_text_from_a_link_is_shown_and_not_read_as_markdown(recorded):
    page = opened(EVA, CoresetSpec("![x](http://example.invalid)", "aum", rate=0.1))
    texts = [one.value for one in (*page.markdown, *page.warning)]
    assert any("example" in text for text in texts)
    assert not any("![x]" in text for text in texts)


def test_imported_dynamics_are_compared_without_images(cache):
    from coreset_engine import pipeline

    cache.mkdir(exist_ok=True)
    logits = np.random.default_rng(0).normal(size=(12, 50, 3)).astype(np.float32)
    np.savez(cache / "foreign.npz", logits=logits, labels=np.arange(50) % 3)
    pipeline.import_dynamics(pipeline.ImportRequest(str(cache / "foreign.npz"), "foreign"))
    page = opened(*(CoresetSpec("foreign", name, rate=0.2) for name in ("aum", "random")), run="foreign")
    assert not page.error
    assert any("no images here" in info.value for info in page.info)


def test_the_gallery_keeps_to_a_class_and_says_how_many_it_has_of_it(recorded):
    labels = load_run("tiny").labels
    alone = np.setdiff1d(select(load_run("tiny"), method="eva", rate=0.1, **WINDOWS), aum_rows())
    number = int(np.bincount(labels[alone]).argmax())
    page = opened(EVA, AUM)
    names = page.selectbox(key="only_class").options
    page.selectbox(key="only_class").select(names[1 + number]).run()
    assert not page.exception
    wanted = f"{np.count_nonzero(labels[alone] == number):,} images, kept only by "
    assert any(caption.value.startswith(wanted) for caption in page.caption)


def aum_rows():
    return select(load_run("tiny"), method="aum", rate=0.2)


def test_every_selection_can_be_taken_away_with_the_command_that_makes_it(recorded):
    page = opened(EVA, AUM)
    assert "--method eva" in page.code[0].value
    page.selectbox(key="compare_take").select("B aum").run()
    assert not page.exception
    assert "--method aum --rate 0.2" in page.code[0].value


def test_what_one_keeps_and_another_does_not_is_shown_and_the_reasons_of_one_row_are_told(recorded):
    run = load_run("tiny")
    eva, aum = select(run, method="eva", rate=0.1, **WINDOWS), aum_rows()
    page = opened(EVA, AUM, PICKED, part="A and not B")
    without = np.setdiff1d(eva, aum)
    assert any(f"{len(without)} images, kept by A and not by B" in one.value for one in page.caption)
    page.selectbox(key="with").select("B")
    page.selectbox(key="without").select("A").run()
    assert any(f"{len(np.setdiff1d(aum, eva))} images, kept by B and not by A" in one.value for one in page.caption)
    page.text_input(key="why").set_value(str(without[0])).run()
    assert not page.exception
    (why,) = [one.value.replace("\\", "") for one in page.markdown if one.value.startswith("Why: ")]
    assert "A eva 1/4 keeps it (score " in why
    assert "; B aum drops it (score " in why
    values = score(run, "aum")
    told = lines(page, "Percentile")[1]
    assert (told[""], told["Score"], told["Threshold"]) == ("dropped", values[without[0]], np.sort(values)[39])
    assert told["Percentile"] == 100 * (values > values[without[0]]).sum() / 200  # AUM keeps its lowest


def test_the_rows_of_a_file_say_why_each_selection_keeps_them(recorded):
    found, _ = data.members([EVA, AUM])
    table = data.as_table(np.array([3, 8]), data.Comparison(found))
    assert {"score A eva 1/4", "threshold B aum", "percentile B aum", "why"} <= set(table)
    assert all(text.startswith("A eva 1/4 ") and "; B aum " in text for text in table["why"])
