"""How long presses on the window map take, from the click to the redrawn page, in real Chromium.

python benchmarks/gestures.py                                  a made-up run of 35,000 images and 200 epochs
python benchmarks/gestures.py --cache data_cache --run NAME    a run of one's own of 200 epochs
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.latency import make_run
from tests.browser import FLAGS, ROOT, find_chromium, running_app

EPOCHS, LENGTH = 200, 10
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 8, 52  # px around the cells in the chart
COARSE = sorted({*range(1, 192, 10), 90, 100, 150, 170, 190})
CANVAS = "[data-testid=stEChartsChart] canvas"
# redrawn: the page says where the windows are now, nothing is marked stale, and two frames were painted since
REDRAWN = """text => {
  const busy = document.querySelector('[data-stale=true], [data-testid=stStatusWidgetRunningIcon]');
  return !busy && document.body.innerText.includes(text) && new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))));
}"""


def fine_map(cache: Path, run: str) -> None:
    """Make the map of every pair against 1/191 at 10 %, as the page's job does."""
    words = ["map", run, "--length", LENGTH, "--rate", "0.1", "--step", "1", "--early", "1", "--late", "191"]
    command = [sys.executable, "-m", "coreset_engine", *map(str, words)]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"CORESET_CACHE": str(cache)}, check=True, capture_output=True)


def press(page, early: int, late: int, grid: list[int]) -> float:
    """Press the cell of a pair of windows and return the milliseconds until the page shows it."""
    columns, rows = [s for s in grid if s > LENGTH], [s for s in grid if s <= EPOCHS - 2 * LENGTH + 1]
    box = page.locator(CANVAS).first.bounding_box()
    width, height = box["width"] - LEFT - RIGHT, box["height"] - TOP - BOTTOM
    x = box["x"] + LEFT + (columns.index(late) + 0.5) / len(columns) * width
    y = box["y"] + TOP + height - (rows.index(early) + 0.5) / len(rows) * height
    page.mouse.move(x, y)
    page.wait_for_timeout(100)
    page.evaluate(
        "addEventListener('mouseup', () => { window.pressed = performance.now() }, {once: true, capture: true})"
    )
    page.mouse.click(x, y)
    text = f"Now at t_e {early}–{early + LENGTH - 1}, t_l {late}–{late + LENGTH - 1}:"
    done = page.wait_for_function(REDRAWN, arg=text, timeout=20_000).json_value()
    page.wait_for_timeout(200)
    return done - page.evaluate("window.pressed")


def measure(cache: Path, run: str, presses: int) -> dict[str, tuple[list[float], list[int]]]:
    """Return by gesture the milliseconds of every press, and the bytes of the largest message it brought."""
    from playwright.sync_api import sync_playwright

    found, draws = {}, random.Random(0)
    grids = {"every 10 epochs": (COARSE, ""), "every pair": (list(range(1, 192)), "&grid=1+epoch&against=1-191")}
    with running_app(cache) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for name, (grid, query) in grids.items():
            page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
            sizes: list[int] = []
            page.on(
                "websocket", lambda socket, to=sizes: socket.on("framereceived", lambda frame: to.append(len(frame)))
            )
            page.goto(f"{address}/Windows?run={run}{query}")
            page.locator(CANVAS).first.wait_for(timeout=60_000)
            page.wait_for_load_state("networkidle")
            taken, largest = [], []
            for number in range(presses + 3):
                early = draws.choice([start for start in grid if start <= 150])
                late = draws.choice([start for start in grid if start >= early + LENGTH])
                sizes.clear()
                milliseconds = press(page, early, late, grid)
                if number >= 3:  # the first warm up
                    taken.append(milliseconds)
                    largest.append(max(sizes))
            found[name] = taken, largest
            page.close()
        browser.close()
    return found


def main() -> None:
    """Print p50 and p95 of every gesture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--run")
    parser.add_argument("--presses", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = given.cache or Path(folder)
        run = given.run or make_run(cache)
        fine_map(cache, run)
        for name, (taken, largest) in measure(cache, run, given.presses).items():
            good = sorted(taken)
            p95 = good[min(len(good) - 1, int(0.95 * len(good)))]
            print(
                f"press on a cell, {name:<16} n {len(good):3}  p50 {statistics.median(good):6.0f} ms  p95 {p95:6.0f} ms"
                f"  largest message {max(largest):,} bytes",
                flush=True,
            )


if __name__ == "__main__":
    main()
