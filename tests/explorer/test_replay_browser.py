"""The replay in a real Chromium, on a page of its own without a server, as in the one-file page."""

import base64
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from coreset_engine import Dynamics
from coreset_engine.explorer import single, texts
from coreset_engine.explorer.played import replay_rows
from coreset_engine.explorer.replay import SCRIPTS, STYLES, replay_pack
from coreset_engine.explorer.umap_file import UmapLayout
from tests.browser import AXE, context_of, find_chromium

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]
EPOCHS, SAMPLES = 12, 60
THEME = """{palette: ['#cc0000', '#00aa00', '#0000cc', '#888800'], kept: '#0072B2', rest: '#7F8C95', error: '#D55E00',
  ramp: ['#D55E00', '#B07A10', '#8C8A4A', '#3C8FD0', '#0072B2']}"""
HTML = f"""<!doctype html><html lang="en"><title>Replay</title><style>{texts.style(*STYLES)}</style>
<main><h1>Replay</h1><div id="replay"></div><div id="course"></div></main>"""
MOUNT = f"""async text => {{
  window.pack = await unpack(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)));
  window.opened = [];
  const kept = Uint8Array.from(pack.arrays.rows, (n) => n % 2);
  const options = {{ theme: {THEME}, onChoose: (row) => opened.push(row), kept }};
  window.replay = mountReplay(document.querySelector("#replay"), pack, options);
  window.course = mountCourse(document.querySelector("#course"), replayCourse(pack, 7), options);
}}"""
# where a row lies on the screen now
PLACE = """row => {
  const canvas = document.querySelector("#replay canvas").getBoundingClientRect();
  const sample = pack.arrays.rows.indexOf(row);
  const { left, right, top, bottom } = REPLAY_EDGE;
  const frame = {
    inner: { width: canvas.width - left - right, height: canvas.height - top - bottom },
    axes: ["variability", "confidence"].map((key) => ({ limits: replayLimits(pack, key) })),
  };
  const at = (key) => replayAt(replayValues(pack, key), pack.count, sample, replay.look.place);
  return [canvas.left + replayX(frame, at("variability")), canvas.top + replayY(frame, at("confidence"))];
}"""
# pixels of the canvas that are, to 12 of 255, of a colour
PAINTED = """([selector, colour]) => {
  const canvas = document.querySelector(selector);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let n = 0; n < data.length; n += 4) found += colour.every((part, c) => Math.abs(data[n + c] - part) < 12);
  return found;
}"""
RED, GREEN, BLUE = [204, 0, 0], [0, 170, 0], [0, 114, 178]


@pytest.fixture(scope="module")
def run():
    """60 samples of 3 classes over 12 epochs, as drawn; rows 0 and 1 are injected label errors."""
    draws = np.random.default_rng(3).normal(0, 1.5, (EPOCHS, SAMPLES, 3)).astype(np.float32)
    return Dynamics.from_logits(draws.cumsum(axis=0) / 2, np.arange(SAMPLES) % 3, "drawn")


# x is 3 times the row after epoch 4 and 5 times it after epoch 12; y is 0, then the row
UMAP = UmapLayout(
    np.arange(SAMPLES),
    np.array([4, 12]),
    np.float32([[3 * np.arange(SAMPLES), np.zeros(SAMPLES)], [5 * np.arange(SAMPLES), np.arange(SAMPLES)]]),
    *(15, 0, SAMPLES),
)
FEATURES = {4: np.zeros((SAMPLES, 2)), 12: np.stack([np.arange(SAMPLES) * 2.0, np.arange(SAMPLES) % 5], axis=1)}


@pytest.fixture(scope="module")
def page(chromium, run):
    """A page with the replay of that run and the course of row 7, in a browser that asks for no motion."""
    truth = {"wrong_label": np.arange(SAMPLES) < 2}
    pack = replay_pack(run, ("liver", "heart", "spleen"), replay_rows(run), truth=truth, features=FEATURES, layout=UMAP)
    with context_of(chromium) as context:
        page = context.new_page()
        page.set_content(HTML)
        page.add_script_tag(content=texts.script(*SCRIPTS))
        page.evaluate(MOUNT, base64.b64encode(pack).decode())
        yield page


def slider(page):
    return page.locator("#replay").get_by_role("slider", name="Epoch")


def values(page, axis):
    """What the page computed for an axis, (T, S)."""
    return np.reshape(page.evaluate("axis => [...replayValues(pack, axis)]", axis), (EPOCHS, SAMPLES))


def test_the_browser_computes_running_means_and_deviations_as_numpy_does(page, run):
    p, norms, margin = run.target_probability.astype(float), run.error_norms.astype(float), run.margin.astype(float)

    def running(of, signal):
        return np.stack([of(signal[:t], axis=0) for t in range(1, EPOCHS + 1)])

    for axis, expected in {
        "confidence": running(np.mean, p),
        "variability": running(np.std, p),
        "aum": running(np.mean, margin),
        "std_error_norm": running(np.std, norms),
        "error_norm": norms,
    }.items():
        np.testing.assert_allclose(values(page, axis), expected, atol=3e-5, err_msg=axis)


def test_between_two_snapshots_a_sample_moves_in_a_straight_line_and_before_the_first_it_stands_still(page):
    found = values(page, "pc1")
    for epoch in (1, 4):
        np.testing.assert_allclose(found[epoch - 1], found[3], atol=1e-6)
    np.testing.assert_allclose(found[7], (found[3] + found[11]) / 2, atol=1e-3)  # epoch 8 of 4 and 12
    assert np.ptp(found[11]) > 50
    assert np.ptp(found[3]) < 0.01
    found = values(page, "umap1")
    np.testing.assert_allclose(found[7], 4 * np.arange(SAMPLES), atol=0.01)


def test_who_wants_no_motion_gets_a_still_picture_that_plays_on_a_press_and_is_scrubbed_by_keys(page):
    frame = page.locator("#replay")
    expect(slider(page)).to_have_value("12")
    expect(frame.get_by_role("button", name="Play")).to_be_visible()
    frame.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('#replay input[type=range]').value >= 3")
    frame.get_by_role("button", name="Pause").click()
    slider(page).focus()
    for key, epoch in (("Home", 1), ("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", 12)):
        page.keyboard.press(key)
        expect(slider(page)).to_have_attribute("aria-valuetext", f"epoch {epoch} of 12")
    expect(frame.get_by_text("epoch 12 of 12")).to_be_visible()
    assert page.evaluate("replay.look.place") == 12


def test_a_click_draws_a_trail_shift_adds_one_and_a_row_chosen_is_handed_on(page):
    frame = page.locator("#replay")
    page.evaluate("replay.choose([]); replay.seek(12)")
    before = page.evaluate(PAINTED, ["#replay canvas", RED])
    row = int(values(page, "variability")[11][0::3].argmax()) * 3  # of class 0, which is drawn in red
    page.mouse.click(*page.evaluate(PLACE, row))
    opens = frame.locator("[data-row]")
    chosen = int(opens.get_attribute("data-row"))
    assert chosen % 3 == row % 3
    assert page.evaluate(PAINTED, ["#replay canvas", RED]) > before + 60
    slider(page).press("Home")
    assert page.evaluate(PAINTED, ["#replay canvas", RED]) < before + 60  # one epoch has no way yet
    slider(page).press("End")
    page.keyboard.down("Shift")
    page.mouse.click(*page.evaluate(PLACE, 1))
    page.keyboard.up("Shift")
    expect(opens).to_have_count(2)
    opens.first.click()
    assert page.evaluate("opened") == [chosen]
    frame.get_by_role("spinbutton", name="Trail of row").fill("31")
    page.keyboard.press("Enter")
    expect(opens).to_have_count(3)
    frame.get_by_role("button", name="Take away the trail of row 31").click()
    expect(opens).to_have_count(2)
    frame.get_by_role("button", name="Clear trails").click()
    expect(opens).to_have_count(0)


def test_label_errors_are_marked_and_a_class_can_be_hidden(page):
    frame = page.locator("#replay")
    expect(frame.get_by_text("◆ injected label error")).to_be_visible()
    expect(frame.get_by_text("All 60 samples; 2 injected label errors among them")).to_be_visible()
    assert page.evaluate(PAINTED, ["#replay canvas", GREEN]) > 20
    frame.get_by_role("button", name="heart", exact=True).click()
    assert page.evaluate(PAINTED, ["#replay canvas", GREEN]) == 0
    frame.get_by_role("button", name="heart", exact=True).click()
    frame.get_by_role("combobox", name="Colour").select_option("coreset")
    expect(frame.get_by_role("button", name="not in the coreset")).to_be_visible()
    frame.get_by_role("combobox", name="X axis").select_option("pc1")
    expect(frame.get_by_text(re.compile("snapshots of epochs 4, 12, straight lines between"))).to_be_visible()
    frame.get_by_role("combobox", name="Colour").select_option("class")
    frame.get_by_role("combobox", name="X axis").select_option("umap1")
    expect(frame.get_by_text(re.compile("UMAP of all 60 samples, 15 neighbours, seed 0"))).to_be_visible()
    frame.get_by_role("combobox", name="X axis").select_option("variability")


def test_a_course_is_drawn_as_it_plays(page):
    whole = page.evaluate(PAINTED, ["#course canvas", BLUE])
    page.evaluate("course.seek(2)")
    part = page.evaluate(PAINTED, ["#course canvas", BLUE])
    assert 0 < part < whole / 2
    page.evaluate("course.seek(10)")
    page.locator("#course").get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('#course').dataset.playing === 'no'")
    expect(page.locator("#course").get_by_role("slider", name="Epoch")).to_have_value("12")
    assert page.evaluate(PAINTED, ["#course canvas", BLUE]) == whole
    expect(page.locator("#course .replay-said")).to_contain_text("Epoch 12: predicted")


def test_the_one_file_page_plays_from_disk_and_opens_a_sample(chromium, recorded, tmp_path):
    file = tmp_path / "explorer.html"
    file.write_bytes(single.of_run("tiny"))
    with context_of(chromium) as context:
        page = context.new_page()
        page.emulate_media(reduced_motion="no-preference")
        page.goto(file.as_uri())
        page.locator("#replay").scroll_into_view_if_needed()
        page.wait_for_function(
            "document.querySelector('#replay input[type=range]')?.value >= 2"
        )  # plays once it is seen
        page.locator("#replay").get_by_role("spinbutton", name="Trail of row").fill("12")
        page.keyboard.press("Enter")
        page.locator("#replay [data-row='12']").click()
        expect(page.get_by_role("dialog")).to_contain_text("Row 12")
        expect(page.get_by_role("dialog").get_by_role("slider", name="Epoch")).to_have_value("5")
        expect(page.locator("#problem")).to_be_hidden()


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not here: npm was missing or could not fetch it")
def test_axe_finds_nothing(page):
    page.evaluate("replay.choose([3, 7])")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "async () => (await axe.run()).violations.map((one) => [one.id, one.nodes.map((n) => n.html)])"
    )
    assert found == []
