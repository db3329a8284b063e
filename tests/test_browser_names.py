"""Hostile names on every page: no request leaves the app, no script runs, and no name becomes a link or a picture."""

import json
import shutil
from urllib.parse import quote, urlencode

import h5py
import numpy as np
import pytest

from coreset_engine import pipeline, results
from coreset_engine.config import Recipe
from coreset_engine.dashboard.shell import pages, saved_views
from coreset_engine.dashboard.shell.saved_views import SavedView
from coreset_engine.executors import table
from coreset_engine.store import exclusions
from coreset_engine.store.database import read
from coreset_engine.store.layout import ATTRIBUTES_SUM, attributes_sum
from tests.browser import settled
from tests.damage import resealed

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
FILE_NAMES = [f"![x](http:{EVIL})", "<img src=x onerror=window.__pwn=1>", f"www.{EVIL}"]  # without slashes
# pages on which one of the names stands as text
SHOWING = {"Overview", "Explore", "Data map", "Label issues", "Sample"}
# what a name must not become, also where a component keeps its own tree of elements
LOADED = """() => {
  const found = [];
  const walk = (root) => root.querySelectorAll("*").forEach((one) => {
    const said = [...one.attributes].filter((a) => /^on/.test(a.name) || (/^(href|src|srcset|action|data)$/.test(a.name)
      && /evil|javascript:/.test(a.value) && !/^(http:..127.0.0.1:\\d+)?\\/?[A-Za-z_]*\\?/.test(a.value)));
    found.push(...said.map((a) => `${one.tagName} ${a.name}=${a.value}`));
    if (one.shadowRoot) walk(one.shadowRoot);
  });
  walk(document);
  return found;
}"""
TEXT = """() => {
  let text = "";
  const walk = (root) => {
    text += root.textContent;
    root.querySelectorAll("*").forEach((one) => one.shadowRoot && walk(one.shadowRoot));
  };
  walk(document.body);
  return text;
}"""


@pytest.fixture(scope="module")
def folder(retrained_once, tmp_path_factory):
    """A cache in which everything that people or files name has a hostile name."""
    cache = shutil.copytree(retrained_once, tmp_path_factory.mktemp("names") / "cache")
    sha256 = _rename(cache)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORESET_CACHE", str(cache))
        given = {"dataset": NAMES[0], "dataset_sha256": sha256, "samples": 300}
        exclusions.save("odd", [1, 2], reasons={1: NAMES[1], 2: NAMES[3]}, note=NAMES[0], **given)
        _write_jobs()
        _write_rows()
        for number, name in enumerate(NAMES):
            query = urlencode({"run": name, "class": name, "exclude": name})
            saved_views.save(SavedView(f"view{number}", "Explore", query))
        _record_a_file_of_them(cache / "hostile.npz")
    for name in FILE_NAMES:
        shutil.copytree(cache / "runs" / "tiny", cache / "runs" / name)
        (cache / "views" / f"a{name}.json").write_bytes(b"{}")
    return cache


def _record_a_file_of_them(path):
    """Record run `h` on a file whose two classes have hostile names."""
    images = np.random.default_rng(0).integers(0, 255, (40, 28, 28), np.uint8)
    arrays = {f"{split}_images": images for split in ("train", "val", "test")}
    arrays |= {f"{split}_labels": np.arange(40) % 2 for split in ("train", "val", "test")}
    np.savez(path, **arrays, class_names=np.array(NAMES[:2]))
    recipe = Recipe(epochs=4, batch_size=64, learning_rate=0.02)
    pipeline.record(pipeline.RecordingRequest("h", str(path), "lenet", recipe, device="cpu"))


def _rename(cache):
    """Give classes, device and data set of the run hostile names; return the hash of its data set."""
    with h5py.File(cache / "runs" / "tiny" / "dynamics.h5", "r+") as file:
        file.attrs["class_names"] = np.bytes_(json.dumps(NAMES).encode())
        file.attrs["device"] = np.bytes_(NAMES[0].encode())
        file.attrs[ATTRIBUTES_SUM] = attributes_sum(file.attrs)  # else pages only say that it was changed
        sha256 = file.attrs["dataset_sha256"].decode()
    named = {"class_names": NAMES, "title": NAMES[1], "licence": NAMES[3]}
    for path in (cache / "datasets").glob("*/dataset.json"):
        resealed(path, lambda facts: facts | named)
    return sha256


def _write_jobs():
    """Enter jobs of an executor that is not here, with hostile titles, messages, commands and logs."""
    states = ("waiting", "running", "failed", "cancelled", "interrupted")
    for number, name in enumerate(NAMES):
        with table.entering(NAMES[2], ["record", "--run", name], name) as job:
            pass
        table.write(job, state=states[number % len(states)], message=name, progress=0.5, beat=table.utc_now())
        table.file_of(job, "log").write_text("\n".join(NAMES))


def _write_rows():
    """Add result rows with hostile names, and a hostile note to each."""
    (first, *_) = read(results.path(), results.MIGRATIONS, "SELECT config, metrics FROM results")
    config, metrics = json.loads(first["config"]), json.loads(first["metrics"])
    without = {"rows": 2, "sha256": "ab" * 32}
    for number, name in enumerate(NAMES):
        for field in ("run", "dataset", "architecture"):
            results.append(config | {"seed": 100 + number, field: name}, metrics | {"device": name})
        left_out = config | {"seed": 200 + number, "excluded": without | {"sha256": f"{number:064x}"}}
        results.append(left_out, metrics | {"excluded_set": name})  # stands in the labels of methods
    results.annotate([row["key"] for row in results.rows()], " ".join(NAMES)[:400])


def _hover(page):
    """Move over charts, maps, tiles and pictures, so that what they tell is drawn."""
    for one in page.locator("[data-testid=stMain]").locator("canvas, img, [role=img]").all()[:14]:
        box = one.bounding_box()
        if box is None or min(box["width"], box["height"]) < 24:
            continue
        one.scroll_into_view_if_needed()
        box = one.bounding_box()
        for across, down in ((0.5, 0.5), (0.25, 0.4)):
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
            page.wait_for_timeout(60)


@pytest.mark.parametrize("one", pages.PAGES, ids=lambda one: one.title)
def test_names_are_text_on_every_page(page, app, one):
    _check(page, app, f"/{one.address}?run=tiny&exclude=odd")
    if one.title in SHOWING:
        assert EVIL in page.evaluate(TEXT)  # else this test would see nothing


def test_a_name_from_a_file_is_text(page, app):
    _check(page, app, "/Explore?run=h&early=1&late=3&length=2&rate=0.03")
    text = page.evaluate(TEXT)
    assert all(name in text for name in NAMES[:2])


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_name_in_an_address_is_text(page, app, name):
    _check(page, app, f"/Explore?run={quote(name)}&class={quote(name)}&exclude={quote(name)}")


def _check(page, app, address):
    """Open a page, hover over what it draws, and check that it loads and runs nothing of a name."""
    outside = []
    page.on(
        "request", lambda asked: None if asked.url.startswith((app, "data:", "blob:")) else outside.append(asked.url)
    )
    page.goto(address)
    page.wait_for_selector("h1")
    settled(page)
    _hover(page)
    assert page.evaluate("window.__pwn") is None
    assert (outside, page.evaluate(LOADED)) == ([], [])
    assert page.get_by_test_id("stException").all_inner_texts() == []
