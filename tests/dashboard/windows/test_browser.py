"""The Window map page in a real Chromium: cells that are pressed, the way from a job to its map, a phone's width."""

import pytest
from playwright.sync_api import expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests import mapped
from tests.browser import becomes, find_chromium, running_app

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]
# inside the chart: the axes' room, in px
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 8, 52


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app on a cache with a run whose pairs are compared at once, and one whose are not."""
    cache = tmp_path_factory.mktemp("map") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORESET_CACHE", str(cache))
        mapped.record(cache)
        mapped.record(cache, "long", epochs=200, samples=1300)
        mapped.add_result(cache, "mapped", 3, 9, 0.75, 0)
        with running_app(cache) as address:
            yield address


def press(page, column, row, columns, rows):
    """Press the cell in a column from the left and a row from below, both from 1."""
    box = page.locator("[data-testid=stEChartsChart] canvas").first.bounding_box()
    width, height = box["width"] - LEFT - RIGHT, box["height"] - TOP - BOTTOM
    x = box["x"] + LEFT + (column - 0.5) / columns * width
    page.mouse.click(x, box["y"] + TOP + height - (row - 0.5) / rows * height)


def opened(page, address):
    """Open an address and wait for the chart."""
    page.goto(address)
    page.locator("[data-testid=stEChartsChart] canvas").first.wait_for()
    page.wait_for_load_state("networkidle")


def test_a_pressed_cell_moves_the_windows_and_the_link(page, app):
    opened(page, f"{app}/Windows?run=mapped&length=4&late=21")
    # T = 24, K = 4: columns are t_l 5..21, rows t_e 1..17
    press(page, 12, 3, 17, 17)
    page.wait_for_url("**late=16**")
    page.wait_for_url("**early=3**")
    expect(page.get_by_role("slider", name="t_l, late window starts at")).to_have_value("16")
    page.get_by_text("Now at t_e 3–6, t_l 16–19: 100 %.").wait_for()


def test_a_cell_of_the_same_column_and_the_cell_just_left_can_be_pressed_as_well(page, app):
    opened(page, f"{app}/Windows?run=mapped&length=4&late=21")
    for row in (3, 5, 3, 5):
        press(page, 12, row, 17, 17)
        page.get_by_text(f"Now at t_e {row}–{row + 3}, t_l 16–19: 100 %.").wait_for()


class LateAnswers:
    """Answers of the server that a page is given late, as one that is busy drawing takes them."""

    def __init__(self, page):
        """Stand between a page that is yet to be opened and the server."""
        self.kept, self.ended, self.is_holding = [], 0, False
        page.route_web_socket("**/_stcore/stream", self._join)

    def _join(self, socket):
        """Pass on what the page says."""
        self.socket, server = socket, socket.connect_to_server()
        server.on_message(self._take)

    def _take(self, answer):
        """Pass on an answer, or keep it for later."""
        self.ended += ForwardMsg.FromString(answer).WhichOneof("type") == "script_finished"
        self.kept.append(answer)
        if not self.is_holding:
            self.let_go()

    def let_go(self):
        """Give the page what was kept, in its order."""
        self.is_holding = False
        while self.kept:
            self.socket.send(self.kept.pop(0))


def test_keys_pressed_faster_than_the_page_is_drawn_are_all_followed(page, app):
    answers = LateAnswers(page)
    opened(page, f"{app}/Windows?run=mapped&length=4&late=21")
    page.get_by_text("Now at t_e 1–4, t_l 21–24: 100 %.").wait_for()
    handle = page.get_by_role("slider", name="t_l, late window starts at")
    handle.focus()
    answers.is_holding = True
    for key in ("ArrowLeft",) * 4 + ("ArrowRight",) * 4:
        before = answers.ended
        handle.press(key)
        becomes(page, lambda before=before: answers.ended > before, True)
    answers.let_go()
    page.get_by_role("slider", name="t_e, early window starts at").press("ArrowRight")
    page.get_by_text("Now at t_e 2–5, t_l 21–24: 100 %.").wait_for()


def test_a_cell_that_the_sliders_left_can_be_pressed_again(page, app):
    opened(page, f"{app}/Windows?run=mapped&length=4&late=21")
    press(page, 12, 3, 17, 17)
    page.get_by_text("Now at t_e 3–6, t_l 16–19: 100 %.").wait_for()
    handle = page.get_by_role("slider", name="t_e, early window starts at")
    handle.focus()
    handle.press("ArrowRight")
    page.get_by_text("Now at t_e 4–7, t_l 16–19: 100 %.").wait_for()
    press(page, 12, 3, 17, 17)
    page.get_by_text("Now at t_e 3–6, t_l 16–19: 100 %.").wait_for()


def test_a_measured_accuracy_can_be_pressed_and_is_told(page, app):
    opened(page, f"{app}/Windows?run=mapped&length=4&late=21")
    press(page, 5, 3, 17, 17)
    page.get_by_text("75.0 %, n = 1").wait_for()
    page.wait_for_url("**late=9**")


def test_the_windows_go_along_to_the_explore_page(page, app):
    opened(page, f"{app}/Windows?run=mapped&length=4&late=21")
    press(page, 12, 3, 17, 17)
    page.wait_for_url("**early=3**")
    page.get_by_role("link", name="Explore", exact=True).click()
    page.get_by_role("heading", name="Explore", exact=True).wait_for()
    expect(page.get_by_role("slider", name="t_l, late window starts at")).to_have_value("16")


def test_the_map_of_every_pair_appears_when_its_job_has_ended_and_costs_under_60_kb(page, app):
    sizes = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
    page.goto(f"{app}/Windows?run=long&length=10&grid=1+epoch")
    page.get_by_role("button", name="Compare all 16,471 pairs").click()
    page.locator("[data-testid=stEChartsChart] canvas").first.wait_for(timeout=120_000)
    page.get_by_text("Now at t_e 1–10, t_l 191–200: 100 %.").wait_for()
    page.wait_for_timeout(2_000)  # the list of jobs tells its last state
    sizes.clear()
    press(page, 90, 50, 181, 181)  # columns are t_l 11..191, rows t_e 1..181
    page.get_by_text("Now at t_e 50–59, t_l 100–109").wait_for()
    assert "against=1-191" in page.url
    page.wait_for_timeout(1_000)
    assert 49_000 < max(sizes) < 60_000  # the chart: three bytes a cell, its axes and its legends


def test_what_a_press_would_train_is_told_with_its_command_before_it_starts(page, app):
    opened(page, f"{app}/Windows?run=mapped&length=4&late=21")
    page.get_by_role("button", name="Find better windows").wait_for()
    page.get_by_text("the whole grid: 306").wait_for()  # 153 pairs with two seeds
    page.get_by_text("As command, Python and YAML").click()
    page.get_by_text("--search model").first.wait_for()


def test_the_map_fits_a_phone(page, app):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, f"{app}/Windows?run=long")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert page.locator("[data-testid=stEChartsChart] canvas").first.bounding_box()["width"] > 340
