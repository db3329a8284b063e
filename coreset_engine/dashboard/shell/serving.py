"""The server around the pages: security headers on every response, foreign hosts and uploads of strangers refused.

`streamlit run app.py` finds the `App` in app.py and puts this between the network and Streamlit, on loopback as elsewhere.
"""

import base64
import hashlib
import re
import sys
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from coreset_engine import access
from coreset_engine.dashboard.shell import login


def own_scripts() -> str:
    """Return the hashes of the scripts that stand in Streamlit's own page, as a policy names them."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    found = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in found]
    return " ".join(f"'sha256-{one}'" for one in hashes)


# Streamlit's own pages need no more than this: styles are set from scripts, charts use workers, components are modules that
# the page makes, and pictures and downloads come as data or blobs. Nothing is loaded from, or sent to, another host.
POLICY = {
    "default-src": "'self'",
    "script-src": f"'self' blob: 'wasm-unsafe-eval' {own_scripts()}".strip(),
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "media-src": "'self' data: blob:",
    "frame-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
UPLOADS = "/_stcore/upload_file"


def is_page() -> bool:
    """Return whether app.py is run as a page; else it is imported as the server."""
    return get_script_run_ctx() is not None


def middleware() -> list[Middleware]:
    """Return what stands between the network and Streamlit; `--viewer` behind `--` makes the server one that only shows."""
    if access.FLAG in sys.argv[1:]:
        access.only_view()
    return [Middleware(SecurityHeaders), Middleware(Gate)]


class SecurityHeaders:
    """Puts `HEADERS` on every response, refusals and errors included."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application that answers."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Gate:
    """Refuses plain requests to a foreign host, as Streamlit does for websockets, and uploads of strangers and viewers."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application that answers what is let through."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with a sentence."""
        refusal = _refusal(scope) if scope["type"] == "http" else None
        await (refusal or self.app)(scope, receive, send)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    """Return the answer to a request that is not let through, None for the others."""
    if not is_host_allowed(Headers(scope=scope).get("host")):
        allowed = ", ".join(config.get_option("server.allowedHosts"))
        return PlainTextResponse(f"This host is not served here. Use one of: {allowed} (server.allowedHosts).", 400)
    if UPLOADS in scope["path"] and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
        if access.is_viewer():
            return PlainTextResponse(f"Can't upload. {access.SENTENCE}", 403)
        if not login.may_send(HTTPConnection(scope).cookies):
            return PlainTextResponse("Can't upload: nobody is logged in. Open the app's address and log in first.", 403)
    return None
