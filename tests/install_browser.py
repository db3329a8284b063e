"""Make sure that the browser tests find a Chromium: the system's if there, else Playwright's own."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.browser import find_chromium


def main() -> None:
    """Install Playwright's Chromium where none is found; without a way to get one the tests skip and say so."""
    if find_chromium():
        return
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=False)
    if done.returncode:
        print("No Chromium here and none could be installed: the browser tests will be skipped.")


if __name__ == "__main__":
    main()
