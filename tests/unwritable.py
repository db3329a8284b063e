"""A child that runs commands and pages on a cache that can't be written to; it prints one JSON object, by command.

Its arguments: "read-only" or "full", the cache, and a folder elsewhere for what commands write.
"""

import contextlib
import io
import json
import subprocess
import sys
import traceback
from pathlib import Path

COMMANDS = {
    "area": "area tiny --x variability --y confidence --area box_0_1_0_1 --out {out}/a.csv",
    "datasets": "datasets",
    "demo": "demo",
    "estimate": "estimate --dataset {cache}/tiny.npz --architecture lenet --epochs 2",
    "import": "import {cache}/foreign.npz --run y",
    "jobs": "jobs",
    "map": "map tiny --rate 0.2 --early 1 --late 9 --length 4 --step 2",
    "methods": "methods",
    "record": "record --dataset {cache}/tiny.npz --architecture lenet --epochs 2 --run x",
    "record resume": "record --dataset {cache}/tiny.npz --architecture lenet --epochs 12 --run tiny --resume",
    "results": "results",
    "retrain": "retrain tiny --method aum --rate 0.5 --epochs 1 --architecture lenet",
    "runs": "runs",
    "sample": "sample tiny 3",
    "score": "score tiny --method aum --out {out}/s.csv",
    "score here": "score tiny --method aum --out {cache}/s.csv",
    "select": "select tiny --method aum --rate 0.2 --out {out}/c.npy",
    "select here": "select tiny --method aum --rate 0.2 --out {cache}/c.npy",
    "suspects": "suspects tiny",
    "suspects here": "suspects tiny --out {cache}/suspects.csv",
    "verify": "verify tiny",
}


def make_unwritable(how: str, cache: Path) -> None:
    """Mount the cache read-only, or a copy of it on a file system without a byte left; only this process sees it."""
    if how == "read-only":
        subprocess.run(["mount", "--bind", cache, cache], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", cache], check=True)
        return
    whole = cache.with_name("whole")
    cache.rename(whole)
    cache.mkdir()
    size = sum(path.stat().st_size for path in whole.rglob("*")) + (8 << 20)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", cache], check=True)
    subprocess.run(["cp", "-r", f"{whole}/.", cache], check=True)
    with contextlib.suppress(OSError), open(cache / "filling", "wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def ran(words: list[str]) -> dict:
    """Return the exit code of a command, and what it wrote."""
    from coreset_engine.__main__ import main

    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["coreset_engine", *words]
    code = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code
        except BaseException:  # noqa: BLE001 - told by the test as whatever it is
            traceback.print_exc()
    return {"code": code, "out": out.getvalue()[-500:], "err": err.getvalue()}


def drawn(file: str) -> dict:
    """Return what a page says when it can't write."""
    from streamlit.testing.v1 import AppTest

    page = AppTest.from_file(str(Path(file).resolve()), default_timeout=60)
    page.query_params["run"] = "tiny"
    page.run()
    return {
        "exceptions": [one.value for one in page.exception],
        "errors": [one.value for one in page.error],
    }


def main() -> None:
    """Run what the arguments name."""
    how, cache, out = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    make_unwritable(how, cache)
    told = {name: ran([word.format(cache=cache, out=out) for word in text.split()]) for name, text in COMMANDS.items()}
    pages = ["app.py", *map(str, sorted(Path("pages").glob("*.py")))]
    print(json.dumps({"commands": told, "pages": {file: drawn(file) for file in pages}}))


if __name__ == "__main__":
    main()
