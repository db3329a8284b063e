"""Load: real browsers that move a slider every two seconds, then viewers over the websocket alone; prints one JSON line.

Without options it takes a minute or two; what docs/deployment.md tells was measured with
python benchmarks/load.py --seconds 300 --browsers 10 --viewers 30 --cache data_cache --run demo
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Error
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from tests.browser import context_of, running_app, running_chromium

PACE = 2.0  # seconds between two moves


def resident(port: int) -> float:
    """Return the MiB that the server which listens on a port holds."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"--server.port\0{port}" in (folder / "cmdline").read_text():
                pages = int((folder / "statm").read_text().split()[1])
                return pages * 4096 / 2**20
        except OSError:
            continue
    return 0.0


def browse(address: str, run: str, count: int, seconds: float) -> dict:
    """Return the moves and errors of some browsers that press an arrow key on a slider in turn."""
    errors: list[str] = []
    moves = 0
    with running_chromium() as chromium:
        contexts = [context_of(chromium, address) for _ in range(count)]
        pages = [context.__enter__().new_page() for context in contexts]
        for page in pages:
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(f"/Explore?run={run}")
            page.get_by_role("slider").last.wait_for()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.monotonic()
            for page in pages:
                try:
                    page.get_by_role("slider").last.press("ArrowRight" if moves // count % 2 else "ArrowLeft")
                    errors += ["exception"] * page.get_by_test_id("stException").count()
                    moves += 1
                except Error as error:
                    errors.append(str(error))
            time.sleep(max(0.0, PACE - (time.monotonic() - begun)))
        for context in contexts:
            context.__exit__(None, None, None)
    return {"browsers": count, "moves": moves, "errors": len(errors), "first_error": errors[0] if errors else ""}


async def view(address: str, run: str, number: int, end: float) -> list[float]:
    """Return how long each rerun of one viewer took, in seconds."""
    times: list[float] = []
    await asyncio.sleep(PACE * (number % 10) / 10)
    async with connect(f"ws{address[4:]}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as socket:
        while time.monotonic() < end:
            message = BackMsg()
            message.rerun_script.query_string = f"run={run}&rate={0.1 + (len(times) + number) % 80 / 100:.2f}"
            message.rerun_script.page_name = "Explore"  # a hash without a name would draw the Overview
            begun = time.monotonic()
            await socket.send(message.SerializeToString())
            while True:
                answer = ForwardMsg.FromString(await socket.recv())
                if answer.WhichOneof("type") == "script_finished":
                    break
            times.append(time.monotonic() - begun)
            await asyncio.sleep(PACE)
    return times


async def viewers(address: str, run: str, count: int, seconds: float) -> dict:
    """Return latencies of some viewers who change α every two seconds; a viewer's first run is not counted."""
    end = time.monotonic() + seconds
    found = await asyncio.gather(*[view(address, run, n, end) for n in range(count)], return_exceptions=True)
    times = sorted(value for one in found if isinstance(one, list) for value in one[1:])
    errors = [repr(one) for one in found if not isinstance(one, list)]
    p95 = times[int(0.95 * (len(times) - 1))] if times else None
    p50 = statistics.median(times) if times else None
    return {"viewers": count, "reruns": len(times), "p50_s": p50, "p95_s": p95, "errors": errors}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--browsers", type=int, default=2)
    parser.add_argument("--viewers", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path("data_cache"))
    parser.add_argument("--run", default="demo")
    given = parser.parse_args()
    with running_app(given.cache.resolve()) as address:
        port = int(address.rpartition(":")[2])
        browse(address, given.run, 1, 5)  # fills the caches
        before = resident(port)
        real = browse(address, given.run, given.browsers, given.seconds)
        if given.browsers:
            time.sleep(min(given.seconds, 130))  # sessions of closed browsers are kept for 120 s
        after = resident(port)
        light = asyncio.run(viewers(address, given.run, given.viewers, given.seconds))
    print(json.dumps({"browsers": real, "memory_mib": [before, after], "viewers": light}))


if __name__ == "__main__":
    main()
