"""The windows on Explore and in the one-file explorer, moved by hand in Chromium."""

import os
import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from coreset_engine import paths, score, selection, store
from coreset_engine.explorer import single
from coreset_engine.windows import Windows
from tests.browser import becomes, find_chromium, running_app, settled
from tests.test_serving import ask

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium here, and none could be installed"),
]


@pytest.fixture(scope="module")
def recorded(longer_once, tmp_path_factory):
    return shutil.copytree(longer_once, tmp_path_factory.mktemp("live") / "cache")


@pytest.fixture(scope="module")
def app(recorded):
    with running_app(recorded) as address:
        yield address


@pytest.fixture
def own_cache(recorded, monkeypatch):
    """The same cache for this process."""
    monkeypatch.setenv("CORESET_CACHE", str(recorded))


def shown(page):
    """The rows of the gallery's images, in order."""
    return page.locator(".tiles button").evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.row))")


def first_rows(early, late, length, rate=0.1):
    """The rows that EVA keeps, best-ranked first, by the engine."""
    values = score(store.load_run("tiny"), "eva", early=early, late=late, length=length)
    size = selection.coreset_size(rate, len(values))
    return np.argsort(-values, kind="stable")[:size].tolist()


def band_of(page, name):
    return page.get_by_role("slider", name=name, exact=True)


def opened(page, address):
    """Open Explore and return once the server is still and the browser can follow the hand."""
    page.goto(address)
    settled(page)
    page.wait_for_function("window.coresetLive?.tiny?.run && coresetLive.tiny.rest")


def test_everything_follows_a_dragged_window_before_it_is_let_go(page, app, own_cache):
    opened(page, f"{app}/Explore?run=tiny&early=1&late=9&length=4")
    band, said = band_of(page, "late"), page.locator(".said")
    box = band.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 5 - 0.75 * box["width"], box["y"] + 40, steps=4)  # 3 of the window's 4 epochs
    expect(said).to_have_text("t_e 1–4   t_l 6–9   let go to apply")
    becomes(page, lambda: shown(page), first_rows(1, 6, 4))  # of the browser
    before, after = set(first_rows(1, 9, 4)), set(first_rows(1, 6, 4))
    told = f"kept 30 · entering {len(after - before)} · leaving {len(before - after)} · label errors kept "
    expect(page.locator(".numbers")).to_contain_text(told)
    expect(page.locator(".numbers")).to_contain_text("of 12 (compared with the last selection)")
    assert "late=9" in page.url
    page.mouse.up()
    page.wait_for_url("**late=6**")
    settled(page)
    assert shown(page) == first_rows(1, 6, 4)  # of Python
    expect(said).to_have_text("t_e 1–4   t_l 6–9")
    picture = page.locator(".tiles .picture").first
    assert "/sheet-" in picture.get_attribute("style")  # what the browser had by then is not sent again
    cut = picture.screenshot()
    page.reload()
    settled(page)
    assert "data:image" in picture.get_attribute("style")
    assert picture.screenshot() == cut  # and is the same to the pixel


def test_a_frame_that_comes_after_the_exact_answer_does_not_take_the_preview_up_again(page, app):
    opened(page, f"{app}/Explore?run=tiny&early=1&late=9&length=4")
    page.evaluate(
        "() => { requestAnimationFrame = (draw) => setTimeout(draw, 2500); cancelAnimationFrame = clearTimeout }"
    )
    band_of(page, "late").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**late=8**")
    settled(page)
    page.wait_for_timeout(2500)  # the frame is due by now
    expect(page.locator(".said")).to_have_text("t_e 1–4   t_l 8–11")


def test_the_keys_and_the_focus_on_images_hold_while_the_hand_moves_something(page, app, own_cache):
    opened(page, f"{app}/Explore?run=tiny&early=1&late=9&length=4")
    images, band = page.locator(".tiles button"), band_of(page, "late")
    images.nth(1).focus()
    page.get_by_role("slider", name="share kept α").evaluate(
        "input => { input.value = 0.05; input.dispatchEvent(new Event('input')) }"
    )
    expect(images).to_have_count(15)
    expect(images.nth(1)).to_be_focused()  # the hand's own images take the place of the exact ones
    page.wait_for_url("**rate=0.05**")
    settled(page)
    expect(images.nth(1)).to_be_focused()
    box = band.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 5 - 0.75 * box["width"], box["y"] + 40, steps=4)
    becomes(page, lambda: shown(page), first_rows(1, 6, 4, rate=0.05))
    images.first.focus()
    page.keyboard.press("ArrowRight")
    expect(images.nth(1)).to_be_focused()
    page.mouse.up()


def test_what_the_sidebar_shows_of_an_older_move_does_not_take_a_later_one_back(page, app):
    opened(page, f"{app}/Explore?run=tiny&early=1&late=9&length=4&rate=0.1")
    page.evaluate("() => { coresetLive.tiny.sent += 1; coresetLive.tiny.state.rate = 0.29 }")  # not answered yet
    page.locator("[data-testid=stSidebar] .st-key-rate input[type=range]").evaluate(
        "input => { input.value = 0.28; input.setAttribute('aria-valuetext', '28 %') }"  # the move before was
    )
    page.wait_for_timeout(300)
    assert page.evaluate("coresetLive.tiny.state.rate") == 0.29


def test_after_a_restart_of_the_server_the_page_follows_python_again(page, app):
    opened(page, f"{app}/Explore?run=tiny&early=1&late=9&length=4")
    page.evaluate("() => { coresetLive.tiny.sent = coresetLive.tiny.rest.seq = 5 }")  # moves of a session that is gone
    page.locator("[data-testid=stSidebar] .st-key-late input[type=range]").press("ArrowLeft")
    page.wait_for_url("**late=8**")
    expect(page.locator(".said")).to_have_text("t_e 1–4   t_l 8–11")


def test_of_twenty_quick_presses_none_is_lost(page, app):
    opened(page, f"{app}/Explore?run=tiny&early=1&late=9&length=4&rate=0.1")
    rate = page.get_by_role("slider", name="share kept α")
    rate.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**rate=0.3**")
    page.get_by_text("90 of 300").wait_for()
    band = band_of(page, "early")
    band.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**early=4**")
    expect(band).to_be_focused()


def test_the_sliders_of_the_sidebar_are_followed_before_they_are_let_go(page, app, own_cache):
    opened(page, f"{app}/Explore?run=tiny&early=1&late=9&length=4&rate=0.1")
    box = page.locator(".st-key-rate").get_by_test_id("stSliderThumbValue").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] + 6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=4)
    rate = float(page.locator(".st-key-rate input[type=range]").input_value())
    assert rate > 0.15
    becomes(page, lambda: shown(page), first_rows(1, 9, 4, rate)[:48])
    expect(page.locator(".numbers")).to_contain_text(f"kept {selection.coreset_size(rate, 300)} ")
    assert "rate=" not in page.url
    page.mouse.up()
    page.wait_for_url(f"**rate={rate:g}*")


def test_the_epochs_of_el2n_are_followed_and_its_window_begins_with_the_first(page, app, own_cache):
    opened(page, f"{app}/Explore?run=tiny&method=el2n&rate=0.1")
    assert page.get_by_role("slider", name="window", exact=True).count() == 0
    page.get_by_role("slider", name="length K").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.wait_for_url("**el2n_epochs=6**")
    settled(page)
    values = score(store.load_run("tiny"), "el2n", epochs=6)
    assert shown(page) == np.argsort(-values, kind="stable")[:30].tolist()


def test_a_move_back_to_where_it_was_leaves_the_page_at_rest(page, app, own_cache):
    opened(page, f"{app}/Explore?run=tiny&early=1&late=9&length=4")
    band = band_of(page, "early")
    box = band.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 5 + 0.5 * box["width"], box["y"] + 40, steps=3)
    becomes(page, lambda: shown(page), first_rows(3, 9, 4))
    page.mouse.move(box["x"] + 5, box["y"] + 40, steps=3)
    page.mouse.up()
    becomes(page, lambda: shown(page), first_rows(1, 9, 4))
    expect(page.locator(".numbers")).to_have_text("")


@pytest.mark.parametrize("query", ["method=tdds", "rule=ccs&early=1&late=9&length=4", "method=herding"])
def test_a_selection_that_the_browser_cannot_compute_is_shown_all_the_same(query, page, app):
    page.goto(f"{app}/Explore?run=tiny&{query}")
    settled(page)
    page.locator(".tiles button").first.wait_for()
    expect(page.locator(".st-key-explore_scores canvas")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_pack_is_kept_by_the_browser_and_refused_once_it_is_of_another_state(app, own_cache):
    from coreset_engine.dashboard.shell import packs

    good = ask(app, f"/{packs.address('tiny')}/run.pack")
    assert (good.status, "immutable" in good.headers["Cache-Control"]) == (200, True)
    assert ask(app, f"/{packs.address('tiny')}/sheet-0.png").headers["Content-Type"] == "image/png"
    for path in ("tiny/0123456789abcdef/run.pack", "none/0/run.pack", "..%2f..%2fetc/0/run.pack"):
        answer = ask(app, f"/explorer/{path}")
        assert answer.status in (400, 404, 409)
        assert "root:" not in answer.text
    assert ask(app, f"/{packs.address('tiny')}/sheet-99.png").status == 404


def test_a_run_that_grows_before_the_browser_asks_for_it_is_asked_for_anew(page, app, own_cache):
    from coreset_engine.dashboard.shell import packs

    asked = []

    def grow(route):
        if not asked:
            os.utime(paths.run_folder("tiny") / store.FILE_NAME)  # as one more epoch would
        asked.append(route.request.url)
        route.continue_()

    page.route("**/run.pack", grow)
    opened(page, f"{app}/Explore?run=tiny&early=1&late=9&length=4&rate=0.1")
    assert [packs.address("tiny") in url for url in asked] == [False, True]


@pytest.fixture(scope="module")
def file(recorded, tmp_path_factory):
    """The one-file explorer of the run."""
    path = tmp_path_factory.mktemp("file") / "explorer.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORESET_CACHE", str(recorded))
        single.write(path, single.of_run("tiny", Windows(1, 9, 4)))
    return path


def test_one_file_works_from_disk_and_asks_for_nothing_else(file, chromium, own_cache):
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    asked, told = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(file.as_uri())
    becomes(page, lambda: shown(page), first_rows(1, 9, 4))
    band_of(page, "early").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    becomes(page, lambda: shown(page), first_rows(3, 9, 4))
    becomes(page, lambda: "early=3" in page.url, True)
    page.get_by_role("button", name="leaving").click()
    gone = [row for row in first_rows(1, 9, 4) if row not in first_rows(3, 9, 4)]
    becomes(page, lambda: sorted(shown(page)), sorted(gone))
    page.get_by_role("button", name="kept", exact=True).click()
    page.locator(".tiles button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Row {first_rows(3, 9, 4)[0]}")
    expect(page.get_by_role("dialog")).to_contain_text("place 1 of 300: kept")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Pin as A").click()
    expect(page.locator("#bands .numbers")).to_contain_text(re.compile(r"entering 0 · leaving 0 .*\(compared with A\)"))
    page.reload()
    becomes(page, lambda: shown(page), first_rows(3, 9, 4))
    assert told == []
    assert {url.split(":")[0] for url in asked} <= {"file", "data", "blob"}
    page.close()


def test_a_name_cannot_end_the_script_that_holds_it(own_cache, chromium, tmp_path):
    info = store.RunFile(paths.run_folder("tiny")).info
    dynamics = store.load_run("tiny")
    hostile = ("</script><script>document.title='taken'</script>", *info.names[1:])
    facts = single.facts("tiny", dynamics, hostile, Windows(1, 9, 4), 0.1)
    assert "</script>" not in single._safe(facts)
    assert facts["course"]["names"][0] == hostile[0]


def test_the_file_says_what_it_lacks_and_how_large_it_will_be(file, own_cache):
    text = file.read_text(encoding="utf-8")
    assert re.search(r"What is not in this file.*Methods other than EVA", text, re.DOTALL)
    assert "hong2024eva" in text
    assert single.bytes_about("tiny") == pytest.approx(len(text.encode()), rel=0.3)
