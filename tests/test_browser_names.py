"""Hostile names on every page: no request leaves the app, no script runs, and no name becomes a link."""

import json
import shutil

import h5py
import numpy as np
import pytest

from coreset_engine.dashboard.shell import pages
from coreset_engine.store import exclusions
from tests.browser import settled

pytestmark = pytest.mark.browser
EVIL = "evil.example"
NAMES = [
    f"![x](http://{EVIL}/p.png)",
    f"<img src=http://{EVIL}/i.png onerror=window.__pwn=1>",
    "<script>window.__pwn=1</script>",
    f"http://{EVIL}/bare",
    f"www.{EVIL}",
    f"mail@{EVIL}",
    f"[x](javascript:window.__pwn=1) [y](http://{EVIL})",
    "{a}<br>{@[1]}<img src=x onerror=window.__pwn=1>",
    "=cmd|'/c calc'!A0",
    ":material/home: $x^2$ **b**",
    "a&lt;b",
]


@pytest.fixture(scope="module")
def folder(retrained_once, tmp_path_factory):
    """A cache whose classes, data set, exclusion and its reasons have hostile names."""
    cache = shutil.copytree(retrained_once, tmp_path_factory.mktemp("names") / "cache")
    with h5py.File(cache / "runs" / "tiny" / "dynamics.h5", "r+") as file:
        file.attrs["class_names"] = np.bytes_(json.dumps(NAMES).encode())
        file.attrs["device"] = np.bytes_(NAMES[0].encode())
        sha256 = file.attrs["dataset_sha256"].decode()
    for path in (cache / "datasets").glob("*/dataset.json"):
        facts = json.loads(path.read_text())
        path.write_text(json.dumps(facts | {"class_names": NAMES, "title": NAMES[1], "licence": NAMES[3]}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORESET_CACHE", str(cache))
        given = {"dataset": NAMES[0], "dataset_sha256": sha256, "samples": 300}
        exclusions.save("odd", [1, 2], reasons={1: NAMES[1], 2: NAMES[3]}, note=NAMES[0], **given)
    return cache


def test_names_are_text_on_every_page(page, app):
    outside, links = [], []
    page.on("request", lambda one: None if one.url.startswith((app, "data:", "blob:")) else outside.append(one.url))
    for one in pages.PAGES:
        page.goto(f"/{one.address}?run=tiny&exclude=odd")
        page.wait_for_selector("h1")
        settled(page)
        links += page.evaluate(
            "[...document.querySelectorAll('a[href]')].map(a => a.href).filter(h => /evil|javascript:/.test(h))"
        )
        assert page.evaluate("window.__pwn") is None, one.title
    assert (outside, links) == ([], [])
