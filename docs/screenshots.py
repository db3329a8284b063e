"""Screenshots of every page, made from the demo: docs/images/<page>.png at 1440 x 900, and -phone at 390 x 844.

python docs/screenshots.py    needs a cache that holds the demo run; only synthetic images are shown
"""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import sync_playwright

from coreset_engine.dashboard.shell import pages
from coreset_engine.paths import cache_root
from tests.browser import FLAGS, find_chromium, running_app, settled

WINDOWS = "run=demo&early=4&late=21&length=10&rate=0.1"
QUERIES = {  # what a page's address says, where it says something
    "Record": "dataset=demo&architecture=lenet",
    "Label_issues": "run=demo",
    "Experiments": "run=demo",
    "Sample": f"{WINDOWS}&sample=1684",
    **dict.fromkeys(("Explore", "Compare", "Windows", "Data_map"), WINDOWS),
}
SIZES = {"": (1440, 900), "-phone": (390, 844)}
IMAGES = Path(__file__).resolve().parent / "images"


def main() -> None:
    """Write all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with running_app(cache_root()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for ending, (width, height) in SIZES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, bypass_csp=True)
            for one in pages.PAGES:
                page.goto(f"{address}/{one.address}?{QUERIES.get(one.address, '')}")
                page.get_by_role("heading", name=one.title, exact=True).wait_for(timeout=60_000)
                page.wait_for_load_state("networkidle")
                settled(page)
                name = f"{(one.address or 'Overview').lower()}{ending}.png"
                (IMAGES / name).write_bytes(still(page))
        browser.close()


def still(page: Any) -> bytes:
    """Return a page's picture once its images have come and three in a row are the same, a second apart."""
    page.wait_for_function("[...document.images].every(image => image.complete)")
    taken = [page.screenshot()]
    for _ in range(60):
        page.wait_for_timeout(1000)
        taken.append(page.screenshot())
        if len(set(taken[-3:])) == 1 and len(taken) > 2:
            return taken[-1]
    raise RuntimeError(f"{page.url} still changed after a minute; try again when the machine has less to do.")


if __name__ == "__main__":
    main()
