"""Screenshots of every page, made from the demo: docs/images/<page>.png at 1440 x 900, and -phone at 390 x 844.

python docs/screenshots.py    needs a cache that holds the demo run; only synthetic images are shown
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import sync_playwright

from coreset_engine.paths import cache_root
from tests.browser import FLAGS, find_chromium, running_app

WINDOWS = "run=demo&early=4&late=21&length=10&rate=0.1"
PAGES = {  # name of the picture: heading of the page, its address
    "overview": ("Overview", ""),
    "record": ("Record", "Record?dataset=demo&architecture=lenet"),
    "bring_in": ("Record", "Record?tab=Import+dynamics"),
    "explore": ("Explore", f"Explore?{WINDOWS}"),
    "compare": ("Compare", f"Compare?{WINDOWS}"),
    "window_map": ("Window map", f"Windows?{WINDOWS}"),
    "data_map": ("Data map", f"Data_map?{WINDOWS}"),
    "sample": ("Sample", f"Sample?{WINDOWS}&sample=1684"),
    "suspects": ("Suspects", "Label_issues?run=demo"),
    "retrain": ("Retrain", "Experiments?run=demo"),
    "results": ("Results", "Results"),
    "papers": ("Papers", "Papers"),
    "methods": ("Methods", "Methods"),
}
SIZES = {"": (1440, 900), "-phone": (390, 844)}
IMAGES = Path(__file__).resolve().parent / "images"


def main() -> None:
    """Write all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with running_app(cache_root()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for ending, (width, height) in SIZES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            for name, (heading, path) in PAGES.items():
                page.goto(f"{address}/{path}")
                page.get_by_role("heading", name=heading, exact=True).wait_for(timeout=60_000)
                page.wait_for_load_state("networkidle")
                page.wait_for_function("!document.querySelector('[data-stale=true], [data-testid=stSkeleton]')")
                page.wait_for_timeout(1500)
                page.screenshot(path=IMAGES / f"{name}{ending}.png")
        browser.close()


if __name__ == "__main__":
    main()
