"""What the server lets in and sends along, asked over the network and in a browser."""

import http.client
import shutil
from urllib.parse import urlsplit

import pytest

from coreset_engine.dashboard.shell import serving
from tests.browser import ROOT, context_of, running_app, settled
from tests.test_viewer import state_of

PAGES = ["/", *(f"/{path.stem.partition('_')[2]}" for path in sorted((ROOT / "pages").glob("*.py")))]


def ask(address, path, method="GET", body=None, **headers):
    """Return the answer to one plain request."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.text = answer.read().decode(errors="replace")
    connection.close()
    return answer


@pytest.mark.parametrize("path", ["/", "/Explore", "/_stcore/health", "/media/none.png", "/static/../x", "/no/such"])
def test_every_response_carries_the_security_headers(path, app):
    answer = ask(app, path)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_policy_allows_no_script_that_stands_in_a_page_and_no_foreign_host():
    assert "'unsafe-inline'" not in serving.POLICY["script-src"]
    assert "'unsafe-eval'" not in serving.POLICY["script-src"].split()
    assert not [value for value in serving.POLICY.values() if "*" in value or "http" in value]


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config"])
def test_a_plain_request_to_a_foreign_host_is_refused_with_a_sentence(path, app):
    answer = ask(app, path, Host="evil.example")
    assert answer.status == 400
    assert "This host is not served here" in answer.text
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert ask(app, path).status == 200


@pytest.mark.parametrize("words", [("--", "--viewer"), ()])
def test_a_viewers_server_refuses_an_upload(words, recorded_once, tmp_path):
    cache = shutil.copytree(recorded_once, tmp_path / "viewed")
    before = state_of(cache)
    with running_app(cache, *words, **({} if words else {"CORESET_VIEWER": "1"})) as address:
        answer = ask(address, "/_stcore/upload_file/session/file", "PUT", b"x" * 100)
        assert answer.status == 403
        assert "only shows" in answer.text
    after = state_of(cache)
    after.pop(str(cache / "app.log"))
    assert after == before


@pytest.fixture(scope="module")
def policed(chromium, app):
    """A context in which the policy of the pages holds."""
    with context_of(chromium, app, policed=True) as context:
        yield context


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_page_works_under_the_policy_without_a_violation(path, policed, app):
    page = policed.new_page()
    told = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(path)
    page.get_by_role("heading", level=1).first.wait_for()
    settled(page)
    assert not page.evaluate("document.querySelectorAll('[data-testid=stException]').length")
    assert not [text for text in told if "Content Security Policy" in text or "Content-Security-Policy" in text]
    page.close()
