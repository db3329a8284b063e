"""The settings of nginx and of Caddy in docs/deploy, as they stand but for certificate and ports, before the running app."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import closing

import pytest

from tests.browser import FLAGS, ROOT, find_chromium, running_app

FOLDERS = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
NAME = "coreset.example.org"
INSECURE = ssl.create_default_context()
INSECURE.check_hostname, INSECURE.verify_mode = False, ssl.CERT_NONE


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def nginx(program, home, port, app):
    """The command that starts nginx with the settings as they stand but for the certificate and the ports."""
    text = (ROOT / "docs" / "deploy" / "nginx.conf").read_text()
    text = text.replace("/etc/ssl/coreset", str(home)).replace("listen 443", f"listen 127.0.0.1:{port}")
    text = text.replace("127.0.0.1:8501", app)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    text += "".join(f"{kind}_temp_path {home}/{kind};" for kind in kinds)
    log = f"pid {home}/pid; error_log {home}/error.log; daemon off;"
    (home / "nginx.conf").write_text(f"{log} events {{}} http {{ access_log off; {text} }}")
    return [program, "-c", str(home / "nginx.conf"), "-e", str(home / "error.log")]


def caddy(program, home, port, app):
    """The same of Caddy, which gets no certificate from anywhere here."""
    text = (ROOT / "docs" / "deploy" / "Caddyfile").read_text().replace("127.0.0.1:8501", app)
    tls = f"tls {home}/fullchain.pem {home}/privkey.pem"
    text = text.replace(f"{NAME} {{", f"https://{NAME}:{port} {{\n\tbind 127.0.0.1\n\t{tls}")
    (home / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{text}")
    return [program, "run", "--config", str(home / "Caddyfile"), "--adapter", "caddyfile"]


@pytest.fixture(scope="module", params=[nginx, caddy], ids=lambda made: made.__name__)
def proxied(request, folder, tmp_path_factory):
    """The port of a proxy, in front of an app that knows its public name."""
    program = shutil.which(request.param.__name__, path=FOLDERS)
    if not program:
        pytest.skip(f"{request.param.__name__} is not installed")
    home, port = tmp_path_factory.mktemp(request.param.__name__), free_port()
    subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    subject += ["-keyout", str(home / "privkey.pem"), "-out", str(home / "fullchain.pem")]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject],
        check=True,
        capture_output=True,
    )
    with running_app(folder, "--server.allowedHosts", NAME, "--server.allowedHosts", "127.0.0.1") as address:
        words = request.param(program, home, port, address.removeprefix("http://"))
        with open(home / "log", "wb") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, "HOME": str(home)})
        try:
            wait(port)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def wait(port):
    for _ in range(100):
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise AssertionError("the proxy does not answer")


class Named(http.client.HTTPSConnection):
    """A connection to this machine that asks for the public name, as a browser does."""

    def connect(self):
        """Connect."""
        http.client.HTTPConnection.connect(self)
        self.sock = INSECURE.wrap_socket(self.sock, server_hostname=NAME)


def ask(port, path, method="GET", body=None, **headers):
    named = {"Host": f"{NAME}:{port}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(Named("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        answer.content = answer.read()
    return answer


def test_the_app_answers_over_tls_with_its_headers_once_each(proxied):
    answer = ask(proxied, "/")
    assert answer.status == 200
    for name in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"):
        assert len(answer.headers.get_all(name)) == 1, name
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_another_name_does_not_reach_the_app(proxied):
    answer = ask(proxied, "/", Host="evil.example")
    assert answer.status == 421 or answer.content == b""  # nginx says so, Caddy says nothing
    assert "Content-Security-Policy" not in answer.headers


def test_the_metrics_are_not_shown_and_a_body_above_the_limit_is_refused(proxied):
    assert ask(proxied, "/_stcore/metrics").status == 404
    try:
        answer = ask(proxied, "/_stcore/upload_file/a/b", "PUT", bytes(52 << 20))
    except (ssl.SSLError, ConnectionError):
        return  # closed while it was sent
    assert answer.status in (
        403,
        413,
        502,
    )  # Caddy 2.6 may have sent a part by then, which the app refuses by its session


@pytest.mark.browser
def test_a_page_is_drawn_over_the_websocket(chromium, proxied):
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    browser = chromium.browser_type.launch(executable_path=find_chromium(light=True), args=[*FLAGS, rules])
    page = browser.new_context(ignore_https_errors=True, base_url=f"https://{NAME}:{proxied}").new_page()
    page.goto("/Explore?run=tiny", timeout=40_000)
    page.get_by_role("heading", name=re.compile("Explore")).first.wait_for()
    browser.close()
