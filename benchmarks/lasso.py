"""How long the data map takes in real Chromium: first paint, images of its points, from the end of a lasso to its images.

python benchmarks/lasso.py                                  a made-up run of 35,000 images and 200 epochs
python benchmarks/lasso.py --cache data_cache --run NAME    a run of one's own
python benchmarks/lasso.py --samples 1000000 --epochs 8     a made-up run without images
"""

import argparse
import math
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.latency import make_run
from tests.browser import FLAGS, find_chromium, running_app

LEFT, RIGHT, TOP, BOTTOM = 52, 10, 8, 40  # px around the map on the canvas
POINT = """share => {
  const {x, y} = [...window.coresetMaps.values()].pop(), place = Math.floor(share * x.length);
  return [x[place] / 65535, y[place] / 65535];
}"""
# what follows an area: its figures, and its images where there are some
SHOWN = """(() => {
  const figures = [...document.querySelectorAll('[data-testid=stMetricValue]')].map(m => m.textContent).join();
  const parts = [...document.querySelectorAll('.st-key-data_map_tiles *')];
  const gallery = parts.map(part => part.shadowRoot?.querySelector('.tiles')).find(Boolean);
  return gallery ? figures + [...gallery.children].map(tile => tile.dataset.row).join() : figures;
})()"""
PICTURED = "[...(window.coresetMapImages?.values() ?? [])].some(sheet => sheet.picture instanceof ImageBitmap)"
# from the mouse at a point to the frame with its image beside it
POINTED = f"""() => new Promise(done => {{
  const parts = [...document.querySelectorAll('.st-key-data_map *')];
  const root = parts.map(part => part.shadowRoot?.querySelector('.map')).find(Boolean);
  const canvas = root.querySelector('canvas'), box = canvas.getBoundingClientRect();
  const plain = [...window.coresetMaps.values()].pop(), n = Math.floor(Math.random() * plain.x.length);
  const clientX = box.x + {LEFT} + plain.x[n] / 65535 * (box.width - {LEFT + RIGHT});
  const clientY = box.y + {TOP} + (1 - plain.y[n] / 65535) * (box.height - {TOP + BOTTOM});
  const begun = performance.now();
  canvas.dispatchEvent(new PointerEvent('pointermove', {{clientX, clientY, bubbles: true}}));
  if (root.querySelector('.tip').hidden || root.querySelector('.tip canvas').hidden) throw Error('no image');
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
}})"""
# redrawn: figures and images are others, nothing is marked stale, and two frames were painted since
REDRAWN = f"""before => {{
  const busy = document.querySelector('[data-stale=true], [data-testid=stStatusWidgetRunningIcon]');
  const shown = {SHOWN};
  return !busy && shown && shown !== before && new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))));
}}"""


def make_plain_run(cache: Path, samples: int, epochs: int, classes: int = 11) -> str:
    """Make a run of random dynamics without images and return its name."""
    os.environ["CORESET_CACHE"] = str(cache)
    from coreset_engine import Recorder

    draws = np.random.default_rng(0)
    labels, pace = draws.integers(0, classes, samples), draws.uniform(0.2, 4, samples).astype(np.float32)
    with Recorder("plain", labels=labels, classes=classes, epochs=epochs) as recorder:
        for epoch in range(1, epochs + 1):
            logits = 1.5 * draws.standard_normal((samples, classes), np.float32)
            logits[np.arange(samples), labels] += pace * 4 * epoch / epochs
            recorder.record(epoch, np.arange(samples), logits)
            recorder.end_epoch(epoch)
    return "plain"


def draw(page, chance: random.Random) -> float:
    """Draw a lasso of 40 corners around a point and return the milliseconds from letting go to the redrawn page."""
    before = page.evaluate(SHOWN)
    box = page.locator(".map .field canvas").bounding_box()
    across, upwards = page.evaluate(POINT, chance.random())
    x = box["x"] + LEFT + across * (box["width"] - LEFT - RIGHT)
    y = box["y"] + TOP + (1 - upwards) * (box["height"] - TOP - BOTTOM)
    for corner in range(41):
        turn, reach = 2 * math.pi * corner / 40, chance.uniform(60, 80)
        # within the canvas: a line that began beside it would draw nothing
        across = min(box["x"] + box["width"] - 2, max(box["x"] + 2, x + reach * math.cos(turn)))
        page.mouse.move(across, min(box["y"] + box["height"] - 2, max(box["y"] + 2, y + reach * math.sin(turn))))
        if not corner:
            page.mouse.down()
    page.evaluate(
        "addEventListener('pointerup', () => { window.released = performance.now() }, {once: true, capture: true})"
    )
    page.mouse.up()
    done = page.wait_for_function(REDRAWN, arg=before, timeout=30_000).json_value()
    page.wait_for_timeout(300)
    return done - page.evaluate("window.released")


def measure(cache: Path, run: str, times: int, with_images: bool = True) -> dict[str, list[float]]:
    """Return milliseconds of first paints, images, pointing and lassos, and the bytes that came with a page and a lasso."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[float]] = {
        name: [] for name in ("first paint", "images", "page", "pointing", "lasso", "bytes")
    }
    chance = random.Random(0)
    with running_app(cache) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
        sizes: list[int] = []
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
        for _ in range(4):
            sizes.clear()
            begun = time.perf_counter()
            page.goto(f"{address}/Data_map?run={run}")
            page.locator(".map .legend button").first.wait_for(timeout=120_000)
            found["first paint"].append(1e3 * (time.perf_counter() - begun))
            if with_images:
                page.wait_for_function(PICTURED, timeout=120_000)
                found["images"].append(1e3 * (time.perf_counter() - begun))
            page.wait_for_timeout(1500)
            found["page"].append(sum(sizes))
        if with_images:
            found["pointing"] = [page.evaluate(POINTED) for _ in range(times)]
        for number in range(times + 3):
            sizes.clear()
            taken = draw(page, chance)
            if number >= 3:  # the first warm up
                found["lasso"].append(taken)
                found["bytes"].append(sum(sizes))
        browser.close()
    return found


def main() -> None:
    """Print the first paints, p50 and p95 of the lassos, and what they sent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--run")
    parser.add_argument("--samples", type=int)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--times", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = given.cache or Path(folder)
        if given.run is None:
            given.run = make_plain_run(cache, given.samples, given.epochs) if given.samples else make_run(cache)
        found = measure(cache, given.run, given.times, not given.samples)
    paints = ", ".join(f"{value:.0f}" for value in found["first paint"])
    print(
        f"first paint, the first one on a fresh server: {paints} ms; received {statistics.median(found['page']):,.0f} bytes"
    )
    if found["images"]:
        print(f"with the images of the points: {', '.join(f'{value:.0f}' for value in found['images'])} ms")
        print(f"mouse at a point to the frame with its image: p50 {statistics.median(found['pointing']):.0f} ms")
    lassos = sorted(found["lasso"])
    p95 = lassos[min(len(lassos) - 1, int(0.95 * len(lassos)))]
    print(f"lasso to images: n {len(lassos)}, p50 {statistics.median(lassos):.0f} ms, p95 {p95:.0f} ms")
    print(f"received with a lasso: {statistics.median(found['bytes']):,.0f} bytes, at most {max(found['bytes']):,.0f}")


if __name__ == "__main__":
    main()
