"""What a hand that drags a window waits for on Explore, in real Chromium: frames, exact redraw, first paint, bytes.

python benchmarks/live.py                                  a made-up run of 35,000 images and 200 epochs
python benchmarks/live.py --cache data_cache --run NAME    a run of one's own
python benchmarks/live.py --agreement --cache data_cache   how far the browser's selections are the engine's, in every run
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.latency import make_run
from tests.browser import running_app, running_chromium

MOVES, DRAGS, TRACED = 100, 10, 8
HEIGHTS = (900, 1800)  # px of the screen
# every frame in which something is computed: when it began and how long its script took; a frame ends when the next begins
SPY = """() => {
  window.frames = [];
  const plain = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = draw => plain(time => {
    const begun = performance.now();
    draw(time);
    const scripted = performance.now() - begun;
    plain(() => window.frames.push([scripted, performance.now() - begun]));
  });
}"""
# a page that moves one box with the mouse: what the measure says of a frame in which there is next to nothing to do
BOX = """<div style='position:absolute; width:9px; height:9px; background:red'></div><script>
  onmousemove = ({clientX}) => requestAnimationFrame(() => {
    document.querySelector("div").style.left = `${clientX}px`;
    for (const from = performance.now(); performance.now() - from < 0.6;);
  });
</script>"""
MISSED = 25  # ms: a frame that took longer than one and a half intervals of a screen of 60 Hz missed one
PARTS = {
    "script": ("FireAnimationFrame", "EventDispatch"),
    "style and layout": ("UpdateLayoutTree", "Layout"),
    "paint": ("PrePaint", "Paint", "Layerize"),
    "commit": ("Commit",),
}
AT_REST = """url => location.href.includes(url) && !document.querySelector('[data-stale=true]') &&
  !document.querySelector('[data-testid=stStatusWidgetRunningIcon]') && performance.now()"""
PAIRS = [(1, 31), (1, 21), (2, 21), (11, 31)]
MORE: tuple[dict[str, Any], ...] = ({}, {"rule": "balanced"}, {"hard_cutoff": 0.3, "class_budget": "tempered"})


def told(name: str, values: Sequence[float], unit: str = "ms") -> None:
    """Print p50, p95 and n of a figure."""
    good = sorted(values)
    p95 = good[min(len(good) - 1, int(0.95 * len(good)))]
    print(f"{name:<38} n {len(good):4}  p50 {statistics.median(good):8.1f}  p95 {p95:8.1f} {unit}", flush=True)


def gestures(cache: Path, run: str) -> None:
    """Print what dragging and letting go cost on Explore, with a row of images on the screen and with all 48."""
    with running_app(cache) as address, running_chromium() as browser:
        floor(browser.new_page())
        for height in HEIGHTS:
            print(f"a screen of 1440 x {height}", flush=True)
            page = browser.new_page(viewport={"width": 1440, "height": height}, bypass_csp=True)
            gestures_on(page, address, run)
            page.close()


def floor(page: Any) -> None:
    """Print what the measure of a frame says where the page has next to nothing to do: the screen's own interval."""
    page.set_content(BOX)
    page.evaluate(SPY)
    for step in range(MOVES):
        page.mouse.move(100 + 3 * step, 50)
        page.wait_for_timeout(16)
    told_frames("frame of an all but empty page", page.evaluate("window.frames"))
    page.close()


def told_frames(name: str, frames: Sequence[Sequence[float]]) -> None:
    """Print how long frames took until the next one, and how many missed the screen's next picture."""
    took = [frame[1] for frame in frames]
    told(name, took)
    print(f"{'':<38} {sum(one > MISSED for one in took)} of {len(took)} missed a picture", flush=True)


def gestures_on(page: Any, address: str, run: str) -> None:
    """Print what dragging and letting go cost on one page."""
    sizes: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
    told("first images, warm", first_images(page, address, run)[1:])
    page.wait_for_timeout(4_000)
    page.evaluate(SPY)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    frames, redraws, taken = [], [], []
    spent: Counter[str] = Counter()
    for number in range(DRAGS):
        before = parts_of(devtools)
        drag(page, -1 if number % 2 else 1, number)
        spent.update({part: value - before[part] for part, value in parts_of(devtools).items()})
        frames += page.evaluate("window.frames.splice(0)")
        sizes.clear()
        begun = page.evaluate("performance.now()")
        address_before = page.url
        page.mouse.up()
        page.wait_for_function("url => location.href !== url", arg=address_before)
        redraws.append(page.wait_for_function(AT_REST, arg="Explore").json_value() - begun)
        page.wait_for_timeout(600)
        taken.append(sum(sizes) / 1000)
    worked = [frame for frame in frames if frame[0] > 0.5]
    told("script of a frame while dragging", [frame[0] for frame in worked])
    told_frames("frame while dragging, until the next", worked)
    shares = ", ".join(f"{part} {value / len(worked):.1f}" for part, value in spent.items())
    print(f"the page's thread for each such frame   mean of {shares} ms", flush=True)
    told("exact redraw after the hand let go", redraws)
    told("received for one move", taken, "kB")
    traced(page)


def traced(page: Any) -> None:
    """Print the processor time that frames take of a page's thread, which other work on the machine leaves as it is."""
    browser = page.context.browser
    browser.start_tracing(page=page, categories=["devtools.timeline", "disabled-by-default-devtools.timeline"])
    for number in range(TRACED):
        drag(page, -1 if number % 2 else 1, number)
        page.mouse.up()
        page.wait_for_timeout(1_500)
    found = frames_of(json.loads(browser.stop_tracing())["traceEvents"])
    for part in found[0]:
        told(f"processor time of a frame: {part}", [frame[part] for frame in found])


def frames_of(events: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Return the milliseconds of the page's thread in every frame with a drag's script, as a trace of Chromium tells them.

    A frame is one task of the thread: input, script, style, layout, paint and commit.
    """
    scripts = [event for event in events if event["name"] == "FireAnimationFrame" and event.get("tdur", 0) > 500]
    thread = Counter((event["pid"], event["tid"]) for event in scripts).most_common(1)[0][0]
    own = [event for event in events if (event["pid"], event["tid"]) == thread and "tdur" in event]
    own.sort(key=lambda event: event["ts"])
    found = []
    for task in own:
        if task["name"] != "RunTask":
            continue
        inside = [event for event in own if task["ts"] <= event["ts"] < task["ts"] + task["dur"]]
        if any(event in scripts for event in inside):
            spent = {part: outermost(inside, names) for part, names in PARTS.items()}
            found.append({**spent, "all": task["tdur"] / 1000})
    return found


def outermost(events: list[dict[str, Any]], names: Sequence[str]) -> float:
    """Return the milliseconds of processor time of events of these names, in order; those inside another are in its time."""
    spent, end = 0, 0
    for event in events:
        if event["name"] in names and event["ts"] >= end:
            spent, end = spent + event["tdur"], event["ts"] + event["dur"]
    return spent / 1000


def first_images(page: Any, address: str, run: str) -> list[float]:
    """Return after how many milliseconds the gallery stood there, of four visits."""
    paints = []
    for _ in range(4):
        page.goto(f"{address}/Explore?run={run}")
        page.locator(".tiles button").first.wait_for(timeout=60_000)
        paints.append(page.evaluate("performance.now()"))
    return paints


def parts_of(devtools: Any) -> dict[str, float]:
    """Return the milliseconds that a page's thread spent on its parts since it was opened, by Chromium's own counters."""
    found = {one["name"]: 1000 * one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    script, whole = found["ScriptDuration"], found["TaskDuration"]
    laid_out = found["RecalcStyleDuration"] + found["LayoutDuration"]
    return {"script": script, "style and layout": laid_out, "paint, commit and the rest": whole - script - laid_out}


def drag(page: Any, direction: int, number: int) -> None:
    """Drag the early window and keep holding it; in a long run each drag ends somewhere else."""
    band = page.get_by_role("slider", name="early", exact=True)
    box = band.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 60
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(MOVES // 5):
        page.mouse.move(x + direction * (80 + 3 * step + 2 * number), y)
        page.wait_for_timeout(16)


def scoring(run: str) -> None:
    """Print what EVA's score and coreset, and all pairs of windows, cost in the engine."""
    from coreset_engine import CoresetSpec, coreset_of, store, window_map
    from coreset_engine.sources import Sources
    from coreset_engine.window_map import inputs

    dynamics = store.load_run(run)
    last = dynamics.epochs - 9
    lates = range(20, min(120, last + 1))

    def once(late: int) -> None:
        spec = CoresetSpec(run, "eva", {"early": 1, "late": late}, rate=0.1)
        coreset_of(spec, Sources.of(dynamics), np.empty(0, np.int64))

    once(20)
    told("EVA's score and coreset by the engine", [timed(lambda late=late: once(late)) for late in lates])
    given = inputs.settings(dynamics, early=1, late=last, length=10, rate=0.1, truth={})
    rates = (0.1, 0.11, 0.12, 0.13)  # a map that was made before is read
    told(
        "all pairs of windows",
        [timed(lambda r=r: window_map.make(dynamics, step=1, **{**given, "rate": r})) for r in rates],
    )


def timed(call: Callable[[], Any]) -> float:
    """Return the milliseconds that a call takes."""
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)


def agreement() -> None:
    """Print for every run of the cache how far the browser's selections agree with the engine's."""
    from coreset_engine import CoresetSpec, coreset_of, paths, store
    from coreset_engine.dashboard.explore.data import live_state
    from coreset_engine.explorer.run_pack import run_pack
    from coreset_engine.sources import Sources
    from tests.explorer.in_browser import results

    with running_chromium() as browser:
        page = browser.new_page()
        for run in store.run_names():
            dynamics, names = store.load_run(run), store.RunFile(paths.run_folder(run)).info.names
            pairs = [pair for pair in PAIRS if pair[1] + 9 <= dynamics.epochs]
            specs = [
                CoresetSpec(run, "eva", {"early": early, "late": late}, rate=rate, **more)
                for early, late in pairs
                for rate in (0.02, 0.1, 0.3)
                for more in MORE
            ]
            pack = run_pack(dynamics, names, {})
            found = results(page, pack, [{"state": live_state(spec)} for spec in specs])
            kept = [coreset_of(spec, Sources.of(dynamics), np.empty(0, np.int64)).kept for spec in specs]
            both = [(np.array(got["kept"], bool) & own).sum() / own.sum() for got, own in zip(found, kept, strict=True)]
            off = sum((np.array(got["kept"], bool) != own).sum() // 2 for got, own in zip(found, kept, strict=True))
            print(
                f"{run:<16} N {dynamics.n_samples:6,}  T {dynamics.epochs:3}  pack {len(pack) / 1e6:6.2f} MB  "
                f"{len(specs)} selections: lowest overlap {min(both):.2%}, {off} of {sum(map(np.sum, kept)):,} samples off"
            )


def main() -> None:
    """Print the figures asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--run")
    parser.add_argument("--agreement", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = given.cache or Path(folder)
        os.environ["CORESET_CACHE"] = str(cache)
        if given.agreement:
            agreement()
            return
        run = given.run or make_run(cache)
        scoring(run)
        gestures(cache, run)


if __name__ == "__main__":
    main()
