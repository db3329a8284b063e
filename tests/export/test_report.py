"""The report: one file with everything in it, which asks no host for anything."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from jinja2 import UndefinedError

from coreset_engine import export
from coreset_engine.datasets import checked
from coreset_engine.export import CoresetFile, figures
from coreset_engine.export.templating import render
from tests.browser import context_of, find_chromium

CHROMIUM = find_chromium()
ORIGIN = {
    "run": "tiny",
    "average": [],
    "dataset": "own",
    "synthetic": False,
    "method": "eva",
    "options": {"early": 1, "late": 4, "length": 2},
    "rule": "top",
    "rule_options": {},
    "rate": 0.5,
    "keep": "highest",
    "source": "Hong et al. 2024, Eq. 3-6, arXiv:2406.05677",
}
NAMES = ("cat", "<img src=http://example.invalid/p.png onerror=alert(1)>")


def noise_set(side, count, channels=3):
    """As many images of noise, which no PNG makes smaller, of two classes."""
    random = np.random.default_rng(0)
    sizes = {"train": count, "val": 2, "test": 2}
    images = {split: random.integers(0, 256, (n, side, side, channels), np.uint8) for split, n in sizes.items()}
    labels = {split: np.arange(n) % 2 for split, n in sizes.items()}
    return checked(name="own", title="Own", task="binary-class", class_names=NAMES, images=images, labels=labels)


@pytest.fixture
def images():
    return noise_set(28, 40)


@pytest.fixture
def coreset(images):
    scores = np.linspace(0, 1, 40)
    return CoresetFile(np.arange(20, 40), scores, images.labels["train"], NAMES, ORIGIN)


NORMS = np.random.default_rng(1).random((6, 40)).astype(np.float32)


def report(*given):
    return export.as_bytes(given[0], "html", *given[1:]).decode()


def test_the_report_says_what_is_kept_how_it_is_made_again_and_whom_to_cite(coreset, images):
    text = report(coreset, images, NORMS)
    for said in ("20 of 40 train samples (50.00 %)", "early = 1, late = 4, length = 2", "Not a medical device",
                 "hong2024eva", "eprint = {2406.05677}", "numpy"):  # fmt: skip
        assert said in text


def test_one_run_is_said_to_have_no_spread_and_several_are_counted(coreset):
    assert "n = 1, so without a spread" in report(coreset)
    averaged = replace(coreset, origin=ORIGIN | {"average": ["a", "b"]})
    assert "the mean of n = 3 runs of other seeds" in report(averaged)


def test_a_rule_is_cited_beside_the_method(coreset):
    assert "zheng2023ccs" in report(replace(coreset, origin=ORIGIN | {"rule": "ccs"}))


def test_a_set_that_no_method_made_is_reported_without_a_citation(coreset):
    drawn = ORIGIN | {"rule": "area", "set": "the area", "source": "drawn on a map of two scores"}
    text = report(replace(coreset, origin=drawn))
    assert "Citation" not in text
    assert ">cut</text>" not in text


def test_each_part_that_has_no_data_is_left_out(coreset):
    text = report(coreset)
    assert "<img" not in text
    assert "mean error norm" not in text


def test_images_are_enlarged_by_a_whole_number_and_name_row_and_class(coreset, images):
    tiles = re.findall(r'<img src="data:image/png;base64,[^"]+" width="(\d+)" height="(\d+)" alt="([^"]+)"',
                       report(coreset, images))  # fmt: skip
    assert {tile[:2] for tile in tiles} == {("84", "84")}
    assert tiles[0][2].startswith("Row 39, ")  # the highest score
    assert "<" not in tiles[0][2]


HOSTILE = "\"><script>alert('1')</script><b onclick=alert(1)>&amp;{{ 7 * 7 }}"
TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "table", "tr", "th", "td", "div", "figure",
        "img", "pre", "svg", "rect", "text", "line", "polyline", "span"}  # fmt: skip


class Elements(HTMLParser):
    """The tags, names of attributes and texts of a page, as a parser that is not ours finds them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.texts = set(), set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.texts += [value for name, value in attrs if name in ("alt", "title", "aria-label")]

    def handle_data(self, data):
        self.texts.append(data)


def test_a_hostile_name_is_text_wherever_it_stands(coreset, images):
    origin = ORIGIN | {"run": HOSTILE, "method": HOSTILE, "dataset": HOSTILE, "options": {HOSTILE: HOSTILE}}
    found = Elements(report(replace(coreset, origin=origin, class_names=("cat", HOSTILE)), images, NORMS))
    assert found.tags <= TAGS
    assert not [name for name in found.attributes if name.startswith("on")]
    # title, name of an axis, what an image is called, name of a class
    said = {f"{HOSTILE} coreset of {HOSTILE}", f"{HOSTILE} score", f"Row 39, {HOSTILE}", HOSTILE}
    assert said <= set(found.texts)


def test_a_template_without_a_value_it_needs_is_an_error():
    with pytest.raises(UndefinedError, match="about"):
        render("figure.html", width=1, height=1, marks=[], legend=[])


def test_large_colour_images_of_noise_stay_under_eight_megabytes():
    images = noise_set(224, 120)
    coreset = CoresetFile(np.arange(60), np.linspace(0, 1, 120), images.labels["train"], NAMES, ORIGIN)
    assert len(report(coreset, images)) < 8_000_000


def test_a_histogram_draws_a_box_for_each_bin_that_holds_samples():
    drawn = figures.histogram(np.array([0.0, 0.0, 1.0]), np.array([False, False, True]), "el2n", 1.0)
    boxes = re.findall(r'height="([\d.]+)" fill="([^"]+)"', drawn)
    el2n = "light-dark(#9E540C, #FE9007)"
    assert [colour for _, colour in boxes] == ["currentColor", "currentColor", el2n]
    heights = [float(height) for height, _ in boxes]
    # log10(1 + 2) fills the height of 204 px, log10(1 + 1) 0.63093 of it
    assert heights == pytest.approx([204, 0.63093 * 204, 0.63093 * 204], abs=0.1)


@pytest.mark.parametrize("scores", [np.zeros(5), np.full(5, np.inf), np.array([0.0, 1.0, np.inf, -np.inf, 2.0])])
def test_scores_that_are_all_alike_or_not_finite_are_drawn(scores):
    drawn = figures.histogram(scores, np.array([True] * 2 + [False] * 3), "x", float(scores[0]))
    assert "nan" not in drawn.lower()
    assert "inf" not in drawn.lower()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed")
@pytest.mark.parametrize("width", [1440, 390])
def test_a_browser_shows_the_report_without_asking_any_host_and_without_a_button(
    coreset, images, tmp_path, chromium, width
):
    export.write(coreset, tmp_path / "report.html", images, NORMS)
    asked = []
    with context_of(chromium) as context:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 844})
        page.on("request", lambda request: asked.append(request.url))
        page.goto((tmp_path / "report.html").as_uri())
        page.get_by_role("heading", name="eva coreset of tiny").wait_for()
        assert page.locator("button, a, form, script, [class*=modebar]").count() == 0
        assert page.get_by_text(re.compile("share chart", re.IGNORECASE)).count() == 0
        assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth === 84)")
        assert page.locator("svg").count() == 3
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith("data:")] == [(tmp_path / "report.html").as_uri()]
