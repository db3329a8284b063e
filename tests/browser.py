"""Where the browser tests and the screenshots find Chromium, and how they start the app."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
AXE_VERSION = "4.14.1"
AXE = ROOT / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
# the background services of Chromium would look for servers of their own
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # tabs of a context share what is compiled of the app's scripts: a third less per page opened
]


def find_chromium(*, light: bool = False) -> str | None:
    """Return the path of a Chromium: the system's, else Playwright's own, else None.

    Args:
        light: take the one without menus and tabs first, which draws the same pages for a sixth less of the processor; else
            the one that people have.
    """
    whole, shell = ["chromium", "chromium-browser", "google-chrome"], ["chromium-headless-shell"]
    for name in shell + whole if light else whole + shell:
        if shutil.which(name):
            return shutil.which(name)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


@contextmanager
def running_app(
    cache: Path, *words: str, script: str = "app.py", log: str = "app.log", **environment: str
) -> Iterator[str]:
    """Start the app on a free port with a cache of its own and yield its address.

    Args:
        cache: its folder.
        words: more for `streamlit run app.py`.
        script: another one than the app's.
        log: file in the cache to which its output goes.
        environment: more for its process.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(cache / log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), *words],
            cwd=ROOT,
            env=os.environ | {"CORESET_CACHE": str(cache)} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # a server with open sessions may be slow to leave a busy machine
            process.kill()
            process.wait()


def _wait(address: str, process: subprocess.Popen, seconds: float = 60) -> None:
    """Return when the app answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The app did not answer at {address} within {seconds:.0f} s.")


@contextmanager
def running_chromium() -> Iterator:
    """Start Chromium and yield it."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # other workers may need the processor
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(light=True), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def context_of(browser: Any, address: str | None = None, *, policed: bool = False) -> Iterator:
    """Yield a context for the pages of several tests, in a browser that asks for no motion.

    A new one would load and compile the app's scripts anew.

    Args:
        browser: Chromium.
        address: of the app, so that pages can be opened by "/Explore" alone.
        policed: whether the page's security policy holds for the test too, which then can't wait for expressions.
    """
    view = {
        "viewport": {"width": 1440, "height": 900},
        "reduced_motion": "reduce",
    }  # most frames are drawn for fades alone
    context = browser.new_context(base_url=address, bypass_csp=not policed, **view)
    context.set_default_timeout(40_000)
    if address is not None:  # a tab that stays, so that the process lives from one test's tab to the next one's
        context.new_page().goto("/_stcore/health")
    yield context
    context.close()


def becomes(page: Any, read: Callable[[], Any], wanted: Any, seconds: float = 20) -> None:
    """Return when `read()` gives what is wanted; fail with what it gave last where it does not.

    Args:
        page: that is looked at; what it is sent meanwhile is taken in.
        read: what is looked at.
        wanted: what it must become.
        seconds: how long that may take.
    """
    deadline = time.monotonic() + seconds
    while (found := read()) != wanted and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert found == wanted


# whether nothing has been at work on a page for half a second since this was asked first
_STILL = """asked => {
  const busy = "[data-stale=true], [data-testid=stSkeleton], [data-testid=stStatusWidgetRunningIcon]";
  const app = document.querySelector("[data-testid=stApp]");
  const still = app?.dataset.testScriptState === "notRunning" && !document.querySelector(busy);
  if (!still || window.coresetStill?.asked !== asked) window.coresetStill = {asked, since: performance.now()};
  return performance.now() - window.coresetStill.since > 500;
}"""


def settled(page):
    """Return when the server has been still for half a second."""
    page.wait_for_function(_STILL, arg=time.monotonic(), polling=50)  # else each frame is drawn to ask
