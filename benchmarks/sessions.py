"""How fast every page is first painted, and what one and eight open browsers cost the server.

python benchmarks/sessions.py                                  a made-up run of 35,000 images and 200 epochs
python benchmarks/sessions.py --cache data_cache --run demo    a run of one's own

First paint: from the address to a page that shows its heading and nothing that is still loading. Memory: of the server's
process, after every session has opened Explore and moved a slider ten times.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.latency import REDRAWN, make_run, one_move
from coreset_engine.dashboard.shell.frame import PAGES
from tests.browser import FLAGS, find_chromium, running_app

ROUNDS, SESSIONS, MOVES = 3, 8, 10
SETTLED = """title => [...document.querySelectorAll('h1, h2')].some(head => head.textContent.trim() === title)
  && !document.querySelector('[data-stale=true], [data-testid=stSkeleton], [data-testid=stStatusWidgetRunningIcon]')
  && performance.now()"""


def resident(address: str) -> float:
    """Return the resident memory of the server that listens at an address, in MB."""
    port = address.rpartition(":")[2].encode()
    for process in Path("/proc").glob("[0-9]*"):
        words = (process / "cmdline").read_bytes().split(b"\0")
        if b"streamlit" in words and port in words:
            kilobytes = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmRSS"))
            return int(kilobytes.split()[1]) / 1000
    raise RuntimeError(f"No server at {address}")


def first_paints(browser, address: str, run: str) -> dict[str, list[float]]:
    """Return milliseconds until every page was drawn, some rounds in the same browser."""
    taken: dict[str, list[float]] = {}
    page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    for _ in range(ROUNDS):
        for path, title, _ in PAGES:
            name = "" if path == "app.py" else Path(path).stem.partition("_")[2]
            page.goto(f"{address}/{name}?run={run}")
            seconds = page.wait_for_function(SETTLED, arg=title, timeout=120_000).json_value()
            taken.setdefault(title, []).append(seconds)
    page.close()
    return taken


def memory(browser, address: str, run: str) -> list[float]:
    """Return the server's memory in MB with none, one and `SESSIONS` sessions."""
    found, pages = [resident(address)], []
    for number in range(1, SESSIONS + 1):
        page = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True).new_page()
        page.goto(f"{address}/Explore?run={run}")
        page.wait_for_function(REDRAWN, arg="", timeout=120_000)
        handle = page.get_by_role("slider", name="t_e, early window starts at")
        for move in range(MOVES):
            one_move(page, handle, "ArrowLeft" if move % 2 else "ArrowRight")
        pages.append(page)
        if number in (1, SESSIONS):
            time.sleep(1)
            found.append(resident(address))
    return found


def main() -> None:
    """Print the first paint of every page, and the memory."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = given.cache or Path(folder)
        run = given.run or make_run(cache)
        with running_app(cache) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            sizes = memory(browser, address, run)
            for title, times in first_paints(browser, address, run).items():
                print(
                    f"{title:<12} first paint p50 {statistics.median(times):6.0f} ms, worst {max(times):6.0f} ms",
                    flush=True,
                )
            browser.close()
    print(f"server: {sizes[0]:.0f} MB, with one session {sizes[1]:.0f} MB, with {SESSIONS} {sizes[2]:.0f} MB")


if __name__ == "__main__":
    main()
