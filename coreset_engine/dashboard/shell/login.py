"""The login: where `[auth]` is configured in secrets.toml, nobody sees a page before they are logged in."""

import json
from collections.abc import Mapping

import streamlit as st
from streamlit.auth_util import get_secrets_auth_section
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks


def may_send(cookies: Mapping[str, str]) -> bool:
    """Return whether a plain request may change anything: it is from somebody who is logged in, or there is no login.

    Args:
        cookies: of the request; Streamlit signs the one that says who it is.
    """
    if not get_secrets_auth_section():
        return True
    told = _get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
    try:
        return told is not None and json.loads(told).get("is_logged_in") is True
    except (ValueError, AttributeError):  # signed by this server for something else
        return False


def require_login() -> None:
    """Return for a visitor who may see the pages; show any other the login page alone, and stop there.

    Without a section `[auth]` in secrets.toml there is no login, and everybody who reaches the server is let in.
    """
    if st.user.to_dict().get("is_logged_in", True):  # the key is there as soon as a provider is configured
        return
    st.markdown("# Coreset Explorer")
    st.markdown("Log in with the account of your organisation to see the recorded runs.")
    st.button("Log in", key="login", type="primary", icon=":material/login:", on_click=st.login)
    st.stop()


def draw_account() -> None:
    """Draw who is logged in and the way out; nothing where there is no login."""
    if not st.user.to_dict().get("is_logged_in", False):
        return
    with st.container(key="account", horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.text(str(st.user.to_dict().get("email") or st.user.to_dict().get("name") or "Logged in"), width="content")
        st.button("Log out", key="logout", type="tertiary", on_click=st.logout)
