"""What axe-core finds on the pages: nothing serious, in light and dark, wide and narrow; and what a keyboard reaches."""

import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from coreset_engine.dashboard import frame
from tests.browser import AXE, FLAGS, ROOT, find_chromium, running_app

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not here: npm was missing or could not fetch it"),
]
NAMES = {title: "" if path == "app.py" else path.split("_", 1)[1].removesuffix(".py") for path, title, _ in frame.PAGES}
LOOKED_AT = [(title, "light", (1440, 900)) for title in NAMES]
LOOKED_AT += [(title, "dark", (1440, 900)) for title in ("Overview", "Explore", "Results", "Data map", "Suspects")]
LOOKED_AT += [(title, "light", (390, 844)) for title in ("Overview", "Explore", "Results", "Compare")]
SETTLED = (
    "!document.querySelector('[data-stale=true], [data-testid=stSkeleton], [data-testid=stStatusWidgetRunningIcon]')"
)
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(found => [
  found.impact, found.id, found.nodes.slice(0, 4).map(node => node.html.slice(0, 160) + ' | ' + node.failureSummary)])"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache with one run of 12 epochs on 300 phantom images, and retrainings on it."""
    from coreset_engine.datasets.demo import generate

    folder = tmp_path_factory.mktemp("axe")
    np.savez(folder / "tiny.npz", **generate(sizes=(300, 66, 66)))
    lenet = ["--architecture", "lenet", "--epochs", 12]
    windows, reference = ["--early", 1, "--late", 9, "--length", 4], ["--epochs", 2, "--reference", "full"]
    for words in (
        ["record", "--dataset", folder / "tiny.npz", "--run", "tiny", *lenet],
        ["retrain", "tiny", "--method", "random", "eva", "--rate", 0.3, *windows, "--seeds", 0, 1, *reference],
    ):
        command = [sys.executable, "-m", "coreset_engine", *map(str, words)]
        subprocess.run(
            command, cwd=ROOT, env=os.environ | {"CORESET_CACHE": str(folder)}, check=True, capture_output=True
        )
    return folder


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def app(cache):
    with running_app(cache) as address:
        yield address


def opened(chromium, address, title, scheme="light", size=(1440, 900)):
    """A page of the app in a context of its own, drawn to the end."""
    page = chromium.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/{NAMES[title]}")
    page.get_by_role("heading", name=title, exact=True).wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_function(SETTLED)
    page.wait_for_timeout(500)
    return page


def serious(page):
    """What axe finds of serious or critical impact, in words."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(RUN)
    return [f"{impact} {rule}: {nodes}" for impact, rule, nodes in found if impact in ("serious", "critical")]


@pytest.mark.parametrize(("title", "scheme", "size"), LOOKED_AT, ids=lambda value: str(value).replace(" ", ""))
def test_axe_finds_nothing_serious(chromium, app, title, scheme, size):
    page = opened(chromium, app, title, scheme, size)
    assert serious(page) == []
    page.context.close()


@pytest.mark.parametrize("title", ["Overview", "Explore", "Results"])
def test_axe_finds_nothing_serious_on_an_empty_cache(chromium, tmp_path_factory, title):
    with running_app(tmp_path_factory.mktemp("empty")) as address:
        page = opened(chromium, address, title)
        assert serious(page) == []
        page.context.close()


def test_headings_go_down_one_level_at_a_time(chromium, app):
    for title in NAMES:
        page = opened(chromium, app, title)
        levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), (title, levels)
        page.context.close()


def test_menu_windows_and_images_are_reached_and_used_by_keyboard_alone(chromium, app):
    page = opened(chromium, app, "Overview")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        if reached[-1].endswith("Explore"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible()
    page.goto(f"{app}/Explore?run=tiny&early=1&late=9&length=3")
    band = page.get_by_role("slider", name="early window", exact=True)
    band.focus()
    before = band.get_attribute("aria-valuenow")
    page.keyboard.press("ArrowRight")
    expect(band).not_to_have_attribute("aria-valuenow", before)
    page.wait_for_function(SETTLED)
    tile = page.locator(".tiles button").first
    tile.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sample", exact=True)).to_be_visible()
    page.context.close()
