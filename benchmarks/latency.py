"""How long a slider takes on the Explore page: from the key press that moves it to the redrawn page, in real Chromium.

python benchmarks/latency.py                                  a made-up run of 35,000 images and 200 epochs
python benchmarks/latency.py --cache data_cache --run NAME    a run of one's own
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser import FLAGS, find_chromium, running_app

SAMPLES, EPOCHS = 35_000, 200
# redrawn: another gallery picture or another figure is there, nothing is marked stale
SHOWN = """() => {
  const parts = [...document.querySelectorAll('.st-key-explore_tiles *')];
  const gallery = parts.map(part => part.shadowRoot?.querySelector('.tiles')).find(Boolean);
  const figures = [...document.querySelectorAll('[data-testid=stMetricValue]')].map(m => m.textContent);
  return gallery?.firstChild ? [...gallery.children].map(tile => tile.dataset.row).join() + figures : '';
}"""
REDRAWN = """before => {
  const shown = (SHOWN)();
  const busy = document.querySelector('[data-stale=true], [data-testid=stStatusWidgetRunningIcon]');
  const bars = document.querySelector('[data-testid=stEChartsChart] canvas');
  return shown && shown !== before && bars && !busy ? performance.now() : false;
}""".replace("SHOWN", SHOWN)


def make_run(cache: Path) -> str:
    """Make a run of random dynamics on phantom images and return its name."""
    os.environ["CORESET_CACHE"] = str(cache)
    from coreset_engine import Recorder
    from coreset_engine.datasets import demo, library

    np.savez(cache / "large.npz", **demo.generate(sizes=(SAMPLES, 200, 200)))
    images = library.load(str(cache / "large.npz"))
    labels, draws = images.labels["train"], np.random.default_rng(0)
    info = {"dataset": images.name, "dataset_sha256": images.sha256, "class_names": list(images.class_names)}
    pace = draws.uniform(0.5, 4, SAMPLES).astype(np.float32)
    with Recorder("large", labels=labels, classes=images.classes, epochs=EPOCHS, info=info) as recorder:
        for epoch in range(1, EPOCHS + 1):
            logits = draws.normal(0, 1, (SAMPLES, images.classes)).astype(np.float32)
            logits[np.arange(SAMPLES), labels] += pace * 8 * epoch / EPOCHS
            recorder.record(epoch, np.arange(SAMPLES), logits)
            recorder.end_epoch(epoch)
    return "large"


def measure(cache: Path, run: str, moves: int) -> dict[str, list[float]]:
    """Return milliseconds from key press to redrawn page, for the first paint and for every move of a slider."""
    from playwright.sync_api import sync_playwright

    with running_app(cache) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
        taken: dict[str, list[float]] = {"first paint": []}
        for _ in range(3):
            page.goto(f"{address}/Explore?run={run}")
            taken["first paint"].append(page.wait_for_function(REDRAWN, arg="", timeout=60_000).json_value())
        for label in ("t_l, late window starts at", "t_e, early window starts at", "Selection rate α"):
            handle = page.get_by_role("slider", name=label)
            taken[label] = [
                one_move(page, handle, "ArrowRight" if "t_l" not in label else "ArrowLeft") for _ in range(5)
            ]
            taken[label] = [one_move(page, handle, "ArrowLeft" if n % 2 else "ArrowRight") for n in range(moves)]
        browser.close()
    return taken


def one_move(page, handle, key: str) -> float:
    """Move a slider by one step and return how long the page took."""
    before = page.evaluate(SHOWN)
    page.evaluate(
        "addEventListener('keydown', () => { window.pressed = performance.now() }, {once: true, capture: true})"
    )
    handle.focus()
    page.keyboard.press(key)
    try:
        done = page.wait_for_function(REDRAWN, arg=before, timeout=5_000).json_value()
    except Exception:  # noqa: BLE001 - the move changed nothing that is shown: no measurement
        return float("nan")
    page.wait_for_timeout(150)
    return done - page.evaluate("window.pressed")


def main() -> None:
    """Print p50 and p95 of every gesture."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--run")
    parser.add_argument("--moves", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = given.cache or Path(folder)
        run = given.run or make_run(cache)
        for label, values in measure(cache, run, given.moves).items():
            good = sorted(v for v in values if v == v)
            p95 = good[min(len(good) - 1, int(0.95 * len(good)))]
            print(f"{label:<30} n {len(good):3}  p50 {statistics.median(good):6.0f} ms  p95 {p95:6.0f} ms", flush=True)


if __name__ == "__main__":
    main()
