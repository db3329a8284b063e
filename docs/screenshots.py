"""Screenshots of every page, made from the demo: docs/images/<page>.png at 1440 x 900, and -phone at 390 x 844.

python docs/screenshots.py    needs a cache that holds the demo run; only synthetic images are shown
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import sync_playwright

from coreset_engine.dashboard.shell import pages
from coreset_engine.paths import cache_root
from tests.browser import FLAGS, find_chromium, running_app

WINDOWS = "run=demo&early=4&late=21&length=10&rate=0.1"
PICTURES = {  # address of a page, in the table of pages: name of its picture, and what its address says
    "": ("overview", ""),
    "Record": ("record", "dataset=demo&architecture=lenet"),
    "Explore": ("explore", WINDOWS),
    "Compare": ("compare", WINDOWS),
    "Windows": ("window_map", WINDOWS),
    "Data_map": ("data_map", WINDOWS),
    "Sample": ("sample", f"{WINDOWS}&sample=1684"),
    "Label_issues": ("suspects", "run=demo"),
    "Experiments": ("retrain", "run=demo"),
    "Results": ("results", ""),
    "Methods": ("methods", ""),
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
            for path, (name, query) in PICTURES.items():
                page.goto(f"{address}/{path}?{query}")
                page.get_by_role("heading", name=pages.at(path).title, exact=True).wait_for(timeout=60_000)
                page.wait_for_load_state("networkidle")
                page.wait_for_function("!document.querySelector('[data-stale=true], [data-testid=stSkeleton]')")
                page.wait_for_timeout(1500)
                page.screenshot(path=IMAGES / f"{name}{ending}.png")
        browser.close()


if __name__ == "__main__":
    main()
