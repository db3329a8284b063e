"""The login by OpenID Connect: with a provider of the test's own, the whole code flow in a browser."""

import json
import re
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from tests.browser import ROOT, context_of, running_app
from tests.test_serving import ask

PAGES = ["/", *(f"/{path.stem.partition('_')[2]}" for path in sorted((ROOT / "pages").glob("*.py")))]
UPLOAD = "/_stcore/upload_file/session/file"
PERSON = {"sub": "1", "email": "ada@example.org", "name": "Ada"}


@contextmanager
def provider():
    """Run a provider that logs everybody in as Ada, and yield its address."""
    jose = pytest.importorskip("joserfc.jwt", reason="needs Authlib")
    from joserfc.jwk import RSAKey

    key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
    nonces = {}

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self):
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            if self.path.startswith("/authorize"):
                nonces["code-1"] = query.get("nonce")
                back = f"{query['redirect_uri']}?{urlencode({'code': 'code-1', 'state': query['state']})}"
                self.send_response(302)
                self.send_header("Location", back)
                self.end_headers()
            elif self.path.startswith("/keys"):
                self._tell({"keys": [key.as_dict(private=False)]})
            else:
                own = f"http://{self.headers['Host']}"
                known = {"issuer": own, "jwks_uri": f"{own}/keys", "id_token_signing_alg_values_supported": ["RS256"]}
                known |= {"authorization_endpoint": f"{own}/authorize", "token_endpoint": f"{own}/token"}
                self._tell(known | {"response_types_supported": ["code"], "subject_types_supported": ["public"]})

        def do_POST(self):
            given = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            assert given["code"] == ["code-1"]
            now = int(time.time())
            claims = PERSON | {"iss": f"http://{self.headers['Host']}", "aud": "coreset", "iat": now, "exp": now + 600}
            claims |= {"nonce": nonces["code-1"]} if nonces["code-1"] else {}
            signed = jose.encode({"alg": "RS256", "kid": "one"}, claims, key)
            self._tell({"access_token": "a", "token_type": "Bearer", "expires_in": 600, "id_token": signed})

        def _tell(self, content):
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def guarded(folder, tmp_path_factory):
    """The address of an app with a login."""
    pytest.importorskip("authlib", reason="needs Authlib: pip install coreset-explorer[auth]")
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.toml"
    with provider() as own, running_app(folder, "--secrets.files", str(secrets)) as address:
        secrets.write_text(
            f'[auth]\nredirect_uri = "{address}/oauth2callback"\ncookie_secret = "{"x" * 40}"\nclient_id = "coreset"\n'
            f'client_secret = "secret"\nserver_metadata_url = "{own}/.well-known/openid-configuration"\n'
        )
        yield address


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_who_is_not_logged_in_sees_only_the_login_on_every_page(path, chromium, guarded):
    with context_of(chromium, guarded) as context:
        page = context.new_page()
        page.goto(f"{path}?run=tiny")
        page.get_by_role("button", name="Log in").wait_for()
        page.wait_for_timeout(1500)
        assert page.get_by_test_id("stMain").inner_text().split("\n")[0] == "Coreset Explorer"
        assert not page.get_by_text("tiny").count()
        assert page.get_by_test_id("stMain").get_by_role("button").count() == 1


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize("cookie", ["", "_streamlit_user=forged", '_streamlit_user={"is_logged_in":true}'])
def test_an_upload_before_the_login_is_refused_with_a_sentence(method, cookie, guarded):
    answer = ask(guarded, UPLOAD, method, b"x" * 100, Cookie=cookie)
    assert answer.status == 403
    assert "nobody is logged in" in answer.text


def test_packs_and_thumbnails_of_a_run_are_refused_before_the_login(guarded):
    for name in ("run.pack", "sheet-0.png"):
        answer = ask(guarded, f"/explorer/tiny/0/{name}")
        assert answer.status == 403
        assert "log in first" in answer.text


@pytest.mark.parametrize("told", [{"is_logged_in": False}, ["is_logged_in"], {}])
def test_a_signed_cookie_that_does_not_say_logged_in_lets_nobody_send(told, guarded):
    signed = create_signed_value("x" * 40, USER_COOKIE_NAME, json.dumps(told)).decode()
    assert ask(guarded, UPLOAD, "PUT", b"x", Cookie=f"{USER_COOKIE_NAME}={signed}").status == 403


def test_whoever_is_logged_in_passes_the_gate(guarded):
    signed = create_signed_value("x" * 40, USER_COOKIE_NAME, json.dumps(PERSON | {"is_logged_in": True})).decode()
    answer = ask(guarded, UPLOAD, "PUT", b"x", Cookie=f"{USER_COOKIE_NAME}={signed}")
    assert "nobody is logged in" not in answer.text  # Streamlit itself refuses it, since there is no such session
    assert ask(guarded, UPLOAD, "OPTIONS").status < 400


@pytest.mark.browser
def test_the_code_flow_logs_a_visitor_in_and_log_out_ends_it(chromium, guarded):
    with context_of(chromium, guarded, policed=True) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_role("button", name="Log in").click()
        page.get_by_text("ada@example.org").wait_for()
        page.get_by_role("heading", name="Overview").wait_for()
        page.goto("/Explore?run=tiny")
        page.get_by_role("heading", name=re.compile("Explore")).first.wait_for()
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("button", name="Log in").wait_for()
        page.goto("/Explore?run=tiny")
        page.get_by_role("button", name="Log in").wait_for()
