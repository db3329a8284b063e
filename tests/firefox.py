"""A Firefox for tests, driven by Marionette, the protocol that it speaks itself."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from tests.processes import end

RIGHT = "\ue014"  # the arrow key
# nothing of its own goes out, and nothing of it asks
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


def find_firefox() -> str | None:
    """Return the path of a Firefox, None where there is none."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One window of a Firefox that listens to Marionette."""

    def __init__(self, connection: socket.socket, answers: BinaryIO) -> None:
        """Take the greeting and open a session."""
        self._out, self._in, self._number = connection, answers, 0
        self._read()
        self._tell("WebDriver:NewSession")

    def open(self, address: str) -> None:
        """Go to an address and return when it is loaded."""
        self._tell("WebDriver:Navigate", url=address)

    def value(self, script: str) -> Any:
        """Return what a script of the page returns."""
        return self._tell("WebDriver:ExecuteScript", script=script, args=[])["value"]

    def press(self, selector: str, keys: str) -> None:
        """Press keys in the element that a CSS selector finds."""
        found = self._tell("WebDriver:FindElement", using="css selector", value=selector)["value"]
        self._tell("WebDriver:ElementSendKeys", id=next(iter(found.values())), text=keys)

    def becomes(self, script: str, wanted: Any, seconds: float = 30) -> None:
        """Return when a script returns what is wanted; fail with what it gave last where it does not."""
        deadline = time.monotonic() + seconds
        while (found := self.value(script)) != wanted and time.monotonic() < deadline:
            time.sleep(0.1)
        assert found == wanted

    def _tell(self, command: str, **given: Any) -> Any:
        """Return the answer to a command."""
        self._number += 1
        message = json.dumps([0, self._number, command, given]).encode()
        self._out.sendall(b"%d:%b" % (len(message), message))
        _, _, error, answer = self._read()
        assert not error, error
        return answer

    def _read(self) -> Any:
        """Return the next message, which says its length first."""
        length = b""
        while (sign := self._in.read(1)) != b":":
            assert sign, "Firefox has ended."
            length += sign
        return json.loads(self._in.read(int(length)))


@contextmanager
def running_firefox(folder: Path) -> Iterator[Firefox]:
    """Start Firefox with a profile in a folder of its own and yield it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    chosen = PREFERENCES | {"marionette.port": port}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in chosen.items()]
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
    words = [find_firefox(), "--headless", "--marionette", "--no-remote", "--profile", folder]
    process = subprocess.Popen(
        [*map(str, words), "--width", "1300", "--height", "2000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with _connected(port, process) as connection, connection.makefile("rb") as answers:
            yield Firefox(connection, answers)
    finally:
        end(process)


def _connected(port: int, process: subprocess.Popen, seconds: float = 60) -> socket.socket:
    """Return a connection to Firefox once it listens."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"Firefox did not listen within {seconds:.0f} s.")
