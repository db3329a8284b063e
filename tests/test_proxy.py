"""The nginx settings of docs/deploy, as they stand but for names and ports, before the running app."""

import http.client
import re
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import closing

import pytest

from tests.browser import FLAGS, ROOT, find_chromium, running_app

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
pytestmark = pytest.mark.skipif(not NGINX or not shutil.which("openssl"), reason="nginx or openssl is not installed")
NAME = "coreset.example.org"
INSECURE = ssl.create_default_context()
INSECURE.check_hostname, INSECURE.verify_mode = False, ssl.CERT_NONE


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def proxied(folder, tmp_path_factory):
    """The port of nginx, in front of an app that knows its public name."""
    home, port = tmp_path_factory.mktemp("nginx"), free_port()
    subject = ["-subj", f"/CN={NAME}", "-keyout", str(home / "privkey.pem"), "-out", str(home / "fullchain.pem")]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject],
        check=True,
        capture_output=True,
    )
    with running_app(folder, "--server.allowedHosts", NAME, "--server.allowedHosts", "127.0.0.1") as address:
        text = (ROOT / "docs" / "deploy" / "nginx.conf").read_text()
        text = text.replace("/etc/ssl/coreset", str(home)).replace("listen 443", f"listen 127.0.0.1:{port}")
        text = text.replace("127.0.0.1:8501", address.removeprefix("http://"))
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        text += "".join(f"{kind}_temp_path {home}/{kind};" for kind in kinds)
        log = f"pid {home}/pid; error_log {home}/error.log; daemon off;"
        whole = f"{log} events {{}} http {{ access_log off; {text} }}"
        (home / "nginx.conf").write_text(whole)
        process = subprocess.Popen([NGINX, "-c", str(home / "nginx.conf"), "-e", str(home / "error.log")])
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
    raise AssertionError("nginx does not answer")


def ask(port, path, method="GET", body=None, **headers):
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=INSECURE)
    named = {"Host": NAME} | {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(connection):
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        answer.read()
    return answer


def test_the_app_answers_over_tls_with_its_headers_once_each(proxied):
    answer = ask(proxied, "/")
    assert answer.status == 200
    for name in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"):
        assert len(answer.headers.get_all(name)) == 1, name
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_another_name_is_refused(proxied):
    assert ask(proxied, "/", Host="evil.example").status == 421


def test_the_metrics_are_not_shown_and_a_body_above_the_limit_is_refused(proxied):
    assert ask(proxied, "/_stcore/metrics").status == 404
    assert ask(proxied, "/_stcore/upload_file/a/b", "PUT", b"", Content_Length=str(52 << 20)).status == 413


@pytest.mark.browser
def test_a_page_is_drawn_over_the_websocket(chromium, proxied):
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    browser = chromium.browser_type.launch(executable_path=find_chromium(), args=[*FLAGS, rules])
    page = browser.new_context(ignore_https_errors=True, base_url=f"https://{NAME}:{proxied}").new_page()
    page.goto("/Explore?run=tiny", timeout=40_000)
    page.get_by_role("heading", name=re.compile("Explore")).first.wait_for()
    browser.close()
