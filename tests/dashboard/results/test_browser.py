"""Results and Papers in a real Chromium: a row is chosen, noted and deleted; a cell is chosen and kept in the link."""

import pytest
from playwright.sync_api import expect

from coreset_engine import results
from tests.browser import becomes, find_chromium, settled
from tests.compared import config, metrics

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]


CURVE = {"train_loss": [2.0, 1.0], "val_loss": [1.5, 1.2], "val_accuracy": [0.4, 0.6]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An empty cache, which the app reads."""
    return tmp_path_factory.mktemp("results")


@pytest.fixture
def browser(page, app, folder, monkeypatch):
    """A page of the app whose cache holds two seeds of the full data and of Random, and no other row."""
    monkeypatch.setenv("CORESET_CACHE", str(folder))
    results.delete([row["key"] for row in results.rows()])
    for seed in range(2):
        results.append(config("full", seed=seed), metrics(0.9, curve=CURVE, best_epoch=2))
        results.append(config("random", seed=seed), metrics(0.8, curve=CURVE, best_epoch=2))
    return page, app


def choose(page, key, row=0):
    """Press the box left of a row of a table, once the page stands still."""
    settled(page)
    table = page.locator(f".st-key-{key} .dvn-scroller").first
    table.scroll_into_view_if_needed()
    table.click(position={"x": 16, "y": 52 + 35 * row})


def test_a_row_gets_a_note_and_is_deleted_only_after_a_question(browser):
    page, address = browser
    page.goto(f"{address}/Results")
    choose(page, "results_rows")
    page.get_by_role("button", name="Note").click()
    page.get_by_role("dialog").locator("textarea").fill("odd one")
    page.get_by_role("button", name="Write to 1 row").click()
    becomes(page, lambda: list(results.notes().values()), ["odd one"])
    page.reload()
    choose(page, "results_rows")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 1 row").wait_for()
    assert len(results.rows()) == 4
    page.get_by_role("button", name="Delete 1 row").click()
    expect(page.get_by_text("3 of 3 retrainings")).to_be_visible(timeout=40_000)
    assert len(results.rows()) == 3
    assert results.notes() == {}


def test_a_row_chosen_in_the_table_is_added_to_the_learning_curves_and_to_the_link(browser):
    page, address = browser
    page.goto(f"{address}/Results")
    curves = page.locator(".st-key-curves_of")
    expect(curves).to_contain_text("random, 10 %, seed 1", timeout=40_000)
    expect(curves).not_to_contain_text("seed 0")
    choose(page, "results_rows", 2)  # the newest first: after seed 1 of Random and of the full data
    page.get_by_role("button", name="Learning curves").click()
    expect(curves).to_contain_text("random, 10 %, seed 0", timeout=40_000)
    page.wait_for_url("**curves_of=**seed+0**")
    page.reload()
    expect(curves).to_contain_text("random, 10 %, seed 0", timeout=40_000)
    assert page.locator("[data-testid=stException]").count() == 0


def test_a_cell_chosen_in_a_table_of_a_paper_stays_in_the_link_and_the_page_fits_a_phone(browser):
    page, address = browser
    page.goto(f"{address}/Results?tab=Papers")
    choose(page, "papers_cells", 2)
    page.wait_for_url("**cell=Random+at+2**")
    page.goto(page.url)
    chosen = page.get_by_role("combobox", name="Cell")
    expect(chosen).to_have_value("Random at 2 % · organamnist · resnet18", timeout=40_000)
    expect(page.get_by_test_id("stCode").first).to_contain_text("--method random --rate 0.02", timeout=40_000)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= 390")
