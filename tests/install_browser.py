"""Make sure that the browser tests find a Chromium, the system's or else Playwright's own, and axe-core."""

import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.browser import AXE, AXE_VERSION, find_chromium


def main() -> None:
    """Install what is missing; without a way to get it the tests that need it skip and say so."""
    if not find_chromium():
        done = subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=False)
        if done.returncode:
            print("No Chromium here and none could be installed: the browser tests will be skipped.")
    if not AXE.is_file():
        npm, failed = shutil.which("npm"), True
        if npm:
            folder = AXE.parent.parent.parent
            words = ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, f"axe-core@{AXE_VERSION}"]
            failed = subprocess.run([npm, *map(str, words)], check=False).returncode
        if failed:
            print("axe-core could not be installed by npm: the accessibility tests will be skipped.")


if __name__ == "__main__":
    main()
