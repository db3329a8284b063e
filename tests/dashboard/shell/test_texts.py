"""Names on pages are text: no link, no picture, no sign that can't be seen."""

import re

import pytest

from coreset_engine.dashboard.shell.texts import markdown_safe

LINKS = re.compile(r"https?://|www\.|[-.\w+]+@[-\w]+\.[-\w]+", re.IGNORECASE)  # what GitHub's Markdown links by itself


@pytest.mark.parametrize(
    "name", ["see http://evil.example/a", "HTTPS://evil.example", "www.evil.example", "WWW.x.y", "mail me@evil.example"]
)
def test_a_bare_address_is_no_link(name):
    shown = markdown_safe(name).replace("\\", "")
    assert LINKS.search(name)
    assert not LINKS.search(shown)
    assert shown.replace("\u2060", "") == name


def test_pictures_and_formatting_are_letters():
    assert markdown_safe("![x](y) **b**") == r"\!\[x\]\(y\) \*\*b\*\*"
    assert markdown_safe("&lt;b&gt;") == r"\&lt;b\&gt;"


def test_signs_that_can_not_be_shown_are_numbers():
    assert markdown_safe("a\x1b[0m\u202eb") == r"a\\x1b\[0m\\u202eb"
    assert markdown_safe("one\ntwo") == "one two"
